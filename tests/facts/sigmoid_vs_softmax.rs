//! What the topic on sigmoid and softmax promises.

use glassbox::gpu::{Plan, Runtime, Tensor};
use glassbox::ops::affine::affine;
use glassbox::ops::binary::{Op, binary};
use glassbox::ops::gradient::backward;
use glassbox::ops::loss::{Pointwise, Reduction, pointwise_loss, soft_cross_entropy};
use glassbox::ops::reduce::{Reduce, reduce};
use glassbox::ops::softmax::{SoftmaxOptions, softmax};
use glassbox::ops::unary::{Act, activation};

use super::{apart, normal, run};

const K: usize = 7;

/// Both functions of some logits.
fn both(plan: &mut Plan, x: &Tensor) -> [Tensor; 2] {
    [softmax(plan, x, 1, &SoftmaxOptions::default()).unwrap(), activation(plan, x, Act::SIGMOID)]
}

pub fn shares_and_shifts(runtime: &Runtime) {
    let logits = normal(K, 26);
    let of = |shift: f32| {
        let mut plan = Plan::new();
        let z = plan.constant("logits", &[1, K], logits.clone());
        let x = affine(&mut plan, &z, 1.0, shift);
        let [shares, sigmoids] = both(&mut plan, &x);
        run(runtime, plan, [&shares, &sigmoids])
    };
    let [shares, sigmoids] = of(0.0);
    assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    for (z, sigmoid) in logits.iter().zip(&sigmoids) {
        let alone = 1.0 / (1.0 + f64::from(-z).exp());
        assert!((alone - f64::from(*sigmoid)).abs() < 1e-6, "each by itself");
    }
    for shift in [3.0, -5.0, 100.0] {
        let [moved, others] = of(shift);
        // Logits near 100 have fewer digits behind the point.
        assert!(apart(&shares, &moved) < 2e-5, "softmax knows differences alone");
        assert!(apart(&sigmoids, &others) > 0.1, "a sigmoid does not");
    }
}

pub fn a_sigmoid_is_a_softmax(runtime: &Runtime) {
    let logits = normal(64, 27);
    let mut plan = Plan::new();
    let with_zero = logits.iter().flat_map(|z| [*z, 0.0]).collect::<Vec<_>>();
    let pairs = plan.constant("(z, 0)", &[64, 2], with_zero);
    let z = plan.constant("z", &[1, 64], logits);
    let [pairs, _] = both(&mut plan, &pairs);
    let [_, sigmoids] = both(&mut plan, &z);
    let [pairs, sigmoids] = run(runtime, plan, [&pairs, &sigmoids]);
    let first: Vec<f32> = pairs.iter().step_by(2).copied().collect();
    assert!(apart(&first, &sigmoids) < 1e-6);
}

/// Softmax as its formula stands, its loss for the first class, and the gradient of that.
fn naive(plan: &mut Plan, x: &Tensor) -> [Tensor; 2] {
    let powers = activation(plan, x, Act::EXP);
    let sum = reduce(plan, &powers, &[1], Reduce::Sum, true).unwrap();
    let shares = binary(plan, &powers, &sum, Op::Divide).unwrap();
    let first = (0..x.len()).map(|i| if i == 0 { -1.0 } else { 0.0 }).collect::<Vec<f32>>();
    let first = plan.constant("the first", &x.shape, first);
    let logs = activation(plan, &shares, Act::LOG);
    let terms = binary(plan, &logs, &first, Op::Multiply).unwrap();
    let loss = reduce(plan, &terms, &[0, 1], Reduce::Sum, false).unwrap();
    let d = backward(plan, &loss, None, &[x]).unwrap().of(x).unwrap();
    [shares, d]
}

pub fn the_naive_form_overflows(runtime: &Runtime) {
    // 64 bits hold e^100, and no e^1000.
    let wide = matches!(runtime, Runtime::Reference);
    for (shift, fails) in [(0.0, false), (80.0, false), (100.0, !wide), (1000.0, true)] {
        let logits: Vec<f32> = [2.0, 1.0, 0.1].map(|z: f32| z + shift).to_vec();
        let mut plan = Plan::new();
        let x = plan.constant("logits", &[1, 3], logits);
        let [stable, _] = both(&mut plan, &x);
        let [shares, d] = naive(&mut plan, &x);
        let t = plan.constant("targets", &[1, 3], vec![1.0_f32, 0.0, 0.0]);
        let loss = soft_cross_entropy(&mut plan, &x, &t, None, 0.0, Reduction::Sum).unwrap().loss;
        let kept = backward(&mut plan, &loss, None, &[&x]).unwrap().of(&x).unwrap();
        let [stable, shares, d, kept] = run(runtime, plan, [&stable, &shares, &d, &kept]);
        let lost = |v: &[f32]| v.iter().all(|p| p.is_nan());
        assert_eq!([lost(&shares), lost(&d)], [fails; 2], "logits of {shift}: {shares:?}, {d:?}");
        assert!((stable[0] - 0.659).abs() < 1e-3 && (kept[0] + 0.341).abs() < 1e-3, "{stable:?}, {kept:?}");
        // Logits near 80 have fewer digits behind the point, and so has e^80.
        assert!(fails || apart(&stable, &shares) < 2e-5, "{stable:?} is not {shares:?}");
    }
    // The logarithm of a sigmoid that has become 0.
    let mut plan = Plan::new();
    let x = plan.constant("logit", &[1], vec![-1000.0_f32]);
    let minus = affine(&mut plan, &x, -1.0, 0.0);
    let power = activation(&mut plan, &minus, Act::EXP);
    let below = affine(&mut plan, &power, 1.0, 1.0);
    let sigmoid = activation(&mut plan, &below, Act::RECIPROCAL);
    let log = activation(&mut plan, &sigmoid, Act::LOG);
    let one = plan.constant("target", &[1], vec![1.0_f32]);
    let loss =
        pointwise_loss(&mut plan, &x, &one, Pointwise::BinaryCrossEntropyLogits, Reduction::Sum).unwrap();
    let [log, loss] = run(runtime, plan, [&log, &loss]);
    assert_eq!((log[0], loss[0]), (f32::NEG_INFINITY, 1000.0));
}

pub fn gradients_are_what_is_missing(runtime: &Runtime) {
    const STEP: f32 = 1.0 / 32.0;
    let logits = normal(K, 28);
    for right in [vec![0], vec![2, 5]] {
        let targets = |share: f32| -> Vec<f32> {
            (0..K).map(|i| if right.contains(&i) { share } else { 0.0 }).collect()
        };
        let (shared, each) = (targets(1.0 / right.len() as f32), targets(1.0));
        let losses = |plan: &mut Plan, x: &Tensor| {
            let [shared, each] = [&shared, &each].map(|t| plan.constant("targets", &[1, K], t.clone()));
            let binary = Pointwise::BinaryCrossEntropyLogits;
            [
                soft_cross_entropy(plan, x, &shared, None, 0.0, Reduction::Sum).unwrap().loss,
                pointwise_loss(plan, x, &each, binary, Reduction::Sum).unwrap(),
            ]
        };
        let mut plan = Plan::new();
        let x = plan.constant("logits", &[1, K], logits.clone());
        let outputs = both(&mut plan, &x);
        let of = losses(&mut plan, &x).map(|loss| {
            let d = backward(&mut plan, &loss, None, &[&x]).unwrap();
            d.of(&x).unwrap()
        });
        let [shares, sigmoids, categorical, binary] =
            run(runtime, plan, [&outputs[0], &outputs[1], &of[0], &of[1]]);
        for (p, y, d) in [(&shares, &shared, &categorical), (&sigmoids, &each, &binary)] {
            let missing: Vec<f32> = p.iter().zip(y).map(|(p, y)| p - y).collect();
            assert!(apart(&missing, d) < 1e-6, "{missing:?} is not {d:?}");
        }
        for i in 0..K {
            let at = |by: f32| {
                let mut moved = logits.clone();
                moved[i] += by;
                let mut plan = Plan::new();
                let x = plan.constant("logits", &[1, K], moved);
                let [a, b] = losses(&mut plan, &x);
                run(runtime, plan, [&a, &b]).map(|loss| loss[0])
            };
            let (up, down) = (at(STEP), at(-STEP));
            for (j, d) in [&categorical, &binary].into_iter().enumerate() {
                let slope = (up[j] - down[j]) / (2.0 * STEP);
                assert!((slope - d[i]).abs() < 1e-3, "logit {i}: {slope} is not {}", d[i]);
            }
        }
    }
}
