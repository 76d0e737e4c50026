//! From a published checkpoint to the file that Glassbox carries: matrices and kernels in 16 bits, the
//! rest (norms, biases, statistics) in 32, nothing folded.

use std::path::Path;

use super::network;
use crate::files::write_whole;
use crate::models::pytorch;
use crate::models::weight_writer::WeightWriter;
use crate::models::weights::WeightError;

/// Writes the checkpoint at `source` to `out`; returns what was done, in a sentence or two.
///
/// # Errors
/// Any [`WeightError`]; nothing is written then.
pub fn import(source: &Path, out: &Path) -> Result<String, WeightError> {
    let file = pytorch::open(source)?;
    let name = network(&file)?.name;
    let mut writer = WeightWriter::default();
    let (mut halves, mut most) = (0, 0.0_f32);
    let names = file.names();
    for tensor in &names {
        let shape = file.shape(tensor)?.to_vec();
        let values = file.tensor(tensor, &shape)?;
        if shape.len() < 2 {
            writer.add(tensor, &shape, &values);
            continue;
        }
        halves += 1;
        let lost = values.iter().map(|&v| (v - half::f16::from_f32(v).to_f32()).abs());
        most = lost.fold(most, f32::max);
        writer.add_half(tensor, &shape, &values);
    }
    let bytes = writer.finish("network", name.clone(), file.name())?;
    write_whole(out, &bytes).map_err(|source| WeightError::Io {
        action: "written",
        source,
        file: out.display().to_string(),
    })?;
    Ok(format!(
        "{name}: {} tensors, {halves} of them in 16 bits, {:.1} MB; no weight moved by more than {most:.6}.\n{}",
        names.len(),
        bytes.len() as f64 / 1e6,
        out.display()
    ))
}
