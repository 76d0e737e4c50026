//! Readbacks that wait.

use super::device::Gpu;
use super::error::GpuError;

/// Waits for the GPU and reads `words` four-byte words of a buffer, from byte `start` on.
///
/// # Errors
/// If the device is lost, or the driver has objected to anything that nobody was told of: then what is read may never
/// have been computed.
pub fn read_words(gpu: &Gpu, buffer: &wgpu::Buffer, start: u64, words: usize) -> Result<Vec<u32>, GpuError> {
    if words == 0 {
        return Ok(Vec::new());
    }
    let bytes = words as u64 * 4;
    let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("read"),
        size: bytes,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, start, &staging, 0, bytes);
    gpu.queue.submit([encoder.finish()]);
    staging.slice(..).map_async(wgpu::MapMode::Read, |_| {});
    gpu.wait()?;
    if let Some(complaint) = gpu.complaint() {
        return Err(GpuError::Validation(complaint));
    }
    let view = staging
        .slice(..)
        .get_mapped_range()
        .map_err(|e| GpuError::Lost(gpu.loss().unwrap_or_else(|| e.to_string())))?;
    Ok(bytemuck::pod_collect_to_vec(&view))
}
