//! What a page puts on its stage.

use crate::gpu::{Data, GpuError, Plan};
use crate::nn::{Contender, LookId, Player, RunId, TrainError};

/// What a page puts on its stage.
#[derive(Default)]
pub struct Work {
    /// Run whenever it has changed.
    pub plan: Plan,
    /// What the page will ask for beside the plan, over tensors of about the size of its own: their programs are compiled
    /// with those of the plan.
    pub beside: Vec<Plan>,
    /// Networks to train, in step with each other.
    pub contenders: Vec<Contender>,
    /// Inputs that they are shown after every change.
    pub looked: Vec<Looked>,
    /// Steps after which training stops by itself.
    pub planned: u64,
    /// After how many steps each time the networks are judged on the test set, and on how many of its
    /// batches.
    pub judged: Option<(u64, Option<usize>)>,
    /// How often groups of pictures had been given where its networks learn those: others begin anew.
    pub given: u32,
}

/// Inputs that a network in training is shown after every change of its parameters.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Which network.
    pub run: RunId,
    /// The inputs, samples along the first axis.
    pub x: Data,
    /// Their shape.
    pub shape: Vec<usize>,
    /// Whether it is looked at as it is in training.
    pub training: bool,
}

impl Looked {
    /// Whether other inputs can be shown in its place.
    fn is_like(&self, other: &Self) -> bool {
        (self.run, &self.shape, self.training) == (other.run, &other.shape, other.training)
    }
}

/// Shows inputs to networks in training.
pub(super) fn look_at(player: &mut Player, looked: &[Looked]) -> Result<Vec<LookId>, TrainError> {
    let show = |look: &Looked| player.look_at(look.run, &look.x, &look.shape, look.training);
    looked.iter().map(show).collect()
}

/// Shows other inputs of the same shapes where they were shown before. Returns whether networks see what they should; where
/// not, they have to be looked at anew.
pub(super) fn turn(player: Option<&mut Player>, ids: &[LookId], [before, now]: [&[Looked]; 2]) -> bool {
    let Some(player) = player.filter(|_| before.len() == now.len() && ids.len() == now.len()) else {
        return before.is_empty() && now.is_empty();
    };
    let alike = before.iter().zip(now).all(|(before, now)| before.is_like(now));
    let mut each = before.iter().zip(now).zip(ids);
    alike && each.all(|((before, now), id)| before.x.equals(&now.x) || player.show_look(*id, &now.x))
}

/// Why a stage cannot show what it was given; what it showed before stays.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The adapter.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The networks.
    #[error(transparent)]
    Train(#[from] TrainError),
}
