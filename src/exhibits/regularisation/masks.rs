//! Maps under a dropout mask: in training, backwards, averaged over masks, in testing.

use crate::exhibits::prelude::*;
use crate::ops::affine::affine;
use crate::ops::dropout::{DropoutOptions, dropout, dropout_mean};
use crate::ops::gradient::backward;
use crate::ops::reduce::mean;

/// Thinned networks beside the first.
const NEXT: u32 = 8;

/// Names of [`Masks::row`]: for the inspector, as titles, and what is said beside those.
const PANELS: [[&str; 3]; 6] = [
    ["input", "Input", "x"],
    ["mask", "Mask", "m"],
    ["training output", "Training", "y"],
    ["gradient", "Gradient", "of x"],
    ["mean over masks", "Mean", "of y"],
    ["testing output", "Testing", "y"],
];

/// The rate of a knob: its decimal, not its nearest f32, so that 0.1 drops one in ten to the last bit.
pub fn rate(p: f32) -> f64 {
    f64::from((p * 1e4).round()) / 1e4
}

/// What dropout makes of maps.
pub struct Masks {
    /// Input, mask, output in training, gradient under the mask, mean over masks, output in testing.
    pub row: [Tensor; 6],
    /// The output in the next steps of training.
    pub next: Vec<Tensor>,
    /// Means of the mask, of the mean over masks and of the output in testing.
    means: [Tensor; 3],
    /// What a scale by 1 / (1 − p) makes of the input: with it the colours mean the same, scaled or not.
    reach: Tensor,
}

/// Numbers of [`Masks`].
#[derive(Clone, Copy)]
pub struct Kept {
    /// Share of the cells that was kept.
    pub share: f64,
    /// The mean over masks, of the output in testing.
    pub ratio: f64,
}

impl Masks {
    /// Rows of the picture: the maps, and those of the next steps.
    pub fn rows() -> [Row; 2] {
        let mut hero = vec![Panel::picture(1.0); 5];
        hero.push(Panel::picture(1.0).bar());
        [Row::Hero(hero), Row::Compare { count: NEXT as usize, aspect: 1.0 }]
    }

    /// Records what dropout makes of `x` in training and, as `testing` says, in testing; the mean over so many
    /// masks.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(
        plan: &mut Plan,
        x: Tensor,
        training: &DropoutOptions,
        testing: &DropoutOptions,
        masks: u32,
    ) -> Result<Self, Problem> {
        let (y, mask) = dropout(plan, &x, training)?;
        let (test, _) = dropout(plan, &x, testing)?;
        let over_masks = dropout_mean(plan, &x, training, masks)?;
        let mut next = Vec::new();
        for mask_number in training.mask_number + 1..=training.mask_number + NEXT {
            let (thinned, _) = dropout(plan, &x, &DropoutOptions { mask_number, ..*training })?;
            plan.name(&thinned, &format!("output of step {mask_number}"));
            next.push(thinned);
        }
        let gradients = backward(plan, &y, None, &[&x])?;
        let dx = gradients.of(&x).expect("it was asked for").view(&x.shape);
        let row = [x, mask, y, dx, over_masks, test];
        row.iter().zip(PANELS).for_each(|(tensor, [name, ..])| plan.name(tensor, name));
        let means = [1, 4, 5].map(|i| {
            let mean = mean(plan, &row[i]);
            plan.name(&mean, &format!("mean of {}", PANELS[i][0]));
            mean
        });
        let reach = affine(plan, &row[0], (1.0 / (1.0 - training.rate).max(0.01)) as f32, 0.0);
        Ok(Self { row, next, means, reach })
    }

    /// The measured numbers, once they are there.
    pub fn kept(&self, view: &mut View<'_>) -> Option<Kept> {
        // All are asked for in one frame, so that none waits for another.
        let read = self.means.each_ref().map(|t| view.values(t)?.first().map(|v| f64::from(*v)));
        let [share, over_masks, testing] = read;
        Some(Kept { share: share?, ratio: over_masks? / testing? })
    }

    /// Draws map `map` of all of them into the first two rows of `placed`.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, placed: &Placement, map: usize) {
        let [x, mask, _, dx, ..] = &self.row;
        // One range, or a scale that was forgotten would not be seen. Nothing reaches further, whatever the masks.
        let alike = Range::Shared([x.buf, self.reach.buf].into());
        for (([_, name, note], tensor), cell) in PANELS.iter().zip(&self.row).zip(&placed.rows[0]) {
            let style = match () {
                () if tensor.buf == mask.buf => MapStyle::panel(name, note, Look::Mask),
                () if tensor.buf == dx.buf => MapStyle::panel(name, note, Look::Sequential),
                () => MapStyle::panel(name, note, Look::Sequential).range(alike.clone()).trimmed(),
            };
            view.panel(ui, cell, tensor, map, &style);
        }
        let each = "each step trains another thinned network";
        words::panel_name(ui, placed.titles[1], "The same map in the next steps", each);
        for (i, (tensor, cell)) in self.next.iter().zip(&placed.rows[1]).enumerate() {
            let name = format!("+{}", i + 1);
            let style =
                MapStyle::panel(&name, "", Look::Sequential).range(alike.clone()).trimmed().caption(&name);
            view.panel(ui, cell, tensor, map, &style);
        }
    }
}
