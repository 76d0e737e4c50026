//! Questions of the page on ReLU, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::gradient::backward;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

/// Cells of a row of a map.
const CELLS: usize = 3;
/// Slope of leaky ReLU in questions.
const SLOPE: f32 = 0.1;

/// What a plan computes, on the reference.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    // To what a person works out: a slope of 0.1 has more digits as a number of the GPU.
    let exact = |v: &f64| (v * 1e6).round() / 1e6;
    Some(reference::run(plan, &BTreeMap::new()).get(of.buf.0)?.iter().map(exact).collect())
}

/// A whole number from -5 to 5, but not 0: there the slope is a matter of convention.
fn number(rng: &mut Rng) -> f32 {
    let size = 1.0 + rng.below(5) as f32;
    if rng.below(2) == 0 { size } else { -size }
}

/// A number with a true minus sign, of at most two decimals.
fn written(x: f64) -> String {
    format!("{}", (x * 100.0).round() / 100.0).replace('-', "−")
}

/// What a question gives.
fn given(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

fn list(values: &[f64]) -> String {
    values.iter().map(|v| written(*v)).collect::<Vec<_>>().join(", ")
}

/// On ReLU.
pub fn relu(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 | 1 => small_map(rng),
        2 => composed(rng),
        3 => zeros(rng),
        _ => dead(rng),
    }
}

/// Forward or backward through a row of three cells.
fn small_map(rng: &mut Rng) -> Option<Question> {
    let [x, dy] = [0; 2].map(|_| (0..CELLS).map(|_| number(rng)).collect::<Vec<f32>>());
    let leaky = rng.below(2) == 0;
    let act = if leaky { Act::leaky_relu(SLOPE) } else { Act::RELU };
    let name = if leaky { format!("leaky ReLU with slope {SLOPE} below 0") } else { "ReLU".into() };
    let mut plan = Plan::new();
    let map = plan.constant("x", &[CELLS], x.clone());
    let y = activation(&mut plan, &map, act);
    let setting = if leaky { "activation=leaky ReLU&slope=0.1" } else { "activation=ReLU" };
    let show = Some(setting.to_owned());
    if rng.below(2) == 0 {
        let y = run(&plan, &y)?;
        return Some(Question {
            ask: format!(
                "A row of a map is {}. What does {name} make of it (three numbers)?",
                list(&given(&x))
            ),
            how: format!(
                "What is above 0 stays, what is below 0 is multiplied by {}: {}.",
                if leaky { "the slope" } else { "0" },
                list(&y)
            ),
            answer: Answer::Numbers(y),
            show,
        });
    }
    let seed = plan.constant("dy", &[CELLS], dy.clone());
    let dx = backward(&mut plan, &y, Some(&seed), &[&map]).ok()?.of(&map)?;
    let dx = run(&plan, &dx)?;
    Some(Question {
        ask: format!(
            "A row x of a map is {}, and the gradient that arrives behind {name} is {}. What is the gradient of x (three numbers)?",
            list(&given(&x)),
            list(&given(&dy))
        ),
        how: format!(
            "The sign of x decides, not that of the gradient: times 1 where x is above 0, times {} below it: {}.",
            if leaky { "the slope" } else { "0" },
            list(&dx)
        ),
        answer: Answer::Numbers(dx),
        show,
    })
}

/// Side of the kernel that stands for several.
fn composed(rng: &mut Rng) -> Option<Question> {
    let count = 2 + rng.below(2) as usize;
    let sides: Vec<usize> = (0..count).map(|_| 1 + 2 * rng.below(4) as usize).collect();
    // What one cell sees is the side of the kernel: as many cells as all of them shrink to one.
    let mut plan = Plan::new();
    let side: usize = sides.iter().sum::<usize>() + 1 - count;
    let mut x = plan.constant("x", &[1, 1, side, side], vec![1.0; side * side]);
    for side in &sides {
        let w = plan.constant("w", &[1, 1, *side, *side], vec![1.0; side * side]);
        x = conv2d(&mut plan, &x, &w, None, &Conv::default()).ok()?;
    }
    let fits = x.len() == 1;
    let written: Vec<String> = sides.iter().map(|side| format!("{side} × {side}")).collect();
    let sum: Vec<String> = sides.iter().map(|side| (side - 1).to_string()).collect();
    fits.then(|| Question {
        ask: format!(
            "Convolutions of {} follow each other with stride 1 and no activation between. Which side has the one kernel that does the same?",
            written.join(", then ")
        ),
        answer: Answer::Number { value: side as f64, unit: "cells" },
        how: format!("Each adds its side less 1 to what a cell sees: 1 + {} = {side}.", sum.join(" + ")),
        show: Some("activation=none".into()),
    })
}

/// How many cells are 0.
fn zeros(rng: &mut Rng) -> Option<Question> {
    let x: Vec<f32> = (0..8).map(|_| number(rng)).collect();
    let shift = rng.below(5) as f32 - 2.5;
    let mut plan = Plan::new();
    let sums = plan.constant("x", &[8], x.iter().map(|x| x + shift).collect::<Vec<_>>());
    let y = activation(&mut plan, &sums, Act::RELU);
    let zeros = run(&plan, &y)?.iter().filter(|y| **y == 0.0).count();
    Some(Question {
        ask: format!(
            "Sums of a map are {}, and its bias is changed by {}. Which share of the cells does ReLU make 0, in percent?",
            list(&given(&x)),
            written(shift.into())
        ),
        answer: Answer::Number { value: 100.0 * zeros as f64 / 8.0, unit: "%" },
        how: format!("{zeros} of 8 sums are below 0 after the change."),
        show: Some(format!("bias={shift}")),
    })
}

/// Whether a unit can ever answer.
fn dead(rng: &mut Rng) -> Option<Question> {
    let w: Vec<f32> = (0..3).map(|_| number(rng)).collect();
    let bias = -(1.0 + rng.below(12) as f32) - 0.5;
    // The sum is largest at one of the corners of what the inputs may be.
    let corners: Vec<f32> = (0..8_u32)
        .flat_map(|corner| (0..3).map(move |i| f32::from(u8::from(corner >> i & 1 == 1))))
        .collect();
    let mut plan = Plan::new();
    let x = plan.constant("x", &[8, 3], corners);
    let weights = plan.constant("w", &[1, 3], w.clone());
    let b = plan.constant("b", &[1], vec![bias]);
    let sums = matmul(&mut plan, &x, &weights, Some(&b), &Gemm::NT).ok()?;
    let top = reduce(&mut plan, &sums.view(&[8]), &[0], Reduce::Max, true).ok()?;
    let top = *run(&plan, &top)?.first()?;
    Some(Question {
        ask: format!(
            "A ReLU unit has weights {} and bias {}; each input lies between 0 and 1. Is it dead?",
            list(&given(&w)),
            written(bias.into())
        ),
        answer: Answer::OneOf {
            options: ["it can answer", "it is dead"].map(str::to_owned).to_vec(),
            right: usize::from(top <= 0.0),
        },
        how: format!(
            "Its sum is largest where inputs of positive weights are 1 and the others 0: {}. {}",
            written(top),
            if top <= 0.0 {
                "No input lifts it above 0, so no gradient ever reaches its weights."
            } else {
                "That is above 0."
            }
        ),
        show: Some("bias=-1.5&map=13".into()),
    })
}
