//! The page on random weights drawn: two ridges of histograms, the deviation of every layer, the variance of one worked
//! out, and all schemes side by side.

use egui::{Align2, Color32, Rect, Ui, pos2};

use super::spread::{PICTURES, REACH, Scheme, Spread, Told};
use crate::ops::histogram::BINS;
use crate::settings::Choice as _;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::bars;
use crate::viz::figures::fit::{Metrics, Panel, Row};
use crate::viz::figures::histogram::ridge;
use crate::viz::figures::page::{self, amount};
use crate::viz::words::{self, Voice};
use crate::viz::{View, theme};

/// Powers of ten of the ends of all bars: deviation 1 is in the middle.
const POWER: f32 = 10.0;
/// Height of the bars of all layers with their name, of the name, of the worked variance and of a line of it.
const BARS: f32 = 88.0;
const NAME: f32 = 22.0;
const WORKED: f32 = 44.0;
const LINE: f32 = 22.0;
/// Space between what goes forward and what comes back.
const SPACE: f32 = 12.0;
/// Factor between the first layer and the last beyond which a spread is not kept.
pub const FAR: f64 = 50.0;

/// Numbers of panels, for the sentence: ridges, bars; the first of the schemes.
pub const RIDGES: [usize; 2] = [0, 1];
/// Deviations by layer.
pub const DEVIATIONS: usize = 2;

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Spread,
    /// The layer whose variance is worked out, from 0.
    pub layer: usize,
}

/// A deviation in words: what is too small for 32 bits once it is squared has no digits.
pub fn told(deviation: f64) -> String {
    if deviation == 0.0 { "under 10⁻¹⁹".into() } else { words::short(deviation) }
}

impl Drawn<'_> {
    /// Draws it; gives the layer that was clicked.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>) -> Option<usize> {
        let ridges = vec![Panel::free(240.0, 1.0).folded(0.8); 2];
        let schemes = Scheme::ALL.len();
        let rows = [Row::Hero(ridges), Row::Fixed(BARS), Row::Fixed(WORKED), Row::Measured(schemes)];
        let placed = page::lay_with(ui, &rows, &Metrics { row: 12.0, ..Metrics::default() });
        let told = self.of.read(view)?;
        let c = theme::of(ui);
        let what = self.of.asked.seen.name();
        let sides = [
            (format!("Forward: {what}"), format!("of {PICTURES} pictures, layer by layer"), c.blue),
            ("Backward: gradients".to_owned(), format!("of the {what}, sent back from the end"), c.b),
        ];
        let names: Vec<String> = (1..=self.of.asked.depth).map(|layer| layer.to_string()).collect();
        let room = placed.rows[1][0].rect;
        let half = ((room.width() - SPACE) / 2.0).floor();
        let mut clicked = None;
        for (side, (name, said, ink)) in sides.iter().enumerate() {
            let cell = &placed.rows[0][side];
            words::panel_name(ui, cell.name, name, said);
            let hills: Vec<&[f32]> = told.counts[side].chunks(BINS).collect();
            ridge(ui, cell.rect, name, &hills, &names, Axis::linear(-REACH, REACH), *ink);
            let left = room.left() + side as f32 * (half + SPACE);
            let own = Rect::from_min_max(pos2(left, room.top()), pos2(left + half, room.bottom()));
            if let Some((layer, chosen)) = self.bars(ui, own, side, &told, *ink) {
                view.point(self.of.variances(side), layer);
                clicked = chosen.then_some(layer).or(clicked);
            }
        }
        self.worked(ui, placed.rows[2][0].rect, &told);
        let rows: Vec<_> = Scheme::ALL
            .iter()
            .zip(&told.rivals)
            .map(|(scheme, deviation)| {
                let weights = f64::from(self.of.asked.deviation(*scheme, 1));
                let share = (deviation.log10() / f64::from(POWER) + 1.0) / 2.0;
                let under = format!("weights: {}", words::short(weights));
                // The name of the kind has no room here.
                let name = scheme.name().trim_start_matches("normal ");
                let mut row = amount(name, self::told(*deviation), share, under);
                row.4 = match (*scheme == self.of.asked.scheme, is_kept(*deviation)) {
                    (true, true) => Voice::A,
                    (true, false) => Voice::Broken,
                    _ => Voice::Plain,
                };
                row
            })
            .collect();
        page::figures(ui, &placed.rows[3], &rows);
        clicked
    }

    /// The deviation of each layer; gives the one that is pointed at, and whether it was clicked.
    fn bars(&self, ui: &mut Ui, rect: Rect, side: usize, told: &Told, ink: Color32) -> Option<(usize, bool)> {
        let values = if side == 0 { &told.forward } else { &told.backward };
        let name = ["Deviation by layer", "Deviation of the gradients"][side];
        let last = values.last().copied().unwrap_or(f64::NAN);
        let first = values.first().copied().unwrap_or(f64::NAN);
        let said = format!("{} to {}; powers of ten, line: 1", self::told(first), self::told(last));
        words::panel_name(ui, rect.with_max_y(rect.top() + NAME), name, &said);
        let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        let axis = Axis::log(10_f32.powf(-POWER), 10_f32.powf(POWER));
        let plot = rect.with_min_y(rect.top() + NAME);
        bars::layers(ui, plot, name, "layer", &values, axis, &|_| ink, Some(self.layer))
    }

    /// The variance of the sums of one layer, from its fan-in, its weights and what goes into it.
    fn worked(&self, ui: &Ui, rect: Rect, told: &Told) {
        let c = theme::of(ui);
        let asked = &self.of.asked;
        let layer = self.layer;
        let (Some(input), Some(sums)) = (told.inputs.get(layer), told.sums.get(layer)) else { return };
        let [_, fan_in] = asked.shape(layer);
        let variance = f64::from(asked.deviation(asked.scheme, layer)).powi(2);
        // One digit more than elsewhere, so that the product is that of the numbers that stand there.
        let [short_variance, short_input] = [variance, *input].map(exact);
        let made = words::short(fan_in as f64 * variance * input);
        let first = format!(
            "Layer {}: E[z²] = fan-in × var(w) × E[x²] = {fan_in} × {short_variance} × {short_input} = {made}",
            layer + 1
        );
        let second = format!("measured over {PICTURES} × {} sums: {}", asked.width, words::short(*sums));
        let line = rect.with_max_y(rect.top() + LINE);
        words::write(ui, line, Align2::LEFT_CENTER, &first, theme::semibold(13.0), c.text);
        let line = line.translate(egui::vec2(0.0, LINE));
        words::write(ui, line, Align2::LEFT_CENTER, &second, theme::control(), c.dim);
    }
}

/// Four digits, or its power of ten.
fn exact(x: f64) -> String {
    let places = 3.0 - x.abs().log10().floor();
    if (0.0..=8.0).contains(&places) { format!("{x:.*}", places as usize) } else { words::short(x) }
}

/// Whether a deviation of the last layer is one that pictures of deviation 1 could have kept.
fn is_kept(deviation: f64) -> bool {
    (1.0 / FAR..=FAR).contains(&deviation)
}
