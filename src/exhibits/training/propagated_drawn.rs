//! The page on backpropagation laid out: the graph, one gradient worked out, a convolution with its gradients, what was
//! measured.

use egui::Ui;

use super::kernel_gradients::KernelGradients;
use super::kernel_gradients_drawn::{Convolution, PANELS};
use super::propagated::Propagated;
use super::propagated_chain::{chain, height};
use super::propagated_graph::Graph;
use super::propagated_measured;
use super::propagated_steps::Steps;
use crate::viz::View;
use crate::viz::figures::fit::{Metrics, Panel, Placement, Row};
use crate::viz::figures::page;

/// Least height of the graph, of the line below the convolution, of a picture.
const GRAPH: f32 = 214.0;
const FOOT: f32 = 20.0;
const LOWEST: f32 = 56.0;

/// What was recorded.
pub struct Shown {
    /// The small network.
    pub network: Propagated,
    /// The CNN.
    pub convolutions: KernelGradients,
}

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Shown,
    /// How many steps are done.
    pub done: usize,
    /// Number of the parameter that is worked out; beyond the last the last one.
    pub chosen: usize,
    /// Convolution, kernel and map of its input, from 0.
    pub layer: usize,
    /// Which of its kernels.
    pub filter: usize,
    /// Which map of its input.
    pub channel: usize,
}

impl Drawn<'_> {
    fn lay(&self, ui: &mut Ui) -> Placement {
        let m = Metrics { row: 8.0, lowest: LOWEST, gap: 10.0, beside: false, ..Metrics::default() };
        let picture = Panel::picture(1.0);
        let mut pictures = vec![picture; PANELS];
        pictures[PANELS - 1] = picture.bar();
        let narrow = ui.available_width() < m.fold;
        let pictures = if narrow { Row::Compare { count: PANELS, aspect: 1.0 } } else { Row::Hero(pictures) };
        // As many paths as hidden layers: two units a layer.
        let chain = Row::Fixed(height(self.of.network.asked.layers));
        page::lay_with(ui, &[Row::Fill(GRAPH), chain, pictures, Row::Fixed(FOOT), Row::Measured(4)], &m)
    }

    /// Draws all of it; gives the parameter that was clicked.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>) -> Option<usize> {
        let Shown { network, convolutions } = self.of;
        let placed = self.lay(ui);
        let at = |row: usize| placed.rows[row][0].rect;
        let chosen = self.chosen.min(network.sizes.parameters() - 1);
        let numbers = network.read(view);
        let clicked = numbers.as_ref().and_then(|numbers| {
            let steps = Steps::of(&network.sizes);
            let graph = Graph { of: network, numbers, steps: &steps, done: self.done, chosen };
            let pointed = graph.draw(ui, at(0), view);
            let reached = |step| steps.reached(step, self.done);
            chain(ui, at(1), network, numbers, pointed.hovered.unwrap_or(chosen), &reached);
            propagated_measured::draw(ui, &placed.rows[4], network, numbers, convolutions.operations);
            pointed.clicked
        });
        let Self { layer, filter, channel, .. } = *self;
        Convolution { of: convolutions, layer, filter, channel }.draw(ui, view, &placed.rows[2], at(3));
        clicked
    }
}
