//! The kernel and the stages against each other and against known values.

use std::collections::BTreeMap;

use super::*;
use crate::gpu::{Plan, Tensor, reference};

/// A plan with ramps for `q`, `k` and `v`, of `tokens` tokens and 8 channels.
fn ramps(plan: &mut Plan, tokens: usize) -> [Tensor; 3] {
    [("q", 0.3), ("k", 0.7), ("v", 1.1)].map(|(name, step)| {
        let values: Vec<f32> = (0..tokens * 8).map(|i| (step * i as f32).sin()).collect();
        plan.constant(name, &[tokens, 8], values)
    })
}

#[test]
fn probabilities_sum_to_1_and_causal_ones_never_look_ahead() {
    let mut plan = Plan::new();
    let [q, k, v] = ramps(&mut plan, 5);
    let settings = AttentionOptions { heads: 2, causal: true, ..Default::default() };
    let stages = attention_stages(&mut plan, &q, &k, &v, &settings).unwrap();
    let values = reference::run(&plan, &BTreeMap::new());
    let probabilities = &values[stages.probabilities.buf.0];
    assert_eq!(stages.probabilities.shape, [1, 2, 5, 5]);
    for (r, row) in probabilities.chunks(5).enumerate() {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "row {r}: {row:?}");
        assert!(row[r % 5 + 1..].iter().all(|&w| w == 0.0), "row {r}: {row:?}");
    }
}

#[test]
fn one_kernel_gives_what_the_stages_give() {
    for settings in [
        AttentionOptions { heads: 2, ..Default::default() },
        AttentionOptions { heads: 4, causal: true, valid: Some(3), ..Default::default() },
        AttentionOptions { temperature: 0.1, ..Default::default() },
    ] {
        let mut plan = Plan::new();
        let [q, k, v] = ramps(&mut plan, 6);
        let stages = attention_stages(&mut plan, &q, &k, &v, &settings).unwrap();
        let fused = attention(&mut plan, &q, &k, &v, &settings).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        for (a, b) in values[fused.buf.0].iter().zip(&values[stages.output.buf.0]) {
            assert!((a - b).abs() < 1e-12, "{settings:?}: {a} and {b}");
        }
    }
}

#[test]
fn equal_keys_share_the_attention() {
    let mut plan = Plan::new();
    let q = plan.constant("q", &[1, 1], vec![1.0]);
    let k = plan.constant("k", &[4, 1], vec![2.0; 4]);
    let v = plan.constant("v", &[4, 1], vec![1.0, 2.0, 3.0, 6.0]);
    let o = attention(&mut plan, &q, &k, &v, &AttentionOptions::default()).unwrap();
    assert_eq!(reference::run(&plan, &BTreeMap::new())[o.buf.0], [3.0]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |q: &[usize], k: &[usize], v: &[usize], heads| {
        let settings = AttentionOptions { heads, ..Default::default() };
        Attention::new(q, k, v, &settings).is_err()
    };
    assert!(!refused(&[3, 8], &[5, 8], &[5, 4], 2));
    assert!(refused(&[3, 8], &[5, 8], &[5, 4], 3));
    assert!(refused(&[3, 8], &[5, 6], &[5, 4], 2));
    assert!(refused(&[3, 8], &[5, 8], &[4, 4], 2));
    assert!(refused(&[2, 3, 8], &[5, 8], &[5, 4], 2));
    let cold = AttentionOptions { temperature: 0.0, ..Default::default() };
    assert!(Attention::new(&[3, 8], &[5, 8], &[5, 8], &cold).is_err());
}
