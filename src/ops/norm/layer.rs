//! Layer normalisation over the last axes.
//!
//! `y = γ·(x − μ)/√(σ² + ε) + β` with the mean μ and the variance σ² (divided by WIDTH) of each row;
//! `x, y [ROWS, WIDTH]`, `γ [WIDTH]` or absent (1), `β [WIDTH]` or absent (0). Source: Ba, Kiros and Hinton, "Layer
//! normalization", 2016.

use super::checks::{check_eps, check_len, shapes};
use super::normalise::{Layout, normalise};
use crate::gpu::{
    Backward, Case, DType, Fill, Forward, Kernel, Plan, Slot, Summands, Tensor, Tolerance, Trace, Variant,
    always, anywhere, fold,
};
use crate::ops::arithmetic::number;
use crate::ops::reduce::sum_to;
use crate::ops::{OpError, dim, limit_elements};

crate::params! {
    /// Layer normalisation.
    LayerNorm {
        /// Rows, each normalised on its own.
        rows: u32,
        /// Length of a row.
        width: u32,
        /// 1 if there is a γ.
        scaled: u32,
        /// 1 if there is a β.
        shifted: u32,
        /// ε, which keeps the root from 0.
        eps: f32,
    }
}

crate::params! {
    /// Gradients of layer normalisation and of root-mean-square normalisation.
    LayerNormBackward {
        /// Rows, each normalised on its own.
        rows: u32,
        /// Length of a row.
        width: u32,
        /// 1 if there is a γ.
        scaled: u32,
        /// 1 if the mean is subtracted.
        centred: u32,
        /// ε, which keeps the root from 0.
        eps: f32,
    }
}

impl LayerNorm {
    /// Shape rule: the axes of `x` from `axis` on are normalised together; `affine` is the shapes of γ
    /// and β.
    pub fn new(x: &[usize], axis: usize, affine: [Option<&[usize]>; 2], eps: f32) -> Result<Self, OpError> {
        let op = "layer_norm";
        if axis >= x.len() {
            let (have, want) = (x.to_vec(), format!("an axis {axis}, counted from 0"));
            return Err(OpError::Shape { op, what: "x", have, want });
        }
        let width = x[axis..].iter().product();
        if width == 0 {
            return Err(OpError::Zero { what: "the length of the axes to normalise" });
        }
        for (what, shape) in ["gamma", "beta"].into_iter().zip(affine) {
            shape.map_or(Ok(()), |shape| check_len(op, what, shape, width))?;
        }
        check_eps(eps)?;
        limit_elements(op, x)?;
        let rows = x[..axis].iter().product();
        let [scaled, shifted] = affine.map(|shape| u32::from(shape.is_some()));
        Ok(Self { rows: dim(rows), width: dim(width), scaled, shifted, eps })
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.rows as usize * self.width as usize
    }

    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The terms of an element, its mean taken apart: of numbers far from 0, what is left has the roundings of the mean.
    fn summed(&self, ins: &[&[f64]], index: usize) -> Option<Summands> {
        let width = self.width as usize;
        let (row, column) = (&ins[0][index / width * width..][..width], index % width);
        let gamma = if self.scaled != 0 { ins[1][column] } else { 1.0 };
        let scale = gamma / (moments(row).1 + f64::from(self.eps)).sqrt();
        let mean = row.iter().map(|x| x / width as f64 * scale);
        let beta = (self.shifted != 0).then(|| ins[2][column]);
        Some(mean.chain([row[column] * scale]).chain(beta).collect())
    }
}

impl LayerNormBackward {
    fn len(&self) -> usize {
        self.rows as usize * self.width as usize
    }
}

/// Mean and variance of a row.
fn moments(row: &[f64]) -> (f64, f64) {
    let width = row.len() as f64;
    let mean = row.iter().sum::<f64>() / width;
    (mean, row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width)
}

fn trace(p: &LayerNorm, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let width = p.width as usize;
    let (first, column) = (index / width * width, index % width);
    let row: Vec<f64> = ins[0][first..first + width].iter().map(|&x| f64::from(x)).collect();
    let (mean, variance) = moments(&row);
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
    let mut value = normal;
    if p.scaled != 0 {
        let gamma = f64::from(ins[1][column]);
        lines.push(format!("{} · ({}) = {}", number(gamma), number(value), number(gamma * value)));
        value *= gamma;
        reads.push((1, column));
    }
    if p.shifted != 0 {
        let beta = f64::from(ins[2][column]);
        lines.push(format!("{} + ({}) = {}", number(value), number(beta), number(value + beta)));
        reads.push((2, column));
    }
    Trace { reads, lines }
}

/// Layer normalisation.
pub static LAYER_NORM: Kernel<LayerNorm> = Kernel {
    name: "layer_norm",
    about: "y = γ·(x − mean)/√(variance + ε) + β, row by row",
    ins: &[
        Slot::input("x", LayerNorm::len),
        Slot::input("gamma", |p| (p.scaled * p.width) as usize),
        Slot::input("beta", |p| (p.shifted * p.width) as usize),
    ],
    outs: &[Slot::output("y", LayerNorm::len).sums(LayerNorm::summed)],
    reference: |p, ins, outs| {
        let width = p.width as usize;
        for (y, x) in outs[0].chunks_exact_mut(width).zip(ins[0].chunks_exact(width)) {
            let (mean, variance) = moments(x);
            let deviation = (variance + f64::from(p.eps)).sqrt();
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                let gamma = if p.scaled != 0 { ins[1][i] } else { 1.0 };
                let beta = if p.shifted != 0 { ins[2][i] } else { 0.0 };
                *y = gamma * (x - mean) / deviation + beta;
            }
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let LayerNorm { rows, width, scaled, eps, .. } = *p;
        let [dx, dgamma] = d_rows(plan, LayerNormBackward { rows, width, scaled, centred: 1, eps }, step);
        let sum = |dy: &Tensor| sum_of_rows(plan, dy, rows, width);
        let dbeta = step.d_outs[0].as_ref().filter(|_| step.wanted[2]).map(sum);
        vec![dx, dgamma, dbeta]
    }),
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

/// Records the gradients of x and γ of a normalisation of rows, from its inputs 0, x, and 1, γ.
pub(super) fn d_rows(plan: &mut Plan, p: LayerNormBackward, step: &Forward<'_>) -> [Option<Tensor>; 2] {
    let [dx, products] =
        ["d normalised", "dy · normalised"].map(|name| plan.temporary(name, &[p.len()], DType::F32));
    let ins = [step.ins[0].as_ref(), step.ins[1].as_ref(), step.d_outs[0].as_ref()];
    plan.push(&LAYER_NORM_BACKWARD, p, &ins, &[&dx, &products]);
    let dgamma = step.wanted[1].then(|| sum_of_rows(plan, &products, p.rows, p.width));
    [Some(dx), dgamma]
}

fn sum_of_rows(plan: &mut Plan, x: &Tensor, rows: u32, width: u32) -> Tensor {
    let [rows, width] = [rows, width].map(|v| v as usize);
    sum_to(plan, &x.view(&[rows, width]), &[1, width]).view(&[width])
}

/// Gradients of layer normalisation and of root-mean-square normalisation.
pub static LAYER_NORM_BACKWARD: Kernel<LayerNormBackward> = Kernel {
    name: "layer_norm_backward",
    about: "dx = (γ·dy − mean(γ·dy) − h·mean(γ·dy·h))/s of each row, h = (x − mean)/s, and dy·h",
    ins: &[
        Slot::input("x", LayerNormBackward::len),
        Slot::input("gamma", |p| (p.scaled * p.width) as usize),
        Slot::input("dy", LayerNormBackward::len),
    ],
    outs: &[Slot::output("dx", LayerNormBackward::len), Slot::output("products", LayerNormBackward::len)],
    reference: |p, ins, outs| {
        let (width, count) = (p.width as usize, f64::from(p.width));
        for first in (0..p.len()).step_by(width) {
            let [x, dy] = [0, 2].map(|i| &ins[i][first..first + width]);
            let (mean, variance) = moments(x);
            let (mean, square) =
                if p.centred != 0 { (mean, variance) } else { (0.0, variance + mean * mean) };
            let deviation = (square + f64::from(p.eps)).sqrt();
            let h: Vec<f64> = x.iter().map(|x| (x - mean) / deviation).collect();
            let g: Vec<f64> =
                (0..width).map(|i| dy[i] * if p.scaled != 0 { ins[1][i] } else { 1.0 }).collect();
            let g_mean = if p.centred != 0 { g.iter().sum::<f64>() / count } else { 0.0 };
            let gh_mean = g.iter().zip(&h).map(|(g, h)| g * h).sum::<f64>() / count;
            for i in 0..width {
                outs[0][first + i] = (g[i] - g_mean - h[i] * gh_mean) / deviation;
                outs[1][first + i] = dy[i] * h[i];
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("norm/layer_norm_backward"),
            groups: |p| fold(p.rows as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "workgroup",
            shader: crate::shader!("norm/layer_norm_backward_workgroup"),
            groups: |p| fold(p.rows as usize, 1),
            fits: |p, profile| !profile.software && p.width >= 64,
            can: always,
        },
    ],
    cases: || {
        let case = |name, [rows, width, scaled, centred]: [u32; 4], eps| {
            Case::normal(name, LayerNormBackward { rows, width, scaled, centred, eps }, 3)
        };
        let far = vec![Fill::Uniform(60.0, 70.0), Fill::Normal(1.0), Fill::Normal(1.0)];
        vec![
            case("one element", [1, 1, 1, 1], 1e-5),
            case("rows of 7", [67, 7, 1, 1], 1e-5),
            case("rows of 257, without gamma", [5, 257, 0, 1], 1e-5),
            case("rows of 257, not centred", [5, 257, 1, 0], 1e-5),
            case("far from 0", [9, 64, 1, 1], 1e-5).fills(far),
            case("128 tokens of 384", [128, 384, 1, 1], 1e-12).timed(),
        ]
    },
    // With one element dx is a difference of equal numbers over √ε.
    tolerance: Tolerance { abs: 1e-4, rel: 1e-4 },
    flops: |p| 14.0 * p.len() as f64,
};

fn cases() -> Vec<Case<LayerNorm>> {
    let case = |name, x: &[usize], affine: bool, eps| {
        let width = &x[x.len() - 1..];
        let params = LayerNorm::new(x, x.len() - 1, [affine.then_some(width); 2], eps);
        Case::normal(name, params.expect("the cases have valid shapes"), 3)
    };
    let partly = |name, gamma: Option<&[usize]>, beta| {
        let params = LayerNorm::new(&[5, 2, 3, 2], 2, [gamma, beta], 1e-3);
        Case::normal(name, params.expect("the cases have valid shapes"), 3)
    };
    vec![
        case("rows of 5, large epsilon", &[9, 5], true, 0.5),
        partly("two axes, without beta", Some(&[3, 2]), None),
        partly("two axes, without gamma", None, Some(&[6])),
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
        case("rows of 30,001", &[2, 30_001], true, 1e-5),
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
    let last = x.shape.len().saturating_sub(1);
    layer_norm_from(plan, x, last, affine.map(|a| a[0]), affine.map(|a| a[1]), eps)
}

/// Rows longer than this are normalised in two stages: a software adapter ends the loops of one.
pub(super) const MAX_WIDTH: usize = 65_536;

/// Records layer normalisation over the axes of `x` from `axis` on; γ and β, where there are any, have
/// as many elements as those axes.
pub fn layer_norm_from(
    plan: &mut Plan,
    x: &Tensor,
    axis: usize,
    gamma: Option<&Tensor>,
    beta: Option<&Tensor>,
    eps: f32,
) -> Result<Tensor, OpError> {
    let p = LayerNorm::new(&x.shape, axis, shapes(gamma, beta), eps)?;
    let [rows, width] = [p.rows, p.width].map(|v| v as usize);
    if width > MAX_WIDTH {
        let layout = Layout { sizes: [1, rows, width], per: 1, channels: width };
        let [mean, variance] = super::moments(plan, x, layout.sizes)?;
        return normalise(plan, x, &layout, [&mean, &variance], [gamma, beta], eps);
    }
    let y = plan.temporary("normalised", &x.shape, DType::F32);
    plan.push(&LAYER_NORM, p, &[Some(x), gamma, beta], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    #[test]
    fn rows_get_mean_0_and_variance_1() {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i * i % 7)).collect();
        let p = LayerNorm::new(&[2, 10], 1, [None; 2], 1e-12).unwrap();
        let y = run_kernel(&LAYER_NORM, bytemuck::bytes_of(&p), &[&x, &[], &[]]).remove(0);
        for row in y.chunks(10) {
            let (mean, variance) = moments(row);
            assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-9, "{mean} {variance}");
        }
    }

    #[test]
    fn long_rows_in_two_stages_are_what_one_gives() {
        let width = MAX_WIDTH + 1;
        let x: Vec<f32> = (0..2 * width).map(|i| (i % 11) as f32).collect();
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2, width], x);
        let y = layer_norm(&mut plan, &x, None, 1e-5).unwrap();
        let whole = LayerNorm::new(&x.shape, 1, [None; 2], 1e-5).unwrap();
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        let one =
            run_kernel(&LAYER_NORM, bytemuck::bytes_of(&whole), &[&values[x.buf.0], &[], &[]]).remove(0);
        assert!(plan.steps.len() > 1);
        assert!(values[y.buf.0].iter().zip(&one).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn known_values() {
        // Mean 1, variance 1, root of 1 + 3.
        let p = LayerNorm::new(&[1, 2], 1, [Some(&[2]); 2], 3.0).unwrap();
        let y = run_kernel(&LAYER_NORM, bytemuck::bytes_of(&p), &[&[0.0, 2.0], &[1.0, 2.0], &[0.0, 5.0]]);
        assert_eq!(y, [[-0.5, 6.0]]);
    }

    #[test]
    fn impossible_settings_are_refused() {
        assert!(LayerNorm::new(&[2, 0], 1, [None; 2], 1e-5).is_err());
        assert!(LayerNorm::new(&[], 0, [None; 2], 1e-5).is_err());
        assert!(LayerNorm::new(&[2, 3], 1, [None; 2], 0.0).is_err());
        assert!(matches!(
            LayerNorm::new(&[2, 3], 1, [Some(&[3]), Some(&[2])], 1e-5),
            Err(OpError::Shape { what: "beta", .. })
        ));
    }
}
