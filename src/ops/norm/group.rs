//! Group and instance normalisation: groups of channels of each image are normalised on their own.
//!
//! `y = γ_c·(x − μ_{n,g})/√(σ²_{n,g} + ε) + β_c` for `x, y [N, C, ..]`, `γ, β [C]`, the moments over the
//! C/G channels of group g and all positions. G = C is instance normalisation, G = 1 layer
//! normalisation of images. Sources: Wu and He, "Group normalization", 2018; Ulyanov, Vedaldi and
//! Lempitsky, "Instance normalization", 2016.

use super::checks::around_channels;
use super::moments;
use super::normalise::{Layout, normalise};

use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;

/// Records group normalisation of `x [N, C, ..]`; `groups` divides C, γ and β are `[C]` or absent.
pub fn group_norm(
    plan: &mut Plan,
    x: &Tensor,
    groups: usize,
    gamma: Option<&Tensor>,
    beta: Option<&Tensor>,
    eps: f32,
) -> Result<Tensor, OpError> {
    let [n, c, inner] = around_channels("group_norm", &x.shape)?;
    if groups == 0 || c % groups != 0 {
        return Err(OpError::Groups { groups, channels: c, which: "input" });
    }
    let layout = Layout { sizes: [1, n * groups, c / groups * inner], per: inner, channels: c };
    let [mean, variance] = moments(plan, x, layout.sizes)?;
    normalise(plan, x, &layout, [&mean, &variance], [gamma, beta], eps)
}

/// Records instance normalisation of `x [N, C, ..]`: a group for each channel.
pub fn instance_norm(
    plan: &mut Plan,
    x: &Tensor,
    gamma: Option<&Tensor>,
    beta: Option<&Tensor>,
    eps: f32,
) -> Result<Tensor, OpError> {
    let [_, c, _] = around_channels("instance_norm", &x.shape)?;
    group_norm(plan, x, c, gamma, beta, eps)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;
    use crate::ops::norm::layer_norm_from;

    fn ramp(plan: &mut Plan) -> Tensor {
        let values: Vec<f32> = (0..48).map(|i| (i * i % 17) as f32).collect();
        plan.constant("x", &[2, 4, 2, 3], values)
    }

    #[test]
    fn one_group_is_layer_norm_and_as_many_as_channels_is_instance_norm() {
        let mut plan = Plan::new();
        let x = ramp(&mut plan);
        let one = group_norm(&mut plan, &x, 1, None, None, 1e-5).unwrap();
        let layer = layer_norm_from(&mut plan, &x, 1, None, None, 1e-5).unwrap();
        let each = group_norm(&mut plan, &x, 4, None, None, 1e-5).unwrap();
        let positions = layer_norm_from(&mut plan, &x, 2, None, None, 1e-5).unwrap();
        let instance = instance_norm(&mut plan, &x, None, None, 1e-5).unwrap();
        let got = reference::run(&plan, &BTreeMap::new());
        let same = |a: &Tensor, b: &Tensor| {
            got[a.buf.0].iter().zip(&got[b.buf.0]).all(|(a, b)| (a - b).abs() < 1e-12)
        };
        assert!(same(&one, &layer) && same(&each, &positions) && same(&each, &instance));
        assert!(!same(&one, &each));
    }

    #[test]
    fn groups_divide_the_channels() {
        let mut plan = Plan::new();
        let x = ramp(&mut plan);
        for groups in [0, 3, 5] {
            assert!(group_norm(&mut plan, &x, groups, None, None, 1e-5).is_err());
        }
    }
}
