//! Questions of the pages on vanishing and exploding gradients, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::OpError;
use crate::ops::affine::held_affine;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::backward;
use crate::ops::optim::clip_factor;
use crate::ops::philox::Rng;
use crate::ops::unary::{Act, activation, d_activation};

/// What a plan computes, on the reference; to what a person works out, since f32 holds few decimals exactly.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    let exact = |v: &f64| {
        let places = 10_f64.powi(6);
        if v.abs() < 1.0 { (v * places).round() / places } else { (v * 1e4).round() / 1e4 }
    };
    Some(reference::run(plan, &BTreeMap::new()).get(of.buf.0)?.iter().map(exact).collect())
}

fn question(ask: String, answer: Answer, how: String, show: &str) -> Option<Question> {
    Some(Question { ask, answer, how, show: Some(show.to_owned()) })
}

fn number(ask: String, value: f64, how: String, show: &str) -> Option<Question> {
    question(ask, Answer::number(value, ""), how, show)
}

/// Multiplies a gradient of 1 by the slope at 0 once for each of `count` activations, backwards through their kernel.
fn through(plan: &mut Plan, act: Act, count: usize) -> Tensor {
    let x = plan.constant("sum", &[1], vec![0.0]);
    let mut d = plan.constant("gradient", &[1], vec![1.0]);
    for _ in 0..count {
        d = d_activation(plan, &x, &d, act);
    }
    d
}

/// On gradients that vanish.
pub fn vanishing(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 => bound(rng),
        1 => from_output(rng, true),
        2 => from_output(rng, false),
        3 => how_many(rng),
        _ => around(rng).ok()?,
    }
}

/// What the slopes of many sigmoids leave at most.
fn bound(rng: &mut Rng) -> Option<Question> {
    let count = 2 + rng.below(5) as usize;
    let mut plan = Plan::new();
    let left = through(&mut plan, Act::SIGMOID, count);
    let divided = activation(&mut plan, &left, Act::RECIPROCAL);
    let divided = run(&plan, &divided)?[0];
    number(
        format!(
            "A gradient passes back through {count} sigmoid activations. By the slopes alone, by what number is it divided at least?"
        ),
        divided,
        format!("A sigmoid's slope is at most 1/4, at 0: 4 to the power of {count} is {divided}."),
        &format!("layers={}", count + 1),
    )
}

/// The slope from what an activation puts out.
fn from_output(rng: &mut Rng, sigmoid: bool) -> Option<Question> {
    let y = f64::from(1 + rng.below(9)) / 10.0;
    let (x, act) = match sigmoid {
        true => ((y / (1.0 - y)).ln(), Act::SIGMOID),
        false => (y.atanh(), Act::TANH),
    };
    let mut plan = Plan::new();
    let x = plan.constant("sum", &[1], vec![x as f32]);
    let one = plan.constant("gradient", &[1], vec![1.0]);
    let slope = d_activation(&mut plan, &x, &one, act);
    let slope = (run(&plan, &slope)?[0] * 1e4).round() / 1e4;
    match sigmoid {
        true => number(
            format!("A sigmoid unit puts out {y}. What is the slope of the sigmoid there?"),
            slope,
            format!("σ' = σ·(1 − σ) = {y} · {:.1}", 1.0 - y),
            "activation=sigmoid",
        ),
        false => number(
            format!("A tanh unit puts out {y}. What is the slope of tanh there?"),
            slope,
            format!("tanh' = 1 − tanh² = 1 − {y}²"),
            "activation=tanh",
        ),
    }
}

/// After how many sigmoids a gradient is certainly below a power of ten, by the slopes alone.
fn how_many(rng: &mut Rng) -> Option<Question> {
    let power = 2 + rng.below(6);
    let limit = 10_f64.powi(-(power as i32));
    let mut plan = Plan::new();
    let all: Vec<Tensor> = (1..16).map(|count| through(&mut plan, Act::SIGMOID, count)).collect();
    let values = reference::run(&plan, &BTreeMap::new());
    let count = all.iter().position(|d| values[d.buf.0][0] < limit)? + 1;
    number(
        format!(
            "A slope of a sigmoid is at most 0.25. After how many sigmoid layers is the product of the slopes certainly below one part in {}?",
            10_u64.pow(power)
        ),
        count as f64,
        format!("The least n with 4 to the power of n above 10 to the power of {power}: {count}."),
        "activation=sigmoid",
    )
}

/// What a way around each layer leaves.
fn around(rng: &mut Rng) -> Result<Option<Question>, OpError> {
    let count = 2 + rng.below(3) as usize;
    let tenths = 1 + rng.below(5);
    let slope = f64::from(tenths) / 10.0;
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1], vec![1.0]);
    let w = plan.constant("slope", &[1], vec![slope as f32]);
    let mut y = x.clone();
    for _ in 0..count {
        let f = binary(&mut plan, &y, &w, Op::Multiply)?;
        y = binary(&mut plan, &y, &f, Op::Add)?;
    }
    let Some(d) = backward(&mut plan, &y, None, &[&x]).ok().and_then(|d| d.of(&x)) else { return Ok(None) };
    let Some(d) = run(&plan, &d) else { return Ok(None) };
    Ok(number(
        format!(
            "Each of {count} layers computes y = x + f(x), and the slope of f is {slope}. By what is the gradient multiplied on its way back through all of them?"
        ),
        d[0],
        format!("Each layer multiplies by 1 + {slope}, the 1 from the way around: its {count}th power."),
        "differs=skips",
    ))
}

/// On gradients that explode.
pub fn exploding(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 => clipped(rng, true),
        1 => clipped(rng, false),
        2 => grown(rng).ok()?,
        3 => by_value(rng),
        _ => scaled(rng).ok()?,
    }
}

/// Sides of right-angled triangles: their norms are whole.
const TRIANGLES: [[f64; 3]; 4] = [[3.0, 4.0, 5.0], [6.0, 8.0, 10.0], [5.0, 12.0, 13.0], [8.0, 15.0, 17.0]];

/// A gradient clipped by its norm: the norm afterwards, or its numbers.
fn clipped(rng: &mut Rng, norm: bool) -> Option<Question> {
    let [a, b, length] = TRIANGLES[rng.below(4) as usize];
    let most = f64::from(1 + rng.below(10));
    let mut plan = Plan::new();
    let g = plan.constant("gradient", &[2], vec![a as f32, b as f32]);
    let (factor, _) = clip_factor(&mut plan, &g, most as f32);
    let after = binary(&mut plan, &g, &factor, Op::Multiply).ok()?;
    let after = run(&plan, &after)?;
    let given = format!("The gradient of two weights is ({a}, {b}). It is clipped by norm at {most}.");
    let how = match length > most {
        true => format!("Its norm is {length}, above {most}: all is multiplied by {most}/{length}."),
        false => format!("Its norm is {length}, not above {most}: it stays as it is."),
    };
    let show = format!("clip={most}");
    if norm {
        let value = (after.iter().map(|v| v * v).sum::<f64>().sqrt() * 1e3).round() / 1e3;
        return number(format!("{given} What is its norm afterwards?"), value, how, &show);
    }
    question(
        format!("{given} What is the gradient afterwards (two numbers)?"),
        Answer::Numbers(after),
        how,
        &show,
    )
}

/// What a recurrent net does to a gradient.
fn grown(rng: &mut Rng) -> Result<Option<Question>, OpError> {
    let gain = [0.5, 1.5, 2.0, 3.0][rng.below(4) as usize];
    let steps = 2 + rng.below(4) as usize;
    let mut plan = Plan::new();
    let h = plan.constant("h", &[1], vec![1.0]);
    let w = plan.constant("w", &[1], vec![gain]);
    let mut last = h.clone();
    for _ in 0..steps {
        last = binary(&mut plan, &last, &w, Op::Multiply)?;
    }
    let Some(d) = backward(&mut plan, &last, None, &[&h]).ok().and_then(|d| d.of(&h)) else {
        return Ok(None);
    };
    let Some(d) = run(&plan, &d) else { return Ok(None) };
    Ok(number(
        format!(
            "A linear recurrent net multiplies its state by a matrix whose singular values are all {gain}. By what is the norm of the gradient multiplied over {steps} steps back?"
        ),
        d[0],
        format!("Each step back multiplies by {gain}: its {steps}th power."),
        &format!("net=recurrent&turns={}", gain.clamp(0.5, 1.5)),
    ))
}

/// A gradient clipped by value.
fn by_value(rng: &mut Rng) -> Option<Question> {
    let [a, b] = [0; 2].map(|_| 1.0 + rng.below(9) as f32);
    let most = 2.0 + rng.below(4) as f32;
    let mut plan = Plan::new();
    let g = plan.constant("gradient", &[2], vec![a, b]);
    let after = held_affine(&mut plan, &g, [1.0, 0.0, -most, most]);
    let after = run(&plan, &after)?;
    question(
        format!(
            "The gradient of two weights is ({a}, {b}). It is clipped by value at {most}. What is it afterwards (two numbers)?"
        ),
        Answer::Numbers(after),
        format!("Each number by itself is held between −{most} and {most}, so the direction may change."),
        "net=deep",
    )
}

/// How much too large the outputs of a deep network are when all weights are.
fn scaled(rng: &mut Rng) -> Result<Option<Question>, OpError> {
    let gain = [2.0, 3.0, 1.5][rng.below(3) as usize];
    let layers = 3 + rng.below(4) as usize;
    let mut plan = Plan::new();
    let w = plan.constant("w", &[1], vec![gain]);
    let mut y = plan.constant("x", &[1], vec![1.0]);
    for _ in 0..layers {
        let sum = binary(&mut plan, &y, &w, Op::Multiply)?;
        y = activation(&mut plan, &sum, Act::RELU);
    }
    let Some(y) = run(&plan, &y) else { return Ok(None) };
    Ok(number(
        format!(
            "A ReLU network of {layers} layers without biases begins with all weights multiplied by {gain}. How many times as large are its outputs?"
        ),
        y[0],
        format!(
            "ReLU lets a positive factor through, so each layer multiplies by {gain}: its {layers}th power."
        ),
        &format!("layers={layers}&gain={gain}"),
    ))
}
