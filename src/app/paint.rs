//! From egui's output to a texture: the frame's kernels and its triangles in one submission.

use std::cell::RefCell;
use std::rc::Rc;

use super::shell::Shell;
use super::textures::Textures;
use crate::gpu::Gpu;
use crate::viz::{Screen, theme};

/// Paints frames on a device.
pub struct Painter {
    gpu: Gpu,
    renderer: Rc<RefCell<egui_wgpu::Renderer>>,
    textures: Textures,
    srgb: bool,
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
        Self { gpu: gpu.clone(), renderer: Rc::new(RefCell::new(renderer)), textures, srgb: format.is_srgb() }
    }

    /// The ground of the panels, as the target stores colours.
    fn clear(&self, ctx: &egui::Context) -> wgpu::Color {
        let ground = theme::ground(&ctx.global_style().visuals);
        let [r, g, b, a] = match self.srgb {
            true => egui::Rgba::from(ground).to_array(),
            false => ground.to_normalized_gamma_f32(),
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
        let gpu = &self.gpu;
        self.textures.apply(&output.textures_delta);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        shell.encode(Some(&mut encoder));
        gpu.poll();
        if gpu.is_lost() {
            // egui's renderer panics where a lost device has no memory for its triangles. The next
            // painter gives this frame's textures to its own.
            self.textures.free(&output.textures_delta);
            output.textures_delta.clear();
            return;
        }
        let mut renderer = self.renderer.borrow_mut();
        for (id, deltas) in &output.textures_delta.set {
            for delta in deltas {
                renderer.update_texture(&gpu.device, &gpu.queue, *id, delta);
            }
        }
        let mut extra = Vec::new();
        if let Some((view, size_in_pixels)) = target {
            let pixels_per_point = output.pixels_per_point;
            let triangles = ctx.tessellate(output.shapes, pixels_per_point);
            let screen = egui_wgpu::ScreenDescriptor { size_in_pixels, pixels_per_point };
            extra = renderer.update_buffers(&gpu.device, &gpu.queue, &mut encoder, &triangles, &screen);
            let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("egui"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(self.clear(ctx)),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            renderer.render(&mut pass.forget_lifetime(), &triangles, &screen);
        }
        gpu.queue.submit(extra.into_iter().chain([encoder.finish()]));
        for id in &output.textures_delta.free {
            renderer.free_texture(id);
        }
        self.textures.free(&output.textures_delta);
        output.textures_delta.clear();
    }
}
