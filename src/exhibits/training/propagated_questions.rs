//! Questions of the page on backpropagation, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::gradient::backward;
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;
use crate::ops::unary::{Act, activation};

/// Cells of the row that a kernel slides over, and of the kernel.
const CELLS: usize = 4;
const TAPS: usize = 2;

/// What a plan computes, on the reference.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    // To what a person works out: 0.1 has more digits as a number of the GPU.
    let exact = |v: &f64| (v * 1e5).round() / 1e5;
    Some(reference::run(plan, &BTreeMap::new()).get(of.buf.0)?.iter().map(exact).collect())
}

/// A whole number from 1 to `most`.
fn number(rng: &mut Rng, most: u32) -> f32 {
    1.0 + rng.below(most) as f32
}

fn list(values: &[f32]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn shown(value: f64) -> String {
    format!("{value}").replace('-', "−")
}

/// On backpropagation.
pub fn backpropagation(rng: &mut Rng) -> Option<Question> {
    match rng.below(6) {
        0 => weight(rng),
        1 => slope(rng),
        2 => convolution(rng, true),
        3 => convolution(rng, false),
        4 => paths(rng),
        _ => step(rng),
    }
}

/// The gradient of the first weight of a chain of two.
fn weight(rng: &mut Rng) -> Option<Question> {
    let [x, w, v, t] = [3, 3, 3, 9].map(|most| number(rng, most));
    let mut plan = Plan::new();
    let [input, first, second, target] = [x, w, v, t].map(|value| plan.constant("number", &[1], vec![value]));
    let z = binary(&mut plan, &first, &input, Op::Multiply).ok()?;
    let h = activation(&mut plan, &z, Act::RELU);
    let y = binary(&mut plan, &second, &h, Op::Multiply).ok()?;
    let loss = pointwise_loss(&mut plan, &y, &target, Pointwise::Squared, Reduction::None).ok()?;
    let gradient = backward(&mut plan, &loss, None, &[&first]).ok()?.of(&first)?;
    let value = *run(&plan, &gradient)?.first()?;
    let y = v * w * x;
    Some(Question {
        ask: format!(
            "The input {x} is multiplied by the weight {w}, goes through ReLU and is multiplied by the weight {v}; the loss is \
             the squared difference from the target {t}. What is the gradient of the loss for the first weight?"
        ),
        answer: Answer::number(value, ""),
        how: format!(
            "The output is {y}. Back from the loss: 2·({y} − {t}) · {v} · 1 · {x} = {}; the 1 is the slope of ReLU above 0.",
            shown(value)
        ),
        show: Some("activation=ReLU&left=0".into()),
    })
}

/// The local derivative of an activation, from what it puts out.
fn slope(rng: &mut Rng) -> Option<Question> {
    let y = f64::from(number(rng, 9)) / 10.0;
    let sigmoid = rng.below(2) == 0;
    let (name, act, x) = if sigmoid {
        ("sigmoid", Act::SIGMOID, (y / (1.0 - y)).ln())
    } else {
        ("tanh", Act::TANH, y.atanh())
    };
    let mut plan = Plan::new();
    let z = plan.constant("z", &[1], vec![x as f32]);
    let out = activation(&mut plan, &z, act);
    let gradient = backward(&mut plan, &out, None, &[&z]).ok()?.of(&z)?;
    let value = *run(&plan, &gradient)?.first()?;
    let formula = if sigmoid { format!("{y}·(1 − {y})") } else { format!("1 − {y}²") };
    Some(Question {
        ask: format!("A {name} unit puts out {y}. What is its local derivative there?"),
        answer: Answer::number((value * 1e4).round() / 1e4, ""),
        how: format!("It follows from the output alone: {formula}."),
        show: Some(format!("activation={name}")),
    })
}

/// Gradients of a kernel of two taps, or of the row that it slides over.
fn convolution(rng: &mut Rng, of_kernel: bool) -> Option<Question> {
    let x: Vec<f32> = (0..CELLS).map(|_| number(rng, 5)).collect();
    let w: Vec<f32> = (0..TAPS).map(|_| number(rng, 5)).collect();
    let dy: Vec<f32> = (0..=CELLS - TAPS).map(|_| rng.below(4) as f32).collect();
    let mut plan = Plan::new();
    let row = plan.constant("x", &[1, 1, 1, CELLS], x.clone());
    let kernel = plan.constant("w", &[1, 1, 1, TAPS], w.clone());
    let seed = plan.constant("dy", &[dy.len()], dy.clone());
    let y = conv2d(&mut plan, &row, &kernel, None, &Conv::default()).ok()?;
    let wanted = if of_kernel { &kernel } else { &row };
    let gradient = backward(&mut plan, &y, Some(&seed), &[wanted]).ok()?.of(wanted)?;
    let values = run(&plan, &gradient)?;
    let given = list(&dy);
    let text: Vec<String> = values.iter().map(|v| shown(*v)).collect();
    Some(if of_kernel {
        Question {
            ask: format!(
                "A kernel of two taps slides over the row {} without padding; the gradient of its output is {given}. What is the \
                 gradient of its taps (two numbers)?",
                list(&x)
            ),
            answer: Answer::Numbers(values),
            how: format!(
                "The correlation of both: lay the gradient over the row and sum the products, then one cell further: {}.",
                text.join(", ")
            ),
            show: None,
        }
    } else {
        Question {
            ask: format!(
                "A kernel with the taps {} slides over a row of {CELLS} cells without padding; the gradient of its output is \
                 {given}. What is the gradient of the row (four numbers)?",
                list(&w)
            ),
            answer: Answer::Numbers(values),
            how: format!(
                "The full convolution: pad the gradient with a zero on both sides and slide the flipped kernel over it: {}.",
                text.join(", ")
            ),
            show: None,
        }
    })
}

/// How many paths lead to a weight of the first layer.
fn paths(rng: &mut Rng) -> Option<Question> {
    let [inputs, first, second, third] = [4, 5, 5, 3].map(|most| 1 + number(rng, most) as usize);
    // All weights 1: each path adds 1.
    let mut plan = Plan::new();
    let ones =
        |plan: &mut Plan, shape: [usize; 2]| plan.constant("ones", &shape, vec![1.0; shape[0] * shape[1]]);
    let x = ones(&mut plan, [1, inputs]);
    let w = ones(&mut plan, [inputs, first]);
    let mut y = matmul(&mut plan, &x, &w, None, &Gemm::NN).ok()?;
    for shape in [[first, second], [second, third], [third, 1]] {
        let next = ones(&mut plan, shape);
        y = matmul(&mut plan, &y, &next, None, &Gemm::NN).ok()?;
    }
    let gradient = backward(&mut plan, &y, None, &[&w]).ok()?.of(&w)?;
    let value = *run(&plan, &gradient)?.first()?;
    Some(Question {
        ask: format!(
            "A dense network has {inputs} inputs, hidden layers of {first}, {second} and {third} units, and one output. Over how \
             many paths does the gradient of the loss reach one weight of the first layer?"
        ),
        answer: Answer::number(value, "paths"),
        how: format!(
            "The weight leads into one unit; from there every unit of the next two layers: {second}·{third}. Backpropagation \
             walks none of them twice: it sums at each unit."
        ),
        show: Some("layers=2".into()),
    })
}

/// A weight after one step.
fn step(rng: &mut Rng) -> Option<Question> {
    let tenths = |v: f32| f64::from(v) / 10.0;
    let [w, gradient] = [number(rng, 20), number(rng, 20)].map(tenths);
    let rate = [0.1, 0.2, 0.5][rng.below(3) as usize];
    let mut plan = Plan::new();
    let [weight, found] = [w, gradient].map(|v| plan.constant("number", &[1], vec![v as f32]));
    let down = affine(&mut plan, &found, -(rate as f32), 0.0);
    let after = binary(&mut plan, &weight, &down, Op::Add).ok()?;
    let value = *run(&plan, &after)?.first()?;
    let value = (value * 1e4).round() / 1e4;
    Some(Question {
        ask: format!(
            "A weight is {w}, backpropagation gives it the gradient {gradient}. What is it after one step of SGD with learning \
             rate {rate}?"
        ),
        answer: Answer::number(value, ""),
        how: format!("The optimiser goes against the gradient: {w} − {rate}·{gradient} = {}.", shown(value)),
        show: Some(format!("rate={rate}")),
    })
}
