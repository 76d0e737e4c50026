//! Elements picked by, and put at, indices. Where the indices are known, each element of the result is
//! told where it comes from, and one gathering moves all; where the network computes them, kernels read
//! them from the plan.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::limits::{MAX_BOUND, MAX_WHOLE, limit_known};
use super::super::node::{Node, Outputs, axis};
use super::super::value::{Array, Numbers, Value};
use super::row::Row;
use crate::gpu::{Data, Tensor};
use crate::ops::affine::affine;
use crate::ops::along::{Join, put, take};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, expand, gather, narrow};

pub(super) static ROWS: &[Row] = &[
    ("Gather", gathered),
    ("GatherElements", gathered_elements),
    ("GatherND", gathered_tuples),
    ("ReverseSequence", reversed),
    ("Scatter", scattered_elements),
    ("ScatterElements", scattered_elements),
    ("ScatterND", scattered_tuples),
];

/// Indices that are known or that the network computes.
enum Indices {
    Known(Vec<i64>),
    Computed(Tensor),
}

fn indices(n: &mut Node<'_>, i: usize) -> Result<Indices, Refusal> {
    let value = n.value(i)?;
    if value.elem.is_float() {
        return invalid("the indices are no integers");
    }
    match (value.known.map(|a| a.numbers), value.tensor.is_some()) {
        (Some(Numbers::Ints(list)), _) => Ok(Indices::Known(list.to_vec())),
        (_, true) => Ok(Indices::Computed(n.number(i)?)),
        _ => Ok(Indices::Known(n.ints(i)?)),
    }
}

/// An index counted from the first of `len`.
fn place(index: i64, len: usize) -> Result<usize, Refusal> {
    let from_first = if index < 0 { index.saturating_add(len as i64) } else { index };
    match usize::try_from(from_first) {
        Ok(at) if at < len => Ok(at),
        _ => invalid(format!("the index {index} lies outside of the {len} of its axis")),
    }
}

/// The elements of `x` at flat `places`: on the CPU what is known and little, else on the plan.
fn picked(n: &mut Node<'_>, x: &Value, shape: &[usize], places: &[usize]) -> Result<Value, Refusal> {
    limit_known(places.len())?;
    if let (Some(array), None) = (&x.known, &x.tensor) {
        return Ok(Value::known(known::moved(array, shape, places)));
    }
    let tensor = n.number(0)?;
    let flat = tensor.view(&[tensor.len()]);
    Ok(Value::computed(x.elem, moved(n, &flat, places)?.view(shape)))
}

/// The elements of a flat tensor at `places`.
pub(super) fn moved(n: &mut Node<'_>, flat: &Tensor, places: &[usize]) -> Result<Tensor, Refusal> {
    let ids: Vec<u32> = places.iter().map(|&i| i as u32).collect(); // below MAX_ELEMENTS
    let ids = n.plan.constant("places", &[ids.len()], Data::U32(ids.into()));
    Ok(gather(n.plan, flat, &ids, 0)?)
}

fn gathered(n: &mut Node<'_>) -> Outputs {
    let axis = n.axis("axis", 0, n.value(0)?.shape.len())?;
    Ok(vec![gather_from(n, 0, 1, axis)?])
}

/// The slices of input `from` along `axis` that the indices of input `by` name.
pub(super) fn gather_from(n: &mut Node<'_>, from: usize, by: usize, axis: usize) -> Result<Value, Refusal> {
    let (x, ids) = (n.value(from)?, n.value(by)?);
    let len = x.shape[axis];
    let (before, after) = (&x.shape[..axis], &x.shape[axis + 1..]);
    let to = [before, &ids.shape, after].concat();
    let list = match indices(n, by)? {
        Indices::Known(list) => list,
        Indices::Computed(at) => {
            let tensor = n.number(from)?;
            let (outer, inner) = (before.iter().product(), after.iter().product());
            let at = expand(n.plan, &at.view(&[1, at.len(), 1]), &[outer, at.len(), inner])?;
            let y = take(n.plan, &tensor.view(&[outer, len, inner]), &at, 1)?;
            return Ok(Value::computed(x.elem, y.view(&to)));
        }
    };
    let places = list.iter().map(|&index| place(index, len)).collect::<Result<Vec<_>, _>>()?;
    // On the CPU what is little, and rows of a table that is too large to be bound.
    let (outer, inner): (usize, usize) = (before.iter().product(), after.iter().product());
    let made = outer * places.len() * inner;
    if let (Some(array), true) = (&x.known, x.tensor.is_none() && (made <= 1 << 16 || x.len() > MAX_BOUND)) {
        // Rows of nothing take their time too.
        limit_known(made.max(outer * places.len()))?;
        let rows = (0..outer).flat_map(|o| places.iter().map(move |&i| (o * len + i) * inner));
        let places: Vec<usize> = rows.flat_map(|start| start..start + inner).collect();
        return Ok(Value::known(known::moved(array, &to, &places)));
    }
    let tensor = n.number(from)?;
    let ids: Vec<u32> = places.iter().map(|&i| i as u32).collect(); // below MAX_ELEMENTS
    let ids = n.plan.constant("ids", &[ids.len()], Data::U32(ids.into()));
    Ok(Value::computed(x.elem, gather(n.plan, &tensor, &ids, axis)?.view(&to)))
}

/// The part of `x` as long as the indices along each axis but one.
fn cut_to(n: &mut Node<'_>, x: &Tensor, shape: &[usize], axis: usize) -> Result<Tensor, Refusal> {
    let mut part = x.clone();
    for i in (0..shape.len()).filter(|&i| i != axis && shape[i] != x.shape[i]) {
        part = narrow(n.plan, &part, i, 0, shape[i])?;
    }
    Ok(part)
}

/// Rank, axis and shape of what has one index an element.
fn by_elements(n: &Node<'_>, x: &Value) -> Result<(usize, Vec<usize>), Refusal> {
    let (axis, shape) = (n.axis("axis", 0, x.shape.len())?, n.value(1)?.shape);
    let fits = shape.len() == x.shape.len() && (0..shape.len()).all(|i| i == axis || shape[i] <= x.shape[i]);
    if !fits {
        return invalid(format!("indices of shape {shape:?} do not fit {:?}", x.shape));
    }
    Ok((axis, shape))
}

/// Flat places of indices of `shape` along an axis of `whole`.
fn flat_places(list: &[i64], shape: &[usize], whole: &[usize], axis: usize) -> Result<Vec<usize>, Refusal> {
    let along = list.iter().map(|&index| place(index, whole[axis])).collect::<Result<Vec<_>, _>>()?;
    let next = std::cell::Cell::new(0);
    Ok(known::places(shape, |c| {
        let own = along[next.replace(next.get() + 1)];
        known::flat_but(c, axis, own, whole)
    }))
}

fn gathered_elements(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let (axis, shape) = by_elements(n, &x)?;
    match indices(n, 1)? {
        Indices::Known(list) => {
            let places = flat_places(&list, &shape, &x.shape, axis)?;
            Ok(vec![picked(n, &x, &shape, &places)?])
        }
        Indices::Computed(at) => {
            let tensor = n.number(0)?;
            let part = cut_to(n, &tensor, &shape, axis)?;
            Ok(vec![Value::computed(x.elem, take(n.plan, &part, &at, axis)?)])
        }
    }
}

/// What index tuples name: `[BATCH, PLACES, INNER]` of x, and how far one step along each axis goes.
struct Tuples {
    /// Axes before those that are named, alike in x and the indices.
    batch: usize,
    /// Tuples in each batch.
    count: usize,
    /// Lengths of the axes that are named.
    named: Vec<usize>,
    /// Elements behind a place.
    inner: usize,
}

impl Tuples {
    fn new(x: &[usize], indices: &[usize], batch_axes: usize) -> Result<Self, Refusal> {
        let Some((&width, rest)) = indices.split_last() else { return invalid("the indices have no axis") };
        let fits = batch_axes <= rest.len()
            && batch_axes + width <= x.len()
            && x[..batch_axes] == rest[..batch_axes];
        if !fits {
            return invalid(format!("tuples of {width} indices in {indices:?} do not fit {x:?}"));
        }
        Ok(Self {
            batch: rest[..batch_axes].iter().product(),
            count: rest[batch_axes..].iter().product(),
            named: x[batch_axes..batch_axes + width].to_vec(),
            inner: x[batch_axes + width..].iter().product(),
        })
    }

    fn places(&self) -> usize {
        self.named.iter().product()
    }

    /// The place of each tuple within its batch.
    fn flat(&self, list: &[i64]) -> Result<Vec<usize>, Refusal> {
        if self.named.is_empty() {
            return Ok(vec![0; self.batch * self.count]);
        }
        list.chunks(self.named.len())
            .map(|tuple| {
                let at = tuple.iter().zip(&self.named).map(|(&index, &len)| place(index, len));
                Ok(known::flat(at.collect::<Result<Vec<_>, _>>()?, &self.named))
            })
            .collect()
    }

    /// The same of tuples that the network computes, `[BATCH, COUNT, INNER]`.
    fn flat_on_plan(&self, n: &mut Node<'_>, tuples: &Tensor) -> Result<Tensor, Refusal> {
        if self.places() > MAX_WHOLE {
            let places = self.places();
            return unsupported(format!(
                "computed indices among {places} places are beyond {MAX_WHOLE}, up to which floats hold each"
            ));
        }
        let width = self.named.len();
        let tuples = tuples.view(&[self.batch, self.count, width]);
        let mut sum: Option<Tensor> = None;
        for (i, &len) in self.named.iter().enumerate() {
            let index = narrow(n.plan, &tuples, 2, i, 1)?;
            let length = n.plan.constant("length", &[1], vec![len as f32]);
            let from_first = binary(n.plan, &index, &length, Op::Modulo)?;
            sum = Some(match sum {
                Some(before) => {
                    let scaled = affine(n.plan, &before, len as f32, 0.0);
                    binary(n.plan, &scaled, &from_first, Op::Add)?
                }
                None => from_first,
            });
        }
        let Some(at) = sum else { return unsupported("tuples without an index are not run") };
        Ok(expand(n.plan, &at, &[self.batch, self.count, self.inner])?)
    }

    /// Flat places of all elements that the tuples name.
    fn elements(&self, flat: &[usize]) -> Vec<usize> {
        let places = self.places();
        let of_tuple = |(i, &place): (usize, &usize)| {
            let start = (i / self.count.max(1) * places + place) * self.inner;
            start..start + self.inner
        };
        flat.iter().enumerate().flat_map(of_tuple).collect()
    }
}

fn gathered_tuples(n: &mut Node<'_>) -> Outputs {
    let (x, ids) = (n.value(0)?, n.value(1)?);
    let batch_axes = n.size("batch_dims", 0)?;
    let tuples = Tuples::new(&x.shape, &ids.shape, batch_axes)?;
    let (rest, behind) = (&ids.shape[..ids.shape.len() - 1], batch_axes + tuples.named.len());
    let shape = [rest, &x.shape[behind..]].concat();
    match indices(n, 1)? {
        Indices::Known(list) => {
            let flat = tuples.flat(&list)?;
            limit_known(flat.len() * tuples.inner)?;
            Ok(vec![picked(n, &x, &shape, &tuples.elements(&flat))?])
        }
        Indices::Computed(at) => {
            let at = tuples.flat_on_plan(n, &at)?;
            let tensor = n.number(0)?.view(&[tuples.batch, tuples.places(), tuples.inner]);
            Ok(vec![Value::computed(x.elem, take(n.plan, &tensor, &at, 1)?.view(&shape))])
        }
    }
}

fn join(n: &Node<'_>) -> Result<Join, Refusal> {
    Ok(match n.text("reduction", "none") {
        "none" => Join::Replace,
        "add" => Join::Add,
        "mul" => Join::Multiply,
        "max" => Join::Maximum,
        "min" => Join::Minimum,
        other => return unsupported(format!("the reduction {other} is not known")),
    })
}

/// Most values that join one element one after the other.
const MAX_ROUNDS: usize = 64;

/// `x` with the values of input 2 put at flat `places`, in their order.
fn put_known(n: &mut Node<'_>, x: &Value, places: &[usize], join: Join) -> Outputs {
    let updates = n.value(2)?;
    if updates.len() != places.len() {
        return invalid(format!("{} values do not fill {} places", updates.len(), places.len()));
    }
    limit_known(x.len().max(places.len()))?;
    if let (Some(array), None, Some(new), None) = (&x.known, &x.tensor, &updates.known, &updates.tensor) {
        return Ok(vec![Value::known(put_on_cpu(array, new, places, join))]);
    }
    let (tensor, updates) = (n.number(0)?, n.number(2)?);
    let (old, new) = (tensor.view(&[tensor.len()]), updates.view(&[updates.len()]));
    let all = concat(n.plan, &[&old, &new], 0)?;
    // Where each element comes from: itself, or the last value that is put there.
    if join == Join::Replace {
        let mut from: Vec<usize> = (0..old.len()).collect();
        places.iter().enumerate().for_each(|(i, &place)| from[place] = old.len() + i);
        let y = moved(n, &all, &from)?;
        return Ok(vec![Value::computed(x.elem, y.view(&x.shape))]);
    }
    // One value an element in each round; the others join with what changes nothing.
    let neutral = match join {
        Join::Multiply => 1.0,
        Join::Maximum => f32::NEG_INFINITY,
        Join::Minimum => f32::INFINITY,
        _ => 0.0,
    };
    let (op, neutral) = (operation(join), n.plan.constant("neutral", &[1], vec![neutral]));
    let all = concat(n.plan, &[&new, &neutral], 0)?;
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut taken = vec![0_usize; old.len()];
    for (i, &place) in places.iter().enumerate() {
        let round = taken[place];
        taken[place] += 1;
        if round == rounds.len() {
            if round == MAX_ROUNDS {
                return unsupported(format!("more than {MAX_ROUNDS} values join one element"));
            }
            rounds.push(vec![new.len(); old.len()]);
        }
        rounds[round][place] = i;
    }
    let mut sum = old;
    for from in rounds {
        let joining = moved(n, &all, &from)?;
        sum = binary(n.plan, &sum, &joining, op)?;
    }
    Ok(vec![Value::computed(x.elem, sum.view(&x.shape))])
}

fn operation(join: Join) -> Op {
    match join {
        Join::Multiply => Op::Multiply,
        Join::Maximum => Op::Maximum,
        Join::Minimum => Op::Minimum,
        Join::Add | Join::Replace => Op::Add,
    }
}

fn put_on_cpu(x: &Array, new: &Array, places: &[usize], join: Join) -> Array {
    let numbers = match (&x.numbers, &new.numbers) {
        (Numbers::Ints(old), Numbers::Ints(new)) if join == Join::Replace => {
            let mut all = old.to_vec();
            places.iter().zip(&**new).for_each(|(&place, &v)| all[place] = v);
            Numbers::Ints(all.into())
        }
        (old, new) => {
            let mut all = old.to_f64();
            places.iter().zip(new.to_f64()).for_each(|(&place, v)| all[place] = join.apply(all[place], v));
            known::from_f64(x.elem, x.shape.clone(), all).numbers
        }
    };
    Array { numbers, ..x.clone() }
}

fn scattered_elements(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    let (axis, shape) = by_elements(n, &x)?;
    let join = join(n)?;
    match indices(n, 1)? {
        Indices::Known(list) => {
            let places = flat_places(&list, &shape, &x.shape, axis)?;
            put_known(n, &x, &places, join)
        }
        Indices::Computed(at) => {
            let (tensor, values) = (n.number(0)?, n.number(2)?);
            if cut_to(n, &tensor, &shape, axis)?.shape != x.shape {
                return unsupported("indices that the network computes must cover the other axes");
            }
            Ok(vec![Value::computed(x.elem, put(n.plan, &tensor, &at, &values, axis, join)?)])
        }
    }
}

fn scattered_tuples(n: &mut Node<'_>) -> Outputs {
    let (x, ids) = (n.value(0)?, n.value(1)?);
    let tuples = Tuples::new(&x.shape, &ids.shape, 0)?;
    let join = join(n)?;
    match indices(n, 1)? {
        Indices::Known(list) => {
            let flat = tuples.flat(&list)?;
            limit_known(flat.len() * tuples.inner)?;
            put_known(n, &x, &tuples.elements(&flat), join)
        }
        Indices::Computed(at) => {
            let at = tuples.flat_on_plan(n, &at)?;
            let tensor = n.number(0)?.view(&[1, tuples.places(), tuples.inner]);
            let values = n.number(2)?;
            if values.len() != at.len() {
                return invalid(format!("{} values do not fill {} places", values.len(), at.len()));
            }
            let y = put(n.plan, &tensor, &at, &values.view(&at.shape), 1, join)?;
            Ok(vec![Value::computed(x.elem, y.view(&x.shape))])
        }
    }
}

/// The first elements of each sequence backwards.
fn reversed(n: &mut Node<'_>) -> Outputs {
    let (x, lens) = (n.value(0)?, n.ints(1)?);
    let rank = x.shape.len();
    let (batch, time) = (axis(n.int("batch_axis", 1), rank)?, axis(n.int("time_axis", 0), rank)?);
    let fits = batch != time
        && lens.len() == x.shape[batch]
        && lens.iter().all(|&l| (0..=x.shape[time] as i64).contains(&l));
    if !fits {
        return invalid(format!("{} lengths do not fit {:?}", lens.len(), x.shape));
    }
    limit_known(x.len())?;
    let places = known::places(&x.shape, |c| {
        let len = lens[c[batch]] as usize;
        let back = |t: usize| if t < len { len - 1 - t } else { t };
        known::flat_but(c, time, back(c[time]), &x.shape)
    });
    Ok(vec![picked(n, &x, &x.shape, &places)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_indices_among_more_places_than_floats_count_are_refused() {
        let (mut plan, mut values) = (crate::gpu::Plan::new(), std::collections::HashMap::new());
        let proto = rten_onnx::onnx::NodeProto::default();
        let mut node = Node::new(&mut plan, &proto, &mut values, 17, None);
        let at = node.plan.constant("at", &[1, 2], vec![0.0_f32; 2]);
        let mut is_run =
            |x: &[usize]| Tuples::new(x, &[1, 2], 0).unwrap().flat_on_plan(&mut node, &at).is_ok();
        assert!(is_run(&[1 << 12, 1 << 12]));
        assert!(!is_run(&[1 << 13, 1 << 12]));
    }
}
