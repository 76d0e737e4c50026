//! Dropout on real feature maps: the mask, the thinned maps of training, the gradient under the same mask,
//! the mean over N masks, which approaches the maps of testing; and two networks that learn few pictures, one
//! of them with dropout.

use super::masks::{Kept, Masks, rate};
use super::pair::Place;
use super::questions;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::prelude::*;
use crate::nn::{Player, RunId, Setup};
use crate::ops::dropout::DropoutOptions;
use crate::ops::optim::{Method, Optimiser};
use crate::ops::unary::Act;
use crate::viz::Quantity;

/// Side of the photo's maps and of the grid, and how many maps there are.
const SIDE: usize = 80;
const GRID: usize = 8;
const MAPS: usize = 4;
/// Pictures of a batch.
const BATCH: usize = 25;

choices! {
    /// Who scales.
    enum Kind { Inverted = "inverted", Classic = "classic", Forgotten = "forgotten" }
}

choices! {
    /// What is dropped from.
    enum Image { Maps = "feature maps", Grid = "grid" }
}

settings! {
    /// The page.
    pub struct Dropout {
        p: f32 = 0.5,
        kind: Kind = Kind::Inverted,
        masks: u32 = 32,
        spatial: bool = false,
        step: u32 = 0,
        image: Image = Image::Maps,
        map: u32 = 1,
        seed: u32 = 0,
        place: Place = Place::Dense,
        samples: u32 = 200,
        width: u32 = 128,
        rate: f32 = 0.002,
    }
}

/// What was recorded.
pub struct Shown {
    p: f32,
    kind: Kind,
    masks: u32,
    made: Masks,
}

impl Dropout {
    fn input(&self, on: &mut Recording<'_>) -> Result<Tensor, Problem> {
        if self.image == Image::Grid {
            let numbers = (0..MAPS * GRID * GRID).map(|i| (i % 9 + 1) as f32).collect::<Vec<_>>();
            return Ok(on.plan.constant("input", &[1, MAPS, GRID, GRID], numbers));
        }
        filters::maps(on, (Filter::Gabor, 9), &[0.0, 45.0, 90.0, 135.0], Act::RELU, SIDE)
    }

    /// The optimiser of both networks.
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Adam, self.rate)
    }
}

impl Exhibit for Dropout {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::float("p", "Dropout rate p", &mut self.p, 0.0..=0.95)
            .help("Probability of being dropped")
            .restarts()
            .show(k);
        k.heading("Masks on the maps");
        let kinds = "Inverted divides by 1 − p in training; classic multiplies by 1 − p in testing; forgotten does neither";
        Knob::choice("kind", "Scaling", &mut self.kind).help(kinds).show(k);
        Knob::int("masks", "Masks averaged", &mut self.masks, 1..=512).help("N").show(k);
        let spatial = "Spatial dropout: one draw for a whole feature map";
        Knob::switch("spatial", "Whole maps", &mut self.spatial).help(spatial).show(k);
        let step = "Each step of training draws another mask";
        Knob::int("step", "Step of the mask", &mut self.step, 0..=100).help(step).show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::int("map", "Map shown", &mut self.map, 1..=MAPS as u32).draws().show(k);
        k.heading("Training (restarts)");
        let place = "Of the second network: behind two dense layers, or behind a convolution and before a dense layer";
        Knob::choice("place", "Dropout behind", &mut self.place).help(place).restarts().show(k);
        Knob::int("samples", "Pictures", &mut self.samples, 50..=2000).restarts().show(k);
        Knob::int("width", "Units of a layer", &mut self.width, 16..=256).restarts().show(k);
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).restarts().show(k);
        let rate = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.01).help(rate).steers().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let x = self.input(on)?;
        let options = DropoutOptions {
            rate: rate(self.p),
            seed: u64::from(self.seed) + (on.inputs.seed << 16),
            mask_number: self.step,
            inverted: self.kind == Kind::Inverted,
            inner: if self.spatial { x.shape[2] * x.shape[3] } else { 1 },
            ..DropoutOptions::default()
        };
        // Who forgets the scale changes nothing in testing either.
        let testing = DropoutOptions { train: false, inverted: self.kind != Kind::Classic, ..options };
        let made = Masks::record(&mut on.plan, x, &options, &testing, self.masks)?;
        let seed = u64::from(self.seed) + on.inputs.seed;
        let setup = Setup { seed, ..Setup::new(BATCH, self.optimiser()) };
        self.place.train(on, [self.samples, self.width], self.p, setup)?;
        Ok(Shown { p: self.p, kind: self.kind, masks: self.masks, made })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let Kept { share, ratio } = shown.made.kept(view)?;
        let dropped = words::percent(1.0 - share);
        let masks = format!("the mean of {} masks is", shown.masks);
        if shown.kind == Kind::Forgotten {
            return Some(Caption::broken(&format!(
                "[{dropped}](value 1) of the cells are 0, the rest is not scaled: {masks} [{ratio:.2}](bad 4) of what testing hands on. \
                 [Inverted again](good) scales and mends it."
            )));
        }
        let factor = (100.0 / (1.0 - f64::from(shown.p))).round() / 100.0;
        let scales = shown.kind == Kind::Inverted && shown.p > 0.0;
        let factor =
            if scales { format!(", the rest times {}", words::short(factor)) } else { String::new() };
        let trained = view.player().filter(|player| player.target() > 0);
        let unseen = |run| trained?.unseen(RunId(run)).map(|share| words::percent(share.into()));
        let learn = match (unseen(0), unseen(1)) {
            (Some(a), Some(b)) => format!("Unseen pictures: [{a} without](a), [{b} with](b) dropout."),
            _ => format!("Play: {} learn {} pictures.", self.place.size(self.width), self.samples),
        };
        Some(Caption::plain(&format!(
            "[{dropped}](value 1) of the cells are 0{factor}: {masks} [{ratio:.2}](value 4) of the test. {learn}"
        )))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let [hero, strip] = Masks::rows();
        let rows = [hero, strip, Row::Measured(4), Row::Fill(190.0)];
        let placed = page::lay_with(ui, &rows, &Metrics { compare: 0.2, row: 10.0, ..Metrics::default() });
        shown.made.draw(ui, view, &placed, self.map as usize - 1);
        let Kept { share, ratio } =
            shown.made.kept(view).unwrap_or(Kept { share: f64::NAN, ratio: f64::NAN });
        let gap = |run| view.player().and_then(|player| player.generalisation_gap(RunId(run))).map(f64::from);
        let [without, with] =
            [gap(0), gap(1)].map(|gap| (gap.map_or("–".into(), words::percent), gap.unwrap_or(0.0)));
        let expected = format!("expected {}", words::percent(1.0 - f64::from(shown.p)));
        let learnt = format!("seen less unseen, of {}", self.samples);
        let mut rows = [
            amount("Kept", words::percent(share), share, expected),
            amount(
                "Mean over masks",
                format!("×{ratio:.3}"),
                ratio / 2.0,
                format!("{} masks, of the test output", shown.masks),
            ),
            amount("Gap without", without.0, without.1, learnt),
            amount("Gap with", with.0, with.1, format!("the same, learning rate {}", self.rate)),
        ];
        rows[1].4 = if (ratio - 1.0).abs() > 0.1 { Voice::Broken } else { Voice::A };
        rows[3].4 = Voice::B;
        page::figures(ui, &placed.rows[2], &rows);
        view.curves(ui, placed.rows[3][0].rect, &[Quantity::Accuracy(0.1)]);
    }

    fn steer(&self, _: &Shown, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::dropout(rng)
    }
}
