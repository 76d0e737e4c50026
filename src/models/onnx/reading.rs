//! What a value holds after the network has run.

use super::known;
use super::value::{Array, Value};
use crate::gpu::{DType, GpuError, Session};

/// The content of a value after the session has run, in its ONNX type.
pub fn read(session: &Session, value: &Value) -> Result<Array, GpuError> {
    let (elem, shape) = (value.elem, value.shape.clone());
    if let (Some(known), true) = (&value.known, value.tensor.is_none()) {
        return Ok(known.clone());
    }
    let Some(tensor) = &value.tensor else { return Ok(Array::floats(&[0], Vec::new())) };
    if tensor.dtype == DType::U32 {
        let ints: Vec<i64> = session.words(tensor.buf)?.into_iter().map(|w| elem.wrap(w.into())).collect();
        return Ok(Array::ints(elem, &shape, ints));
    }
    let floats = session.read(tensor.buf)?;
    Ok(if elem.is_narrow() {
        // What was to be held lies within the range already.
        known::cast_unheld(&Array::floats(&shape, floats), elem)
    } else if elem.is_float() {
        known::cast(&Array::floats(&shape, floats), elem)
    } else {
        let ints: Vec<i64> = floats.iter().map(|&v| elem.wrap(v.round() as i64)).collect();
        Array::ints(elem, &shape, ints)
    })
}
