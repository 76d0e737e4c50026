//! Bars: classes with names and values, measured figures, and a column for each layer by powers of ten.

use egui::{Align2, Color32, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use crate::data::table::{Cell, Table};
use crate::viz::words::Voice;
use crate::viz::{offer, theme, words};

/// A class or another thing that has a share.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its share, 0 to 1.
    pub share: f32,
    /// What it was before a change.
    pub was: Option<f32>,
    /// How the share is written.
    pub value: &'a str,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Height of a row of [`classes`] in points.
pub const CLASS: f32 = 27.0;

/// Draws a name, a value and a thin bar for each of `rows` into `rect`, as many as have room; gives the one
/// that was clicked.
pub fn classes(ui: &mut Ui, rect: Rect, rows: &[Share<'_>]) -> Option<usize> {
    let c = theme::of(ui);
    offer::table(ui, "Shares", rect, || Table {
        rows: rows.iter().map(|row| vec![Cell::Text(row.name.to_owned()), Cell::Number(row.share)]).collect(),
        ..Table::new(["name", "share"])
    });
    let most = (rect.height() / CLASS) as usize;
    let mut clicked = None;
    for (i, row) in rows.iter().take(most).enumerate() {
        let own = Rect::from_min_size(rect.min + vec2(0.0, i as f32 * CLASS), vec2(rect.width(), CLASS));
        let response = ui.interact(own, ui.scope_id().with(("class", i)), Sense::click());
        let spoken = format!("{}: {}", row.name, row.value);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, row.chosen, &spoken));
        if row.chosen || response.hovered() || response.has_focus() {
            let fill = if row.chosen { c.blue_fill } else { c.hover };
            ui.painter().rect_filled(own.expand2(vec2(0.0, -1.0)), theme::RADIUS_TAG, fill);
        }
        let ink = if row.chosen { c.blue_text } else { c.text };
        let line = Rect::from_min_size(own.min + vec2(4.0, 0.0), vec2(own.width() - 8.0, 18.0));
        let value = words::write(ui, line, Align2::RIGHT_CENTER, row.value, theme::number(), ink);
        let rest = Rect::from_min_max(line.min, pos2((value.left() - 8.0).max(line.left()), line.bottom()));
        words::write(ui, rest, Align2::LEFT_CENTER, row.name, theme::control(), ink);
        let trough = Rect::from_min_size(line.left_bottom() + vec2(0.0, 2.0), vec2(line.width(), 4.0));
        self::trough(ui, trough, row.share, c.blue);
        if let Some(was) = row.was {
            let x = trough.left() + trough.width() * was.clamp(0.0, 1.0);
            ui.painter().vline(x, trough.top() - 1.0..=trough.bottom() + 2.0, Stroke::new(1.5, c.text));
        }
        if response.clicked() {
            clicked = Some(i);
        }
    }
    clicked
}

/// A bar of `share` in its trough.
pub fn trough(ui: &Ui, rect: Rect, share: f32, ink: Color32) {
    let c = theme::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_BAR, c.track);
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    if share > 0.0 {
        // What is there is seen.
        let wide = (rect.width() * share).max(rect.height());
        let own = Rect::from_min_size(rect.min, vec2(wide, rect.height()));
        ui.painter().rect_filled(own, theme::RADIUS_BAR, ink);
    }
}

/// A measured figure.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// What was measured.
    pub label: &'a str,
    /// The number.
    pub value: &'a str,
    /// Its share of the whole, 0 to 1.
    pub share: f32,
    /// One line that says of what.
    pub under: &'a str,
    /// Its colour: [`Voice::A`] for an amount, plain for a remark, broken for what is wrong.
    pub voice: Voice,
}

/// Draws a measured figure into `rect`, below a hairline: label and value, a bar, one line under it.
pub fn measured(ui: &mut Ui, rect: Rect, of: &Measured<'_>) -> bool {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("measured", of.label)), Sense::hover());
    let spoken = format!("{}: {}, {}", of.label, of.value, of.under);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let (ink, loud) = match of.voice {
        Voice::Plain | Voice::Value => (c.dim, c.text),
        Voice::A => (c.blue, c.text),
        Voice::B => (c.b, c.b),
        Voice::Focus => (c.focus, c.focus_text),
        Voice::Broken => (c.broken, c.broken),
        Voice::Good => (c.good, c.good),
    };
    // The line reaches over the space between two figures: neighbours make one hairline.
    ui.painter().hline(rect.left()..=rect.right(), rect.top() + 0.5, Stroke::new(1.0, c.line));
    let line =
        |from: f32, high: f32| Rect::from_min_size(rect.min + vec2(0.0, from), vec2(rect.width(), high));
    let first = line(10.0, 20.0);
    let value = words::write(ui, first, Align2::RIGHT_CENTER, of.value, theme::semibold(13.0), loud);
    let rest = Rect::from_min_max(first.min, pos2((value.left() - 8.0).max(first.left()), first.bottom()));
    words::write(ui, rest, Align2::LEFT_CENTER, of.label, theme::control(), c.dim);
    trough(ui, line(33.0, 6.0), of.share, ink);
    words::write(ui, line(40.0, 18.0), Align2::LEFT_CENTER, of.under, theme::small(), c.faint);
    response.hovered()
}

/// A column for each layer or each step, whichever `what` says, by powers of ten; what is 0 has none, a NaN is magenta and
/// full; a line at 1; `ink`: the colour of a value. Draws into `rect`; gives the column that is pointed at and whether it was clicked.
#[expect(clippy::too_many_arguments, reason = "plain data of one figure")]
pub fn layers(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    what: &str,
    values: &[f32],
    range: Axis,
    ink: &dyn Fn(f32) -> Color32,
    chosen: Option<usize>,
) -> Option<(usize, bool)> {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("layers", name)), Sense::click());
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let spoken = format!("{name}: {} {what}s, the least {}", values.len(), words::short(least.into()));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    offer::table(ui, name, rect, || {
        Table::numbers([what, name], values.iter().enumerate().map(|(i, v)| vec![i as f32 + 1.0, *v]))
    });
    let step = rect.width() / values.len().max(1) as f32;
    let gap = (step * 0.2).clamp(0.0, 3.0);
    let clicked = response.clicked();
    let at = response.hover_pos().filter(|at| rect.contains(*at) && !values.is_empty());
    let hovered = at.map(|at| (((at.x - rect.left()) / step) as usize).min(values.len() - 1));
    for (i, &value) in values.iter().enumerate() {
        let share = if value.is_nan() { 1.0 } else { range.share(value).clamp(0.0, 1.0) };
        let high = if value == 0.0 { 0.0 } else { ((rect.height() - 1.0) * share).max(1.5) };
        let left = rect.left() + i as f32 * step;
        let own = Rect::from_min_max(
            pos2(left, rect.bottom() - 1.0 - high),
            pos2(left + step - gap, rect.bottom() - 1.0),
        );
        let loud = chosen == Some(i) || hovered == Some(i);
        let ink = match (value.is_nan(), loud) {
            (true, _) => theme::NAN,
            (false, true) => ink(value),
            (false, false) => c.ground.lerp_to_gamma(ink(value), 0.7),
        };
        ui.painter().rect_filled(own, 0.0, ink);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, c.faint));
    let one = range.place(1.0, Rangef::new(rect.bottom(), rect.top())).round();
    ui.painter().hline(rect.x_range(), one, Stroke::new(1.0, c.dim.gamma_multiply(0.6)));
    let layer = hovered?;
    response.on_hover_text(format!("{what} {}: {}", layer + 1, words::short(values[layer].into())));
    Some((layer, clicked))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn names_values_and_lines_keep_to_their_room() {
        for dark in [true, false] {
            for width in [80.0, 174.0] {
                let rect = Rect::from_min_size(pos2(2.0, 2.0), vec2(width, 110.0));
                let row =
                    |name, chosen| Share { name, share: 0.384, was: Some(0.5), value: "38.4 %", chosen };
                let rows = [
                    row("tiger cat", true),
                    row("a very long name of a class, indeed", false),
                    row("lynx", false),
                ];
                let mut trial = Trial::new(dark, vec2(width + 4.0, 114.0));
                let event = trial.click(pos2(20.0, 2.0 + CLASS * 1.5), |ui| classes(ui, rect, &rows));
                assert_eq!(event, Some(1));
                trial.inside(rect);
                trial.apart();
                trial.says("tiger cat: 38.4 %");
                let of = Measured {
                    label: "Pixels never read",
                    value: "44 %",
                    share: 0.44,
                    under: "every fourth row and column",
                    voice: Voice::Broken,
                };
                let mut trial = Trial::new(dark, vec2(width + 4.0, 114.0));
                let low = Rect::from_min_size(rect.min, vec2(width, 58.0));
                trial.frame(vec![], |ui| measured(ui, low, &of).then_some(()));
                trial.inside(low);
                trial.apart();
                trial.says("Pixels never read: 44 %");
            }
        }
    }

    #[test]
    fn a_layer_is_chosen_by_its_column() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 50.0));
        let values: Vec<f32> = (0..20).map(|i| if i == 4 { f32::NAN } else { 10_f32.powi(i - 20) }).collect();
        let mut trial = Trial::new(true, rect.size());
        let event = trial.click(pos2(85.0, 40.0), |ui| {
            layers(ui, rect, "gradient", "layer", &values, Axis::log(1e-20, 1.0), &|_| Color32::BLUE, Some(9))
        });
        assert!(matches!(event, Some((8, _))), "{event:?}");
        trial.says("20 layers");
    }
}
