//! How networks that tell classes apart are judged.

use crate::gpu::Tensor;
use crate::nn::{Graph, Outcome};
use crate::ops::OpError;
use crate::ops::loss::{ClassLoss, cross_entropy};
use crate::ops::metric::hits;

/// Records the cross-entropy of `logits [N, C]` and which rows are right.
pub(super) fn judge(g: &mut Graph, logits: &Tensor, classes: &Tensor) -> Result<Outcome, OpError> {
    let loss = cross_entropy(&mut g.plan, logits, classes, &ClassLoss::default())?.loss;
    let right = hits(&mut g.plan, logits, classes)?;
    Ok(Outcome { loss, right: Some(right), views: vec![("logits", logits.clone())] })
}
