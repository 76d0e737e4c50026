//! Many numbers in their order, as cells in lines that are read like text: a vector.

use egui::{Align2, Color32, Mesh, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Least height and width of a cell that is written in, and most side of a cell.
const WRITTEN: [f32; 2] = [14.0, 24.0];
const LARGEST: f32 = 60.0;
/// Space between two lines, as a share of their height, and how many lines have some.
const LEADING: f32 = 0.16;
const SPACED: usize = 16;
/// Most height of a cell as a share of its width.
const TALL: f32 = 1.6;
/// Share of the largest cells from which on others are as good.
const ALIKE: f32 = 0.75;

/// A vector.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// Its name, where its numbers are taken away and for a screen reader.
    pub name: &'a str,
    /// Its numbers.
    pub numbers: &'a [f32],
    /// Their colours, as many.
    pub colors: &'a [Color32],
    /// Numbers that belong together: lines hold whole groups, and a notch stands between two of them.
    pub group: usize,
    /// The number that is looked at.
    pub focus: Option<usize>,
    /// Numbers that are outlined.
    pub outlined: &'a [usize],
    /// Whether it is there for comparison only: drawn faint.
    pub faint: bool,
}

/// What was done with a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripEvent {
    /// This number is pointed at.
    Hovered(usize),
    /// This number was clicked.
    Clicked(usize),
}

/// How the cells of a strip are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lines {
    rect: Rect,
    /// Cells of a line.
    across: usize,
    wide: f32,
    high: f32,
    /// From line to line.
    pitch: f32,
}

impl Lines {
    /// The lines of `count` numbers in `rect` whose cells are largest, each of whole groups where a line has room for
    /// one.
    pub fn of(rect: Rect, count: usize, group: usize) -> Self {
        let count = count.max(1);
        let step = if (1..=count).contains(&group) && group as f32 * 3.0 <= rect.width() { group } else { 1 };
        let made = |across: usize| {
            let lines = count.div_ceil(across);
            let leading = if lines > SPACED { 0.0 } else { LEADING };
            let wide = (rect.width() / across as f32).min(LARGEST);
            let most = rect.height() / (lines as f32 + leading * (lines - 1) as f32);
            let high = most.min(LARGEST * 0.6).min(wide * TALL);
            Self { rect, across, wide, high, pitch: high * (1.0 + leading) }
        };
        let all = (1..=count.div_ceil(step)).map(|groups| made((groups * step).min(count)));
        // The least side of a cell counts; of those nearly alike, whether it is written in, and whether all is one line.
        let side = |lines: &Self| lines.wide.min(lines.high * 1.4);
        let all: Vec<Self> = all.collect();
        let best = all.iter().map(side).fold(0.0, f32::max);
        let near = all.into_iter().filter(|lines| side(lines) >= ALIKE * best);
        let rank = |lines: &Self| (lines.is_written(), lines.across == count);
        near.max_by(|a, b| rank(a).cmp(&rank(b)).then(side(a).total_cmp(&side(b)))).unwrap_or(made(1))
    }

    /// Whether its cells have room for their numbers.
    fn is_written(&self) -> bool {
        self.high >= WRITTEN[0] && self.wide >= WRITTEN[1]
    }

    /// Where number `i` stands.
    pub fn cell(&self, i: usize) -> Rect {
        let (line, place) = (i / self.across, i % self.across);
        let top = self.rect.top() + line as f32 * self.pitch;
        let left = self.rect.left() + place as f32 * self.wide;
        Rect::from_min_max(
            pos2(left.round(), top.round()),
            pos2((left + self.wide).round(), (top + self.high).round()),
        )
    }
}

/// Draws a strip into `rect`; gives where its cells are and what was done.
pub fn strip(ui: &mut Ui, rect: Rect, of: &Strip<'_>) -> (Lines, Option<StripEvent>) {
    let c = theme::of(ui);
    let count = of.numbers.len();
    let lines = Lines::of(rect, count, of.group);
    let response = ui.interact(rect, ui.scope_id().with(("strip", of.name)), Sense::click());
    let spoken = format!("{}: {}", of.name, words::plural(count, "number", "numbers"));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    offer::table(ui, of.name, rect, || {
        Table::numbers(["place", of.name], of.numbers.iter().enumerate().map(|(i, v)| vec![i as f32, *v]))
    });
    let painter = ui.painter_at(rect.expand(2.0));
    let ink = |i: usize| {
        let color = of.colors.get(i).copied().unwrap_or(c.raised);
        if of.faint { c.ground.lerp_to_gamma(color, 0.3) } else { color }
    };
    let mut mesh = Mesh::default();
    let gap = if lines.wide >= 8.0 { 1.0 } else { 0.0 };
    for i in 0..count {
        let own = lines.cell(i);
        mesh.add_colored_rect(own.with_max_x(own.right() - gap), ink(i));
    }
    painter.add(mesh);
    if lines.is_written() {
        let texts: Vec<String> = of.numbers.iter().map(|number| written((*number).into())).collect();
        // One size for all, in which the widest keeps apart from its neighbours.
        let size = (lines.high * 0.62).clamp(12.0, 13.0);
        let widest = texts.iter().map(|text| words::width(ui, text, theme::medium(size))).fold(1.0, f32::max);
        let font = theme::medium(size * ((lines.wide - 4.0) / widest).clamp(0.6, 1.0));
        for (i, text) in texts.iter().enumerate() {
            let ink = theme::ink_on(ink(i));
            words::write(ui, lines.cell(i), Align2::CENTER_CENTER, text, font.clone(), ink);
        }
    }
    if of.group > 1 && lines.wide * of.group as f32 >= 4.0 {
        for i in (of.group..count).step_by(of.group).filter(|i| i % lines.across != 0) {
            let own = lines.cell(i);
            painter.vline(own.left() - 0.5, own.y_range(), Stroke::new(1.5, c.text));
        }
    }
    for &i in of.outlined.iter().filter(|i| **i < count) {
        painter.rect_stroke(around(lines.cell(i)), 0.0, Stroke::new(2.0, c.blue), StrokeKind::Middle);
    }
    if let Some(i) = of.focus.filter(|i| *i < count) {
        strokes::focus(&painter, around(lines.cell(i)), c.focus);
    }
    let pointed = response.hover_pos().or(response.interact_pointer_pos());
    let at = pointed.and_then(|at| (0..count).find(|i| lines.cell(*i).contains(at)));
    let clicked = response.clicked();
    (lines, at.map(|i| if clicked { StripEvent::Clicked(i) } else { StripEvent::Hovered(i) }))
}

/// A number in a cell: what is nearly 0 without its power of ten, for which there is no room.
fn written(number: f64) -> String {
    if number != 0.0 && number.abs() < 0.005 { "0.0".to_owned() } else { words::cell(number) }
}

/// A frame that is seen, however small the cell.
fn around(cell: Rect) -> Rect {
    Rect::from_center_size(cell.center(), cell.size().max(vec2(6.0, 6.0)))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn lines_hold_whole_groups_and_every_number_is_found() {
        for (count, group, size) in
            [(147, 7, vec2(560.0, 170.0)), (1568, 49, vec2(560.0, 190.0)), (1, 1, vec2(90.0, 30.0))]
        {
            let numbers: Vec<f32> = (0..count).map(|i| i as f32).collect();
            let colors = vec![Color32::DARK_BLUE; count];
            let of = Strip {
                name: "Flattened",
                numbers: &numbers,
                colors: &colors,
                group,
                focus: Some(count / 2),
                outlined: &[0],
                faint: false,
            };
            let rect = Rect::from_min_size(pos2(4.0, 4.0), size);
            let lines = Lines::of(rect, count, group);
            assert_eq!(lines.across % group, 0, "{count}: {} a line", lines.across);
            for dark in [true, false] {
                let mut trial = Trial::new(dark, size + vec2(8.0, 8.0));
                let at = count * 2 / 3;
                let event = trial.click(lines.cell(at).center(), |ui| strip(ui, rect, &of).1);
                assert_eq!(event, Some(StripEvent::Clicked(at)));
                if count < 1000 {
                    trial.inside(rect.expand(2.0));
                }
                trial.says(if count == 1 { "1 number" } else { "numbers" });
            }
        }
    }
}
