//! A network in training, looked at with inputs that stay: a grid of the plane, one's own photo, ten
//! samples. A forward pass of its own over the very parameters that are being trained.

use super::error::TrainError;
use super::graph::{Graph, Layer};
use super::parameters::ParamId;
use super::trainer::Trainer;
use crate::gpu::{DType, Data, Externals, Plan, Session, Source, Tensor};

/// A forward pass over inputs that stay.
pub struct Looking {
    session: Session,
    input: Tensor,
    output: Tensor,
    layers: Vec<Layer>,
    weights: Vec<Tensor>,
}

impl Looking {
    /// The network of a trainer on `x`, of this shape, samples along its first axis. `training` looks at
    /// it as it is in training: dropout drops what it will drop in the next step, batch normalisation
    /// normalises by these samples, but its running statistics do not follow them.
    ///
    /// # Errors
    /// If the network cannot take such an input, or cannot be made resident.
    ///
    /// # Panics
    /// If the number of values does not fit the shape.
    pub fn new(trainer: &Trainer, x: &Data, shape: &[usize], training: bool) -> Result<Self, TrainError> {
        let mut plan = Plan::new();
        let steps = plan.external("steps", &[1], DType::U32);
        let whole = plan.external("parameters", &[trainer.parameters.buffer_len()], DType::F32);
        let input = plan.constant("input", shape, x.clone());
        let mut g = Graph::new(plan, &trainer.parameters, [&whole, &whole], &steps, training);
        g.follows = false;
        let output = trainer.net().look(&mut g, &input)?;
        let Graph { plan, layers, weights, .. } = g;
        let share = |mine: &Tensor, theirs: &Tensor| (mine.buf, trainer.session().share(theirs.buf));
        let externals =
            Externals::from([share(&steps, trainer.steps()), share(&whole, trainer.all_weights())]);
        let session = Session::new(trainer.runtime(), plan, &externals)?;
        Ok(Self { session, input, output, layers, weights })
    }

    /// Looks at other inputs of the same shape from now on, in the same buffers. Returns whether it could; else nothing has
    /// changed.
    pub fn show(&mut self, x: &Data) -> bool {
        let mut plan = self.session.plan().clone();
        let input = &mut plan.buffers[self.input.buf.0];
        if x.len() != self.input.len() || x.dtype() != input.dtype {
            return false;
        }
        input.source = Source::Constant(x.clone());
        self.session.adopt(&plan).is_some()
    }

    /// Records the pass with the parameters as they are then; on the reference, runs it. To be called
    /// after each change of the parameters.
    pub fn encode(&self, encoder: Option<&mut wgpu::CommandEncoder>) {
        self.session.encode(encoder, None);
    }

    /// What runs it: tensors of this look belong to it.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The inputs.
    pub fn input(&self) -> &Tensor {
        &self.input
    }

    /// What the network makes of them.
    pub fn output(&self) -> &Tensor {
        &self.output
    }

    /// The layers of this pass.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// A parameter, as this pass reads it.
    pub fn weight(&self, id: ParamId) -> Tensor {
        self.weights[id.0].clone()
    }
}
