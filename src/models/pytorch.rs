//! PyTorch checkpoints (`.pth`, `.pt`, `.bin`): the newer zip and the older stream. Nothing in them is
//! executed; only tensors are taken.

use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader};

use super::foreign;
use super::weight_writer::WeightWriter;
use super::weights::{WeightError, WeightFile};
use crate::untrusted::one_line;

/// Largest file: what the largest network of the known families takes, many times over.
const MAX_FILE: u64 = 1 << 31;
/// Most numbers in all tensors: two gigabytes of floats.
const MAX_NUMBERS: u64 = 1 << 29;

/// Reads the floating-point tensors of a checkpoint into a weight file in memory, in `f32`.
///
/// Views of a storage are gathered, whatever their strides. Tensors of other types (counters) are
/// left out.
///
/// # Errors
/// [`WeightError::Io`], [`WeightError::Checkpoint`].
pub fn open(path: impl AsRef<Path>) -> Result<WeightFile, WeightError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let broken = |reason: &dyn std::fmt::Display| WeightError::Checkpoint {
        reason: one_line(&reason.to_string()),
        file: file.clone(),
    };
    let about = std::fs::metadata(path).map_err(|source| WeightError::Io {
        action: "read",
        source,
        file: file.clone(),
    })?;
    // Opening a pipe would wait for its other end.
    if !about.is_file() {
        return Err(broken(&"it is no file but a folder or a device"));
    }
    let size = about.len();
    if size > MAX_FILE {
        return Err(broken(&format!("it has {size} bytes and the limit is {MAX_FILE}")));
    }
    foreign::check(path)?;
    let reader = PytorchReader::new(path).map_err(|e| broken(&e))?;
    let mut names = reader.keys();
    names.sort_unstable();
    // A view may claim more than its storage holds; weights share at most a few times.
    let claimed: u64 = reader.tensors().values().map(|t| t.byte_len() as u64).fold(0, u64::saturating_add);
    if claimed > size.saturating_mul(4).saturating_add(1 << 20) {
        return Err(broken(&format!("its tensors claim {claimed} bytes and the file has {size}")));
    }
    let numbers: u64 =
        reader.tensors().values().map(|t| t.num_elements() as u64).fold(0, u64::saturating_add);
    if numbers > MAX_NUMBERS {
        return Err(broken(&format!("it has {numbers} numbers and the limit is {MAX_NUMBERS}")));
    }
    let mut writer = WeightWriter::default();
    for name in names {
        let Some(tensor) = reader.get(&name) else { continue };
        let bytes = |size: usize| {
            let bytes = tensor.read().map_err(|e| broken(&e))?;
            debug_assert_eq!(bytes.len() % size, 0);
            Ok::<_, WeightError>(bytes)
        };
        let values: Vec<f32> = match tensor.dtype() {
            DType::F32 => bytes(4)?.as_chunks().0.iter().map(|&b| f32::from_ne_bytes(b)).collect(),
            DType::F64 => bytes(8)?.as_chunks().0.iter().map(|&b| f64::from_ne_bytes(b) as f32).collect(),
            DType::F16 => bytes(2)?.as_chunks().0.iter().map(|&b| f16::from_ne_bytes(b).to_f32()).collect(),
            DType::BF16 => bytes(2)?.as_chunks().0.iter().map(|&b| bf16::from_ne_bytes(b).to_f32()).collect(),
            _ => continue,
        };
        writer.add(&name, tensor.shape(), &values);
    }
    let bytes = writer.finish("source", file.clone(), &file)?;
    WeightFile::from_bytes(file.clone(), bytes)
}
