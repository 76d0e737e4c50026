//! One step of training as a plan: draw a batch, forwards, backwards, change the parameters, take notes
//! and count the step. And the notes read back.

use std::ops::Range;

use super::error::TrainError;
use super::graph::{Graph, Layer};
use super::parameters::Parameters;
use super::task::{Net, Outcome, Record, Set, Setup};
use crate::gpu::{BufId, DType, PART_ALIGN, Plan, Source, Tensor};
use crate::ops::OpError;
use crate::ops::affine::{AFFINE, Affine};
use crate::ops::batch::Draw;
use crate::ops::gradient::{Gradients, backward};
use crate::ops::optim::{State, advance, clip_factor, note, optimise};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::sections::squares;

/// Steps whose numbers the GPU keeps until they are read.
pub const JOURNAL: usize = 256;

/// Where the loss and the share of right answers of each batch are noted.
pub(super) struct Journals {
    /// Losses, by the number of the step.
    pub losses: Tensor,
    /// Shares of right answers, where there is such a thing.
    pub accuracies: Option<Tensor>,
}

impl Journals {
    /// Those that there are.
    pub fn all(&self) -> impl Iterator<Item = &Tensor> {
        std::iter::once(&self.losses).chain(&self.accuracies)
    }
}

/// Records that a number is noted in each step; returns the journal.
fn journal(plan: &mut Plan, name: &str, value: &Tensor, steps: &Tensor) -> Tensor {
    let journal = plan.temporary(name, &[JOURNAL], DType::F32);
    note(plan, &value.view(&[1]), steps, &journal);
    journal
}

/// Records that the loss and the share of right answers are noted in each step.
pub(super) fn note_outcome(plan: &mut Plan, outcome: &Outcome, steps: &Tensor) -> Result<Journals, OpError> {
    let losses = journal(plan, "losses", &outcome.loss, steps);
    let mut accuracies = None;
    if let Some(right) = &outcome.right {
        let share = reduce(plan, &right.view(&[right.len()]), &[0], Reduce::Mean, false)?;
        accuracies = Some(journal(plan, "accuracies", &share, steps));
    }
    Ok(Journals { losses, accuracies })
}

/// The buffers of a training step that outlive it.
pub(super) struct Buffers {
    /// All parameters; the state changes those that are learned.
    pub whole: Tensor,
    /// What the optimiser keeps, and the number of the step.
    pub state: State,
    /// All gradients of parameters.
    pub gradient: Tensor,
    journals: Journals,
    norms: Tensor,
    /// Squares of the norms of the layers' gradients, a row of [`JOURNAL`] a layer.
    squares: Option<Tensor>,
    /// What the network has noted, a row of [`JOURNAL`] a number.
    noted: Option<Tensor>,
}

/// The numbers of some steps: records, and for each the norms of the layers' gradients, then what the network has noted.
pub(super) type Notes = (Vec<Record>, Vec<Vec<f32>>);

impl Buffers {
    /// The journals, in the order in which [`Buffers::notes`] takes them.
    pub fn journals(&self) -> Vec<BufId> {
        let Self { journals, norms, squares, noted, .. } = self;
        let order = [Some(&journals.losses), Some(norms), journals.accuracies.as_ref()];
        order.into_iter().chain([squares.as_ref(), noted.as_ref()]).flatten().map(|t| t.buf).collect()
    }

    /// The state of training: parameters and what the optimiser keeps of them.
    pub fn kept(&self) -> Vec<BufId> {
        let all = [&self.whole, &self.state.m, &self.state.h];
        all.into_iter().filter(|t| !t.is_empty()).map(|t| t.buf).collect()
    }

    /// The numbers of steps, at most [`JOURNAL`], from the journals that were read back after them.
    pub fn notes(&self, steps: Range<u64>, mut journals: Vec<Vec<f32>>) -> Notes {
        let noted = self.noted.as_ref().and_then(|_| journals.pop());
        let squares = self.squares.as_ref().and_then(|_| journals.pop());
        let accuracies = self.journals.accuracies.as_ref().and_then(|_| journals.pop());
        let at = |journal: Option<&Vec<f32>>, step: u64| {
            journal.and_then(|j| j.get(step as usize % JOURNAL)).copied()
        };
        let [losses, norms] = [0, 1].map(|i| journals.get(i));
        let record = |step| Record {
            step,
            loss: at(losses, step).unwrap_or(f32::NAN),
            accuracy: at(accuracies.as_ref(), step),
            gradient_norm: at(norms, step).unwrap_or(f32::NAN),
        };
        let of_layers = |step: u64| {
            let at = |all: &Option<Vec<f32>>| -> Vec<f32> {
                let rows = all.iter().flat_map(|all| all.chunks_exact(JOURNAL));
                rows.map(|row| row[step as usize % JOURNAL]).collect()
            };
            at(&squares).into_iter().map(f32::sqrt).chain(at(&noted)).collect()
        };
        (steps.clone().map(record).collect(), steps.map(of_layers).collect())
    }
}

/// A layer whose gradient is noted in each step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedLayer {
    /// Its name.
    pub name: String,
    /// Where its weights lie in the buffer of all gradients.
    pub weights: Range<usize>,
}

/// A recorded step of training.
pub(super) struct Recorded {
    pub plan: Plan,
    pub buffers: Buffers,
    pub layers: Vec<Layer>,
    pub weights: Vec<Tensor>,
    pub views: Vec<(&'static str, Tensor)>,
    pub gradients: Gradients,
    /// Layers whose gradients are noted.
    pub watched: Vec<WatchedLayer>,
    /// The step of the optimiser.
    pub optimise: usize,
    /// Steps that leave all as it is that outlives a step.
    pub passing: Vec<Range<usize>>,
}

impl Recorded {
    /// Records a step of training. It reads a copy of what is learned, so that after the step all that it
    /// computed still agrees with the parameters that it was computed with: whoever looks at a cell sees its
    /// true arithmetic.
    pub fn new(net: &dyn Net, parameters: &Parameters, setup: &Setup) -> Result<Self, TrainError> {
        let mut plan = Plan::new();
        let steps = plan.temporary("steps", &[1], DType::U32);
        let whole = plan.temporary("parameters", &[parameters.buffer_len()], DType::F32);
        let gradient = plan.temporary("gradients", &[parameters.learned_len()], DType::F32);
        let w = plan.part("learned parameters", &whole, 0, &[parameters.learned_len()]);
        let used = plan.temporary("parameters of the step", &[parameters.learned_len()], DType::F32);
        copy(&mut plan, &w, &used);
        let mut g = Graph::new(plan, parameters, [&used, &whole], &steps, true);
        let draw = Draw { batch: setup.batch, seed: Some(setup.seed as u32) };
        let outcome = net.forward(&mut g, Set::Training, draw)?;
        let Graph { mut plan, weights, layers, notes, .. } = g;
        let learned: Vec<_> = weights.iter().zip(parameters.list()).filter(|(_, p)| p.learned).collect();
        let wrt: Vec<&Tensor> = learned.iter().map(|(w, _)| *w).collect();
        let gradients = backward(&mut plan, &outcome.loss, None, &wrt)?;
        let reached = |w: &&Tensor| gradients.of(w).expect("backward reaches all that is asked for");
        let all: Vec<Tensor> = wrt.iter().map(reached).collect();
        for (d, (_, parameter)) in all.iter().zip(&learned) {
            move_into(&mut plan, &all, d, &gradient, parameters.offset(parameter));
        }
        let (factor, norm) = clip_factor(&mut plan, &gradient, setup.clip_norm.unwrap_or(f32::MAX));
        let state = State::new(&mut plan, &w, &steps, setup.optimiser.method);
        let factor = setup.clip_norm.map(|_| factor);
        let optimise_step = plan.steps.len();
        optimise(&mut plan, &state, &gradient, factor.as_ref(), &setup.optimiser);
        let journals = note_outcome(&mut plan, &outcome, &steps)?;
        let norms = journal(&mut plan, "gradient norms", &norm, &steps);
        let (watched, squares) = if setup.watch_gradients {
            note_layers(&mut plan, &layers, parameters, &gradient, &steps)?
        } else {
            (Vec::new(), None)
        };
        let noted = note_numbers(&mut plan, &notes, &steps);
        advance(&mut plan, &steps);
        let buffers = Buffers { whole, state, gradient, journals, norms, squares, noted };
        let passing = passing(&plan, &buffers);
        let views = outcome.views;
        let optimise = optimise_step;
        Ok(Self { plan, buffers, layers, weights, views, gradients, watched, optimise, passing })
    }
}

/// Records that the square of the norm of each layer's weight gradient is noted; the root is for whoever reads it. Returns
/// the layers and the journal, a row each.
fn note_layers(
    plan: &mut Plan,
    layers: &[Layer],
    parameters: &Parameters,
    gradient: &Tensor,
    steps: &Tensor,
) -> Result<(Vec<WatchedLayer>, Option<Tensor>), OpError> {
    let learned = |layer: &Layer| {
        let weight = parameters.get(*layer.params.first()?);
        let from = parameters.offset(weight);
        weight.learned.then(|| WatchedLayer { name: layer.name.clone(), weights: from..from + weight.len() })
    };
    let watched: Vec<WatchedLayer> = layers.iter().filter_map(learned).collect();
    if watched.is_empty() {
        return Ok((watched, None));
    }
    let journal = plan.temporary("squares of layers' gradients", &[watched.len(), JOURNAL], DType::F32);
    let sections: Vec<Range<usize>> = watched.iter().map(|layer| layer.weights.clone()).collect();
    let squares = squares(plan, gradient, &sections)?;
    note(plan, &squares, steps, &journal);
    Ok((watched, Some(journal)))
}

/// Records that what the network itself wants noted is noted; returns the journal, a row each.
fn note_numbers(plan: &mut Plan, numbers: &[Tensor], steps: &Tensor) -> Option<Tensor> {
    if numbers.is_empty() {
        return None;
    }
    let rows: usize = numbers.iter().map(Tensor::len).sum();
    let whole = plan.temporary("noted by the network", &[rows * JOURNAL], DType::F32);
    let mut at = 0;
    for number in numbers {
        let own = plan.part("rows of it", &whole, at * JOURNAL, &[number.len(), JOURNAL]);
        note(plan, &number.view(&[number.len()]), steps, &own);
        at += number.len();
    }
    Some(whole)
}

/// Ranges of steps that write nothing that outlives a step.
fn passing(plan: &Plan, buffers: &Buffers) -> Vec<Range<usize>> {
    let outlives: Vec<BufId> =
        buffers.journals().into_iter().chain(buffers.kept()).chain([buffers.state.steps.buf]).collect();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (i, step) in plan.steps.iter().enumerate() {
        if step.outs.iter().any(|out| outlives.contains(&plan.whole(*out).0)) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.end == i => last.end = i + 1,
            _ => ranges.push(i..i + 1),
        }
    }
    ranges
}

/// Makes a gradient part of the buffer of all gradients: the step that writes it writes there. Where
/// other steps read it, it belongs to two parameters or it is no buffer of its own, it is copied instead,
/// because an adapter does not bind one buffer as read and as written in one dispatch.
fn move_into(plan: &mut Plan, gradients: &[Tensor], d: &Tensor, whole: &Tensor, offset: usize) {
    debug_assert!(offset.is_multiple_of(PART_ALIGN), "parameters are aligned");
    let used = plan.steps.iter().any(|s| s.ins.iter().flatten().any(|&id| id == d.buf));
    let shared = gradients.iter().filter(|other| other.buf == d.buf).count() > 1;
    let read = used || shared;
    if !read && matches!(plan.buffers[d.buf.0].source, Source::Temporary) && d.buf > whole.buf {
        plan.buffers[d.buf.0].source = Source::Part { of: whole.buf, offset };
        return;
    }
    let part = plan.part("gradient", whole, offset, &[d.len()]);
    copy(plan, d, &part);
}

/// Records `to = from`.
fn copy(plan: &mut Plan, from: &Tensor, to: &Tensor) {
    let len = from.len() as u32;
    let p = Affine { len, scale: 1.0, shift: 0.0, lo: f32::NEG_INFINITY, hi: f32::INFINITY };
    plan.push(&AFFINE, p, &[Some(from)], &[to]);
}
