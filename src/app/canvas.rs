//! Textures that pictures are painted on, and their way back to the CPU.

use image::RgbaImage;

use crate::gpu::{Gpu, GpuError, read_words};

/// A texture of `size` pixels to paint on.
///
/// # Errors
/// If the adapter has none of this size.
pub fn canvas(gpu: &Gpu, format: wgpu::TextureFormat, size: [u32; 2]) -> Result<wgpu::Texture, GpuError> {
    let limit = gpu.device.limits().max_texture_dimension_2d;
    let [width, height] = size;
    if size.iter().any(|&side| side > limit) {
        let what = format!("a picture of {width}x{height} is beyond the {limit} of this adapter");
        return Err(GpuError::Validation(what));
    }
    Ok(gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    }))
}

/// What was painted on it. Waits for the GPU.
///
/// # Errors
/// If the device is lost.
pub fn read(gpu: &Gpu, texture: &wgpu::Texture) -> Result<RgbaImage, GpuError> {
    let (width, height) = (texture.width(), texture.height());
    let pitch = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture"),
        size: u64::from(pitch) * u64::from(height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pitch),
                rows_per_image: None,
            },
        },
        texture.size(),
    );
    gpu.queue.submit([encoder.finish()]);
    let words = read_words(gpu, &buffer, 0, (pitch * height / 4) as usize)?;
    let rows = words.chunks_exact((pitch / 4) as usize);
    let mut pixels: Vec<u8> =
        rows.flat_map(|row| bytemuck::cast_slice::<u32, u8>(&row[..width as usize]).to_vec()).collect();
    use wgpu::TextureFormat::{Bgra8Unorm, Bgra8UnormSrgb};
    if matches!(texture.format(), Bgra8Unorm | Bgra8UnormSrgb) {
        pixels.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel.swap(0, 2));
    }
    Ok(RgbaImage::from_raw(width, height, pixels).expect("as many bytes as pixels were read"))
}
