//! What the shape rules of all norms refuse.

use crate::gpu::Tensor;
use crate::ops::OpError;

/// Refuses an ε that does not keep the root from 0.
pub(super) fn check_eps(eps: f32) -> Result<(), OpError> {
    if eps > 0.0 && eps.is_finite() {
        Ok(())
    } else {
        Err(OpError::NotPositive { what: "epsilon", value: eps })
    }
}

/// Refuses a γ, β, mean or variance that has not `len` elements.
pub(super) fn check_len(
    op: &'static str,
    what: &'static str,
    shape: &[usize],
    len: usize,
) -> Result<(), OpError> {
    if shape.iter().product::<usize>() == len {
        return Ok(());
    }
    Err(OpError::Shape { op, what, have: shape.to_vec(), want: format!("[{len}]") })
}

/// `[OUTER, C, INNER]` of an `x [N, C, ..]`.
pub(super) fn around_channels(op: &'static str, x: &[usize]) -> Result<[usize; 3], OpError> {
    let &[n, c, ref rest @ ..] = x else {
        let (have, want) = (x.to_vec(), "at least two axes: [N, C, ..]".into());
        return Err(OpError::Shape { op, what: "x", have, want });
    };
    let inner = rest.iter().product();
    if [n, c, inner].contains(&0) {
        return Err(OpError::Zero { what: "the number of elements of a channel" });
    }
    Ok([n, c, inner])
}

/// Shapes of γ and β, where they are there.
pub(super) fn shapes<'a>(gamma: Option<&'a Tensor>, beta: Option<&'a Tensor>) -> [Option<&'a [usize]>; 2] {
    [gamma, beta].map(|t| t.map(|t| t.shape.as_slice()))
}
