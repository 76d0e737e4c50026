//! A recurrent net over fifty steps, `h_t = f(W·h_(t−1) + U·x_t)`, that reads the photo row by row; all singular values of
//! W are one number, its gain. The gradient of what is read off at the end, for the state at every step.

use crate::choices;
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::nn::Init;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::backward;
use crate::ops::layout::{concat, narrow};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::optim::clip_factor;
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::Act;
use crate::viz::View;

/// Steps, and so rows of the photo and cells of a row.
pub const TURNS: usize = 50;
/// Units of the state.
pub const STATE: usize = 32;
/// Gains beside the chosen one: below 1, 1, above 1.
pub const GAINS: [f32; 3] = [0.8, 1.0, 1.2];
/// Nets side by side: the chosen one first.
const NETS: usize = 1 + GAINS.len();

choices! {
    /// What follows the sums of the recurrent net.
    pub enum Cell {
        /// Nothing: what W does is seen alone.
        Linear = "none, linear",
        /// The usual.
        Tanh = "tanh",
    }
}

/// What was recorded.
pub struct Recurrent {
    /// Norms of the gradients of the states, `[NETS, TURNS]`.
    pub norms: Tensor,
    /// The same of the first net after clipping, `[TURNS]`.
    pub clipped: Tensor,
    /// The norm of the gradient of its W before clipping and behind it, `[2]`.
    whole: Tensor,
}

/// The numbers of it.
pub struct Told {
    /// Norms of the gradient of the state at each step, of each net: the chosen one, then those of [`GAINS`].
    pub norms: Vec<Vec<f32>>,
    /// Those of the chosen one, times the factor of the clipping.
    pub clipped: Vec<f32>,
    /// The norm of the gradient of W before clipping and behind it.
    pub whole: [f32; 2],
}

impl Recurrent {
    /// Records it. `gain`: the singular values of the first net's W; `clip`: the largest norm of the gradient of its W.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(
        on: &mut Recording<'_>,
        cell: Cell,
        gain: f32,
        clip: f32,
        seed: u64,
    ) -> Result<Self, Problem> {
        let photo = on.photo(TURNS);
        let plan = &mut on.plan;
        let act = if cell == Cell::Tanh { Act::TANH } else { Act::IDENTITY };
        let rows = narrow(plan, &photo, 1, 0, 1)?.view(&[TURNS, TURNS]);
        plan.name(&rows, "x, a row a step");
        let mut rng = Rng::new(seed);
        let square = Init::Orthogonal(1.0).values(&[STATE, STATE], &mut rng);
        let into = Init::LeCunNormal.values(&[STATE, TURNS], &mut rng);
        let mut read = Init::Normal(1.0).values(&[STATE], &mut rng);
        let length = read.iter().map(|v| v * v).sum::<f32>().sqrt();
        read.iter_mut().for_each(|v| *v /= length);
        let gains = std::iter::once(gain).chain(GAINS);
        let all: Vec<f32> = gains.flat_map(|gain| square.iter().map(move |w| w * gain)).collect();
        let w = plan.constant("W", &[NETS, STATE, STATE], all);
        let u = plan.constant("U", &[STATE, TURNS], into);
        let v = plan.constant("v, of length 1", &[1, STATE], read);
        let inputs = matmul(plan, &rows, &u, None, &Gemm::NT)?;
        plan.name(&inputs, "U·x");
        let states = unroll(plan, &inputs, &w, act)?;
        let last = states.last().expect("there are fifty");
        let loss = matmul(plan, last, &v, None, &Gemm::NT)?;
        plan.name(&loss, "what is read off at the end");
        let wrt: Vec<&Tensor> = states.iter().chain([&w]).collect();
        let found = backward(plan, &loss, None, &wrt)?;
        let of = |tensor: &Tensor| found.of(tensor).expect("it was asked for");
        let each: Vec<Tensor> = states.iter().map(of).collect();
        let dw = of(&w);
        let each = concat(plan, &each.iter().collect::<Vec<_>>(), 1)?;
        plan.name(&each, "gradients of the states");
        let norms = reduce(plan, &each, &[2], Reduce::L2, false)?;
        plan.name(&norms, "norms of the gradients of the states");
        let own = narrow(plan, &dw, 0, 0, 1)?.view(&[STATE * STATE]);
        let (factor, before) = clip_factor(plan, &own, clip);
        let first = narrow(plan, &norms, 0, 0, 1)?.view(&[TURNS]);
        let clipped = binary(plan, &first, &factor, Op::Multiply)?;
        plan.name(&clipped, "the same after clipping");
        let behind = binary(plan, &before, &factor, Op::Multiply)?;
        let whole = concat(plan, &[&before.view(&[1]), &behind.view(&[1])], 0)?;
        plan.name(&whole, "norm of the gradient of W before and after clipping");
        Ok(Self { norms, clipped, whole })
    }

    /// The numbers, once they are there.
    pub fn read(&self, view: &mut View<'_>) -> Option<Told> {
        // All are asked for in one frame, so that none waits for another.
        let [norms, clipped, whole] = [&self.norms, &self.clipped, &self.whole].map(|t| view.values(t));
        let norms = norms?.chunks(TURNS).map(<[f32]>::to_vec).collect();
        let whole = whole?;
        Some(Told { norms, clipped: clipped?.to_vec(), whole: [*whole.first()?, *whole.get(1)?] })
    }
}

/// Records the states after each step, `[NETS, 1, STATE]`, from `inputs [TURNS, STATE]`; the first follows from zeros.
fn unroll(plan: &mut Plan, inputs: &Tensor, w: &Tensor, act: Act) -> Result<Vec<Tensor>, Problem> {
    let mut h = plan.constant("h 0", &[NETS, 1, STATE], vec![0.0; NETS * STATE]);
    let mut states = Vec::with_capacity(TURNS);
    for turn in 0..TURNS {
        let bias = narrow(plan, inputs, 0, turn, 1)?.view(&[STATE]);
        h = matmul(plan, &h, w, Some(&bias), &Gemm { act, ..Gemm::NT })?;
        plan.name(&h, &format!("h {}", turn + 1));
        states.push(h.clone());
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibits::Inputs;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    #[test]
    fn the_gradient_of_a_linear_net_goes_with_the_powers_of_its_gain() {
        let inputs = Inputs::default();
        let mut on = Recording::new(&inputs);
        let of = Recurrent::record(&mut on, Cell::Linear, 1.1, 1.0, 3).unwrap();
        let run = reference::run(&on.plan, &BTreeMap::new());
        let norms = &run[of.norms.buf.0];
        for (net, gain) in [1.1_f64, 0.8, 1.0, 1.2].into_iter().enumerate() {
            for turn in 0..TURNS {
                let want = gain.powi((TURNS - 1 - turn) as i32);
                let got = norms[net * TURNS + turn];
                assert!((got / want - 1.0).abs() < 1e-4, "gain {gain}, step {turn}: {got} instead of {want}");
            }
        }
        let whole = &run[of.whole.buf.0];
        assert!(whole[0] > 1.0 && (whole[1] - 1.0).abs() < 1e-4, "{whole:?}");
    }
}
