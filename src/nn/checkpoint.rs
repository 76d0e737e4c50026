//! States of training: kept in memory in a ring that thins out with age, saved as safetensors.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use super::parameters::Parameters;
use crate::files::write_whole;
use crate::untrusted::{one_line, read};

/// A state of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Steps done.
    pub step: u64,
    /// The buffer of all parameters.
    pub w: Vec<f32>,
    /// The optimiser's average of gradients, or velocity; may be empty.
    pub m: Vec<f32>,
    /// The optimiser's average of squares; may be empty.
    pub h: Vec<f32>,
}

/// Why a checkpoint cannot be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("{what}: {error} ({path})")]
    File {
        /// `cannot be read` or the like.
        what: &'static str,
        /// Why.
        error: std::io::Error,
        /// Which file.
        path: String,
    },
    /// It is no safetensors file.
    #[error("not a safetensors file: {error} ({path})")]
    Format {
        /// What is wrong.
        error: String,
        /// Which file.
        path: String,
    },
    /// It was saved by another recipe.
    #[error("saved by the recipe {have}, not by {want}: train {have} to go on with it ({path})")]
    Recipe {
        /// The recipe that the file names.
        have: String,
        /// The one that wants it.
        want: String,
        /// Which file.
        path: String,
    },
    /// It lacks a tensor of this network, or has it in another shape.
    #[error(
        "{name}: the file has {have}, the network needs {want}: was it saved by another recipe? ({path})"
    )]
    Tensor {
        /// Name of the parameter.
        name: String,
        /// What the file has.
        have: String,
        /// What is needed.
        want: String,
        /// Which file.
        path: String,
    },
}

/// Largest file that is read: networks that train here are far smaller.
const MAX_BYTES: u64 = 1 << 30;

impl Checkpoint {
    /// Saves the parameters by name, the optimiser's state beside them and the step in the header.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, parameters: &Parameters, recipe: &str, path: &Path) -> Result<(), CheckpointError> {
        let mut tensors = Vec::new();
        for p in parameters.list() {
            let at = parameters.offset(p);
            for (prefix, all) in [("", &self.w), ("optimiser.m.", &self.m), ("optimiser.h.", &self.h)] {
                if let Some(values) = all.get(at..at + p.len()) {
                    let bytes: &[u8] = bytemuck::cast_slice(values);
                    let view = TensorView::new(Dtype::F32, p.shape.clone(), bytes)
                        .expect("the values are as many as the shape says");
                    tensors.push((format!("{prefix}{}", p.name), view));
                }
            }
        }
        let header = HashMap::from([
            ("recipe".to_owned(), recipe.to_owned()),
            ("step".to_owned(), self.step.to_string()),
        ]);
        let format = |error: safetensors::SafeTensorError| CheckpointError::Format {
            error: error.to_string(),
            path: path.display().to_string(),
        };
        let bytes = serialize(tensors, Some(header)).map_err(format)?;
        write_whole(path, bytes).map_err(|error| file("cannot be written", error, path))
    }

    /// Loads what [`Checkpoint::save`] wrote for a network with these parameters.
    ///
    /// # Errors
    /// If the file cannot be read, is no safetensors file or is of another recipe or network.
    pub fn load(parameters: &Parameters, recipe: &str, path: &Path) -> Result<Self, CheckpointError> {
        let bytes = read(path, MAX_BYTES).map_err(|e| file("cannot be read", e, path))?;
        let shown = path.display().to_string();
        let format = |e: safetensors::SafeTensorError| CheckpointError::Format {
            error: one_line(&e.to_string()),
            path: shown.clone(),
        };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(format)?;
        let said = |key: &str| header.metadata().as_ref().and_then(|m| m.get(key));
        if let Some(have) = said("recipe").filter(|have| *have != recipe) {
            let (have, want) = (one_line(have), recipe.to_owned());
            return Err(CheckpointError::Recipe { have, want, path: shown });
        }
        let step = said("step").map_or(Ok(0), |step| step.parse()).map_err(|_| CheckpointError::Format {
            error: "its header has a step that is no number".into(),
            path: shown.clone(),
        })?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(format)?;
        let [mut w, mut m, mut h] =
            [parameters.buffer_len(), parameters.learned_len(), parameters.learned_len()]
                .map(|n| vec![0.0_f32; n]);
        let mut kept = [true, true];
        for p in parameters.list() {
            let want = format!("F32 {:?}", p.shape);
            let values = |name: &str| {
                let view = tensors.tensor(name).ok()?;
                (view.dtype() == Dtype::F32 && view.shape() == p.shape)
                    .then(|| bytemuck::pod_collect_to_vec::<u8, f32>(view.data()))
            };
            let Some(own) = values(&p.name) else {
                let have = tensors
                    .tensor(&p.name)
                    .map_or_else(|_| "none".into(), |t| format!("{:?} {:?}", t.dtype(), t.shape()));
                return Err(CheckpointError::Tensor { name: p.name.clone(), have, want, path: shown });
            };
            let at = parameters.offset(p);
            w[at..at + p.len()].copy_from_slice(&own);
            if !p.learned {
                continue;
            }
            for (i, (prefix, all)) in [("m", &mut m), ("h", &mut h)].into_iter().enumerate() {
                match values(&format!("optimiser.{prefix}.{}", p.name)) {
                    Some(own) => all[at..at + p.len()].copy_from_slice(&own),
                    None => kept[i] = false,
                }
            }
        }
        let or_none = |all: Vec<f32>, kept: bool| if kept { all } else { Vec::new() };
        Ok(Self { step, w, m: or_none(m, kept[0]), h: or_none(h, kept[1]) })
    }
}

fn file(what: &'static str, error: std::io::Error, path: &Path) -> CheckpointError {
    CheckpointError::File { what, error, path: path.display().to_string() }
}

/// Checkpoints in memory, oldest first. When full, every second of the older half is dropped, so that
/// the whole way stays within reach of a scrubber, finely where it is recent. Clones share the checkpoints.
#[derive(Clone, Debug)]
pub struct Ring {
    kept: Vec<Arc<Checkpoint>>,
    capacity: usize,
}

impl Ring {
    /// Room for `capacity` checkpoints, at least four.
    pub fn new(capacity: usize) -> Self {
        Self { kept: Vec::new(), capacity: capacity.max(4) }
    }

    /// Room for as many checkpoints of `elements` parameters as fit into `bytes`, weights and the
    /// optimiser's two averages counted; at most 256.
    pub fn of_bytes(bytes: usize, elements: usize) -> Self {
        Self::new((bytes / (12 * elements.max(1))).min(256))
    }

    /// Adds one. Those of later steps, left from before a step back, go.
    pub fn push(&mut self, checkpoint: Checkpoint) {
        self.kept.retain(|c| c.step < checkpoint.step);
        if self.kept.len() == self.capacity {
            let half = self.capacity / 2;
            let old = self.kept.drain(..half).collect::<Vec<_>>();
            // The very first stays: it is the start.
            self.kept.splice(..0, old.into_iter().step_by(2));
        }
        self.kept.push(Arc::new(checkpoint));
    }

    /// Forgets those of later steps.
    pub fn cut(&mut self, step: u64) {
        self.kept.retain(|c| c.step <= step);
    }

    /// Keeps the first and the last alone.
    pub fn thin(&mut self) {
        if self.kept.len() > 2 {
            self.kept.drain(1..self.kept.len() - 1);
        }
    }

    /// Steps that can be gone back to, ascending.
    pub fn steps(&self) -> Vec<u64> {
        self.kept.iter().map(|c| c.step).collect()
    }

    /// The last checkpoint at or before a step, or the first.
    pub fn at(&self, step: u64) -> Option<&Checkpoint> {
        self.kept.iter().rev().find(|c| c.step <= step).or(self.kept.first()).map(Arc::as_ref)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::init::Init;
    use super::*;

    fn checkpoint(step: u64) -> Checkpoint {
        Checkpoint { step, w: vec![step as f32; 128], m: vec![0.5; 128], h: vec![] }
    }

    fn parameters() -> Parameters {
        let mut p = Parameters::new(0);
        p.add("a", &[2, 3], Init::Zeros);
        p.add("b", &[5], Init::Zeros);
        p
    }

    #[test]
    fn the_ring_keeps_the_start_and_the_recent_ones() {
        let mut ring = Ring::new(8);
        for step in 0..100 {
            ring.push(checkpoint(step));
        }
        let steps = ring.steps();
        assert!(steps.len() <= 8 && steps[0] == 0 && steps.ends_with(&[97, 98, 99]), "{steps:?}");
        assert!(steps.is_sorted());
        assert_eq!(ring.at(98).unwrap().step, 98);
        ring.push(checkpoint(50));
        assert_eq!(ring.steps().last(), Some(&50));
        ring.push(checkpoint(60));
        ring.cut(59);
        let mut ends = ring.clone();
        for want in [&[0, 50][..], &[0, 50]] {
            ends.thin();
            assert_eq!(ends.steps(), want);
        }
        ends.clear();
        ends.thin();
        assert!(ends.steps().is_empty());
        assert_eq!(ring.steps().last(), Some(&50));
    }

    #[test]
    fn what_is_saved_comes_back_and_other_networks_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.safetensors");
        checkpoint(7).save(&parameters(), "test", &path).unwrap();
        let back = Checkpoint::load(&parameters(), "test", &path).unwrap();
        assert_eq!(
            (back.step, &back.w[..6], &back.m[64..69], back.h.len()),
            (7, &[7.0; 6][..], &[0.5; 5][..], 0)
        );
        let mut other = Parameters::new(0);
        other.add("a", &[3, 2], Init::Zeros);
        let error = Checkpoint::load(&other, "test", &path).unwrap_err().to_string();
        assert!(error.contains("[2, 3]") && error.contains("[3, 2]"), "{error}");
        let error = Checkpoint::load(&parameters(), "copy", &path).unwrap_err().to_string();
        assert!(error.contains("recipe test"), "{error}");
        std::fs::write(&path, b"nonsense").unwrap();
        assert!(matches!(Checkpoint::load(&other, "test", &path), Err(CheckpointError::Format { .. })));
    }
}
