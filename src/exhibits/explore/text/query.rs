//! One query: lines from token to token, and beside each key its channels, its score and its weight.
//! All numbers come from the plan's tensors; pointing at one explains it.

use std::ops::Range;

use egui::{
    Align, Align2, Color32, FontId, Pos2, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, pos2, vec2,
};

use super::focus::{Asked, Focus};
use super::recorded::Recorded;
use crate::gpu::Tensor;
use crate::ops::arithmetic::number;
use crate::viz::{Look, MapStyle, Part, View, theme, words};

/// Height of a token's row in points.
const ROW: f32 = 15.0;
/// Height of the query's channels above the keys'.
const HEAD: f32 = 34.0;
/// A weight below this share of the largest draws no line, unless its token is pointed at.
const LEAST: f32 = 0.08;
/// The strongest lines that are drawn at once.
const MAX_LINES: usize = 1500;
const FONT: f32 = 12.0;

/// Narrower, and the channels are left out, in points.
const CHANNELS_FROM: f32 = 560.0;

/// Left ends of the columns: query tokens, lines, key tokens, channels, and the right ends of three numbers.
struct Columns {
    queries: f32,
    lines: [f32; 2],
    keys: f32,
    /// Where they have room.
    channels: Option<[f32; 2]>,
    /// Where the first number's room begins.
    values: f32,
    numbers: [f32; 3],
}

impl Columns {
    fn new(left: f32, width: f32) -> Self {
        let at = |share: f32| left + share * width;
        if width < CHANNELS_FROM {
            return Self {
                queries: at(0.18),
                lines: [at(0.19), at(0.35)],
                keys: at(0.36),
                channels: None,
                values: at(0.56),
                numbers: [at(0.7), at(0.84), at(0.99)],
            };
        }
        Self {
            queries: at(0.13),
            lines: [at(0.14), at(0.33)],
            keys: at(0.34),
            channels: Some([at(0.48), at(0.69)]),
            values: at(0.69),
            numbers: [at(0.76), at(0.845), at(0.99)],
        }
    }

    /// Where the room of the key tokens ends.
    fn key_end(&self) -> f32 {
        self.channels.map_or(self.values, |[left, _]| left)
    }
}

/// A line from a query to a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Token that looks.
    pub query: usize,
    /// Token that is looked at.
    pub key: usize,
    /// How much of its attention, 0 to 1.
    pub weight: f32,
}

/// Whose lines are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everyone's.
    All,
    /// What one token looks at.
    Query(usize),
    /// What looks at one token.
    Key(usize),
}

/// The lines of `weights [T, T]`, the weakest first: of everyone those between the tokens that are
/// `seen`, as far as they stand out; of one token all.
pub fn lines(weights: &[f32], tokens: usize, whose: Whose, seen: &Range<usize>) -> Vec<Line> {
    let (queries, keys) = match whose {
        Whose::All => (seen.clone(), seen.clone()),
        Whose::Query(query) => (query..query + 1, 0..tokens),
        Whose::Key(key) => (0..tokens, key..key + 1),
    };
    let cells = queries.flat_map(|query| keys.clone().map(move |key| (query, key)));
    let line = |(query, key)| Some(Line { query, key, weight: *weights.get(query * tokens + key)? });
    let mut lines: Vec<Line> = cells.filter_map(line).filter(|line| line.weight > 0.0).collect();
    lines.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    let largest = lines.last().map_or(0.0, |line| line.weight);
    let weak = match whose {
        Whose::All => lines.partition_point(|line| line.weight < LEAST * largest),
        Whose::Query(_) | Whose::Key(_) => 0,
    };
    lines.split_off(weak.max(lines.len().saturating_sub(MAX_LINES)))
}

/// Draws the table; returns the token that was clicked.
pub fn table(
    ui: &mut Ui,
    view: &mut View<'_>,
    recorded: &Recorded,
    focus: Focus,
    high: f32,
) -> Option<Asked> {
    let labels = &recorded.first.labels;
    let width = ui.available_width() - 12.0;
    let mut asked = None;
    let (header, _) = ui.allocate_exact_size(vec2(width, HEAD), Sense::hover());
    let columns = Columns::new(header.left(), width);
    head(ui, view, recorded, focus, header, &columns);
    let scroll = ScrollArea::vertical().id_salt("tokens").max_height((high - HEAD).max(6.0 * ROW));
    scroll.show_viewport(ui, |ui, seen| {
        let (all, _) = ui.allocate_exact_size(vec2(width, labels.len() as f32 * ROW), Sense::hover());
        // What is seen may be left of a longer sentence, scrolled past the end of this one.
        let first = ((seen.top() / ROW).max(0.0) as usize).min(labels.len());
        let rows = first..((seen.bottom() / ROW).ceil() as usize).clamp(first, labels.len());
        let row = |i: usize| Rect::from_min_size(all.min + vec2(0.0, i as f32 * ROW), vec2(width, ROW));
        if let Some([left, right]) = columns.channels {
            channels(ui, view, recorded, focus, Rect::from_x_y_ranges(left..=right, all.y_range()));
        }
        follow(ui, focus.query, row(focus.query), !rows.contains(&focus.query));
        let mut whose = Whose::All;
        let p = &recorded.layer(focus.layer).attention.probabilities;
        let count = labels.len();
        let weights = view.values(p);
        let own = weights
            .as_ref()
            .and_then(|w| w.get(focus.head * count * count..(focus.head + 1) * count * count));
        let looks = own.map_or(&[][..], |own| &own[focus.query * count..(focus.query + 1) * count]);
        let largest = looks.iter().copied().fold(0.0, f32::max);
        for i in rows.clone() {
            let [query, key] = [
                Rect::from_x_y_ranges(header.left()..=columns.queries, row(i).y_range()),
                Rect::from_x_y_ranges(columns.keys..=columns.key_end() - 6.0, row(i).y_range()),
            ];
            let clicked = token(ui, query, ("query", i), &labels[i], i == focus.query, true);
            if clicked.clicked() {
                asked = Some(Asked::Query(i));
            }
            let pointed = token(ui, key, ("key", i), &labels[i], false, false);
            whose = match () {
                () if clicked.hovered() => Whose::Query(i),
                () if pointed.hovered() => Whose::Key(i),
                () => whose,
            };
            values(ui, view, recorded, focus, i, row(i), &columns, largest);
        }
        let of = |whose| own.map_or_else(Vec::new, |own| lines(own, count, whose, &rows));
        let mut drawn = of(whose);
        if whose == Whose::All {
            drawn.retain(|line| line.query != focus.query);
            drawn.extend(of(Whose::Query(focus.query)));
        }
        let strongest = drawn.iter().map(|line| line.weight).fold(f32::MIN_POSITIVE, f32::max);
        for line in drawn.into_iter().filter(|l| rows.contains(&l.query) || rows.contains(&l.key)) {
            let ends = [(columns.lines[0], line.query), (columns.lines[1], line.key)];
            let ends = ends.map(|(x, token)| pos2(x, row(token).center().y));
            let strong = whose != Whose::All || line.query == focus.query;
            draw(ui, ends, line.weight / strongest, strong);
        }
    });
    asked
}

/// Scrolls to the query when another is chosen.
fn follow(ui: &mut Ui, query: usize, row: Rect, hidden: bool) {
    let id = ui.make_persistent_id("query followed");
    let before: Option<usize> = ui.data(|d| d.get_temp(id));
    if before != Some(query) {
        ui.data_mut(|d| d.insert_temp(id, query));
        if hidden {
            ui.scroll_to_rect_animation(row, Some(Align::Center), egui::style::ScrollAnimation::none());
            ui.ctx().request_repaint();
        }
    }
}

/// Titles of the columns, and the query's channels above the keys'.
fn head(ui: &mut Ui, view: &mut View<'_>, recorded: &Recorded, focus: Focus, rect: Rect, columns: &Columns) {
    let ink = theme::faint(ui.visuals());
    let title = |x: f32, align: Align2, text: &str| {
        ui.painter().text(pos2(x, rect.bottom() - 9.0), align, text, FontId::proportional(FONT), ink);
    };
    title(columns.queries, Align2::RIGHT_CENTER, "query");
    title(columns.keys, Align2::LEFT_CENTER, "key");
    title(columns.numbers[0], Align2::RIGHT_CENTER, "q·k");
    title(columns.numbers[1], Align2::RIGHT_CENTER, &format!("÷ √{}", recorded.head_size));
    title(columns.numbers[2], Align2::RIGHT_CENTER, "softmax");
    let Some([left, right]) = columns.channels else { return };
    let d = recorded.head_size;
    let name = format!("q of \"{}\", k below", recorded.first.labels[focus.query]);
    let at = Rect::from_x_y_ranges(left..=right, rect.top()..=rect.bottom());
    let part = Part { start: [focus.query, focus.head * d], size: [1, d] };
    let style = MapStyle::new(&name, Look::Diverging, 0.0).size(vec2(at.width(), 12.0)).stretched();
    ui.scope_builder(UiBuilder::new().max_rect(at), |ui| {
        view.map(ui, &recorded.layer(focus.layer).q, 0, style.without_bar().part(part));
    });
}

/// The keys' channels, a row for each token.
fn channels(ui: &mut Ui, view: &mut View<'_>, recorded: &Recorded, focus: Focus, at: Rect) {
    let (count, d) = (recorded.first.labels.len(), recorded.head_size);
    let part = Part { start: [0, focus.head * d], size: [count, d] };
    let style = MapStyle::new("Keys of this head", Look::Diverging, 0.0).size(at.size()).stretched();
    ui.scope_builder(UiBuilder::new().max_rect(at), |ui| {
        view.map(ui, &recorded.layer(focus.layer).k, 0, style.without_bar().untitled().part(part));
    });
}

/// A token's name; `right`: against the right end.
fn token(ui: &Ui, rect: Rect, id: (&str, usize), text: &str, strong: bool, right: bool) -> egui::Response {
    let response = ui.interact(rect, ui.make_persistent_id(id), Sense::click());
    let name = format!("{} {}: {text}", id.0, id.1 + 1);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, strong, &name));
    let ink = match (strong || response.hovered(), ui.visuals()) {
        (true, visuals) => theme::accent_text(visuals),
        (false, visuals) => visuals.text_color(),
    };
    let align = if right { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
    words::write(ui, rect, align, text, theme::regular(FONT), ink);
    response
}

/// Score, scaled score and weight of one key; `largest`: the query's largest weight.
#[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
fn values(
    ui: &Ui,
    view: &mut View<'_>,
    recorded: &Recorded,
    focus: Focus,
    key: usize,
    row: Rect,
    columns: &Columns,
    largest: f32,
) {
    let count = recorded.first.labels.len();
    let stages = &recorded.layer(focus.layer).attention;
    let index = (focus.head * count + focus.query) * count + key;
    let lefts = [columns.values, columns.numbers[0], columns.numbers[1]];
    for (i, tensor) in [&stages.scores, &stages.masked, &stages.probabilities].into_iter().enumerate() {
        let cell = Rect::from_x_y_ranges(lefts[i] + 4.0..=columns.numbers[i], row.y_range());
        let response = ui.interact(cell, ui.make_persistent_id(("number", i, key)), Sense::click());
        view.inspect(&response, tensor, index, [focus.head, focus.query, key]);
        let Some(value) = view.values(tensor).and_then(|v| v.get(index).copied()) else { continue };
        if i == 2 {
            bar(ui, cell, value / largest.max(f32::MIN_POSITIVE));
        }
        let pointed = response.hovered() || is_inspected(view, tensor, index);
        let ink = if pointed { theme::accent_text(ui.visuals()) } else { ui.visuals().text_color() };
        let font = FontId::proportional(FONT);
        ui.painter().text(cell.right_center(), Align2::RIGHT_CENTER, number(value.into()), font, ink);
    }
}

fn is_inspected(view: &View<'_>, tensor: &Tensor, index: usize) -> bool {
    view.stage.inspection.element().is_some_and(|e| e.buf == tensor.buf && e.index == index)
}

/// A weight beside its number, as a bar: its share of the query's largest.
fn bar(ui: &Ui, cell: Rect, share: f32) {
    let room = (cell.width() - 62.0).max(0.0);
    let bar = Rect::from_min_size(
        cell.min + vec2(8.0, 3.0),
        vec2(room * share.clamp(0.0, 1.0), cell.height() - 6.0),
    );
    ui.painter().rect_filled(bar, 1.0, theme::ACCENT);
}

/// A line, the fainter the weaker; `share` is its weight's share of the largest that is drawn.
fn draw(ui: &Ui, ends: [Pos2; 2], share: f32, strong: bool) {
    let ink = if strong { theme::ACCENT } else { theme::faint(ui.visuals()) };
    let alpha = 20.0 + 220.0 * share.clamp(0.0, 1.0);
    let faded = Color32::from_rgba_unmultiplied(ink.r(), ink.g(), ink.b(), alpha as u8);
    ui.painter().line_segment(ends, Stroke::new(if strong { 1.8 } else { 1.0 }, faded));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_carry_the_weights_that_were_read() {
        let weights = [0.7, 0.3, 0.0, 0.01, 0.5, 0.49, 0.2, 0.2, 0.6];
        let all = lines(&weights, 3, Whose::All, &(0..3));
        assert!(all.iter().all(|l| l.weight == weights[l.query * 3 + l.key] && l.weight >= 0.056));
        assert_eq!(all.len(), 7);
        assert!(all.is_sorted_by(|a, b| a.weight <= b.weight));
        let of = |whose, seen| {
            let lines = lines(&weights, 3, whose, &seen);
            lines.iter().map(|l| (l.query, l.key)).collect::<Vec<_>>()
        };
        assert_eq!(of(Whose::All, 1..3), [(2, 1), (1, 2), (1, 1), (2, 2)]);
        assert_eq!(of(Whose::Query(1), 0..1), [(1, 0), (1, 2), (1, 1)]);
        assert_eq!(of(Whose::Key(0), 0..1), [(1, 0), (2, 0), (0, 0)]);
        assert!(lines(&[], 0, Whose::All, &(0..0)).is_empty());
        let many = vec![0.5; 100 * 100];
        assert_eq!(lines(&many, 100, Whose::All, &(0..100)).len(), MAX_LINES);
        assert!(lines(&[f32::NAN; 4], 2, Whose::All, &(0..2)).is_empty());
    }
}
