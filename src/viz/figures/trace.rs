//! A sequence of numbers as one line along time: a waveform, or what a window has made of it.

use egui::{Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Least width of a cell whose number has a dot of its own.
const DOTTED: f32 = 7.0;
/// Space above and below the line, and least width of a mark, in points.
const SPACE: f32 = 8.0;
const THIN: f32 = 3.0;

/// A sequence, and what is marked in it.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'a> {
    /// Its name, where its numbers are taken away and for a screen reader.
    pub name: &'a str,
    /// The numbers.
    pub values: &'a [f32],
    /// Zeros of padding before the first.
    pub padding: usize,
    /// What lies at its lower and at its upper edge.
    pub range: (f32, f32),
    /// Numbers that are looked at: the first, which may lie in the padding, and how many.
    pub window: Option<[i32; 2]>,
    /// Those that read or are read.
    pub outlined: &'a [usize],
}

/// What was done with a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// This number is pointed at.
    Hovered(usize),
    /// This number was clicked.
    Clicked(usize),
}

/// Ends of an axis that holds all of these numbers and 0.
pub fn reach<'v>(numbers: impl IntoIterator<Item = &'v f32>) -> (f32, f32) {
    let finite = numbers.into_iter().filter(|v| v.is_finite());
    let (lo, hi) = finite.fold((0.0_f32, 0.0_f32), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    if lo == hi { (-1.0, 1.0) } else { (lo, hi) }
}

impl Trace<'_> {
    /// Where so many cells lie in `rect`, from number `first` on.
    pub fn cells(&self, rect: Rect, first: i32, count: i32) -> Rect {
        let wide = rect.width() / (self.padding + self.values.len()).max(1) as f32;
        let x = |at: i32| rect.left() + (at + self.padding as i32) as f32 * wide;
        Rect::from_min_max(pos2(x(first), rect.top()), pos2(x(first + count), rect.bottom()))
    }
}

/// Draws a trace into `rect`.
pub fn trace(ui: &mut Ui, rect: Rect, of: &Trace<'_>) -> Option<TraceEvent> {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("trace", of.name)), Sense::click());
    let spoken = format!("{}: {}", of.name, words::plural(of.values.len(), "number", "numbers"));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    offer::table(ui, of.name, rect, || Table::numbers([of.name], of.values.iter().map(|v| vec![*v])));
    let painter = ui.painter_at(rect.expand(1.0));
    painter.rect_filled(rect, 0.0, c.side);
    if of.padding > 0 {
        let before = of.cells(rect, -(of.padding as i32), of.padding as i32);
        strokes::hatch(&painter, before, c.pad);
        strokes::dashed(&painter, before, c.pad);
    }
    let axis = Axis::linear(of.range.0, of.range.1);
    let down = egui::Rangef::new(rect.bottom() - SPACE, rect.top() + SPACE);
    painter.hline(rect.x_range(), axis.place(0.0, down), Stroke::new(1.0, c.line));
    let at = |i: usize, value: f32| pos2(of.cells(rect, i as i32, 1).center().x, axis.place(value, down));
    for &i in of.outlined {
        let own = of.cells(rect, i as i32, 1);
        let own = Rect::from_center_size(own.center(), vec2(own.width().max(THIN), own.height()));
        painter.rect_filled(own, 0.0, c.blue.gamma_multiply(0.4));
    }
    let wide = of.cells(rect, 0, 1).width();
    let ink = Stroke::new(if wide >= DOTTED { 2.0 } else { 1.25 }, c.text);
    let mut points = Vec::with_capacity(of.values.len());
    for (i, value) in of.values.iter().enumerate() {
        if value.is_finite() {
            points.push(at(i, *value));
        } else {
            strokes::line(&painter, std::mem::take(&mut points), ink, None);
            painter.rect_filled(of.cells(rect, i as i32, 1), 0.0, theme::NAN);
        }
    }
    if wide >= DOTTED {
        painter.extend(points.iter().map(|point| Shape::circle_filled(*point, 2.5, c.text)));
    }
    strokes::line(&painter, points, ink, None);
    if let Some([first, count]) = of.window {
        let own = of.cells(rect, first, count).intersect(rect);
        let own = Rect::from_center_size(own.center(), vec2(own.width().max(THIN), own.height()));
        painter.rect_filled(own, 0.0, c.focus.gamma_multiply(0.16));
        painter.rect_stroke(own, 0.0, Stroke::new(theme::FOCUS_STROKE, c.focus), StrokeKind::Inside);
    }
    let clicked = response.clicked();
    let pointer = response.hover_pos().or(response.interact_pointer_pos())?;
    let cell = ((pointer.x - rect.left()) / wide) as usize;
    let i = cell.checked_sub(of.padding).filter(|i| *i < of.values.len())?;
    Some(if clicked { TraceEvent::Clicked(i) } else { TraceEvent::Hovered(i) })
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn the_number_under_the_pointer_is_told_and_padding_is_none() {
        let values: Vec<f32> = (0..12).map(|i| if i == 7 { f32::NAN } else { i as f32 - 4.0 }).collect();
        let of = Trace {
            name: "Waveform",
            values: &values,
            padding: 4,
            range: reach(&values),
            window: Some([-4, 5]),
            outlined: &[2, 3],
        };
        assert_eq!(of.range, (-4.0, 7.0));
        for dark in [true, false] {
            let rect = Rect::from_min_size(pos2(4.0, 4.0), vec2(320.0, 90.0));
            let mut trial = Trial::new(dark, vec2(328.0, 98.0));
            let event = trial.click(of.cells(rect, 9, 1).center(), |ui| trace(ui, rect, &of));
            assert!(matches!(event, Some(TraceEvent::Clicked(9) | TraceEvent::Hovered(9))), "{event:?}");
            trial.says("12 numbers");
            let mut trial = Trial::new(dark, vec2(328.0, 98.0));
            let padding = of.cells(rect, -2, 1).center();
            assert_eq!(trial.click(padding, |ui| trace(ui, rect, &of)), None);
        }
        assert_eq!(reach(&[]), (-1.0, 1.0));
    }
}
