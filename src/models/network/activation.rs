//! Class-activation maps: which places of a layer's maps speak for a class.
//!
//! For a class c and a layer with maps `A_k [H, W]`: `α_k = mean over i,j of ∂y_c/∂A_k[i,j]`, and the map is
//! `ReLU(Σ_k α_k·A_k)`. `y_c` is the class's number before the softmax. Source: Selvaraju et al.,
//! "Grad-CAM: visual explanations from deep networks via gradient-based localization", 2017.

use std::collections::BTreeMap;

use super::{LayerId, Scores, TracedLayer};
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::{GradientError, backward};
use crate::ops::layout::narrow;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

/// Maps `[H, W]` of the layers that have them.
pub type ActivationMaps = BTreeMap<LayerId, Tensor>;

/// Why there are no maps.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ActivationError {
    /// The class is beyond the last.
    #[error("there is no class {class}: the network has classes 0 to {last}")]
    Class {
        /// What was asked for.
        class: usize,
        /// The last one.
        last: usize,
    },
    /// No layer with maps leads to the scores.
    #[error("no layer with maps of several places leads to the classes")]
    NoMaps,
    /// A step on the way has no gradient.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// Shapes do not fit.
    #[error(transparent)]
    Op(#[from] OpError),
}

/// Records the maps of `class`, or of the class with the highest score, for all layers that have maps of
/// more than one place and lead to the scores. On an error the plan stays as it was.
pub fn class_activation(
    plan: &mut Plan,
    layers: &[TracedLayer],
    scores: &Scores,
    class: Option<usize>,
) -> Result<ActivationMaps, ActivationError> {
    let mut longer = plan.clone();
    let maps = record(&mut longer, layers, scores, class)?;
    *plan = longer;
    Ok(maps)
}

fn record(
    plan: &mut Plan,
    layers: &[TracedLayer],
    scores: &Scores,
    class: Option<usize>,
) -> Result<ActivationMaps, ActivationError> {
    let seed = seed(plan, scores, class)?;
    let leads = leading_to(plan, &scores.logits);
    let wide = |layer: &TracedLayer| layer.maps().filter(|[_, h, w]| h * w > 1);
    let eligible = |layer: &TracedLayer| {
        let reaches = layer.output.as_ref().is_some_and(|t| leads[t.buf.0]);
        reaches && layer.operator != "Input" && wide(layer).is_some()
    };
    // The gradients of all that lies behind the first layers are computed on the way to them.
    let first: Vec<Tensor> = layers
        .iter()
        .filter(|layer| eligible(layer) && !layer.reads.iter().any(|&id| eligible(&layers[id])))
        .filter_map(TracedLayer::whole)
        .collect();
    if first.is_empty() {
        return Err(ActivationError::NoMaps);
    }
    let gradients = backward(plan, &scores.logits, Some(&seed), &first.iter().collect::<Vec<_>>())?;
    let mut maps = BTreeMap::new();
    for (id, layer) in layers.iter().enumerate().filter(|(_, layer)| eligible(layer)) {
        let (Some(output), Some([c, h, w])) = (&layer.output, wide(layer)) else { continue };
        let Some(whole) = layer.whole() else { continue };
        let Some(gradient) = gradients.of(&whole) else { continue };
        // Of a batch, only the first leads to the scores.
        let (output, gradient) = match layer.batch {
            1 => (output.clone(), gradient),
            _ => (narrow(plan, &whole, 0, 0, 1)?, narrow(plan, &gradient, 0, 0, 1)?),
        };
        let alpha = reduce(plan, &gradient.view(&[c, h * w]), &[1], Reduce::Mean, false)?;
        plan.name(&alpha, &format!("{} · weights of the maps", layer.name));
        let sum = matmul(plan, &alpha.view(&[1, c]), &output.view(&[c, h * w]), None, &Gemm::NN)?;
        plan.name(&sum, &format!("{} · weighted maps", layer.name));
        let map = activation(plan, &sum, Act::RELU);
        plan.name(&map, &format!("{} · class activation", layer.name));
        maps.insert(id, map.view(&[h, w]));
    }
    Ok(maps)
}

/// The gradient of the class's score: 1 at the class, 0 elsewhere. Without a class the plan itself finds
/// the highest score, so that nothing has to be read back before.
fn seed(plan: &mut Plan, scores: &Scores, class: Option<usize>) -> Result<Tensor, ActivationError> {
    let classes = scores.logits.len();
    match class {
        Some(class) if class >= classes => Err(ActivationError::Class { class, last: classes - 1 }),
        Some(class) => {
            let mut one_hot = vec![0.0_f32; classes];
            one_hot[class] = 1.0;
            Ok(plan.constant("chosen class", &[classes], one_hot))
        }
        None => {
            let highest = reduce(plan, &scores.logits, &[0], Reduce::Max, true)?;
            let chosen = binary(plan, &scores.logits, &highest, Op::Equal)?;
            plan.name(&chosen, "highest class");
            Ok(chosen)
        }
    }
}

/// Which buffers a tensor is computed from, itself included.
fn leading_to(plan: &Plan, tensor: &Tensor) -> Vec<bool> {
    let mut leads = vec![false; plan.buffers.len()];
    leads[tensor.buf.0] = true;
    for step in plan.steps.iter().rev() {
        if step.outs.iter().any(|out| leads[out.0]) {
            step.ins.iter().flatten().for_each(|id| leads[id.0] = true);
        }
    }
    leads
}
