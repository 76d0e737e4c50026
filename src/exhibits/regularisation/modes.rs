//! Four networks that differ in what stands between their convolutions: none, batch norm, dropout, and both in an order of
//! one's choice; and what is read of each while they learn: how far training and testing are apart.

use std::rc::Rc;

use crate::choices;
use crate::exhibits::Recording;
use crate::nn::{RunId, Setup};
use crate::ops::histogram::BINS;
use crate::recipes::{Between, Fashion, Modes};
use crate::viz::{Of, View};

/// Steps of training, and after how many the networks are judged on so many batches of unseen pictures.
pub const STEPS: u64 = 120;
const JUDGED: (u64, usize) = (30, 2);
/// Steps whose numbers are averaged: a mask or a small batch alone says little.
const RECENT: usize = 20;
/// Histograms of a ridge.
const HILLS: u64 = 8;

choices! {
    /// Which of both stands first where there are both.
    pub enum Order {
        /// Batch norm in each block, dropout behind the last one.
        NormFirst = "norm first",
        /// Dropout in front of each batch norm.
        DropoutFirst = "dropout first",
    }
}

/// Number of networks.
pub const NETWORKS: usize = 4;
/// Places of the network with batch norm alone, with dropout alone, with both.
pub const NORM: usize = 1;
/// Dropout alone.
pub const DROPOUT: usize = 2;
/// Both.
pub const BOTH: usize = 3;

impl Order {
    /// What stands between the convolutions of each network.
    fn between(self) -> [Between; NETWORKS] {
        let both = if self == Self::NormFirst { Between::NormDropout } else { Between::DropoutNorm };
        [Between::Nothing, Between::Norm, Between::Dropout, both]
    }

    /// What each network is called.
    pub fn names(self) -> [&'static str; NETWORKS] {
        let both = if self == Self::NormFirst { "norm, dropout" } else { "dropout, norm" };
        ["neither", "batch norm", "dropout", both]
    }
}

/// What all networks have alike.
#[derive(Clone, Copy, Debug)]
pub struct Alike {
    /// Probability of being dropped.
    pub rate: f64,
    /// Share of the running statistics that a batch leaves as it is.
    pub momentum: f32,
    /// Pictures to learn from.
    pub samples: usize,
    /// How they learn.
    pub setup: Setup,
}

impl Alike {
    /// Records that four networks learn.
    pub fn train(self, on: &mut Recording<'_>, order: Order) {
        let data = Fashion::carried().first([self.samples, usize::MAX]);
        for (between, name) in order.between().into_iter().zip(order.names()) {
            let (data, Self { rate, momentum, .. }) = (data.clone(), self);
            on.train(name, Rc::new(Modes { data, between, rate, momentum }), self.setup);
        }
        on.plan_steps(STEPS, JUDGED.0, Some(JUDGED.1));
    }
}

/// What was noted of one network.
pub struct Told {
    /// Distance of its outputs in training from those in testing, over the length of the latter: mean of the last steps.
    pub gap: f64,
    /// Standard deviation of what goes into the last ReLU, in training and in testing: of the last steps.
    pub spread: [f64; 2],
    /// Histograms of that, in training and in testing, in the step that is shown.
    pub now: [Vec<f32>; 2],
    /// Histograms in training, the steps far apart.
    pub hills: Vec<(u64, Vec<f32>)>,
}

/// The parts of what a step notes.
fn parts(row: &[f32]) -> Option<(&[f32], [&[f32]; 2])> {
    let (numbers, counts) = row.split_at_checked(Modes::NOTED - 2 * BINS)?;
    Some((numbers, [counts.get(..BINS)?, counts.get(BINS..2 * BINS)?]))
}

impl Told {
    /// All numbers of a network as of the step that is shown, once they are there.
    pub fn read(view: &mut View<'_>, id: RunId) -> Option<Self> {
        let player = view.player()?;
        let (run, step) = (player.runs().get(id.0)?, player.target());
        let known = run.layer_norms();
        let rows = &known[..known.len().min(step as usize)];
        if !rows.is_empty() {
            return Self::of(rows);
        }
        // Before the first step, of the batch that comes next.
        let next = run.view(Modes::VIEW)?.clone();
        let row = view.of(Of::Training(id)).values(&next)?;
        Self::of(&[row.to_vec()])
    }

    fn of(rows: &[Vec<f32>]) -> Option<Self> {
        let recent = &rows[rows.len().saturating_sub(RECENT)..];
        let mean = |which: usize| {
            let all: f64 = recent.iter().filter_map(|row| row.get(which)).map(|v| f64::from(*v)).sum();
            all / recent.len() as f64
        };
        let (_, now) = parts(rows.last()?)?;
        let count = HILLS.min(rows.len() as u64);
        let step = |i: u64| if count > 1 { 1 + i * (rows.len() as u64 - 1) / (count - 1) } else { 1 };
        let hill = |at: u64| Some((at, parts(rows.get(at as usize - 1)?)?.1[0].to_vec()));
        Some(Self {
            gap: mean(0),
            spread: [1, 2].map(|which| mean(which).sqrt()),
            now: now.map(<[f32]>::to_vec),
            hills: (0..count).map(step).filter_map(hill).collect(),
        })
    }

    /// What is left of the spread in testing.
    pub fn kept(&self) -> f64 {
        self.spread[1] / self.spread[0]
    }
}

/// All networks as they were last read.
#[derive(Default)]
pub struct Last(pub [Option<Told>; NETWORKS]);

impl Last {
    /// Reads each anew, as far as its numbers are there.
    pub fn read(&mut self, view: &mut View<'_>) {
        for (run, last) in self.0.iter_mut().enumerate() {
            if let Some(told) = Told::read(view, RunId(run)) {
                *last = Some(told);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hills_go_from_the_first_step_to_the_last() {
        let rows: Vec<Vec<f32>> = (1..=150).map(|step| vec![step as f32; Modes::NOTED]).collect();
        let told = Told::of(&rows).unwrap();
        let steps: Vec<u64> = told.hills.iter().map(|(step, _)| *step).collect();
        assert_eq!((steps.len(), steps[0], steps[7]), (8, 1, 150));
        assert!(told.hills.iter().all(|(step, counts)| counts[0] == *step as f32 && counts.len() == BINS));
        assert!((told.gap - 140.5).abs() < 1e-9);
        assert_eq!(Told::of(&rows[..1]).unwrap().hills.len(), 1);
        assert!(Told::of(&[]).is_none());
    }
}
