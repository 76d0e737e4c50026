//! A tensor's maps as a picture in memory, for files: coloured by the same kernels as on screen.

use image::RgbaImage;
use image::imageops::{FilterType, resize};

use super::Look;
use super::display::{self, Range, Request};
use crate::gpu::{DType, Externals, GpuError, Plan, Runtime, Session, Tensor};

/// Pictures are enlarged by whole factors up to this many pixels on their longer side.
const ENLARGED: u32 = 1024;
/// Least side of a cell that enlarging stops at.
const LARGEST_CELL: u32 = 16;

/// All maps of a tensor that `from` has computed, side by side, each on its own colour range; in as many
/// pictures as they need. Waits for the GPU.
///
/// # Errors
/// What the adapter refuses.
pub fn sheets(
    runtime: &Runtime,
    from: &Session,
    tensor: &Tensor,
    look: Look,
) -> Result<Vec<RgbaImage>, GpuError> {
    // Numbers without height and width lie in a row.
    let row = tensor.shape.ends_with(&[1, 1]);
    let tensor = &if row { tensor.view(&[tensor.len()]) } else { tensor.clone() };
    let mut made = Vec::new();
    let mut next = 0;
    loop {
        let request = Request::of(tensor, look, Range::Own).around(next);
        let [maps, ..] = request.maps;
        next = request.shown.iter().sum();
        made.push(sheet(runtime, from, tensor, &request)?);
        if next >= maps {
            return Ok(made);
        }
    }
}

fn sheet(
    runtime: &Runtime,
    from: &Session,
    tensor: &Tensor,
    request: &Request,
) -> Result<RgbaImage, GpuError> {
    let mut plan = Plan::new();
    let source = &from.plan().buffers[tensor.buf.0];
    let x = plan.external(&source.name, &[request.elements()], DType::F32);
    let (pixels, ..) =
        display::record(&mut plan, &x, None, request).map_err(|e| GpuError::Validation(e.to_string()))?;
    let externals = Externals::from([(x.buf, from.share(tensor.buf))]);
    let session = Session::new(runtime, plan, &externals)?;
    session.run();
    let words = session.words(pixels.tensor.buf)?;
    let rows = words.chunks_exact(pixels.pitch).take(pixels.height);
    let bytes: Vec<u8> =
        rows.flat_map(|row| &row[..pixels.width]).flat_map(|word| word.to_le_bytes()).collect();
    let (width, height) = (pixels.width as u32, pixels.height as u32);
    let picture =
        RgbaImage::from_raw(width, height, bytes).expect("the kernel wrote as many pixels as it says");
    let factor = (ENLARGED / width.max(height).max(1)).clamp(1, LARGEST_CELL);
    let tall = (height * factor).max(LARGEST_CELL);
    Ok(resize(&picture, width * factor, tall, FilterType::Nearest))
}
