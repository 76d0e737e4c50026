//! Sequences of tensors and values that may be absent, taken apart while recording: how many there are is
//! known, what they hold may be computed.

use super::super::error::{Refusal, invalid};
use super::super::node::{Node, Outputs, size};
use super::super::value::{Array, Elem, Value};
use super::row::Row;
use crate::gpu::Tensor;
use crate::ops::layout::{concat, narrow};

pub(super) static ROWS: &[Row] = &[
    ("ConcatFromSequence", joined),
    ("Optional", |n| Ok(vec![n.optional(0).unwrap_or_else(Value::nothing)])),
    ("OptionalGetElement", element),
    ("OptionalHasElement", |n| truth(n.optional(0).is_some_and(|v| !v.is_nothing()))),
    ("SequenceAt", at),
    ("SequenceConstruct", constructed),
    ("SequenceEmpty", |n| {
        n.int("dtype", 1);
        Ok(vec![Value::sequence(Vec::new())])
    }),
    ("SequenceErase", erased),
    ("SequenceInsert", inserted),
    ("SequenceLength", |n| {
        let count = sequence(n, 0)?.len() as i64;
        Ok(vec![Value::known(Array::ints(Elem::I64, &[], vec![count]))])
    }),
    ("SplitToSequence", split),
];

fn truth(is: bool) -> Outputs {
    Ok(vec![Value::known(Array::ints(Elem::Bool, &[], vec![i64::from(is)]))])
}

fn sequence(n: &Node<'_>, i: usize) -> Result<Vec<Value>, Refusal> {
    n.value(i)?.list.map_or_else(|| invalid(format!("input {i} is no sequence")), Ok)
}

fn element(n: &mut Node<'_>) -> Outputs {
    let value = n.value(0)?;
    if value.is_nothing() {
        return invalid("an element is asked for where there is none");
    }
    Ok(vec![value])
}

/// A position among `count`, counted from the end if negative.
fn position(n: &Node<'_>, i: usize, count: usize) -> Result<usize, Refusal> {
    let at = n.scalar(i, 0.0)? as i64;
    let from_first = if at < 0 { at + count as i64 } else { at };
    match usize::try_from(from_first) {
        Ok(from_first) => Ok(from_first),
        Err(_) => invalid(format!("position {at} does not exist among {count}")),
    }
}

fn at(n: &mut Node<'_>) -> Outputs {
    let all = sequence(n, 0)?;
    let at = position(n, 1, all.len())?;
    match all.get(at) {
        Some(value) => Ok(vec![value.clone()]),
        None => invalid(format!("position {at} does not exist among {}", all.len())),
    }
}

fn constructed(n: &mut Node<'_>) -> Outputs {
    let all = (0..n.count()).map(|i| n.value(i)).collect::<Result<_, _>>()?;
    Ok(vec![Value::sequence(all)])
}

fn erased(n: &mut Node<'_>) -> Outputs {
    let mut all = sequence(n, 0)?;
    let at = if n.optional(1).is_some() { position(n, 1, all.len())? } else { all.len().saturating_sub(1) };
    if at >= all.len() {
        return invalid(format!("position {at} does not exist among {}", all.len()));
    }
    all.remove(at);
    Ok(vec![Value::sequence(all)])
}

fn inserted(n: &mut Node<'_>) -> Outputs {
    let (mut all, value) = (sequence(n, 0)?, n.value(1)?);
    let at = if n.optional(2).is_some() { position(n, 2, all.len())? } else { all.len() };
    if at > all.len() {
        return invalid(format!("position {at} does not exist among {}", all.len()));
    }
    all.insert(at, value);
    Ok(vec![Value::sequence(all)])
}

/// Parts of an axis, one by one without it, or as long as the input says.
fn split(n: &mut Node<'_>) -> Outputs {
    let (x, lens) = (n.value(0)?, n.optional(1));
    let axis = n.axis("axis", 0, x.shape.len())?;
    let length = x.shape[axis];
    let keep = n.int("keepdims", 1) != 0 || lens.is_some();
    let lens: Vec<usize> = match lens {
        Some(value) if value.shape.is_empty() => {
            let each = size("split", n.scalar(1, 1.0)? as i64)?.max(1);
            (0..length.div_ceil(each)).map(|i| each.min(length - i * each)).collect()
        }
        Some(_) => n.ints(1)?.iter().map(|&v| size("split", v)).collect::<Result<_, _>>()?,
        None => vec![1; length],
    };
    if lens.iter().sum::<usize>() != length {
        return invalid(format!("the parts do not make up the {length} of axis {axis}"));
    }
    let tensor = n.number(0)?;
    let (mut start, mut all) = (0, Vec::new());
    for len in lens {
        let part = narrow(n.plan, &tensor, axis, start, len)?;
        start += len;
        let mut shape = part.shape.clone();
        if !keep {
            shape.remove(axis);
        }
        all.push(Value::computed(x.elem, part.view(&shape)));
    }
    Ok(vec![Value::sequence(all)])
}

/// All tensors along an axis, or along a new one.
fn joined(n: &mut Node<'_>) -> Outputs {
    let all = sequence(n, 0)?;
    let Some(first) = all.first() else { return invalid("there is nothing to join") };
    let new = n.int("new_axis", 0) != 0;
    let axis = n.axis("axis", 0, first.shape.len() + usize::from(new))?;
    let mut parts: Vec<Tensor> = Vec::new();
    for value in &all {
        let mut shape = value.shape.clone();
        if new {
            shape.insert(axis, 1);
        }
        let Some(tensor) = value.on_plan(n.plan, "constant") else {
            return invalid("a sequence holds something other than tensors");
        };
        parts.push(tensor.view(&shape));
    }
    let tensors: Vec<&Tensor> = parts.iter().collect();
    Ok(vec![Value::computed(first.elem, concat(n.plan, &tensors, axis)?)])
}
