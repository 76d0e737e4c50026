//! Questions of the page on what is set of a pooling layer, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::OpError;
use crate::ops::philox::Rng;
use crate::ops::pool::{Pool, PoolNd, avg_pool, max_pool};

/// Columns of the page's table of numbers.
const COLUMNS: usize = 12;
/// Largest number of a question's map.
const NUMBERS: u32 = 9;

/// One of several kinds.
pub fn ask(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        kind @ (0 | 1) => size(rng, kind == 1),
        2 => border(rng),
        3 => unread(rng),
        _ => left(rng),
    }
}

/// A map of zeros.
fn zeros(plan: &mut Plan, channels: usize, side: usize) -> Tensor {
    plan.constant("map", &[1, channels, side, side], vec![0.0; channels * side * side])
}

/// Side of what max pooling makes of a map.
fn made(side: usize, pool: &Pool) -> Result<usize, OpError> {
    let mut plan = Plan::new();
    let x = zeros(&mut plan, 1, side);
    Ok(max_pool(&mut plan, &x, pool)?.0.shape[2])
}

/// The size in floor or in ceil mode.
fn size(rng: &mut Rng, ceil: bool) -> Option<Question> {
    let side = 5 + rng.below(8) as usize;
    let window = 2 + rng.below(3) as usize;
    let stride = 1 + rng.below(4) as usize;
    let padding = rng.below(1 + window as u32 / 2) as usize;
    let dilation = if ceil { 1 } else { 1 + rng.below(2) as usize };
    let pool =
        Pool { window: [window; 2], stride: [stride; 2], pad: [padding; 4], dilation: [dilation; 2], ceil };
    let output = made(side, &pool).ok()?;
    let layer =
        format!("A {side} × {side} map is pooled with window {window}, stride {stride}, padding {padding}");
    let steps = side + 2 * padding - dilation * (window - 1) - 1;
    let (ask, how) = if ceil {
        let dropped = steps.div_ceil(stride) + 1 > output;
        let rule = if dropped {
            "but the last of them would begin behind the input and its left padding, and is left out"
        } else {
            "and the last of them begins within the input or its left padding"
        };
        (
            format!("{layer} in ceil mode: how many cells has a side of the output?"),
            format!(
                "{steps}/{stride} rounded up, + 1 = {} windows, {rule}: {output}.",
                steps.div_ceil(stride) + 1
            ),
        )
    } else {
        (
            format!(
                "{layer} and dilation {dilation}, rounded down: how many cells has a side of the output?"
            ),
            format!(
                "floor(({side} + 2·{padding} − {dilation}·({window} − 1) − 1)/{stride}) + 1 = floor({steps}/{stride}) + 1 = {output}."
            ),
        )
    };
    Some(Question {
        ask,
        answer: Answer::number(output as f64, "cells"),
        how,
        show: Some(format!(
            "side={side}&window={window}&stride={stride}&padding={padding}&dilation={dilation}&ceil={}",
            if ceil { "on" } else { "off" }
        )),
    })
}

/// The average in the upper left corner, where padding counts or does not.
fn border(rng: &mut Rng) -> Option<Question> {
    const SIDE: usize = 4;
    let counts = rng.below(2) == 1;
    let corner: Vec<f32> = (0..4).map(|_| rng.below(NUMBERS) as f32).collect();
    let place = |i: usize, columns: usize| i / 2 * columns + i % 2;
    let [mut x, mut grid] = [vec![0.0; SIDE * SIDE], vec![0.0; COLUMNS * COLUMNS]];
    for (i, number) in corner.iter().enumerate() {
        x[place(i, SIDE)] = *number;
        grid[place(i, COLUMNS)] = *number;
    }
    let pool = Pool { stride: [2; 2], pad: [1; 4], ..Pool::new([3; 2]) };
    let mut plan = Plan::new();
    let x = plan.constant("map", &[1, 1, SIDE, SIDE], x);
    let y = avg_pool(&mut plan, &x, &pool, counts).ok()?;
    let value = *reference::run(&plan, &BTreeMap::new()).get(y.buf.0)?.first()?;
    let grid = grid.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
    let how = if counts { "counts" } else { "does not count" };
    Some(Question {
        ask: format!(
            "A map begins with {}, {} above {}, {}. Average pooling, window 3, stride 2, padding 1, which {how}: what is its \
             first output?",
            corner[0], corner[1], corner[2], corner[3]
        ),
        answer: Answer::number(value, ""),
        how: format!(
            "The window holds these four and 5 cells of padding: their sum, {}, divided by {}.",
            corner.iter().sum::<f32>(),
            if counts { "all 9" } else { "4" }
        ),
        show: Some(format!(
            "type=average&side={SIDE}&window=3&stride=2&padding=1&count-padding={}&grid={grid}",
            if counts { "on" } else { "off" }
        )),
    })
}

/// What floor never reads, or the part windows of ceil mode.
fn unread(rng: &mut Rng) -> Option<Question> {
    let window = 2 + rng.below(3) as usize;
    let rest = 1 + rng.below(window as u32 - 1) as usize;
    let most = (COLUMNS - rest) / window;
    let side = window * (2 + rng.below(most as u32 - 1) as usize) + rest;
    let ceil = rng.below(2) == 1;
    let pool = Pool { ceil, ..Pool::new([window; 2]) };
    let windows = PoolNd::new(&[1, 1, side, side], &pool).ok()?;
    let cells = (0..windows.ys()).map(|at| windows.cells(at).0);
    let (whole, fit) = (window * window, side / window);
    let layer = format!("A {side} × {side} map is pooled with window {window} and stride {window}");
    let (ask, answer, how) = if ceil {
        let parts = cells.filter(|cells| cells.len() < whole).count();
        (
            format!("{layer} in ceil mode: how many of its outputs come from part windows?"),
            Answer::number(parts as f64, "outputs"),
            format!("{} windows a side, of which {fit} are whole: {0}·{0} − {fit}·{fit}.", fit + 1),
        )
    } else {
        let read: usize = cells.map(|cells| cells.len()).sum();
        let covered = fit * window;
        (
            format!("{layer}, rounded down: how many of its cells does no window read?"),
            Answer::number((side * side - read) as f64, "cells"),
            format!("{fit} windows a side cover {covered} cells: {side}·{side} − {covered}·{covered}."),
        )
    };
    let mode = if ceil { "on" } else { "off" };
    Some(Question {
        ask,
        answer,
        how,
        show: Some(format!("side={side}&window={window}&stride={window}&ceil={mode}")),
    })
}

/// Maps, cells and parameters.
fn left(rng: &mut Rng) -> Option<Question> {
    let window = 2 + rng.below(2) as usize;
    let side = window * (3 + rng.below(2) as usize);
    let channels = 1 << (3 + rng.below(4));
    let mut plan = Plan::new();
    let x = zeros(&mut plan, channels, side);
    let (y, _) = max_pool(&mut plan, &x, &Pool::new([window; 2])).ok()?;
    Some(Question {
        ask: format!(
            "{channels} maps of {side} × {side} pass max pooling with window {window} and stride {window}. How many maps come \
             out, how many cells has a side of each, and how many parameters does the layer learn?"
        ),
        answer: Answer::Numbers(vec![y.shape[1] as f64, y.shape[2] as f64, 0.0]),
        how: format!(
            "Each map by itself, so {channels} again, of {side}/{window} cells a side. Nothing of a pooling layer is learned."
        ),
        show: Some(format!("side={side}&window={window}&stride={window}")),
    })
}
