//! What of a page can be taken away: each figure that is drawn offers itself, by its title, with the place
//! where it stands and where its numbers come from. An ordinary frame keeps titles and places alone; tables of
//! numbers are made in a frame that asks for them.

use std::collections::BTreeMap;

use egui::{Context, Id, Rect, Ui, pos2};

use super::lens::Of;
use crate::data::table::Table;
use crate::gpu::Tensor;

/// Points between a name and the figure below it, and by which their left sides may differ: for the words
/// beside a map of attention.
const BELOW: f32 = 60.0;
const ASIDE: f32 = 100.0;

/// A figure that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Its title as on the page; a second one of the same title is called so with a number.
    pub title: String,
    /// Where it stands, with its name, in points.
    pub rect: Rect,
    /// The line of its name, behind the words.
    pub head: Option<Rect>,
    /// Where its numbers come from.
    pub numbers: Numbers,
}

/// Where the numbers of a figure come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// A map of a tensor.
    Map {
        /// The session that its tensor belongs to.
        of: Of,
        /// The tensor.
        tensor: Tensor,
        /// Which of its maps.
        index: usize,
        /// Planes of a map: 3 where they are red, green and blue.
        planes: usize,
        /// Names of rows and of columns; empty for none.
        labels: [Vec<String>; 2],
    },
    /// What was drawn from plain data; `None` unless it was asked for.
    Table(Option<Table>),
}

/// What was offered in a frame.
#[derive(Clone, Debug, Default)]
struct Offers {
    all: Vec<Offer>,
    /// Lines of names, and where their words end.
    heads: Vec<(Rect, f32)>,
    /// Whether numbers are asked for, in the next frame and in this one.
    asked: bool,
    with_numbers: bool,
    /// Which frame this is; one may be drawn twice, until all has found its place.
    frame: u64,
    /// The right click of this frame had a meaning of its own.
    clicked: bool,
}

fn with<R>(ctx: &Context, then: impl FnOnce(&mut Offers) -> R) -> R {
    ctx.data_mut(|data| then(data.get_temp_mut_or_default(Id::unique("offers"))))
}

/// Begins a frame in which nothing has been offered.
pub fn begin(ctx: &Context) {
    // One further than those that are over, so that it is never 0.
    let frame = ctx.cumulative_frame_nr() + 1;
    with(ctx, |offers| {
        offers.all.clear();
        offers.heads.clear();
        if offers.frame != frame {
            offers.frame = frame;
            offers.with_numbers = std::mem::take(&mut offers.asked);
        }
        offers.clicked = false;
    });
}

/// Asks for the numbers of figures too, in the next frame.
pub fn ask_for_numbers(ctx: &Context) {
    with(ctx, |offers| offers.asked = true);
}

/// Says that a right click on a figure has done something already, and opens no menu.
pub fn take_click(ui: &Ui) {
    with(ui.ctx(), |offers| offers.clicked = true);
}

/// Whether the right click of this frame had a meaning of its own.
pub fn was_click_taken(ctx: &Context) -> bool {
    with(ctx, |offers| offers.clicked)
}

/// Offers a map of a tensor.
pub(super) fn map(ui: &Ui, title: &str, rect: Rect, numbers: impl FnOnce() -> Numbers) {
    add(ui, title, rect, |_| numbers());
}

/// Offers a figure of plain data.
pub fn table(ui: &Ui, title: &str, rect: Rect, table: impl FnOnce() -> Table) {
    add(ui, title, rect, |asked| Numbers::Table(asked.then(table)));
}

fn add(ui: &Ui, title: &str, rect: Rect, numbers: impl FnOnce(bool) -> Numbers) {
    let rect = rect.intersect(ui.clip_rect());
    // What is scrolled away, or has no name, cannot be asked for.
    if !rect.is_positive() || title.trim().is_empty() {
        return;
    }
    with(ui.ctx(), |offers| {
        let numbers = numbers(offers.with_numbers);
        offers.all.push(Offer { title: title.trim().to_owned(), rect, head: None, numbers });
    });
}

/// Notes the line in which the name of a figure was written, and where its words end.
pub(super) fn head(ui: &Ui, rect: Rect, end: f32) {
    with(ui.ctx(), |offers| offers.heads.push((rect, end)));
}

/// What was offered since the frame began, in the order in which it was drawn.
pub fn all(ctx: &Context) -> Vec<Offer> {
    let Offers { mut all, heads, .. } = with(ctx, |offers| offers.clone());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for offer in &mut all {
        let above = |(line, _): &&(Rect, f32)| {
            let [down, aside] = [offer.rect.top() - line.bottom(), offer.rect.left() - line.left()];
            (-1.0..BELOW).contains(&down)
                && (-1.0..ASIDE).contains(&aside)
                && line.right() > offer.rect.left()
        };
        // Whole points are all that is compared.
        let nearest = |(line, _): &&(Rect, f32)| (offer.rect.left_top() - line.left_bottom()).length() as u32;
        if let Some((line, end)) = heads.iter().filter(above).min_by_key(nearest) {
            offer.head = Some(Rect::from_min_max(pos2(*end, line.top()), line.max));
            offer.rect = offer.rect.union(line.with_max_x(offer.rect.right().max(*end)));
        }
        let count = seen.entry(offer.title.clone()).or_default();
        *count += 1;
        if *count > 1 {
            offer.title = format!("{} {count}", offer.title);
        }
    }
    all
}
