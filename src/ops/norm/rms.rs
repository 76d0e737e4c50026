//! Root-mean-square normalisation over the last axes: layer normalisation without centring.
//!
//! `y = γ·x/√(mean(x²) + ε)`; `x, y [ROWS, WIDTH]`, `γ [WIDTH]` or absent (1). Source: Zhang and
//! Sennrich, "Root mean square layer normalization", 2019.

use super::layer::{LayerNorm, LayerNormBackward, MAX_WIDTH, d_rows};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::OpError;
use crate::ops::affine::affine;
use crate::ops::arithmetic::number;
use crate::ops::binary::{Op, binary};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

crate::params! {
    /// Root-mean-square normalisation.
    RmsNorm {
        /// Rows, each normalised on its own.
        rows: u32,
        /// Length of a row.
        width: u32,
        /// 1 if there is a γ.
        scaled: u32,
        /// ε, which keeps the root from 0.
        eps: f32,
    }
}

impl RmsNorm {
    /// Shape rule: the axes of `x` from `axis` on are normalised together.
    pub fn new(x: &[usize], axis: usize, gamma: Option<&[usize]>, eps: f32) -> Result<Self, OpError> {
        let LayerNorm { rows, width, scaled, eps, .. } = LayerNorm::new(x, axis, [gamma, None], eps)?;
        Ok(Self { rows, width, scaled, eps })
    }

    fn len(&self) -> usize {
        self.rows as usize * self.width as usize
    }

    /// `√(mean(x²) + ε)` of a row.
    fn root(&self, row: impl Iterator<Item = f64>) -> f64 {
        (row.map(|x| x * x).sum::<f64>() / f64::from(self.width) + f64::from(self.eps)).sqrt()
    }
}

/// Root-mean-square normalisation.
pub static RMS_NORM: Kernel<RmsNorm> = Kernel {
    name: "rms_norm",
    about: "y = γ·x/√(mean(x²) + ε), row by row",
    ins: &[Slot::input("x", RmsNorm::len), Slot::input("gamma", |p| (p.scaled * p.width) as usize)],
    outs: &[Slot::output("y", RmsNorm::len)],
    reference: |p, ins, outs| {
        let width = p.width as usize;
        for (y, x) in outs[0].chunks_exact_mut(width).zip(ins[0].chunks_exact(width)) {
            let root = p.root(x.iter().copied());
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                *y = x / root * if p.scaled != 0 { ins[1][i] } else { 1.0 };
            }
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let RmsNorm { rows, width, scaled, eps } = *p;
        d_rows(plan, LayerNormBackward { rows, width, scaled, centred: 0, eps }, step).to_vec()
    }),
    trace: Some(|p, ins, _, index| {
        let width = p.width as usize;
        let (first, column) = (index / width * width, index % width);
        let root = p.root(ins[0][first..first + width].iter().map(|&x| f64::from(x)));
        let x = f64::from(ins[0][index]);
        let mut lines = vec![
            format!("√(mean of {width} squares + {:e}) = {}", p.eps, number(root)),
            format!("{} / {} = {}", number(x), number(root), number(x / root)),
        ];
        let mut reads: Vec<_> = (first..first + width).map(|at| (0, at)).collect();
        if p.scaled != 0 {
            let gamma = f64::from(ins[1][column]);
            lines.push(format!("{} · ({}) = {}", number(gamma), number(x / root), number(gamma * x / root)));
            reads.push((1, column));
        }
        Trace { reads, lines }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("norm/rms_norm"),
            groups: |p| fold(p.rows as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "workgroup",
            shader: crate::shader!("norm/rms_norm_workgroup"),
            groups: |p| fold(p.rows as usize, 1),
            fits: |p, profile| !profile.software && p.width >= 64,
            can: always,
        },
    ],
    cases: || {
        let case = |name, x: &[usize], axis: usize, gamma: bool, eps| {
            let params = RmsNorm::new(x, axis, gamma.then_some(&x[axis..]), eps);
            Case::normal(name, params.expect("the cases have valid shapes"), 2)
        };
        vec![
            case("one element", &[1, 1], 1, true, 1e-5),
            case("rows of 7", &[67, 7], 1, true, 1e-5),
            case("two axes, without gamma", &[5, 3, 4], 1, false, 0.1),
            case("rows of 5, large epsilon", &[9, 5], 1, true, 0.5),
            case("rows of 257", &[5, 257], 1, true, 1e-6),
            case("zeros", &[3, 64], 1, true, 1e-6).fills(vec![Fill::Const(0.0), Fill::Normal(1.0)]),
            case("extreme values", &[9, 100], 1, true, 1e-5).fills(vec![Fill::Extreme, Fill::Normal(1.0)]),
            case("128 tokens of 384", &[128, 384], 1, true, 1e-6).timed(),
        ]
    },
    tolerance: Tolerance { abs: 1e-5, rel: 1e-5 },
    flops: |p| 4.0 * p.len() as f64,
};

/// Records root-mean-square normalisation over the axes of `x` from `axis` on; γ, where there is one,
/// has as many elements as those axes.
pub fn rms_norm(
    plan: &mut Plan,
    x: &Tensor,
    axis: usize,
    gamma: Option<&Tensor>,
    eps: f32,
) -> Result<Tensor, OpError> {
    let p = RmsNorm::new(&x.shape, axis, gamma.map(|g| g.shape.as_slice()), eps)?;
    let [rows, width] = [p.rows, p.width].map(|v| v as usize);
    if width > MAX_WIDTH {
        let flat = x.view(&[rows, width]);
        let squares = reduce(plan, &flat, &[1], Reduce::SumSquare, true)?;
        let square = affine(plan, &squares, 1.0 / width as f32, eps);
        let root = activation(plan, &square, Act::SQRT);
        let mut y = binary(plan, &flat, &root, Op::Divide)?;
        if let Some(gamma) = gamma {
            y = binary(plan, &y, &gamma.view(&[width]), Op::Multiply)?;
        }
        return Ok(y.view(&x.shape));
    }
    let y = plan.temporary("normalised", &x.shape, DType::F32);
    plan.push(&RMS_NORM, p, &[Some(x), gamma], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference::{run, run_kernel};

    #[test]
    fn long_rows_in_several_steps_are_what_one_gives() {
        let width = MAX_WIDTH + 1;
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2, width], (0..2 * width).map(|i| (i % 11) as f32).collect::<Vec<_>>());
        let gamma = plan.constant("gamma", &[width], (0..width).map(|i| (i % 5) as f32).collect::<Vec<_>>());
        let y = rms_norm(&mut plan, &x, 1, Some(&gamma), 1e-5).unwrap();
        let d = crate::ops::gradient::backward(&mut plan, &y, None, &[&x, &gamma]).unwrap();
        let values = run(&plan, &BTreeMap::new());
        let whole = RmsNorm::new(&x.shape, 1, Some(&[width]), 1e-5).unwrap();
        let ins = [&values[x.buf.0][..], &values[gamma.buf.0]];
        let want = run_kernel(&RMS_NORM, bytemuck::bytes_of(&whole), &ins).remove(0);
        let back = LayerNormBackward { rows: 2, width: whole.width, scaled: 1, centred: 0, eps: 1e-5 };
        let ones = vec![1.0; 2 * width];
        let dx = run_kernel(
            &crate::ops::norm::LAYER_NORM_BACKWARD,
            bytemuck::bytes_of(&back),
            &[ins[0], ins[1], &ones],
        );
        // The affine step of the long way rounds 1/WIDTH to f32.
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near(&values[y.buf.0], &want));
        assert!(near(&values[d.of(&x).unwrap().buf.0], &dx[0]));
    }
}
