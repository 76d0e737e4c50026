//! How the networks of the page on zeros begin, and what is read of each of them: its weights, which of its hidden units
//! are one and the same, how alike the others are, and the gradients.

use std::rc::Rc;

use crate::choices;
use crate::gpu::{Plan, Tensor};
use crate::nn::{Init, RunId};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::Act;
use crate::viz::{Of, View};

choices! {
    /// What all weights begin as.
    pub enum Scheme {
        /// The same number.
        Constant = "constant",
        /// 0.
        Zeros = "zeros",
        /// Random, with variance 2/fan-in.
        He = "He",
    }
}

choices! {
    /// Activation of the hidden layer.
    pub enum Activation {
        /// 0 at 0.
        Tanh = "tanh",
        /// 0 at 0, and without slope there.
        Relu = "ReLU",
        /// One half at 0.
        Sigmoid = "sigmoid",
    }
}

impl Activation {
    /// The function.
    pub fn act(self) -> Act {
        match self {
            Self::Tanh => Act::TANH,
            Self::Relu => Act::RELU,
            Self::Sigmoid => Act::SIGMOID,
        }
    }
}

/// How a network begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    /// What all weights begin as.
    pub scheme: Scheme,
    /// The number of the constant start.
    pub constant: f32,
    /// Standard deviation of what is added to each weight; none to those of He.
    pub noise: f32,
}

impl Start {
    /// What the other network begins with: random weights, or the constant where this one has them.
    pub fn rival(self) -> Self {
        let scheme = if self.scheme == Scheme::He { Scheme::Constant } else { Scheme::He };
        Self { scheme, noise: 0.0, ..self }
    }

    /// First values of all weights.
    pub fn init(self) -> Init {
        match self.scheme {
            Scheme::Constant => Init::NormalAround(self.constant, self.noise),
            Scheme::Zeros => Init::NormalAround(0.0, self.noise),
            Scheme::He => Init::HeNormal,
        }
    }

    /// Whether noise tells its units apart.
    pub fn is_noisy(self) -> bool {
        self.scheme != Scheme::He && self.noise > 0.0
    }

    /// In words: "constant 0.5 + noise 0.0001".
    pub fn name(self) -> String {
        let name = match self.scheme {
            Scheme::Constant => format!("constant {}", plain(self.constant)),
            Scheme::Zeros => "all weights 0".into(),
            Scheme::He => "He".into(),
        };
        if self.is_noisy() { format!("{name} + noise {}", plain(self.noise)) } else { name }
    }
}

/// A setting in words, with a true minus sign.
pub fn plain(x: f32) -> String {
    x.to_string().replace('-', "−")
}

/// A network as the step that is shown has found it: weights before the step's change, and its gradients.
pub struct Twins {
    /// Weights of the hidden layer, `[N, 2]`, and of the output, `[1, N]`.
    pub weights: [Rc<Vec<f32>>; 2],
    /// Of each hidden unit, which distinct unit it is, counted from 0 in the order of the units.
    pub group: Vec<usize>,
    /// How many distinct units there are.
    pub distinct: usize,
    /// Cosine of the weights of each two hidden units, `[N, N]`; NaN where one has none but zeros.
    pub cosines: Rc<Vec<f32>>,
    /// Length of the gradient of the hidden layer, weights and biases together.
    pub hidden: f64,
    /// Length of that of the output's weights, and the one of its bias.
    pub out: [f64; 2],
}

/// Records the cosine of each two rows of `w [N, K]`, `[N, N]`.
///
/// # Errors
/// If `w` is no matrix.
pub fn cosines(plan: &mut Plan, w: &Tensor) -> Result<Tensor, OpError> {
    let lengths = reduce(plan, w, &[1], Reduce::L2, true)?;
    let rows = binary(plan, w, &lengths, Op::Divide)?;
    matmul(plan, &rows, &rows, None, &Gemm::NT)
}

/// For each of `units` units, which distinct one it is: the first of those whose parameters are the same, bit for bit.
/// Each of `parameters` has as many numbers a unit as there are units in it, unit by unit.
pub fn groups(units: usize, parameters: &[&[f32]]) -> (Vec<usize>, usize) {
    let of = |unit: usize| -> Vec<u32> {
        let own = parameters.iter().flat_map(|all| all.chunks(all.len() / units.max(1)).nth(unit));
        // 0 and −0 are one number.
        own.flatten().map(|v| (v + 0.0).to_bits()).collect()
    };
    let (mut seen, mut group) = (Vec::new(), Vec::with_capacity(units));
    for unit in 0..units {
        let own = of(unit);
        let place = seen.iter().position(|other| *other == own).unwrap_or(seen.len());
        if place == seen.len() {
            seen.push(own);
        }
        group.push(place);
    }
    (group, seen.len())
}

fn length(values: &[&[f32]]) -> f64 {
    values.iter().flat_map(|v| v.iter()).map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
}

impl Twins {
    /// All numbers of a network, once they are there.
    pub fn read(view: &mut View<'_>, id: RunId) -> Option<Self> {
        let run = view.player()?.runs().get(id.0)?;
        let ids: Vec<_> = run.layers().iter().flat_map(|layer| layer.params.clone()).collect();
        let weights: Vec<Tensor> = ids.iter().map(|id| run.weight(*id)).collect();
        let gradients: Vec<Tensor> = weights.iter().filter_map(|weight| run.gradient(weight)).collect();
        let view = &mut view.of(Of::Training(id));
        // All are asked for in one frame.
        let cosines = view.derived(weights.first()?, "cosines", cosines);
        let [weights, gradients] =
            [weights, gradients].map(|all| all.iter().map(|t| view.values(t)).collect::<Vec<_>>());
        let weights: Vec<_> = weights.into_iter().collect::<Option<_>>()?;
        let gradients: Vec<_> = gradients.into_iter().collect::<Option<_>>()?;
        let ([w, b, out, _], [dw, db, d_out, d_bias]) = (&weights[..], &gradients[..]) else { return None };
        let (group, distinct) = groups(b.len(), &[w, b]);
        Some(Self {
            weights: [w.clone(), out.clone()],
            group,
            distinct,
            cosines: cosines?,
            hidden: length(&[dw, db]),
            out: [length(&[d_out]), length(&[d_bias])],
        })
    }

    /// Hidden units.
    pub fn units(&self) -> usize {
        self.group.len()
    }

    /// The least cosine of two hidden units, if all have one.
    pub fn least(&self) -> Option<f64> {
        let least = self.cosines.iter().copied().fold(f32::INFINITY, f32::min);
        let all = self.cosines.iter().all(|v| v.is_finite()) && !self.cosines.is_empty();
        all.then_some(f64::from(least))
    }

    /// It in words: "1.000", or why there is none.
    pub fn told_least(&self) -> String {
        self.least().map_or_else(|| "none, 0/0".into(), |v| format!("{v:.3}").replace('-', "−"))
    }
}

/// Both networks as they were last read.
#[derive(Default)]
pub struct Last(pub [Option<Twins>; 2]);

impl Last {
    /// Reads each anew, as far as its numbers are there.
    pub fn read(&mut self, view: &mut View<'_>) {
        for (run, last) in self.0.iter_mut().enumerate() {
            if let Some(twins) = Twins::read(view, RunId(run)) {
                *last = Some(twins);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_one_only_if_every_bit_is() {
        let w = [0.5, 0.5, 0.5, 0.5, 0.5, 0.500_000_1, -0.0, 0.0, 0.0, 0.0];
        assert_eq!(groups(5, &[&w, &[0.0; 5]]), (vec![0, 0, 1, 2, 2], 3));
        assert_eq!(groups(5, &[&w, &[0.0, 1.0, 0.0, 0.0, 0.0]]), (vec![0, 1, 2, 3, 3], 4));
    }
}
