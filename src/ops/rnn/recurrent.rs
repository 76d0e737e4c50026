//! A recurrent layer over a sequence.

use super::gru::gru_cell;
use super::lstm::lstm_cell;
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, fill, narrow};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::unary::{Act, activation};

/// What happens in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// `h' = act(W·x + b + R·h + c)`: Elman's network. Source: "Finding structure in time", 1990.
    Simple(Act),
    /// Rows of the weights in the order input, forget, candidate, output. Source: Hochreiter and
    /// Schmidhuber, "Long short-term memory", 1997; forget gate: Gers et al., 2000.
    Lstm,
    /// Rows of the weights in the order reset, update, candidate. Source: Cho et al., "Learning phrase
    /// representations", 2014.
    Gru {
        /// Reset the product with the hidden state, `g = tanh(W·x + b + r∘(R·h + c))`, instead of the
        /// hidden state itself, `g = tanh(W·x + b + R·(r∘h) + c)`.
        reset_after: bool,
    },
}

impl Cell {
    /// Rows of the weights for each unit.
    pub fn gates(self) -> usize {
        match self {
            Self::Simple(_) => 1,
            Self::Lstm => 4,
            Self::Gru { .. } => 3,
        }
    }
}

/// Weights of one direction, G = [`Cell::gates`].
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// For the input, `[G·H, I]`.
    pub w: &'a Tensor,
    /// For the last hidden state, `[G·H, H]`.
    pub r: &'a Tensor,
    /// Beside the input, `[G·H]`.
    pub b: Option<&'a Tensor>,
    /// Beside the hidden state, `[G·H]`.
    pub c: Option<&'a Tensor>,
    /// Hidden state before the first step, `[N, H]`; `None`: zeros.
    pub hidden: Option<&'a Tensor>,
    /// Memory of a long short-term memory before the first step, `[N, H]`; `None`: zeros.
    pub memory: Option<&'a Tensor>,
}

impl<'a> Weights<'a> {
    /// Without biases and initial states.
    pub fn new(w: &'a Tensor, r: &'a Tensor) -> Self {
        Self { w, r, b: None, c: None, hidden: None, memory: None }
    }
}

/// Which way a sequence is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the first step on.
    #[default]
    Forward,
    /// From the last step back.
    Backward,
    /// Both, each with weights of its own, features side by side.
    Both,
}

/// What one direction leaves behind, in the order of the sequence.
#[derive(Clone, Debug)]
pub struct States {
    /// Hidden states after each step, `[N, H]`.
    pub hidden: Vec<Tensor>,
    /// Memories of a long short-term memory after each step, `[N, H]`; otherwise empty.
    pub memory: Vec<Tensor>,
    /// Gates of each step, `[N, G·H]`, in the order of the weights; of a simple cell, empty.
    pub gates: Vec<Tensor>,
    /// Hidden state after the last step that was taken.
    pub last: Tensor,
    /// Memory after the last step that was taken, of a long short-term memory.
    pub last_memory: Option<Tensor>,
}

/// The tensors of a recurrent layer.
#[derive(Clone, Debug)]
pub struct Recurrent {
    /// `[T, N, DIR·H]`.
    pub y: Tensor,
    /// One for each direction.
    pub states: Vec<States>,
}

fn check(what: &'static str, have: &[usize], want: &[usize]) -> Result<(), OpError> {
    if have == want {
        return Ok(());
    }
    Err(OpError::Shape { op: "recurrent", what, have: have.to_vec(), want: format!("{want:?}") })
}

/// Records the steps of `x [T, ..]`, `[..]` each. Halves are cut in halves, so that their gradients are
/// put together again in T·log T elements instead of T².
fn unstack(plan: &mut Plan, x: &Tensor) -> Result<Vec<Tensor>, OpError> {
    let t = x.shape[0];
    if t == 1 {
        return Ok(vec![x.view(&x.shape[1..])]);
    }
    let mut steps = Vec::with_capacity(t);
    for (start, len) in [(0, t / 2), (t / 2, t - t / 2)] {
        let half = narrow(plan, x, 0, start, len)?;
        steps.extend(unstack(plan, &half)?);
    }
    Ok(steps)
}

/// Records tensors of one shape behind each other, `[T, ..]`.
fn stack(plan: &mut Plan, steps: &[Tensor]) -> Result<Tensor, OpError> {
    let views: Vec<Tensor> = steps.iter().map(|s| s.view(&[&[1], &s.shape[..]].concat())).collect();
    concat(plan, &views.iter().collect::<Vec<_>>(), 0)
}

/// Records one direction.
fn run(
    plan: &mut Plan,
    x: &Tensor,
    cell: Cell,
    weights: &Weights<'_>,
    backwards: bool,
) -> Result<States, OpError> {
    let &[t, n, inputs] = &x.shape[..] else {
        let (have, want) = (x.shape.clone(), "[T, N, I]".into());
        return Err(OpError::Shape { op: "recurrent", what: "x", have, want });
    };
    if t == 0 {
        return Err(OpError::Zero { what: "the number of steps" });
    }
    let h = weights.r.shape.last().copied().unwrap_or(0);
    let wide = cell.gates() * h;
    check("r", &weights.r.shape, &[wide, h])?;
    check("w", &weights.w.shape, &[wide, inputs])?;
    for (what, bias) in [("b", weights.b), ("c", weights.c)] {
        bias.map_or(Ok(()), |bias| check(what, &bias.shape, &[wide]))?;
    }
    let mut initial = |what, given: Option<&Tensor>| match given {
        Some(state) => check(what, &state.shape, &[n, h]).map(|()| state.clone()),
        None => Ok(fill(plan, what, &[n, h], 0.0)),
    };
    let mut hidden = initial("the hidden state", weights.hidden)?;
    let mut memory = match cell {
        Cell::Lstm => Some(initial("the memory", weights.memory)?),
        _ => None,
    };
    let sums = matmul(plan, &x.view(&[t * n, inputs]), weights.w, weights.b, &Gemm::NT)?;
    plan.name(&sums, "parts of the input");
    let mut parts = unstack(plan, &sums.view(&[t, n, wide]))?;
    if backwards {
        parts.reverse();
    }
    let step = Step::new(plan, cell, weights, h)?;
    let mut states = States {
        hidden: Vec::with_capacity(t),
        memory: Vec::new(),
        gates: Vec::new(),
        last: hidden.clone(),
        last_memory: memory.clone(),
    };
    for a in &parts {
        let (next, next_memory, gates) = step.take(plan, a, &hidden, memory.as_ref())?;
        (hidden, memory) = (next, next_memory);
        states.hidden.push(hidden.clone());
        states.memory.extend(memory.clone());
        states.gates.extend(gates);
    }
    (states.last, states.last_memory) = (hidden, memory);
    if backwards {
        states.hidden.reverse();
        states.memory.reverse();
        states.gates.reverse();
    }
    Ok(states)
}

/// A cell with what of its weights meets the hidden state; those of a gated recurrent unit in two, for
/// the two gates and for the candidate.
struct Step {
    cell: Cell,
    weights: Vec<(Tensor, Option<Tensor>)>,
}

impl Step {
    fn new(plan: &mut Plan, cell: Cell, weights: &Weights<'_>, h: usize) -> Result<Self, OpError> {
        let rows = match cell {
            Cell::Gru { .. } => vec![(0, 2 * h), (2 * h, h)],
            _ => return Ok(Self { cell, weights: vec![(weights.r.clone(), weights.c.cloned())] }),
        };
        let mut parts = Vec::new();
        for (start, len) in rows {
            let r = narrow(plan, weights.r, 0, start, len)?;
            let c = weights.c.map(|c| narrow(plan, c, 0, start, len)).transpose()?;
            parts.push((r, c));
        }
        Ok(Self { cell, weights: parts })
    }

    /// The product of a state with part `i` of the weights.
    fn product(&self, plan: &mut Plan, i: usize, state: &Tensor) -> Result<Tensor, OpError> {
        let (r, c) = &self.weights[i];
        matmul(plan, state, r, c.as_ref(), &Gemm::NT)
    }

    /// Hidden state, memory and gates after a step with `a`, the input's part of the sums.
    fn take(
        &self,
        plan: &mut Plan,
        a: &Tensor,
        hidden: &Tensor,
        memory: Option<&Tensor>,
    ) -> Result<(Tensor, Option<Tensor>, Option<Tensor>), OpError> {
        let u = self.product(plan, 0, hidden)?;
        Ok(match self.cell {
            Cell::Simple(act) => {
                let sum = binary(plan, a, &u, Op::Add)?;
                (activation(plan, &sum, act), None, None)
            }
            Cell::Lstm => {
                let memory = memory.expect("a long short-term memory has one from the start");
                let [gates, memory, hidden] = lstm_cell(plan, a, &u, memory)?;
                (hidden, Some(memory), Some(gates))
            }
            Cell::Gru { reset_after } => {
                let v = if reset_after {
                    self.product(plan, 1, hidden)?
                } else {
                    let h = hidden.shape[1];
                    let (a, u) = (narrow(plan, a, 1, 0, h)?, narrow(plan, &u, 1, 0, h)?);
                    let sum = binary(plan, &a, &u, Op::Add)?;
                    let reset = activation(plan, &sum, Act::SIGMOID);
                    let kept = binary(plan, &reset, hidden, Op::Multiply)?;
                    self.product(plan, 1, &kept)?
                };
                let [gates, hidden] = gru_cell(plan, a, [&u, &v], hidden, reset_after)?;
                (hidden, None, Some(gates))
            }
        })
    }
}

/// Records a recurrent layer over `x [T, N, I]`; `weights` has one entry for each direction, the
/// forward one first.
pub fn recurrent(
    plan: &mut Plan,
    x: &Tensor,
    cell: Cell,
    weights: &[Weights<'_>],
    direction: Direction,
) -> Result<Recurrent, OpError> {
    let ways: &[bool] = match direction {
        Direction::Forward => &[false],
        Direction::Backward => &[true],
        Direction::Both => &[false, true],
    };
    check("the list of weights", &[weights.len()], &[ways.len()])?;
    let mut states = Vec::new();
    let mut outputs = Vec::new();
    for (weights, &backwards) in weights.iter().zip(ways) {
        let one = run(plan, x, cell, weights, backwards)?;
        outputs.push(stack(plan, &one.hidden)?);
        states.push(one);
    }
    let y = match &outputs[..] {
        [one] => one.clone(),
        both => concat(plan, &both.iter().collect::<Vec<_>>(), 2)?,
    };
    plan.name(&y, "hidden states");
    Ok(Recurrent { y, states })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;
    use crate::ops::gradient;

    fn wave(plan: &mut Plan, name: &str, shape: &[usize], step: f32) -> Tensor {
        let values: Vec<f32> =
            (0..shape.iter().product()).map(|i: usize| 0.7 * (step * (i + 1) as f32).sin()).collect();
        plan.constant(name, shape, values)
    }

    fn value(plan: &Plan, x: &Tensor) -> Vec<f64> {
        reference::run(plan, &BTreeMap::new())[x.buf.0].clone()
    }

    const CELLS: [Cell; 4] = [
        Cell::Simple(Act::TANH),
        Cell::Lstm,
        Cell::Gru { reset_after: true },
        Cell::Gru { reset_after: false },
    ];

    /// x, w, r, b, c for sequences of 3 steps, 2 items, 2 inputs and 3 units.
    fn tensors(plan: &mut Plan, cell: Cell) -> [Tensor; 5] {
        let wide = cell.gates() * 3;
        [
            ("x", vec![3, 2, 2]),
            ("w", vec![wide, 2]),
            ("r", vec![wide, 3]),
            ("b", vec![wide]),
            ("c", vec![wide]),
        ]
        .map(|(name, shape)| wave(plan, name, &shape, 0.1 + name.len() as f32 + shape.len() as f32))
    }

    #[test]
    fn steps_follow_the_formulas() {
        for cell in CELLS {
            let mut plan = Plan::new();
            let [x, w, r, b, c] = tensors(&mut plan, cell);
            let weights = Weights { b: Some(&b), c: Some(&c), ..Weights::new(&w, &r) };
            let layer = recurrent(&mut plan, &x, cell, &[weights], Direction::Forward).unwrap();
            let got = value(&plan, &layer.y);
            let [x, w, r, b, c] = [&x, &w, &r, &b, &c].map(|t| value(&plan, t));
            let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
            let dot = |m: &[f64], row: usize, v: &[f64]| -> f64 {
                m[row * v.len()..][..v.len()].iter().zip(v).map(|(m, v)| m * v).sum()
            };
            for item in 0..2 {
                let (mut h, mut memory) = (vec![0.0; 3], vec![0.0; 3]);
                for t in 0..3 {
                    let input = &x[(t * 2 + item) * 2..][..2];
                    let own = |row: usize| dot(&w, row, input) + b[row];
                    let last = |row: usize, h: &[f64]| dot(&r, row, h) + c[row];
                    let reset: Vec<f64> = (0..3).map(|k| sigmoid(own(k) + last(k, &h))).collect();
                    let kept: Vec<f64> = reset.iter().zip(&h).map(|(r, h)| r * h).collect();
                    let next: Vec<f64> = (0..3)
                        .map(|k| match cell {
                            Cell::Simple(_) => (own(k) + last(k, &h)).tanh(),
                            Cell::Lstm => {
                                let z = |g: usize| own(3 * g + k) + last(3 * g + k, &h);
                                memory[k] = sigmoid(z(1)) * memory[k] + sigmoid(z(0)) * z(2).tanh();
                                sigmoid(z(3)) * memory[k].tanh()
                            }
                            Cell::Gru { reset_after } => {
                                let z = sigmoid(own(3 + k) + last(3 + k, &h));
                                let past =
                                    if reset_after { reset[k] * last(6 + k, &h) } else { last(6 + k, &kept) };
                                (1.0 - z) * (own(6 + k) + past).tanh() + z * h[k]
                            }
                        })
                        .collect();
                    h = next;
                    for k in 0..3 {
                        assert!((got[(t * 2 + item) * 3 + k] - h[k]).abs() < 1e-12, "{cell:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn gradients_reach_the_weights_through_all_steps() {
        for cell in CELLS {
            let mut plan = Plan::new();
            let tensors = tensors(&mut plan, cell);
            let [x, w, r, b, c] = &tensors;
            let weights = Weights { b: Some(b), c: Some(c), ..Weights::new(w, r) };
            let layer = recurrent(&mut plan, x, cell, &[weights, weights], Direction::Both).unwrap();
            let total = |plan: &Plan| value(plan, &layer.y).iter().sum::<f64>();
            let forward = plan.clone();
            let wrt: Vec<&Tensor> = tensors.iter().collect();
            let grads = gradient::backward(&mut plan, &layer.y, None, &wrt).unwrap();
            for tensor in &tensors {
                let got = value(&plan, &grads.of(tensor).unwrap());
                let held = value(&forward, tensor);
                for i in [0, held.len() - 1] {
                    let at = |d: f64| {
                        let mut values: Vec<f32> = held.iter().map(|&v| v as f32).collect();
                        values[i] = (held[i] + d) as f32;
                        let mut moved = forward.clone();
                        moved.buffers[tensor.buf.0].source = crate::gpu::Source::Constant(values.into());
                        (total(&moved), f64::from((held[i] + d) as f32))
                    };
                    let ((up, x1), (down, x0)) = (at(1e-3), at(-1e-3));
                    let want = (up - down) / (x1 - x0);
                    assert!(
                        (got[i] - want).abs() < 1e-5,
                        "{cell:?} {:?}[{i}]: {} {want}",
                        tensor.shape,
                        got[i]
                    );
                }
            }
        }
    }

    #[test]
    fn backwards_is_forwards_on_the_turned_sequence() {
        let mut plan = Plan::new();
        let cell = Cell::Lstm;
        let [x, w, r, ..] = tensors(&mut plan, cell);
        let weights = Weights::new(&w, &r);
        let back = recurrent(&mut plan, &x, cell, &[weights], Direction::Backward).unwrap();
        let mut steps = unstack(&mut plan, &x).unwrap();
        steps.reverse();
        let turned = stack(&mut plan, &steps).unwrap();
        let there = recurrent(&mut plan, &turned, cell, &[weights], Direction::Forward).unwrap();
        for (a, b) in back.states[0].hidden.iter().rev().zip(&there.states[0].hidden) {
            assert_eq!(value(&plan, a), value(&plan, b));
        }
        assert_eq!(value(&plan, &back.states[0].last), value(&plan, &back.states[0].hidden[0]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut plan = Plan::new();
        let [x, w, r, ..] = tensors(&mut plan, Cell::Lstm);
        let mut refused =
            |cell, w, r, direction| recurrent(&mut plan, &x, cell, &[Weights::new(w, r)], direction).is_err();
        assert!(!refused(Cell::Lstm, &w, &r, Direction::Forward));
        assert!(refused(Cell::Lstm, &w, &r, Direction::Both));
        assert!(refused(Cell::Simple(Act::TANH), &w, &r, Direction::Forward));
        assert!(refused(Cell::Lstm, &r, &r, Direction::Forward));
    }
}
