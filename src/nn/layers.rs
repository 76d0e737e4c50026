//! Layers: each declares its parameters when it is made and records itself on a [`Graph`].

use super::graph::Graph;
use super::init::Init;
use super::parameters::{ParamId, Parameters};
use crate::gpu::Tensor;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::layout::{narrow, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::{batch_norm_eval, batch_norm_train, layer_norm, moving_average};
use crate::ops::rnn::{Cell, Direction, Recurrent, Weights, recurrent};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::Act;
use crate::ops::{OpError, dropout, embed};

/// A fully connected layer, `y = act(x·Wᵀ + b)`, `x [.., IN]`, `W [OUT, IN]`.
#[derive(Clone, Debug)]
pub struct Linear {
    name: String,
    w: ParamId,
    b: Option<ParamId>,
    act: Act,
}

impl Linear {
    /// Declares `name.weight` and `name.bias`.
    pub fn new(p: &mut Parameters, name: &str, [inputs, outputs]: [usize; 2], act: Act, init: Init) -> Self {
        let w = p.add(&format!("{name}.weight"), &[outputs, inputs], init);
        let b = Some(p.add(&format!("{name}.bias"), &[outputs], Init::Zeros));
        Self { name: name.to_owned(), w, b, act }
    }

    /// Declares `name.weight` alone.
    pub fn without_bias(p: &mut Parameters, name: &str, [inputs, outputs]: [usize; 2], init: Init) -> Self {
        let w = p.add(&format!("{name}.weight"), &[outputs, inputs], init);
        Self { name: name.to_owned(), w, b: None, act: Act::IDENTITY }
    }

    /// Records `y [.., OUT]`.
    pub fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let (w, b) = (g.param(self.w), self.b.map(|b| g.param(b)));
        let y = matmul(&mut g.plan, x, &w, b.as_ref(), &Gemm { act: self.act, ..Gemm::NT })?;
        let params: Vec<ParamId> = std::iter::once(self.w).chain(self.b).collect();
        g.layer(&self.name, &y, &params, self.act);
        Ok(y)
    }
}

/// A 2-D convolution with bias, `x [N, C, H, W]`.
#[derive(Clone, Debug)]
pub struct Conv2d {
    name: String,
    w: ParamId,
    b: ParamId,
    settings: Conv,
}

impl Conv2d {
    /// Declares `name.weight [K, C/G, R, S]` and `name.bias`.
    pub fn new(p: &mut Parameters, name: &str, shape: [usize; 4], settings: Conv, init: Init) -> Self {
        let w = p.add(&format!("{name}.weight"), &shape, init);
        let b = p.add(&format!("{name}.bias"), &[shape[0]], Init::Zeros);
        Self { name: name.to_owned(), w, b, settings }
    }

    /// Records `y [N, K, OH, OW]`.
    pub fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let (w, b) = (g.param(self.w), g.param(self.b));
        let y = conv2d(&mut g.plan, x, &w, Some(&b), &self.settings)?;
        g.layer(&self.name, &y, &[self.w, self.b], self.settings.act);
        Ok(y)
    }
}

/// Dropout (Srivastava et al. 2014), scaled in training so that nothing is to do otherwise.
#[derive(Clone, Debug)]
pub struct Dropout {
    name: String,
    setting: dropout::DropoutOptions,
}

impl Dropout {
    /// Drops a share `rate` of the units. `stream` tells the dropouts of a network apart, `seed` is that
    /// of the training.
    pub fn new(name: &str, rate: f64, seed: u64, stream: u32) -> Self {
        let setting = dropout::DropoutOptions { rate, seed, stream, ..dropout::DropoutOptions::default() };
        Self { name: name.to_owned(), setting }
    }

    /// Records `y`, of the shape of `x`: another mask in each step of training.
    pub fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        if !g.training {
            return Ok(x.clone());
        }
        let steps = g.steps.clone();
        let (y, mask) = dropout::dropout_in_step(&mut g.plan, x, &self.setting, Some(&steps))?;
        g.layer(&self.name, &y, &[], Act::IDENTITY);
        g.extra("mask", &mask);
        Ok(y)
    }
}

/// A table with a row for each id.
#[derive(Clone, Debug)]
pub struct Embedding {
    name: String,
    table: ParamId,
}

impl Embedding {
    /// Declares `name.weight [VOCAB, WIDTH]`.
    pub fn new(p: &mut Parameters, name: &str, [vocab, width]: [usize; 2], init: Init) -> Self {
        Self { name: name.to_owned(), table: p.add(&format!("{name}.weight"), &[vocab, width], init) }
    }

    /// Records the rows of `ids`, `[.., WIDTH]`.
    pub fn forward(&self, g: &mut Graph, ids: &Tensor) -> Result<Tensor, OpError> {
        let table = g.param(self.table);
        let y = embed::embed(&mut g.plan, &table, ids)?;
        g.layer(&self.name, &y, &[self.table], Act::IDENTITY);
        Ok(y)
    }

    /// The whole table: positions 0, 1, …
    pub fn table(&self, g: &Graph) -> Tensor {
        g.param(self.table)
    }
}

/// Layer normalisation over the last axis.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    name: String,
    gamma: ParamId,
    beta: ParamId,
}

impl LayerNorm {
    /// Declares `name.weight` and `name.bias`.
    pub fn new(p: &mut Parameters, name: &str, width: usize) -> Self {
        let gamma = p.add(&format!("{name}.weight"), &[width], Init::Constant(1.0));
        let beta = p.add(&format!("{name}.bias"), &[width], Init::Zeros);
        Self { name: name.to_owned(), gamma, beta }
    }

    /// Records `y`, of the shape of `x`.
    pub fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let (gamma, beta) = (g.param(self.gamma), g.param(self.beta));
        let y = layer_norm(&mut g.plan, x, Some([&gamma, &beta]), 1e-5)?;
        g.layer(&self.name, &y, &[self.gamma, self.beta], Act::IDENTITY);
        Ok(y)
    }
}

/// Batch normalisation (Ioffe and Szegedy 2015) of `[N, C, ..]`: by the batch in training, by running
/// statistics otherwise.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    name: String,
    /// Scale and shift, if they are learned.
    params: Option<[ParamId; 2]>,
    running: [ParamId; 2],
    momentum: f32,
}

impl BatchNorm {
    /// Keeps variances from 0.
    const EPS: f32 = 1e-5;
    /// Share of the running statistics that a batch leaves as it is.
    const MOMENTUM: f32 = 0.9;

    /// Declares `name.weight`, `name.bias`, `name.running_mean` and `name.running_var`.
    pub fn new(p: &mut Parameters, name: &str, channels: usize) -> Self {
        let weight = p.add(&format!("{name}.weight"), &[channels], Init::Constant(1.0));
        let bias = p.add(&format!("{name}.bias"), &[channels], Init::Zeros);
        Self { params: Some([weight, bias]), ..Self::without_scale(p, name, channels) }
    }

    /// Declares `name.running_mean` and `name.running_var` alone: nothing scales or shifts what was normalised.
    pub fn without_scale(p: &mut Parameters, name: &str, channels: usize) -> Self {
        let running = [
            p.add_statistic(&format!("{name}.running_mean"), &[channels], Init::Zeros),
            p.add_statistic(&format!("{name}.running_var"), &[channels], Init::Constant(1.0)),
        ];
        Self { name: name.to_owned(), params: None, running, momentum: Self::MOMENTUM }
    }

    /// The same, but a batch leaves this share of the running statistics as it is, 0 to 1 instead of 0.9.
    #[must_use]
    pub fn keeping(self, momentum: f32) -> Self {
        Self { momentum, ..self }
    }

    /// Records `y`, of the shape of `x`, and in training the update of the running statistics.
    pub fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let affine = self.params.map(|ids| ids.map(|id| g.param(id)));
        let [mean, variance] = self.running.map(|id| g.param(id));
        let (gamma, beta) = (affine.as_ref().map(|a| &a[0]), affine.as_ref().map(|a| &a[1]));
        let y = if g.training {
            let norm = batch_norm_train(&mut g.plan, x, gamma, beta, Self::EPS)?;
            if g.follows {
                moving_average(&mut g.plan, &mean, &norm.mean, self.momentum)?;
                moving_average(&mut g.plan, &variance, &norm.variance, self.momentum)?;
            }
            norm.y
        } else {
            batch_norm_eval(&mut g.plan, x, [&mean, &variance], gamma, beta, Self::EPS)?
        };
        let params: Vec<ParamId> = self.params.into_iter().flatten().collect();
        g.layer(&self.name, &y, &params, Act::IDENTITY);
        Ok(y)
    }
}

/// Multi-head self-attention (Vaswani et al. 2017), `x [B, T, WIDTH]`.
#[derive(Clone, Debug)]
pub struct SelfAttention {
    qkv: Linear,
    out: Linear,
    heads: usize,
    width: usize,
}

impl SelfAttention {
    /// Declares `name.qkv` and `name.out`.
    pub fn new(p: &mut Parameters, name: &str, width: usize, heads: usize) -> Self {
        let init = Init::XavierUniform;
        Self {
            qkv: Linear::new(p, &format!("{name}.qkv"), [width, 3 * width], Act::IDENTITY, init),
            out: Linear::new(p, &format!("{name}.out"), [width, width], Act::IDENTITY, init),
            heads,
            width,
        }
    }

    /// Records the output `[B, T, WIDTH]` and the probabilities `[B, HEADS, T, T]`. `mask [T, T]` is
    /// added to the scores.
    pub fn forward(&self, g: &mut Graph, x: &Tensor, mask: Option<&Tensor>) -> Result<[Tensor; 2], OpError> {
        let (batch, tokens, depth) = (x.shape[0], x.shape[1], self.width / self.heads);
        let qkv = self.qkv.forward(g, x)?;
        let qkv =
            transpose(&mut g.plan, &qkv.view(&[batch, tokens, 3, self.heads, depth]), &[2, 0, 3, 1, 4])?;
        let mut part = |i: usize| {
            let one = narrow(&mut g.plan, &qkv, 0, i, 1)?;
            Ok::<_, OpError>(one.view(&[batch, self.heads, tokens, depth]))
        };
        let [q, k, v] = [part(0)?, part(1)?, part(2)?];
        let alpha = 1.0 / (depth as f32).sqrt();
        let mut scores = matmul(&mut g.plan, &q, &k, None, &Gemm { alpha, ..Gemm::NT })?;
        if let Some(mask) = mask {
            scores = binary(&mut g.plan, &scores, mask, Op::Add)?;
        }
        let p = softmax(&mut g.plan, &scores, 3, &SoftmaxOptions::default())?;
        let mixed = matmul(&mut g.plan, &p, &v, None, &Gemm::NN)?;
        let together = transpose(&mut g.plan, &mixed, &[0, 2, 1, 3])?.view(&[batch, tokens, self.width]);
        Ok([self.out.forward(g, &together)?, p])
    }
}

/// A gated recurrent unit (Cho et al. 2014).
#[derive(Clone, Debug)]
pub struct Gru {
    name: String,
    params: [ParamId; 4],
}

impl Gru {
    /// Its kind of cell.
    const CELL: Cell = Cell::Gru { reset_after: true };

    /// Declares `name.input [3·H, I]`, `name.hidden [3·H, H]` and a bias for each.
    pub fn new(p: &mut Parameters, name: &str, [inputs, units]: [usize; 2]) -> Self {
        let params = [
            p.add(&format!("{name}.input"), &[3 * units, inputs], Init::XavierUniform),
            p.add(&format!("{name}.hidden"), &[3 * units, units], Init::Orthogonal(1.0)),
            p.add(&format!("{name}.input_bias"), &[3 * units], Init::Zeros),
            p.add(&format!("{name}.hidden_bias"), &[3 * units], Init::Zeros),
        ];
        Self { name: name.to_owned(), params }
    }

    fn run(&self, g: &mut Graph, x: &Tensor, hidden: Option<&Tensor>) -> Result<Recurrent, OpError> {
        let [w, r, b, c] = self.params.map(|id| g.param(id));
        let weights = Weights { b: Some(&b), c: Some(&c), hidden, ..Weights::new(&w, &r) };
        recurrent(&mut g.plan, x, Self::CELL, &[weights], Direction::Forward)
    }

    /// Records a sequence `x [T, N, I]` from a hidden state of zeros.
    pub fn sequence(&self, g: &mut Graph, x: &Tensor) -> Result<Recurrent, OpError> {
        let read = self.run(g, x, None)?;
        g.layer(&self.name, &read.y, &self.params, Act::TANH);
        Ok(read)
    }

    /// Records one step, `x [N, I]`, from a hidden state `[N, H]`; returns the next.
    pub fn step(&self, g: &mut Graph, x: &Tensor, hidden: &Tensor) -> Result<Tensor, OpError> {
        let [n, inputs] = [x.shape[0], x.shape[1]];
        Ok(self.run(g, &x.view(&[1, n, inputs]), Some(hidden))?.states[0].last.clone())
    }
}
