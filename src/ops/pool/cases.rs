//! Windows with which the poolings are checked.

use super::geometry::{Pool, PoolNd, Windows};
use super::window::largest;
use crate::gpu::reference::run_kernel;
use crate::gpu::{Case, DType, Fill, Kernel};
use crate::ops::sweep::fill;

/// Every kind of geometry, by name.
pub(super) fn geometries() -> Vec<(&'static str, PoolNd)> {
    let plain = Pool::new([2, 2]);
    let three = Pool { stride: [2, 2], ..Pool::new([3, 3]) };
    let uneven = Pool { window: [3, 2], stride: [2, 3], pad: [2, 1, 0, 1], ceil: true, ..plain };
    let holes = Pool { window: [2, 3], dilation: [3, 2], stride: [1, 2], pad: [1, 2, 3, 4], ..plain };
    let flat: [(&'static str, [usize; 4], Pool); 12] = [
        ("one element", [1, 1, 1, 1], Pool::new([1, 1])),
        ("7x7, window 3, stride 2", [1, 1, 7, 7], three),
        ("window 2", [2, 3, 13, 9], plain),
        ("window 2, width 12", [2, 3, 5, 12], plain),
        ("ceil mode", [1, 2, 7, 7], Pool { ceil: true, ..plain }),
        ("ceil mode with padding", [2, 3, 8, 10], Pool { pad: [1; 4], ceil: true, ..three }),
        ("ceil mode drops the last window", [1, 1, 5, 5], Pool { ceil: true, pad: [1; 4], ..plain }),
        ("uneven all round", [2, 2, 11, 10], uneven),
        ("dilation", [1, 3, 17, 19], holes),
        (
            "a window of padding alone, infinite",
            [1, 1, 1, 5],
            Pool { dilation: [2, 2], pad: [1; 4], ..plain },
        ),
        ("global", [2, 5, 9, 11], Pool::new([9, 11])),
        ("overlapping", [1, 4, 20, 20], Pool { stride: [1, 1], pad: [2; 4], ..Pool::new([5, 5]) }),
    ];
    let line = Windows { stride: vec![2], pad: vec![1, 2], ceil: true, ..Windows::new(&[4]) };
    let volume = Windows {
        window: vec![2, 3, 2],
        stride: vec![1, 2, 3],
        pad: vec![1, 0, 1, 0, 2, 1],
        dilation: vec![2, 1, 1],
        ceil: true,
    };
    let valid = "the cases have valid shapes";
    let mut all: Vec<_> =
        flat.iter().map(|(name, x, pool)| (*name, PoolNd::new(x, pool).expect(valid))).collect();
    all.extend([
        ("one axis", PoolNd::new(&[2, 3, 17], &line).expect(valid)),
        ("volume", PoolNd::new(&[1, 2, 5, 6, 7], &volume).expect(valid)),
        ("adaptive", PoolNd::adaptive(&[2, 2, 7, 11], &[3, 4]).expect(valid)),
        ("adaptive, larger than the input", PoolNd::adaptive(&[1, 3, 3, 5], &[7, 5]).expect(valid)),
        ("adaptive volume", PoolNd::adaptive(&[1, 2, 4, 5, 6], &[2, 3, 6]).expect(valid)),
    ]);
    all
}

/// What is timed.
pub(super) fn large() -> (&'static str, PoolNd) {
    let params = PoolNd::new(&[1, 64, 112, 112], &Pool::new([2, 2])).expect("the case has a valid shape");
    ("64x112², 2x2", params)
}

/// Every geometry with every setting, for kernels of one input.
pub(super) fn cases(settings: &[fn(PoolNd) -> PoolNd]) -> Vec<Case<PoolNd>> {
    let valid = "the case has a valid shape";
    let plain = Pool::new([2, 2]);
    let three = Pool { stride: [2, 2], ..Pool::new([3, 3]) };
    let mut cases = Vec::new();
    for with in settings {
        cases.extend(geometries().into_iter().map(|(name, p)| Case::normal(name, with(p), 1)));
        let (name, p) = large();
        cases.push(Case::normal(name, with(p), 1).timed());
        let p = with(PoolNd::new(&[1, 3, 16, 17], &three).expect(valid));
        cases.push(Case::normal("extreme values", p, 1).fills(vec![Fill::Extreme]));
        // As after an activation: ties, whose first index counts.
        for pool in [three, plain] {
            let p = with(PoolNd::new(&[1, 3, 16, 20], &pool).expect(valid));
            let zeros = Fill::Values(vec![0.0, 0.0, 0.0, 1.0, 0.0, 1.0, -0.0]);
            cases.push(Case::normal("ties", p, 1).fills(vec![zeros]).kinked("cells of a window are equal"));
        }
    }
    cases
}

/// An output of a kernel on the normal input that a case fills slot 0 with.
pub(super) fn output_of(kernel: &'static Kernel<PoolNd>, p: &PoolNd, slot: usize) -> Fill {
    let x = fill(&Fill::Normal(1.0), DType::F32, p.xs(), 0).to_f64();
    let outs = run_kernel(kernel, bytemuck::bytes_of(p), &[&x]);
    Fill::Values(outs[slot].iter().map(|&v| v as f32).collect())
}

/// The argmax that max pooling gives on the normal input that a case fills slot 0 with.
pub(super) fn argmax_of(p: &PoolNd) -> Fill {
    let x = fill(&Fill::Normal(1.0), DType::F32, p.xs(), 0).to_f64();
    let at = |index| largest(p.cells(index).0.into_iter().map(|at| (at, x[at]))).1 as f32;
    Fill::Values((0..p.ys()).map(at).collect())
}
