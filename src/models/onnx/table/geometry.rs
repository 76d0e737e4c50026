//! Pictures and maps in other sizes and at other places.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs, axes, shape};
use super::super::value::{Numbers, Value};
use super::row::Row;
use crate::ops::conv::{self, ConvOptions};
use crate::ops::grid_sample::{Between, Beyond, SampleOptions, grid_sample};
use crate::ops::layout::{PadMode, expand, pad};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::resample::{self, Coordinates, Mode, resize, resize_by};
use crate::ops::select::where_;
use crate::ops::unary::Act;
use crate::ops::weighted::{Curve, CurveOptions, Taps, weighted};

pub(super) static ROWS: &[Row] = &[
    ("AffineGrid", affine_grid),
    ("CenterCropPad", cropped_or_padded),
    ("Col2Im", columns_to_image),
    ("GridSample", sampled),
    ("Resize", resized),
    ("Upsample", upsampled),
];

fn mode(name: &str, nearest: &str) -> Result<Mode, Refusal> {
    Ok(match (name, nearest) {
        ("linear" | "bilinear" | "trilinear", _) => Mode::Linear,
        ("nearest", "round_prefer_floor") => Mode::NearestPreferFloor,
        ("nearest", "round_prefer_ceil") => Mode::NearestPreferCeil,
        ("nearest", "floor") => Mode::Floor,
        ("nearest", "ceil") => Mode::Ceil,
        _ => return unsupported(format!("the mode {name}, {nearest} is not run")),
    })
}

/// Floats that are known while recording, and there are some.
fn factors(n: &Node<'_>, i: usize) -> Result<Option<Vec<f32>>, Refusal> {
    match n.optional(i).filter(|v| !v.is_empty()).map(|_| n.known(i)).transpose()?.map(|a| a.numbers) {
        Some(Numbers::Floats(v)) => Ok(Some(v.to_vec())),
        Some(Numbers::Ints(_)) => invalid(format!("input {i} holds integers instead of factors")),
        None => Ok(None),
    }
}

/// Lengths of the result along the axes that are resized, and factors.
fn lengths(
    n: &Node<'_>,
    x: &[usize],
    which: &[usize],
    old: bool,
) -> Result<(Vec<usize>, Option<Vec<f32>>), Refusal> {
    let fits = |len: usize| match len == which.len() {
        true => Ok(()),
        false => invalid(format!("{len} sizes or factors do not name {} axes", which.len())),
    };
    if let Some(given) = factors(n, if old { 1 } else { 2 })? {
        fits(given.len())?;
        let scaled = |(&axis, &scale): (&usize, &f32)| (f64::from(x[axis] as f32 * scale)).floor() as i64;
        let sizes = shape(&which.iter().zip(&given).map(scaled).collect::<Vec<_>>())?;
        return Ok((sizes, Some(given)));
    }
    let Some(given) = n.optional_ints(3)? else { return invalid("neither sizes nor factors are given") };
    fits(given.len())?;
    let sizes = shape(&given)?;
    // The ratio of the sides is kept by one factor for all.
    let policy = n.text("keep_aspect_ratio_policy", "stretch");
    if policy == "stretch" {
        return Ok((sizes, None));
    }
    let each = which.iter().zip(&sizes).map(|(&axis, &size)| size as f64 / x[axis].max(1) as f64);
    let factor = match policy {
        "not_larger" => each.fold(f64::INFINITY, f64::min),
        "not_smaller" => each.fold(0.0, f64::max),
        other => return unsupported(format!("the policy {other} is not known")),
    };
    let sizes = which.iter().map(|&axis| (factor * x[axis] as f64).round() as i64).collect::<Vec<_>>();
    Ok((shape(&sizes)?, Some(vec![factor as f32; which.len()])))
}

fn resized(n: &mut Node<'_>) -> Outputs {
    let elem = n.value(0)?.elem;
    let x = n.number(0)?;
    let rank = x.shape.len();
    // Version 10 had factors only, right behind x, and counted from the corner.
    let old = n.opset < 11;
    let mode_name = n.text("mode", "nearest");
    let nearest = n.text("nearest_mode", if old { "floor" } else { "round_prefer_floor" });
    let system = n.text("coordinate_transformation_mode", if old { "asymmetric" } else { "half_pixel" });
    let which = match n.list("axes") {
        Some(list) => axes(&list, rank)?,
        None => (0..rank).collect(),
    };
    let (sizes, scales) = lengths(n, &x.shape, &which, old)?;
    let options = CurveOptions {
        curve: curve(mode_name, nearest, n.float("cubic_coeff_a", -0.75))?,
        antialias: n.int("antialias", 0) != 0,
        exclude_outside: n.int("exclude_outside", 0) != 0,
    };
    let stretched = n.text("keep_aspect_ratio_policy", "stretch") == "stretch";
    let exact = stretched && !options.antialias && !options.exclude_outside && mode_name != "cubic";
    let coordinates = match system {
        "half_pixel" => Some(Coordinates::HalfPixel),
        "pytorch_half_pixel" => Some(Coordinates::PytorchHalfPixel),
        "align_corners" => Some(Coordinates::AlignCorners),
        "asymmetric" => Some(Coordinates::Asymmetric),
        _ => None,
    };
    let parts = |scales: &[f32]| {
        which.iter().zip(scales).any(|(&axis, &scale)| (x.shape[axis] as f32 * scale).fract() != 0.0)
    };
    // Aligned corners with parts of an element left lie elsewhere than whole numbers tell.
    let uneven = coordinates == Some(Coordinates::AlignCorners) && scales.as_deref().is_some_and(parts);
    if let (Some(coordinates), true, false) = (coordinates, exact, uneven) {
        let setting = resample::ResizeOptions { mode: mode(mode_name, nearest)?, coordinates };
        let y = match scales {
            Some(given) => {
                let mut scales = vec![1.0; rank];
                which.iter().zip(given).for_each(|(&axis, scale)| scales[axis] = scale);
                resize_by(n.plan, &x, &scales, &setting)?
            }
            None => {
                let mut all = x.shape.clone();
                which.iter().zip(sizes).for_each(|(&axis, size)| all[axis] = size);
                resize(n.plan, &x, &all, &setting)?
            }
        };
        return Ok(vec![Value::computed(elem, y)]);
    }
    let region = n.optional(1).filter(|v| !v.is_empty() && !old).map(|_| n.known(1)).transpose()?;
    let region = region.map(|array| array.numbers.to_f64()).unwrap_or_default();
    let outside = n.float("extrapolation_value", 0.0);
    let mut y = x;
    for (i, &axis) in which.iter().enumerate() {
        let (from, to) = (y.shape[axis], sizes[i]);
        let scale = scales.as_ref().map_or(to as f64 / from.max(1) as f64, |scales| f64::from(scales[i]));
        if from == to && scale == 1.0 && system != "tf_crop_and_resize" {
            continue;
        }
        if from == 0 {
            return invalid(format!("axis {axis} is empty"));
        }
        let ends = match (region.get(i), region.get(i + which.len())) {
            (Some(&start), Some(&end)) => [start, end],
            _ => [0.0, 1.0],
        };
        let places = places(system, [from, to], scale, ends)?;
        let taps = Taps::at_places(from, &places, scale, &options);
        y = weighted(n.plan, &y, axis, taps)?;
        let last = (from - 1) as f64;
        let beyond: Vec<f32> = places.iter().map(|p| f32::from(*p < 0.0 || *p > last)).collect();
        if system == "tf_crop_and_resize" && beyond.contains(&1.0) {
            let mut along = vec![1; rank];
            along[axis] = to;
            let beyond = n.plan.constant("beyond", &along, beyond);
            let value = n.plan.constant("extrapolation", &[1], vec![outside]);
            y = where_(n.plan, &beyond, &value, &y)?;
        }
    }
    Ok(vec![Value::computed(elem, y)])
}

/// Where the elements of an axis lie between those of the old one.
fn places(
    system: &str,
    [from, to]: [usize; 2],
    scale: f64,
    [start, end]: [f64; 2],
) -> Result<Vec<f64>, Refusal> {
    limit_known(to)?;
    let (n, m) = (from as f64, to as f64);
    let place = |i: f64| -> Option<f64> {
        let half = (i + 0.5) / scale - 0.5;
        Some(match system {
            "half_pixel" => half,
            "pytorch_half_pixel" => {
                if to == 1 {
                    -0.5
                } else {
                    half
                }
            }
            "align_corners" if scale * n == 1.0 => 0.0,
            "align_corners" => i * (n - 1.0) / (scale * n - 1.0),
            "asymmetric" => i / scale,
            "half_pixel_symmetric" => n / 2.0 * (1.0 - m / (scale * n)) + half,
            "tf_crop_and_resize" if to > 1 => (start + i * (end - start) / (m - 1.0)) * (n - 1.0),
            "tf_crop_and_resize" => 0.5 * (start + end) * (n - 1.0),
            _ => return None,
        })
    };
    let all: Option<Vec<f64>> = (0..to).map(|i| place(i as f64)).collect();
    all.map_or_else(|| unsupported(format!("the coordinates {system} are not known")), Ok)
}

fn curve(mode: &str, nearest: &str, a: f32) -> Result<Curve, Refusal> {
    Ok(match (mode, nearest) {
        ("linear" | "bilinear" | "trilinear", _) => Curve::Linear,
        ("cubic", _) => Curve::Cubic(a.into()),
        ("nearest", "round_prefer_floor") => Curve::Nearest(|f| f > 0.5),
        ("nearest", "round_prefer_ceil") => Curve::Nearest(|f| f >= 0.5),
        ("nearest", "floor") => Curve::Nearest(|_| false),
        ("nearest", "ceil") => Curve::Nearest(|f| f > 0.0),
        _ => return unsupported(format!("the mode {mode}, {nearest} is not known")),
    })
}

/// The forerunner of Resize: factors only, counted from the corner.
fn upsampled(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let scales = match n.floats("scales") {
        Some(list) => list,
        None => factors(n, 1)?.unwrap_or_default(),
    };
    if scales.len() != x.shape.len() {
        return invalid(format!("{} factors do not name each axis of {:?}", scales.len(), x.shape));
    }
    let setting = resample::ResizeOptions {
        mode: mode(n.text("mode", "nearest"), "floor")?,
        coordinates: Coordinates::Asymmetric,
    };
    Ok(vec![Value::float(resize_by(n.plan, &x, &scales, &setting)?)])
}

fn sampled(n: &mut Node<'_>) -> Outputs {
    let (x, grid) = (n.tensor(0)?, n.tensor(1)?);
    let between = match n.text("mode", "linear") {
        "linear" | "bilinear" => Between::Linear,
        "nearest" => Between::Nearest,
        "cubic" | "bicubic" => Between::Cubic,
        other => return unsupported(format!("the mode {other} is not known")),
    };
    let beyond = match n.text("padding_mode", "zeros") {
        "zeros" => Beyond::Zeros,
        "border" => Beyond::Border,
        "reflection" => Beyond::Reflection,
        other => return unsupported(format!("the padding {other} is not known")),
    };
    let options = SampleOptions { between, beyond, align_corners: n.int("align_corners", 0) != 0 };
    Ok(vec![Value::float(grid_sample(n.plan, &x, &grid, options)?)])
}

/// Positions of a picture moved by a matrix each: `grid = [x, y, (z,) 1]·θᵀ`.
fn affine_grid(n: &mut Node<'_>) -> Outputs {
    let (theta, sizes) = (n.tensor(0)?, shape(&n.ints(1)?)?);
    let align = n.int("align_corners", 0) != 0;
    let (&[batch, _, ref spatial @ ..], &[samples, axes, more]) = (&sizes[..], &theta.shape[..]) else {
        return invalid(format!("{:?} and {sizes:?} are not matrices and a picture's shape", theta.shape));
    };
    if samples != batch || axes != spatial.len() || more != axes + 1 || !(2..=3).contains(&axes) {
        return invalid(format!("matrices of shape {:?} do not fit {sizes:?}", theta.shape));
    }
    let points: usize = spatial.iter().product();
    limit_known(points * more)?;
    // Positions run from −1 to 1, x first.
    let position = |i: usize, n: usize| match (align, n) {
        (true, 1) => 0.0,
        (true, _) => -1.0 + 2.0 * i as f32 / (n - 1) as f32,
        (false, _) => (2.0 * i as f32 + 1.0) / n as f32 - 1.0,
    };
    let mut base = Vec::with_capacity(points * more);
    for point in 0..points {
        let mut rest = point;
        for &n in spatial.iter().rev() {
            base.push(position(rest % n, n));
            rest /= n;
        }
        base.push(1.0);
    }
    let base = n.plan.constant("positions", &[1, points, more], base);
    let base = expand(n.plan, &base, &[batch, points, more])?;
    let grid = matmul(n.plan, &base, &theta, None, &Gemm { tb: true, ..Gemm::NN })?;
    Ok(vec![Value::float(grid.view(&[&[batch], spatial, &[axes]].concat()))])
}

/// Cut or filled with zeros around its centre.
fn cropped_or_padded(n: &mut Node<'_>) -> Outputs {
    let (elem, x) = (n.value(0)?.elem, n.number(0)?);
    let rank = x.shape.len();
    let which = match n.list("axes") {
        Some(list) => axes(&list, rank)?,
        None => (0..rank).collect(),
    };
    let sizes = shape(&n.ints(1)?)?;
    if sizes.len() != which.len() {
        return invalid(format!("{} sizes do not name {} axes", sizes.len(), which.len()));
    }
    let mut pads = vec![(0_isize, 0_isize); rank];
    for (&axis, &to) in which.iter().zip(&sizes) {
        let from = x.shape[axis];
        pads[axis] = if to >= from {
            let more = to - from;
            ((more / 2) as isize, (more - more / 2) as isize)
        } else {
            let less = from - to;
            (-((less / 2) as isize), -((less - less / 2) as isize))
        };
    }
    Ok(vec![Value::computed(elem, pad(n.plan, &x, &pads, PadMode::Constant(0.0))?)])
}

/// Columns of blocks added up where they lie in a picture: the transpose of picking them out, a transposed
/// convolution in which each row of a column has a window with a single 1.
fn columns_to_image(n: &mut Node<'_>) -> Outputs {
    let (x, picture, block) = (n.tensor(0)?, shape(&n.ints(1)?)?, shape(&n.ints(2)?)?);
    let rank = picture.len();
    let (stride, dilation) = (n.sizes("strides", rank, 1)?, n.sizes("dilations", rank, 1)?);
    let pads = n.sizes("pads", 2 * rank, 0)?;
    let &[batch, rows, columns] = &x.shape[..] else {
        return invalid(format!("columns of shape {:?} must have three axes", x.shape));
    };
    let cells: usize = block.iter().product();
    if block.len() != rank || cells == 0 || !rows.is_multiple_of(cells) || stride.contains(&0) {
        return invalid(format!("{rows} rows do not hold blocks of {block:?}"));
    }
    let (mut counts, mut more) = (Vec::new(), Vec::new());
    for axis in 0..rank {
        let span = dilation[axis] * (block[axis] - 1) + 1;
        let padded = picture[axis] + pads[axis] + pads[axis + rank];
        let Some(free) = padded.checked_sub(span) else {
            return invalid(format!("blocks of {block:?} do not fit {picture:?}"));
        };
        counts.push(free / stride[axis] + 1);
        more.push(free % stride[axis]);
    }
    if counts.iter().product::<usize>() != columns {
        return invalid(format!("{columns} columns are not the {counts:?} blocks of the picture"));
    }
    let channels = rows / cells;
    limit_known(rows * cells)?;
    let windows: Vec<f32> = (0..rows * cells).map(|i| f32::from(i / cells % cells == i % cells)).collect();
    let windows = n.plan.constant("windows", &[&[rows, 1], &block[..]].concat(), windows);
    let maps = x.view(&[&[batch, rows], &counts[..]].concat());
    let options = ConvOptions { stride, pad: pads, dilation, groups: channels, act: Act::IDENTITY };
    Ok(vec![Value::float(conv::conv_transpose(n.plan, &maps, &windows, None, &options, &more)?)])
}
