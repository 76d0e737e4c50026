//! Recurrent layers, step by step. Source: ONNX operators RNN 22, LSTM 22 and GRU 22.
//!
//! `X [T, N, I]`, `W [DIR, G·H, I]`, `R [DIR, G·H, H]`, `B [DIR, 2·G·H]`; `Y [T, DIR, N, H]` and the last
//! states `[DIR, N, H]`. ONNX orders the gates of an LSTM input, output, forget, candidate and those of a
//! GRU update, reset, candidate; the cells here have input, forget, candidate, output and reset, update,
//! candidate.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::node::{Node, Outputs};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::Tensor;
use crate::ops::layout::{concat, narrow, transpose};
use crate::ops::rnn::{Cell, Direction, Weights, recurrent};
use crate::ops::unary::Act;
use crate::untrusted::one_line;

/// Most steps in time: each is steps of the plan of its own.
const MAX_TIME: usize = 4096;

pub(super) static ROWS: &[Row] = &[
    ("GRU", |n| {
        let reset_after = n.int("linear_before_reset", 0) != 0;
        layer(n, Cell::Gru { reset_after }, &[1, 0, 2])
    }),
    ("LSTM", |n| layer(n, Cell::Lstm, &[0, 2, 3, 1])),
    ("RNN", |n| layer(n, Cell::Simple(Act::TANH), &[0])),
];

/// Rows of each gate, of one direction `way` of `x [DIR, G·H, ..]`, in the order of the cell.
fn gates(n: &mut Node<'_>, x: &Tensor, way: usize, order: &[usize]) -> Result<Tensor, Refusal> {
    let one = narrow(n.plan, x, 0, way, 1)?.view(&x.shape[1..]);
    let h = one.shape[0] / order.len();
    let parts =
        order.iter().map(|&gate| narrow(n.plan, &one, 0, gate * h, h)).collect::<Result<Vec<_>, _>>()?;
    match &parts[..] {
        [only] => Ok(only.clone()),
        all => Ok(concat(n.plan, &all.iter().collect::<Vec<_>>(), 0)?),
    }
}

/// The cell with the activations that the node names, if they are the usual ones, or ReLU in the place of tanh in the simple
/// cell. Those have neither slope nor offset, so what is given for them counts for nothing.
fn with_activations(n: &Node<'_>, cell: Cell, ways: usize) -> Result<Cell, Refusal> {
    let usual: &[&str] = match cell {
        Cell::Lstm => &["Sigmoid", "Tanh", "Tanh"],
        Cell::Gru { .. } => &["Sigmoid", "Tanh"],
        Cell::Simple(_) => &["Tanh"],
    };
    let Some(given) = n.texts("activations") else { return Ok(cell) };
    n.has("activation_alpha");
    n.has("activation_beta");
    let are = |names: &[&str]| {
        let each = given.iter().zip(names.iter().cycle());
        given.len() == names.len() * ways
            && each.into_iter().all(|(own, name)| own.eq_ignore_ascii_case(name))
    };
    match cell {
        _ if are(usual) => Ok(cell),
        Cell::Simple(_) if are(&["Relu"]) => Ok(Cell::Simple(Act::RELU)),
        _ => unsupported(format!(
            "the activations {} are not run, only {}",
            one_line(&given.join(", ")),
            usual.join(", ")
        )),
    }
}

/// What one direction starts with.
struct Way {
    w: Tensor,
    r: Tensor,
    biases: Option<[Tensor; 2]>,
    hidden: Option<Tensor>,
    memory: Option<Tensor>,
}

fn layer(n: &mut Node<'_>, cell: Cell, order: &[usize]) -> Outputs {
    let (mut x, w, r) = (n.tensor(0)?, n.tensor(1)?, n.tensor(2)?);
    let (b, mut hidden, mut memory) = (n.optional_tensor(3)?, n.optional_tensor(5)?, n.optional_tensor(6)?);
    // Items of the batch first, or time and directions.
    let items_first = n.int("layout", 0) != 0;
    if items_first && x.shape.len() == 3 {
        x = transpose(n.plan, &x, &[1, 0, 2])?;
        for state in [&mut hidden, &mut memory].into_iter().flatten().filter(|s| s.shape.len() == 3) {
            *state = transpose(n.plan, state, &[1, 0, 2])?;
        }
    }
    let direction = match n.text("direction", "forward") {
        "forward" => Direction::Forward,
        "reverse" => Direction::Backward,
        "bidirectional" => Direction::Both,
        other => return invalid(format!("the direction {other} does not exist")),
    };
    let ways = if direction == Direction::Both { 2 } else { 1 };
    let cell = with_activations(n, cell, ways)?;
    let (&[steps, items, _], &[_, _, units]) = (&x.shape[..], &r.shape[..]) else {
        return invalid(format!(
            "the input {:?} or the recurrent weights {:?} have not three axes",
            x.shape, r.shape
        ));
    };
    if steps > MAX_TIME {
        return unsupported(format!(
            "the sequences have {steps} steps, and the limit is {MAX_TIME}: cut them into shorter ones"
        ));
    }
    if n.optional_ints(4)?.is_some_and(|lens| lens.iter().any(|&len| len != steps as i64)) {
        return unsupported(format!("all sequences must have the length of the input, {steps}"));
    }
    if n.size("hidden_size", units as i64)? != units {
        return invalid(format!("hidden_size does not agree with {units} units"));
    }
    if order.len() == 4 && n.optional(7).is_some() {
        return unsupported("peepholes from the memory to the gates are not run");
    }
    let wide = order.len() * units;
    for (name, t, shape) in [
        ("W", Some(&w), vec![ways, wide, x.shape[2]]),
        ("R", Some(&r), vec![ways, wide, units]),
        ("B", b.as_ref(), vec![ways, 2 * wide]),
    ] {
        if t.is_some_and(|t| t.shape != shape) {
            return invalid(format!("{name} has not the shape {shape:?}"));
        }
    }
    let states = vec![ways, items, units];
    if [&hidden, &memory].into_iter().flatten().any(|t| t.shape != states) {
        return invalid(format!("an initial state has not the shape {states:?}"));
    }
    let starts = (0..ways).map(|way| {
        let biases = match &b {
            Some(b) => {
                let halves = b.view(&[ways * 2, wide]);
                Some([gates(n, &halves, 2 * way, order)?, gates(n, &halves, 2 * way + 1, order)?])
            }
            None => None,
        };
        let mut state = |t: &Option<Tensor>| -> Result<Option<Tensor>, Refusal> {
            let one = t.as_ref().map(|t| narrow(n.plan, t, 0, way, 1)).transpose()?;
            Ok(one.map(|t| t.view(&[items, units])))
        };
        let (hidden, memory) = (state(&hidden)?, state(&memory)?);
        Ok(Way { w: gates(n, &w, way, order)?, r: gates(n, &r, way, order)?, biases, hidden, memory })
    });
    let starts = starts.collect::<Result<Vec<Way>, Refusal>>()?;
    let weights: Vec<Weights<'_>> = starts
        .iter()
        .map(|way| Weights {
            b: way.biases.as_ref().map(|b| &b[0]),
            c: way.biases.as_ref().map(|b| &b[1]),
            hidden: way.hidden.as_ref(),
            memory: way.memory.as_ref(),
            ..Weights::new(&way.w, &way.r)
        })
        .collect();
    let made = recurrent(n.plan, &x, cell, &weights, direction)?;
    let order = if items_first { [1, 0, 2, 3] } else { [0, 2, 1, 3] };
    let y = transpose(n.plan, &made.y.view(&[steps, items, ways, units]), &order)?;
    let mut last = |all: Vec<Tensor>| -> Result<Value, Refusal> {
        let axis = usize::from(items_first);
        let mut shape = [items, units].to_vec();
        shape.insert(axis, 1);
        let views: Vec<Tensor> = all.iter().map(|t| t.view(&shape)).collect();
        Ok(Value::float(concat(n.plan, &views.iter().collect::<Vec<_>>(), axis)?))
    };
    let hidden = last(made.states.iter().map(|s| s.last.clone()).collect())?;
    let memories: Vec<Tensor> = made.states.iter().filter_map(|s| s.last_memory.clone()).collect();
    let memory = if memories.is_empty() { None } else { Some(last(memories)?) };
    Ok([Some(Value::float(y)), Some(hidden), memory].into_iter().flatten().collect())
}
