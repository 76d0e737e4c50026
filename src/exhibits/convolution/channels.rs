//! Six channels of a picture, and the lines that join those that a layer reads with those that it writes.

use egui::{Align2, Pos2, Rect, Stroke, Ui, pos2, vec2};

use crate::exhibits::filters::{self, Filter};
use crate::gpu::Tensor;
use crate::viz::figures::fit::Cell;
use crate::viz::{Look, MapStyle, Range, View, theme, words};

/// Channels of the layer's input, and of its output.
pub const CHANNELS: usize = 6;
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

/// Draws inputs, lines and outputs into `rect`; the lines of the output `chosen` are blue. Gives the output
/// that was clicked.
pub fn wired(
    ui: &mut Ui,
    view: &mut View<'_>,
    rect: Rect,
    [x, y]: [&Tensor; 2],
    groups: usize,
    chosen: usize,
    (range, look): (&Range, Look),
) -> Option<usize> {
    const NAME: f32 = 60.0;
    const NUMBER: f32 = 16.0;
    let c = theme::of(ui);
    let step = rect.height() / CHANNELS as f32;
    let side = (step - 5.0).min((rect.width() - NAME - NUMBER) * 0.34).max(1.0).floor();
    let place = |left: f32, i: usize| {
        let top = rect.top() + (i as f32 + 0.5) * step - side / 2.0;
        Rect::from_min_size(pos2(left, top).round(), vec2(side, side))
    };
    let ins = |i: usize| place(rect.left() + NAME, i);
    let outs = |i: usize| place(rect.right() - NUMBER - side, i);
    let per_group = CHANNELS / groups;
    let mut lines: Vec<(bool, bool, [Pos2; 2])> = Vec::new();
    for out in 0..CHANNELS {
        for input in (0..CHANNELS).filter(|input| input / per_group == out / per_group) {
            let ends = [ins(input).right_center() + vec2(4.0, 0.0), outs(out).left_center() - vec2(4.0, 0.0)];
            lines.push((out == chosen, input == out, ends));
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
        let signed = if matches!(i, 3 | 4) { Look::Diverging } else { Look::Brightness };
        view.panel(
            ui,
            &Cell::bare(ins(i)),
            x,
            i,
            &MapStyle::panel(named, "", signed).range(Range::Own).stretched(),
        );
        let name =
            Rect::from_min_max(pos2(rect.left(), ins(i).top()), pos2(ins(i).left() - 5.0, ins(i).bottom()));
        words::write(ui, name, Align2::LEFT_CENTER, named, theme::small(), c.dim);
        let title = format!("output {}", i + 1);
        let style = MapStyle::panel(&title, "", look).range(range.clone()).stretched().to_choose();
        if view.panel(ui, &Cell::bare(outs(i)), y, i, &style).response.clicked() {
            clicked = Some(i);
        }
        if i == chosen {
            let frame = Stroke::new(theme::FOCUS_STROKE, c.blue);
            ui.painter().rect_stroke(outs(i).expand(1.0), 2.0, frame, egui::StrokeKind::Outside);
        }
        let number = Rect::from_min_max(outs(i).right_top(), pos2(rect.right(), outs(i).bottom()));
        let ink = if i == chosen { c.blue } else { c.dim };
        words::write(ui, number, Align2::RIGHT_CENTER, &(i + 1).to_string(), theme::number(), ink);
    }
    clicked
}
