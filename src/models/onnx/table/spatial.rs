//! Convolutions, poolings and resizing along one to three spatial axes.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::limits::MAX_WHOLE;
use super::super::node::{Node, Outputs, shape, size};
use super::super::value::{Elem, Numbers, Value};
use super::row::Row;
use crate::gpu::{DType, Data, Plan, Tensor};
use crate::ops::OpError;
use crate::ops::conv::{self, Conv, ConvOptions, same_pads};
use crate::ops::deform::deform_conv;
use crate::ops::embed::embed;
use crate::ops::lrn;
use crate::ops::pool::{self, Windows};
use crate::ops::unary::Act;

pub(super) static ROWS: &[Row] = &[
    ("AveragePool", average),
    ("Conv", convolution),
    ("ConvTranspose", transposed),
    ("DeformConv", deformed),
    ("GlobalAveragePool", |n| global(n, pool::global_avg_pool)),
    ("GlobalLpPool", global_power),
    ("GlobalMaxPool", |n| global(n, |plan, x| Ok(pool::global_max_pool(plan, x)?.0))),
    ("LRN", local_response),
    ("LpPool", power),
    ("MaxPool", largest),
    ("MaxUnpool", unpooled),
];

/// Padding as ONNX lists it, worked out where the node only names a rule.
fn padding(
    n: &Node<'_>,
    input: &[usize],
    window: &[usize],
    stride: &[usize],
    dilation: &[usize],
) -> Result<Vec<usize>, Refusal> {
    for (name, list) in [("strides", stride), ("dilations", dilation), ("kernel_shape", window)] {
        if list.contains(&0) {
            return invalid(format!("{name} holds a 0: {list:?}"));
        }
    }
    match n.text("auto_pad", "NOTSET") {
        "NOTSET" | "" => n.sizes("pads", 2 * window.len(), 0),
        "VALID" => Ok(vec![0; 2 * window.len()]),
        rule @ ("SAME_UPPER" | "SAME_LOWER") => {
            Ok(same_pads(input, window, stride, dilation, rule == "SAME_UPPER"))
        }
        other => unsupported(format!("the padding rule {other} is not known")),
    }
}

/// The spatial lengths of a tensor `[N, C, spatial…]`.
fn spatial(x: &Tensor) -> Result<Vec<usize>, Refusal> {
    match x.shape.as_slice() {
        [_, _, rest @ ..] if (1..=3).contains(&rest.len()) => Ok(rest.to_vec()),
        shape => {
            unsupported(format!("the input has the shape {shape:?}, and one to three spatial axes are run"))
        }
    }
}

/// Settings of a convolution of `x` with windows `w`.
pub(super) fn conv_options(n: &Node<'_>, x: &Tensor, w: &Tensor) -> Result<ConvOptions, Refusal> {
    let input = spatial(x)?;
    let rank = input.len();
    if w.shape.len() != x.shape.len() {
        return invalid(format!("weights of shape {:?} do not fit an input of shape {:?}", w.shape, x.shape));
    }
    let window = &w.shape[2..];
    if n.list("kernel_shape").is_some_and(|k| k.iter().map(|&v| v as usize).ne(window.iter().copied())) {
        return invalid(format!("kernel_shape does not agree with weights of shape {:?}", w.shape));
    }
    let (stride, dilation) = (n.sizes("strides", rank, 1)?, n.sizes("dilations", rank, 1)?);
    let pad = padding(n, &input, window, &stride, &dilation)?;
    Ok(ConvOptions { stride, pad, dilation, groups: n.size("group", 1)?, act: Act::IDENTITY })
}

fn convolution(n: &mut Node<'_>) -> Outputs {
    let (x, w, b) = (n.tensor(0)?, n.tensor(1)?, n.optional_tensor(2)?);
    let setting = conv_options(n, &x, &w)?;
    Ok(vec![Value::float(conv::conv(n.plan, &x, &w, b.as_ref(), &setting)?)])
}

/// The output is `stride·(input − 1) + span + output_padding − pads` long along each axis; given its
/// length, or a rule, the padding follows.
fn transposed(n: &mut Node<'_>) -> Outputs {
    let (x, w, b) = (n.tensor(0)?, n.tensor(1)?, n.optional_tensor(2)?);
    let rule = n.text("auto_pad", "NOTSET");
    let mut setting = conv_options(n, &x, &w)?;
    let (input, window) = (spatial(&x)?, &w.shape[2..]);
    let rank = input.len();
    let mut more = n.sizes("output_padding", rank, 0)?;
    let wanted = match n.list("output_shape") {
        // The whole shape, or its spatial axes.
        Some(list) => Some(shape(&list[list.len().saturating_sub(rank)..])?),
        None if rule.starts_with("SAME") => {
            Some(input.iter().zip(&setting.stride).map(|(&n, &s)| n * s).collect())
        }
        None => None,
    };
    if let Some(wanted) = wanted.filter(|w| w.len() == rank) {
        for axis in 0..rank {
            let span = setting.dilation[axis] * (window[axis] - 1) + 1;
            let full = setting.stride[axis] * input[axis].saturating_sub(1) + span + more[axis];
            let total = full.saturating_sub(wanted[axis]);
            more[axis] += wanted[axis].saturating_sub(full);
            // The odd cell goes to the end with SAME_UPPER only.
            let before = if rule == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
            (setting.pad[axis], setting.pad[axis + rank]) = (before, total - before);
        }
    }
    Ok(vec![Value::float(conv::conv_transpose(n.plan, &x, &w, b.as_ref(), &setting, &more)?)])
}

fn deformed(n: &mut Node<'_>) -> Outputs {
    let (x, w, offset) = (n.tensor(0)?, n.tensor(1)?, n.tensor(2)?);
    let (b, mask) = (n.optional_tensor(3)?, n.optional_tensor(4)?);
    let setting = conv_options(n, &x, &w)?;
    let (&[sy, sx], &[dy, dx], &[top, left, bottom, right]) =
        (&setting.stride[..], &setting.dilation[..], &setting.pad[..])
    else {
        return unsupported("deformed windows are run on images only");
    };
    let flat = Conv {
        pad: [top, left, bottom, right],
        stride: [sy, sx],
        dilation: [dy, dx],
        groups: setting.groups,
        ..Conv::default()
    };
    let groups = n.size("offset_group", 1)?;
    Ok(vec![Value::float(deform_conv(n.plan, &x, &w, &offset, b.as_ref(), mask.as_ref(), &flat, groups)?)])
}

fn local_response(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let setting = lrn::LrnOptions {
        size: n.size("size", 0)?,
        alpha: n.float("alpha", 1e-4),
        beta: n.float("beta", 0.75),
        bias: n.float("bias", 1.0),
    };
    Ok(vec![Value::float(lrn::lrn(n.plan, &x, &setting)?)])
}

fn windows(n: &Node<'_>, x: &Tensor) -> Result<Windows, Refusal> {
    let input = spatial(x)?;
    let rank = input.len();
    if !n.has("kernel_shape") {
        return invalid("kernel_shape is missing");
    }
    let window = n.sizes("kernel_shape", rank, 1)?;
    let (stride, dilation) = (n.sizes("strides", rank, 1)?, n.sizes("dilations", rank, 1)?);
    let pad = padding(n, &input, &window, &stride, &dilation)?;
    Ok(Windows { window, stride, pad, dilation, ceil: n.int("ceil_mode", 0) != 0 })
}

fn average(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    Ok(vec![Value::float(average_of(n, &x)?)])
}

/// Means of the windows of `x` that the node names.
pub(super) fn average_of(n: &mut Node<'_>, x: &Tensor) -> Result<Tensor, Refusal> {
    let (windows, include) = (windows(n, x)?, n.int("count_include_pad", 0) != 0);
    Ok(pool::avg_pool(n.plan, x, windows, include)?)
}

fn power(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let (windows, p) = (windows(n, &x)?, size("p", n.int("p", 2))? as f32);
    Ok(vec![Value::float(pool::lp_pool(n.plan, &x, windows, p)?)])
}

/// The maxima, and their flat indices into x.
fn largest(n: &mut Node<'_>) -> Outputs {
    let (elem, x) = (n.value(0)?.elem, n.number(0)?);
    let windows = windows(n, &x)?;
    let by_columns = n.wants(1) && n.int("storage_order", 0) != 0;
    if by_columns && x.len() > MAX_WHOLE {
        return unsupported(format!(
            "indices down the columns of {} elements are beyond {MAX_WHOLE}, up to which floats hold each",
            x.len()
        ));
    }
    let (y, mut at) = pool::max_pool(n.plan, &x, windows)?;
    if by_columns {
        // Counted down the columns of each plane: a table turns one count into the other.
        let (plane, shape) = (spatial(&x)?, at.shape.clone());
        let &[height, width] = plane.as_slice() else {
            return unsupported("indices down the columns are given for images only");
        };
        let area = height * width;
        let columns = |i: usize| i / area * area + i % area % width * height + i % area / width;
        let table: Vec<f32> = (0..x.len()).map(|i| columns(i) as f32).collect();
        let table = n.plan.constant("columns first", &[x.len(), 1], table);
        at = embed(n.plan, &table, &at.view(&[at.len()]))?.view(&shape);
    }
    Ok(vec![Value::computed(elem, y), Value::computed(Elem::I64, at)])
}

/// Values back where the largest cells were.
fn unpooled(n: &mut Node<'_>) -> Outputs {
    let (y, at) = (n.tensor(0)?, n.value(1)?);
    let at = match (at.tensor.filter(|t| t.dtype == DType::U32), at.known.map(|a| a.numbers)) {
        (Some(tensor), _) => tensor,
        (None, Some(Numbers::Ints(list))) => {
            let Some(ids) = list.iter().map(|&i| u32::try_from(i).ok()).collect::<Option<Vec<u32>>>() else {
                return invalid("an index is negative");
            };
            n.plan.constant("argmax", &at.shape, Data::U32(ids.into()))
        }
        _ => return unsupported("the indices must come from MaxPool or be known before the network runs"),
    };
    if n.optional(2).is_some() {
        return unsupported("output_shape is not run: the windows say how large the result is");
    }
    let windows = windows(n, &y)?;
    Ok(vec![Value::float(pool::max_unpool(n.plan, &y, &at, windows, None)?)])
}

fn global(n: &mut Node<'_>, f: fn(&mut Plan, &Tensor) -> Result<Tensor, OpError>) -> Outputs {
    let x = n.tensor(0)?;
    Ok(vec![Value::float(f(n.plan, &x)?)])
}

fn global_power(n: &mut Node<'_>) -> Outputs {
    let (x, p) = (n.tensor(0)?, n.size("p", 2)? as f32);
    Ok(vec![Value::float(pool::global_lp_pool(n.plan, &x, p)?)])
}
