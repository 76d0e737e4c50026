//! Which elements are the largest, which are asked for, which stay.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Elem, Numbers, Value};
use super::row::Row;
use crate::gpu::Tensor;
use crate::ops::affine::affine;
use crate::ops::along::take;
use crate::ops::binary::{Op, binary};
use crate::ops::order::{extreme, positions, sorted};

pub(super) static ROWS: &[Row] = &[
    ("ArgMax", |n| argument(n, false)),
    ("ArgMin", |n| argument(n, true)),
    ("Compress", compressed),
    ("Hardmax", hardmax),
    ("NonMaxSuppression", suppressed),
    ("OneHot", one_hot),
    ("TopK", top),
    ("Unique", unique),
];

fn argument(n: &mut Node<'_>, smallest: bool) -> Outputs {
    let x = n.value(0)?;
    let axis = n.axis("axis", 0, x.shape.len())?;
    let (keep, last) = (n.int("keepdims", 1) != 0, n.int("select_last_index", 0) != 0);
    let (before, after) = (&x.shape[..axis], &x.shape[axis + 1..]);
    let shape = [before, if keep { &[1] } else { &[] }, after].concat();
    if x.shape[axis] == 0 {
        return invalid(format!("axis {axis} of {:?} is empty", x.shape));
    }
    let tensor = n.number(0)?;
    let at = extreme(n.plan, &tensor, axis, smallest, last)?;
    Ok(vec![Value::computed(Elem::I64, at.view(&shape))])
}

/// The K largest or smallest, and where they are.
fn top(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let axis = n.axis("axis", -1, x.shape.len())?;
    // K was an attribute before version 10.
    let k = if n.opset < 10 { n.int("k", 1) } else { n.scalar(1, 1.0)? as i64 };
    let Ok(k) = usize::try_from(k) else { return invalid(format!("k is {k}")) };
    let smallest = n.int("largest", 1) == 0;
    // Sorted whether that is asked for or not.
    n.int("sorted", 1);
    let tensor = n.number(0)?;
    let at = sorted(n.plan, &tensor, axis, k, smallest)?;
    let values = take(n.plan, &tensor, &at, axis)?;
    Ok(vec![Value::computed(x.elem, values), Value::computed(Elem::I64, at)])
}

/// 1 where positions along a new axis agree with `at`, which has length 1 there, 0 elsewhere.
fn marks(n: &mut Node<'_>, at: &Tensor, axis: usize, len: usize) -> Result<Tensor, Refusal> {
    let positions = positions(n.plan, at.shape.len(), axis, len);
    Ok(binary(n.plan, at, &positions, Op::Equal)?)
}

/// 1 at the largest element of an axis, the first of several, and 0 elsewhere.
fn hardmax(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    // Before version 13 the axis split the tensor into a matrix of rows.
    let old = n.opset < 13;
    let first = n.axis("axis", if old { 1 } else { -1 }, x.shape.len())?;
    let (rows, columns) = x.shape.split_at(first);
    let matrix = [rows.iter().product(), columns.iter().product()];
    let (view, axis) = if old { (x.view(&matrix), 1) } else { (x.clone(), first) };
    let at = extreme(n.plan, &view, axis, false, false)?;
    let y = marks(n, &at, axis, view.shape[axis])?;
    Ok(vec![Value::float(y.view(&x.shape))])
}

fn one_hot(n: &mut Node<'_>) -> Outputs {
    let (ids, values) = (n.value(0)?, n.known(2)?);
    let depth = n.scalar(1, 0.0)? as i64;
    let Ok(depth) = usize::try_from(depth) else { return invalid(format!("depth is {depth}")) };
    limit_known(depth)?;
    let &[off, on] = values.numbers.to_f64().as_slice() else { return invalid("values must be off and on") };
    let rank = ids.shape.len() + 1;
    let axis = n.axis("axis", -1, rank)?;
    let mut narrow = ids.shape.clone();
    narrow.insert(axis, 1);
    let mut shape = narrow.clone();
    shape[axis] = depth;
    if let (Some(array), None) = (&ids.known, &ids.tensor) {
        limit_known(shape.iter().product())?;
        let list = array.numbers.to_f64();
        let hot = |c: &[usize]| {
            let without = c.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, &c)| c);
            let id = list[known::flat(without, &ids.shape)];
            let from_first = if id < 0.0 { id + depth as f64 } else { id };
            usize::from(from_first == c[axis] as f64)
        };
        let all = known::places(&shape, hot);
        return Ok(vec![Value::known(known::moved(&values, &shape, &all))]);
    }
    let at = n.number(0)?.view(&narrow);
    let length = n.plan.constant("depth", &[1], vec![depth as f32]);
    // Negative ids count from the end, and those outside are nowhere.
    let negative = n.plan.constant("zero", &[1], vec![0.0_f32]);
    let negative = binary(n.plan, &at, &negative, Op::Less)?;
    let shift = binary(n.plan, &negative, &length, Op::Multiply)?;
    let at = binary(n.plan, &at, &shift, Op::Add)?;
    let marks = marks(n, &at, axis, depth)?;
    Ok(vec![Value::computed(values.elem, affine(n.plan, &marks, (on - off) as f32, off as f32))])
}

/// The slices of an axis that a condition marks, or elements of the flat tensor.
fn compressed(n: &mut Node<'_>) -> Outputs {
    let (x, condition) = (n.known(0)?, n.known(1)?);
    let (shape, axis) = match n.has("axis") {
        true => (x.shape.clone(), n.axis("axis", 0, x.shape.len())?),
        false => (vec![x.numbers.len()], 0),
    };
    let marked: Vec<usize> =
        condition.numbers.to_f64().iter().enumerate().filter(|(_, c)| **c != 0.0).map(|(i, _)| i).collect();
    if marked.last().is_some_and(|&last| last >= shape[axis]) {
        return invalid(format!("the condition marks more than the {} of axis {axis}", shape[axis]));
    }
    let mut to = shape.clone();
    to[axis] = marked.len();
    limit_known(to.iter().product())?;
    let places = known::places(&to, |c| known::flat_but(c, axis, marked[c[axis]], &shape));
    Ok(vec![Value::known(known::moved(&x, &to, &places))])
}

/// The different slices of an axis, or elements of the flat tensor: where each stands first, which one each
/// old slice is, and how often each stands.
fn unique(n: &mut Node<'_>) -> Outputs {
    let x = n.known(0)?;
    limit_known(x.numbers.len())?;
    let (shape, axis) = match n.has("axis") {
        true => (x.shape.clone(), n.axis("axis", 0, x.shape.len())?),
        false => (vec![x.numbers.len()], 0),
    };
    let (len, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let outer: usize = shape[..axis].iter().product();
    let values = x.numbers.to_f64();
    let slice = |i: usize| -> Vec<f64> {
        (0..outer)
            .flat_map(|o| (0..inner).map(move |k| (o, k)))
            .map(|(o, k)| values[(o * len + i) * inner + k])
            .collect()
    };
    let slices: Vec<Vec<f64>> = (0..len).map(slice).collect();
    let order = |a: &Vec<f64>, b: &Vec<f64>| {
        a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    // By value, those of one value by place; then, if that is asked for, in the order of first places.
    let mut by_value: Vec<usize> = (0..len).collect();
    by_value.sort_by(|&a, &b| order(&slices[a], &slices[b]).then(a.cmp(&b)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in by_value {
        match groups.last_mut() {
            Some(group) if order(&slices[group[0]], &slices[i]).is_eq() => group.push(i),
            _ => groups.push(vec![i]),
        }
    }
    if n.int("sorted", 1) == 0 {
        groups.sort_by_key(|group| group[0]);
    }
    let mut to = shape.clone();
    to[axis] = groups.len();
    let places = known::places(&to, |c| known::flat_but(c, axis, groups[c[axis]][0], &shape));
    let mut inverse = vec![0; len];
    groups.iter().enumerate().for_each(|(g, group)| group.iter().for_each(|&i| inverse[i] = g as i64));
    let ints = |list: Vec<i64>| Value::known(Array::ints(Elem::I64, &[list.len()], list));
    Ok(vec![
        Value::known(known::moved(&x, &to, &places)),
        ints(groups.iter().map(|group| group[0] as i64).collect()),
        ints(inverse),
        ints(groups.iter().map(|group| group.len() as i64).collect()),
    ])
}

/// Most comparisons of boxes.
const MAX_PAIRS: usize = 1 << 28;

/// Boxes of each class that overlap no better one: `[STAY, 3]`, sample, class and box.
fn suppressed(n: &mut Node<'_>) -> Outputs {
    let (boxes, scores) = (n.known(0)?, n.known(1)?);
    let (&[batch, count, 4], &[samples, classes, of_boxes]) = (&boxes.shape[..], &scores.shape[..]) else {
        return invalid(format!(
            "boxes {:?} and scores {:?} must have three axes",
            boxes.shape, scores.shape
        ));
    };
    if samples != batch || of_boxes != count {
        return invalid(format!("scores {:?} do not fit boxes {:?}", scores.shape, boxes.shape));
    }
    let most = n.scalar(2, 0.0)?.max(0.0) as usize;
    let (overlap, least) = (n.scalar(3, 0.0)?, n.scalar(4, f64::NEG_INFINITY)?);
    let most = most.min(count);
    if (batch * classes).saturating_mul(count).saturating_mul(most) > MAX_PAIRS {
        return unsupported(format!("more than {MAX_PAIRS} pairs of boxes would be compared"));
    }
    let centred = n.int("center_point_box", 0) != 0;
    let corners: Vec<[f64; 4]> =
        boxes.numbers.to_f64().as_chunks::<4>().0.iter().map(|&b| ends(b, centred)).collect();
    let scores = scores.numbers.to_f64();
    let mut stay = Vec::new();
    for row in 0..batch * classes {
        let (sample, class) = (row / classes, row % classes);
        let score = |i: usize| scores[row * count + i];
        let mut order: Vec<usize> = (0..count).filter(|&i| score(i) > least).collect();
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let mut kept: Vec<usize> = Vec::new();
        for i in order {
            if kept.len() == most {
                break;
            }
            let own = corners[sample * count + i];
            if kept.iter().all(|&k| shared(own, corners[sample * count + k]) <= overlap) {
                kept.push(i);
            }
        }
        stay.extend(kept.into_iter().flat_map(|i| [sample as i64, class as i64, i as i64]));
    }
    Ok(vec![Value::known(Array {
        elem: Elem::I64,
        shape: vec![stay.len() / 3, 3],
        numbers: Numbers::Ints(stay.into()),
    })])
}

/// Upper, left, lower and right end of a box that is given by two corners, or by centre, width and height.
fn ends([a, b, c, d]: [f64; 4], centred: bool) -> [f64; 4] {
    if centred {
        return [b - d / 2.0, a - c / 2.0, b + d / 2.0, a + c / 2.0];
    }
    [a.min(c), b.min(d), a.max(c), b.max(d)]
}

/// What two boxes share of what they cover together.
fn shared(a: [f64; 4], b: [f64; 4]) -> f64 {
    let area = |b: [f64; 4]| (b[2] - b[0]) * (b[3] - b[1]);
    let side = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    let both = side(0, 2) * side(1, 3);
    let whole = area(a) + area(b) - both;
    if whole > 0.0 { both / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_share_what_lies_in_both() {
        let unit = ends([0.0, 0.0, 1.0, 1.0], false);
        assert_eq!(shared(unit, unit), 1.0);
        assert_eq!(
            shared(unit, ends([1.0, 0.5, 1.0, 1.0], true)),
            shared(unit, ends([0.0, 0.5, 1.0, 1.5], false))
        );
        assert_eq!(shared(unit, ends([0.5, 0.0, 1.5, 1.0], false)), 1.0 / 3.0);
        assert_eq!(shared(unit, [2.0, 2.0, 3.0, 3.0]), 0.0);
    }
}
