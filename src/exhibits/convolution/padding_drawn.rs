//! The columns of the page on padding: the input in its zeros above the output, and what was measured.

use egui::{Rect, Stroke, Ui, vec2};

use super::padding::{MODES, Mode, Shown, size, zero_products};
use crate::gpu::{BufId, Tensor};
use crate::ops::conv::Conv2d;
use crate::viz::figures::fit::{Cell, Placement};
use crate::viz::figures::page::{Figure, figures};
use crate::viz::figures::pictured::{Pictured, pictured};
use crate::viz::figures::strokes;
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, WorkedEvent, worked};
use crate::viz::words::{self, Voice};
use crate::viz::{MapStyle, Range, View, theme};

/// Output of one mode whose window begins where that of another does, or the nearest, along one axis.
fn along(o: usize, from: &Conv2d, to: &Conv2d) -> usize {
    let begins = o as i32 * to.stride[0] as i32 + to.pad[0] as i32 - from.pad[0] as i32;
    (begins.max(0) / to.stride[0] as i32).min(to.oh as i32 - 1) as usize
}

/// Where the window of a mode stands while that of same stands where `walk` says.
fn beside(walk: &Walk, p: &Conv2d, same: &Conv2d) -> Walk {
    let ow = same.ow as usize;
    let [row, column] = [walk.at() / ow, walk.at() % ow].map(|o| along(o, same, p));
    Walk::new(row * p.ow as usize + column, (p.oh * p.ow) as usize)
}

/// The output of same that belongs to one of a mode.
fn same_of(at: usize, p: &Conv2d, same: &Conv2d) -> usize {
    let ow = p.ow as usize;
    let [row, column] = [at / ow, at % ow].map(|o| along(o, p, same));
    row * same.ow as usize + column
}

/// A column of the grid: input with its zeros, and output, where the window stands. Gives the number of the
/// input that was changed.
pub fn numbers(
    shown: &Shown,
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: [&Cell; 3],
    (p, y): (&Conv2d, &Tensor),
    walk: &mut Walk,
) -> Option<(usize, f32)> {
    let (Some(x), Some(values), Some(same)) = (view.values(&shown.x), view.values(y), shown.of(Mode::Same))
    else {
        return None;
    };
    // What all share: the numbers of the largest map.
    let widest = shown.modes.last().and_then(|mode| mode.as_ref().ok()).and_then(|(_, y)| view.values(y));
    let bounds = |v: &[f32]| v.iter().fold((f32::MAX, f32::MIN), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let of = Worked {
        range: widest.map(|v| bounds(&v)),
        ..Worked::of(p, [&x, &shown.kernel, &values], shown.looks)
    };
    let here = beside(walk, p, same);
    let done = worked(ui, cells, &of, &here, false, true);
    if p.pad[0] != p.pad[2] && p.stride[0] == 1 {
        let [row, column] = [here.at() / p.ow as usize, here.at() % p.ow as usize];
        off_centre(ui, cells[0].rect, p, [row, column]);
    }
    match done {
        Some(WorkedEvent::Changed(i, number)) => {
            return Some((i, number));
        }
        Some(WorkedEvent::Moved(i)) => {
            walk.scrub(same_of(i, p, same));
        }
        Some(WorkedEvent::Output(i)) => view.point(y, i),
        Some(WorkedEvent::Input(i)) => view.point(&shown.x, i),
        None => {}
    }
    None
}

/// Marks the middle of a window and of the cell that it stands for, which an even kernel tears apart.
fn off_centre(ui: &Ui, rect: Rect, p: &Conv2d, at: [usize; 2]) {
    let c = theme::of(ui);
    let cells = vec2((p.w + p.pad[1] + p.pad[3]) as f32, (p.h + p.pad[0] + p.pad[2]) as f32);
    let place = |[row, column]: [f32; 2]| rect.min + vec2(column, row) * rect.size() / cells;
    let window = place(at.map(|o| o as f32 + p.r as f32 / 2.0));
    let cell = place([0, 1].map(|axis| (at[axis] as u32 + p.pad[axis]) as f32 + 0.5));
    ui.painter().line_segment([cell, window], Stroke::new(2.0, c.broken));
    ui.painter().circle(cell, 4.0, c.ground, Stroke::new(2.0, c.broken));
    ui.painter().circle_filled(window, 4.0, c.broken);
}

/// A column of the photo: input in its zeros, and output, where the window stands. `cell`: points of a pixel.
pub fn photo(
    shown: &Shown,
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: [&Cell; 3],
    (p, y): (&Conv2d, &Tensor),
    (cell, walk): (f32, &mut Walk),
) {
    let Some(same) = shown.of(Mode::Same) else { return };
    let [input, lens, output] = cells;
    let c = theme::of(ui);
    if p.pad != [0; 4] {
        strokes::hatch(ui.painter(), input.rect, c.pad);
        strokes::dashed(ui.painter(), input.rect, c.pad);
    }
    let inner = Rect::from_min_size(
        input.rect.min + vec2(p.pad[1] as f32, p.pad[0] as f32) * cell,
        vec2(p.w as f32, p.h as f32) * cell,
    );
    ui.painter().rect_filled(inner, 0.0, c.ground);
    let buffers: Vec<BufId> = shown.modes.iter().flatten().map(|(_, y)| y.buf).collect();
    let shape = size(Some(p));
    let of = Pictured {
        x: &shown.x,
        w: &shown.kernel,
        y,
        p,
        input: MapStyle::panel("Input", "", shown.looks[0]).stretched(),
        output: MapStyle::panel("Output", &shape, shown.looks[1])
            .range(Range::Shared(buffers.into()))
            .stretched(),
    };
    let here = beside(walk, p, same);
    let drawn = pictured(ui, view, [&Cell { rect: inner, ..*input }, lens, output], &of, &here);
    if let Some(at) = drawn.clicked {
        walk.scrub(same_of(at, p, same));
    }
}

/// The measured row.
pub fn measured(shown: &Shown, ui: &mut Ui, placed: &Placement) {
    let most = shown.modes.iter().flatten().map(|(p, _)| p.oh).max().unwrap_or(1);
    let mut rows: Vec<Figure<'_>> = MODES
        .iter()
        .map(|(mode, name)| {
            let p = shown.of(*mode);
            let share = p.map_or(0.0, |p| f64::from(p.oh) / f64::from(most));
            let under = p.map_or_else(String::new, |p| match i64::from(p.oh) - i64::from(p.h) {
                0 => format!("keeps {} cells a side", p.oh),
                by if by < 0 => format!("{} cells a side less than {}", -by, p.h),
                by => format!("{by} cells a side more than {}", p.h),
            });
            (*name, size(p), share, under, Voice::A)
        })
        .collect();
    let zeros = shown.of(Mode::Same).map_or(0.0, zero_products);
    if shown.of(Mode::Same).is_some_and(|p| p.pad[0] != p.pad[2] && p.stride[0] == 1) {
        let under = "● window, ○ its cell";
        rows.push(("Same is off by", "½ cell".into(), 0.5, under.into(), Voice::Broken));
        return figures(ui, &placed.rows[1], &rows);
    }
    rows.push(("Zeros read by same", words::percent(zeros), zeros, "of its products".into(), Voice::Plain));
    figures(ui, &placed.rows[1], &rows);
}
