//! The page on dimensionality reduction drawn: the plane of each way, pictures above what each makes of them, errors by the
//! size of the code, the losses and what was measured.

use egui::{Align2, Color32, Rect, Ui, vec2};

use super::pictures::bright;
use super::squeezed::{Activation, BENT, LINEAR, MOST, Shown, Squeezed, Way};
use super::squeezed_plane::{legend, plane};
use crate::gpu::Tensor;
use crate::recipes::clothes::{Clothes, NUMBERS};
use crate::settings::Choice;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::columns::{Columns, ColumnsEvent, Series, columns};
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::page::{self, amount};
use crate::viz::words::{self, Voice};
use crate::viz::{Of, Quantity, View, theme};

/// Least height of the lower row and least side of a plane, height of the legend.
const LOWER: f32 = 178.0;
const LEAST: f32 = 168.0;
const LEGEND: f32 = 18.0;
/// Shares of the width of the lower row: pictures, errors; least width of the losses; space between them.
const SHARES: [f32; 2] = [0.44, 0.22];
const LOSSES: f32 = 270.0;
const SPACE: f32 = 18.0;
/// Space between pictures, height of a name, most width of the names of rows, most pictures and largest side.
const GAP: f32 = 4.0;
const NAME: f32 = 20.0;
const NAMES: f32 = 74.0;
const PICTURES: usize = 10;
const LARGEST: f32 = 72.0;

/// Numbers of panels, for the sentence: the three planes.
pub const PLANES: [usize; 3] = [0, 1, 2];

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    /// Another place is decoded.
    Place([f32; 2]),
    /// Another size of the code.
    Code(usize),
}

/// An error in words.
pub fn error(of: f64) -> String {
    if of.is_finite() { format!("{of:.4}") } else { "–".into() }
}

/// What a way is called in short, and its colour.
fn named(ui: &Ui, way: Way) -> (&'static str, Color32) {
    let c = theme::of(ui);
    match way {
        Way::Components => ("PCA", c.text),
        Way::Network(LINEAR) => ("A linear", c.blue),
        Way::Network(_) => ("B", c.b),
    }
}

/// Draws it; gives what is wanted.
pub fn draw(of: &Squeezed, ui: &mut Ui, view: &mut View<'_>) -> Option<Wanted> {
    let panel = Panel::picture(1.0).caption();
    let rows = [Row::Hero(vec![panel; 3]), Row::Fixed(LEGEND), Row::Fill(LOWER), Row::Measured(4)];
    let metrics = Metrics { row: 10.0, lowest: LEAST, widest_gap: 40.0, ..Metrics::default() };
    let placed = page::lay_with(ui, &rows, &metrics);
    let chosen = chosen(of);
    let mut wanted = None;
    for (way, cell) in Way::ALL.into_iter().zip(&placed.rows[0]) {
        let shown = of.shown(view, way);
        wanted = hero(of, ui, view, cell, (way, shown.as_ref()), &chosen).or(wanted);
    }
    let kinds: Vec<&str> = (0..of.asked.kinds).map(Clothes::name).collect();
    let axes = match of.asked.code {
        1 => "across: the one number; a row for each kind".into(),
        2 => "axes: both numbers in standard deviations".into(),
        code => format!("axes: numbers 1 and 2 of {code} in standard deviations"),
    };
    legend(ui, placed.rows[1][0].rect, &kinds, &axes);
    let below = placed.rows[2][0].rect;
    let losses = (below.width() * (1.0 - SHARES[0] - SHARES[1])).max(LOSSES.min(below.width() * 0.4));
    let rest = below.width() - losses;
    let pictures = rest * SHARES[0] / (SHARES[0] + SHARES[1]);
    let part = |from: f32, to: f32| {
        below.with_min_x(below.left() + from.round()).with_max_x(below.left() + to.round() - SPACE)
    };
    table(of, ui, view, part(0.0, pictures), &chosen);
    if let Some(code) = sizes(of, ui, view, part(pictures, rest)) {
        wanted = Some(Wanted::Code(code));
    }
    let level = of.error(view, Way::Components);
    let quantity = level.map_or(Quantity::Loss, |level| Quantity::LossBeside(level as f32, "PCA"));
    view.curves(ui, below.with_min_x(below.left() + rest.round()), &[quantity]);
    measured(of, ui, view, &placed.rows[3]);
    wanted
}

/// The pictures that are shown: each kind in turn.
fn chosen(of: &Squeezed) -> Vec<usize> {
    let of_kind = |kind: usize| (0..of.kinds.len()).filter(move |i| of.kinds[*i] == kind);
    let rounds = PICTURES.div_ceil(of.asked.kinds.max(1));
    let all =
        (0..rounds).flat_map(|round| (0..of.asked.kinds).filter_map(move |kind| of_kind(kind).nth(round)));
    all.take(PICTURES).collect()
}

/// A plane with its name and its error.
fn hero(
    of: &Squeezed,
    ui: &mut Ui,
    view: &mut View<'_>,
    cell: &Cell,
    (way, shown): (Way, Option<&Shown>),
    chosen: &[usize],
) -> Option<Wanted> {
    let c = theme::of(ui);
    let (_, ink) = named(ui, way);
    let name = match way {
        Way::Components => "PCA".into(),
        Way::Network(LINEAR) => "A, linear".into(),
        Way::Network(_) if of.asked.activation == Activation::Without => "B, no activation".into(),
        Way::Network(_) => format!("B, {}", of.asked.activation.name()),
    };
    let wide = words::write(ui, cell.name, Align2::LEFT_CENTER, &name, theme::semibold(14.0), ink);
    if let Some(reached) = of.error(view, way) {
        let rest = cell.name.with_min_x((wide.right() + 6.0).min(cell.name.right()));
        let text = format!("error {}", error(reached));
        let text =
            if words::width(ui, &text, theme::value()) <= rest.width() { text } else { error(reached) };
        if words::width(ui, &text, theme::value()) <= rest.width() {
            words::write(ui, rest, Align2::RIGHT_CENTER, &text, theme::value(), c.dim);
        }
    }
    let what = match way {
        Way::Components => "drag the ring: all decode it".into(),
        Way::Network(LINEAR) => "autoencoder, no activation".into(),
        Way::Network(_) => {
            format!("autoencoder, {}", words::plural(of.asked.layers, "hidden layer", "hidden layers"))
        }
    };
    remark(ui, cell.caption, &what);
    plane(ui, view, cell.rect, &name, (of, shown?), chosen).map(Wanted::Place)
}

/// Pictures above what each way makes of them.
fn table(of: &Squeezed, ui: &mut Ui, view: &mut View<'_>, rect: Rect, chosen: &[usize]) {
    let c = theme::of(ui);
    let spoiled = of.asked.noise > 0.0;
    let line = rect.with_max_y(rect.top() + NAME);
    let title =
        if spoiled { "Unseen pictures, with noise, restored" } else { "Unseen pictures and restored" };
    let fits = words::width(ui, title, theme::semibold(13.0)) <= line.width();
    let title = if fits { title } else { "Pictures" };
    words::write(ui, line, Align2::LEFT_CENTER, title, theme::semibold(13.0), c.text);
    let own = rect.with_min_y(line.bottom() + 2.0);
    let mut rows: Vec<(&str, Color32, Of, Tensor, Option<f64>)> =
        vec![("picture", c.dim, Of::Plan, of.pictures[0].clone(), None)];
    if spoiled {
        rows.push(("with noise", c.dim, Of::Plan, of.pictures[1].clone(), None));
    }
    for way in Way::ALL {
        let reached = of.error(view, way);
        if let Some(shown) = of.shown(view, way) {
            let (name, ink) = named(ui, way);
            rows.push((name, ink, shown.of, shown.restored, reached));
        }
    }
    let count = if spoiled { 5.0 } else { 4.0 };
    let high = ((own.height() - GAP * (count - 1.0)) / count).floor();
    let columns = (((own.width() - NAMES + GAP) / (high + GAP)) as usize).clamp(1, PICTURES);
    let side = high.min((own.width() - NAMES + GAP) / columns as f32 - GAP).min(LARGEST).floor();
    let wide = (own.width() - NAMES - side * columns as f32) / (columns.max(2) - 1) as f32;
    let wide = wide.clamp(GAP, 3.0 * GAP);
    for (row, (name, ink, session, tensor, reached)) in rows.iter().enumerate() {
        let top = own.top() + row as f32 * (side + GAP);
        let label = Rect::from_min_size(egui::pos2(own.left(), top), vec2(NAMES - 8.0, side));
        let half = reached.filter(|_| side >= 30.0).map_or(0.0, |_| 8.0);
        let upper = label.translate(vec2(0.0, -half));
        words::write(ui, upper, Align2::LEFT_CENTER, name, theme::semibold(13.0), *ink);
        if let Some(reached) = reached.filter(|_| half > 0.0) {
            let lower = label.translate(vec2(0.0, half));
            words::write(ui, lower, Align2::LEFT_CENTER, &error(reached), theme::number(), c.dim);
        }
        for (column, picture) in chosen.iter().take(columns).enumerate() {
            let at = egui::pos2(own.left() + NAMES + column as f32 * (side + wide), top);
            let cell = Cell::bare(Rect::from_min_size(at.round(), vec2(side, side)));
            let kind = Clothes::name(of.kinds[*picture]);
            let title = format!("{name}: {kind} {}", column + 1);
            view.of(*session).panel(ui, &cell, tensor, *picture, &bright(&title));
        }
    }
}

/// The error of components by the size of the code; gives the size that was clicked.
fn sizes(of: &Squeezed, ui: &mut Ui, view: &mut View<'_>, rect: Rect) -> Option<usize> {
    let c = theme::of(ui);
    let line = rect.with_max_y(rect.top() + NAME);
    let fits = |text: &&&str| words::width(ui, text, theme::semibold(13.0)) <= line.width();
    let title = ["Error of PCA by code size", "PCA error by code size", "PCA error"];
    let title = title.iter().find(fits).copied().unwrap_or("");
    words::write(ui, line, Align2::LEFT_CENTER, title, theme::semibold(13.0), c.text);
    let errors = view.values(&of.errors)?;
    let labels: Vec<String> = (1..=MOST).map(|k| k.to_string()).collect();
    let highest = errors.iter().copied().fold(0.0, f32::max);
    let shown = Series { name: "error", values: errors.get(1..)?, ink: c.faint, wanted: &[], was: &[] };
    let columns_of = Columns {
        name: "Error of PCA by code size",
        labels: &labels,
        series: &[shown],
        range: Axis::linear(0.0, highest.max(f32::MIN_POSITIVE)),
        focus: Some(of.asked.code - 1),
        drags: false,
        write: |v| format!("{v:.3}").trim_start_matches('0').to_owned(),
    };
    match columns(ui, rect.with_min_y(line.bottom() + 2.0), &columns_of)? {
        ColumnsEvent::Clicked(i) => Some(i + 1),
        _ => None,
    }
}

fn measured(of: &Squeezed, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
    let code = of.asked.code;
    let kept = of.kept(view).unwrap_or(f64::NAN);
    let [components, linear, bent] = [Way::Components, Way::Network(LINEAR), Way::Network(BENT)]
        .map(|way| of.error(view, way).unwrap_or(f64::NAN));
    let all = components / (1.0 - kept);
    let share = |error: f64| if (error / all).is_finite() { (error / all).min(1.0) } else { 0.0 };
    let against = |error: f64| {
        let more = error / components - 1.0;
        match more {
            _ if !more.is_finite() => "–".into(),
            _ if more.abs() < 0.005 => "as PCA".into(),
            _ if more >= 1.0 => format!("{:.1}× that of PCA", 1.0 + more),
            _ if more > 0.0 => format!("{} more than PCA", words::percent(more)),
            _ => format!("{} less than PCA", words::percent(-more)),
        }
    };
    let kept = if kept.is_finite() { words::percent(kept) } else { "–".into() };
    let mut rows = [
        amount(
            "Compression",
            format!("{:.1}×", NUMBERS as f64 / code as f64),
            code as f64 / NUMBERS as f64,
            format!("{NUMBERS} → {}", words::plural(code, "number", "numbers")),
        ),
        amount("Error of PCA", error(components), share(components), format!("{kept} of the variance kept")),
        amount("Error of A, linear", error(linear), share(linear), against(linear)),
        amount("Error of B", error(bent), share(bent), against(bent)),
    ];
    (rows[0].4, rows[1].4, rows[3].4) = (Voice::Plain, Voice::Plain, Voice::B);
    page::figures(ui, cells, &rows);
}

/// Says it where there is room for all of it.
fn remark(ui: &Ui, rect: Rect, text: &str) {
    if words::width(ui, text, theme::small()) <= rect.width() {
        words::write(ui, rect, Align2::LEFT_CENTER, text, theme::small(), theme::of(ui).faint);
    }
}
