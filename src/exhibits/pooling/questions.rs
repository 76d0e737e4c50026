//! Questions of the pages on pooling, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::conv::{Conv, Conv2d};
use crate::ops::gradient::backward;
use crate::ops::philox::Rng;
use crate::ops::pool::{Pool, Stochastic, adaptive_max_pool, avg_pool, lp_pool, max_pool, stochastic_pool};

/// Side of the page's grid.
const GRID: usize = 12;

/// On types of pooling.
pub fn types(rng: &mut Rng) -> Option<Question> {
    match rng.below(6) {
        0 => sized(rng),
        1 | 2 => answered(rng),
        3 => passed_back(rng),
        4 => drawn(rng),
        _ => pyramid(rng),
    }
}

/// How many cells a side has.
fn sized(rng: &mut Rng) -> Option<Question> {
    let (side, window) = (GRID, 2 + rng.below(4) as usize);
    let (stride, ceil) = (1 + rng.below(4) as usize, rng.below(2) == 1);
    let pool = Pool { stride: [stride; 2], ceil, ..Pool::new([window; 2]) };
    let mut plan = Plan::new();
    let x = plan.constant("map", &[1, 1, side, side], vec![0.0; side * side]);
    let (y, _) = max_pool(&mut plan, &x, &pool).ok()?;
    let rounded = if ceil { "ceil" } else { "floor" };
    Some(Question {
        ask: format!(
            "A {side} × {side} map is pooled with window {window}, stride {stride}, in {rounded} mode: how many cells has a side?"
        ),
        answer: Answer::number(y.shape[2] as f64, "cells"),
        show: Some(format!(
            "image=grid&window={window}&stride={stride}&ceil={}",
            if ceil { "on" } else { "off" }
        )),
        how: format!(
            "{rounded}(({side} − {window})/{stride}) + 1; in ceil mode a window that would begin past the end is left out."
        ),
    })
}

/// Four numbers of a window, recorded.
fn four(plan: &mut Plan, numbers: &[f32]) -> Tensor {
    plan.constant("window", &[1, 1, 2, 2], numbers.to_vec())
}

/// Settings that put four numbers into the upper left window of the page's grid, the rest 0.
fn in_grid(numbers: &[f32], kind: &str) -> Option<String> {
    let mut grid = vec![0.0; GRID * GRID];
    for (i, number) in numbers.iter().enumerate() {
        grid[i / 2 * GRID + i % 2] = *number;
    }
    let grid = grid.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
    Some(format!("image=grid&window=2&stride=2&p=2&type={kind}&grid={grid}"))
}

/// The four numbers as they are said.
fn said(numbers: &[f32]) -> String {
    format!("{}, {} above {}, {}", numbers[0], numbers[1], numbers[2], numbers[3])
}

/// The first number of a tensor, by the reference.
fn first(plan: &Plan, y: &Tensor) -> Option<f64> {
    reference::run(plan, &BTreeMap::new()).get(y.buf.0)?.first().copied()
}

/// What a type gives for a window.
fn answered(rng: &mut Rng) -> Option<Question> {
    let numbers: Vec<f32> = (0..4).map(|_| rng.below(9) as f32).collect();
    let mut plan = Plan::new();
    let (x, pool) = (four(&mut plan, &numbers), Pool::new([2, 2]));
    let (name, shown, y, how) = match rng.below(3) {
        0 => ("max pooling", "max", max_pool(&mut plan, &x, &pool).ok()?.0, "The largest of the four."),
        1 => {
            let y = avg_pool(&mut plan, &x, &pool, false).ok()?;
            ("average pooling", "average", y, "Their sum divided by four.")
        }
        _ => {
            let y = lp_pool(&mut plan, &x, &pool, 2.0).ok()?;
            ("L2 pooling", "Lp", y, "The square root of the sum of their squares.")
        }
    };
    Some(Question {
        ask: format!("A 2 × 2 window holds {}. What does {name} give?", said(&numbers)),
        answer: Answer::number(first(&plan, &y)?, ""),
        show: in_grid(&numbers, shown),
        how: how.into(),
    })
}

/// Which gradient reaches a cell.
fn passed_back(rng: &mut Rng) -> Option<Question> {
    // All different, so that one cell alone wins.
    let begin = 1 + rng.below(5);
    let mut numbers: Vec<f32> = (0..4).map(|i| (begin + 2 * i) as f32).collect();
    (1..numbers.len()).rev().for_each(|i| numbers.swap(i, rng.below(i as u32 + 1) as usize));
    let from_above = [4.0_f32, 8.0, 12.0][rng.below(3) as usize];
    let average = rng.below(2) == 1;
    let mut plan = Plan::new();
    let (x, pool) = (four(&mut plan, &numbers), Pool::new([2, 2]));
    let y = match average {
        true => avg_pool(&mut plan, &x, &pool, false).ok()?,
        false => max_pool(&mut plan, &x, &pool).ok()?.0,
    };
    let seed = plan.constant("from above", &[1], vec![from_above]);
    let d = backward(&mut plan, &y, Some(&seed), &[&x]).ok()?.of(&x)?;
    let (name, kind) = if average { ("average pooling", "average") } else { ("max pooling", "max") };
    Some(Question {
        ask: format!(
            "A 2 × 2 window holds {}, and gradient {from_above} reaches the output of {name}. How much of it does the upper \
             left cell get?",
            said(&numbers)
        ),
        answer: Answer::number(first(&plan, &d)?, ""),
        show: in_grid(&numbers, kind),
        how: match average {
            true => "Each of the four cells counts a quarter, so each gets a quarter.".into(),
            false => "All of it goes to the largest of the four; the others get nothing.".into(),
        },
    })
}

/// What stochastic pooling gives in testing.
fn drawn(rng: &mut Rng) -> Option<Question> {
    let numbers: Vec<f32> = (0..4).map(|_| 1.0 + rng.below(6) as f32).collect();
    let mut plan = Plan::new();
    let (x, pool) = (four(&mut plan, &numbers), Pool::new([2, 2]));
    let (y, _) = stochastic_pool(&mut plan, &x, &pool, &Stochastic::default()).ok()?;
    Some(Question {
        ask: format!(
            "A 2 × 2 window holds {}. Stochastic pooling averages by the probabilities when it tests: what does it give?",
            said(&numbers)
        ),
        answer: Answer::number(first(&plan, &y)?, ""),
        show: in_grid(&numbers, "stochastic"),
        how: "A cell's probability is its value over the sum of all, so the mean is the sum of squares over the sum."
            .into(),
    })
}

/// How long the vector of a spatial pyramid is.
fn pyramid(rng: &mut Rng) -> Option<Question> {
    let (channels, side) = (8 << rng.below(6), 6 + rng.below(20) as usize);
    let grids: &[usize] = [&[1, 2, 4][..], &[1, 2, 3], &[2, 3, 5]][rng.below(3) as usize];
    let mut plan = Plan::new();
    let x = plan.constant("maps", &[1, channels, side, side], vec![0.0; channels * side * side]);
    let mut length = 0;
    for grid in grids {
        length += adaptive_max_pool(&mut plan, &x, &[*grid; 2]).ok()?.0.len();
    }
    let sides = grids.iter().map(|side| format!("{side} × {side}")).collect::<Vec<_>>().join(", ");
    let cells = grids.iter().map(|side| format!("{side}·{side}")).collect::<Vec<_>>().join(" + ");
    Some(Question {
        ask: format!(
            "{channels} maps of {side} × {side} are pooled to a spatial pyramid of {sides}. How long is the vector?"
        ),
        answer: Answer::number(length as f64, "numbers"),
        show: None,
        how: format!("{channels}·({cells}); the side of the maps does not count."),
    })
}

/// On why one pools.
pub fn why(rng: &mut Rng) -> Option<Question> {
    let window = 2 + rng.below(3) as usize;
    let side = window * (4 + rng.below(9) as usize);
    let pool = Pool::new([window; 2]);
    let mut plan = Plan::new();
    let map = plan.constant("map", &[1, 1, side, side], vec![0.0; side * side]);
    let pooled = max_pool(&mut plan, &map, &pool).ok()?.0.shape[2];
    let channels = [8 << rng.below(3), 8 << rng.below(3)];
    let layer = |side: usize| {
        let conv = Conv { pad: [1; 4], ..Conv::default() };
        Conv2d::new(&[1, channels[0], side, side], &[channels[1], channels[0], 3, 3], false, &conv).ok()
    };
    let show = Some(format!("window={window}"));
    let [from, to] = channels;
    Some(match rng.below(5) {
        0 => Question {
            ask: format!(
                "{window} × {window} max pooling, stride {window}, is put before a 3 × 3 convolution of a {side} × {side} \
                 map: by what factor does its work fall?"
            ),
            answer: Answer::number(
                layer(side)?.multiply_adds() as f64 / layer(pooled)?.multiply_adds() as f64,
                "",
            ),
            how: format!("It runs at 1 place in {window}·{window}; each place costs what it cost before."),
            show,
        },
        1 => Question {
            ask: format!(
                "A {side} × {side} map of {from} channels is pooled by {window} × {window}, then convolved by 3 × 3 with \
                 padding 1 to {to} channels: how many multiply-adds?"
            ),
            answer: Answer::number(layer(pooled)?.multiply_adds() as f64, "multiply-adds"),
            how: format!("{pooled}·{pooled} places, {to} filters, 9·{from} products each."),
            show,
        },
        2 => Question {
            ask: format!(
                "A 3 × 3 convolution stands behind {window} × {window} max pooling of stride {window}: how many cells a \
                 side of the map before pooling does one of its outputs see?"
            ),
            answer: Answer::number(3.0 * window as f64, "cells"),
            how: format!(
                "It reads 3 pooled cells a side, and each stands for {window}; windows do not overlap."
            ),
            show,
        },
        3 => {
            let (at, by) = (rng.below(12) as usize, 1 + rng.below(4) as usize);
            let changed = moved(window, at, by)?;
            Question {
                ask: format!(
                    "A row of 24 cells is 0 but for a 1 in cell {at}, counted from 0. It moves {by} to the right. How many \
                     outputs of max pooling with window {window} and stride {window} change?"
                ),
                answer: Answer::number(changed as f64, "outputs"),
                how: format!(
                    "The 1 goes from window {} to window {}: {}.",
                    at / window,
                    (at + by) / window,
                    if changed == 0 {
                        "the same, so nothing changes"
                    } else {
                        "one output loses it, another gets it"
                    }
                ),
                show: Some(format!("window={window}&shift={by}")),
            }
        }
        _ => Question {
            ask: format!(
                "How many KiB of memory do {from} maps of {side} × {side} take after {window} × {window} pooling, 4 bytes a \
                 number?"
            ),
            answer: Answer::number((4 * from * pooled * pooled) as f64 / 1024.0, "KiB"),
            how: format!("{from}·{pooled}·{pooled}·4 bytes, divided by 1,024."),
            show,
        },
    })
}

/// How many outputs of max pooling change as a 1 in a row of zeros moves.
fn moved(window: usize, at: usize, by: usize) -> Option<usize> {
    const CELLS: usize = 24;
    let pooled = |at: usize| {
        let mut plan = Plan::new();
        let row = (0..CELLS).map(|cell| f32::from(u8::from(cell == at))).collect::<Vec<_>>();
        let x = plan.constant("row", &[1, 1, 1, CELLS], row);
        let pool = Pool { stride: [1, window], ..Pool::new([1, window]) };
        let (y, _) = max_pool(&mut plan, &x, &pool).ok()?;
        reference::run(&plan, &BTreeMap::new()).get(y.buf.0).cloned()
    };
    Some(pooled(at)?.iter().zip(&pooled(at + by)?).filter(|(a, b)| a != b).count())
}
