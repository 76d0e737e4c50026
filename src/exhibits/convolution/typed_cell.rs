//! One output of a type worked out: what its taps read, with taps that can be dragged, and the frames of a
//! sequence.

use egui::{Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::channels::look;
use super::typed::{CHANNELS, FRAMES, Kind, Spec};
use super::typed_recorded::Made;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::lens::Lens;
use crate::viz::{Look, MapStyle, Part, Range, View, theme};

/// Cells around the middle of the enlarged window, at least and at most.
const AROUND: [usize; 2] = [3, 8];
/// Offsets are dragged to multiples of this.
const STEP: f32 = 0.05;
/// Farthest that a tap is dragged.
const FARTHEST: f32 = 20.0;
/// Radius of a tap, and of what takes hold of it.
const TAP: f32 = 4.5;
const HOLD: f32 = 8.0;

/// An output of one channel with what its own input gives it.
pub struct Worked {
    /// Taps of a row.
    columns: usize,
    /// What the taps read of the input that weighs most.
    pub values: Vec<f32>,
    /// What multiplies them.
    pub weights: Vec<f32>,
    /// Which read padding, or a gap between inputs that were spread out.
    padded: Vec<bool>,
    /// What the other inputs give.
    rest: f32,
    /// How many others there are.
    pub others: usize,
    /// The output as the kernel computed it.
    pub result: f32,
}

/// The value of a map between its pixels, 0 outside; `None` where no pixel is near.
fn sample(map: &[f32], [h, w]: [usize; 2], [y, x]: [f32; 2]) -> Option<f32> {
    let mut sum = None;
    for down in 0..2 {
        for right in 0..2 {
            let (row, column) = (y.floor() + down as f32, x.floor() + right as f32);
            let share = (1.0 - (y - row).abs()) * (1.0 - (x - column).abs());
            if share > 0.0 && row >= 0.0 && column >= 0.0 && row < h as f32 && column < w as f32 {
                let pixel = map.get(row as usize * w + column as usize)?;
                sum = Some(sum.unwrap_or(0.0) + share * pixel);
            }
        }
    }
    sum
}

impl Worked {
    /// The output at a row and a column of a channel, from the numbers of input and output.
    pub fn of(spec: &Spec, made: &Made, channel: usize, at: [usize; 2], [x, y]: [&[f32]; 2]) -> Option<Self> {
        let ([h, w], [oh, ow]) = (made.input(), made.output());
        let kernel = spec.kernel(made.kind, channel);
        let taps = made.reads.taps(at);
        let frames = if made.kind == Kind::Volume { FRAMES[1] } else { 1 };
        let map = Made::map(&made.x, channel) - frames / 2;
        let (mut values, mut weights, mut padded) = (Vec::new(), Vec::new(), Vec::new());
        let across = made.reads.window[1];
        // The windows of frames stand side by side.
        for row in taps.chunks(across) {
            for frame in 0..frames {
                let plane = x.get((map + frame) * h * w..(map + frame + 1) * h * w)?;
                for (t, place) in row {
                    let value = place.and_then(|place| sample(plane, [h, w], place));
                    values.push(value.unwrap_or(0.0));
                    weights.push(*kernel.get(frame * taps.len() + t)?);
                    padded.push(value.is_none());
                }
            }
        }
        let result = *y.get((Made::map(&made.y, channel) * oh + at[0]) * ow + at[1])?;
        let own: f32 = values.iter().zip(&weights).map(|(v, w)| v * w).sum();
        let others = if made.kind.has_stages() { CHANNELS } else { CHANNELS / made.reads.groups } - 1;
        let rest = if others == 0 { 0.0 } else { result - own };
        Some(Self { columns: frames * across, values, weights, padded, rest, others, result })
    }

    /// As it is drawn.
    pub fn lens<'a>(
        &'a self,
        value_colors: &'a [egui::Color32],
        weight_colors: &'a [egui::Color32],
        result_color: egui::Color32,
    ) -> Lens<'a> {
        Lens {
            columns: self.columns,
            values: &self.values,
            weights: &self.weights,
            value_colors,
            weight_colors,
            padded: &self.padded,
            bias: self.rest,
            result: self.result,
            result_color,
            of: "own input",
            by: "× filter, summed",
            products: true,
        }
    }
}

/// The window enlarged, its taps where their offsets put them, in the colours of their weights, and lines from where
/// they would be. A tap can be dragged; gives all offsets then.
pub fn loupe(
    ui: &mut Ui,
    view: &mut View<'_>,
    rect: Rect,
    made: &Made,
    channel: usize,
    at: [usize; 2],
    kernel: &[f32],
) -> Option<Vec<f32>> {
    let c = theme::of(ui);
    let (reads, [h, w]) = (&made.reads, made.input());
    let plain = super::typed::Reads { offsets: Vec::new(), ..reads.clone() };
    let far = reads.offsets.iter().fold(0.0_f32, |most, by| most.max(by.abs())).ceil() as usize;
    let around = (far + 2).clamp(AROUND[0], AROUND[1]);
    let side = (2 * around + 1).min(h).min(w);
    let first = |axis: usize, n: usize| {
        let middle = at[axis] + reads.window[axis] / 2;
        middle.saturating_sub(reads.pad[axis] + around).min(n - side)
    };
    let part = Part { start: [first(0, h), first(1, w)], size: [side; 2] };
    let square = rect.width().min(rect.height());
    let place =
        Rect::from_min_size(pos2(rect.center().x - square / 2.0, rect.top()).round(), vec2(square, square));
    let style = MapStyle::panel("Enlarged window", "", look(channel)).range(Range::Own).part(part);
    let style = style.untitled().unwritten().to_choose();
    let map = view.panel(ui, &Cell::bare(place), &made.x, Made::map(&made.x, channel), &style);
    let on =
        |[y, x]: [f32; 2]| map.cells(y - part.start[0] as f32, x - part.start[1] as f32, 1.0, 1.0).center();
    let most = kernel.iter().fold(f32::MIN_POSITIVE, |most, w| most.max(w.abs()));
    let mut moved = None;
    let pairs = plain.taps(at).into_iter().zip(reads.taps(at));
    for (i, ((_, from), (_, to))) in pairs.enumerate() {
        let (Some(from), Some(to)) = (from, to) else { continue };
        let (from, to) = (on(from), place.clamp(on(to)));
        let painter = ui.painter_at(place.expand(1.0));
        painter.line_segment([from, to], Stroke::new(1.25, c.focus));
        painter.circle_filled(from, 1.5, c.focus);
        let hold = Rect::from_center_size(to, vec2(2.0, 2.0) * HOLD);
        let response = ui.interact(hold, ui.scope_id().with(("tap", i)), Sense::drag());
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Slider, true, format!("tap {}", i + 1)));
        let response = response.on_hover_cursor(egui::CursorIcon::Grab);
        let held = response.hovered() || response.dragged();
        let weight = kernel.get(i).copied().unwrap_or(0.0);
        let fill = Look::Diverging.on(ui.visuals().dark_mode).color(weight, (-most, most));
        painter.circle_filled(to, if held { TAP + 1.0 } else { TAP }, fill);
        painter.circle_stroke(to, if held { TAP + 1.0 } else { TAP }, Stroke::new(2.0, c.focus));
        let by = response.drag_delta() / map.cell;
        if response.dragged() && by != egui::Vec2::ZERO {
            let key = ui.scope_id().with(("drag", i));
            let mut offsets = reads.offsets.clone();
            // What is less than a step adds up.
            let exact: [f32; 2] =
                ui.data(|d| d.get_temp(key)).unwrap_or([offsets[2 * i], offsets[2 * i + 1]]);
            let exact = [exact[0] + by.y, exact[1] + by.x];
            ui.data_mut(|d| d.insert_temp(key, exact));
            for (axis, by) in exact.iter().enumerate() {
                offsets[2 * i + axis] = ((by / STEP).round() * STEP).clamp(-FARTHEST, FARTHEST);
            }
            moved = Some(offsets);
        }
        if response.drag_stopped() {
            ui.data_mut(|d| d.remove::<[f32; 2]>(ui.scope_id().with(("drag", i))));
        }
    }
    moved
}

/// The frames of a sequence, those that the middle output reads in frames of their own.
pub fn frames_read(ui: &mut Ui, view: &mut View<'_>, rect: Rect, made: &Made, channel: usize) {
    let ink = theme::of(ui).focus;
    let first = (FRAMES[0] - FRAMES[1]) / 2;
    let pitch = rect.width() / FRAMES[0] as f32;
    for frame in 0..FRAMES[0] {
        let at = pos2(rect.left() + frame as f32 * pitch, rect.top());
        let own = Rect::from_min_size(at, vec2(pitch, pitch)).shrink(1.5);
        let title = format!("frame {}", frame + 1);
        let style = MapStyle::panel(&title, "", look(channel)).range(Range::Own).stretched().unwritten();
        view.panel(ui, &Cell::bare(own), &made.x, channel * FRAMES[0] + frame, &style);
        if (first..first + FRAMES[1]).contains(&frame) {
            ui.painter().rect_stroke(own.expand(1.0), 0.0, Stroke::new(1.5, ink), StrokeKind::Inside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sample;

    #[test]
    fn between_pixels_lies_their_mean() {
        let map = [0.0, 1.0, 2.0, 3.0];
        assert_eq!(sample(&map, [2, 2], [0.0, 1.0]), Some(1.0));
        assert_eq!(sample(&map, [2, 2], [0.5, 0.5]), Some(1.5));
        assert_eq!(sample(&map, [2, 2], [1.0, 1.5]), Some(1.5));
        assert_eq!(sample(&map, [2, 2], [-1.0, 0.0]), None);
        assert_eq!(sample(&map, [2, 2], [5.0, 0.0]), None);
    }
}
