//! A network as text on a page: drawn to scale, its layers added and removed by buttons, the maps of one of them
//! large, and how the cell that is looked at comes about.

use std::ops::RangeInclusive;

use egui::Align2;

use super::picture::{LINES, Spot};
use super::recorded::Recorded;
use crate::exhibits::prelude::*;
use crate::ops::arithmetic::number;
use crate::viz::figures::ledger;
use crate::viz::figures::network::{BUTTONS, edits, ideal_height};
use crate::viz::figures::strokes;
use crate::viz::theme;

/// How many maps of a layer are drawn large, how many in a single column, and least height of their row.
const MAPS: RangeInclusive<usize> = 3..=12;
const FOLDED: usize = 4;
const STRIP: f32 = 132.0;
/// Width under which the arithmetic stands below the buttons.
const NARROW: f32 = 640.0;

/// A network as text, and what is looked at.
pub struct Workbench {
    /// The layers.
    pub text: String,
    /// The layer that is chosen; 0 is the input.
    pub layer: u32,
    /// What was pointed at in the frame before.
    pointed: Option<Spot>,
}

impl Workbench {
    /// A network, with one of its layers chosen.
    pub fn new(text: &str, layer: u32) -> Self {
        Self { text: text.to_owned(), layer, pointed: None }
    }

    /// Draws it in all the room there is; clicks change the text and the layer.
    pub fn draw(&mut self, shown: &Recorded, ui: &mut Ui, view: &mut View<'_>) {
        let (chosen, node) = ((self.layer as usize).min(shown.nodes.len() - 1), self.node(shown));
        let [h, w] = shown.map(node).unwrap_or([1, shown.tensors[node].len()]);
        let middle = Spot { node, place: [0, h / 2, w / 2] };
        let tip = self.pointed.filter(|spot| spot.node < shown.tensors.len()).unwrap_or(middle);
        let placed = lay(ui, shown, chosen, node);
        let before = self.pointed.take();
        let done = shown.draw(ui, view, [placed.rows[0][0].rect, placed.rows[1][0].rect], chosen, tip);
        self.pointed = done.pointed;
        if let Some(node) = done.chosen {
            // The vector at the end is no layer of its own.
            let last = if shown.error.is_some() { shown.nodes.len() - 1 } else { shown.layers.len() };
            self.layer = node.min(last) as u32;
        }
        // All are read, so that another layer has its number in the very frame in which it is chosen.
        let values: Vec<_> = shown.tensors.iter().map(|tensor| view.values(tensor)).collect();
        let value = values[tip.node].as_ref().and_then(|values| values.get(shown.index(tip)).copied());
        let value = value.map_or_else(|| "…".to_owned(), |value| number(value.into()));
        let said = shown
            .how(tip.node)
            .map_or_else(|| format!("This pixel: {value}"), |how| format!("{how}: {value}"));
        let named = (chosen, shown.nodes[chosen].name.as_str());
        let (looked, rest) = edits(ui, placed.rows[2][0].rect, &mut self.text, named);
        self.layer = looked.map_or(self.layer, |layer| layer as u32);
        words::write(ui, rest, Align2::LEFT_CENTER, &said, theme::control(), theme::of(ui).focus_text);
        let (title, kind) = shown.title(node, placed.rows[3].len());
        words::panel_name(ui, placed.titles[3], &title, &kind);
        self.maps(ui, view, &placed.rows[3], shown, tip);
        if self.pointed != before {
            ui.ctx().request_repaint();
        }
    }

    /// The maps of the layer, large.
    fn maps(&mut self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], shown: &Recorded, tip: Spot) {
        let node = self.node(shown);
        let (tensor, map) = (&shown.tensors[node], shown.map(node));
        let look = if node == 0 { Look::Sequential } else { shown.looks[node] };
        for (i, cell) in cells.iter().enumerate() {
            let title = if node == 0 {
                ["red", "green", "blue"][i.min(2)].to_owned()
            } else {
                format!("map {}", i + 1)
            };
            let style = MapStyle::panel(&title, "", look).untitled().together().caption(&title);
            let style = if map.is_some() { style } else { style.caption("").stretched() };
            let drawn = view.panel(ui, cell, tensor, i, &style);
            let [at, row, column] = tip.place;
            if tip.node == node && at == i {
                let cell = drawn.cells(row as f32, column as f32, 1.0, 1.0);
                strokes::focus(ui.painter(), cell, theme::of(ui).focus);
            }
            if let Some([row, column]) = drawn.hovered {
                self.pointed = Some(Spot { node, place: [i, row, column] });
            }
        }
    }

    /// The node whose maps are drawn large: the chosen one, or the last that could be built.
    fn node(&self, shown: &Recorded) -> usize {
        (self.layer as usize).min(shown.layers.len())
    }
}

/// Drawing, numbers, buttons, and as many maps as are as high as the room that is left.
fn lay(ui: &mut Ui, shown: &Recorded, chosen: usize, node: usize) -> Placement {
    let (room, m) = (ui.available_rect_before_wrap(), Metrics::default());
    let numbers = ledger::LINE * LINES as f32;
    let buttons = if room.width() < NARROW { 2.0 * BUTTONS } else { BUTTONS };
    let drawing = ideal_height(room.width(), &shown.network(ui, chosen, &[]));
    let drawing = drawing.min(room.height() - numbers - buttons - STRIP - 3.0 * m.row).max(120.0).floor();
    let strip = match shown.map(node) {
        Some([h, w]) => {
            let left = room.height() - drawing - numbers - buttons - 3.0 * m.row;
            let (aspect, high) = (w as f32 / h as f32, (left - m.name - m.caption).max(1.0));
            let fits = (room.width() / (high * aspect + m.thumb_gap)).ceil() as usize;
            let fits = if room.width() < m.fold { FOLDED } else { fits.clamp(*MAPS.start(), *MAPS.end()) };
            Row::Compare { count: shown.tensors[node].shape[1].min(fits), aspect }
        }
        None => Row::Compare { count: 1, aspect: 12.0 },
    };
    page::lay_with(ui, &[Row::Fixed(drawing), Row::Fixed(numbers), Row::Fixed(buttons), strip], &m)
}
