//! Batch normalisation: each channel is normalised over the batch and all positions.
//!
//! `y = γ_c·(x − μ_c)/√(σ²_c + ε) + β_c` for `x, y [N, C, ..]`, `γ, β, μ, σ² [C]`. In training μ and σ²
//! are the moments of the batch, and running ones follow them; in evaluation they are the running
//! ones. Source: Ioffe and Szegedy, "Batch normalization", 2015.

use super::checks::{around_channels, check_len};
use super::moments;
use super::normalise::{Layout, normalise};

use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};
use crate::ops::arithmetic::number;
use crate::ops::{OpError, dim};

crate::params! {
    /// Exponential moving average.
    MovingAverage {
        /// Elements.
        len: u32,
        /// What stays of the old value.
        momentum: f32,
    }
}

/// Exponential moving average.
pub static MOVING_AVERAGE: Kernel<MovingAverage> = Kernel {
    name: "moving_average",
    about: "running = momentum·running + (1 − momentum)·x",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot::update("running", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let momentum = f64::from(p.momentum);
        for (running, x) in outs[0].iter_mut().zip(ins[0]) {
            *running = momentum * *running + (1.0 - momentum) * x;
        }
    },
    backward: Backward::None("running statistics are no part of the loss"),
    trace: Some(|p, ins, _, index| {
        let (x, rest) = (f64::from(ins[0][index]), f64::from(1.0 - p.momentum));
        let line = format!("old · {} + {} · {}", number(p.momentum.into()), number(x), number(rest));
        Trace { reads: vec![(0, index)], lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/moving_average"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, len, momentum| {
            Case::normal(name, MovingAverage { len, momentum }, 1)
                .fills(vec![Fill::Normal(1.0), Fill::Uniform(0.5, 2.0)])
        };
        vec![
            case("one element", 1, 0.9),
            case("67 elements", 67, 0.9),
            case("all new", 67, 0.0),
            case("all old", 67, 1.0),
        ]
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 3.0 * f64::from(p.len),
};

/// Records an update of a running statistic, as ONNX defines it:
/// `running = momentum·running + (1 − momentum)·x`.
pub fn moving_average(plan: &mut Plan, running: &Tensor, x: &Tensor, momentum: f32) -> Result<(), OpError> {
    if !(0.0..=1.0).contains(&momentum) {
        return Err(OpError::NotAFraction { what: "the momentum", value: momentum.into() });
    }
    check_len("moving_average", "running", &running.shape, x.len())?;
    plan.push(&MOVING_AVERAGE, MovingAverage { len: dim(x.len()), momentum }, &[Some(x)], &[running]);
    Ok(())
}

/// The tensors of batch normalisation in training.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    /// Normalised, of the shape of `x`.
    pub y: Tensor,
    /// Mean of the batch, `[C]`.
    pub mean: Tensor,
    /// Variance of the batch, divided by the count, `[C]`.
    pub variance: Tensor,
}

fn layout([n, c, inner]: [usize; 3]) -> Layout {
    Layout { sizes: [n, c, inner], per: inner, channels: c }
}

/// Records batch normalisation of `x [N, C, ..]` with the moments of the batch.
pub fn batch_norm_train(
    plan: &mut Plan,
    x: &Tensor,
    gamma: Option<&Tensor>,
    beta: Option<&Tensor>,
    eps: f32,
) -> Result<BatchNorm, OpError> {
    let sizes = around_channels("batch_norm", &x.shape)?;
    let [mean, variance] = moments(plan, x, sizes)?;
    let y = normalise(plan, x, &layout(sizes), [&mean, &variance], [gamma, beta], eps)?;
    Ok(BatchNorm { y, mean, variance })
}

/// Records batch normalisation of `x [N, C, ..]` with given moments, `[C]` each.
pub fn batch_norm_eval(
    plan: &mut Plan,
    x: &Tensor,
    moments: [&Tensor; 2],
    gamma: Option<&Tensor>,
    beta: Option<&Tensor>,
    eps: f32,
) -> Result<Tensor, OpError> {
    let sizes = around_channels("batch_norm", &x.shape)?;
    normalise(plan, x, &layout(sizes), moments, [gamma, beta], eps)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;

    #[test]
    fn channels_get_mean_0_and_variance_1_and_statistics_follow() {
        let mut plan = Plan::new();
        let values: Vec<f32> = (0..24).map(|i| (i * i % 13) as f32).collect();
        let x = plan.constant("x", &[4, 3, 2], values.clone());
        let running = plan.constant("running mean", &[3], vec![1.0_f32; 3]);
        let norm = batch_norm_train(&mut plan, &x, None, None, 1e-12).unwrap();
        moving_average(&mut plan, &running, &norm.mean, 0.9).unwrap();
        let got = reference::run(&plan, &BTreeMap::new());
        for c in 0..3 {
            let own = |v: &[f64]| -> Vec<f64> { (0..24).filter(|i| i / 2 % 3 == c).map(|i| v[i]).collect() };
            let y = own(&got[norm.y.buf.0]);
            assert!(y.iter().sum::<f64>().abs() < 1e-9);
            assert!((y.iter().map(|y| y * y).sum::<f64>() - 8.0).abs() < 1e-6);
            let mean =
                own(&values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>()).iter().sum::<f64>() / 8.0;
            assert!((got[norm.mean.buf.0][c] - mean).abs() < 1e-9);
            assert!((got[running.buf.0][c] - (0.9 + 0.1 * mean)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_vector_has_no_channels() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[4], vec![0.0_f32; 4]);
        assert!(batch_norm_train(&mut plan, &x, None, None, 1e-5).is_err());
    }
}
