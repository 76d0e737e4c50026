//! The page on sigmoid and softmax drawn: the logits as columns to drag, both outputs on one axis, a class worked out,
//! the gradients of both losses, and how each output moves with each logit.

use egui::{Align2, Color32, Rect, Ui};

use super::scores::{Form, Numbers, Read, Scores};
use crate::viz::figures::axis::Axis;
use crate::viz::figures::columns::{Columns, ColumnsEvent, Series, columns};
use crate::viz::figures::fit::{Cell, tiles};
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View, theme};

/// Greatest size of a logit.
pub const REACH: f32 = 6.0;
/// Logits are dragged to multiples of this.
const STEP: f32 = 0.05;
/// Least and greatest height of a line of the worked class.
const LINE: [f32; 2] = [14.0, 22.0];
/// Height of the name above a grid, and space between the two.
const TITLE: f32 = 18.0;
const BETWEEN: f32 = 16.0;
/// Differences up to here are rounding: of two functions of one logit, of a gradient, of a finite difference.
const ROUNDING: f64 = 1e-6;
const FINITE: f64 = 5e-3;

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Scores,
    /// The form that is shown.
    pub form: Form,
    /// The class that is worked out where none is pointed at, counted from 0.
    pub class: usize,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// Work this class out.
    Class(usize),
    /// Give a class this logit.
    Logit(usize, f32),
}

/// What was done with the columns of a class.
fn wish(event: ColumnsEvent) -> Option<Wish> {
    match event {
        ColumnsEvent::Clicked(i) => Some(Wish::Class(i)),
        ColumnsEvent::Dragged(i, to) => Some(Wish::Logit(i, (to / STEP).round() * STEP)),
        ColumnsEvent::Hovered(_) => None,
    }
}

/// What outputs add up to: 1.00 also where rounding leaves a little.
pub fn total(sum: f64) -> String {
    if sum.is_finite() { format!("{sum:.2}") } else { words::short(sum) }
}

/// A number of a worked line.
fn written(v: f32) -> String {
    words::short(v.into())
}

/// The same where it is taken off.
fn taken(v: f64) -> String {
    if v < 0.0 { format!("({})", words::short(v)) } else { words::short(v) }
}

impl Drawn<'_> {
    /// Draws all of it into the cells of the page; says what was done.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        [hero, below, measured]: [&[Cell]; 3],
    ) -> Option<Wish> {
        let numbers = Numbers::of(self.of, view)?;
        let key = ui.scope_id().with("pointed class");
        let before: Option<usize> = ui.data(|data| data.get_temp(key)).flatten();
        let k = self.of.asked.logits.len();
        let at = before.unwrap_or(self.class).min(k - 1);
        let labels: Vec<String> =
            (1..=k).map(|i| if k > 4 { i.to_string() } else { format!("class {i}") }).collect();
        let logits = self.logits(ui, &hero[0], &labels, at);
        let shares = self.shares(ui, view, [&hero[1], &hero[2]], &numbers, &labels, at);
        self.worked(ui, &below[0], &numbers, at);
        let gradients = self.gradients(ui, view, &below[1], &numbers, &labels, at);
        let moved = self.moves(ui, view, &below[2], &numbers, at);
        self.measured(ui, measured, &numbers);
        let event = logits.or(shares).or(gradients);
        let pointed = event.map(|event| match event {
            ColumnsEvent::Hovered(i) | ColumnsEvent::Clicked(i) | ColumnsEvent::Dragged(i, _) => i,
        });
        let now = pointed.or(moved);
        if now != before {
            ui.data_mut(|data| data.insert_temp(key, now));
            ui.ctx().request_repaint();
        }
        event.and_then(wish)
    }

    /// Colours of softmax and of the sigmoids.
    fn inks(ui: &Ui) -> [Color32; 2] {
        let c = theme::of(ui);
        [c.blue, c.b]
    }

    /// How the logits become what both functions read, if anything is done to them.
    fn entered(&self, z: &str) -> Option<String> {
        let asked = &self.of.asked;
        let (c, t) = (f64::from(asked.shift), f64::from(asked.temperature));
        let sign = if c < 0.0 { '−' } else { '+' };
        let sum = format!("{z} {sign} {}", words::short(c.abs()));
        match (c != 0.0, t != 1.0) {
            (false, false) => None,
            (true, false) => Some(sum),
            (false, true) => Some(format!("{z} / {}", words::short(t))),
            (true, true) => Some(format!("({sum}) / {}", words::short(t))),
        }
    }

    /// The logits.
    fn logits(&self, ui: &mut Ui, cell: &Cell, labels: &[String], at: usize) -> Option<ColumnsEvent> {
        let shape = self.entered("z").map_or("z, drag one".to_owned(), |x| format!("z; x = {x}"));
        words::panel_name(ui, cell.name, "Logits", &shape);
        let ink = theme::of(ui).dim;
        let series = [Series { name: "logit", values: &self.of.asked.logits, ink, wanted: &[], was: &[] }];
        let range = Axis::linear(-REACH, REACH);
        let write = words::cell;
        let of =
            Columns { name: "Logits", labels, series: &series, range, focus: Some(at), drags: true, write };
        columns(ui, cell.rect, &of)
    }

    /// Both outputs on one axis, with what each should be.
    fn shares(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cells: [&Cell; 2],
        numbers: &Numbers,
        labels: &[String],
        at: usize,
    ) -> Option<ColumnsEvent> {
        let read = &numbers.forms[self.form as usize];
        let targets = self.of.asked.targets();
        let mut found = None;
        for (i, name) in ["Softmax", "Sigmoid"].into_iter().enumerate() {
            let told = if self.of.asked.shift == 0.0 { "dashed: label" } else { "line: before" };
            let sum = total(read.sums()[i]);
            let shape = match self.form {
                Form::Naive => format!("{}, sum {sum}", ["naive", "e^x/(e^x + 1)"][i]),
                Form::Stable => format!("sum {sum}, {told}"),
            };
            words::panel_name(ui, cells[i].name, name, &shape);
            let was = if self.of.asked.shift == 0.0 { &[][..] } else { &numbers.before[i][..] };
            let series =
                [Series { name, values: &read.shares[i], ink: Self::inks(ui)[i], wanted: &targets[i], was }];
            let range = Axis::linear(0.0, 1.0);
            let write = words::weight;
            let of = Columns { name, labels, series: &series, range, focus: Some(at), drags: false, write };
            let event = columns(ui, cells[i].rect, &of);
            if let Some(ColumnsEvent::Hovered(class)) = event {
                view.point(&self.of.forms[self.form as usize].shares[i], class);
            }
            found = found.or(event);
        }
        found
    }

    /// One class worked out, line by line.
    fn worked(&self, ui: &mut Ui, cell: &Cell, numbers: &Numbers, at: usize) {
        words::panel_name(ui, cell.name, "Worked out", &format!("class {}", at + 1));
        let c = theme::of(ui);
        let [a, b] = Self::inks(ui);
        let read = &numbers.forms[self.form as usize];
        let x = numbers.x[at];
        let z = written(self.of.asked.logits[at]);
        let (power, share, own) = (read.powers[at], read.shares[0][at], read.shares[1][at]);
        let less = match self.form {
            Form::Stable => format!("{} − {}", written(x), taken(numbers.largest)),
            Form::Naive => written(x),
        };
        let sum = words::short(read.sum);
        let targets = self.of.asked.targets().map(|t| t[at]);
        let first =
            self.entered(&z).map_or(format!("x = z = {z}"), |of| format!("x = {of} = {}", written(x)));
        let residual = |i: usize| {
            let [p, y] = [read.shares[i][at], targets[i]].map(written);
            format!("p − y = {p} − {y} = {}", written(read.gradients[i][at]))
        };
        let sigmoid = match self.form {
            Form::Stable => format!("1 / (1 + e^−{}) = {}", taken(x.into()), written(own)),
            Form::Naive => format!("{0} / ({0} + 1) = {1}", written(power), written(own)),
        };
        let lines = [
            (first, c.dim),
            (format!("e^({less}) = {}", written(power)), a),
            (format!("Σ over {} classes = {sum}", read.powers.len()), a),
            (format!("{} / {sum} = {}", written(power), written(share)), a),
            (residual(0), a),
            (sigmoid, b),
            (format!("ln σ = {}", written(read.logs[at])), b),
            (residual(1), b),
        ];
        let high = (cell.rect.height() / lines.len() as f32).clamp(LINE[0], LINE[1]);
        for (i, (text, ink)) in lines.iter().enumerate() {
            let top = cell.rect.top() + i as f32 * high;
            let line = cell.rect.with_min_y(top).with_max_y((top + high).min(cell.rect.bottom()));
            // What is no number is seen at once.
            let ink = if text.contains("NaN") || text.contains('∞') { c.broken } else { *ink };
            words::write(ui, line, Align2::LEFT_CENTER, text, theme::number(), ink);
        }
    }

    /// The gradients of both losses.
    fn gradients(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        numbers: &Numbers,
        labels: &[String],
        at: usize,
    ) -> Option<ColumnsEvent> {
        let read = &numbers.forms[self.form as usize];
        let [categorical, binary] = read.losses.map(words::short);
        words::panel_name(ui, cell.name, "Gradient p − y", &format!("loss {categorical}, {binary}"));
        let [a, b] = Self::inks(ui);
        let series = [
            Series { name: "categorical", values: &read.gradients[0], ink: a, wanted: &[], was: &[] },
            Series { name: "binary", values: &read.gradients[1], ink: b, wanted: &[], was: &[] },
        ];
        let range = Axis::linear(-1.0, 1.0);
        let write = words::cell;
        let name = "Gradients";
        let of = Columns { name, labels, series: &series, range, focus: Some(at), drags: false, write };
        let event = columns(ui, cell.rect, &of);
        if let Some(ColumnsEvent::Hovered(class)) = event {
            view.point(&self.of.forms[self.form as usize].gradients[0], class);
        }
        event
    }

    /// How each output, a row, moves with each logit, a column; gives the column that is pointed at.
    fn moves(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        numbers: &Numbers,
        at: usize,
    ) -> Option<usize> {
        let k = self.of.asked.logits.len();
        words::panel_name(ui, cell.name, "Jacobian", "outputs down, logits across");
        let read = &numbers.forms[self.form as usize];
        // A sigmoid moves by a quarter of its logit at most, and so does softmax.
        let ends = Range::Fixed(-0.25, 0.25);
        let [a, b] = Self::inks(ui);
        let mut found = None;
        let room = cell.rect.with_min_y((cell.rect.top() + TITLE).min(cell.rect.bottom()));
        for (i, rect) in tiles(room, 2, 1.0, [BETWEEN, TITLE]).into_iter().enumerate() {
            let (name, ink) = [("softmax", a), ("sigmoid", b)][i];
            let title = Rect::from_min_max(rect.min - egui::vec2(0.0, TITLE), rect.right_top());
            words::write(ui, title, Align2::LEFT_CENTER, name, theme::small(), ink);
            let spoken = format!("Jacobian of {name}");
            let style = MapStyle::panel(&spoken, "", Look::Diverging).range(ends.clone()).untitled();
            let tensor = &self.of.forms[self.form as usize].moves[i];
            let drawn = view.panel(ui, &Cell::bare(rect), tensor, 0, &style);
            let column = drawn.cells(0.0, at as f32, k as f32, 1.0);
            strokes::focus(ui.painter(), column, theme::of(ui).focus);
            found = found.or(drawn.hovered.map(|[_, column]| column));
            // What one class gains, the others lose, or nobody does.
            let sum: f64 = (0..k).map(|output| f64::from(read.moves[i][output * k + at])).sum();
            let sum = if sum.abs() < ROUNDING { "0".to_owned() } else { words::short(sum) };
            let line = Rect::from_min_max(rect.left_bottom(), rect.right_bottom() + egui::vec2(0.0, TITLE));
            let line = line.intersect(cell.rect);
            if line.height() >= TITLE - 1.0 {
                let text = format!("column {}: sum {sum}", at + 1);
                words::write(ui, line, Align2::LEFT_CENTER, &text, theme::small(), theme::of(ui).dim);
            }
        }
        found
    }

    /// The measured row.
    fn measured(&self, ui: &mut Ui, cells: &[Cell], numbers: &Numbers) {
        let read = &numbers.forms[self.form as usize];
        let [shared, each] = read.sums();
        let k = self.of.asked.logits.len();
        let judged = |differs: f64, limit: f64| match differs {
            d if d <= limit => Voice::Good,
            _ => Voice::Plain,
        };
        let naive = &numbers.forms[Form::Naive as usize];
        let lost = naive.lost();
        let figure = |label, value: String, under: String, voice| (label, value, 0.0, under, voice);
        let sum = |label, sum: f64, under: String, voice| {
            let (label, value, share, under, _) = amount(label, total(sum), sum / k as f64, under);
            (label, value, share, under, if sum.is_nan() { Voice::Broken } else { voice })
        };
        let rows = [
            sum("Softmax sum", shared, format!("{k} classes share it"), Voice::A),
            sum("Sigmoid sum", each, format!("each 0 to 1, {k} at most"), Voice::B),
            figure(
                "p − y",
                words::short(numbers.targets_differ),
                format!("off; by ±1/32: {}", words::short(numbers.slopes_differ)),
                judged(numbers.slopes_differ, FINITE),
            ),
            figure(
                "Sigmoid of z",
                words::short(numbers.pairs_differ),
                "off softmax of (z, 0)".into(),
                judged(numbers.pairs_differ, ROUNDING),
            ),
            if lost > 0 {
                figure(
                    "Naive form",
                    "NaN".into(),
                    format!("{lost} of {k}: {}", overflow(naive)),
                    Voice::Broken,
                )
            } else {
                let under = "off the stable form".into();
                figure("Naive form", words::short(numbers.forms_differ), under, Voice::Plain)
            },
        ];
        figures(ui, cells, &rows);
    }
}

/// Why naive softmax has no numbers.
fn overflow(naive: &Read) -> String {
    format!("Σ e^x is {}", words::short(naive.sum))
}
