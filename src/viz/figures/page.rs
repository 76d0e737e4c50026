//! What most pages are put together from: the layout in all the room there is, the pictures of a
//! comparison, the row of measured figures.

use std::sync::Arc;

use egui::{Align2, Context, Id, Rect, Ui, Vec2, vec2};

use super::bars::{self, Measured};
use super::fit::{Cell, Metrics, Placement, Row, fit};
use super::strokes;
use crate::viz::words::Voice;
use crate::viz::{theme, words};

/// Lays `rows` out in the room of `ui`, and takes that room.
pub fn lay(ui: &mut Ui, rows: &[Row]) -> Placement {
    lay_with(ui, rows, &Metrics::default())
}

/// The same with other measures.
pub fn lay_with(ui: &mut Ui, rows: &[Row], metrics: &Metrics) -> Placement {
    let room = ui.available_rect_before_wrap();
    let placed = fit(room.size(), rows, metrics).at(room.min);
    // All stands where it was placed: space after what is drawn would only make the page scroll.
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    ui.advance_cursor_after_rect(Rect::from_min_size(room.min, vec2(room.width(), placed.height)));
    let first = placed.rows.first().into_iter().flatten().map(|cell| cell.rect).reduce(Rect::union);
    let panels: Arc<[Rect]> = placed.rows.iter().flatten().map(Cell::whole).collect();
    ui.data_mut(|data| data.insert_temp(Id::unique(PANELS), Panels(panels)));
    keep_hero(ui.ctx(), first.unwrap_or(room));
    placed
}

/// Under what names egui remembers where the first row of the page was drawn, and all that was placed.
const HERO: &str = "hero";
const PANELS: &str = "panels";

/// Where all panels of a page were placed.
#[derive(Clone)]
struct Panels(Arc<[Rect]>);

/// Where the panels of the page were placed last, with all that belongs to them, row by row. The sentence above
/// the picture counts them so.
pub fn panels(ctx: &Context) -> Arc<[Rect]> {
    let kept = ctx.data(|data| data.get_temp::<Panels>(Id::unique(PANELS)));
    kept.map_or_else(Arc::default, |panels| panels.0)
}

/// Where the first row of the page was drawn last, without its names: what its card shows.
pub fn hero(ctx: &Context) -> Option<Rect> {
    ctx.data(|data| data.get_temp(Id::unique(HERO)))
}

/// Remembers where it was drawn.
pub fn keep_hero(ctx: &Context, rect: Rect) {
    ctx.data_mut(|data| data.insert_temp(Id::unique(HERO), rect));
}

/// Forgets it, for a page that may have no rows.
pub fn forget_hero(ctx: &Context) {
    ctx.data_mut(|data| data.remove::<Rect>(Id::unique(HERO)));
}

/// A measured figure: label, value, share of the whole, what it is measured of, its voice.
pub type Figure<'a> = (&'a str, String, f64, String, Voice);

/// A measured amount.
pub fn amount(label: &str, value: impl ToString, share: f64, under: impl Into<String>) -> Figure<'_> {
    (label, value.to_string(), share, under.into(), Voice::A)
}

/// Draws measured figures side by side.
pub fn figures(ui: &mut Ui, cells: &[Cell], figures: &[Figure<'_>]) {
    for ((label, value, share, under, voice), cell) in figures.iter().zip(cells) {
        let of = Measured { label, value, share: *share as f32, under, voice: *voice };
        bars::measured(ui, cell.rect, &of);
    }
}

/// What stands below a picture of a comparison, or in place of a panel's caption: its name, and at the right
/// its one number; the number goes first where both do not fit. The chosen one has a frame.
pub fn label(ui: &Ui, cell: &Cell, name: &str, value: &str, chosen: bool) {
    let c = theme::of(ui);
    let ink = if chosen { c.blue } else { c.text };
    if chosen {
        strokes::chosen(ui.painter(), cell.rect, c.blue);
    }
    let line = cell.caption;
    let wide = words::width(ui, name, theme::semibold(13.0));
    let rest = line.with_min_x((line.left() + wide + 6.0).min(line.right()));
    words::write(ui, line, Align2::LEFT_CENTER, name, theme::semibold(13.0), ink);
    if words::width(ui, value, theme::number()) <= rest.width() {
        words::write(ui, rest, Align2::RIGHT_CENTER, value, theme::number(), c.dim);
    }
}

/// Says in a picture's place why there is none, on as many lines as that takes.
pub fn reason(ui: &Ui, rect: Rect, text: &str) {
    let c = theme::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS, c.side);
    let inner = rect.shrink(12.0);
    let galley = ui.painter().layout(text.to_owned(), theme::control(), c.dim, inner.width());
    ui.painter_at(inner).galley(inner.min, galley, c.dim);
}
