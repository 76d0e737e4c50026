//! Operators that move elements or only see them in another shape. The latter are views: they record
//! nothing.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs, axes, axis, shape, size};
use super::super::value::{Array, Elem, MAX_AXES, Value};
use super::row::Row;
use crate::ops::layout::{
    Cut, DepthOrder, PadMode, concat, depth_to_space, expand, pad, slice, space_to_depth, split, tile,
    transpose,
};
use crate::ops::select::where_;

pub(super) static ROWS: &[Row] = &[
    ("Concat", concatenated),
    ("DepthToSpace", to_space),
    ("Expand", expanded),
    ("Flatten", flatten),
    ("Identity", |n| Ok(vec![n.value(0)?])),
    ("Pad", padded),
    ("Reshape", reshape),
    ("Slice", sliced),
    ("SpaceToDepth", to_depth),
    ("Split", parts),
    ("Squeeze", squeeze),
    ("Tile", tiled),
    ("Transpose", transposed),
    ("Trilu", triangle),
    ("Unsqueeze", unsqueeze),
];

/// One array known while recording, if the node is to be computed there.
fn folded(x: &Value) -> Option<&Array> {
    x.known.as_ref().filter(|_| known::folds(std::slice::from_ref(x)))
}

fn reshape(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    // The shape was an attribute before version 5.
    let list = match n.list("shape") {
        Some(list) if n.opset < 5 => list,
        _ => n.ints(1)?,
    };
    let keep_zero = n.int("allowzero", 0) != 0;
    let mut to = Vec::with_capacity(list.len());
    for (i, &d) in list.iter().enumerate() {
        to.push(match (d, x.shape.get(i)) {
            (0, Some(&same)) if !keep_zero => same as i64,
            (0, None) if !keep_zero => {
                return invalid(format!("{list:?} keeps axis {i}, which {:?} lacks", x.shape));
            }
            _ => d,
        });
    }
    if let Some(open) = to.iter().position(|&d| d == -1) {
        let rest = shape(&[&to[..open], &to[open + 1..]].concat())?.iter().product::<usize>();
        if rest == 0 || !x.len().is_multiple_of(rest) {
            return invalid(format!("{} elements do not fill the shape {list:?}", x.len()));
        }
        to[open] = (x.len() / rest) as i64;
    }
    view(&x, &shape(&to)?)
}

/// The same elements in another shape, if it has as many.
fn view(x: &Value, shape: &[usize]) -> Outputs {
    if shape.iter().product::<usize>() != x.len() {
        return invalid(format!("{} elements do not fill the shape {shape:?}", x.len()));
    }
    Ok(vec![x.reshaped(shape)])
}

fn flatten(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let rank = x.shape.len();
    // The axis may lie behind the last one.
    let axis = match n.int("axis", 1) {
        v if v == rank as i64 => rank,
        v => axis(v, rank)?,
    };
    let (rows, cols) = x.shape.split_at(axis);
    view(&x, &[rows.iter().product(), cols.iter().product()])
}

fn squeeze(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let ones = || (0..x.shape.len()).filter(|&i| x.shape[i] == 1).collect();
    let gone: Vec<usize> = n.axes(1, x.shape.len())?.unwrap_or_else(ones);
    if let Some(&wide) = gone.iter().find(|&&a| x.shape[a] != 1) {
        return invalid(format!("axis {wide} of {:?} is not of length 1", x.shape));
    }
    let kept: Vec<usize> = (0..x.shape.len()).filter(|i| !gone.contains(i)).map(|i| x.shape[i]).collect();
    view(&x, &kept)
}

fn unsqueeze(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let list = match n.optional_ints(1)? {
        Some(list) => list,
        None => n.list("axes").unwrap_or_default(),
    };
    let rank = x.shape.len() + list.len();
    if rank > MAX_AXES {
        return unsupported(format!("{rank} axes are more than the limit of {MAX_AXES}"));
    }
    let new = axes(&list, rank)?;
    let mut old = x.shape.iter();
    let shape: Vec<usize> =
        (0..rank).map(|i| if new.contains(&i) { 1 } else { *old.next().unwrap_or(&1) }).collect();
    view(&x, &shape)
}

fn transposed(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let rank = x.shape.len();
    let order = match n.list("perm") {
        Some(list) => axes(&list, rank)?,
        None => (0..rank).rev().collect(),
    };
    if order.len() != rank {
        return invalid(format!("perm {order:?} does not name each of {rank} axes"));
    }
    if let Some(array) = folded(&x) {
        let to: Vec<usize> = order.iter().map(|&a| x.shape[a]).collect();
        let places = known::places(&to, |c| {
            let mut at = vec![0; rank];
            order.iter().zip(c).for_each(|(&a, &c)| at[a] = c);
            known::flat(at, &x.shape)
        });
        return Ok(vec![Value::known(known::moved(array, &to, &places))]);
    }
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, transpose(n.plan, &tensor, &order)?)])
}

fn concatenated(n: &mut Node<'_>) -> Outputs {
    let all: Vec<Value> = (0..n.count()).map(|i| n.value(i)).collect::<Result<_, _>>()?;
    let Some(first) = all.first() else { return invalid("there is nothing to join") };
    // The axis had a default in version 1.
    let axis = n.axis("axis", 1, first.shape.len())?;
    if known::folds(&all) {
        let arrays: Vec<Array> = all.into_iter().filter_map(|v| v.known).collect();
        return Ok(vec![Value::known(known::concat(&arrays, axis)?)]);
    }
    let elem = first.elem;
    let filled: Vec<usize> = (0..all.len()).filter(|&i| !all[i].is_empty()).collect();
    let tensors = filled.iter().map(|&i| n.number(i)).collect::<Result<Vec<_>, _>>()?;
    let parts: Vec<_> = tensors.iter().collect();
    Ok(vec![Value::computed(elem, concat(n.plan, &parts, axis)?)])
}

fn parts(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let axis = n.axis("axis", 0, x.shape.len())?;
    let lens: Vec<usize> = match n.optional_ints(1)?.or_else(|| n.list("split")) {
        Some(list) => list.iter().map(|&v| size("split", v)).collect::<Result<_, _>>()?,
        None => {
            let count = n.outputs();
            let each = x.shape[axis].div_ceil(count.max(1));
            (0..count).map(|i| each.min(x.shape[axis].saturating_sub(i * each))).collect()
        }
    };
    if lens.len() != n.outputs() || lens.iter().sum::<usize>() != x.shape[axis] {
        let (count, len) = (n.outputs(), x.shape[axis]);
        return invalid(format!("the parts do not make up the {len} of axis {axis} in {count} outputs"));
    }
    if folded(&x).is_some() {
        let mut start = 0;
        let mut cut = |&len: &usize| {
            let mut cuts: Vec<Cut> = x.shape.iter().map(|&n| Cut::all(n)).collect();
            cuts[axis] = Cut { start, len, step: 1 };
            start += len;
            sliced_known(&x, &cuts)
        };
        return Ok(lens.iter().filter_map(&mut cut).map(Value::known).collect());
    }
    let tensor = n.number(0)?;
    let all = split(n.plan, &tensor, axis, &lens)?;
    Ok(all.into_iter().map(|t| Value::computed(x.elem, t)).collect())
}

/// The cut elements of a known array.
fn sliced_known(x: &Value, cuts: &[Cut]) -> Option<Array> {
    let array = folded(x)?;
    let to: Vec<usize> = cuts.iter().map(|c| c.len).collect();
    let places = known::places(&to, |c| {
        let at = c.iter().zip(cuts).map(|(&c, cut)| cut.start.wrapping_add_signed(c as isize * cut.step));
        known::flat(at, &x.shape)
    });
    Some(known::moved(array, &to, &places))
}

fn sliced(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let rank = x.shape.len();
    let old = n.opset < 10;
    let list = |n: &Node<'_>, i: usize, name: &str| {
        if old { Ok(n.list(name)) } else { n.optional_ints(i) }
    };
    let (Some(starts), Some(ends)) = (list(n, 1, "starts")?, list(n, 2, "ends")?) else {
        return invalid("starts and ends are needed");
    };
    let which = match list(n, 3, "axes")? {
        Some(list) => axes(&list, rank)?,
        None => (0..starts.len().min(rank)).collect(),
    };
    let steps = if old { None } else { n.optional_ints(4)? }.unwrap_or_else(|| vec![1; which.len()]);
    if [starts.len(), ends.len(), steps.len()] != [which.len(); 3] {
        return invalid("starts, ends, axes and steps must be of one length");
    }
    let mut cuts: Vec<Cut> = x.shape.iter().map(|&n| Cut::all(n)).collect();
    for (i, &axis) in which.iter().enumerate() {
        cuts[axis] = cut(x.shape[axis], starts[i], ends[i], steps[i])?;
    }
    if let Some(array) = sliced_known(&x, &cuts) {
        return Ok(vec![Value::known(array)]);
    }
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, slice(n.plan, &tensor, &cuts)?)])
}

/// `start..end` in steps along an axis of `n`, as Python cuts: negative ends count from the last, and
/// what lies outside is brought to the edge.
fn cut(n: usize, start: i64, end: i64, step: i64) -> Result<Cut, Refusal> {
    let len = n as i64;
    let place = |v: i64| if v < 0 { v.saturating_add(len) } else { v };
    let (start, end) = match step {
        0 => return invalid("a step is 0"),
        1.. => (place(start).clamp(0, len), place(end).clamp(0, len)),
        // Walking backwards, the start is brought to an element, and the end may lie before the first.
        _ => (place(start).clamp(0, (len - 1).max(0)), place(end).clamp(-1, len - 1)),
    };
    if n == 0 {
        return Ok(Cut { start: 0, len: 0, step: 1 });
    }
    let (span, step) = if step > 0 { (end - start, step) } else { (start - end, step) };
    let count = if span <= 0 { 0 } else { (span as u64).div_ceil(step.unsigned_abs()) as usize };
    let step = step.clamp(-len.max(1), len.max(1)) as isize;
    Ok(Cut { start: if count == 0 { 0 } else { start as usize }, len: count, step })
}

fn expanded(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let to = known::broadcast(&x.shape, &shape(&n.ints(1)?)?)?;
    let to = shape(&to.iter().map(|&d| d as i64).collect::<Vec<_>>())?;
    if let Some(array) = folded(&x) {
        return Ok(vec![Value::known(known::expand(array, &to)?)]);
    }
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, expand(n.plan, &tensor, &to)?)])
}

fn tiled(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let times: Vec<usize> = n.ints(1)?.iter().map(|&v| size("repeats", v)).collect::<Result<_, _>>()?;
    if times.len() != x.shape.len() {
        return invalid(format!("repeats {times:?} do not name each axis of {:?}", x.shape));
    }
    let to: Vec<i64> = x.shape.iter().zip(&times).map(|(&n, &t)| (n * t) as i64).collect();
    let to = shape(&to)?;
    if let Some(array) = folded(&x) {
        limit_known(to.iter().product())?;
        let at = |c: &[usize]| known::flat(c.iter().zip(&x.shape).map(|(&c, &n)| c % n), &x.shape);
        return Ok(vec![Value::known(known::moved(array, &to, &known::places(&to, at)))]);
    }
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, tile(n.plan, &tensor, &times)?)])
}

fn padded(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let rank = x.shape.len();
    // Everything was an attribute before version 11.
    let (list, value) = match n.opset {
        ..=10 => (
            n.list("pads").or_else(|| n.list("paddings")).unwrap_or_default(),
            f64::from(n.float("value", 0.0)),
        ),
        _ => (n.ints(1)?, n.scalar(2, 0.0)?),
    };
    let which = match n.optional_ints(3)? {
        Some(list) => axes(&list, rank)?,
        None => (0..rank).collect(),
    };
    if list.len() != 2 * which.len() {
        return invalid(format!("{} pads do not name both ends of {} axes", list.len(), which.len()));
    }
    let mut pads = vec![(0_isize, 0_isize); rank];
    let end = |v: i64| size("pads", v.abs()).map(|s| if v < 0 { -(s as isize) } else { s as isize });
    for (i, &axis) in which.iter().enumerate() {
        pads[axis] = (end(list[i])?, end(list[i + which.len()])?);
    }
    let after = x.shape.iter().zip(&pads).map(|(&n, &(before, after))| n as i64 + (before + after) as i64);
    shape(&after.collect::<Vec<_>>())?;
    let mode = match n.text("mode", "constant") {
        "constant" => PadMode::Constant(value as f32),
        "reflect" => PadMode::Reflect,
        "edge" => PadMode::Edge,
        "wrap" => PadMode::Wrap,
        other => return unsupported(format!("the mode {other} is not known")),
    };
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, pad(n.plan, &tensor, &pads, mode)?)])
}

/// The upper or the lower triangle of matrices, zeros elsewhere.
fn triangle(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let &[.., rows, columns] = x.shape.as_slice() else { return invalid("the input must have two axes") };
    limit_known(rows * columns)?;
    let (k, upper) = (n.scalar(1, 0.0)? as i64, n.int("upper", 1) != 0);
    let kept = |i: usize| {
        let ahead = (i % columns) as i64 - (i / columns) as i64;
        if upper { ahead >= k } else { ahead <= k }
    };
    let kept: Vec<bool> = (0..rows * columns).map(kept).collect();
    if let Some(array) = folded(&x) {
        let mask: Vec<i64> = kept.iter().map(|&k| k.into()).collect();
        let mask = Array::ints(Elem::Bool, &[rows, columns], mask);
        let zero = known::from_f64(x.elem, vec![1], vec![0.0]);
        return Ok(vec![Value::known(known::choose(&mask, array, &zero)?)]);
    }
    let tensor = n.number(0)?;
    let mask: Vec<f32> = kept.iter().map(|&k| f32::from(k)).collect();
    let mask = n.plan.constant("triangle", &[rows, columns], mask);
    let zero = n.plan.constant("zero", &[1], vec![0.0_f32]);
    Ok(vec![Value::computed(x.elem, where_(n.plan, &mask, &tensor, &zero)?)])
}

fn to_space(n: &mut Node<'_>) -> Outputs {
    let (elem, x, block) = (n.value(0)?.elem, n.number(0)?, n.size("blocksize", 0)?);
    let order = match n.text("mode", "DCR") {
        "DCR" => DepthOrder::DepthColumnRow,
        "CRD" => DepthOrder::ColumnRowDepth,
        other => return unsupported(format!("the mode {other} is not known")),
    };
    Ok(vec![Value::computed(elem, depth_to_space(n.plan, &x, block, order)?)])
}

fn to_depth(n: &mut Node<'_>) -> Outputs {
    let (elem, x, block) = (n.value(0)?.elem, n.number(0)?, n.size("blocksize", 0)?);
    let y = space_to_depth(n.plan, &x, block)?;
    let y = match n.text("mode", "DCR") {
        "DCR" => y,
        // Channels before the places within a block.
        "CRD" => {
            let [batch, _, h, w] = y.shape[..] else { return invalid("the input must have four axes") };
            let blocks = y.view(&[batch, block * block, x.shape[1], h, w]);
            transpose(n.plan, &blocks, &[0, 2, 1, 3, 4])?.view(&y.shape)
        }
        other => return unsupported(format!("the mode {other} is not known")),
    };
    Ok(vec![Value::computed(elem, y)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_follow_python() {
        let part = |start, end, step| {
            let cut = cut(10, start, end, step).unwrap();
            (0..cut.len).map(|i| cut.start.wrapping_add_signed(i as isize * cut.step)).collect::<Vec<_>>()
        };
        assert_eq!(part(2, 5, 1), [2, 3, 4]);
        assert_eq!(part(-3, i64::MAX, 1), [7, 8, 9]);
        assert_eq!(part(20, 0, -4), [9, 5, 1]);
        assert_eq!(part(-1, i64::MIN, -5), [9, 4]);
        // A start below the first element is the first, as ONNX has it.
        assert_eq!(part(-20, i64::MIN, -1), [0]);
        assert!(part(5, 2, 1).is_empty() && part(2, 5, -1).is_empty());
        assert_eq!(part(3, 100, i64::MAX), [3]);
        assert!(cut(10, 0, 1, 0).is_err());
    }
}
