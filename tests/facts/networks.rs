//! What the topics on pooling, heads and whole networks promise.

use glassbox::gpu::{Plan, Runtime, Tensor};
use glassbox::ops::conv::{Conv, conv2d};
use glassbox::ops::gradient::backward;
use glassbox::ops::layout::transpose;
use glassbox::ops::matmul::{Gemm, matmul};
use glassbox::ops::philox::Rng;
use glassbox::ops::pool::{Pool, Stochastic, avg_pool, lp_pool, max_pool, max_unpool, stochastic_pool};
use glassbox::ops::unary::{Act, activation};

use super::{apart, run, whole};

pub fn flattened(runtime: &Runtime) {
    for [c, h, w] in [[3, 7, 7], [32, 7, 7], [5, 2, 3], [1, 4, 1]] {
        let values = whole(c * h * w, 14);
        for (axes, last) in [([0, 1, 2], false), ([1, 2, 0], true)] {
            let mut plan = Plan::new();
            let maps = plan.constant("maps", &[c, h, w], values.clone());
            let strip = transpose(&mut plan, &maps, &axes).unwrap();
            let [strip] = run(runtime, plan, [&strip]);
            for (at, value) in values.iter().enumerate() {
                let (map, row, column) = (at / (h * w), at / w % h, at % w);
                let index = if last { (row * w + column) * c + map } else { (map * h + row) * w + column };
                assert_eq!(strip[index], *value, "{c} × {h} × {w}, cell {at}");
            }
        }
    }
}

pub fn dense_as_convolution(runtime: &Runtime) {
    const CLASSES: usize = 10;
    for [c, h, w] in [[32, 7, 7], [3, 4, 5], [1280, 1, 1]] {
        let n = c * h * w;
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, c, h, w], whole(n, 15));
        let weights = plan.constant("w", &[CLASSES, n], whole(CLASSES * n, 16));
        let bias = plan.constant("b", &[CLASSES], whole(CLASSES, 17));
        let dense = matmul(&mut plan, &x.view(&[1, n]), &weights, Some(&bias), &Gemm::NT).unwrap();
        let kernel = weights.view(&[CLASSES, c, h, w]);
        let convolved = conv2d(&mut plan, &x, &kernel, Some(&bias), &Conv::default()).unwrap();
        assert_eq!(convolved.shape, [1, CLASSES, 1, 1]);
        let [dense, convolved] = run(runtime, plan, [&dense, &convolved]);
        assert_eq!(apart(&dense, &convolved), 0.0, "whole numbers: the sum in another order is the same");
    }
}

/// How far two maps are apart, as a share of how much the first varies.
fn change(still: &[f32], moved: &[f32]) -> f64 {
    let mean = still.iter().map(|v| f64::from(*v)).sum::<f64>() / still.len() as f64;
    let varies: f64 = still.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum();
    let apart: f64 = still.iter().zip(moved).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (apart / varies).sqrt()
}

pub fn forgives(runtime: &Runtime) {
    const SIDE: usize = 96;
    const WINDOW: usize = 4;
    let ways = |x: Vec<f32>| {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, 1, SIDE, SIDE], x);
        let pool = Pool::new([WINDOW; 2]);
        let (max, _) = max_pool(&mut plan, &x, &pool).unwrap();
        let average = avg_pool(&mut plan, &x, &pool, false).unwrap();
        let alone = Pool { stride: [WINDOW; 2], ..Pool::new([1, 1]) };
        let (stride, _) = max_pool(&mut plan, &x, &alone).unwrap();
        run(runtime, plan, [&x, &stride, &max, &average])
    };
    // One bright cell that moves, but stays in its window.
    let bright = |at: usize| (0..SIDE * SIDE).map(|i| f32::from(u8::from(i == at))).collect();
    let [_, stride, max, average] = ways(bright(0));
    let [_, moved_stride, moved_max, moved_average] = ways(bright(WINDOW - 1));
    assert_eq!([apart(&max, &moved_max), apart(&average, &moved_average)], [0.0, 0.0]);
    assert_eq!(apart(&stride, &moved_stride), 1.0, "it looked at the first cell alone");
    // Noise that is alike from cell to cell, moved by 1: a stride changes it as much as nothing, windows by less.
    let wide = SIDE + 1;
    let mut rng = Rng::new(12);
    let mut level = 0.0;
    let noise: Vec<f32> = (0..SIDE * wide)
        .map(|_| {
            level = 0.6 * level + rng.normal();
            level
        })
        .collect();
    let seen = |by: usize| noise.chunks(wide).flat_map(|row| &row[1 - by..][..SIDE]).copied().collect();
    let (still, moved) = (ways(seen(0)), ways(seen(1)));
    let changes: Vec<f64> = still.iter().zip(&moved).map(|(still, moved)| change(still, moved)).collect();
    let [none, stride, max, average] = changes[..] else { panic!("{changes:?}") };
    assert!((stride / none - 1.0).abs() < 0.1, "{changes:?}");
    assert!(average < max && max < 0.85 * none, "{changes:?}");
}

pub fn types_of_pooling(runtime: &Runtime) {
    const WINDOW: [f32; 4] = [1.0, 4.0, 2.0, 3.0];
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, 1, 2, 2], WINDOW.to_vec());
    let pool = Pool::new([2; 2]);
    let (max, at) = max_pool(&mut plan, &x, &pool).unwrap();
    let average = avg_pool(&mut plan, &x, &pool, false).unwrap();
    let [sum, length, steep] = [1.0, 2.0, 64.0].map(|p| lp_pool(&mut plan, &x, &pool, p).unwrap());
    let lot = Stochastic { seed: 5, train: true, ..Stochastic::default() };
    let (drawn, _) = stochastic_pool(&mut plan, &x, &pool, &lot).unwrap();
    let (expected, _) = stochastic_pool(&mut plan, &x, &pool, &Stochastic { train: false, ..lot }).unwrap();
    let back = max_unpool(&mut plan, &max, &at, &pool, None).unwrap();
    let d = |plan: &mut Plan, y: &Tensor| backward(plan, y, None, &[&x]).unwrap().of(&x).unwrap();
    let [of_max, of_average, of_length, of_drawn] =
        [&max, &average, &length, &drawn].map(|y| d(&mut plan, y));
    let read = run(
        runtime,
        plan,
        [
            &max,
            &average,
            &sum,
            &length,
            &steep,
            &expected,
            &back,
            &of_max,
            &of_average,
            &of_length,
            &drawn,
            &of_drawn,
        ],
    );
    let near = |have: &[f32], want: &[f32]| assert!(apart(have, want) <= 1e-5, "{have:?} is not {want:?}");
    let [max, average, sum, length, steep, expected, back, of_max, of_average, of_length, drawn, of_drawn] =
        read;
    near(&max, &[4.0]);
    near(&average, &[2.5]);
    // A sum and no mean: 4 times the average.
    near(&sum, &[10.0]);
    near(&length, &[30.0_f32.sqrt()]);
    near(&steep, &[4.0]);
    near(&expected, &[3.0]);
    near(&back, &[0.0, 4.0, 0.0, 0.0]);
    near(&of_max, &[0.0, 1.0, 0.0, 0.0]);
    near(&of_average, &[0.25; 4]);
    near(&of_length, &WINDOW.map(|v| v / 30.0_f32.sqrt()));
    // One cell was drawn, and it alone gets the gradient.
    let one = WINDOW.map(|v| f32::from(u8::from(v == drawn[0])));
    assert_eq!(one.iter().sum::<f32>(), 1.0, "{drawn:?}");
    near(&of_drawn, &one);
}

/// Windows of 2 on 7 cells a side, in floor and in ceil mode, and what padding does at the border.
pub fn part_windows(runtime: &Runtime) {
    const SIDE: usize = 7;
    let x = whole(SIDE * SIDE, 18);
    let pooled = |ceil: bool, pad: usize, window: usize, counts: bool| {
        let mut plan = Plan::new();
        let map = plan.constant("x", &[1, 1, SIDE, SIDE], x.clone());
        let pool = Pool { ceil, stride: [2; 2], pad: [pad; 4], ..Pool::new([window; 2]) };
        let (max, _) = max_pool(&mut plan, &map, &pool).unwrap();
        let average = avg_pool(&mut plan, &map, &pool, counts).unwrap();
        let side = max.shape[3];
        let [max, average] = run(runtime, plan, [&max, &average]);
        (side, max, average)
    };
    // The cells of a window that begins here, and how many of them there are.
    let cells = |row: i32, column: i32, window: i32| -> Vec<f32> {
        let inside = |at: i32| (0..SIDE as i32).contains(&at);
        (0..window * window)
            .map(|tap| (row + tap / window, column + tap % window))
            .filter(|(row, column)| inside(*row) && inside(*column))
            .map(|(row, column)| x[row as usize * SIDE + column as usize])
            .collect()
    };
    for (ceil, pad, window, counts, side) in [
        (false, 0, 2, false, 3),
        (true, 0, 2, false, 4),
        (true, 0, 3, false, 3),
        (false, 1, 2, true, 4),
        (false, 1, 3, false, 4),
        (false, 1, 3, true, 4),
    ] {
        let (made, max, average) = pooled(ceil, pad, window, counts);
        assert_eq!(made, side, "ceil {ceil}, padding {pad}, window {window}");
        for at in 0..side * side {
            let [row, column] = [at / side, at % side].map(|o| 2 * o as i32 - pad as i32);
            let seen = cells(row, column, window as i32);
            let most = seen.iter().copied().fold(f32::MIN, f32::max);
            assert_eq!(max[at], most, "padding never wins, and past the edge is nothing");
            let divisor = if counts { window * window } else { seen.len() };
            let mean = seen.iter().sum::<f32>() / divisor as f32;
            assert!((average[at] - mean).abs() <= 1e-5, "cell {at}: {} is not {mean}", average[at]);
        }
    }
    // A window that would begin behind the input is left out, though 6/4 is rounded up.
    let mut plan = Plan::new();
    let map = plan.constant("x", &[1, 1, SIDE, SIDE], x.clone());
    let alone = Pool { ceil: true, stride: [4; 2], ..Pool::new([1, 1]) };
    assert_eq!(max_pool(&mut plan, &map, &alone).unwrap().0.shape, [1, 1, 2, 2]);
}

pub fn rectified(runtime: &Runtime) {
    const C: usize = 3;
    const M: usize = 4;
    const K: usize = 2;
    const SIDE: usize = 9;
    let (w, v) = (whole(M * C * 9, 20), whole(K * M * 9, 21));
    // What one window of 5 × 5 multiplies a cell by: all ways over a window of 3 × 3 and another behind it.
    let mut both = vec![0.0; K * C * 25];
    for (k, m) in (0..K).flat_map(|k| (0..M).map(move |m| (k, m))) {
        for (c, tap) in (0..C).flat_map(|c| (0..81).map(move |tap| (c, tap))) {
            let (near, far) = (tap / 9, tap % 9);
            let at = (near / 3 + far / 3) * 5 + near % 3 + far % 3;
            both[(k * C + c) * 25 + at] += w[(m * C + c) * 9 + near] * v[(k * M + m) * 9 + far];
        }
    }
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, C, SIDE, SIDE], whole(C * SIDE * SIDE, 22));
    let (w, v) = (plan.constant("w", &[M, C, 3, 3], w), plan.constant("v", &[K, M, 3, 3], v));
    let both = plan.constant("both", &[K, C, 5, 5], both);
    let first = conv2d(&mut plan, &x, &w, None, &Conv::default()).unwrap();
    let two = conv2d(&mut plan, &first, &v, None, &Conv::default()).unwrap();
    let one = conv2d(&mut plan, &x, &both, None, &Conv::default()).unwrap();
    let y = activation(&mut plan, &first, Act::RELU);
    let between = conv2d(&mut plan, &y, &v, None, &Conv::default()).unwrap();
    let dx = backward(&mut plan, &y, None, &[&first]).unwrap().of(&first).unwrap();
    let [two, one, between, first, dx] = run(runtime, plan, [&two, &one, &between, &first, &dx]);
    assert_eq!(apart(&two, &one), 0.0, "whole numbers: the sum in another order is the same");
    assert!(apart(&between, &one) > 1.0);
    let slopes: Vec<f32> = first.iter().map(|x| f32::from(u8::from(*x > 0.0))).collect();
    assert_eq!(apart(&dx, &slopes), 0.0);
}
