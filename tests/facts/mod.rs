//! What the topics on positions and convolution promise, each run through the engine and worked out again by hand.
//! Both the reference and the adapter are held to it.

use glassbox::gpu::{BufId, Plan, Runtime, Session, Tensor, reference};
use glassbox::ops::attention::{AttentionOptions, attention_stages};
use glassbox::ops::conv::{Conv, ConvOptions, conv_transpose, conv1d, conv2d, same_pads};
use glassbox::ops::gradient::backward;
use glassbox::ops::layout::{gather, transpose};
use glassbox::ops::matmul::{Gemm, matmul};
use glassbox::ops::philox::Rng;
use glassbox::ops::pool::{Pool, Stochastic, avg_pool, lp_pool, max_pool, max_unpool, stochastic_pool};
use glassbox::ops::position::sinusoidal;
use glassbox::ops::unary::{Act, activation};

/// A fact by its name.
type Fact = (&'static str, fn(&Runtime));

/// All of them.
pub const FACTS: &[Fact] = &[
    ("shuffled words without positions give the shuffled vectors", shuffled_words),
    ("positions further on are those before, turned", turned),
    ("seven by seven gives five and three, twelve by twelve ten", sizes),
    ("same padding gives ceil(W/S)", same),
    ("a corner is read once and the centre nine times", reads),
    ("seven cells vanish within twenty layers", vanishes),
    ("a zone plate aliases at stride four, and a blur mends it", aliases),
    ("windows and paddings shrink, keep and grow", shrink_keep_grow),
    ("one dimension is two of height one", one_dimension),
    ("channels in another order change two dimensions alone", channels_have_no_order),
    ("a layer is its matrix, and shifts with its input", matrix_and_shift),
    ("pooling forgives a shift within its window, a stride none", forgives),
    ("each type of pooling answers and passes gradients back as its formula says", types_of_pooling),
    ("ceil mode adds what floor leaves over, made of part windows", part_windows),
    ("a flattened cell lies where the formula says", flattened),
    ("a dense layer is a convolution that covers the map", dense_as_convolution),
    ("without ReLU two convolutions are one, and its slope is 1 or 0", rectified),
];

/// Runs every fact.
pub fn hold(runtime: &Runtime) {
    for (name, fact) in FACTS {
        let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fact(runtime)));
        assert!(held.is_ok(), "{name}");
    }
}

/// Runs a plan, and reads some of its tensors.
fn run<const N: usize>(runtime: &Runtime, plan: Plan, of: [&Tensor; N]) -> [Vec<f32>; N] {
    let bufs: [BufId; N] = of.map(|t| t.buf);
    let session = Session::new(runtime, plan, &Default::default()).unwrap();
    session.run();
    bufs.map(|buf| session.read(buf).unwrap())
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    reference::largest_difference(a, b) as f32
}

/// Whole numbers from -4 to 4: sums of their products are exact.
fn whole(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| rng.below(9) as f32 - 4.0).collect()
}

fn normal(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| rng.normal()).collect()
}

/// A layer of one channel on a square.
fn layer(runtime: &Runtime, side: usize, window: usize, conv: &Conv) -> Option<(usize, Vec<f32>)> {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, 1, side, side], whole(side * side, 1));
    let w = plan.constant("w", &[1, 1, window, window], whole(window * window, 2));
    let y = conv2d(&mut plan, &x, &w, None, conv).ok()?;
    let [values] = run(runtime, plan, [&y]);
    assert_eq!(values.len(), y.shape[2] * y.shape[3]);
    Some((y.shape[2], values))
}

fn shuffled_words(runtime: &Runtime) {
    const ORDER: [u32; 6] = [3, 5, 0, 2, 1, 4];
    const WIDTH: usize = 16;
    for positions in [false, true] {
        let mut plan = Plan::new();
        let mut x = normal(6 * WIDTH, 3);
        let words = plan.constant("words", &[6, WIDTH], x.clone());
        let order = plan.constant("order", &[6], ORDER.to_vec());
        let moved = gather(&mut plan, &words, &order, 0).unwrap();
        let [read] = run(runtime, plan, [&moved]);
        let mut moved = read;
        let mut plan = Plan::new();
        if positions {
            let at = sinusoidal(&mut plan, [0, 6], WIDTH, 10_000.0).unwrap();
            let [at] = run(runtime, plan, [&at]);
            x.iter_mut().zip(&at).for_each(|(x, p)| *x += p);
            moved.iter_mut().zip(&at).for_each(|(x, p)| *x += p);
            plan = Plan::new();
        }
        let weights =
            [4, 5, 6].map(|seed| plan.constant("projection", &[WIDTH, WIDTH], normal(WIDTH * WIDTH, seed)));
        let mut attend = |x: Vec<f32>| {
            let x = plan.constant("x", &[6, WIDTH], x);
            let [q, k, v] = weights.each_ref().map(|w| matmul(&mut plan, &x, w, None, &Gemm::NN).unwrap());
            let options = AttentionOptions { heads: 2, ..AttentionOptions::default() };
            attention_stages(&mut plan, &q, &k, &v, &options).unwrap().output
        };
        let (straight, other) = (attend(x), attend(moved));
        let [straight, other] = run(runtime, plan, [&straight, &other]);
        let sorted: Vec<f32> =
            ORDER.iter().flat_map(|&row| straight[row as usize * WIDTH..][..WIDTH].to_vec()).collect();
        let differs = apart(&sorted, &other);
        if positions {
            assert!(differs > 0.1, "{differs}");
        } else {
            // Sums in another order.
            assert!(differs <= 1e-4, "{differs}");
        }
    }
}

fn turned(runtime: &Runtime) {
    const WIDTH: usize = 16;
    let mut plan = Plan::new();
    let table = sinusoidal(&mut plan, [0, 40], WIDTH, 10_000.0).unwrap();
    let [table] = run(runtime, plan, [&table]);
    for (at, by) in [(0_usize, 1_usize), (5, 7), (12, 20), (30, 9)] {
        for pair in 0..WIDTH / 2 {
            let angle = by as f64 / 10_000_f64.powf(2.0 * pair as f64 / WIDTH as f64);
            let of = |at: usize| [0, 1].map(|i| f64::from(table[at * WIDTH + 2 * pair + i]));
            let ([sine, cosine], [s, c]) = (of(at), of(at + by));
            let turned =
                [sine * angle.cos() + cosine * angle.sin(), cosine * angle.cos() - sine * angle.sin()];
            let differs = (turned[0] - s).abs().max((turned[1] - c).abs());
            assert!(differs <= 1e-4, "position {at} and {by}, pair {pair}: {differs}");
        }
    }
}

fn sizes(runtime: &Runtime) {
    let stride = |s| Conv { stride: [s; 2], ..Conv::default() };
    let side = |n, conv: &Conv| layer(runtime, n, 3, conv).unwrap().0;
    assert_eq!([side(7, &stride(1)), side(7, &stride(2)), side(12, &stride(1))], [5, 3, 10]);
    assert_eq!(side(12, &Conv { pad: [1; 4], ..Conv::default() }), 12);
}

fn same(runtime: &Runtime) {
    for (side, window, stride, dilation) in
        [(7, 3, 1, 1), (7, 3, 2, 1), (8, 4, 3, 1), (12, 5, 4, 2), (9, 2, 2, 3)]
    {
        let pads = same_pads(&[side; 2], &[window; 2], &[stride; 2], &[dilation; 2], true);
        let pad = <[usize; 4]>::try_from(pads).unwrap();
        let total = ((side.div_ceil(stride) - 1) * stride + dilation * (window - 1) + 1).saturating_sub(side);
        assert_eq!(
            pad,
            [total / 2, total / 2, total - total / 2, total - total / 2],
            "the odd cell at the end"
        );
        let conv = Conv { pad, stride: [stride; 2], dilation: [dilation; 2], ..Conv::default() };
        assert_eq!(layer(runtime, side, window, &conv).unwrap().0, side.div_ceil(stride));
    }
}

fn reads(runtime: &Runtime) {
    for (pad, [corner, edge, centre]) in [(0, [1.0, 3.0, 9.0]), (1, [4.0, 6.0, 9.0])] {
        let mut plan = Plan::new();
        let side = 12 + 2 * pad - 2;
        let ones = plan.constant("one an output", &[1, 1, side, side], vec![1.0; side * side]);
        let taps = plan.constant("a window of ones", &[1, 1, 3, 3], vec![1.0; 9]);
        let setting = ConvOptions { pad: vec![pad; 4], ..ConvOptions::new(2) };
        let counts = conv_transpose(&mut plan, &ones, &taps, None, &setting, &[0, 0]).unwrap();
        let [counts] = run(runtime, plan, [&counts]);
        assert_eq!([counts[0], counts[6], counts[6 * 12 + 6]], [corner, edge, centre], "padding {pad}");
        let products: f32 = counts.iter().sum();
        assert_eq!(products == 900.0, pad == 0, "one for each product: {products}");
    }
}

fn vanishes(runtime: &Runtime) {
    let after = |pad: usize| {
        let conv = Conv { pad: [pad; 4], ..Conv::default() };
        let mut sides = vec![7];
        while sides.len() <= 20 {
            match layer(runtime, sides[sides.len() - 1], 3, &conv) {
                Some((side, _)) => sides.push(side),
                None => break,
            }
        }
        sides
    };
    assert_eq!(after(0), [7, 5, 3, 1], "the fourth layer has no room");
    assert_eq!(after(1), [7; 21], "with one zero a side all twenty keep it");
}

/// A zone plate under stride 4: how much of it is not flat where its rings are finer than 8 cells.
fn aliases(runtime: &Runtime) {
    const SIDE: usize = 224;
    let value = |i: usize| {
        let [y, x] = [i / SIDE, i % SIDE].map(|v| v as f64 - (SIDE as f64 - 1.0) / 2.0);
        (0.5 + 0.5 * (std::f64::consts::PI * 0.7 * (y * y + x * x) / SIDE as f64).cos()) as f32
    };
    let plate: Vec<f32> = (0..SIDE * SIDE).map(value).collect();
    let taps: Vec<f64> = (0..9_i32).map(|i| (-(f64::from(i) - 4.0).powi(2) / 8.0).exp()).collect();
    let sum: f64 = taps.iter().sum();
    let blur: Vec<f32> = (0..81).map(|i| (taps[i / 9] * taps[i % 9] / (sum * sum)) as f32).collect();
    let mut plan = Plan::new();
    let x = plan.constant("zone plate", &[1, 1, SIDE, SIDE], plate);
    let w = plan.constant("blur", &[1, 1, 9, 9], blur);
    let one = plan.constant("one", &[1, 1, 1, 1], vec![1.0]);
    let stride = Conv { stride: [4; 2], ..Conv::default() };
    let sharp = conv2d(&mut plan, &x, &one, None, &stride).unwrap();
    let blurred = conv2d(&mut plan, &x, &w, None, &Conv { pad: [4; 4], ..Conv::default() }).unwrap();
    let calm = conv2d(&mut plan, &blurred, &one, None, &stride).unwrap();
    let [sharp, calm] = run(runtime, plan, [&sharp, &calm]);
    let side = SIDE / 4;
    let contrast = |map: &[f32]| {
        // Right of the middle, 80 to 104 cells from the centre: rings finer than 4 cells.
        let at = (side / 2 - 2..side / 2 + 2)
            .flat_map(|row| (side / 2 + 20..side / 2 + 26).map(move |x| row * side + x));
        let values: Vec<f32> = at.map(|i| map[i]).collect();
        values.iter().copied().fold(f32::MIN, f32::max) - values.iter().copied().fold(f32::MAX, f32::min)
    };
    assert!(contrast(&sharp) > 0.8, "false rings: {}", contrast(&sharp));
    assert!(contrast(&calm) <= 0.05, "flat: {}", contrast(&calm));
}

fn shrink_keep_grow(runtime: &Runtime) {
    for stride in [1, 2] {
        let mut counts = [[0; 3]; 2];
        for (window, pad) in (1..=7).flat_map(|f| (0..5).map(move |p| (f, p))) {
            let conv = Conv { pad: [pad; 4], stride: [stride; 2], ..Conv::default() };
            let Some((made, _)) = layer(runtime, 8, window, &conv) else { continue };
            let by_hand = (8 + 2 * pad - window) / stride + 1;
            for (side, counts) in [made, by_hand].into_iter().zip(&mut counts) {
                let place = usize::from(side >= 8) + usize::from(side > 8);
                counts[place] += 1;
            }
        }
        assert_eq!(counts[0], counts[1]);
        // At stride 2 nothing grows.
        assert!(counts[0][..if stride == 1 { 3 } else { 2 }].iter().all(|count| *count > 0), "{counts:?}");
    }
}

fn one_dimension(runtime: &Runtime) {
    for (rows, time, size, stride, dilation, before) in
        [(1, 1006, 7, 1, 1, 0), (8, 16, 3, 2, 1, 2), (16, 127, 9, 3, 4, 32)]
    {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, rows, time], normal(rows * time, 7));
        let w = plan.constant("w", &[2, rows, size], normal(2 * rows * size, 8));
        let line = ConvOptions {
            stride: vec![stride],
            dilation: vec![dilation],
            pad: vec![before, 0],
            ..ConvOptions::new(1)
        };
        let flat =
            Conv { stride: [1, stride], dilation: [1, dilation], pad: [0, before, 0, 0], ..Conv::default() };
        let y = conv1d(&mut plan, &x, &w, None, &line).unwrap();
        let (x, w) = (x.view(&[1, rows, 1, time]), w.view(&[2, rows, 1, size]));
        let twin = conv2d(&mut plan, &x, &w, None, &flat).unwrap();
        assert_eq!(y.shape, [1, 2, (time + before - dilation * (size - 1) - 1) / stride + 1]);
        let [y, twin] = run(runtime, plan, [&y, &twin]);
        assert_eq!(apart(&y, &twin), 0.0);
    }
}

fn channels_have_no_order(runtime: &Runtime) {
    const ORDER: [u32; 5] = [2, 4, 1, 0, 3];
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, 5, 9], whole(45, 9));
    let w = plan.constant("w", &[1, 5, 3], whole(15, 10));
    let square = plan.constant("square", &[1, 1, 3, 3], whole(9, 11));
    let order = plan.constant("order", &[5], ORDER.to_vec());
    let [mixed, weights] = [&x, &w].map(|t| gather(&mut plan, t, &order, 1).unwrap());
    let line = ConvOptions::new(1);
    let [y, moved] =
        [(&x, &w), (&mixed, &weights)].map(|(x, w)| conv1d(&mut plan, x, w, None, &line).unwrap());
    let around = Conv { pad: [1, 0, 1, 0], ..Conv::default() };
    let [map, other] =
        [&x, &mixed].map(|x| conv2d(&mut plan, &x.view(&[1, 1, 5, 9]), &square, None, &around).unwrap());
    let [y, moved, map, other] = run(runtime, plan, [&y, &moved, &map, &other]);
    assert_eq!(apart(&y, &moved), 0.0, "whole numbers: the sum in another order is the same");
    let sorted: Vec<f32> = ORDER.iter().flat_map(|&row| map[row as usize * 7..][..7].to_vec()).collect();
    assert!(apart(&sorted, &other) > 1.0, "rows have other neighbours");
}

fn matrix_and_shift(runtime: &Runtime) {
    const SIDE: usize = 12;
    const SHIFT: usize = 5;
    let (image, weights) = (whole(SIDE * SIDE, 12), whole(9, 13));
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, 1, SIDE, SIDE], image.clone());
    let w = plan.constant("w", &[1, 1, 3, 3], weights);
    let lit =
        (0..SIDE.pow(4)).map(|i| f32::from(u8::from(i / SIDE.pow(2) == i % SIDE.pow(2)))).collect::<Vec<_>>();
    let lit = plan.constant("each input alone", &[SIDE * SIDE, 1, SIDE, SIDE], lit);
    let shifted: Vec<f32> = (0..SIDE * SIDE)
        .map(|i| (i % SIDE).checked_sub(SHIFT).map_or(0.0, |column| image[i / SIDE * SIDE + column]))
        .collect();
    let shifted = plan.constant("shifted", &[1, 1, SIDE, SIDE], shifted);
    let [y, columns, moved] =
        [&x, &lit, &shifted].map(|x| conv2d(&mut plan, x, &w, None, &Conv::default()).unwrap());
    let matrix = transpose(&mut plan, &columns.view(&[SIDE * SIDE, 100]), &[1, 0]).unwrap();
    let product = matmul(&mut plan, &matrix, &x.view(&[SIDE * SIDE, 1]), None, &Gemm::NN).unwrap();
    let [y, matrix, product, moved] = run(runtime, plan, [&y, &matrix, &product, &moved]);
    assert_eq!(apart(&y, &product), 0.0);
    assert!(matrix.chunks(SIDE * SIDE).all(|row| row.iter().filter(|v| **v != 0.0).count() <= 9), "sparse");
    // What came in from the left, and windows that read some of it, have no counterpart.
    for (row, column) in (0..10).flat_map(|row| (SHIFT..10).map(move |column| (row, column))) {
        assert_eq!(moved[row * 10 + column], y[row * 10 + column - SHIFT]);
    }
}

fn flattened(runtime: &Runtime) {
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

fn dense_as_convolution(runtime: &Runtime) {
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

fn forgives(runtime: &Runtime) {
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

fn types_of_pooling(runtime: &Runtime) {
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
fn part_windows(runtime: &Runtime) {
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

fn rectified(runtime: &Runtime) {
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
