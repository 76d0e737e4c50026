//! Six channels of a picture, and the lines that join those that a layer reads with those that it writes.

use egui::{Align2, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::typed::CHANNELS;
use super::typed_recorded::Made;
use crate::exhibits::filters::{self, Filter};
use crate::gpu::Tensor;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::strokes;
use crate::viz::{Look, MapStyle, Range, View, theme, words};

/// What the channels of the input show.
pub const CHANNEL_NAMES: [&str; CHANNELS] = ["red", "green", "blue", "edges |", "edges —", "blurred"];

/// Six channels from three or from one, `[6, channels, 3, 3]`: the colours themselves, edges in both
/// directions, a blur.
pub fn lift(channels: usize) -> Vec<f32> {
    let mut w = Vec::with_capacity(CHANNELS * channels * 9);
    for out in 0..CHANNELS {
        for channel in 0..channels {
            let share = 1.0 / channels as f32;
            let (kernel, weight) = match out {
                0..3 => (
                    filters::kernel(Filter::Centre, 3, 0.0, &[]),
                    f32::from(u8::from(channel == out % channels)),
                ),
                3 => (filters::kernel(Filter::Edges, 3, 0.0, &[]), share),
                4 => {
                    let k = filters::kernel(Filter::Edges, 3, 0.0, &[]);
                    ((0..9).map(|i| k[i % 3 * 3 + i / 3]).collect(), share)
                }
                _ => (filters::kernel(Filter::Blur, 3, 0.0, &[]), share),
            };
            w.extend(kernel.iter().map(|k| k * weight));
        }
    }
    w
}

/// A layer as wires: what it reads, what lies between two stages, what it gives.
pub struct Wiring<'a> {
    /// Its input.
    pub x: &'a Tensor,
    /// What its first stage gives, where there are two.
    pub between: Option<&'a Tensor>,
    /// Its output.
    pub y: &'a Tensor,
    /// Groups of each stage.
    pub groups: [usize; 2],
    /// Output whose lines are blue.
    pub chosen: usize,
    /// How outputs are drawn.
    pub look: Look,
    /// What the ends of their colours stand for.
    pub range: Range,
}

/// How an input channel is drawn.
pub fn look(channel: usize) -> Look {
    if matches!(channel, 3 | 4) { Look::Diverging } else { Look::Brightness }
}

/// Draws inputs, lines and outputs into `rect`. Gives the output that was clicked.
pub fn wired(ui: &mut Ui, view: &mut View<'_>, rect: Rect, of: &Wiring<'_>) -> Option<usize> {
    const NAME: f32 = 58.0;
    const NUMBER: f32 = 14.0;
    let c = theme::of(ui);
    let step = rect.height() / CHANNELS as f32;
    let columns = 2 + usize::from(of.between.is_some());
    let part = if columns == 2 { 0.34 } else { 0.2 };
    let side = (step - 5.0).min((rect.width() - NAME - NUMBER) * part).max(1.0).floor();
    let room = rect.width() - NAME - NUMBER - side;
    let place = |column: usize, i: usize| {
        let left = rect.left() + NAME + room * column as f32 / (columns - 1) as f32;
        let top = rect.top() + (i as f32 + 0.5) * step - side / 2.0;
        Rect::from_min_size(pos2(left, top).round(), vec2(side, side))
    };
    let mut lines: Vec<(bool, bool, [Pos2; 2])> = Vec::new();
    for stage in 0..columns - 1 {
        let per_group = CHANNELS / of.groups[stage];
        // Of a first stage, whatever reaches the chosen output is lit.
        let lit = |out: usize| {
            out == of.chosen
                || (stage + 2 < columns
                    && out / (CHANNELS / of.groups[1]) == of.chosen / (CHANNELS / of.groups[1]))
        };
        for out in 0..CHANNELS {
            for input in (0..CHANNELS).filter(|input| input / per_group == out / per_group) {
                let ends = [
                    place(stage, input).right_center() + vec2(3.0, 0.0),
                    place(stage + 1, out).left_center() - vec2(3.0, 0.0),
                ];
                lines.push((lit(out), input == out, ends));
            }
        }
    }
    // Those of the chosen output lie on top.
    lines.sort_by_key(|line| line.0);
    for (mine, heavy, ends) in lines {
        let ink = if mine { c.blue } else { c.line };
        ui.painter().line_segment(ends, Stroke::new(if heavy { 2.5 } else { 1.25 }, ink));
    }
    let mut clicked = None;
    for (i, named) in CHANNEL_NAMES.into_iter().enumerate() {
        let style = MapStyle::panel(named, "", look(i)).range(Range::Own).stretched().to_choose().unwritten();
        if view.panel(ui, &Cell::bare(place(0, i)), of.x, Made::map(of.x, i), &style).response.clicked() {
            clicked = Some(i);
        }
        let name = Rect::from_min_max(
            pos2(rect.left(), place(0, i).top()),
            pos2(place(0, i).left() - 5.0, place(0, i).bottom()),
        );
        words::write(ui, name, Align2::LEFT_CENTER, named, theme::small(), c.dim);
        for (column, of_column, named) in
            [(1, of.between, "between"), (columns - 1, Some(of.y), "output")].into_iter().skip(3 - columns)
        {
            let Some(tensor) = of_column else { continue };
            let title = format!("{named} {}", i + 1);
            let style = MapStyle::panel(&title, "", of.look).range(of.range.clone());
            let style = style.stretched().to_choose().unwritten();
            let map = view.panel(ui, &Cell::bare(place(column, i)), tensor, Made::map(tensor, i), &style);
            if map.response.clicked() {
                clicked = Some(i);
            }
        }
        let last = place(columns - 1, i);
        if i == of.chosen {
            strokes::chosen(ui.painter(), last, c.blue);
        }
        let number = Rect::from_min_max(last.right_top(), pos2(rect.right(), last.bottom()));
        let ink = if i == of.chosen { c.blue } else { c.dim };
        words::write(ui, number, Align2::RIGHT_CENTER, &(i + 1).to_string(), theme::number(), ink);
    }
    clicked
}
