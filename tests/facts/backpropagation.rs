//! What the page on backpropagation promises.

use glassbox::gpu::{Plan, Runtime, Tensor};
use glassbox::ops::binary::{Op, binary};
use glassbox::ops::conv::{Conv, conv2d};
use glassbox::ops::gradient::backward;
use glassbox::ops::layout::{Cut, slice, transpose};
use glassbox::ops::loss::{Pointwise, Reduction, pointwise_loss};
use glassbox::ops::matmul::{Gemm, matmul};
use glassbox::ops::unary::{Act, activation};

use super::{apart, normal, run, whole};

/// Two inputs, two hidden units, one output; parameters: hidden weights by units, hidden biases, output weights, bias.
const X: [f32; 2] = [0.8, 0.5];
const TARGET: f32 = 1.0;
const PARAMETERS: [f32; 9] = [0.8, -0.4, -0.6, 0.9, 0.1, -0.2, 1.2, -0.7, 0.1];
/// How far a central difference with a step of 0.01 may be off.
const TOLERANCE: f64 = 1e-4;

/// The network as it was recorded.
struct Recorded {
    plan: Plan,
    parameters: [Tensor; 4],
    z: Tensor,
    a: Tensor,
    y: Tensor,
    loss: Tensor,
}

fn record(parameters: [f32; 9], act: Act) -> Recorded {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, 2], X.to_vec());
    let mut part = |name: &str, shape: &[usize], at: std::ops::Range<usize>| {
        plan.constant(name, shape, parameters[at].to_vec())
    };
    let (w, b) = (part("w", &[2, 2], 0..4), part("b", &[2], 4..6));
    let (v, c) = (part("v", &[1, 2], 6..8), part("c", &[1], 8..9));
    let z = matmul(&mut plan, &x, &w, Some(&b), &Gemm::NT).unwrap();
    let a = activation(&mut plan, &z, act);
    let y = matmul(&mut plan, &a, &v, Some(&c), &Gemm::NT).unwrap();
    let target = plan.constant("target", &[1, 1], vec![TARGET]);
    let loss = pointwise_loss(&mut plan, &y, &target, Pointwise::Squared, Reduction::Sum).unwrap();
    Recorded { plan, parameters: [w, b, v, c], z, a, y, loss }
}

/// The loss under these parameters.
fn loss(runtime: &Runtime, parameters: [f32; 9], act: Act) -> f64 {
    let of = record(parameters, act);
    let [loss] = run(runtime, of.plan, [&of.loss]);
    loss[0].into()
}

/// All gradients by the backward kernels.
fn gradients(runtime: &Runtime, parameters: [f32; 9], act: Act) -> Vec<f32> {
    let mut of = record(parameters, act);
    let wanted = of.parameters.each_ref();
    let found = backward(&mut of.plan, &of.loss, None, &wanted).unwrap();
    let [w, b, v, c] = wanted.map(|t| found.of(t).unwrap());
    run(runtime, of.plan, [&w, &b, &v, &c]).concat()
}

/// The gradient is the product of the local derivatives, and the central difference of every parameter agrees.
pub fn chain_rule(runtime: &Runtime) {
    for act in [Act::SIGMOID, Act::TANH, Act::RELU, Act::IDENTITY] {
        let of = record(PARAMETERS, act);
        let [z, a, y] = run(runtime, of.plan, [&of.z, &of.a, &of.y]);
        let found = gradients(runtime, PARAMETERS, act);
        let out = 2.0 * f64::from(y[0] - TARGET);
        for unit in 0..2 {
            let through = out * f64::from(PARAMETERS[6 + unit]) * act.slope(z[unit].into());
            let by_hand =
                [through * f64::from(X[0]), through * f64::from(X[1]), through, out * f64::from(a[unit])];
            for (value, at) in by_hand.into_iter().zip([2 * unit, 2 * unit + 1, 4 + unit, 6 + unit]) {
                assert!(
                    (value - f64::from(found[at])).abs() <= 1e-5,
                    "{act:?}, {at}: {value}, {}",
                    found[at]
                );
            }
        }
        for at in 0..PARAMETERS.len() {
            let moved = |by: f32| {
                let mut parameters = PARAMETERS;
                parameters[at] += by;
                loss(runtime, parameters, act)
            };
            let difference = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((difference - f64::from(found[at])).abs() <= TOLERANCE, "{act:?}, {at}: {difference}");
        }
    }
}

/// A local derivative of 0 leaves exactly those parameters without gradient that lie behind it.
pub fn cut_link(runtime: &Runtime) {
    let mut of = record(PARAMETERS, Act::SIGMOID);
    let plan = &mut of.plan;
    let [w, b, v, c] = of.parameters.each_ref();
    let found = backward(plan, &of.loss, None, &[v, c, &of.a]).unwrap();
    let open = plan.constant("links", &[1, 2], vec![0.0, 1.0]);
    let d_a = found.of(&of.a).unwrap();
    let d_z = backward(plan, &of.a, Some(&d_a), &[&of.z]).unwrap().of(&of.z).unwrap();
    let d_z = binary(plan, &d_z, &open, Op::Multiply).unwrap();
    let below = backward(plan, &of.z, Some(&d_z), &[w, b]).unwrap();
    let parts = [below.of(w), below.of(b), found.of(v), found.of(c)].map(Option::unwrap);
    let cut = run(runtime, of.plan, parts.each_ref()).concat();
    let whole = gradients(runtime, PARAMETERS, Act::SIGMOID);
    for (at, (cut, whole)) in cut.iter().zip(&whole).enumerate() {
        if [0, 1, 4].contains(&at) {
            assert_eq!(*cut, 0.0, "{at}");
            assert!(whole.abs() > 0.01, "{at}: {whole}");
        } else {
            assert!((cut - whole).abs() <= 1e-6, "{at}: {cut}, {whole}");
        }
    }
}

/// A small step against the gradient lowers the loss; backpropagation itself has changed nothing.
pub fn one_step(runtime: &Runtime) {
    let found = gradients(runtime, PARAMETERS, Act::TANH);
    let stepped = std::array::from_fn(|at| PARAMETERS[at] - 0.05 * found[at]);
    let [before, after] = [PARAMETERS, stepped].map(|parameters| loss(runtime, parameters, Act::TANH));
    let squares: f64 = found.iter().map(|g| f64::from(*g).powi(2)).sum();
    assert!(after < before && (before - after) > 0.025 * squares, "{before} to {after}");
}

/// The gradient of a kernel is the correlation of input and output gradient, that of the input the full convolution of the
/// output gradient with the flipped kernel.
pub fn convolution(runtime: &Runtime) {
    for (channels, maps, [h, w]) in [(1, 1, [8, 8]), (3, 4, [7, 9]), (2, 5, [5, 5])] {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, channels, h, w], normal(channels * h * w, 31));
        let kernel = plan.constant("w", &[maps, channels, 3, 3], normal(maps * channels * 9, 32));
        let dy = plan.constant("dy", &[1, maps, h - 2, w - 2], normal(maps * (h - 2) * (w - 2), 33));
        let y = conv2d(&mut plan, &x, &kernel, None, &Conv::default()).unwrap();
        let found = backward(&mut plan, &y, Some(&dy), &[&x, &kernel]).unwrap();
        let (pictures, windows) = (x.view(&[channels, 1, h, w]), dy.view(&[maps, 1, h - 2, w - 2]));
        let correlated = conv2d(&mut plan, &pictures, &windows, None, &Conv::default()).unwrap();
        let correlated = transpose(&mut plan, &correlated, &[1, 0, 2, 3]).unwrap();
        let back = Cut { start: 2, len: 3, step: -1 };
        let flipped = slice(&mut plan, &kernel, &[Cut::all(maps), Cut::all(channels), back, back]).unwrap();
        let flipped = transpose(&mut plan, &flipped, &[1, 0, 2, 3]).unwrap();
        let full = conv2d(&mut plan, &dy, &flipped, None, &Conv { pad: [2; 4], ..Conv::default() }).unwrap();
        let [dw, dx] = [&kernel, &x].map(|t| found.of(t).unwrap());
        let [dw, dx, correlated, full] = run(runtime, plan, [&dw, &dx, &correlated, &full]);
        assert!(apart(&dw, &correlated) <= 1e-4 && apart(&dx, &full) <= 1e-4, "{channels} → {maps}");
        assert!(dw.iter().any(|v| v.abs() > 0.1));
    }
}

/// Twice the products: a layer's backward pass is two convolutions of the size of the forward one.
pub fn twice_the_work(_: &Runtime) {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, 4, 9, 9], whole(4 * 81, 34));
    let w = plan.constant("w", &[6, 4, 3, 3], whole(6 * 36, 35));
    let y = conv2d(&mut plan, &x, &w, None, &Conv { pad: [1; 4], ..Conv::default() }).unwrap();
    let forward = plan.flops();
    backward(&mut plan, &y, None, &[&x, &w]).unwrap();
    let ratio = (plan.flops() - forward) / forward;
    assert!((1.9..2.2).contains(&ratio), "{ratio}");
}
