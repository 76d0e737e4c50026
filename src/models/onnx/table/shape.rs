//! What makes shapes, indices and constants: numbers known while recording.

use super::super::error::{invalid, unsupported};
use super::super::known;
use super::super::limits::{MAX_BOUND, limit_known, limit_made};
use super::super::node::{Node, Outputs, elem, shape};
use super::super::value::{Array, Elem, Numbers, Value};
use super::row::Row;
use super::whole::{held_in, wrapped};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::elementary::{Elementary, elementary};
use crate::ops::layout::fill;

pub(super) static ROWS: &[Row] = &[
    ("BitCast", bit_cast),
    ("Cast", cast),
    ("CastLike", cast_like),
    ("Constant", constant),
    ("ConstantOfShape", constant_of_shape),
    ("EyeLike", eye_like),
    ("NonZero", non_zero),
    ("Range", range),
    ("Shape", shape_of),
    ("Size", size_of),
];

fn known(array: Array) -> Outputs {
    Ok(vec![Value::known(array)])
}

fn shape_of(n: &mut Node<'_>) -> Outputs {
    let shape = n.value(0)?.shape;
    let rank = shape.len() as i64;
    let place = |v: i64| (if v < 0 { v.saturating_add(rank) } else { v }).clamp(0, rank) as usize;
    let (start, end) = (place(n.int("start", 0)), place(n.int("end", rank)));
    let part: Vec<i64> = shape.get(start..end).unwrap_or_default().iter().map(|&d| d as i64).collect();
    known(Array::ints(Elem::I64, &[part.len()], part))
}

fn size_of(n: &mut Node<'_>) -> Outputs {
    known(Array::ints(Elem::I64, &[], vec![n.value(0)?.len() as i64]))
}

fn constant(n: &mut Node<'_>) -> Outputs {
    if let Some(array) = n.array("value")? {
        return known(array);
    }
    if n.has("value_float") {
        return known(Array::floats(&[], vec![n.float("value_float", 0.0)]));
    }
    if n.has("value_int") {
        return known(Array::ints(Elem::I64, &[], vec![n.int("value_int", 0)]));
    }
    if let Some(list) = n.floats("value_floats") {
        return known(Array::floats(&[list.len()], list));
    }
    if let Some(list) = n.list("value_ints") {
        return known(Array::ints(Elem::I64, &[list.len()], list));
    }
    unsupported("only tensors, floats and integers are constants here")
}

fn constant_of_shape(n: &mut Node<'_>) -> Outputs {
    let shape = shape(&n.ints(0)?)?;
    let count = shape.iter().product();
    let value = n.array("value")?.unwrap_or_else(|| Array::floats(&[1], vec![0.0]));
    if value.numbers.len() != 1 {
        return invalid(format!("value holds {} numbers instead of one", value.numbers.len()));
    }
    // Weights of a network made on the spot: the GPU fills them, nothing is uploaded. Those that are too
    // large to be bound stay here, and are taken apart by who reads them.
    if let Numbers::Floats(v) = &value.numbers {
        if (4097..=MAX_BOUND).contains(&count) {
            let tensor = fill(n.plan, "filled", &shape, v[0]);
            return Ok(vec![Value::computed(value.elem, tensor)]);
        }
        limit_made(count)?;
    } else {
        limit_known(count)?;
    }
    known(Array { elem: value.elem, shape, numbers: value.numbers.pick(std::iter::repeat_n(0, count)) })
}

fn range(n: &mut Node<'_>) -> Outputs {
    let elem = n.value(0)?.elem;
    let (start, limit, delta) = (n.scalar(0, 0.0)?, n.scalar(1, 0.0)?, n.scalar(2, 1.0)?);
    let count = ((limit - start) / delta).ceil();
    if !count.is_finite() {
        return invalid(format!("from {start} to {limit} in steps of {delta} is no range"));
    }
    let count = count.max(0.0) as usize;
    limit_known(count)?;
    let values = (0..count).map(|i| start + i as f64 * delta);
    known(if elem.is_float() {
        Array { elem, ..Array::floats(&[count], values.map(|v| v as f32).collect::<Vec<_>>()) }
    } else {
        Array::ints(elem, &[count], values.map(|v| v as i64).collect::<Vec<_>>())
    })
}

/// The same bits read as another type of as many.
fn bit_cast(n: &mut Node<'_>) -> Outputs {
    let (x, to) = (n.known(0)?, elem(n.int("to", 0))?);
    limit_known(x.numbers.len())?;
    let bytes = x.numbers.to_bytes(x.elem).filter(|_| to.bits() == x.elem.bits());
    let Some(bytes) = bytes else {
        return unsupported(format!("the bits of {} are not read as {}", x.elem.name(), to.name()));
    };
    let numbers = Numbers::from_bytes(to, x.numbers.len(), &bytes);
    known(Array { elem: to, shape: x.shape, numbers })
}

fn cast(n: &mut Node<'_>) -> Outputs {
    let to = elem(n.int("to", 0))?;
    cast_to(n, to)
}

fn cast_like(n: &mut Node<'_>) -> Outputs {
    let to = n.value(1)?.elem;
    cast_to(n, to)
}

fn cast_to(n: &mut Node<'_>, to: Elem) -> Outputs {
    let x = n.value(0)?;
    let held = n.int("saturate", 1) != 0;
    let cast = |array: &Array| {
        let unheld = to.is_narrow() && !held;
        if unheld { known::cast_unheld(array, to) } else { known::cast(array, to) }
    };
    if x.tensor.is_none() {
        return known(cast(&n.known(0)?));
    }
    let tensor = n.number(0)?;
    let known = x.known.as_ref().map(cast);
    // Floats are computed in 32 bits whatever their width, and booleans and integers lie there as floats.
    let (tensor, known) = match (x.elem, to) {
        (_, Elem::Bool) if x.elem != Elem::Bool => {
            let zero = n.plan.constant("zero", &[1], vec![0.0_f32]);
            let is = binary(n.plan, &tensor, &zero, Op::Equal)?;
            (affine(n.plan, &is, -1.0, 1.0), known)
        }
        (_, to) if x.elem.is_float() && !to.is_float() => {
            (elementary(n.plan, &tensor, Elementary::Trunc), known)
        }
        (_, to) if !to.is_float() => (wrapped(n.plan, &tensor, to)?, known),
        (_, to) if held => (held_in(n.plan, &tensor, to), known),
        _ => (tensor, known),
    };
    Ok(vec![Value { elem: to, tensor: Some(tensor), known, ..x }])
}

fn non_zero(n: &mut Node<'_>) -> Outputs {
    let x = n.known(0)?;
    limit_known(x.numbers.len())?;
    let values = x.numbers.to_f64();
    let found: Vec<usize> = (0..values.len()).filter(|&i| values[i] != 0.0).collect();
    limit_known(found.len() * x.shape.len())?;
    let axes = 0..x.shape.len();
    let all = axes.flat_map(|axis| {
        let (inner, len) = (inner(&x.shape, axis), x.shape[axis]);
        found.iter().map(move |i| (i / inner % len) as i64)
    });
    known(Array::ints(Elem::I64, &[x.shape.len(), found.len()], all.collect::<Vec<_>>()))
}

/// Elements from one coordinate of an axis to the next.
fn inner(shape: &[usize], axis: usize) -> usize {
    shape[axis + 1..].iter().product()
}

fn eye_like(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let &[rows, cols] = x.shape.as_slice() else { return invalid("the input must have two axes") };
    limit_known(rows * cols)?;
    let to = if n.has("dtype") { elem(n.int("dtype", 1))? } else { x.elem };
    let k = n.int("k", 0);
    let ones = (0..rows * cols).map(|i| i64::from((i % cols) as i64 - (i / cols) as i64 == k));
    known(known::cast(&Array::ints(Elem::I64, &[rows, cols], ones.collect::<Vec<_>>()), to))
}
