//! The foot of the page on residual learning: what each block adds to what goes in, and the gradient on its way back
//! through one block, dy/dx = I + F′ in measured numbers.

use egui::{Align2, Color32, Rangef, Rect, Ui, pos2, vec2};

use super::residual_read::{Around, added, back, point};
use crate::viz::figures::axis::Axis;
use crate::viz::figures::bars::layers;
use crate::viz::{View, theme, words};

/// Least and greatest ratio that has a height of its own.
const RATIOS: [f32; 2] = [0.03, 3.0];
/// Height of a name, and of a line of numbers at most.
const NAME: f32 = 17.0;
const LINE: f32 = 22.0;
/// Height of the line over the bars of one network.
const HEAD: f32 = 15.0;
/// Share of the width that the bars have, width of the number in front of them and of what stands before numbers.
const SHARE: f32 = 0.38;
const TICK: f32 = 12.0;
const LABEL: f32 = 40.0;
/// Space between both.
const BETWEEN: f32 = 12.0;

/// Draws it into `rect`. `block`: the one that is looked at, from 0; `skips`: what leads around it in A and in B. Gives the
/// block that was clicked.
pub fn foot(ui: &mut Ui, view: &mut View<'_>, rect: Rect, block: usize, skips: [Around; 2]) -> Option<usize> {
    let (left, right) = rect.split_left_right_at_fraction(SHARE);
    backwards(ui, view, right.with_min_x(right.left() + BETWEEN), block, skips);
    bars(ui, view, left, block)
}

fn inks(ui: &Ui) -> [Color32; 2] {
    let c = theme::of(ui);
    [c.blue, c.b]
}

/// What each block adds, A above and B below on one range.
fn bars(ui: &mut Ui, view: &mut View<'_>, rect: Rect, block: usize) -> Option<usize> {
    words::panel_name(ui, rect.with_max_y(rect.top() + NAME), "|F(x)| / |x|", "by block");
    let c = theme::of(ui);
    let body = rect.with_min_y(rect.top() + NAME + 3.0);
    let read = [0, 1].map(|run| added(view, run));
    let high = ((body.height() - 4.0) / 2.0).floor();
    let mut clicked = None;
    for (run, (values, ink)) in read.iter().zip(inks(ui)).enumerate() {
        let Some(values) = values.as_ref().filter(|values| !values.is_empty()) else { continue };
        let top = body.top() + run as f32 * (high + 4.0);
        let own = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), high));
        let head = own.with_max_y(own.top() + HEAD);
        let letter = words::write(ui, head, Align2::LEFT_CENTER, ["A", "B"][run], theme::semibold(13.0), ink);
        if let Some(value) = values.get(block) {
            let text = format!("block {}: {}", block + 1, words::short((*value).into()));
            let rest = head.with_min_x(letter.right() + 6.0);
            words::write(ui, rest, Align2::LEFT_CENTER, &text, theme::small(), c.dim);
        }
        let name = ["Added by blocks of A", "Added by blocks of B"][run];
        let range = Axis::log(RATIOS[0], RATIOS[1]);
        let own = Rect::from_min_max(pos2(own.left() + TICK, head.bottom() + 1.0), own.max);
        // Below the line over the bars, however low they are.
        let one = range.place(1.0, Rangef::new(own.bottom(), own.top())).max(own.top() + HEAD / 2.0);
        let tick = Rect::from_center_size(pos2(rect.left() + TICK / 2.0, one), vec2(TICK, HEAD));
        words::write(ui, tick, Align2::LEFT_CENTER, "1", theme::small(), c.faint);
        let event = layers(ui, own, name, "block", values, range, &|_| ink, Some(block));
        if let Some((at, chosen)) = event {
            point(view, run, at);
            clicked = chosen.then_some(at);
        }
    }
    clicked
}

/// The gradient on its way back through one block, in both networks.
fn backwards(ui: &mut Ui, view: &mut View<'_>, rect: Rect, block: usize, skips: [Around; 2]) {
    let c = theme::of(ui);
    let name = format!("Back through {}", block + 1);
    words::panel_name(ui, rect.with_max_y(rect.top() + NAME), &name, "");
    let both = [0, 1].map(|run| back(view, run, block, skips[run] == Around::Skip));
    let number = |value: Option<f64>| value.map_or_else(String::new, words::short);
    let lines: [(&str, [String; 2]); 4] = [
        ("g at y", both.map(|of| number(of.map(|b| b.arrives)))),
        (
            "I·g",
            [0, 1].map(|run| match skips[run] {
                Around::Skip => number(both[run].map(|b| b.arrives)),
                Around::Cut => "cut".into(),
                Around::None => "none".into(),
            }),
        ),
        ("F′·g", both.map(|of| number(of.map(|b| b.through)))),
        ("at x", both.map(|of| number(of.map(|b| b.on)))),
    ];
    let body = rect.with_min_y(rect.top() + NAME);
    let high = (body.height() / 5.0).min(LINE);
    let line =
        |at: usize| Rect::from_min_size(body.min + vec2(0.0, at as f32 * high), vec2(body.width(), high));
    let column = |at: usize, run: usize| {
        let wide = (body.width() - LABEL) / 2.0;
        let right = body.right() - (1 - run) as f32 * wide;
        Rect::from_x_y_ranges(right - wide..=right, line(at).y_range())
    };
    words::write(ui, line(0), Align2::LEFT_CENTER, "y′ = I + F′", theme::small(), c.faint);
    for (run, ink) in inks(ui).into_iter().enumerate() {
        words::write(ui, column(0, run), Align2::RIGHT_CENTER, ["A", "B"][run], theme::semibold(13.0), ink);
    }
    for (at, (label, numbers)) in lines.iter().enumerate() {
        words::write(ui, line(at + 1), Align2::LEFT_CENTER, label, theme::small(), c.dim);
        for (run, number) in numbers.iter().enumerate() {
            let missing = at == 1 && skips[run] != Around::Skip;
            let ink = if missing { c.faint } else { c.text };
            words::write(ui, column(at + 1, run), Align2::RIGHT_CENTER, number, theme::number(), ink);
        }
    }
}
