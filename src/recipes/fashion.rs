//! Fashion-MNIST, and what is made like it, as batches on a plan.

use super::choice::DataChoice;
use crate::data::fashion::{CLASSES, Images, PIXELS, SIDE};
use crate::gpu::Tensor;
use crate::nn::{Graph, Set};
use crate::ops::OpError;
use crate::ops::batch::{Draw, Format, Samples, batch, batch_ids};

/// Training and test pictures. Clones share them.
#[derive(Clone, Debug)]
pub struct Fashion {
    sets: [Images; 2],
    /// Pictures used of each set, the first ones.
    used: [usize; 2],
    classes: usize,
}

impl Fashion {
    /// The carried pictures, or the full set where the user points.
    ///
    /// # Errors
    /// If that folder has not the published files.
    pub fn load(choice: &DataChoice) -> anyhow::Result<Self> {
        Ok(Self::of(choice.clothes()?, CLASSES.len()))
    }

    /// The carried pictures.
    pub fn carried() -> Self {
        Self::of(Images::carried().clone(), CLASSES.len())
    }

    /// Any pictures as large, to learn from and to judge by, of so many classes.
    pub fn of(sets: [Images; 2], classes: usize) -> Self {
        let used = [sets[0].n, sets[1].n];
        Self { sets, used, classes }
    }

    /// All pictures of the training set, used or not.
    pub fn learned(&self) -> &Images {
        &self.sets[0]
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The first pictures alone, so many of each set and at least one: few to learn from are learned by
    /// heart, few to judge by are judged quickly.
    #[must_use]
    pub fn first(&self, [training, test]: [usize; 2]) -> Self {
        let [all, of_test] = [self.sets[0].n, self.sets[1].n];
        Self { used: [training.clamp(1, all), test.clamp(1, of_test)], ..self.clone() }
    }

    /// Pictures in each set.
    pub fn samples(&self) -> [usize; 2] {
        self.used
    }

    /// Records a batch: pictures `[B, 1, 28, 28]`, 0 to 1, and classes `[B]`.
    pub fn batch(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<[Tensor; 2], OpError> {
        let images = &self.sets[set as usize];
        let n = self.used[set as usize];
        let pixels = g.plan.constant("pictures", &[images.pixels.len()], images.pixels.clone());
        let labels = g.plan.constant("labels", &[images.n], images.labels.clone());
        let steps = g.steps.clone();
        let pictures = Samples { n, width: PIXELS, pitch: PIXELS, offset: 0 };
        let x = batch(&mut g.plan, &pixels, &steps, pictures, draw, Format::Bytes)?;
        let one = Samples { n, width: 1, pitch: 1, offset: 0 };
        let classes = batch_ids(&mut g.plan, &labels, &steps, one, draw)?;
        Ok([x.view(&[draw.batch, 1, SIDE, SIDE]), classes.view(&[draw.batch])])
    }
}
