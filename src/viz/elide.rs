//! One line of text in a rectangle, ended by … where it does not fit.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, FontId, Galley, Rect, Ui};

/// Lays `text` out in one line of at most `width` points.
pub fn line(ui: &Ui, text: &str, size: f32, ink: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), ink);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// Writes `text` into `rect`, against the side that `align` says.
pub fn write(ui: &Ui, rect: Rect, align: Align2, text: &str, size: f32, ink: Color32) {
    let galley = line(ui, text, size, ink, rect.width());
    let at = align.align_size_within_rect(galley.size(), rect).min;
    ui.painter_at(rect).galley(at, galley, ink);
}
