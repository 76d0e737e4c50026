//! Numbers in few bits: `x ≈ (q − zero point)·scale`. Computed in floats that hold whole numbers, rounded
//! where the format rounds. Source: ONNX operators QuantizeLinear 25, QLinearConv 10 and their relatives.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::node::{Node, Outputs, axis, elem};
use super::super::value::{Array, Elem, Value};
use super::linear::multiplied;
use super::row::Row;
use super::spatial::conv_options;
use super::whole::held_in;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::{affine, clip};
use crate::ops::binary::{Op, binary};
use crate::ops::conv;
use crate::ops::elementary::{Elementary, elementary};
use crate::ops::layout::{expand, fill};
use crate::ops::reduce::{Reduce, reduce};

pub(super) static ROWS: &[Row] = &[
    ("ConvInteger", integer_convolution),
    ("DequantizeLinear", dequantised),
    ("DynamicQuantizeLinear", dynamic),
    ("MatMulInteger", |n| Ok(vec![Value::computed(Elem::I32, integer_product(n)?)])),
    ("QLinearConv", convolution),
    ("QLinearMatMul", product),
    ("QuantizeLinear", quantised),
];

/// A scale or zero point seen so that it broadcasts to `x`: one for all, one for each place of `axis`, or
/// one for each `block` of them.
fn along(plan: &mut Plan, scale: &Tensor, x: &[usize], axis: usize, block: usize) -> Result<Tensor, Refusal> {
    if scale.len() == 1 {
        return Ok(scale.view(&[1]));
    }
    let length = x.get(axis).copied().unwrap_or(0);
    if block == 0 {
        if scale.len() != length {
            return invalid(format!("{} scales do not fit the {length} of axis {axis}", scale.len()));
        }
        let mut shape = vec![1; x.len()];
        shape[axis] = scale.len();
        return Ok(scale.view(&shape));
    }
    let fits = scale.shape.len() == x.len()
        && (0..x.len())
            .all(|i| if i == axis { scale.shape[i] * block == x[i] } else { scale.shape[i] == x[i] });
    if !fits {
        return unsupported(format!("scales {:?} in blocks of {block} do not fill {x:?}", scale.shape));
    }
    let mut single = scale.shape.clone();
    single.insert(axis + 1, 1);
    let mut repeated = single.clone();
    repeated[axis + 1] = block;
    Ok(expand(plan, &scale.view(&single), &repeated)?.view(x))
}

/// `round(x/scale) + zero point`, held in the range of the type.
fn to_few_bits(
    plan: &mut Plan,
    x: &Tensor,
    scale: &Tensor,
    zero: Option<&Tensor>,
    (lo, hi): (i64, i64),
) -> Result<Tensor, Refusal> {
    let steps = binary(plan, x, scale, Op::Divide)?;
    let whole = elementary(plan, &steps, Elementary::Round);
    let moved = match zero {
        Some(zero) => binary(plan, &whole, zero, Op::Add)?,
        None => whole,
    };
    Ok(clip(plan, &moved, lo as f32, hi as f32))
}

/// `x − zero point`, if there is one.
fn centred(plan: &mut Plan, x: &Tensor, zero: Option<&Tensor>) -> Result<Tensor, Refusal> {
    match zero {
        Some(zero) => Ok(binary(plan, x, zero, Op::Subtract)?),
        None => Ok(x.clone()),
    }
}

/// The axis of scales in an input of `rank` axes.
fn axis_of_scales(n: &Node<'_>, rank: usize) -> Result<usize, Refusal> {
    // A single scale needs no axis, and a tensor of one axis has no second one, the default.
    let named = n.int("axis", 1);
    if n.value(1)?.len() == 1 { Ok(0) } else { axis(named, rank) }
}

pub(super) fn quantised(n: &mut Node<'_>) -> Outputs {
    let x = n.number(0)?;
    let to = match (n.optional(2), n.int("output_dtype", 0)) {
        (Some(zero), _) => zero.elem,
        (None, 0) => Elem::U8,
        (None, code) => elem(code)?,
    };
    // Attributes that change nothing here: what is divided in is 32 bits anyway.
    n.int("precision", 0);
    let (along_axis, block) = (axis_of_scales(n, x.shape.len())?, n.size("block_size", 0)?);
    let scale = n.number(1)?;
    let scale = along(n.plan, &scale, &x.shape, along_axis, block)?;
    let Some(limits) = to.limits() else {
        // Narrow floats are rounded when they are read; the zero point is 0.
        let y = binary(n.plan, &x, &scale, Op::Divide)?;
        let y = if n.int("saturate", 1) != 0 { held_in(n.plan, &y, to) } else { y };
        return Ok(vec![Value::computed(to, y)]);
    };
    let zero = match n.optional_number(2)? {
        Some(zero) => Some(along(n.plan, &zero, &x.shape, along_axis, block)?),
        None => None,
    };
    let y = to_few_bits(n.plan, &x, &scale, zero.as_ref(), limits)?;
    Ok(vec![Value::computed(to, y)])
}

pub(super) fn dequantised(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let (along_axis, block) = (axis_of_scales(n, x.shape.len())?, n.size("block_size", 0)?);
    let to = match n.int("output_dtype", 0) {
        0 => n.value(1)?.elem,
        code => elem(code)?,
    };
    // Weights: known before the network runs, once.
    if let (Some(q), None, Some(scale)) = (&x.known, &x.tensor, &n.value(1)?.known) {
        let zero = n.optional(2).and_then(|zero| zero.known);
        return Ok(vec![Value::known(weights(q, scale, zero.as_ref(), along_axis, block, to)?)]);
    }
    let tensor = n.number(0)?;
    let scale = n.number(1)?;
    let scale = along(n.plan, &scale, &x.shape, along_axis, block)?;
    let zero = match n.optional_number(2)? {
        Some(zero) => Some(along(n.plan, &zero, &x.shape, along_axis, block)?),
        None => None,
    };
    let whole = centred(n.plan, &tensor, zero.as_ref())?;
    Ok(vec![Value::computed(to, binary(n.plan, &whole, &scale, Op::Multiply)?)])
}

/// `(q − zero point)·scale` of numbers that are known.
fn weights(
    q: &Array,
    scale: &Array,
    zero: Option<&Array>,
    axis: usize,
    block: usize,
    to: Elem,
) -> Result<Array, Refusal> {
    let inner: usize = q.shape.iter().skip(axis + 1).product();
    let length = q.shape.get(axis).copied().unwrap_or(1);
    let scales = scale.numbers.to_f64();
    let fits = match (scales.len(), block) {
        (1, _) => true,
        (count, 0) => count == length,
        (count, block) => length.is_multiple_of(block) && count * block == q.numbers.len(),
    };
    let zeros = zero.map(|zero| zero.numbers.to_f64());
    if !fits || zeros.as_ref().is_some_and(|z| z.len() != scales.len()) {
        return invalid(format!("{} scales do not fit {:?} along axis {axis}", scales.len(), q.shape));
    }
    let at = |i: usize| match (scales.len(), block) {
        (1, _) => 0,
        (_, 0) => i / inner % length,
        // Rows of blocks, one scale for each and each element behind.
        (_, block) => {
            (i / (inner * length) * (length / block) + i / inner % length / block) * inner + i % inner
        }
    };
    let value = |(i, q): (usize, f64)| (q - zeros.as_ref().map_or(0.0, |z| z[at(i)])) * scales[at(i)];
    let all = q.numbers.to_f64().into_iter().enumerate().map(value).collect();
    Ok(known::from_f64(to, q.shape.clone(), all))
}

/// Eight bits for what a tensor holds: the range is stretched to hold 0.
fn dynamic(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let (y, scale, zero) = dynamic_of(n.plan, &x)?;
    Ok(vec![
        Value::computed(Elem::U8, y),
        Value::float(scale.view(&[])),
        Value::computed(Elem::U8, zero.view(&[])),
    ])
}

/// The numbers, their scale and their zero point.
pub(super) fn dynamic_of(plan: &mut Plan, x: &Tensor) -> Result<(Tensor, Tensor, Tensor), Refusal> {
    let all: Vec<usize> = (0..x.shape.len()).collect();
    let most = reduce(plan, x, &all, Reduce::Max, false)?.view(&[1]);
    let least = reduce(plan, x, &all, Reduce::Min, false)?.view(&[1]);
    let (most, least) = (clip(plan, &most, 0.0, f32::INFINITY), clip(plan, &least, f32::NEG_INFINITY, 0.0));
    let range = binary(plan, &most, &least, Op::Subtract)?;
    let steps = plan.constant("steps", &[1], vec![255.0_f32]);
    let scale = binary(plan, &range, &steps, Op::Divide)?;
    // All zeros have no range: any scale will do.
    let scale = clip(plan, &scale, f32::MIN_POSITIVE, f32::INFINITY);
    let below = binary(plan, &least, &scale, Op::Divide)?;
    let zero = affine(plan, &below, -1.0, 0.0);
    let zero = elementary(plan, &zero, Elementary::Round);
    let zero = clip(plan, &zero, 0.0, 255.0);
    let y = to_few_bits(plan, x, &scale, Some(&zero), (0, 255))?;
    Ok((y, scale, zero))
}

/// The zero point of rows or columns of a matrix, or of all.
fn of_matrix(zero: Option<Tensor>, x: &[usize], rows: bool) -> Result<Option<Tensor>, Refusal> {
    let Some(zero) = zero else { return Ok(None) };
    if zero.len() == 1 {
        return Ok(Some(zero.view(&[1])));
    }
    if zero.shape.len() > 1 {
        return Ok(Some(zero));
    }
    let own = if rows { x.iter().rev().nth(1) } else { x.last() };
    if own != Some(&zero.len()) {
        return invalid(format!("{} zero points do not fit {x:?}", zero.len()));
    }
    Ok(Some(if rows { zero.view(&[zero.len(), 1]) } else { zero }))
}

fn integer_product(n: &mut Node<'_>) -> Result<Tensor, Refusal> {
    let (a, b) = (n.number(0)?, n.number(1)?);
    let zero_a = of_matrix(n.optional_number(2)?, &a.shape, true)?;
    let zero_b = of_matrix(n.optional_number(3)?, &b.shape, false)?;
    let (a, b) = (centred(n.plan, &a, zero_a.as_ref())?, centred(n.plan, &b, zero_b.as_ref())?);
    multiplied(n.plan, a, b)
}

fn product(n: &mut Node<'_>) -> Outputs {
    let mut inputs = Vec::new();
    for i in 0..8 {
        inputs.push(n.number(i)?);
    }
    let (a, b) = (inputs[0].clone(), inputs[3].clone());
    let scales = |scale: &Tensor, x: &[usize], rows| of_matrix(Some(scale.clone()), x, rows);
    let zero_a = scales(&inputs[2], &a.shape, true)?;
    let zero_b = scales(&inputs[5], &b.shape, false)?;
    let (scale_a, scale_b) = (scales(&inputs[1], &a.shape, true)?, scales(&inputs[4], &b.shape, false)?);
    let (a, b) = (centred(n.plan, &a, zero_a.as_ref())?, centred(n.plan, &b, zero_b.as_ref())?);
    let sums = multiplied(n.plan, a, b)?;
    let mut real = sums;
    for scale in [scale_a, scale_b].into_iter().flatten() {
        real = binary(n.plan, &real, &scale, Op::Multiply)?;
    }
    let to = n.value(7)?.elem;
    requantised(n, &real, &inputs[6].view(&[1]), &inputs[7].view(&[1]), to)
}

fn requantised(n: &mut Node<'_>, x: &Tensor, scale: &Tensor, zero: &Tensor, to: Elem) -> Outputs {
    let Some(limits) = to.limits() else {
        return unsupported(format!("{} as the type of a zero point is not run", to.name()));
    };
    Ok(vec![Value::computed(to, to_few_bits(n.plan, x, scale, Some(zero), limits)?)])
}

/// One number for each output channel, seen beside the maps or the windows.
fn by_channel(x: Option<Tensor>, rank: usize, first: bool) -> Option<Tensor> {
    x.map(|x| {
        let shape = if x.len() == 1 {
            vec![1]
        } else {
            let behind = if first { rank - 1 } else { rank - 2 };
            [&[x.len()], &vec![1; behind][..]].concat()
        };
        x.view(&shape)
    })
}

/// The convolution of whole numbers that lie around their zero points.
fn whole_convolution(n: &mut Node<'_>, [x, w]: [usize; 2], zeros: [usize; 2]) -> Result<Tensor, Refusal> {
    let (x, w) = (n.number(x)?, n.number(w)?);
    let rank = x.shape.len();
    let zero_x = n.optional_number(zeros[0])?.map(|zero| zero.view(&[1]));
    let zero_w = by_channel(n.optional_number(zeros[1])?, rank, true);
    // Padding stands for the zero point, which is 0 once it is taken away.
    let (x, w) = (centred(n.plan, &x, zero_x.as_ref())?, centred(n.plan, &w, zero_w.as_ref())?);
    let options = conv_options(n, &x, &w)?;
    Ok(conv::conv(n.plan, &x, &w, None, &options)?)
}

fn integer_convolution(n: &mut Node<'_>) -> Outputs {
    Ok(vec![Value::computed(Elem::I32, whole_convolution(n, [0, 1], [2, 3])?)])
}

fn convolution(n: &mut Node<'_>) -> Outputs {
    let sums = whole_convolution(n, [0, 3], [2, 5])?;
    let rank = sums.shape.len();
    let sums = match by_channel(n.optional_number(8)?, rank, false) {
        Some(bias) => binary(n.plan, &sums, &bias, Op::Add)?,
        None => sums,
    };
    let scale_w = by_channel(Some(n.number(4)?), rank, false);
    let mut real = sums;
    for scale in [Some(n.number(1)?.view(&[1])), scale_w].into_iter().flatten() {
        real = binary(n.plan, &real, &scale, Op::Multiply)?;
    }
    let (scale, zero) = (n.number(6)?.view(&[1]), n.number(7)?.view(&[1]));
    let to = n.value(7)?.elem;
    requantised(n, &real, &scale, &zero, to)
}

/// `(q − zero point)·scale`, one of each for all or for each column.
pub(super) fn dequantise(
    plan: &mut Plan,
    q: &Tensor,
    scale: &Tensor,
    zero: Option<&Tensor>,
) -> Result<Tensor, Refusal> {
    let flat = |t: &Tensor| t.view(&[t.len()]);
    let whole = centred(plan, q, zero.map(flat).as_ref())?;
    Ok(binary(plan, &whole, &flat(scale), Op::Multiply)?)
}

/// The numbers of input `i`, whose scale and zero point follow it.
pub(super) fn real(n: &mut Node<'_>, i: usize) -> Result<Tensor, Refusal> {
    let (q, scale) = (n.number(i)?, n.number(i + 1)?);
    let zero = n.optional_number(i + 2)?;
    dequantise(n.plan, &q, &scale, zero.as_ref())
}

/// `x` in few bits, with the scale of input `i` and the zero point behind it.
pub(super) fn few_bits(n: &mut Node<'_>, x: &Tensor, i: usize) -> Outputs {
    let scale = n.number(i)?;
    let to = n.optional(i + 1).map_or(Elem::U8, |zero| zero.elem);
    let zero = n.optional_number(i + 1)?.unwrap_or_else(|| fill(n.plan, "zero point", &[1], 0.0));
    requantised(n, x, &scale.view(&[1]), &zero.view(&[1]), to)
}
