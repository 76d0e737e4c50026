//! A real picture as a trained classifier sees it: the maps before its dense layer, and that layer's weights.

use std::sync::Arc;

use crate::choices;
use crate::data::Picture;
use crate::data::fashion::{Images, PIXELS, SIDE};
use crate::exhibits::{Inputs, Problem, Recording};
use crate::gpu::Tensor;
use crate::models::Network;
use crate::models::network::{Edits, Feed, TracedLayer};
use crate::settings::Choice;

choices! {
    /// What goes into the network: the first test picture of a kind of clothes, which it was not trained on, in the
    /// order of its classes; the user's photo; or no picture, but numbers.
    pub enum Source {
        /// Class 0.
        Shirt = "T-shirt",
        /// Class 1.
        Trouser = "trouser",
        /// Class 2.
        Pullover = "pullover",
        /// Class 3.
        Dress = "dress",
        /// Class 4.
        Coat = "coat",
        /// Class 5.
        Sandal = "sandal",
        /// Class 6.
        ButtonedShirt = "shirt",
        /// Class 7.
        Sneaker = "sneaker",
        /// Class 8.
        Bag = "bag",
        /// Class 9.
        Boot = "ankle boot",
        /// The user's photo.
        Photo = "photo",
        /// Numbers that can be changed.
        Grid = "grid",
    }
}

/// How many sources are pictures; behind them stands [`Source::Grid`].
pub const PICTURES: usize = 11;

impl Source {
    /// The grey pixels of its test picture, a byte each, if it is one.
    fn pixels(self) -> Option<&'static [u8]> {
        let [_, tests] = Images::carried();
        let class = self.index() as f64;
        let at = tests.labels.to_f64().iter().position(|label| *label == class)?;
        Some(&tests.pixels.bytes()[at * PIXELS..(at + 1) * PIXELS])
    }

    /// The picture.
    fn picture(self, inputs: &Inputs) -> Picture {
        let Some(grey) = self.pixels() else { return inputs.picture().clone() };
        let rgba = grey.iter().flat_map(|v| [*v, *v, *v, u8::MAX]).collect();
        Picture::from_rgba(self.name(), [SIDE as u32; 2], rgba).expect("it has as many pixels as it says")
    }

    /// The brightness of its test picture, 28 rows of 28 from 0 to 1, if it is one.
    pub fn grey(self) -> Option<Vec<f32>> {
        Some(self.pixels()?.iter().map(|v| f32::from(*v) / 255.0).collect())
    }
}

/// The dense layer at the end of a classifier.
#[derive(Clone, Debug)]
pub struct Dense {
    /// Its weights, `[K, N]` row by row.
    pub weights: Arc<[f32]>,
    /// Its biases, `[K]`.
    pub bias: Arc<[f32]>,
    /// Names of its `K` classes.
    pub classes: Arc<[String]>,
}

impl Dense {
    /// That of `network`.
    ///
    /// # Errors
    /// If it ends in none.
    pub fn of(network: &Network) -> Result<Self, Problem> {
        let last = network.model.nodes.iter().rev().find(|node| node.op_type.as_deref() == Some("Gemm"));
        let numbers = |at: usize| {
            let array = network.model.weights.get(last?.input.get(at)?)?;
            Some(array.numbers.to_f32())
        };
        let (Some(weights), Some(bias)) = (numbers(1), numbers(2)) else { return Err(no_dense(network)) };
        let classes = (0..bias.len()).map(|class| network.class(class)).collect();
        Ok(Self { weights, bias, classes })
    }

    /// The class that is called so, or whose name holds these letters; `None` if there are none.
    ///
    /// # Errors
    /// If there is no such class.
    pub fn class(&self, wanted: &str) -> Result<Option<usize>, Problem> {
        let wanted = wanted.trim().to_lowercase();
        if wanted.is_empty() {
            return Ok(None);
        }
        let name = |class: &usize| short(&self.classes, *class).to_lowercase();
        let exact = (0..self.classes.len()).find(|class| name(class) == wanted);
        let found =
            exact.or_else(|| self.classes.iter().position(|name| name.to_lowercase().contains(&wanted)));
        found.map(Some).ok_or_else(|| {
            let first = short(&self.classes, 0);
            Problem::Input(format!(
                "no class is called \"{wanted}\": write a part of its name, such as {first}"
            ))
        })
    }
}

/// The first of the names of a class.
pub fn short(classes: &[String], class: usize) -> &str {
    classes.get(class).map_or("", |name| name.split(',').next().unwrap_or(name).trim())
}

fn no_dense(network: &Network) -> Problem {
    Problem::Input(format!("{} ends in no dense layer behind maps: open another model", network.name))
}

/// A picture seen by a classifier that ends in a dense layer.
pub struct Seen {
    /// The picture as it went in, `[3, H, W]`, 0 to 1.
    pub photo: Option<Tensor>,
    /// The maps before the dense layer, which were flattened or averaged, `[C, H, W]`.
    pub maps: Tensor,
    /// What the dense layer reads, `[1, N]`.
    pub features: Tensor,
}

impl Seen {
    /// Records `network` on the picture of `source`.
    ///
    /// # Errors
    /// If the network cannot be recorded, or ends in no dense layer behind maps.
    pub fn record(on: &mut Recording<'_>, network: &Network, source: Source) -> Result<Self, Problem> {
        let picture = source.picture(on.inputs);
        let feed = Feed::new(&picture);
        let traced = network.record_on(std::mem::take(&mut on.plan), &feed, &Edits::default())?;
        on.plan = traced.plan;
        let last = |is: fn(&TracedLayer) -> bool| {
            traced.layers.iter().rev().find(|layer| is(layer)).and_then(|layer| layer.output.clone())
        };
        let maps = last(|layer| matches!(layer.shape[..], [1, _, h, w] if h * w > 1));
        let features = last(|layer| layer.operator == "Flatten");
        let (Some(maps), Some(features)) = (maps, features) else { return Err(no_dense(network)) };
        Ok(Self { photo: traced.photo, maps: maps.view(&maps.shape[1..]), features })
    }
}
