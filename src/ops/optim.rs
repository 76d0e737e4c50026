//! Optimisers: one dispatch changes all parameters, which lie behind one another in one buffer.
//!
//! With `g` the gradient (times the clipping factor, held to ±clip, plus weight decay · w) and `lr` the
//! learning rate:
//!
//! * SGD: `w ← w − lr·g`; momentum (Polyak 1964): `v ← μ·v + g`, `w ← w − lr·v`; Nesterov (1983):
//!   `w ← w − lr·(g + μ·v)`
//! * Adagrad (Duchi et al. 2011): `h ← h + g²`, `w ← w − lr·g/(√h + ε)`
//! * RMSProp (Tieleman and Hinton 2012): `h ← β₂·h + (1 − β₂)·g²`, `w ← w − lr·g/(√h + ε)`
//! * Adam (Kingma and Ba 2015): `m ← β₁·m + (1 − β₁)·g`, `h ← β₂·h + (1 − β₂)·g²`,
//!   `w ← w − lr·(m/(1 − β₁ᵗ))/(√(h/(1 − β₂ᵗ)) + ε)`; AdamW (Loshchilov and Hutter 2019) takes the
//!   weight decay out of g and shrinks w by `lr·decay` instead.
//!
//! The number of the step is a buffer that [`advance`] counts up, so that a training step is the same
//! commands each time.

use super::affine::{affine, held_affine};
use super::arithmetic::number;
use super::dim;
use super::reduce::length;
use super::unary::{Act, activation};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

/// Which rule changes the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Stochastic gradient descent.
    Sgd,
    /// With momentum.
    Momentum,
    /// With Nesterov's momentum.
    Nesterov,
    /// Adagrad.
    Adagrad,
    /// RMSProp.
    RmsProp,
    /// Adam.
    Adam,
    /// Adam with decoupled weight decay.
    AdamW,
}

impl Method {
    /// All, in the order of the `method` parameter.
    pub const ALL: [Self; 7] =
        [Self::Sgd, Self::Momentum, Self::Nesterov, Self::Adagrad, Self::RmsProp, Self::Adam, Self::AdamW];

    /// Name in the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sgd => "SGD",
            Self::Momentum => "momentum",
            Self::Nesterov => "Nesterov",
            Self::Adagrad => "Adagrad",
            Self::RmsProp => "RMSProp",
            Self::Adam => "Adam",
            Self::AdamW => "AdamW",
        }
    }

    /// Whether it keeps a moving average of the gradient (m or v), and of its square (h).
    pub fn keeps(self) -> [bool; 2] {
        match self {
            Self::Sgd => [false, false],
            Self::Momentum | Self::Nesterov => [true, false],
            Self::Adagrad | Self::RmsProp => [false, true],
            Self::Adam | Self::AdamW => [true, true],
        }
    }
}

/// Settings of an optimiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimiser {
    /// The rule.
    pub method: Method,
    /// Learning rate.
    pub lr: f32,
    /// Momentum, or Adam's β₁.
    pub beta1: f32,
    /// Decay of the mean square, β₂.
    pub beta2: f32,
    /// Keeps divisions from infinity.
    pub eps: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Each element of the gradient is held to ± this; infinity for not at all.
    pub clip_value: f32,
}

impl Optimiser {
    /// A method with its usual settings.
    pub fn new(method: Method, lr: f32) -> Self {
        let beta2 = if method == Method::RmsProp { 0.99 } else { 0.999 };
        Self { method, lr, beta1: 0.9, beta2, eps: 1e-8, weight_decay: 0.0, clip_value: f32::INFINITY }
    }
}

crate::params! {
    /// One step of an optimiser over all parameters.
    Optimise {
        /// Parameters.
        len: u32,
        /// Place in `Method::ALL`.
        method: u32,
        /// 1 if the gradient has a factor.
        scaled: u32,
        /// Learning rate.
        lr: f32,
        /// Momentum, or Adam's β₁.
        beta1: f32,
        /// Decay of the mean square.
        beta2: f32,
        /// Keeps divisions from infinity.
        eps: f32,
        /// Weight decay.
        weight_decay: f32,
        /// Bound of each element of the gradient.
        clip_value: f32,
    }
}

impl Optimise {
    fn method(&self) -> Method {
        Method::ALL[self.method as usize]
    }
    fn kept(&self, which: usize) -> usize {
        if self.method().keeps()[which] { self.len as usize } else { 0 }
    }
}

/// One step of an optimiser.
pub static OPTIMISE: Kernel<Optimise> = Kernel {
    name: "optimise",
    about: "w − lr·(what the optimiser makes of the gradient), for all parameters at once",
    ins: &[
        Slot::input("g", |p| p.len as usize),
        Slot::input("factor", |p| p.scaled as usize),
        Slot::input_u32("steps", |_| 1),
    ],
    outs: &[
        Slot::update("w", |p| p.len as usize),
        Slot::update("m", |p| p.kept(0)),
        Slot::update("h", |p| p.kept(1)),
    ],
    reference: |p, ins, outs| {
        let [lr, beta1, beta2, eps] = [p.lr, p.beta1, p.beta2, p.eps].map(f64::from);
        let (decay, bound) = (f64::from(p.weight_decay), f64::from(p.clip_value));
        let method = p.method();
        let factor = ins[1].first().copied().unwrap_or(1.0);
        let t = ins[2][0] as i32 + 1;
        let [w, m, h] = outs else { unreachable!("three outputs") };
        for (i, w) in w.iter_mut().enumerate() {
            let decoupled = method == Method::AdamW;
            let mut g = (ins[0][i] * factor).clamp(-bound, bound);
            if !decoupled {
                g += decay * *w;
            }
            match method {
                Method::Sgd => *w -= lr * g,
                Method::Momentum | Method::Nesterov => {
                    m[i] = beta1 * m[i] + g;
                    *w -= lr * if method == Method::Nesterov { g + beta1 * m[i] } else { m[i] };
                }
                Method::Adagrad => {
                    h[i] += g * g;
                    *w -= lr * g / (h[i].sqrt() + eps);
                }
                Method::RmsProp => {
                    h[i] = beta2 * h[i] + (1.0 - beta2) * g * g;
                    *w -= lr * g / (h[i].sqrt() + eps);
                }
                Method::Adam | Method::AdamW => {
                    m[i] = beta1 * m[i] + (1.0 - beta1) * g;
                    h[i] = beta2 * h[i] + (1.0 - beta2) * g * g;
                    if decoupled {
                        *w -= lr * decay * *w;
                    }
                    let mean = m[i] / (1.0 - beta1.powi(t));
                    let square = h[i] / (1.0 - beta2.powi(t));
                    *w -= lr * mean / (square.sqrt() + eps);
                }
            }
        }
    },
    backward: Backward::None("training is not differentiated itself"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("optim/optimise"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let mut cases = Vec::new();
        for method in Method::ALL {
            let case = |name, len, scaled, steps: u32, change: fn(&mut Optimiser)| {
                let mut settings = Optimiser { eps: 1e-6, ..Optimiser::new(method, 0.05) };
                change(&mut settings);
                let fills = vec![
                    Fill::Normal(1.0),
                    Fill::Const(0.5),
                    Fill::Const(steps as f32),
                    Fill::Normal(1.0),
                    Fill::Normal(0.1),
                    Fill::Uniform(0.01, 0.5),
                ];
                Case::normal(name, settings.params(len, scaled), 3).fills(fills)
            };
            cases.extend([
                case("one element", 1, 0, 0, |_| {}),
                case("first step", 133, 0, 0, |_| {}),
                case("later", 133, 1, 9, |o| o.weight_decay = 0.1),
                case("held gradients", 70, 1, 999, |o| o.clip_value = 0.25),
            ]);
        }
        cases.push(
            Case::normal("a million parameters", Optimiser::new(Method::Adam, 1e-3).params(1 << 20, 0), 3)
                .fills(vec![Fill::Normal(1.0), Fill::Const(1.0), Fill::Const(9.0)])
                .timed(),
        );
        cases
    },
    // Adam's first steps divide by 1 − β₂ᵗ, near 0.001, which keeps four digits less.
    tolerance: Tolerance { abs: 5e-6, rel: 2e-5 },
    flops: |p| 12.0 * f64::from(p.len),
};

crate::params! {
    /// Counts the steps.
    Advance {
        /// Added.
        by: u32,
    }
}

/// A counter of steps.
pub static ADVANCE: Kernel<Advance> = Kernel {
    name: "advance",
    about: "steps + by, in place",
    ins: &[],
    outs: &[Slot::update_u32("steps", |_| 1)],
    reference: |p, _, outs| outs[0][0] += f64::from(p.by),
    backward: Backward::None("steps are counted, not trained"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("optim/advance"),
        groups: |_| [1, 1, 1],
        fits: anywhere,
        can: always,
    }],
    cases: || vec![Case::normal("one", Advance { by: 1 }, 0).fills(vec![Fill::Const(41.0)])],
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

crate::params! {
    /// Writes numbers down under the number of the step.
    Journal {
        /// Steps that the journal holds; older ones are written over.
        len: u32,
        /// Numbers of a step, a row of the journal each.
        rows: u32,
    }
}

/// A journal of some numbers a step, read back once for many steps.
pub static JOURNAL: Kernel<Journal> = Kernel {
    name: "journal",
    about: "journal[r, steps mod LEN] = value[r]",
    ins: &[Slot::input("value", |p| p.rows as usize), Slot::input_u32("steps", |_| 1)],
    outs: &[Slot::update("journal", |p| p.rows as usize * p.len as usize)],
    reference: |p, ins, outs| {
        let (len, step) = (p.len as usize, ins[1][0] as usize);
        ins[0].iter().enumerate().for_each(|(r, &value)| outs[0][r * len + step % len] = value);
    },
    backward: Backward::None("it takes notes"),
    trace: Some(|p, ins, _, index| {
        let r = index / p.len as usize;
        Trace { reads: vec![(0, r)], lines: vec![number(f64::from(ins[0][r]))] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("optim/journal"),
        groups: |p| fold(p.rows as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let fills = |steps| vec![Fill::Normal(1.0), Fill::Const(steps), Fill::Normal(2.0)];
        vec![
            Case::normal("one element", Journal { len: 1, rows: 1 }, 2).fills(fills(3.0)),
            Case::normal("round again", Journal { len: 16, rows: 1 }, 2).fills(fills(35.0)),
            Case::normal("many rows", Journal { len: 5, rows: 70 }, 2).fills(fills(7.0)),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

impl Optimiser {
    /// The parameters of its step as bytes, for a plan that is already recorded.
    pub fn bytes(&self, len: usize, clip_norm: Option<f32>) -> Vec<u8> {
        bytemuck::bytes_of(&self.params(len, u32::from(clip_norm.is_some()))).to_vec()
    }

    fn params(&self, len: usize, scaled: u32) -> Optimise {
        let method = Method::ALL.iter().position(|&m| m == self.method).expect("all methods are listed");
        Optimise {
            len: dim(len),
            method: dim(method),
            scaled,
            lr: self.lr,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            weight_decay: self.weight_decay,
            clip_value: self.clip_value,
        }
    }
}

/// Buffers that an optimiser changes.
#[derive(Clone, Debug)]
pub struct State {
    /// All parameters, behind one another.
    pub w: Tensor,
    /// Moving average of the gradient, or velocity; empty if the method keeps none.
    pub m: Tensor,
    /// Moving average or sum of the squares; empty if the method keeps none.
    pub h: Tensor,
    /// Steps done, `[1]`, `u32`.
    pub steps: Tensor,
}

impl State {
    /// Buffers of a method for parameters `w`. They must hold zeros before the first step.
    pub fn new(plan: &mut Plan, w: &Tensor, steps: &Tensor, method: Method) -> Self {
        let [m, h] = method.keeps().map(|keeps| if keeps { w.len() } else { 0 });
        Self {
            w: w.clone(),
            m: plan.temporary("m", &[m], DType::F32),
            h: plan.temporary("h", &[h], DType::F32),
            steps: steps.clone(),
        }
    }
}

/// Records one step with gradients `g`, all times `factor` if there is one.
pub fn optimise(plan: &mut Plan, state: &State, g: &Tensor, factor: Option<&Tensor>, settings: &Optimiser) {
    let p = settings.params(g.len(), u32::from(factor.is_some()));
    let ins = [Some(g), factor, Some(&state.steps)];
    plan.push(&OPTIMISE, p, &ins, &[&state.w, &state.m, &state.h]);
}

/// Records the factor that brings the L2 norm of `g` down to `max_norm`; 1 if it is below. Returns it
/// and the norm, `[1]` each. Source: Pascanu et al. 2013.
pub fn clip_factor(plan: &mut Plan, g: &Tensor, max_norm: f32) -> (Tensor, Tensor) {
    let norm = length(plan, g);
    let above_zero = affine(plan, &norm, 1.0, 1e-6);
    let inverse = activation(plan, &above_zero, Act::RECIPROCAL);
    (held_affine(plan, &inverse, [max_norm, 0.0, 0.0, 1.0]), norm)
}

/// Records that a step is done.
pub fn advance(plan: &mut Plan, steps: &Tensor) {
    plan.push(&ADVANCE, Advance { by: 1 }, &[], &[steps]);
}

/// Records that each of `value [ROWS]` is written into its row of `journal [ROWS, LEN]` under the number of the step.
pub fn note(plan: &mut Plan, value: &Tensor, steps: &Tensor, journal: &Tensor) {
    let rows = value.len();
    let p = Journal { len: dim(journal.len() / rows), rows: dim(rows) };
    plan.push(&JOURNAL, p, &[Some(value), Some(steps)], &[journal]);
}
