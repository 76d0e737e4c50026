//! A frame for a picture: the page as it stands, without pointer, menus and notices, at any number of pixels a
//! point; and what it is painted with.

use egui::epaint::ClippedShape;
use egui::{Color32, Context, Event, FullOutput, Popup, Rect, ViewportId};
use image::RgbaImage;

use super::shell::Shell;
use crate::gpu::GpuError;
use crate::viz::offer::{self, Offer};

/// Such a frame.
pub struct Still {
    /// What egui gave.
    pub output: FullOutput,
    /// The figures, with their numbers.
    pub offers: Vec<Offer>,
    /// All of the window, in points.
    pub screen: Rect,
}

/// Shapes of a frame to be painted into a picture of their own.
pub struct Piece {
    /// What is painted.
    pub shapes: Vec<ClippedShape>,
    /// The part of the window that the picture shows, in points.
    pub rect: Rect,
    /// What lies below.
    pub ground: Color32,
}

/// Paints pieces of a frame: on an adapter, or on the CPU.
pub trait Paints {
    /// Runs the kernels of a frame and paints pieces of it, one picture each, premultiplied as egui's colours
    /// are. `output` without its shapes, which the pieces hold.
    ///
    /// # Errors
    /// If the device is lost, or has no texture as large as a picture.
    fn pieces(
        &mut self,
        shell: &mut Shell,
        ctx: &Context,
        output: FullOutput,
        pieces: Vec<Piece>,
    ) -> Result<Vec<RgbaImage>, GpuError>;
}

impl Piece {
    /// The shapes with the piece's corner at the origin, and the picture's size in pixels.
    pub fn at_origin(self, pixels_per_point: f32) -> (Vec<ClippedShape>, [u32; 2]) {
        let by = -self.rect.min.to_vec2();
        let moved = self.shapes.into_iter().map(|mut clipped| {
            clipped.shape.translate(by);
            clipped.clip_rect = clipped.clip_rect.translate(by);
            clipped
        });
        let side = |points: f32| ((points * pixels_per_point).round() as u32).max(1);
        (moved.collect(), [side(self.rect.width()), side(self.rect.height())])
    }
}

/// Runs a frame for a picture of `scale` times as many pixels as on screen. What egui remembers, of the pointer,
/// the keyboard and open menus too, is afterwards as it was.
pub fn still(shell: &mut Shell, ctx: &Context, scale: f32) -> Still {
    let (memory, input) = (ctx.memory(Clone::clone), ctx.input(Clone::clone));
    let screen = input.viewport_rect();
    let mut raw = input.raw.clone();
    raw.screen_rect = Some(screen);
    raw.time = Some(input.time);
    raw.events = vec![Event::PointerGone];
    raw.dropped_files.clear();
    raw.hovered_files.clear();
    let viewport = raw.viewports.entry(ViewportId::ROOT).or_default();
    viewport.native_pixels_per_point = Some(viewport.native_pixels_per_point.unwrap_or(1.0) * scale);
    Popup::close_all(ctx);
    shell.set_still(true);
    // What is as large as its words finds its place in the second one.
    let mut output = ctx.run_ui(raw.clone(), |ui| shell.ui(ui));
    offer::ask_for_numbers(ctx);
    output.append(ctx.run_ui(raw, |ui| shell.ui(ui)));
    shell.set_still(false);
    let offers = offer::all(ctx);
    ctx.memory_mut(|now| *now = memory);
    ctx.input_mut(|now| *now = input);
    ctx.request_repaint();
    Still { output, offers, screen }
}
