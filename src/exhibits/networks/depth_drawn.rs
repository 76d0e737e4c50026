//! The page on feature learning drawn: the picture, the maps of all blocks, the head; under each block what its probes
//! read; and the maps of one block large beside the curves of its probes.

use std::rc::Rc;

use egui::{Align2, Rect, Sense, Stroke, StrokeKind, Ui, vec2};

use super::depth::{BLOCKS, Blocks, Depth, GUESS, UNSEEN, Which, judged, read, run};
use super::flattened_drawn::best;
use crate::gpu::BufId;
use crate::recipes::blocks::WIDTH;
use crate::settings::Choice as _;
use crate::viz::facts::grouped;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::fit::{Cell, Panel, Row, edge, tiles};
use crate::viz::figures::page;
use crate::viz::figures::ranking::{Ranked, ranking};
use crate::viz::figures::stairs::{Stair, stairs};
use crate::viz::words;
use crate::viz::{Look, MapStyle, Quantity, Range, View, theme};

/// Least height of the probes' columns with their name, and height of the name.
const PROBES: f32 = 104.0;
const NAME: f32 = 24.0;
/// Side of the input beside that of a block, and least width of the head.
const INPUT: f32 = 0.7;
const HEAD: f32 = 178.0;
/// Least probability of a class that is named, where there are very many.
const LEAST: f32 = 0.01;
/// Space between maps, small and large, and the line below a large one.
const SPACE: [f32; 2] = [3.0, 8.0];
const CAPTION: f32 = 18.0;

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Depth,
    /// Whose maps are looked at.
    pub which: Which,
    /// The block that is looked at, from 0.
    pub block: usize,
    /// How many of its maps are drawn large.
    pub large: usize,
    /// Whether the most active of them come first.
    pub sorted: bool,
    /// What the picture shows.
    pub source: &'a str,
    /// How many pictures the probes learn from, and how fast.
    pub learns: (u32, f32),
}

impl Drawn<'_> {
    /// Rows of the page.
    pub fn rows() -> [Row; 3] {
        let input = Panel { weight: INPUT, ..Panel::picture(1.0) };
        let hero = std::iter::once(input).chain(std::iter::repeat_n(Panel::picture(1.0), BLOCKS));
        let hero = hero.chain([Panel::free(HEAD, 0.0)]).collect();
        let below = vec![Panel::free(240.0, 0.5).bar(), Panel::free(330.0, 1.0)];
        [Row::Hero(hero), Row::Fill(PROBES), Row::Hero(below)]
    }

    /// Whose maps are drawn: of the large network there is one alone.
    pub fn seen(&self) -> Which {
        if self.of.is_photo() { Which::Trained } else { self.which }
    }

    /// The network that is looked at.
    pub fn blocks(&self) -> &Blocks {
        &self.of.networks[self.seen().index()]
    }

    /// Draws it; gives the block that was clicked.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>) -> Option<usize> {
        let placed = page::lay(ui, &Self::rows());
        let [hero, probes, below] = [0, 1, 2].map(|row| &placed.rows[row][..]);
        // All are asked for in one frame, also those of the other network, which a choice away are wanted at once.
        for network in &self.of.networks {
            network.means.iter().for_each(|means| drop(view.values(means)));
        }
        let means: Vec<_> = self.blocks().means.iter().map(|means| view.values(means)).collect();
        let order = |(block, means): (usize, &Option<Rc<Vec<f32>>>)| {
            self.order(self.blocks().maps[block].shape[1], means.as_ref().map(|m| &m[..]))
        };
        let orders: Vec<_> = means.iter().enumerate().map(order).collect();
        self.picture(ui, view, &hero[0]);
        let mut clicked = None;
        for block in 0..BLOCKS {
            clicked = self.maps(ui, view, &hero[block + 1], block, &orders[block]).or(clicked);
        }
        self.head(ui, view, &hero[BLOCKS + 1]);
        let rooms = (0..BLOCKS).map(|block| match placed.folded {
            false => hero[block + 1].rect.x_range(),
            true => {
                let [from, to] = [probes[0].rect.left(), probes[0].rect.right()];
                (edge(from, to, BLOCKS, block)..=edge(from, to, BLOCKS, block + 1)).into()
            }
        });
        clicked = self.probes(ui, view, probes[0].rect, rooms.collect()).or(clicked);
        self.large(ui, view, &below[0], &orders[self.block], means[self.block].as_ref().map(|m| &m[..]));
        let runs = [0, 1].map(|which| run(which, self.block));
        let (samples, rate) = self.learns;
        let said = format!("learn from {} pictures, rate {rate}", grouped(samples.into()));
        words::panel_name(ui, below[1].name, &format!("Probes of block {}", self.block + 1), &said);
        view.curves_of(ui, below[1].rect, &[Quantity::Accuracy(GUESS)], &runs);
        clicked
    }

    /// Maps in the order in which they are drawn.
    fn order(&self, count: usize, means: Option<&[f32]>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        if let Some(means) = means.filter(|_| self.sorted) {
            order.sort_by(|a, b| means[*b].total_cmp(&means[*a]));
        }
        order
    }

    fn picture(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell) {
        let [.., h, w] = self.of.picture.shape[..] else { return };
        words::panel_name(ui, cell.name, "Input", &format!("{h} × {w}"));
        let look = if self.of.is_photo() { Look::Rgb } else { Look::Brightness };
        let style = MapStyle::panel("Input", "", look).untitled().range(Range::Fixed(0.0, 1.0));
        view.panel(ui, &Cell::bare(cell.rect), &self.of.picture, 0, &style);
        let line = Rect::from_min_size(cell.rect.left_bottom(), vec2(cell.rect.width(), CAPTION));
        words::write(ui, line, Align2::LEFT_CENTER, self.source, theme::small(), theme::of(ui).dim);
    }

    /// All maps of a block; gives the block if it was clicked.
    fn maps(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        block: usize,
        order: &[usize],
    ) -> Option<usize> {
        let maps = &self.blocks().maps[block];
        let [_, count, h, w] = maps.shape[..] else { return None };
        words::panel_name(ui, cell.name, &format!("Block {}", block + 1), &format!("{h} × {w}"));
        let name = ui.interact(cell.name, ui.scope_id().with(("block", block)), Sense::click());
        let mut clicked = name.clicked();
        let range = Range::Shared(Rc::<[BufId]>::from([maps.buf]));
        let places = tiles(cell.rect, count.min(WIDTH), w as f32 / h as f32, [SPACE[0], 0.0]);
        for (map, rect) in order.iter().zip(&places) {
            let title = format!("Block {}, map {}", block + 1, map + 1);
            let style = MapStyle::panel(&title, "", Look::Sequential).untitled().stretched().to_choose();
            let style = style.range(range.clone()).unwritten();
            clicked |= view.panel(ui, &Cell::bare(*rect), maps, *map, &style).response.clicked();
        }
        if block == self.block
            && let Some(all) = places.iter().copied().reduce(Rect::union)
        {
            let stroke = Stroke::new(theme::FOCUS_STROKE, theme::of(ui).blue);
            ui.painter().rect_stroke(all.expand(2.0), 2.0, stroke, StrokeKind::Outside);
        }
        clicked.then_some(block)
    }

    fn head(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell) {
        let parameters = grouped(self.blocks().parameters as u64);
        words::panel_name(ui, cell.name, "Head", &format!("{parameters} parameters"));
        for network in &self.of.networks {
            drop(view.values(&network.shares));
        }
        let Some(shares) = view.values(&self.blocks().shares) else { return };
        let (chosen, ink) = (best(&shares), theme::of(ui));
        let row = |(class, share): (usize, &f32)| Ranked {
            name: self.blocks().classes[class].clone(),
            value: *share,
            text: words::percent((*share).into()),
            was: None,
            chosen: class == chosen,
            focus: false,
            ink: if self.seen() == Which::Random { ink.b } else { ink.blue },
        };
        let mut rows: Vec<Ranked> = shares.iter().enumerate().map(row).collect();
        // The most probable first, since not all may have room.
        rows.sort_by(|a, b| b.value.total_cmp(&a.value));
        // Of a thousand classes most have next to nothing.
        let least = if self.of.is_photo() { LEAST.min(rows[0].value) } else { 0.0 };
        rows.retain(|row| row.value >= least);
        ranking(ui, cell.rect, "Probability", &rows, Axis::linear(0.0, 1.0));
    }

    /// What the probes read, under the blocks; gives the block that was clicked.
    fn probes(&self, ui: &mut Ui, view: &View<'_>, rect: Rect, rooms: Vec<egui::Rangef>) -> Option<usize> {
        let c = theme::of(ui);
        let line = rect.with_max_y(rect.top() + NAME - 6.0);
        let bold = theme::semibold(13.0);
        let random = words::write(ui, line, Align2::RIGHT_CENTER, "B random weights", bold.clone(), c.b);
        let left = line.with_max_x(random.left() - 12.0);
        let trained = words::write(ui, left, Align2::RIGHT_CENTER, "A trained weights", bold, c.blue);
        let step = view.player().and_then(judged).unwrap_or(0);
        let pictures = if self.of.is_photo() { "clothes, not the photo," } else { "pictures" };
        let name = format!("right of {UNSEEN} unseen {pictures} at step {step}; dots: guessing");
        words::panel_name(ui, line.with_max_x(trained.left() - 12.0), "Linear probes", &name);
        let shares = view.player().map(read).unwrap_or_default();
        let stair = |(block, room): (usize, egui::Rangef)| Stair {
            name: format!("block {}", block + 1),
            room,
            shares: shares[block],
        };
        let of: Vec<Stair> = rooms.into_iter().enumerate().map(stair).collect();
        stairs(ui, rect.with_min_y(rect.top() + NAME), "Linear probes", &of, GUESS, self.block)
    }

    /// The first maps of the block, large.
    fn large(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, order: &[usize], means: Option<&[f32]>) {
        let maps = &self.blocks().maps[self.block];
        let [_, count, h, w] = maps.shape[..] else { return };
        let large = self.large.clamp(1, count);
        let first = if self.sorted { "most active" } else { "first" };
        let said = format!("{large} {first} maps, {} weights; means below", self.seen().name());
        words::panel_name(ui, cell.name, &format!("Block {}", self.block + 1), &said);
        let range = Range::Shared(Rc::<[BufId]>::from([maps.buf]));
        let places = tiles(cell.rect, large, w as f32 / h as f32, [SPACE[1], CAPTION]);
        for (i, (map, rect)) in order.iter().zip(&places).enumerate() {
            let bar = if i + 1 == large { cell.bar } else { Cell::bare(*rect).bar };
            let title = format!("Block {}, map {}, large", self.block + 1, map + 1);
            let style = MapStyle::panel(&title, "", Look::Sequential).untitled().stretched();
            view.panel(ui, &Cell { bar, ..Cell::bare(*rect) }, maps, *map, &style.range(range.clone()));
            let line = Rect::from_min_size(rect.left_bottom(), vec2(rect.width(), CAPTION));
            let mean = means.and_then(|means| means.get(*map));
            let mean = mean.map_or_else(|| "…".into(), |mean| words::short((*mean).into()));
            let full = format!("{}: {mean}", map + 1);
            // The mean alone where both do not fit.
            let fits = words::width(ui, &full, theme::small()) <= rect.width();
            let ink = theme::of(ui).dim;
            words::write(
                ui,
                line,
                Align2::LEFT_CENTER,
                if fits { &full } else { &mean },
                theme::small(),
                ink,
            );
        }
    }
}
