//! Numbers under the columns of a drawing, line by line, each with its bar: what grows from column to column
//! and what shrinks is seen without reading.

use egui::{Align2, Rangef, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bars::trough;
use crate::data::table::{Cell, Table};
use crate::viz::facts::grouped;
use crate::viz::{offer, theme, words};

/// Height of a line in points.
pub const LINE: f32 = 28.0;
/// Least width of a column in points in which its number is written.
const WRITTEN: f32 = 34.0;

/// Least length of a bar in points, where its column is as wide.
const SHORTEST: f32 = 40.0;

/// Width of a column without the space at both sides.
fn inner(width: f32) -> f32 {
    width - 2.0 * (width * 0.08).clamp(1.0, 10.0)
}

/// A number of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// As it is written.
    pub text: String,
    /// As it is written where that is too wide.
    pub short: String,
    /// Length of its bar, 0 to 1.
    pub share: f32,
}

/// A line of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// What they are; stands in the first column.
    pub label: &'a str,
    /// All of them together, behind the label.
    pub total: String,
    /// A number for each column behind the first.
    pub entries: Vec<Option<Entry>>,
}

/// A count in at most five letters: "280", "5.0k", "1.4M".
pub fn compact(n: u64) -> String {
    let (unit, sign) = match n {
        0..1_000 => return n.to_string(),
        1_000..999_500 => (1e3, "k"),
        999_500..999_500_000 => (1e6, "M"),
        _ => (1e9, "G"),
    };
    let scaled = n as f64 / unit;
    if scaled < 9.95 { format!("{scaled:.1}{sign}") } else { format!("{scaled:.0}{sign}") }
}

/// Counts as entries; the largest has the longest bar. 0 is no entry.
pub fn counts(numbers: impl Iterator<Item = u64> + Clone) -> Vec<Option<Entry>> {
    let most = numbers.clone().max().unwrap_or(0).max(1) as f32;
    let entry = |n: u64| Entry { text: grouped(n), short: compact(n), share: n as f32 / most };
    numbers.map(|n| (n > 0).then(|| entry(n))).collect()
}

/// Draws lines under `columns` into `rect`, the chosen column marked; gives the column that was clicked.
pub fn ledger(
    ui: &mut Ui,
    rect: Rect,
    columns: &[Rangef],
    lines: &[Line<'_>],
    chosen: Option<usize>,
) -> Option<usize> {
    let c = theme::of(ui);
    let column = |i: usize| columns.get(i).map(|x| Rect::from_x_y_ranges(*x, rect.y_range()));
    if let Some(own) = chosen.filter(|i| *i > 0).and_then(column) {
        ui.painter().rect_filled(own.shrink2(vec2(2.0, 0.0)), theme::RADIUS, c.blue_fill);
    }
    offer::table(ui, "Numbers of each layer", rect, || {
        let row = |i: usize| {
            let text = |line: &Line<'_>| match line.entries.get(i).and_then(Option::as_ref) {
                Some(entry) => Cell::Text(entry.text.clone()),
                None => Cell::Empty,
            };
            std::iter::once(Cell::Number(i as f32 + 1.0)).chain(lines.iter().map(text)).collect()
        };
        let count = lines.iter().map(|line| line.entries.len()).max().unwrap_or(0);
        let names = std::iter::once("layer").chain(lines.iter().map(|line| line.label));
        Table { rows: (0..count).map(row).collect(), ..Table::new(names) }
    });
    let mut clicked = None;
    // Bars of one length, or they could not be compared.
    let narrowest = columns.iter().skip(1).map(|x| inner(x.span())).fold(f32::INFINITY, f32::min);
    let high = rect.height() / lines.len().max(1) as f32;
    for (n, line) in lines.iter().enumerate() {
        let y = Rangef::new(rect.top() + n as f32 * high, rect.top() + (n + 1) as f32 * high);
        let first = column(0)?;
        let first = Rect::from_x_y_ranges(first.x_range(), y).shrink2(vec2(0.0, 3.0));
        let first = first.with_max_x(first.right() - 8.0);
        // The total goes where both do not fit: the label tells what the bars are.
        let total = words::width(ui, &line.total, theme::semibold(13.0));
        if words::width(ui, line.label, theme::control()) + total + 6.0 <= first.width() {
            words::write(ui, first, Align2::RIGHT_CENTER, &line.total, theme::semibold(13.0), c.text);
        }
        words::write(ui, first, Align2::LEFT_CENTER, line.label, theme::control(), c.dim);
        for (i, entry) in line.entries.iter().enumerate() {
            let (Some(own), Some(entry)) = (column(i + 1), entry) else { continue };
            let own = Rect::from_x_y_ranges(own.x_range(), y);
            let room = own.shrink2(vec2((own.width() - inner(own.width())) / 2.0, 0.0));
            let fits = |text: &&String| words::width(ui, text, theme::number()) <= room.width();
            let text = [&entry.text, &entry.short].into_iter().find(fits).filter(|_| own.width() >= WRITTEN);
            if let Some(text) = text {
                let ink = if chosen == Some(i + 1) { c.blue_text } else { c.text };
                let above = room.with_max_y(y.max - 8.0);
                words::write(ui, above, Align2::CENTER_CENTER, text, theme::number(), ink);
            }
            let long = narrowest.max(SHORTEST).min(room.width());
            let bar = Rect::from_center_size(pos2(room.center().x, y.max - 6.0), vec2(long, 4.0));
            trough(ui, bar, entry.share, c.blue);
        }
    }
    for i in 0..columns.len() {
        let Some(own) = column(i) else { continue };
        let response = ui.interact(own, ui.scope_id().with(("ledger", i)), Sense::click());
        response.widget_info(|| {
            let said = |line: &Line<'_>| {
                let entry = line.entries.get(i.wrapping_sub(1))?.as_ref()?;
                Some(format!("{} {}", line.label, entry.text))
            };
            let all: Vec<String> = lines.iter().filter_map(said).collect();
            WidgetInfo::selected(
                Role::Button,
                true,
                chosen == Some(i),
                format!("Column {i}: {}", all.join(", ")),
            )
        });
        if response.clicked() {
            clicked = Some(i);
        }
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn numbers_keep_to_their_columns_and_a_click_chooses_one() {
        assert_eq!([280, 5_020, 1_445_000, 19_610].map(compact), ["280", "5.0k", "1.4M", "20k"]);
        let entries = counts([280, 5_020, 20_040, 0].into_iter());
        assert_eq!(entries[3], None);
        assert_eq!(entries[2].as_ref().map(|e| (e.text.as_str(), e.share)), Some(("20,040", 1.0)));
        let lines = [
            Line { label: "Parameters", total: "25,340".into(), entries },
            Line {
                label: "Multiply-adds",
                total: "2.8M".into(),
                entries: counts([369_630, 1_445_000, 980_000].into_iter()),
            },
        ];
        for wide in [130.0, 44.0, 9.0] {
            let columns: Vec<Rangef> = [Rangef::new(4.0, 180.0)]
                .into_iter()
                .chain((0..4).map(|i| Rangef::new(180.0 + i as f32 * wide, 180.0 + (i + 1) as f32 * wide)))
                .collect();
            let rect = Rect::from_min_max(pos2(4.0, 4.0), pos2(180.0 + 4.0 * wide, 60.0));
            let mut trial = Trial::new(true, rect.max.to_vec2() + vec2(4.0, 4.0));
            let event =
                trial.click(pos2(180.0 + 1.5 * wide, 30.0), |ui| ledger(ui, rect, &columns, &lines, Some(1)));
            assert_eq!(event, Some(2));
            trial.inside(rect);
            trial.apart();
            trial.says("Parameters 5,020, Multiply-adds 1,445,000");
        }
    }
}
