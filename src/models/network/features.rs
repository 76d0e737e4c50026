//! What a classifier makes of a picture before it decides: the numbers in front of its last dense layer.

use super::described::Network;
use super::edit::Edits;
use super::layers::LayerId;
use super::traced::Traced;
use crate::data::Picture;
use crate::gpu::{Externals, GpuError, Runtime, Session, Tensor};
use crate::ops::OpError;

/// Why there are no features.
#[derive(Debug, thiserror::Error)]
pub enum FeatureError {
    /// The network ends otherwise.
    #[error("{network} does not end in a dense layer of class scores: choose a classifier")]
    None {
        /// What it is called.
        network: String,
    },
    /// It cannot be recorded.
    #[error(transparent)]
    Op(#[from] OpError),
    /// The adapter refused.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl Traced {
    /// The layer whose output the last dense layer turns into scores of classes.
    pub fn features(&self) -> Option<LayerId> {
        let scores = self.scores.as_ref()?;
        let makes = |output: &Option<Tensor>| output.as_ref().is_some_and(|t| t.buf == scores.logits.buf);
        let dense = self.layers.iter().find(|layer| makes(&layer.output) && layer.parameters > 0)?;
        let [before] = dense.reads[..] else { return None };
        self.layers[before].output.is_some().then_some(before)
    }
}

/// A network that gives its features of one picture after the other.
pub struct Features<'n> {
    network: &'n Network,
    runtime: Runtime,
    session: Option<Session>,
}

impl<'n> Features<'n> {
    /// Those of `network`.
    pub fn new(network: &'n Network, runtime: &Runtime) -> Self {
        Self { network, runtime: runtime.clone(), session: None }
    }

    /// The network.
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// What runs it.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The features of a picture. Waits for the GPU.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn of(&mut self, picture: &Picture) -> Result<Vec<f32>, FeatureError> {
        let traced = self.network.record_picture(picture, &Edits::default())?;
        let features = traced.features().and_then(|layer| traced.layers[layer].output.as_ref());
        let Some(features) = features else {
            return Err(FeatureError::None { network: self.network.name.clone() });
        };
        // Of another picture only the picture is uploaded.
        let kept = self.session.take().and_then(|mut own| own.adopt(&traced.plan).is_some().then_some(own));
        let session = match kept {
            Some(session) => session,
            None => Session::new(&self.runtime, traced.plan, &Externals::new())?,
        };
        session.run();
        let values = session.read(features.buf)?;
        self.session = Some(session);
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_of_the_carried_network_are_the_means_of_its_last_maps() {
        let traced = Network::embedded().record_picture(&Picture::chelsea(), &Edits::default()).unwrap();
        let features = &traced.layers[traced.features().unwrap()];
        assert_eq!((features.name.as_str(), features.shape.as_slice()), ("flatten", &[1, 1280][..]));
        assert_eq!(traced.layers[features.reads[0]].operator, "GlobalAveragePool");
    }

    #[test]
    fn a_network_without_a_dense_layer_at_its_end_has_none() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let network = Network::open(path.join("tests/data/onnx/node/test_relu/model.onnx")).unwrap();
        let Err(error) = Features::new(&network, &Runtime::Reference).of(&Picture::chelsea()) else {
            panic!("relu has features")
        };
        assert!(error.to_string().contains("does not end in a dense layer"), "{error}");
    }
}
