//! A trained head: what it makes of features, and of a network in whose last layer's place it stands.

use std::sync::Arc;

use super::OwnPictures;
use super::task::{NAMES, logits};
use crate::gpu::{Externals, GpuError, Plan, Runtime, Session, Tensor};
use crate::models::Network;
use crate::models::network::{Scores, Traced};
use crate::nn::{Shaped, Trainer};
use crate::ops::OpError;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::untrusted::one_line;

/// Why a head does not fit a network.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// It was learned on another's features.
    #[error(
        "the head reads the features of {wanted}, not those of {have}: train it anew with `glassbox transfer`"
    )]
    Model {
        /// The network that it was learned on.
        wanted: String,
        /// The one that is there.
        have: String,
    },
    /// Its file was changed.
    #[error(
        "the head reads {wanted} features and the network has {have}: train it anew with `glassbox transfer`"
    )]
    Width {
        /// Features that it was learned on.
        wanted: usize,
        /// Those that are there.
        have: usize,
    },
    /// It cannot be recorded.
    #[error(transparent)]
    Op(#[from] OpError),
}

/// A dense layer over the features of a network, brought to one scale first, that tells groups of pictures apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Names of the groups.
    pub groups: Arc<[String]>,
    /// Whose features it reads: [`Network::identity`].
    pub model: String,
    /// Mean and deviation of the features `[F]`, weights `[GROUPS, F]`, biases `[GROUPS]`.
    pub(super) tensors: [Arc<[f32]>; 4],
}

impl Head {
    /// The head as a trainer of [`OwnHead`](super::OwnHead) has it now. Waits for the GPU.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn of(pictures: &OwnPictures, trainer: &Trainer) -> Result<Self, GpuError> {
        let (all, parameters) = (trainer.checkpoint()?.w, &trainer.parameters);
        let tensors = NAMES.map(|name| {
            let own =
                parameters.list().iter().find(|own| own.name == name).expect("the task declares all four");
            all[parameters.offset(own)..][..own.len()].into()
        });
        let groups = pictures.groups.iter().map(|group| group.name.clone()).collect();
        Ok(Self { groups, model: pictures.model.clone(), tensors })
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.tensors[0].len()
    }

    /// Shapes of the tensors, in their order.
    pub(super) fn shapes(groups: usize, width: usize) -> [Vec<usize>; 4] {
        [vec![width], vec![width], vec![groups, width], vec![groups]]
    }

    /// Records the logits `[N, GROUPS]` of features `x [N, F]`.
    ///
    /// # Errors
    /// If `x` has another number of features.
    pub fn record(&self, plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
        let mut tensors = NAMES.iter().zip(&self.tensors).zip(Self::shapes(self.groups.len(), self.width()));
        let mut next = || {
            let ((name, values), shape) = tensors.next().expect("there are four");
            plan.constant(name, &shape, values.clone())
        };
        let [a, b, c, d] = [next(), next(), next(), next()];
        let y = logits(plan, x, [&a, &b, &c, &d])?;
        plan.name(&y, "head");
        Ok(y)
    }

    /// Puts it in the place of a network's own last layer: `traced` then ends in the scores of the groups.
    ///
    /// # Errors
    /// If it was learned on the features of another network.
    pub fn behind(&self, network: &Network, mut traced: Traced) -> Result<Traced, HeadError> {
        let have = network.identity();
        let Some(features) = traced.features().filter(|_| have == self.model) else {
            return Err(HeadError::Model { wanted: one_line(&self.model), have });
        };
        traced.layers.truncate(features + 1);
        let x = traced.layers[features].output.clone().expect("features are computed");
        if x.len() != self.width() {
            return Err(HeadError::Width { wanted: self.width(), have: x.len() });
        }
        let x = x.view(&[1, self.width()]);
        let logits = self.record(&mut traced.plan, &x)?.view(&[self.groups.len()]);
        let probabilities = softmax(&mut traced.plan, &logits, 0, &SoftmaxOptions::default())?;
        traced.plan.name(&probabilities, "probabilities of the groups");
        traced.scores = Some(Scores { logits, probabilities });
        Ok(traced)
    }

    /// Logits `[N, GROUPS]` of the features of pictures, computed now.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn logits(&self, runtime: &Runtime, pictures: &[&[f32]]) -> Result<Shaped, GpuError> {
        let mut plan = Plan::new();
        let x = plan.constant("features", &[pictures.len(), self.width()], pictures.concat());
        let y = self.record(&mut plan, &x).expect("the pictures have as many features");
        let session = Session::new(runtime, plan, &Externals::new())?;
        session.run();
        Ok((y.shape, session.read(y.buf)?))
    }
}
