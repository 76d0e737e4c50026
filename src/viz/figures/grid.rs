//! A grid of numbers that can be changed: drag a number up or down, or type one; arrow keys move.

use egui::{
    Align2, Color32, Key, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::fit::edge;
use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// What rounding leaves of a sum that is 0, as a share of the largest number: it is written as 0.
const NOISE: f32 = 1e-6;
/// Points that a number is dragged for a change of 1.
const POINTS_PER_ONE: f32 = 24.0;
/// Numbers are dragged to multiples of this.
const DRAG_STEP: f32 = 0.1;
/// Least height and width of a cell that is written in.
const LEAST: f32 = 12.0;
const WIDE: f32 = 17.0;
/// How much of the ink of its number the hatch of a cell that nothing reads has.
const HATCH: f32 = 0.3;
/// Least side of a cell of padding that has dashes of its own.
const FINE: f32 = 6.0;

/// What a grid shows beside its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Columns; the numbers are in the order of rows.
    pub columns: usize,
    /// Colour of each cell; shorter: the rest is [`theme::Colors::raised`].
    pub colors: &'a [Color32],
    /// Whether numbers can be changed.
    pub editable: bool,
    /// Rows and columns of padding before the numbers, in grey dashes.
    pub padding: usize,
    /// Rows and columns of padding behind them.
    pub behind: usize,
    /// What is written into padding: 0, or what else a layer takes it for; nothing where it leaves it out.
    pub outside: &'a str,
    /// Rows and columns behind even the padding, where there is nothing: hatched.
    pub past: usize,
    /// Cells framed by what is looked at: row and column of the first, rows and columns. They may
    /// begin in the padding, which lies at negative places.
    pub window: Option<[i32; 4]>,
    /// Cells outlined in blue, by place: those that read or are read.
    pub outlined: &'a [usize],
    /// Cells that nothing reads: hatched.
    pub unread: &'a [usize],
    /// Cells that have no number: hatched, without colour.
    pub blank: &'a [usize],
    /// Cells made of fewer numbers than the others: dashed.
    pub partial: &'a [usize],
    /// Least and greatest number.
    pub limits: [f32; 2],
    /// How numbers are written.
    pub write: fn(f64) -> String,
}

impl<'a> Grid<'a> {
    /// A grid without anything beside its numbers, which cannot be changed.
    pub fn new(name: &'a str, columns: usize, colors: &'a [Color32]) -> Self {
        Self {
            name,
            columns: columns.max(1),
            colors,
            editable: false,
            padding: 0,
            behind: 0,
            outside: "0",
            past: 0,
            window: None,
            outlined: &[],
            unread: &[],
            blank: &[],
            partial: &[],
            limits: [-1000.0, 1000.0],
            write: words::cell,
        }
    }

    /// The place of the cell in `row` and `column` of a grid of `count` numbers in `rect`; padding lies at
    /// negative places and behind the last, and what is past it behind that.
    pub fn cell(&self, rect: Rect, count: usize, row: i32, column: i32) -> Rect {
        let pad = self.padding;
        let around = pad + self.behind + self.past;
        let (rows, columns) = (count.div_ceil(self.columns) + around, self.columns + around);
        let place = |i: i32| (i + pad as i32).max(0) as usize;
        let x = |i: usize| edge(rect.left(), rect.right(), columns, i);
        let y = |i: usize| edge(rect.top(), rect.bottom(), rows, i);
        let (row, column) = (place(row), place(column));
        Rect::from_min_max(pos2(x(column), y(row)), pos2(x(column + 1), y(row + 1)))
    }
}

/// What was done with a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GridEvent {
    /// This cell is pointed at.
    Hovered(usize),
    /// This cell was clicked.
    Clicked(usize),
    /// The number of this cell was changed.
    Changed(usize),
}

/// What is being typed into a cell.
#[derive(Clone, Debug, Default)]
struct Draft {
    text: String,
    at: usize,
}

/// Draws a grid of `numbers` into `rect`.
pub fn grid(ui: &mut Ui, rect: Rect, numbers: &mut [f32], of: &Grid<'_>) -> Option<GridEvent> {
    let event = part(ui, rect, numbers, of);
    offer::table(ui, of.name, rect, || {
        let columns = (1..=of.columns).map(|column| column.to_string());
        Table::numbers(columns, numbers.chunks(of.columns).map(<[f32]>::to_vec))
    });
    event
}

/// The same as a part of another figure, which tells its numbers.
pub fn part(ui: &mut Ui, rect: Rect, numbers: &mut [f32], of: &Grid<'_>) -> Option<GridEvent> {
    ui.push_id(("grid", of.name), |ui| draw(ui, rect, numbers, of)).inner
}

fn draw(ui: &mut Ui, rect: Rect, numbers: &mut [f32], of: &Grid<'_>) -> Option<GridEvent> {
    let count = numbers.len();
    let key = ui.scope_id().with("draft");
    let draft: Option<Draft> = ui.data(|d| d.get_temp(key));
    let mut event = None;
    padding(ui, rect, count, of);
    let finite = numbers.iter().map(|v| v.abs()).filter(|v| v.is_finite());
    let noise = finite.fold(0.0, f32::max) * NOISE;
    for (i, number) in numbers.iter_mut().enumerate() {
        let (row, column) = (i / of.columns, i % of.columns);
        let own = of.cell(rect, count, row as i32, column as i32);
        let sense = if of.editable { Sense::click_and_drag() } else { Sense::hover() };
        let response = ui.interact(own, ui.scope_id().with(i), sense);
        let value = *number;
        response.widget_info(|| {
            let label = format!(
                "{}, row {}, column {}: {}",
                of.name,
                row + 1,
                column + 1,
                words::short(value.into())
            );
            WidgetInfo::labeled(if of.editable { Role::SpinButton } else { Role::Cell }, true, label)
        });
        if of.editable {
            // What was changed counts more than what is pointed at.
            event = edit(ui, &response, number, of, key, i, count).or(event);
        }
        if response.hovered() && event.is_none() {
            event = Some(GridEvent::Hovered(i));
        }
        let typed = draft.as_ref().filter(|d| d.at == i && response.has_focus());
        let shown = if number.abs() < noise { 0.0 } else { *number };
        paint(ui, own, shown, typed.map(|d| d.text.as_str()), of, i, &response);
    }
    marks(ui, rect, count, of);
    event
}

fn padding(ui: &Ui, rect: Rect, count: usize, of: &Grid<'_>) {
    let c = theme::of(ui);
    let (rows, columns) = (count.div_ceil(of.columns) as i32, of.columns as i32);
    let [pad, behind, past] = [of.padding, of.behind, of.past].map(|cells| cells as i32);
    if pad + behind + past > 0 && of.cell(rect, count, 0, 0).size().min_elem() < FINE {
        // Dashes around each would be all that is seen.
        strokes::dashed(ui.painter(), rect, c.pad);
        return;
    }
    for row in -pad..rows + behind + past {
        for column in -pad..columns + behind + past {
            if (0..rows).contains(&row) && (0..columns).contains(&column) {
                continue;
            }
            let own = of.cell(rect, count, row, column);
            strokes::dashed(ui.painter(), own.shrink(1.5), c.pad);
            if row >= rows + behind || column >= columns + behind {
                strokes::hatch(ui.painter(), own.shrink(1.5), c.pad);
            } else if written(own) && !of.outside.is_empty() {
                words::write(ui, own, Align2::CENTER_CENTER, of.outside, theme::small(), c.faint);
            }
        }
    }
}

/// Whether a cell is large enough for a number.
fn written(own: Rect) -> bool {
    own.height() >= LEAST && own.width() >= WIDE
}

fn paint(ui: &Ui, own: Rect, number: f32, typed: Option<&str>, of: &Grid<'_>, i: usize, response: &Response) {
    let c = theme::of(ui);
    let fill = of.colors.get(i).copied().unwrap_or(c.raised);
    let inner = own.shrink2(vec2(0.5, 0.5));
    if of.blank.contains(&i) {
        strokes::hatch(ui.painter(), inner, c.pad);
        return;
    }
    ui.painter().rect_filled(inner, 0.0, if number.is_nan() { theme::NAN } else { fill });
    if of.unread.contains(&i) {
        // In a grey of the theme it could not be seen on some colours.
        strokes::hatch(ui.painter(), inner, theme::ink_on(fill).gamma_multiply(HATCH));
    }
    if written(own) {
        let text = typed.map_or_else(|| (of.write)(number.into()), |t| format!("{t}|"));
        // As large as the cell allows, but never larger than the name of a panel.
        let size = (own.height() * 0.66).clamp(8.0, if own.height() > 36.0 { 15.0 } else { 13.0 });
        let wide = words::width(ui, &text, theme::medium(size));
        let size = (size * ((own.width() - 5.0) / wide.max(1.0)).min(1.0)).max(7.0);
        words::write(ui, own, Align2::CENTER_CENTER, &text, theme::medium(size), theme::ink_on(fill));
    }
    if response.has_focus() {
        ui.painter().rect_stroke(inner, 0.0, Stroke::new(2.0, c.blue), StrokeKind::Inside);
    } else if of.editable && response.hovered() {
        ui.painter().rect_stroke(inner, 0.0, Stroke::new(1.0, c.text), StrokeKind::Inside);
    }
}

fn marks(ui: &Ui, rect: Rect, count: usize, of: &Grid<'_>) {
    let c = theme::of(ui);
    for &i in of.partial.iter().filter(|i| **i < count) {
        let own = of.cell(rect, count, (i / of.columns) as i32, (i % of.columns) as i32);
        let ink = theme::ink_on(of.colors.get(i).copied().unwrap_or(c.raised));
        strokes::dashed(ui.painter(), own.shrink(3.0), ink);
    }
    for &i in of.outlined.iter().filter(|i| **i < count) {
        let own = of.cell(rect, count, (i / of.columns) as i32, (i % of.columns) as i32);
        // The ground inside keeps it apart from a cell that is blue itself.
        ui.painter().rect_stroke(own, 0.0, Stroke::new(2.0, c.blue), StrokeKind::Inside);
        ui.painter().rect_stroke(own.shrink(2.0), 0.0, Stroke::new(1.0, c.ground), StrokeKind::Inside);
    }
    if let Some([row, column, rows, columns]) = of.window {
        let first = of.cell(rect, count, row, column);
        let last = of.cell(rect, count, row + rows.max(1) - 1, column + columns.max(1) - 1);
        strokes::focus(ui.painter(), first.union(last), c.focus);
    }
}

/// Takes what pointer and keys do to the cell `i`.
fn edit(
    ui: &Ui,
    response: &Response,
    number: &mut f32,
    of: &Grid<'_>,
    key: egui::Id,
    i: usize,
    count: usize,
) -> Option<GridEvent> {
    let [least, most] = of.limits;
    if response.clicked() {
        response.request_focus();
        return Some(GridEvent::Clicked(i));
    }
    if response.drag_started() {
        ui.data_mut(|d| d.insert_temp(key.with("from"), *number));
    }
    if response.dragged() {
        let from: f32 = ui.data(|d| d.get_temp(key.with("from"))).unwrap_or(*number);
        let up = ui.input(|input| input.pointer.press_origin().zip(input.pointer.latest_pos()));
        let up = up.map_or(0.0, |(from, to)| from.y - to.y);
        let to = ((from + up / POINTS_PER_ONE) / DRAG_STEP).round() * DRAG_STEP;
        let to = if up == 0.0 { from } else { to.clamp(least, most) };
        return (to != *number).then(|| {
            *number = to;
            GridEvent::Changed(i)
        });
    }
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
    let mut draft = ui
        .data(|d| d.get_temp::<Draft>(key))
        .filter(|d| d.at == i)
        .unwrap_or(Draft { text: String::new(), at: i });
    let (steps, done) = ui.input(|input| {
        for event in &input.events {
            match event {
                egui::Event::Text(text) => {
                    let new = text.chars().map(|c| if c == ',' { '.' } else { c });
                    draft.text.extend(new.filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-')));
                }
                egui::Event::Key { key: Key::Backspace, pressed: true, .. } => {
                    draft.text.pop();
                }
                _ => {}
            }
        }
        let width = of.columns as isize;
        let steps =
            [(Key::ArrowLeft, -1), (Key::ArrowRight, 1), (Key::ArrowUp, -width), (Key::ArrowDown, width)];
        let step = steps.into_iter().find(|(key, _)| input.key_pressed(*key)).map(|(_, step)| step);
        (step, input.key_pressed(Key::Enter))
    });
    let read = draft.text.parse::<f32>().ok().filter(|v| v.is_finite()).map(|v| v.clamp(least, most));
    let to = steps.and_then(|step| i.checked_add_signed(step)).filter(|to| *to < count);
    if let Some(to) = to {
        let id = ui.scope_id().with(to);
        ui.memory_mut(|m| m.request_focus(id));
    }
    let left = done || to.is_some();
    ui.data_mut(|d| {
        if left {
            d.remove::<Draft>(key);
        } else {
            d.insert_temp(key, draft);
        }
    });
    let value = read.filter(|value| value != number)?;
    *number = value;
    Some(GridEvent::Changed(i))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    fn editable(colors: &[Color32]) -> Grid<'_> {
        Grid {
            editable: true,
            padding: 1,
            behind: 1,
            window: Some([-1, -1, 3, 3]),
            outlined: &[4],
            unread: &[8],
            ..Grid::new("input", 3, colors)
        }
    }

    #[test]
    fn past_the_padding_nothing_is_written() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(240.0, 240.0));
        let of = Grid { outside: "−∞", past: 1, blank: &[3], partial: &[1], ..editable(&[]) };
        assert_eq!(
            of.cell(rect, 9, 4, 4).max,
            rect.max,
            "three numbers, one of padding on each side, one past it"
        );
        let mut numbers = [1.0, 1.0, 1.0, f32::NAN, 1.0, 1.0, 1.0, 1.0, 1.0];
        let mut trial = Trial::new(true, vec2(240.0, 240.0));
        trial.frame(vec![], |ui| grid(ui, rect, &mut numbers, &of));
        let texts = trial.texts();
        assert_eq!(texts.iter().filter(|(text, _)| text == "−∞").count(), 25 - 9);
        assert!(texts.iter().all(|(text, _)| text != "NaN"));
        trial.inside(rect);
    }

    #[test]
    fn a_number_is_dragged_up_and_typed_over() {
        for dark in [true, false] {
            let rect = Rect::from_min_size(pos2(5.0, 5.0), vec2(200.0, 200.0));
            let mut numbers = [0.5; 9];
            let of = editable(&[Color32::DARK_BLUE; 9]);
            let mut trial = Trial::new(dark, vec2(210.0, 210.0));
            let middle = of.cell(rect, 9, 1, 1).center();
            let up = middle - vec2(0.0, 48.0);
            let events = trial.drag(middle, up, |ui| grid(ui, rect, &mut numbers, &of));
            assert!(events.contains(&GridEvent::Changed(4)), "{events:?}");
            assert!((numbers[4] - 2.5).abs() < 1e-5, "{}", numbers[4]);
            trial.inside(rect);
            trial.says("input, row 2, column 2: 2.50");
            trial.click(middle, |ui| grid(ui, rect, &mut numbers, &of));
            let typed = vec![egui::Event::Text("-1,5".into())];
            trial.frame(typed, |ui| grid(ui, rect, &mut numbers, &of));
            assert_eq!(numbers[4], -1.5);
            let key = |key| egui::Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            };
            trial.frame(vec![key(Key::ArrowDown)], |ui| grid(ui, rect, &mut numbers, &of));
            trial.frame(vec![egui::Event::Text("7".into())], |ui| grid(ui, rect, &mut numbers, &of));
            assert_eq!([numbers[4], numbers[7]], [-1.5, 7.0]);
        }
    }

    #[test]
    fn numbers_that_are_shown_only_stay_as_they_are() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(90.0, 30.0));
        let mut numbers = [f32::NAN, -12345.0, 0.852];
        let mut trial = Trial::new(true, vec2(90.0, 30.0));
        let event =
            trial.click(pos2(75.0, 15.0), |ui| grid(ui, rect, &mut numbers, &Grid::new("row", 3, &[])));
        assert_eq!(event, Some(GridEvent::Hovered(2)));
        assert_eq!(numbers[1..], [-12345.0, 0.852]);
        trial.inside(rect);
    }
}
