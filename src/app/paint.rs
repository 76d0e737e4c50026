//! From egui's output to a texture: the frame's kernels and its triangles in one submission.

use std::cell::RefCell;
use std::rc::Rc;

use egui::epaint::ClippedShape;
use image::RgbaImage;

use super::canvas;
use super::grounds::{self, Grounds};
use super::shell::Shell;
use super::still::{Paints, Piece};
use super::textures::Textures;
use crate::gpu::{Gpu, GpuError};
use crate::viz::{Screen, theme};

/// Paints frames on a device.
pub struct Painter {
    gpu: Gpu,
    renderer: Rc<RefCell<egui_wgpu::Renderer>>,
    textures: Textures,
    /// On a software adapter.
    grounds: Option<RefCell<Grounds>>,
    format: wgpu::TextureFormat,
}

impl Painter {
    /// A painter for targets of `format`. `before`: the painter on a lost device, whose textures
    /// egui will not send again.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat, before: Option<&Self>) -> Self {
        let options = egui_wgpu::RendererOptions {
            // Invisible at these colours, and a software adapter pays for it at every pixel.
            dithering: !gpu.profile.software,
            ..Default::default()
        };
        let mut renderer = egui_wgpu::Renderer::new(&gpu.device, format, options);
        let textures = before.map(|b| b.textures.clone()).unwrap_or_default();
        for (id, delta) in textures.all() {
            renderer.update_texture(&gpu.device, &gpu.queue, id, &delta);
        }
        let grounds = gpu.profile.software.then(|| RefCell::new(Grounds::new(&gpu.device, format)));
        Self { gpu: gpu.clone(), renderer: Rc::new(RefCell::new(renderer)), textures, grounds, format }
    }

    /// A colour as the target stores it.
    fn stored(&self, color: egui::Color32) -> wgpu::Color {
        let [r, g, b, a] = match self.format.is_srgb() {
            true => egui::Rgba::from(color).to_array(),
            false => color.to_normalized_gamma_f32(),
        };
        wgpu::Color { r: r.into(), g: g.into(), b: b.into(), a: a.into() }
    }

    /// Where stages put their textures.
    pub fn screen(&self) -> Screen {
        Screen::Gpu(self.renderer.clone())
    }

    /// Records the shell's kernels and egui's triangles, and submits both at once. `target`: what is drawn on, of
    /// so many pixels; without one the kernels run alone. On a lost device nothing is drawn.
    pub fn paint(
        &mut self,
        shell: &mut Shell,
        ctx: &egui::Context,
        mut output: egui::FullOutput,
        target: Option<(&wgpu::TextureView, [u32; 2])>,
    ) {
        let Some(mut encoder) = self.begin(shell, &output) else { return self.forget(output) };
        let shapes = std::mem::take(&mut output.shapes);
        let ground = self.stored(theme::ground(&ctx.global_style().visuals));
        let drawn = target.map(|(view, size)| (view, size, ground));
        let extra = drawn.map(|on| self.draw(ctx, shapes, output.pixels_per_point, &mut encoder, on));
        self.gpu.send(extra.unwrap_or_default().into_iter().chain([encoder.finish()]), |_| {});
        self.free(output);
    }

    /// Records the shell's kernels, and gives the renderer the textures that the frame has made or changed; nothing
    /// on a lost device, where the renderer would panic for want of memory for its triangles.
    fn begin(&mut self, shell: &mut Shell, output: &egui::FullOutput) -> Option<wgpu::CommandEncoder> {
        self.textures.apply(&output.textures_delta);
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        shell.encode(Some(&mut encoder));
        self.gpu.poll();
        if self.gpu.is_lost() {
            return None;
        }
        let mut renderer = self.renderer.borrow_mut();
        for (id, deltas) in &output.textures_delta.set {
            for delta in deltas {
                renderer.update_texture(&self.gpu.device, &self.gpu.queue, *id, delta);
            }
        }
        drop(renderer);
        Some(encoder)
    }

    /// Lets go of the textures that a frame was the last to use.
    fn free(&mut self, output: egui::FullOutput) {
        for id in &output.textures_delta.free {
            self.renderer.borrow_mut().free_texture(id);
        }
        self.forget(output);
    }

    /// The same where the device is lost: the next painter gives the frame's other textures to its own.
    fn forget(&mut self, mut output: egui::FullOutput) {
        self.textures.free(&output.textures_delta);
        output.textures_delta.clear();
    }

    /// Records the painting of shapes on a target of so many pixels; gives what is to be submitted before it.
    fn draw(
        &self,
        ctx: &egui::Context,
        mut shapes: Vec<ClippedShape>,
        pixels_per_point: f32,
        encoder: &mut wgpu::CommandEncoder,
        (target, size, ground): (&wgpu::TextureView, [u32; 2], wgpu::Color),
    ) -> Vec<wgpu::CommandBuffer> {
        let gpu = &self.gpu;
        let all = egui::Vec2::new(size[0] as f32, size[1] as f32) / pixels_per_point;
        let mut grounds = self.grounds.as_ref().map(RefCell::borrow_mut);
        if let Some(grounds) = &mut grounds {
            let first = grounds::take(&mut shapes, pixels_per_point);
            grounds.prepare(&gpu.device, &first, all.to_pos2(), |color| self.stored(color));
        }
        let triangles = ctx.tessellate(unclipped(shapes, all.to_pos2()), pixels_per_point);
        let screen = egui_wgpu::ScreenDescriptor { size_in_pixels: size, pixels_per_point };
        let mut renderer = self.renderer.borrow_mut();
        let extra = renderer.update_buffers(&gpu.device, &gpu.queue, encoder, &triangles, &screen);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("egui"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(ground), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        if let Some(grounds) = &grounds {
            grounds.paint(&mut pass);
        }
        renderer.render(&mut pass.forget_lifetime(), &triangles, &screen);
        extra
    }
}

/// Takes the clip rectangle off shapes that lie within it: neighbours are then drawn with one call. A page of
/// numbers, each in a cell of its own, needs some forty calls instead of fourteen hundred.
fn unclipped(mut shapes: Vec<ClippedShape>, end: egui::Pos2) -> Vec<ClippedShape> {
    let all = egui::Rect::from_min_max(egui::Pos2::ZERO, end);
    for clipped in &mut shapes {
        let still = clipped.transform_after_tessellation == egui::emath::TSTransform::IDENTITY;
        if still && clipped.clip_rect.contains_rect(clipped.shape.visual_bounding_rect()) {
            clipped.clip_rect = all;
        }
    }
    shapes
}

impl Paints for Painter {
    fn pieces(
        &mut self,
        shell: &mut Shell,
        ctx: &egui::Context,
        output: egui::FullOutput,
        pieces: Vec<Piece>,
    ) -> Result<Vec<RgbaImage>, GpuError> {
        let gpu = self.gpu.clone();
        let Some(encoder) = self.begin(shell, &output) else {
            self.forget(output);
            return Err(GpuError::Lost(gpu.loss().unwrap_or_default()));
        };
        gpu.queue.submit([encoder.finish()]);
        let painted = pieces.into_iter().map(|piece| {
            let ground = self.stored(piece.ground);
            let (shapes, size) = piece.at_origin(output.pixels_per_point);
            let texture = canvas::canvas(&gpu, self.format, size)?;
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let extra = self.draw(ctx, shapes, output.pixels_per_point, &mut encoder, (&view, size, ground));
            gpu.queue.submit(extra.into_iter().chain([encoder.finish()]));
            canvas::read(&gpu, &texture)
        });
        let painted = painted.collect();
        self.free(output);
        painted
    }
}
