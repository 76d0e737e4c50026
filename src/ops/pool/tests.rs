//! Sizes and values known by hand.

use super::*;
use crate::gpu::reference::run_kernel;
use crate::gpu::{DType, Kernel, Plan, Tensor};
use crate::ops::OpError;

fn outputs(h: usize, pool: Pool) -> usize {
    let p = PoolNd::new(&[1, 1, h, h], &pool).unwrap();
    assert_eq!(p.y[1], p.y[0]);
    p.y[0] as usize
}

#[test]
fn sizes_as_in_the_textbooks() {
    let two = Pool::new([2, 2]);
    assert_eq!(outputs(7, Pool { stride: [2, 2], ..Pool::new([3, 3]) }), 3);
    assert_eq!(outputs(7, two), 3);
    assert_eq!(outputs(7, Pool { ceil: true, ..two }), 4);
    assert_eq!(outputs(8, Pool { ceil: true, ..two }), 4);
    // A fourth window would start in the padding on the right.
    assert_eq!(outputs(5, Pool { ceil: true, pad: [1; 4], ..two }), 3);
    assert_eq!(outputs(112, Pool { stride: [2, 2], pad: [1; 4], ..Pool::new([3, 3]) }), 56);
    assert_eq!(outputs(224, two), 112);
}

fn run(kernel: &'static Kernel<PoolNd>, p: PoolNd, x: &[f64]) -> Vec<Vec<f64>> {
    run_kernel(kernel, bytemuck::bytes_of(&p), &[x])
}

#[test]
fn known_values() {
    let x: Vec<f64> = (0..16).map(f64::from).collect();
    let p = PoolNd::new(&[1, 1, 4, 4], &Pool::new([2, 2])).unwrap();
    assert_eq!(run(&MAX_POOL, p, &x), [[5.0, 7.0, 13.0, 15.0]; 2]);
    assert_eq!(run(&AVG_POOL, p, &x), [[2.5, 4.5, 10.5, 12.5]]);
    let p = PoolNd { power: 2.0, ..PoolNd::new(&[1, 1, 1, 2], &Pool::new([1, 2])).unwrap() };
    assert_eq!(run(&LP_POOL, p, &[3.0, -4.0]), [[5.0]]);
}

#[test]
fn padding_may_count_in_the_average() {
    let pool = Pool { stride: [2, 2], pad: [1; 4], ceil: true, ..Pool::new([3, 3]) };
    let p = PoolNd::new(&[1, 1, 4, 4], &pool).unwrap();
    let inside = run(&AVG_POOL, p, &[1.0; 16]);
    assert!(inside[0].iter().all(|&y| y == 1.0));
    let padded = run(&AVG_POOL, PoolNd { include_pad: 1, ..p }, &[1.0; 16]);
    let ninths = [4.0, 6.0, 2.0 * 1.5, 6.0, 9.0, 3.0 * 1.5, 3.0, 4.5, 1.0 * 9.0 / 4.0];
    for (y, want) in padded[0].iter().zip(ninths) {
        assert!((y - want / 9.0).abs() < 1e-12, "{padded:?}");
    }
}

#[test]
fn the_first_of_equals_is_the_argmax_and_nan_comes_through() {
    let p = PoolNd::new(&[1, 1, 1, 4], &Pool::new([1, 4])).unwrap();
    assert_eq!(run(&MAX_POOL, p, &[1.0, 7.0, 7.0, -1.0])[1], [1.0]);
    assert!(run(&MAX_POOL, p, &[1.0, f64::NAN, 7.0, -1.0])[0][0].is_nan());
}

#[test]
fn padding_as_wide_as_the_window_is_refused() {
    let pool = Pool { pad: [0, 2, 0, 0], ..Pool::new([2, 2]) };
    let error = PoolNd::new(&[1, 1, 8, 8], &pool).unwrap_err();
    assert_eq!(error, OpError::PoolPadding { pad: 2, span: 2, axis: "width" });
    assert!(lp_pool(&mut Plan::new(), &tensor(), &Pool::new([2, 2]), f32::NAN).is_err());
}

fn tensor() -> Tensor {
    Plan::new().temporary("x", &[1, 1, 4, 4], DType::F32)
}
