//! A row of figures: a small caption above a number.

use egui::{Color32, RichText, TextStyle, Ui};

use super::theme;

/// Space between two figures in points.
const SPACE: f32 = 22.0;

/// Draws captions with their figures side by side, in as many rows as they need.
pub fn facts(ui: &mut Ui, facts: &[(&str, String)]) {
    let width = |ui: &Ui, text: &str, style: TextStyle| {
        let font = style.resolve(ui.style());
        ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x
    };
    let room = ui.available_width();
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = 0.0;
    for (i, (caption, figure)) in facts.iter().enumerate() {
        let wide = width(ui, caption, TextStyle::Small).max(width(ui, figure, TextStyle::Body)) + SPACE;
        if used + wide > room + SPACE && used > 0.0 {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += wide;
        if let Some(row) = rows.last_mut() {
            row.push(i);
        }
    }
    for row in rows {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE;
            for (caption, figure) in row.into_iter().map(|i| &facts[i]) {
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    let caption = RichText::new(*caption).small().color(theme::faint(ui.visuals()));
                    ui.add(egui::Label::new(caption).extend());
                    ui.add(egui::Label::new(RichText::new(figure).strong()).extend());
                });
            }
        });
    }
}

/// A whole number with separators: 1,234,567.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// `h × w × channels`.
pub fn shape(h: usize, w: usize, channels: usize) -> String {
    format!("{h} × {w} × {channels}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_of_three() {
        assert_eq!(super::grouped(1_234_567), "1,234,567");
        assert_eq!(super::grouped(999), "999");
    }
}
