//! Layer normalisation over the last axis.
//!
//! `y = γ·(x − μ)/√(σ² + ε) + β` with the mean μ and the variance σ² (divided by WIDTH) of each row;
//! `x, y [ROWS, WIDTH]`, `γ, β [WIDTH]` or absent (1 and 0). Source: Ba, Kiros and Hinton, "Layer
//! normalization", 2016.

use super::arithmetic::number;
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// Layer normalisation.
    LayerNorm {
        /// Rows, each normalised on its own.
        rows: u32,
        /// Length of a row.
        width: u32,
        /// 1 if there are γ and β.
        affine: u32,
        /// ε, which keeps the root from 0.
        eps: f32,
    }
}

impl LayerNorm {
    /// Shape rule: the last axis of `x` is normalised.
    pub fn new(x: &[usize], affine: Option<[&[usize]; 2]>, eps: f32) -> Result<Self, OpError> {
        let op = "layer_norm";
        let width = x.last().copied().unwrap_or(0);
        if width == 0 {
            return Err(OpError::Zero { what: "the length of the last axis" });
        }
        for (what, shape) in ["gamma", "beta"].into_iter().zip(affine.into_iter().flatten()) {
            if shape.iter().product::<usize>() != width {
                return Err(OpError::Shape { op, what, have: shape.to_vec(), want: format!("[{width}]") });
            }
        }
        if !(eps > 0.0 && eps.is_finite()) {
            return Err(OpError::NotPositive { what: "epsilon", value: eps });
        }
        limit_elements(op, x)?;
        let rows = x[..x.len() - 1].iter().product();
        Ok(Self { rows: dim(rows), width: dim(width), affine: affine.is_some().into(), eps })
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.rows as usize * self.width as usize
    }

    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Mean and variance of a row.
    fn moments(&self, row: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
        let width = f64::from(self.width);
        let mean = row.clone().sum::<f64>() / width;
        (mean, row.map(|x| (x - mean).powi(2)).sum::<f64>() / width)
    }
}

fn trace(p: &LayerNorm, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let width = p.width as usize;
    let (first, column) = (index / width * width, index % width);
    let row = ins[0][first..first + width].iter().map(|&x| f64::from(x));
    let (mean, variance) = p.moments(row);
    let x = f64::from(ins[0][index]);
    let normal = (x - mean) / (variance + f64::from(p.eps)).sqrt();
    let mut lines = vec![
        format!("mean {}, variance {} of {width} elements", number(mean), number(variance)),
        format!(
            "({} − ({})) / √({} + {:e}) = {}",
            number(x),
            number(mean),
            number(variance),
            p.eps,
            number(normal)
        ),
    ];
    let mut reads: Vec<_> = (first..first + width).map(|at| (0, at)).collect();
    if p.affine != 0 {
        let [gamma, beta] = [1, 2].map(|slot| f64::from(ins[slot][column]));
        let y = number(gamma * normal + beta);
        lines.push(format!("{} · ({}) + ({}) = {y}", number(gamma), number(normal), number(beta)));
        reads.extend([(1, column), (2, column)]);
    }
    Trace { reads, lines }
}

/// Layer normalisation.
pub static LAYER_NORM: Kernel<LayerNorm> = Kernel {
    name: "layer_norm",
    about: "y = γ·(x − mean)/√(variance + ε) + β, row by row",
    ins: &[
        Slot::input("x", LayerNorm::len),
        Slot::input("gamma", |p| (p.affine * p.width) as usize),
        Slot::input("beta", |p| (p.affine * p.width) as usize),
    ],
    outs: &[Slot::output("y", LayerNorm::len)],
    reference: |p, ins, outs| {
        let width = p.width as usize;
        for (y, x) in outs[0].chunks_exact_mut(width).zip(ins[0].chunks_exact(width)) {
            let (mean, variance) = p.moments(x.iter().copied());
            let deviation = (variance + f64::from(p.eps)).sqrt();
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                let (gamma, beta) = if p.affine != 0 { (ins[1][i], ins[2][i]) } else { (1.0, 0.0) };
                *y = gamma * (x - mean) / deviation + beta;
            }
        }
    },
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(trace),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("norm/layer_norm"),
            groups: |p| fold(p.rows as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "workgroup",
            shader: crate::shader!("norm/layer_norm_workgroup"),
            groups: |p| fold(p.rows as usize, 1),
            fits: |p, profile| !profile.software && p.width >= 64,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("norm/layer_norm_rows"),
            groups: |p| fold(p.rows as usize, 8),
            fits: |_, profile| profile.software,
            can: |p| p.width % 4 == 0,
        },
    ],
    cases,
    tolerance: Tolerance { abs: 1e-5, rel: 1e-5 },
    flops: |p| 8.0 * p.len() as f64,
};

fn cases() -> Vec<Case<LayerNorm>> {
    let case = |name, x: &[usize], affine: bool, eps| {
        let width = [x[x.len() - 1]];
        let params = LayerNorm::new(x, affine.then_some([&width, &width]), eps);
        Case::normal(name, params.expect("the cases have valid shapes"), 3)
    };
    vec![
        case("one element", &[1, 1], true, 1e-5),
        case("rows of 7", &[67, 7], true, 1e-5),
        case("rows of 257", &[5, 257], true, 1e-5),
        case("rows of 260", &[5, 260], false, 1e-5),
        case("without gamma and beta", &[3, 4, 30], false, 1e-12),
        case("large epsilon", &[9, 64], true, 10.0),
        case("equal numbers", &[9, 64], true, 1e-5).fills(vec![
            Fill::Const(0.5),
            Fill::Normal(1.0),
            Fill::Normal(1.0),
        ]),
        case("far from 0", &[9, 64], true, 1e-5).fills(vec![
            Fill::Uniform(60.0, 70.0),
            Fill::Normal(1.0),
            Fill::Normal(1.0),
        ]),
        case("extreme values", &[9, 100], true, 1e-5).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Normal(1.0),
        ]),
        case("70,000 rows", &[70_000, 4], true, 1e-5),
        case("128 tokens of 384", &[128, 384], true, 1e-12).timed(),
        case("4096x1024", &[4096, 1024], true, 1e-5).timed(),
    ]
}

/// Records layer normalisation over the last axis of `x`; `affine` is γ and β, both `[WIDTH]`.
pub fn layer_norm(
    plan: &mut Plan,
    x: &Tensor,
    affine: Option<[&Tensor; 2]>,
    eps: f32,
) -> Result<Tensor, OpError> {
    let p = LayerNorm::new(&x.shape, affine.map(|[g, b]| [&g.shape[..], &b.shape[..]]), eps)?;
    let y = plan.temporary("normalised", &x.shape, DType::F32);
    plan.push(&LAYER_NORM, p, &[Some(x), affine.map(|a| a[0]), affine.map(|a| a[1])], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    #[test]
    fn rows_get_mean_0_and_variance_1() {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i * i % 7)).collect();
        let p = LayerNorm::new(&[2, 10], None, 1e-12).unwrap();
        let y = run_kernel(&LAYER_NORM, bytemuck::bytes_of(&p), &[&x, &[], &[]]).remove(0);
        for row in y.chunks(10) {
            let (mean, variance) = p.moments(row.iter().copied());
            assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-9, "{mean} {variance}");
        }
    }

    #[test]
    fn known_values() {
        // Mean 1, variance 1, root of 1 + 3.
        let p = LayerNorm::new(&[1, 2], Some([&[2], &[2]]), 3.0).unwrap();
        let y = run_kernel(&LAYER_NORM, bytemuck::bytes_of(&p), &[&[0.0, 2.0], &[1.0, 2.0], &[0.0, 5.0]]);
        assert_eq!(y, [[-0.5, 6.0]]);
    }

    #[test]
    fn impossible_settings_are_refused() {
        assert!(LayerNorm::new(&[2, 0], None, 1e-5).is_err());
        assert!(LayerNorm::new(&[], None, 1e-5).is_err());
        assert!(LayerNorm::new(&[2, 3], None, 0.0).is_err());
        assert!(matches!(
            LayerNorm::new(&[2, 3], Some([&[3], &[2]]), 1e-5),
            Err(OpError::Shape { what: "beta", .. })
        ));
    }
}
