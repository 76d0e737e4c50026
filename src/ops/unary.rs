//! Elementwise activations, `y = f(x)`; one row of the table each.
//!
//! The WGSL twin of the table is `shaders/shared/activation.wgsl`, which the epilogues of
//! convolution and matmul use too. GELU: Hendrycks and Gimpel 2016. SiLU: Elfwing et al. 2017.
//! SELU: Klambauer et al. 2017.

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
    /// The function; `a` is its slope or scale where it has one.
    pub f: fn(x: f64, a: f64) -> f64,
}

/// All activations; the index is the `act` parameter of the kernels.
pub const TABLE: &[Row] = &[
    Row { name: "identity", formula: "x", f: |x, _| x },
    Row { name: "ReLU", formula: "max(x, 0)", f: |x, _| x.max(0.0) },
    Row { name: "leaky ReLU", formula: "x if x ≥ 0 else a·x", f: |x, a| if x >= 0.0 { x } else { a * x } },
    Row { name: "ReLU6", formula: "min(max(x, 0), 6)", f: |x, _| x.clamp(0.0, 6.0) },
    Row {
        name: "ELU",
        formula: "x if x ≥ 0 else a·(eˣ − 1)",
        f: |x, a| if x >= 0.0 { x } else { a * x.exp_m1() },
    },
    Row {
        name: "SELU",
        formula: "1.0507·(x if x ≥ 0 else 1.6733·(eˣ − 1))",
        f: |x, _| 1.050_700_987_355_480_5 * if x >= 0.0 { x } else { 1.673_263_242_354_377_2 * x.exp_m1() },
    },
    Row { name: "GELU", formula: "x·Φ(x)", f: |x, _| 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2)) },
    Row {
        name: "GELU (tanh)",
        formula: "½x(1 + tanh(√(2/π)(x + 0.044715x³)))",
        f: |x, _| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        },
    },
    Row { name: "SiLU", formula: "x·σ(x)", f: |x, _| x * sigmoid(x) },
    Row { name: "sigmoid", formula: "1/(1 + e⁻ˣ)", f: |x, _| sigmoid(x) },
    Row { name: "tanh", formula: "tanh(x)", f: |x, _| x.tanh() },
];

/// An activation: an index into [`TABLE`] and its slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Act {
    /// Index into [`TABLE`].
    pub kind: u32,
    /// Slope of leaky ReLU, scale of ELU; unused by the others.
    pub a: f32,
}

impl Act {
    /// `y = x`.
    pub const IDENTITY: Self = Self { kind: 0, a: 0.0 };
    /// `y = max(x, 0)`.
    pub const RELU: Self = Self { kind: 1, a: 0.0 };
    /// `y = x·Φ(x)`, with the error function.
    pub const GELU: Self = Self { kind: 6, a: 0.0 };

    /// The function in `f64`. An index past the table is the identity, as in WGSL.
    pub fn apply(self, x: f64) -> f64 {
        TABLE.get(self.kind as usize).map_or(x, |row| (row.f)(x, f64::from(self.a)))
    }
}

fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
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
        1.0 - (-z * z).exp() / (std::f64::consts::PI.sqrt() * (z + tail))
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
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(|p, ins, _, index| {
        let act = Act { kind: p.act, a: p.slope };
        let x = f64::from(ins[0][index]);
        let name = TABLE.get(p.act as usize).map_or("identity", |row| row.name);
        Trace {
            reads: vec![(0, index)],
            lines: vec![format!("{name}({}) = {}", number(x), number(act.apply(x)))],
        }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("unary/activation"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, len, act, fill| {
            Case::normal(name, Activation { len, act, slope: 0.1 }, 1).fills(vec![fill])
        };
        let mut cases: Vec<_> = (0..dim(TABLE.len()))
            .map(|act| case(TABLE[act as usize].name, 333, act, Fill::Normal(3.0)))
            .collect();
        cases.extend((0..dim(TABLE.len())).map(|act| case("extreme", 64, act, Fill::Extreme)));
        cases.push(case("one element", 1, 6, Fill::Normal(1.0)));
        cases.push(case("feature map", 16 * 224 * 224, 1, Fill::Normal(1.0)).timed());
        cases
    },
    tolerance: Tolerance { abs: 2e-6, rel: 1e-5 },
    flops: |p| f64::from(p.len),
};

/// Records `act(x)`.
pub fn activation(plan: &mut Plan, x: &Tensor, act: Act) -> Tensor {
    let y = plan.temporary("activation", &x.shape, x.dtype);
    plan.push(&ACTIVATION, Activation { len: dim(x.len()), act: act.kind, slope: act.a }, &[Some(x)], &[&y]);
    y
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
