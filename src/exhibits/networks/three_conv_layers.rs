//! Three convolutional layers, or any other stack of layers, drawn to scale with what they make of the photo:
//! how sides follow from window, stride and padding, and how long the vector for the dense layer is.

use std::ops::RangeInclusive;

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::picture::{LINES, Spot};
use super::practice;
use super::recorded::Recorded;
use super::sliders::sliders;
use crate::choices;
use crate::exhibits::{Exhibit, Problem, Recording};
use crate::lessons::Question;
use crate::nn::stack::{Block, Fault, PoolKind, Stack};
use crate::ops::arithmetic::number;
use crate::ops::philox::Rng;
use crate::ops::unary::Act;
use crate::settings::{Choice, Knob, Knobs};
use crate::viz::facts::grouped;
use crate::viz::figures::control::{Face, button, button_width};
use crate::viz::figures::fit::{Cell, Metrics, Row};
use crate::viz::figures::ledger;
use crate::viz::figures::network::ideal_height;
use crate::viz::figures::page;
use crate::viz::figures::strokes;
use crate::viz::{Caption, Look, MapStyle, View, theme, words};

choices! {
    /// What goes into the network.
    enum Image { Photo = "photo", Noise = "noise" }
}

/// Most characters of the text.
const LONGEST: usize = 600;
/// Most layers of which there are buttons for one more.
const MOST: usize = 24;
/// How many maps of a layer are drawn large, how many in a single column, and least height of their row.
const MAPS: RangeInclusive<usize> = 3..=12;
const FOLDED: usize = 4;
const STRIP: f32 = 132.0;
/// Height of the buttons, and width under which the arithmetic stands below them.
const BUTTONS: f32 = 28.0;
const NARROW: f32 = 640.0;
/// Classes of a dense layer whose weights, biases included, are told where the network has none.
const CLASSES: usize = 10;

/// The page.
pub struct ThreeConvLayers {
    stack: String,
    side: u32,
    image: Image,
    layer: u32,
    /// What was pointed at in the frame before.
    pointed: Option<Spot>,
}

impl Default for ThreeConvLayers {
    fn default() -> Self {
        let stack = "conv 10 of 3x3, conv 20 of 5x5 stride 2, conv 40 of 5x5 stride 2".to_owned();
        Self { stack, side: 39, image: Image::Photo, layer: 3, pointed: None }
    }
}

impl ThreeConvLayers {
    /// Adds and removes layers; right of it, how the cell that is looked at comes about.
    fn buttons(&mut self, ui: &mut Ui, rect: Rect, shown: &Recorded, said: &str) {
        let chosen = (self.layer as usize).min(shown.nodes.len() - 1);
        let behind = &shown.nodes[chosen].name;
        let pool = Block::Pool { kind: PoolKind::Max, window: 2, stride: 2 };
        let conv = Block::Conv { filters: 16, size: [3; 2], stride: 1, pad: 1, dilation: 1, groups: 1 };
        let all = [
            ("Add conv", Some(conv)),
            ("Add pool", Some(pool)),
            ("Add ReLU", Some(Block::Act(Act::RELU))),
            ("Remove", None),
        ];
        let (mut left, high) = (rect.left(), rect.height().min(BUTTONS));
        for (text, new) in all {
            let own = Rect::from_min_size(pos2(left, rect.top()), vec2(button_width(ui, text, false), high));
            left = own.right() + 8.0;
            let spoken =
                if new.is_some() { format!("{text} behind {behind}") } else { format!("Remove {behind}") };
            let clicked = button(
                ui,
                own,
                text,
                Face { sign: None, text, spoken: &spoken, primary: false, round: false },
            )
            .clicked();
            if !clicked {
                continue;
            }
            let (mut stack, unread) = Stack::leading(&self.stack);
            if unread.is_some() || (new.is_some() && stack.0.len() >= MOST) {
                continue;
            }
            let layer = match new {
                Some(block) => stack.insert_behind(chosen, block),
                None => stack.remove_layer(chosen),
            };
            (self.stack, self.layer) = (stack.to_string(), layer as u32);
        }
        let beside = rect.with_min_x((left + 8.0).min(rect.right()));
        let rest = if high < rect.height() { rect.with_min_y(rect.top() + high) } else { beside };
        words::write(ui, rest, Align2::LEFT_CENTER, said, theme::control(), theme::of(ui).focus_text);
    }

    fn strip(&mut self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], shown: &Recorded, tip: Spot) {
        let node = self.looked(shown);
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
    fn looked(&self, shown: &Recorded) -> usize {
        (self.layer as usize).min(shown.layers.len())
    }
}

impl Exhibit for ThreeConvLayers {
    type Shown = Recorded;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Network");
        let help = "Layers from left to right: conv, pool, relu, batch norm, dense, residual (…)";
        Knob::line("stack", "Layers", &mut self.stack, LONGEST).help(help).show(k);
        // As many as are written, also while they cannot be read.
        let read = Stack::leading(&self.stack).0.in_order().len();
        let last = read.max(self.stack.matches(',').count() + 1) as u32;
        let last = last.max(self.layer);
        Knob::int("layer", "Look at layer", &mut self.layer, 0..=last).help("0 is the input").draws().show(k);
        Knob::int("side", "Input side W", &mut self.side, 8..=224).show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        sliders(&mut self.stack, k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Recorded, Problem> {
        let side = self.side as usize;
        let x = match self.image {
            Image::Photo => on.photo(side),
            Image::Noise => {
                let mut rng = Rng::new(on.inputs.seed);
                let noise: Vec<f32> = (0..3 * side * side).map(|_| rng.uniform()).collect();
                on.plan.constant("noise", &[1, 3, side, side], noise)
            }
        };
        let recorded = Recorded::new(on, &self.stack, &x, ["input", self.image.name()])?;
        if recorded.error.is_none() {
            self.layer = self.layer.min(recorded.layers.len() as u32);
        }
        Ok(recorded)
    }

    fn caption(&self, shown: &Recorded, _: &mut View<'_>) -> Option<Caption> {
        if let (Some(reason), Some(error)) = (shown.reason(), &shown.error) {
            let place = error.layer.first().map_or_else(String::new, |layer| format!("Layer {layer}: "));
            let mends = match error.fault {
                Fault::Window { .. } => "[Room again](good) pads the maps and mends it",
                _ => "[1960 numbers](good) begins anew",
            };
            let stop = if reason.ends_with('?') { "" } else { "." };
            return Some(Caption::broken(&format!("{place}[{reason}](bad){stop} {mends}.")));
        }
        let vector = shown.vector();
        let dense = shown.layers.iter().find(|layer| layer.name == "dense1");
        let weights = dense.map_or((vector + 1) * CLASSES, |layer| layer.parameters);
        let [vector, weights] = [vector, weights].map(|n| grouped(n as u64));
        let sizes = shown.sizes();
        Some(Caption::plain(&format!(
            "{sizes}: **{vector}** numbers enter a dense layer, **{weights}** weights."
        )))
    }

    fn draw(&mut self, shown: &Recorded, ui: &mut Ui, view: &mut View<'_>) {
        let chosen = (self.layer as usize).min(shown.nodes.len() - 1);
        let looked = self.looked(shown);
        let [h, w] = shown.map(looked).unwrap_or([1, shown.tensors[looked].len()]);
        let middle = Spot { node: looked, place: [0, h / 2, w / 2] };
        let tip = self.pointed.filter(|spot| spot.node < shown.tensors.len()).unwrap_or(middle);
        let maps = shown.map(looked).map(|_| shown.tensors[looked].shape[1]);
        let room = ui.available_rect_before_wrap();
        let m = Metrics::default();
        let numbers = ledger::LINE * LINES as f32;
        let buttons = if room.width() < NARROW { 2.0 * BUTTONS } else { BUTTONS };
        let drawing = ideal_height(room.width(), &shown.network(ui, chosen, &[]));
        let drawing = drawing.min(room.height() - numbers - buttons - STRIP - 3.0 * m.row).max(120.0).floor();
        // As many maps as are as high as the room that is left.
        let (left, aspect) = (room.height() - drawing - numbers - buttons - 3.0 * m.row, w as f32 / h as f32);
        let high = (left - m.name - m.caption).max(1.0);
        let fits = (room.width() / (high * aspect + m.thumb_gap)).ceil() as usize;
        let fits = if room.width() < m.fold { FOLDED } else { fits.clamp(*MAPS.start(), *MAPS.end()) };
        let (count, aspect) = maps.map_or((1, 12.0), |maps| (maps.min(fits), aspect));
        let rows =
            [Row::Fixed(drawing), Row::Fixed(numbers), Row::Fixed(buttons), Row::Compare { count, aspect }];
        let placed = page::lay_with(ui, &rows, &m);
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
            .map_or_else(|| format!("This pixel: {value}"), |how| format!("This cell: {how} = {value}"));
        self.buttons(ui, placed.rows[2][0].rect, shown, &said);
        let kind = match maps {
            Some(maps) if looked == 0 => format!("{maps} channels"),
            Some(maps) => format!("{count} of {maps} maps, untrained filters, seed {}", shown.seed),
            None => format!("{} numbers, untrained weights, seed {}", grouped(w as u64), shown.seed),
        };
        let name = &shown.nodes[looked].name;
        let title = if looked == 0 { "Input".to_owned() } else { format!("Layer {looked}: {name}") };
        words::panel_name(ui, placed.titles[3], &title, &kind);
        self.strip(ui, view, &placed.rows[3], shown, tip);
        if self.pointed != before {
            ui.ctx().request_repaint();
        }
    }

    fn code(&self) -> Option<String> {
        Some(Stack::leading(&self.stack).0.pytorch(&[3, self.side as usize, self.side as usize]))
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        practice::question(rng)
    }
}
