//! Questions of the page on dimensionality reduction, with their answers.

use super::squeezed::MOST;
use crate::gpu::{Externals, Plan, Runtime, Session};
use crate::lessons::{Answer, Question};
use crate::nn::{Setup, Trainer};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::moments;
use crate::ops::optim::{Method, Optimiser};
use crate::ops::philox::Rng;
use crate::ops::pool::{Pool, avg_pool};
use crate::ops::principal::principal;
use crate::ops::unary::Act;
use crate::recipes::Bottleneck;
use crate::recipes::clothes::{Clothes, NUMBERS, SIDE};

/// On codes and what they keep.
pub fn reductions(rng: &mut Rng) -> Option<Question> {
    match rng.below(4) {
        0 => compressed(rng),
        1 => made(rng),
        2 => kept(rng),
        _ => shrunk(rng),
    }
}

/// How many times fewer numbers a code has.
fn compressed(rng: &mut Rng) -> Option<Question> {
    let side = [SIDE, 28, 32, 64][rng.below(4) as usize];
    let channels = if side == SIDE { 1 } else { [1, 3][rng.below(2) as usize] };
    let code = [1, 2, 4, 7, 8][rng.below(5) as usize];
    let numbers = side * side * channels;
    let mut plan = Plan::new();
    let x = plan.constant("picture", &[1, numbers], vec![0.0; numbers]);
    let w = plan.constant("encoder", &[code, numbers], vec![0.0; code * numbers]);
    let y = matmul(&mut plan, &x, &w, None, &Gemm::NT).ok()?;
    let planes = if channels == 1 { "1 channel" } else { "3 channels" };
    Some(Question {
        ask: format!(
            "An autoencoder takes pictures of {side} × {side} pixels and {planes} through a code of {code}: what is the ratio of \
             compression?"
        ),
        answer: Answer::number(x.len() as f64 / y.len() as f64, ""),
        how: format!(
            "{side} · {side} · {channels} = {numbers} numbers go in, {code} come through: {numbers}/{code}."
        ),
        show: (side == SIDE).then(|| format!("code={code}")),
    })
}

/// Parameters of an autoencoder as it is made.
fn made(rng: &mut Rng) -> Option<Question> {
    let code = 1 + rng.below(MOST as u32) as usize;
    let units = [16, 32, 64, 100][rng.below(4) as usize];
    let task =
        Bottleneck { data: Clothes::of(2).clone(), code, hidden: vec![units], act: Act::RELU, noise: 0.0 };
    let setup = Setup::new(1, Optimiser::new(Method::Sgd, 0.0));
    let trainer = Trainer::new(&Runtime::Reference, &task, setup).ok()?;
    Some(Question {
        ask: format!(
            "An autoencoder has layers of {NUMBERS}, {units}, {code}, {units} and {NUMBERS} units, all fully connected with \
             biases. How many parameters?"
        ),
        answer: Answer::number(trainer.parameters.count() as f64, "parameters"),
        how: format!(
            "({NUMBERS} + 1) · {units} + ({units} + 1) · {code} + ({code} + 1) · {units} + ({units} + 1) · {NUMBERS}."
        ),
        show: Some(format!("code={code}&units={units}&layers=1")),
    })
}

/// What share of the variance components keep.
fn kept(rng: &mut Rng) -> Option<Question> {
    let variances = [[9.0, 4.0, 2.0, 1.0], [6.0, 3.0, 1.0, 0.5], [10.0, 5.0, 3.0, 2.0], [8.0, 4.0, 2.0, 1.0]];
    let of: [f64; 4] = variances[rng.below(4) as usize];
    let count = 2 + rng.below(2) as usize;
    // Two points on each axis, at ±2√v: their variance along it is 2·4v/8.
    let mut points = vec![0.0; 8 * 4];
    for (i, v) in of.iter().enumerate() {
        let far = 2.0 * v.sqrt() as f32;
        (points[2 * i * 4 + i], points[(2 * i + 1) * 4 + i]) = (far, -far);
    }
    let mut plan = Plan::new();
    let x = plan.constant("points", &[8, 4], points);
    let found = principal(&mut plan, &x, count).ok()?;
    let scores = found.scores(&mut plan, &x).ok()?;
    let [_, variance] = moments(&mut plan, &scores, [8, count, 1]).ok()?;
    let session = Session::new(&Runtime::Reference, plan, &Externals::new()).ok()?;
    session.run();
    let sum = |of: &crate::gpu::Tensor| {
        session.read(of.buf).map(|v| v.iter().map(|v| f64::from(*v)).sum::<f64>()).ok()
    };
    let share = 100.0 * sum(&variance)? / sum(&found.variance)?;
    let [a, b, c, d] = of;
    Some(Question {
        ask: format!(
            "Along its principal components data has the variances {a}, {b}, {c} and {d}. How many percent of the variance do the \
             first {count} keep?"
        ),
        answer: Answer::number((share * 1e4).round() / 1e4, "%"),
        how: format!("The sum of the first {count}, divided by {}, the sum of all.", of.iter().sum::<f64>()),
        show: Some(format!("code={count}")),
    })
}

/// What a 1x1 convolution and a pooling leave.
fn shrunk(rng: &mut Rng) -> Option<Question> {
    let side = [8, 14, 16, 28][rng.below(4) as usize];
    let [from, to] = [[64, 16], [32, 8], [48, 12], [32, 4]][rng.below(4) as usize];
    let mut plan = Plan::new();
    let x = plan.constant("maps", &[1, from, side, side], vec![0.0; from * side * side]);
    let w = plan.constant("filters", &[to, from, 1, 1], vec![0.0; to * from]);
    let y = conv2d(&mut plan, &x, &w, None, &Conv::default()).ok()?;
    let y = avg_pool(&mut plan, &y, &Pool { stride: [2; 2], ..Pool::new([2; 2]) }, false).ok()?;
    Some(Question {
        ask: format!(
            "{from} maps of {side} × {side} go through a 1 × 1 convolution with {to} filters and then through 2 × 2 pooling with \
             stride 2. How many numbers are left?"
        ),
        answer: Answer::number(y.len() as f64, "numbers"),
        how: format!(
            "The convolution leaves {to} maps, the pooling ({side}/2)² cells of each: {to} · {} · {}.",
            side / 2,
            side / 2
        ),
        show: None,
    })
}
