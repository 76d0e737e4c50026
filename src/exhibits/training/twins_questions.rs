//! Questions of the page on zeros, with their answers.

use std::collections::BTreeMap;

use super::twins::groups;
use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::gradient::backward;
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;
use crate::ops::unary::Act;

/// A network of one input, `N` hidden units and one output without an activation, squared error: its output and the
/// gradients of the hidden weights, the output's weights and the output's bias.
struct Small {
    y: f64,
    hidden: Vec<f64>,
    out: Vec<f64>,
    bias: f64,
}

fn small(x: f32, t: f32, act: Act, hidden: &[f32], out: &[f32]) -> Option<Small> {
    let n = hidden.len();
    let mut plan = Plan::new();
    let input = plan.constant("x", &[1, 1], vec![x]);
    let target = plan.constant("t", &[1, 1], vec![t]);
    let w = plan.constant("w", &[n, 1], hidden.to_vec());
    let v = plan.constant("v", &[1, n], out.to_vec());
    let b = plan.constant("b", &[1], vec![0.0_f32]);
    let h = matmul(&mut plan, &input, &w, None, &Gemm { act, ..Gemm::NT }).ok()?;
    let y = matmul(&mut plan, &h, &v, Some(&b), &Gemm::NT).ok()?;
    let loss = pointwise_loss(&mut plan, &y, &target, Pointwise::Squared, Reduction::Sum).ok()?;
    let gradients = backward(&mut plan, &loss, None, &[&w, &v, &b]).ok()?;
    let [dw, dv, db] = [&w, &v, &b].map(|t| gradients.of(t));
    let values = reference::run(&plan, &BTreeMap::new());
    // To what a person works out.
    let read =
        |t: &Tensor| Some(values.get(t.buf.0)?.iter().map(|v| (v * 1e4).round() / 1e4 + 0.0).collect());
    let (y, hidden, out, bias): (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>) =
        (read(&y)?, read(&dw?)?, read(&dv?)?, read(&db?)?);
    Some(Small { y: y[0], hidden, out, bias: bias[0] })
}

fn half(rng: &mut Rng) -> f32 {
    0.5 * (1 + rng.below(4)) as f32
}

/// On zeros.
pub fn zero_init(rng: &mut Rng) -> Option<Question> {
    match rng.below(4) {
        0 => distinct(rng),
        1 => zeros(rng),
        2 => twins(rng),
        _ => sizes(rng),
    }
}

/// How many distinct units after some steps.
fn distinct(rng: &mut Rng) -> Option<Question> {
    let n = 4 + rng.below(13) as usize;
    let odd = rng.below(n as u32 / 2) as usize;
    let steps = 10 * (1 + rng.below(20));
    let constant = half(rng);
    // The odd ones begin each with a weight of its own.
    let mut hidden: Vec<f32> =
        (0..n).map(|i| constant + if i < odd { 0.01 * (i + 1) as f32 } else { 0.0 }).collect();
    let mut out = vec![constant; n];
    // A few real steps: what is equal has equal gradients, so that it stays so.
    for _ in 0..3 {
        let made = small(1.0, 0.0, Act::TANH, &hidden, &out)?;
        let step = |w: &mut f32, d: &f64| *w -= 0.01 * *d as f32;
        hidden.iter_mut().zip(&made.hidden).for_each(|(w, d)| step(w, d));
        out.iter_mut().zip(&made.out).for_each(|(w, d)| step(w, d));
    }
    let (_, count) = groups(n, &[&hidden]);
    let noise = if odd == 0 {
        "None has noise added".to_owned()
    } else {
        format!("The weights of {odd} of them had noise added, each its own")
    };
    Some(Question {
        ask: format!(
            "A tanh layer of {n} hidden units begins with every weight {constant}, as does the output behind it. {noise}. \
             How many distinct hidden units are there after {steps} steps of gradient descent?"
        ),
        answer: Answer::number(count as f64, "units"),
        how: "Equal units have equal outputs and equal gradients, so that every step moves them alike: they count once. Those \
              with noise count each."
            .into(),
        show: Some(format!("start=constant&constant={constant}&width={n}")),
    })
}

/// Gradients of a network of zeros.
fn zeros(rng: &mut Rng) -> Option<Question> {
    let (n, x, t) = (2 + rng.below(6) as usize, half(rng), (1 + rng.below(5)) as f32);
    let sigmoid = rng.below(2) == 0;
    let (act, name) = if sigmoid { (Act::SIGMOID, "sigmoid") } else { (Act::TANH, "tanh") };
    let made = small(x, t, act, &vec![0.0; n], &vec![0.0; n])?;
    let answer = vec![made.bias, made.out[0], made.hidden[0]];
    Some(Question {
        ask: format!(
            "All weights and biases are zero: one input x = {x}, {n} {name} units, one output y, loss (y − t)² with t = {t}. \
             What are the gradients of the output's bias, of one of its weights, of one hidden weight (three numbers)?"
        ),
        how: format!(
            "y is zero, so the bias gets −2t. A weight of the output gets that times {}, the output of its unit at zero; a \
             hidden weight that times the output's weight, which is zero.",
            if sigmoid { "½" } else { "zero" }
        ),
        answer: Answer::Numbers(answer),
        show: Some(format!("start=zeros&activation={name}")),
    })
}

/// What twins put out together, and what each of them gets.
fn twins(rng: &mut Rng) -> Option<Question> {
    let n = 2 + rng.below(7) as usize;
    let [x, a, b] = [0; 3].map(|_| half(rng));
    let made = small(x, 0.0, Act::RELU, &vec![a; n], &vec![b; n])?;
    Some(Question {
        ask: format!(
            "There are {n} ReLU units of one input x = {x}; all their weights are {a} and all weights of the output {b}, biases \
             are zero, the loss is y². What is y, and the gradient of each hidden weight (two numbers)?"
        ),
        how: "Each unit puts out the same, so y is their number times one of them. The gradient is 2y times the output's weight \
              times x, the same for each."
            .into(),
        answer: Answer::Numbers(vec![made.y, made.hidden[0]]),
        show: Some(format!("start=constant&constant={a}&activation=ReLU&width={n}")),
    })
}

/// As how many parameters a constant start learns.
fn sizes(rng: &mut Rng) -> Option<Question> {
    let n = 4 + rng.below(61) as usize;
    let inputs = 2 + rng.below(9) as usize;
    let (_, count) = groups(n, &[&vec![0.5; n * inputs]]);
    let parameters = |units: usize| (units * (inputs + 2) + 1) as f64;
    Some(Question {
        ask: format!(
            "A network of {inputs} inputs, {n} hidden units with biases and one output with a bias begins with equal weights \
             everywhere. How many parameters has it, and how many has the network that it acts as (two numbers)?"
        ),
        how: format!(
            "A hidden unit has its {inputs} weights, its bias and its weight at the output; the output has a bias. Equal units act \
             as one."
        ),
        answer: Answer::Numbers(vec![parameters(n), parameters(count)]),
        show: Some("start=constant".into()),
    })
}
