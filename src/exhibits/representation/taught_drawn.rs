//! A head that learns the user's own pictures drawn: a row for each group with what is learned from and what is held back, what
//! each head takes that for, and what each has right over the steps.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::pictures::photo;
use super::taught::{FEATURES, NAMES, PIXELS, Taken, Taught};
use super::transferred::{share_or_dash, unseen_of};
use crate::nn::RunId;
use crate::viz::facts::grouped;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::page::{self, amount};
use crate::viz::words::{self, Voice};
use crate::viz::{Quantity, View, offer, theme};

/// Least height of a group's row, of the curves, of a line of words.
const GROUP: f32 = 50.0;
const CURVES: f32 = 132.0;
const LINE: f32 = 15.0;
/// Height of the names above the columns.
const NAMES_HIGH: f32 = 25.0;
/// Share of the width for the pictures that are learned from, and width of a group's name.
const LEARNED: f32 = 0.42;
const NAME: f32 = 96.0;
/// Space between rows and between pictures that are held back, and width of what one is taken for.
const SPACE: f32 = 6.0;
const ANSWER: f32 = 68.0;
/// Least and largest side of a picture, and space between those that are learned from.
const LEAST: f32 = 24.0;
const SIDE: f32 = 96.0;
const GAP: f32 = 4.0;

/// Draws it.
pub fn draw(of: &Taught, ui: &mut Ui, view: &mut View<'_>) {
    let groups = of.pictures.groups.len();
    let least = NAMES_HIGH + groups as f32 * GROUP;
    let hero = vec![Panel::free(least, 1.0).unnamed().folded(0.9)];
    let rows = [Row::Hero(hero), Row::Measured(4), Row::Fill(CURVES)];
    let placed = page::lay_with(ui, &rows, &Metrics { row: 12.0, lowest: least, ..Metrics::default() });
    let whole = placed.rows[0][0].rect;
    let taken = [FEATURES, PIXELS].map(|head| of.taken(view, head));
    offer::table(ui, "Held back", whole, || of.table(&taken));
    names(ui, whole);
    let body = whole.with_min_y(whole.top() + NAMES_HIGH);
    let high = (body.height() / groups as f32).floor();
    let mut first = 0;
    for group in 0..groups {
        let top = body.top() + group as f32 * high;
        let row = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), high));
        let row = Group { of, group, first, rect: row.with_max_y(row.bottom() - SPACE) };
        row.draw(ui, view, &taken);
        first += of.pictures.groups[group].held_back();
    }
    measured(of, ui, view, &placed.rows[1]);
    view.curves(ui, placed.rows[2][0].rect, &[Quantity::Unseen(1.0 / groups as f32)]);
}

/// Where the two columns of pictures lie in a row.
fn columns(row: Rect) -> [Rect; 2] {
    let inner = row.with_min_x(row.left() + NAME);
    let middle = inner.left() + (inner.width() * LEARNED).round();
    [inner.with_max_x(middle - 3.0 * SPACE), inner.with_min_x(middle)]
}

/// What the columns hold, and the colours of the heads.
fn names(ui: &Ui, whole: Rect) {
    let c = theme::of(ui);
    let head = whole.with_max_y(whole.top() + NAMES_HIGH);
    let [learned, held_back] = columns(head);
    let write =
        |rect, text, ink| words::write(ui, rect, Align2::LEFT_CENTER, text, theme::semibold(13.0), ink);
    write(learned, "Learned from", c.text);
    let mut at = write(held_back, "Held back, each head says:", c.text).right() + 2.0 * SPACE;
    for (name, ink) in NAMES.into_iter().zip([c.blue, c.b]) {
        at = write(held_back.with_min_x(at), name, ink).right() + 2.0 * SPACE;
    }
}

/// A group's row.
struct Group<'t> {
    of: &'t Taught,
    group: usize,
    /// How many pictures of the groups before are held back.
    first: usize,
    rect: Rect,
}

impl Group<'_> {
    fn draw(&self, ui: &mut Ui, view: &mut View<'_>, taken: &Taken) {
        let c = theme::of(ui);
        let own = &self.of.pictures.groups[self.group];
        let [learned, held_back] = columns(self.rect);
        let name = self.rect.with_max_x(learned.left() - SPACE);
        let line = words::line(ui, &own.name, theme::semibold(14.0), c.text, name.width());
        let lower = name.with_min_y(name.top() + line.size().y);
        ui.painter().galley(name.min, line, c.text);
        let all = own.pictures.len() - own.held_back();
        words::write(ui, lower, Align2::LEFT_TOP, &format!("{all} to learn"), theme::small(), c.dim);
        self.learned(ui, view, learned, all);
        // As large as lets all have room, or as many as have room; the others are in the table.
        let count = own.held_back();
        let slot = held_back.width() / count.max(1) as f32;
        let side = (slot - ANSWER - SPACE).min(held_back.height()).clamp(LEAST, SIDE).floor();
        let slot = side + ANSWER + SPACE;
        let shown = count.min((held_back.width() / slot) as usize).min(self.of.small[self.group][1].len());
        let held = own.pictures.iter().filter(|picture| picture.held_back);
        for (i, picture) in held.take(shown).enumerate() {
            let left = held_back.left() + i as f32 * slot;
            let at = Rect::from_min_size(pos2(left, held_back.top()), vec2(slot - SPACE, side));
            self.judged(ui, view, at, (i, &picture.name), taken);
        }
        if shown < count {
            let at = held_back.with_min_x(held_back.left() + shown as f32 * slot);
            let more = format!("+{}", count - shown);
            words::write(ui, at, Align2::LEFT_CENTER, &more, theme::small(), c.dim);
        }
    }

    /// The pictures that are learned from, in two lines where they are many, as far as there is room.
    fn learned(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect, all: usize) {
        let of = |lines: usize| {
            let across = all.div_ceil(lines).max(1);
            let high = (rect.height() + GAP) / lines as f32 - GAP;
            (((rect.width() + GAP) / across as f32 - GAP).min(high).min(SIDE).floor(), lines)
        };
        // In as many lines as let them be largest; where that is small, fewer of them.
        let (one, two) = (of(1), of(2));
        let (side, lines) = if one.0 > two.0 { one } else { two };
        let side = side.max(LEAST.min(rect.height()));
        let room = |length: f32| (((length + GAP) / (side + GAP)) as usize).max(1);
        let lines = lines.min(room(rect.height()));
        let across = room(rect.width()).min(all.div_ceil(lines).max(1));
        let [small, _] = &self.of.small[self.group];
        // The last place says how many more there are.
        let shown =
            if all <= small.len().min(across * lines) { all } else { small.len().min(across * lines - 1) };
        let place = |i: usize| {
            let (line, column) = (i / across, i % across);
            let at = rect.min + vec2(column as f32, line as f32) * (side + GAP);
            Rect::from_min_size(at, vec2(side, side))
        };
        for (i, picture) in small.iter().take(shown).enumerate() {
            let name = format!("{}, {} to learn from", self.of.pictures.groups[self.group].name, i + 1);
            view.panel(ui, &Cell::bare(place(i)), picture, 0, &photo(&name));
        }
        if shown < all {
            let ink = theme::of(ui).dim;
            words::write(
                ui,
                place(shown),
                Align2::LEFT_CENTER,
                &format!("+{}", all - shown),
                theme::small(),
                ink,
            );
        }
    }

    /// A picture that is held back, in the frame of whether the head on features has it right, beside what it is taken for.
    fn judged(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect, (i, name): (usize, &str), taken: &Taken) {
        let c = theme::of(ui);
        let groups = &self.of.pictures.groups;
        let at = self.first + i;
        let tile = rect.with_max_x(rect.left() + rect.height());
        let beside = rect.with_min_x(tile.right() + 4.0);
        let title = format!("{}, held back: {name}", groups[self.group].name);
        view.panel(ui, &Cell::bare(tile), &self.of.small[self.group][1][i], 0, &photo(&title));
        let mut spoken = title.clone();
        for (head, all) in taken.iter().enumerate() {
            let Some(group) = all.as_ref().and_then(|all| all.get(at).copied()?) else { continue };
            let right = group == self.group;
            let ink = if right { c.good } else { c.broken };
            if head == FEATURES {
                ui.painter().rect_stroke(tile, 2.0, Stroke::new(2.0, ink), StrokeKind::Outside);
            }
            let top = rect.center().y + (head as f32 - 1.0) * LINE;
            let line = Rect::from_min_size(pos2(beside.left(), top), vec2(beside.width(), LINE));
            self.answer(ui, view, line, (head, group, at), if right { c.text } else { c.broken });
            spoken += &format!(", {} {}", NAMES[head], groups[group].name);
        }
        let response = ui.interact(beside, ui.scope_id().with(("taken", at)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    }

    /// The group that a head takes a picture for; the logit of it is looked into under the pointer.
    fn answer(&self, ui: &Ui, view: &mut View<'_>, line: Rect, of: (usize, usize, usize), ink: Color32) {
        let (head, group, at) = of;
        let groups = &self.of.pictures.groups;
        let bar = Rect::from_min_size(line.min + vec2(0.0, 2.0), vec2(3.0, line.height() - 4.0));
        let c = theme::of(ui);
        ui.painter().rect_filled(bar, 1.0, [c.blue, c.b][head]);
        let room = line.with_min_x(line.left() + 7.0);
        let text = words::line(ui, &groups[group].name, theme::small(), ink, room.width());
        ui.painter().galley(pos2(room.left(), room.center().y - text.size().y / 2.0), text, ink);
        if ui.rect_contains_pointer(line)
            && let Some((of, logits)) = self.of.logits(view, head)
        {
            view.of(of).point(&logits, at * groups.len() + group);
        }
    }
}

fn measured(of: &Taught, ui: &mut Ui, view: &View<'_>, cells: &[Cell]) {
    let Some(player) = view.player() else { return };
    let right = [FEATURES, PIXELS].map(|head| unseen_of(player, head));
    let [learned, held_back] = [false, true].map(|held_back| of.pictures.set(held_back).count());
    let learns = player.run(RunId(FEATURES)).trainer().parameters.count();
    let mut rows = vec![
        amount("On features, unseen", share_or_dash(right[0]), right[0], "what EfficientNet-Lite0 sees"),
        amount("On pixels, unseen", share_or_dash(right[1]), right[1], "no network before it"),
        amount("Learned from", learned, learned as f64 / (learned + held_back) as f64, {
            format!("{held_back} held back to judge")
        }),
        amount("Numbers learned", grouped(learns as u64), 0.0, "the network is locked"),
    ];
    rows[PIXELS].4 = Voice::B;
    page::figures(ui, cells, &rows);
}
