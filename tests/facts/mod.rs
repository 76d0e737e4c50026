//! What the topics on positions and convolution promise, each run through the engine and worked out again by hand.
//! Both the reference and the adapter are held to it.

mod backpropagation;
mod batchnorm_vs_dropout;
mod choosing_architecture;
mod cross_entropy_labels;
mod dimensionality_reduction;
mod dropout;
mod layers_and_neurons;
mod losses;
mod networks;
mod random_init;
mod residual_learning;
mod sigmoid_vs_softmax;
mod transfer_learning;
mod vanishing_gradients;
mod zero_init;

use glassbox::gpu::{BufId, Plan, Runtime, Session, Tensor, largest_difference};
use glassbox::ops::attention::{AttentionOptions, attention_stages};
use glassbox::ops::conv::{Conv, ConvOptions, conv_transpose, conv1d, conv2d, same_pads};
use glassbox::ops::layout::{gather, transpose};
use glassbox::ops::matmul::{Gemm, matmul};
use glassbox::ops::philox::Rng;
use glassbox::ops::position::sinusoidal;

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
    ("pooling forgives a shift within its window, a stride none", networks::forgives),
    (
        "each type of pooling answers and passes gradients back as its formula says",
        networks::types_of_pooling,
    ),
    ("ceil mode adds what floor leaves over, made of part windows", networks::part_windows),
    ("a flattened cell lies where the formula says", networks::flattened),
    ("a dense layer is a convolution that covers the map", networks::dense_as_convolution),
    ("without ReLU two convolutions are one, and its slope is 1 or 0", networks::rectified),
    ("twenty sigmoids starve the first layer, ReLU with He weights does not", vanishing_gradients::vanishes),
    ("gain 2 explodes, and clipping holds it", vanishing_gradients::explodes),
    ("a recurrent gradient goes with the powers of the gain", vanishing_gradients::recurs),
    ("gradients of a deep network are its finite differences", vanishing_gradients::finite_differences),
    ("a residual network learns where a plain one as deep does not", residual_learning::trains),
    ("a skip carries the gradient, and normalised layers need none for it", residual_learning::shares),
    ("the slope of each loss is its finite difference", losses::slopes_are_finite_differences),
    ("certain and wrong, cross-entropy is steep and squared error is not", losses::certain_and_wrong),
    (
        "gradients are products of local derivatives, and central differences agree",
        backpropagation::chain_rule,
    ),
    ("a cut link leaves what lies behind it without gradient", backpropagation::cut_link),
    ("one small step of SGD lowers the loss", backpropagation::one_step),
    ("both gradients of a convolution are convolutions", backpropagation::convolution),
    ("the backward pass takes twice the work", backpropagation::twice_the_work),
    (
        "softmax shares 1 and knows differences alone, a sigmoid neither",
        sigmoid_vs_softmax::shares_and_shifts,
    ),
    ("a sigmoid is a softmax of its logit and 0", sigmoid_vs_softmax::a_sigmoid_is_a_softmax),
    ("naive softmax overflows where the stable one does not", sigmoid_vs_softmax::the_naive_form_overflows),
    ("both cross-entropies have the gradient p - y", sigmoid_vs_softmax::gradients_are_what_is_missing),
    (
        "labels as vectors and as indices give one loss and gradient",
        cross_entropy_labels::both_forms_are_one_loss,
    ),
    (
        "an index keeps the argmax of a soft label alone",
        cross_entropy_labels::an_index_keeps_the_argmax_alone,
    ),
    (
        "gradients of both forms agree with finite differences",
        cross_entropy_labels::gradients_agree_with_finite_differences,
    ),
    ("equal units stay one bit for bit, and noise parts them", zero_init::twins),
    ("from zeros only the output bias learns", zero_init::only_the_bias),
    ("three narrow layers bend round the spiral, one as large does not", layers_and_neurons::depth),
    ("two units cannot bend round the spiral", layers_and_neurons::two_units),
    ("a unit's surface is its activation of its inputs", layers_and_neurons::surfaces),
    ("batch norm of 2 differs between its modes, of 64 hardly", batchnorm_vs_dropout::small_batches),
    ("dropout in front of batch norm shrinks the spread in testing", batchnorm_vs_dropout::order),
    ("without either both modes are one", batchnorm_vs_dropout::neither),
    ("fifty pictures are learned by heart, two thousand hardly", choosing_architecture::few_samples),
    ("four units a layer are too few for ten classes", choosing_architecture::capacity),
    ("the mean over a thousand masks is what testing hands on", dropout::over_masks),
    ("the gradient passes where a mask lets it, times the same factor", dropout::one_mask),
    ("frozen layers keep their bits, and no other does", transfer_learning::frozen),
    ("with few examples what was learned before beats scratch", transfer_learning::few_examples),
    ("locked filters hold back on an unrelated task", transfer_learning::unrelated),
    ("a head that was saved gives the logits of the trained one bit for bit", transfer_learning::own_head),
    ("learned features tell pictures apart that pixels do not", transfer_learning::features_beat_pixels),
    ("fewer examples leave all that are held back", transfer_learning::fewer_examples),
    ("a linear autoencoder finds the plane of PCA and its error", dimensionality_reduction::linear),
    ("a bottleneck that bends leaves less than PCA", dimensionality_reduction::bent),
    ("a place of the code is decoded at that moment", dimensionality_reduction::decoded),
    ("gain 1 keeps the spread over thirty layers, one half and two do not", random_init::gains),
    ("initialisers have the deviations of their formulas", random_init::deviations),
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
    largest_difference(a, b) as f32
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
