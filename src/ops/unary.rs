//! Elementwise functions, `y = f(x)`: the activations and their relatives, one row of the table each.
//!
//! The WGSL twin of the table is `shaders/shared/activation.wgsl`, which the epilogues of
//! convolution and matmul use too. GELU: Hendrycks and Gimpel 2016. SiLU: Elfwing et al. 2017.
//! SELU: Klambauer et al. 2017. CELU: Barron 2017. Mish: Misra 2019.
//! Hard swish: Howard et al. 2019.

use std::f64::consts::PI;

use super::arithmetic::number;
use super::dim;
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};

/// A row of the table.
pub struct Row {
    /// Name in the field.
    pub name: &'static str,
    /// Formula for the page.
    pub formula: &'static str,
    /// The function; `a` is its slope, scale or threshold where it has one.
    pub f: fn(x: f64, a: f64) -> f64,
    /// Its derivative to x.
    pub df: fn(x: f64, a: f64) -> f64,
}

/// All functions of one number, activations first; the index is the `act` parameter of the kernels.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { name: "identity", formula: "x", f: |x, _| x, df: |_, _| 1.0 },
    Row { name: "ReLU", formula: "max(x, 0)", f: |x, _| if x < 0.0 { 0.0 } else { x }, df: |x, _| step(x > 0.0) },
    Row { name: "leaky ReLU", formula: "x if x ≥ 0 else a·x",
        f: |x, a| if x >= 0.0 { x } else { a * x }, df: |x, a| if x >= 0.0 { 1.0 } else { a } },
    Row { name: "ReLU6", formula: "min(max(x, 0), 6)",
        f: |x, _| x.clamp(0.0, 6.0), df: |x, _| step(x > 0.0 && x < 6.0) },
    Row { name: "ELU", formula: "x if x ≥ 0 else a·(e^x − 1)",
        f: |x, a| if x >= 0.0 { x } else { a * x.exp_m1() },
        df: |x, a| if x >= 0.0 { 1.0 } else { a * x.exp() } },
    Row { name: "SELU", formula: "1.0507·(x if x ≥ 0 else 1.6733·(e^x − 1))",
        f: |x, _| SELU_SCALE * if x >= 0.0 { x } else { SELU_ALPHA * x.exp_m1() },
        df: |x, _| SELU_SCALE * if x >= 0.0 { 1.0 } else { SELU_ALPHA * x.exp() } },
    Row { name: "GELU", formula: "x·Φ(x)",
        f: |x, _| x * normal_cdf(x),
        df: |x, _| normal_cdf(x) + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt() },
    Row { name: "GELU (tanh)", formula: "½x(1 + tanh(√(2/π)(x + 0.044715x³)))",
        f: |x, _| 0.5 * x * (1.0 + gelu_inner(x).tanh()),
        df: |x, _| {
            let t = gelu_inner(x).tanh();
            let slope = (2.0 / PI).sqrt() * (1.0 + 3.0 * 0.044_715 * x * x);
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope
        } },
    Row { name: "SiLU", formula: "x·σ(x)",
        f: |x, _| x * sigmoid(x), df: |x, _| sigmoid(x) * (1.0 + x * sigmoid(-x)) },
    Row { name: "sigmoid", formula: "1/(1 + e^(−x))",
        f: |x, _| sigmoid(x), df: |x, _| sigmoid(x) * sigmoid(-x) },
    Row { name: "tanh", formula: "tanh(x)", f: |x, _| x.tanh(), df: |x, _| 1.0 - x.tanh().powi(2) },
    Row { name: "CELU", formula: "max(x, 0) + min(0, a·(e^(x/a) − 1))",
        f: |x, a| if x >= 0.0 { x } else { a * (x / a).exp_m1() },
        df: |x, a| if x >= 0.0 { 1.0 } else { (x / a).exp() } },
    Row { name: "Mish", formula: "x·tanh(log(1 + e^x))",
        f: |x, _| x * softplus(x).tanh(),
        df: |x, _| {
            let t = softplus(x).tanh();
            t + x * (1.0 - t * t) * sigmoid(x)
        } },
    Row { name: "hard sigmoid", formula: "min(max(a·x + ½, 0), 1)",
        f: |x, a| (a * x + 0.5).clamp(0.0, 1.0), df: |x, a| a * step((0.0..1.0).contains(&(a * x + 0.5))) },
    Row { name: "hard swish", formula: "x·min(max(x/6 + ½, 0), 1)",
        f: |x, _| x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        df: |x, _| if x <= -3.0 { 0.0 } else if x >= 3.0 { 1.0 } else { x / 3.0 + 0.5 } },
    Row { name: "softplus", formula: "log(1 + e^x)", f: |x, _| softplus(x), df: |x, _| sigmoid(x) },
    Row { name: "softsign", formula: "x/(1 + |x|)",
        f: |x, _| x / (1.0 + x.abs()), df: |x, _| (1.0 + x.abs()).powi(-2) },
    Row { name: "thresholded ReLU", formula: "x if x > a else 0",
        f: |x, a| if x > a { x } else { 0.0 }, df: |x, a| step(x > a) },
    Row { name: "erf", formula: "2/√π times the integral of e^(−t²) from 0 to x",
        f: |x, _| erf(x), df: |x, _| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() },
    Row { name: "exp", formula: "e^x", f: |x, _| x.exp(), df: |x, _| x.exp() },
    Row { name: "log", formula: "log x", f: |x, _| x.ln(), df: |x, _| 1.0 / x },
    Row { name: "square root", formula: "√x", f: |x, _| x.sqrt(), df: |x, _| if x == 0.0 { 0.0 } else { 0.5 / x.sqrt() } },
    Row { name: "reciprocal", formula: "1/x", f: |x, _| 1.0 / x, df: |x, _| -1.0 / (x * x) },
    Row { name: "absolute", formula: "|x|", f: |x, _| x.abs(), df: |x, _| sign(x) },
    Row { name: "square", formula: "x²", f: |x, _| x * x, df: |x, _| 2.0 * x },
    Row { name: "sine", formula: "sin x", f: |x, _| x.sin(), df: |x, _| x.cos() },
    Row { name: "cosine", formula: "cos x", f: |x, _| x.cos(), df: |x, _| -x.sin() },
    Row { name: "sign", formula: "−1, 0 or 1", f: |x, _| sign(x), df: |_, _| 0.0 },
    Row { name: "floor", formula: "the whole number at or below x", f: |x, _| x.floor(), df: |_, _| 0.0 },
];

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// An activation: an index into [`TABLE`] and its slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Act {
    /// Index into [`TABLE`].
    pub kind: u32,
    /// Slope of leaky ReLU and hard sigmoid, scale of ELU and CELU, threshold of thresholded ReLU;
    /// unused by the others.
    pub a: f32,
}

#[rustfmt::skip]
impl Act {
    /// `y = x`.
    pub const IDENTITY: Self = Self { kind: 0, a: 0.0 };
    /// `y = max(x, 0)`.
    pub const RELU: Self = Self { kind: 1, a: 0.0 };
    /// `y = min(max(x, 0), 6)`.
    pub const RELU6: Self = Self { kind: 3, a: 0.0 };
    /// Scaled ELU, which keeps mean 0 and variance 1.
    pub const SELU: Self = Self { kind: 5, a: 0.0 };
    /// `y = x·Φ(x)`, with the error function.
    pub const GELU: Self = Self { kind: 6, a: 0.0 };
    /// GELU by its tanh approximation.
    pub const GELU_TANH: Self = Self { kind: 7, a: 0.0 };
    /// `y = x·σ(x)`, also called swish.
    pub const SILU: Self = Self { kind: 8, a: 0.0 };
    /// `y = 1/(1 + e⁻ˣ)`.
    pub const SIGMOID: Self = Self { kind: 9, a: 0.0 };
    /// Hyperbolic tangent.
    pub const TANH: Self = Self { kind: 10, a: 0.0 };
    /// `y = x·tanh(log(1 + eˣ))`.
    pub const MISH: Self = Self { kind: 12, a: 0.0 };
    /// `y = x·min(max(x/6 + ½, 0), 1)`.
    pub const HARD_SWISH: Self = Self { kind: 14, a: 0.0 };
    /// `y = log(1 + eˣ)`.
    pub const SOFTPLUS: Self = Self { kind: 15, a: 0.0 };
    /// `y = x/(1 + |x|)`.
    pub const SOFTSIGN: Self = Self { kind: 16, a: 0.0 };
    /// Error function.
    pub const ERF: Self = Self { kind: 18, a: 0.0 };
    /// `y = eˣ`.
    pub const EXP: Self = Self { kind: 19, a: 0.0 };
    /// Natural logarithm.
    pub const LOG: Self = Self { kind: 20, a: 0.0 };
    /// `y = √x`; its slope at 0 counts as 0, as that of a norm does.
    pub const SQRT: Self = Self { kind: 21, a: 0.0 };
    /// `y = 1/x`.
    pub const RECIPROCAL: Self = Self { kind: 22, a: 0.0 };
    /// `y = |x|`.
    pub const ABS: Self = Self { kind: 23, a: 0.0 };
    /// `y = x²`.
    pub const SQUARE: Self = Self { kind: 24, a: 0.0 };
    /// `y = sin x`.
    pub const SIN: Self = Self { kind: 25, a: 0.0 };
    /// `y = cos x`.
    pub const COS: Self = Self { kind: 26, a: 0.0 };
    /// −1, 0 or 1.
    pub const SIGN: Self = Self { kind: 27, a: 0.0 };
    /// The whole number at or below.
    pub const FLOOR: Self = Self { kind: 28, a: 0.0 };

    /// x below 0 times `a`.
    pub const fn leaky_relu(a: f32) -> Self { Self { kind: 2, a } }
    /// `a·(eˣ − 1)` below 0.
    pub const fn elu(a: f32) -> Self { Self { kind: 4, a } }
    /// `a·(e^(x/a) − 1)` below 0.
    pub const fn celu(a: f32) -> Self { Self { kind: 11, a } }
    /// `min(max(a·x + ½, 0), 1)`.
    pub const fn hard_sigmoid(a: f32) -> Self { Self { kind: 13, a } }
    /// x above `a`, otherwise 0.
    pub const fn thresholded_relu(a: f32) -> Self { Self { kind: 17, a } }
}

impl Act {
    /// The function in `f64`. An index past the table is the identity, as in WGSL.
    pub fn apply(self, x: f64) -> f64 {
        TABLE.get(self.kind as usize).map_or(x, |row| (row.f)(x, f64::from(self.a)))
    }

    /// Its derivative in `f64`.
    pub fn slope(self, x: f64) -> f64 {
        TABLE.get(self.kind as usize).map_or(1.0, |row| (row.df)(x, f64::from(self.a)))
    }

    /// Whether the derivative at x can be read from `y = act(x)` in its place: both lie on the same
    /// side of every kink.
    pub fn slope_from_output(self) -> bool {
        matches!(self.kind, 0 | 1 | 3) || (self.kind == 2 && self.a > 0.0)
    }
}

fn step(on: bool) -> f64 {
    if on { 1.0 } else { 0.0 }
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * (1.0 + erf(x / std::f64::consts::SQRT_2))
}

fn gelu_inner(x: f64) -> f64 {
    (2.0 / PI).sqrt() * (x + 0.044_715 * x.powi(3))
}

/// The error function to about 1e-15: the Maclaurin series near 0, the continued fraction of erfc
/// (evaluated backwards) in the tails.
pub fn erf(x: f64) -> f64 {
    let z = x.abs();
    let value = if z < 3.0 {
        let (mut term, mut sum, mut n) = (z, z, 0.0);
        while term.abs() > 1e-17 * sum.abs() {
            n += 1.0;
            term *= -z * z / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    } else {
        let tail = (1..=60).rev().fold(0.0, |tail, k| f64::from(k) / 2.0 / (z + tail));
        1.0 - (-z * z).exp() / (PI.sqrt() * (z + tail))
    };
    value.copysign(x)
}

crate::params! {
    /// `y[i] = act(x[i])`.
    Activation {
        /// Elements.
        len: u32,
        /// Row of the table.
        act: u32,
        /// Slope or scale.
        slope: f32,
    }
}

/// Elementwise activation.
pub static ACTIVATION: Kernel<Activation> = Kernel {
    name: "activation",
    about: "y = act(x), element by element",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let act = Act { kind: p.act, a: p.slope };
        for (y, &x) in outs[0].iter_mut().zip(ins[0]) {
            *y = act.apply(x);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        vec![Some(d_activation(plan, step.input(0), dy, Act { kind: p.act, a: p.slope }))]
    }),
    trace: Some(|p, ins, _, index| {
        let act = Act { kind: p.act, a: p.slope };
        let x = f64::from(ins[0][index]);
        let name = TABLE.get(p.act as usize).map_or("identity", |row| row.name);
        Trace {
            reads: vec![(0, index)],
            lines: vec![format!("{name}({}) = {}", number(x), number(act.apply(x)))],
        }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("unary/activation"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: always,
        },
        // Software adapters run all branches of the table.
        Variant {
            name: "linear",
            shader: crate::shader!("unary/activation_linear"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: |p| p.act <= LAST_LINEAR,
        },
    ],
    cases: || cases(1),
    tolerance: Tolerance { abs: 4e-6, rel: 2e-5 },
    flops: |p| f64::from(p.len),
};

/// Rows up to this one are piecewise linear.
const LAST_LINEAR: u32 = 3;

/// Gradient of an elementwise function.
pub static ACTIVATION_BACKWARD: Kernel<Activation> = Kernel {
    name: "activation_backward",
    about: "dx = dy·act'(x), element by element",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input("dy", |p| p.len as usize)],
    outs: &[Slot::output("dx", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let act = Act { kind: p.act, a: p.slope };
        for ((dx, &x), &dy) in outs[0].iter_mut().zip(ins[0]).zip(ins[1]) {
            *dx = dy * act.slope(x);
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: Some(|p, ins, _, index| {
        let act = Act { kind: p.act, a: p.slope };
        let (x, dy) = (f64::from(ins[0][index]), f64::from(ins[1][index]));
        let slope = act.slope(x);
        let line = format!("{}·act'({}) = {}", number(dy), number(x), number(dy * slope));
        Trace { reads: vec![(0, index), (1, index)], lines: vec![line] }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("unary/activation_backward"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "linear",
            shader: crate::shader!("unary/activation_backward_linear"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: |p| p.act <= LAST_LINEAR,
        },
    ],
    cases: || cases(2),
    tolerance: Tolerance { abs: 4e-6, rel: 2e-5 },
    flops: |p| f64::from(p.len),
};

fn cases(inputs: usize) -> Vec<Case<Activation>> {
    let case = |name, len, act, x| {
        let mut fills = vec![Fill::Normal(1.0); inputs];
        fills[0] = x;
        Case::normal(name, Activation { len, act, slope: 0.2 }, inputs).fills(fills)
    };
    let mut cases = Vec::new();
    for (act, row) in (0..).zip(TABLE) {
        let (ordinary, extreme) = match row.name {
            "log" | "square root" | "reciprocal" => (Fill::Uniform(0.1, 4.0), Fill::Uniform(1e-3, 1e4)),
            // Above 88 an f32 has no room for the exponential; a driver's sine is good near 0 only.
            "exp" => (Fill::Normal(2.0), Fill::Uniform(-80.0, 10.0)),
            "sine" | "cosine" => (Fill::Normal(2.0), Fill::Uniform(-6.0, 6.0)),
            // f32 rounds values next to a whole number onto it.
            "floor" => (Fill::Normal(3.0), Fill::Uniform(-1e4, 1e4)),
            _ => (Fill::Normal(3.0), Fill::Extreme),
        };
        let kink = ["floor", "sign"].contains(&row.name);
        let one = case(row.name, 133, act, ordinary);
        cases.push(if kink { one.kinked("steps") } else { one });
        cases.push(case("extreme", 64, act, extreme));
    }
    cases.push(case("one element", 1, 6, Fill::Normal(1.0)));
    cases.push(case("feature map", 16 * 224 * 224, 1, Fill::Normal(1.0)).timed());
    cases
}

/// Records `act(x)`.
pub fn activation(plan: &mut Plan, x: &Tensor, act: Act) -> Tensor {
    let y = plan.temporary("activation", &x.shape, x.dtype);
    if !x.is_empty() {
        let p = Activation { len: dim(x.len()), act: act.kind, slope: act.a };
        plan.push(&ACTIVATION, p, &[Some(x)], &[&y]);
    }
    y
}

/// Records `dy·act'(x)`, of the shape of `dy`.
pub fn d_activation(plan: &mut Plan, x: &Tensor, dy: &Tensor, act: Act) -> Tensor {
    let dx = plan.temporary("d activation", &dy.shape, dy.dtype);
    let p = Activation { len: dim(dy.len()), act: act.kind, slope: act.a };
    plan.push(&ACTIVATION_BACKWARD, p, &[Some(x), Some(dy)], &[&dx]);
    dx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erf_at_known_points() {
        for (x, want) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.9, 0.999_958_902_121_900_5),
            (3.1, 0.999_988_351_342_632_6),
            (-1.0, -0.842_700_792_949_714_9),
        ] {
            assert!((erf(x) - want).abs() < 1e-12, "erf({x}) = {}", erf(x));
        }
    }
}
