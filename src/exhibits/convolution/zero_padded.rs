//! What the page on zero padding records, its comparison of modes and what was measured.

use egui::Ui;

use super::edges::{Edge, Stack, rim};
use super::edges_drawn::{Reads, tower};
use crate::gpu::Tensor;
use crate::ops::conv::Conv2d;
use crate::settings::Choice;
use crate::viz::figures::fit::{Cell, Placement};
use crate::viz::figures::page::{amount, figures, label};
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View};

/// What was recorded.
pub struct Shown {
    /// One layer with the padding that is set.
    pub p: Conv2d,
    /// Layers that were asked for.
    pub layers: usize,
    /// Padding of the second count and of the modes: the one that is set, or what would keep the size.
    pub cells: usize,
    /// How often each cell is read without padding, and with it.
    pub reads: [Tensor; 2],
    /// The layers that are set.
    pub stack: Stack,
    /// Layers without padding, then with it in each mode.
    pub stacks: Vec<Stack>,
    /// Which of them is like those that are set.
    pub chosen: usize,
    /// How the input is drawn.
    pub input: Look,
}

impl Shown {
    /// How often the corner is read, and the cell in the middle: without padding or with it.
    pub fn reads_of(&self, view: &mut View<'_>, padded: usize) -> Option<[f32; 2]> {
        let counts = &self.reads[padded];
        let side = counts.shape[2];
        let values = view.values(counts).filter(|values| values.len() == side * side)?;
        Some([values[0], values[side / 2 * (side + 1)]])
    }

    /// The counts, as they are drawn.
    pub fn counted(&self) -> Reads<'_> {
        let chosen = usize::from(self.chosen > 0);
        Reads { counts: [&self.reads[0], &self.reads[1]], pad: self.cells, size: self.p.r as usize, chosen }
    }

    /// The layers that are set, one above the other.
    pub fn tower(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell) {
        let [first, last] = [&self.stack.maps[0], self.stack.last()].map(|map| map.shape[2]);
        words::panel_name(ui, cell.name, "Layer on layer", &format!("{first} × {first} → {last} × {last}"));
        tower(ui, view, cell.rect, &self.stack, self.input, self.layers);
    }

    /// The last map without padding and in each mode.
    pub fn modes(&self, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) {
        let after = words::plural(self.layers, "layer", "layers");
        let about = format!("padding {}, and the rim's share of the middle", self.cells);
        words::panel_name(ui, placed.titles[1], &format!("{after} in each mode, or as many as fit"), &about);
        let range: Vec<_> = self.stacks.iter().map(|stack| stack.last().buf).collect();
        let names: Vec<&str> =
            std::iter::once("none").chain(Edge::ALL.iter().map(|edge| edge.name())).collect();
        for (i, (stack, cell)) in self.stacks.iter().zip(&placed.rows[1]).enumerate() {
            let style = MapStyle::panel(names[i], "", stack.look)
                .range(Range::Shared(range.clone().into()))
                .untitled()
                .stretched();
            view.panel(
                ui,
                &Cell { caption: Cell::bare(cell.rect).caption, ..*cell },
                stack.last(),
                0,
                &style,
            );
            let side = stack.last().shape[2];
            let value = match rim(view, stack.last()).filter(|_| i > 0) {
                Some(rim) => words::percent(rim),
                None => format!("{side} × {side}"),
            };
            label(ui, cell, names[i], &value, self.chosen == i);
        }
    }

    /// The measured row.
    pub fn measured(&self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
        let (Some([bare, most]), Some([padded, _])) = (self.reads_of(view, 0), self.reads_of(view, 1)) else {
            return;
        };
        let (stack, bare_stack) = (&self.stack, &self.stacks[0]);
        let [first, last] = [&stack.maps[0], stack.last()].map(|map| map.shape[2]);
        let share = |n: f32| f64::from(n / most.max(1.0));
        let mut left = amount(
            "Side left",
            format!("{last} of {first}"),
            last as f64 / first as f64,
            format!("after {}", words::plural(stack.layers(), "layer", "layers")),
        );
        if stack.layers() < self.layers {
            left.4 = Voice::Broken;
        }
        let fit = bare_stack.layers();
        let all = if fit < self.layers { "no more without padding" } else { "without padding" };
        let rows = [
            amount("Corner, no padding", bare, share(bare), format!("reads, {most} in the middle")),
            amount("Corner, padded", padded, share(padded), format!("reads, with {} a side", self.cells)),
            left,
            amount(
                "Layers that fit",
                format!("{fit} of {}", self.layers),
                fit as f64 / self.layers as f64,
                all,
            ),
        ];
        figures(ui, cells, &rows);
    }
}
