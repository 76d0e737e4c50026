//! What an exhibit records on: a plan, networks to train, inputs to look at with them.

use std::rc::Rc;

use super::inputs::Inputs;
use super::problem::Problem;
use crate::gpu::{Data, Plan, Tensor};
use crate::nn::{Contender, RunId, Setup, Task};
use crate::recipes::own::OwnPictures;
use crate::recipes::{Classify, Labelled};
use crate::viz::{Looked, Work};

/// What an exhibit records on. All of it is put on the stage together, or nothing of it.
pub struct Recording<'a> {
    /// The plan that is run whenever it has changed.
    pub plan: Plan,
    /// The user's picture, and the models that Glassbox brings.
    pub inputs: &'a Inputs,
    work: Work,
}

impl<'a> Recording<'a> {
    /// An empty recording.
    pub fn new(inputs: &'a Inputs) -> Self {
        Self { plan: Plan::new(), inputs, work: Work::default() }
    }

    /// The middle of the user's picture, `[1, 3, side, side]`, 0 to 1.
    pub fn photo(&mut self, side: usize) -> Tensor {
        self.plan.constant("photo", &[1, 3, side, side], self.inputs.photo(side))
    }

    /// The middle of the user's picture as it is, none of its pixels left out, `[1, 3, side, side]`.
    pub fn original(&mut self) -> Tensor {
        let picture = self.inputs.picture();
        let side = picture.width().min(picture.height());
        self.photo(side as usize)
    }

    /// Groups of pictures that the user has given, or an example, for networks to learn: they begin anew with others.
    pub fn own_pictures(&mut self) -> OwnPictures {
        self.work.given = self.inputs.pictures_given();
        (*self.inputs.own_pictures()).clone()
    }

    /// A network to train, in step with the others. What its task and setup depend on are knobs that
    /// [restart](crate::settings::Effect::Restarts): as long as they stand, training goes on.
    pub fn train(&mut self, name: &str, task: Rc<dyn Task>, setup: Setup) -> RunId {
        self.work.contenders.push(Contender::new(name, task, setup));
        RunId(self.work.contenders.len() - 1)
    }

    /// Networks, each as text, that learn to tell the same data apart from the same start.
    ///
    /// # Errors
    /// If one cannot be read, or cannot be built for the data.
    pub fn classify(
        &mut self,
        data: impl Into<Labelled> + Clone,
        networks: &[(&str, String)],
        setup: Setup,
    ) -> Result<(), Problem> {
        for (name, text) in networks {
            let task = Classify::new(data.clone(), &text.parse()?)?;
            self.train(name, Rc::new(task), setup);
        }
        Ok(())
    }

    /// Training stops by itself after so many steps; the networks are judged on the test set after each
    /// `every` of them, on its first `batches` batches or on all of it.
    pub fn plan_steps(&mut self, steps: u64, every: u64, batches: Option<usize>) {
        self.work.planned = steps;
        self.work.judged = Some((every, batches));
    }

    /// Inputs that a network in training is shown after every change of its parameters, samples along the
    /// first axis. `training`: as it is in training. Returns its number among all that are shown.
    pub fn look_at(&mut self, run: RunId, x: impl Into<Data>, shape: &[usize], training: bool) -> usize {
        self.work.looked.push(Looked { run, x: x.into(), shape: shape.to_vec(), training });
        self.work.looked.len() - 1
    }

    /// What the page will ask for beside the plan, over a tensor of about the size of its own.
    pub fn beside(&mut self, plan: Plan) {
        self.work.beside.push(plan);
    }

    /// All that was recorded.
    pub(super) fn finish(self) -> Work {
        Work { plan: self.plan, ..self.work }
    }
}
