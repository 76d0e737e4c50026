//! Paints egui's triangles on the CPU, so that pages can be rendered where there is no adapter.

use egui::epaint::{ClippedPrimitive, Primitive, Vertex};
use egui::{Color32, ColorImage, Context, FullOutput, TextureFilter, TextureOptions, TexturesDelta};
use image::RgbaImage;

use super::shell::Shell;
use super::still::{Paints, Piece};
use super::textures::Textures;
use crate::gpu::GpuError;

/// A picture and the textures painted from.
pub struct Raster {
    size: [usize; 2],
    pixels: Vec<Color32>,
    textures: Textures,
}

impl Raster {
    /// A black picture of `size` pixels.
    pub fn new(size: [u32; 2]) -> Self {
        let size = size.map(|s| s as usize);
        Self { size, pixels: vec![Color32::BLACK; size[0] * size[1]], textures: Textures::default() }
    }

    /// The picture, four bytes a pixel, row by row.
    pub fn pixels(&self) -> &[u8] {
        bytemuck::cast_slice(&self.pixels)
    }

    /// Paints a frame on `ground`.
    pub fn paint(
        &mut self,
        triangles: &[ClippedPrimitive],
        textures: &TexturesDelta,
        scale: f32,
        ground: Color32,
    ) {
        self.textures.apply(textures);
        self.pixels.fill(ground);
        self.textures.draw(&mut self.pixels, self.size, triangles, scale);
        self.textures.free(textures);
    }
}

impl Paints for Raster {
    fn pieces(
        &mut self,
        shell: &mut Shell,
        ctx: &Context,
        mut output: FullOutput,
        pieces: Vec<Piece>,
    ) -> Result<Vec<RgbaImage>, GpuError> {
        shell.encode(None);
        self.textures.apply(&output.textures_delta);
        let scale = output.pixels_per_point;
        let paint = |piece: Piece| {
            let ground = piece.ground;
            let (shapes, [width, height]) = piece.at_origin(scale);
            let size = [width as usize, height as usize];
            let mut pixels = vec![ground; size[0] * size[1]];
            self.textures.draw(&mut pixels, size, &ctx.tessellate(shapes, scale), scale);
            let bytes = bytemuck::cast_slice(&pixels).to_vec();
            RgbaImage::from_raw(width, height, bytes).expect("four bytes a pixel")
        };
        let painted = pieces.into_iter().map(paint).collect();
        self.textures.free(&output.textures_delta);
        output.textures_delta.clear();
        Ok(painted)
    }
}

impl Textures {
    /// Paints triangles over `pixels`, which are `size` wide and high.
    fn draw(&self, pixels: &mut [Color32], size: [usize; 2], triangles: &[ClippedPrimitive], scale: f32) {
        for ClippedPrimitive { clip_rect, primitive } in triangles {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let Some(texture) = self.get(mesh.texture_id) else { continue };
            let limit = |v: f32, max: usize| (v * scale).round().clamp(0.0, max as f32) as usize;
            let clip = [
                limit(clip_rect.min.x, size[0]),
                limit(clip_rect.min.y, size[1]),
                limit(clip_rect.max.x, size[0]),
                limit(clip_rect.max.y, size[1]),
            ];
            for corners in mesh.indices.chunks_exact(3) {
                let corners = [0, 1, 2].map(|i| mesh.vertices[corners[i] as usize]);
                triangle(pixels, size[0], clip, corners, texture, scale);
            }
        }
    }
}

/// Twice the area of the triangle a, b, p; positive when p lies to the right of a -> b on screen.
fn edge(a: [f32; 2], b: [f32; 2], p: [f32; 2]) -> f32 {
    (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
}

fn triangle(
    pixels: &mut [Color32],
    width: usize,
    clip: [usize; 4],
    corners: [Vertex; 3],
    (image, options): &(ColorImage, TextureOptions),
    scale: f32,
) {
    let mut corners = corners;
    let place = |v: &Vertex| [v.pos.x * scale, v.pos.y * scale];
    let area = edge(place(&corners[0]), place(&corners[1]), place(&corners[2]));
    if area == 0.0 || !area.is_finite() {
        return;
    }
    if area < 0.0 {
        corners.swap(1, 2);
    }
    let area = area.abs();
    let [a, b, c] = [0, 1, 2].map(|i| place(&corners[i]));
    // A pixel on a shared side belongs to one triangle only: the one whose side goes up or, level,
    // to the left.
    let owned = |from: [f32; 2], to: [f32; 2]| to[1] < from[1] || (to[1] == from[1] && to[0] < from[0]);
    let sides = [(b, c), (c, a), (a, b)];
    let filter = if minified(&corners, [a, b, c], area, image.size) {
        options.minification
    } else {
        options.magnification
    };
    let range = |axis: usize, lo: usize, hi: usize| {
        let min = a[axis].min(b[axis]).min(c[axis]).floor().max(lo as f32) as usize;
        let max = a[axis].max(b[axis]).max(c[axis]).ceil().clamp(0.0, hi as f32) as usize;
        min..max
    };
    for y in range(1, clip[1], clip[3]) {
        for x in range(0, clip[0], clip[2]) {
            let p = [x as f32 + 0.5, y as f32 + 0.5];
            let weights = sides.map(|(s, t)| edge(s, t, p));
            let inside = weights.iter().zip(sides).all(|(&w, (s, t))| w > 0.0 || (w == 0.0 && owned(s, t)));
            if !inside {
                continue;
            }
            let weights = weights.map(|w| w / area);
            let mix = |f: &dyn Fn(&Vertex) -> f32| {
                f(&corners[0]) * weights[0] + f(&corners[1]) * weights[1] + f(&corners[2]) * weights[2]
            };
            let texel = sample(image, filter, mix(&|v| v.uv.x), mix(&|v| v.uv.y));
            let ink: [f32; 4] =
                std::array::from_fn(|i| mix(&|v| f32::from(v.color.to_array()[i])) / 255.0 * texel[i]);
            let under = &mut pixels[y * width + x];
            let old = under.to_array();
            // egui's colours carry their alpha multiplied in.
            let out = [0, 1, 2, 3].map(|i| (ink[i] + f32::from(old[i]) * (1.0 - ink[3] / 255.0) + 0.5) as u8);
            *under = Color32::from_rgba_premultiplied(out[0], out[1], out[2], out[3]);
        }
    }
}

/// Whether a step of one pixel to the right or down goes more than one texel far, as a GPU decides
/// between its filters. `area` is twice that of the triangle.
fn minified(corners: &[Vertex; 3], [a, b, c]: [[f32; 2]; 3], area: f32, size: [usize; 2]) -> bool {
    // How an attribute with these values at the corners changes along x and along y.
    let gradient = |f: &dyn Fn(&Vertex) -> f32| {
        let (p, q) = (f(&corners[1]) - f(&corners[0]), f(&corners[2]) - f(&corners[0]));
        [(p * (c[1] - a[1]) - q * (b[1] - a[1])) / area, (q * (b[0] - a[0]) - p * (c[0] - a[0])) / area]
    };
    let (u, v) = (gradient(&|v| v.uv.x * size[0] as f32), gradient(&|v| v.uv.y * size[1] as f32));
    u[0].hypot(v[0]).max(u[1].hypot(v[1])) > 1.0
}

/// The texture at `u`, `v` in 0..1, as four values in 0..255.
fn sample(image: &ColorImage, filter: TextureFilter, u: f32, v: f32) -> [f32; 4] {
    let [w, h] = image.size;
    let (x, y) = (u * w as f32, v * h as f32);
    let texel = |x: isize, y: isize| {
        let x = x.clamp(0, w as isize - 1) as usize;
        let y = y.clamp(0, h as isize - 1) as usize;
        image.pixels[y * w + x].to_array().map(f32::from)
    };
    if filter == TextureFilter::Nearest {
        return texel(x.floor() as isize, y.floor() as isize);
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let (x0, y0) = (x0 as isize, y0 as isize);
    let corners = [texel(x0, y0), texel(x0 + 1, y0), texel(x0, y0 + 1), texel(x0 + 1, y0 + 1)];
    std::array::from_fn(|i| {
        let top = corners[0][i] * (1.0 - fx) + corners[1][i] * fx;
        let bottom = corners[2][i] * (1.0 - fx) + corners[3][i] * fx;
        top * (1.0 - fy) + bottom * fy
    })
}

#[cfg(test)]
mod tests {
    use egui::TextureId;
    use egui::epaint::Mesh;

    use super::*;

    #[test]
    fn a_rectangle_of_two_triangles_covers_each_pixel_once() {
        let mut raster = Raster::new([8, 8]);
        let mut mesh = Mesh::default();
        let half = Color32::from_rgba_premultiplied(64, 0, 0, 128);
        mesh.add_colored_rect(egui::Rect::from_min_max(egui::pos2(1.0, 1.0), egui::pos2(7.0, 7.0)), half);
        let mut textures = TexturesDelta::default();
        let white = ColorImage::filled([1, 1], Color32::WHITE);
        textures.push(TextureId::default(), egui::epaint::ImageDelta::full(white, TextureOptions::NEAREST));
        let job = ClippedPrimitive { clip_rect: egui::Rect::EVERYTHING, primitive: Primitive::Mesh(mesh) };
        raster.paint(&[job], &textures, 1.0, Color32::BLACK);
        textures.clear();
        let painted = raster.pixels.iter().filter(|p| p.r() == 64).count();
        assert_eq!(painted, 36);
        assert_eq!(raster.pixels.iter().filter(|p| p.r() > 64).count(), 0);
    }
}
