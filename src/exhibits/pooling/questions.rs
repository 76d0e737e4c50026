//! Questions of the page on pooling, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, reference};
use crate::lessons::{Answer, Question};
use crate::ops::philox::Rng;
use crate::ops::pool::{Pool, avg_pool, lp_pool, max_pool};

/// Side of the page's grid.
const GRID: usize = 12;

/// On types of pooling.
pub fn types(rng: &mut Rng) -> Option<Question> {
    let kind = rng.below(4);
    if kind == 3 {
        let (side, window) = (GRID, 2 + rng.below(4) as usize);
        let (stride, ceil) = (1 + rng.below(4) as usize, rng.below(2) == 1);
        let pool = Pool { stride: [stride; 2], ceil, ..Pool::new([window; 2]) };
        let mut plan = Plan::new();
        let x = plan.constant("map", &[1, 1, side, side], vec![0.0; side * side]);
        let (y, _) = max_pool(&mut plan, &x, &pool).ok()?;
        let rounded = if ceil { "ceil" } else { "floor" };
        return Some(Question {
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
        });
    }
    let numbers: Vec<f32> = (0..4).map(|_| rng.below(9) as f32).collect();
    let mut plan = Plan::new();
    let x = plan.constant("window", &[1, 1, 2, 2], numbers.clone());
    let pool = Pool::new([2, 2]);
    let (name, shown, y) = match kind {
        0 => ("max pooling", "max", max_pool(&mut plan, &x, &pool).ok()?.0),
        1 => ("average pooling", "average", avg_pool(&mut plan, &x, &pool, false).ok()?),
        _ => ("L2 pooling", "Lp", lp_pool(&mut plan, &x, &pool, 2.0).ok()?),
    };
    let values = reference::run(&plan, &BTreeMap::new());
    // The upper left window of the page's grid, the rest 0.
    let mut grid = vec![0.0; GRID * GRID];
    for (i, number) in numbers.iter().enumerate() {
        grid[i / 2 * GRID + i % 2] = *number;
    }
    let grid = grid.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
    Some(Question {
        ask: format!(
            "A 2 × 2 window holds {}, {} above {}, {}. What does {name} give?",
            numbers[0], numbers[1], numbers[2], numbers[3]
        ),
        answer: Answer::number(*values.get(y.buf.0)?.first()?, ""),
        show: Some(format!("image=grid&window=2&stride=2&p=2&type={shown}&grid={grid}")),
        how: match kind {
            0 => "The largest of the four.".into(),
            1 => "Their sum divided by four.".into(),
            _ => "The square root of the sum of their squares.".into(),
        },
    })
}
