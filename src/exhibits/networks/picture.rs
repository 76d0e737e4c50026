//! A recorded network, drawn to scale with the maps that it makes, its numbers in columns below, and what no
//! longer fits in red where it stands.

use egui::{Rangef, Rect, Ui, UiBuilder, Vec2, pos2, vec2};

use super::recorded::Recorded;
use crate::gpu::Tensor;
use crate::nn::stack::{Fault, StackLayer};
use crate::viz::facts::grouped;
use crate::viz::figures::ledger::{Entry, Line, compact, counts, ledger};
use crate::viz::figures::network::{Network, NetworkEvent, Places, cell_at, cone, misfit, network, places};
use crate::viz::words::Voice;
use crate::viz::{Look, View, theme, words};

/// Lines of numbers below the drawing.
pub const LINES: usize = 4;

/// Most numbers of a vector that are drawn below each other: the side of a texture that every adapter has.
const TALLEST: usize = 4096;

/// A cell of a node: its map, row and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The node, 0 for the input.
    pub node: usize,
    /// Map, row and column.
    pub place: [usize; 3],
}

/// What was done with the drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// A node was chosen.
    pub chosen: Option<usize>,
    /// A cell is pointed at.
    pub pointed: Option<Spot>,
}

impl Recorded {
    /// The drawing of it.
    pub fn network<'a>(&'a self, ui: &Ui, chosen: usize, cut: &'a [(usize, usize)]) -> Network<'a> {
        Network {
            name: "Network",
            nodes: &self.nodes,
            weights: &[],
            units: &[],
            inks: &[],
            bars: &[],
            powers: [0.0, 1.0],
            ink: theme::of(ui).blue,
            chosen: Some(chosen),
            cut,
        }
    }

    /// Where the element of a spot lies in its tensor.
    pub fn index(&self, Spot { node, place: [map, row, column] }: Spot) -> usize {
        let [h, w] = self.map(node).unwrap_or([1, 1]);
        if self.map(node).is_some() { (map * h + row) * w + column } else { column }
    }

    /// Draws it into `rect`, with the windows that lead to `tip`, and its numbers into `below`.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        [rect, below]: [Rect; 2],
        chosen: usize,
        tip: Spot,
    ) -> Done {
        let missing = self.first_missing();
        let cut: Vec<_> = missing.into_iter().map(|node| (node, node - 1)).collect();
        let net = self.network(ui, chosen, &cut);
        let mut done = Done::default();
        let event = network(ui, rect, &net);
        let at = places(rect, &net);
        for (node, tensor) in self.tensors.iter().enumerate() {
            let front = at.nodes[node];
            if self.map(node).is_some() {
                let map = if node == tip.node && node > 0 { tip.place[0] } else { 0 };
                view.overlay(ui, front.shrink(1.0), tensor, map, self.looks[node], 1.0);
            }
        }
        if let (Some(front), Some(column), None) = (at.nodes.get(self.tensors.len()), self.column(), missing)
        {
            let look = self.looks[self.tensors.len() - 1];
            let look = if look == Look::Rgb { Look::Sequential } else { look };
            view.overlay(ui, front.shrink(1.0), &column, 0, look, 1.0);
        }
        if let Some(NetworkEvent::Node(node, clicked) | NetworkEvent::Unit(node, _, clicked)) = event {
            done.chosen = clicked.then_some(node);
            let pointer = ui.ctx().pointer_latest_pos();
            let cell = self
                .map(node)
                .zip(pointer)
                .and_then(|(map, at_pointer)| cell_at(at.nodes[node], map, at_pointer));
            if let Some([row, column]) = cell {
                let spot = Spot { node, place: [0, row, column] };
                done.pointed = Some(spot);
                view.point(&self.tensors[node], self.index(spot));
            }
        }
        self.trace(ui, &at, tip, rect);
        let columns: Vec<Rangef> = at.columns.iter().map(Rect::x_range).collect();
        done.chosen = done.chosen.or(ledger(ui, below, &columns, &self.lines(), Some(chosen)));
        if let Some(node) = missing {
            let room = Rect::from_min_max(
                pos2(at.columns[node].left() + 2.0, below.top()),
                pos2(rect.right(), below.bottom()),
            );
            self.fault(
                ui,
                Rect::from_center_size(at.nodes[node].center(), self.room(&at.columns[node], rect, at.lines)),
                room,
            );
        }
        done
    }

    /// What the last layer makes as one column: number below number, or map below map where these are too
    /// many for a texture.
    fn column(&self) -> Option<Tensor> {
        let last = self.tensors.last()?;
        let [_, channels, h, w] = last.shape[..] else { return None };
        let shapes = [[last.len(), 1], [channels * h, w]];
        let [rows, columns] = shapes.into_iter().find(|[rows, _]| *rows <= TALLEST)?;
        Some(last.view(&[1, 1, rows, columns]))
    }

    /// Room for what does not fit: the column above its words.
    fn room(&self, column: &Rect, rect: Rect, lines: usize) -> Vec2 {
        vec2(column.width() - 8.0, rect.height() - 12.0 - 16.0 * lines as f32)
    }

    /// The windows that one cell reads, layer by layer, and what it sees of the picture.
    fn trace(&self, ui: &Ui, at: &Places, tip: Spot, rect: Rect) {
        let shapes: Vec<Vec<usize>> = self.tensors.iter().map(|tensor| tensor.shape[1..].to_vec()).collect();
        let [_, row, column] = tip.place.map(|v| v as i64);
        let regions = self.stack.reads(&shapes, tip.node, [[row; 2], [column; 2]]);
        let maps: Vec<_> = (0..=tip.node).map(|node| self.map(node)).collect();
        let input = cone(ui, at, &maps, &regions);
        if let (Some(input), [rows, columns], true) = (input, regions[0], tip.node > 0) {
            let sees = |[first, last]: [i64; 2]| last - first + 1;
            let size = format!("sees {}×{}", sees(rows), sees(columns));
            let [h, w] = self.map(0).unwrap_or_default().map(|side| side as i64);
            let past =
                [(rows, h), (columns, w)].iter().any(|([first, last], side)| *first < 0 || last >= side);
            let text = if past { format!("{size}, padded") } else { size };
            let below = pos2(input.center().x, input.bottom() + 14.0);
            let column = Rect::from_x_y_ranges(at.columns[0].x_range(), at.nodes[0].y_range());
            words::tag(ui, column.intersect(rect), below, &text, Voice::Focus);
        }
    }

    /// Parameters, work, receptive field and memory of each layer.
    fn lines(&self) -> [Line<'static>; LINES] {
        let layers = || self.layers.iter();
        let line = |label, total: String, entries| Line { label, total, entries };
        let side = self.map(0).map_or(1, |[h, _]| h) as f32;
        let sees = |layer: &StackLayer| {
            let [h, w] = layer.receptive;
            let text = format!("{h} × {w}");
            Some(Entry { short: h.to_string(), text, share: h as f32 / side })
        };
        let memory = |node: usize| 4 * self.tensors[node].len() as u64;
        let most = (1..self.tensors.len()).map(memory).max().unwrap_or(1) as f32;
        let bytes = |node: usize| {
            let n = memory(node);
            Some(Entry { text: words::bytes(n), short: compact(n), share: n as f32 / most })
        };
        let parameters = layers().map(|layer| layer.parameters as u64);
        let work = layers().map(|layer| layer.multiply_adds);
        let kept = (1..self.tensors.len()).map(memory).sum();
        [
            line("Parameters", grouped(parameters.clone().sum()), counts(parameters)),
            line("Multiply-adds", compact(work.clone().sum()), counts(work)),
            line("Sees, in pixels", String::new(), layers().map(sees).collect()),
            line("Memory", words::bytes(kept), (1..self.tensors.len()).map(bytes).collect()),
        ]
    }

    /// Says on the layer that cannot be built why.
    fn fault(&self, ui: &mut Ui, drawn: Rect, said: Rect) {
        let Some(error) = &self.error else { return };
        if let Fault::Window { window, map, pad } = error.fault {
            misfit(ui, drawn, window, map, pad);
        }
        let c = theme::of(ui);
        ui.painter().rect_filled(said, theme::RADIUS_CARD, c.broken_fill);
        let place = error.layer.first().map_or_else(String::new, |layer| format!("Layer {layer}: "));
        let sentence = match error.fault {
            // Sizes as the drawing writes them.
            Fault::Window { .. } => error.fault.to_string().replace('x', "×"),
            _ => self.reason().unwrap_or_default(),
        };
        let text = format!("{place}{}.", sentence.trim_end_matches('?'));
        ui.scope_builder(UiBuilder::new().max_rect(said.shrink2(vec2(8.0, 6.0))), |ui| {
            ui.shrink_clip_rect(said);
            words::warning(ui, &text)
        });
    }
}
