//! What shape rules share: sizes as parameters, limits, the length of a sliding window's output.

use super::error::OpError;
use crate::gpu::{DType, Tensor};

/// Most elements in a tensor: indices are 32 bit, and f64 twins must fit in memory.
pub const MAX_ELEMENTS: usize = 1 << 29;

/// The size as a `u32` parameter.
pub(crate) fn dim(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The spatial axes of a list or shape, fastest first; missing ones hold `fill`.
pub(crate) fn fastest_first(list: &[usize], fill: u32) -> [u32; 4] {
    let mut out = [fill; 4];
    for (to, &from) in out.iter_mut().zip(list.iter().rev()) {
        *to = dim(from);
    }
    out
}

/// Refuses tensors beyond [`MAX_ELEMENTS`].
pub(crate) fn limit_elements(op: &'static str, shape: &[usize]) -> Result<(), OpError> {
    let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)).unwrap_or(usize::MAX);
    if elements > MAX_ELEMENTS {
        return Err(OpError::TooManyElements { op, elements, limit: MAX_ELEMENTS });
    }
    Ok(())
}

/// Refuses a tensor that does not hold floats.
pub(crate) fn only_floats(op: &'static str, what: &'static str, x: &Tensor) -> Result<(), OpError> {
    if x.dtype != DType::F32 {
        return Err(OpError::ElementType { op, what, have: x.dtype, want: DType::F32 });
    }
    Ok(())
}

/// Length of the output of a sliding window along one axis:
/// `floor((input + pads - dilation·(window - 1) - 1) / stride) + 1`.
pub fn window_output(
    input: usize,
    pads: usize,
    window: usize,
    stride: usize,
    dilation: usize,
    axis: &'static str,
) -> Result<usize, OpError> {
    for (value, what) in [(window, "the window"), (stride, "the stride"), (dilation, "the dilation")] {
        if value == 0 {
            return Err(OpError::Zero { what });
        }
    }
    let span = dilation * (window - 1) + 1;
    let padded = input + pads;
    if span > padded {
        return Err(OpError::WindowTooLarge { window, dilation, span, padded, axis });
    }
    Ok((padded - span) / stride + 1)
}
