//! Local response normalisation: each element divided by a power of the squares of its neighbours in
//! other channels.
//!
//! `y_c = x_c / s_c^β` with `s_c = k + α/n · Σ x_j²` over the channels j from `c − ⌊(n−1)/2⌋` to
//! `c + ⌈(n−1)/2⌉` that exist, on `x, y [N, C, INNER]`. Sources: Krizhevsky, Sutskever and Hinton,
//! "ImageNet classification with deep convolutional neural networks", 2012; ONNX operator LRN 13.

use super::arithmetic::number;
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// Local response normalisation.
    Lrn {
        /// Batch.
        n: u32,
        /// Channels.
        c: u32,
        /// Positions.
        inner: u32,
        /// Channels in a neighbourhood.
        size: u32,
        /// α/n.
        scale: f32,
        /// β.
        beta: f32,
        /// k.
        bias: f32,
    }
}

/// Settings of a local response normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LrnOptions {
    /// Channels in a neighbourhood, n.
    pub size: usize,
    /// α.
    pub alpha: f32,
    /// β.
    pub beta: f32,
    /// k, above 0.
    pub bias: f32,
}

impl Default for LrnOptions {
    /// As in ONNX, with a neighbourhood of 5.
    fn default() -> Self {
        Self { size: 5, alpha: 1e-4, beta: 0.75, bias: 1.0 }
    }
}

impl Lrn {
    /// Shape rule.
    pub fn new(x: &[usize], setting: &LrnOptions) -> Result<Self, OpError> {
        let &[n, c, ref spatial @ ..] = x else {
            let (have, want) = (x.to_vec(), "[N, C] and any spatial axes".into());
            return Err(OpError::Shape { op: "lrn", what: "x", have, want });
        };
        // The gradient goes through the neighbours of each neighbour, and a software adapter ends loops
        // after 65,535 turns.
        const MAX_SIZE: usize = 240;
        if setting.size.min(2 * c + 1) > MAX_SIZE {
            let elements = setting.size;
            return Err(OpError::TooManyElements { op: "a neighbourhood of lrn", elements, limit: MAX_SIZE });
        }
        if setting.size == 0 {
            return Err(OpError::Zero { what: "the number of channels in a neighbourhood" });
        }
        for (what, value) in [("k", setting.bias), ("β", setting.beta)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(OpError::NotPositive { what, value });
            }
        }
        limit_elements("lrn", x)?;
        Ok(Self {
            n: dim(n),
            c: dim(c),
            inner: dim(spatial.iter().product()),
            // More neighbours than that do not exist, and the halves stay within 32 bits.
            size: dim(setting.size.min(2 * c + 1)),
            scale: setting.alpha / setting.size as f32,
            beta: setting.beta,
            bias: setting.bias,
        })
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.n as usize * self.c as usize * self.inner as usize
    }

    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Indices of the neighbours of an element, itself among them.
    fn neighbours(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let (channels, inner, size) = (self.c as usize, self.inner as usize, self.size as usize);
        let c = index / inner % channels;
        let first = c.saturating_sub((size - 1) / 2);
        let past = (c + size / 2 + 1).min(channels);
        (first..past).map(move |j| index + j * inner - c * inner)
    }

    /// s of an element.
    fn total(&self, x: &[f64], index: usize) -> f64 {
        let squares: f64 = self.neighbours(index).map(|at| x[at] * x[at]).sum();
        f64::from(self.bias) + f64::from(self.scale) * squares
    }
}

fn trace(p: &Lrn, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let x: Vec<f64> = ins[0].iter().map(|&v| f64::from(v)).collect();
    let (total, beta) = (p.total(&x, index), f64::from(p.beta));
    let y = x[index] / total.powf(beta);
    Trace {
        reads: p.neighbours(index).map(|at| (0, at)).collect(),
        lines: vec![
            format!("s = k + α/n · Σx² = {}", number(total)),
            format!("{} / {}^{} = {}", number(x[index]), number(total), number(beta), number(y)),
        ],
    }
}

/// Local response normalisation.
pub static LRN: Kernel<Lrn> = Kernel {
    name: "lrn",
    about: "y = x / (k + α/n · Σ x² over neighbouring channels)^β",
    ins: &[Slot::input("x", Lrn::len)],
    outs: &[Slot::output("y", Lrn::len)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            *y = ins[0][index] / p.total(ins[0], index).powf(p.beta.into());
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dy) = &step.d_outs[0] else { return vec![None] };
        let dx = step.wanted[0].then(|| {
            let dx = plan.temporary("dx", &[p.len()], DType::F32);
            plan.push(&LRN_BACKWARD, *p, &[Some(step.input(0)), Some(dy)], &[&dx]);
            dx
        });
        vec![dx]
    }),
    trace: Some(trace),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/lrn"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(1),
    // Drivers raise to powers by way of logarithms.
    tolerance: Tolerance { abs: 2e-6, rel: 5e-5 },
    flops: |p| p.len() as f64 * (2.0 * f64::from(p.size) + 3.0),
};

/// Gradient of local response normalisation.
pub static LRN_BACKWARD: Kernel<Lrn> = Kernel {
    name: "lrn_backward",
    about: "dx = dy/s^β − 2αβ/n · x · Σ dy·x/s^(β+1) over the channels whose neighbour it is",
    ins: &[Slot::input("x", Lrn::len), Slot::input("dy", Lrn::len)],
    outs: &[Slot::output("dx", Lrn::len)],
    reference: |p, ins, outs| {
        let (x, dy, beta) = (ins[0], ins[1], f64::from(p.beta));
        for index in 0..x.len() {
            let total = p.total(x, index);
            outs[0][index] += dy[index] / total.powf(beta);
            for at in p.neighbours(index) {
                let factor = 2.0 * f64::from(p.scale) * beta / total.powf(beta + 1.0);
                outs[0][at] -= factor * dy[index] * x[index] * x[at];
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/lrn_backward"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(2),
    // Drivers raise to powers by way of logarithms.
    tolerance: Tolerance { abs: 2e-5, rel: 1e-4 },
    flops: |p| p.len() as f64 * f64::from(p.size) * (2.0 * f64::from(p.size) + 3.0),
};

fn cases(inputs: usize) -> Vec<Case<Lrn>> {
    let strong = LrnOptions { size: 3, alpha: 0.9, beta: 0.75, bias: 1.0 };
    let case = |name, x: &[usize], setting: LrnOptions| {
        Case::normal(name, Lrn::new(x, &setting).expect("the cases have valid settings"), inputs)
    };
    vec![
        case("one element", &[1, 1], strong),
        case("3 of 7 channels", &[2, 7, 3, 2], strong),
        case("even neighbourhood", &[1, 6, 5], LrnOptions { size: 4, beta: 0.5, ..strong }),
        case("wider than the channels", &[2, 3, 7], LrnOptions { size: 40, bias: 2.0, ..strong }),
        case("one channel a neighbourhood", &[1, 5, 13], LrnOptions { size: 1, beta: 1.5, ..strong }),
        case("defaults of ONNX", &[2, 5, 9, 8], LrnOptions::default()),
        case("extreme values", &[1, 16, 8], strong).fills(if inputs == 1 {
            vec![Fill::Extreme]
        } else {
            vec![Fill::Extreme, Fill::Normal(1.0)]
        }),
        case("96x27²", &[1, 96, 27, 27], LrnOptions { size: 5, alpha: 1e-4, beta: 0.75, bias: 2.0 }).timed(),
    ]
}

/// Records local response normalisation of `x [N, C, spatial…]`; same shape.
pub fn lrn(plan: &mut Plan, x: &Tensor, setting: &LrnOptions) -> Result<Tensor, OpError> {
    let p = Lrn::new(&x.shape, setting)?;
    let y = plan.temporary("normalised", &x.shape, DType::F32);
    plan.push(&LRN, p, &[Some(x)], &[&y]);
    Ok(y)
}
