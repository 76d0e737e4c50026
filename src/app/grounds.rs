//! Large rectangles of one colour, painted before all else by a shader that knows nothing but that colour: egui's
//! samples a texture and blends at every pixel, which a software adapter pays for with a quarter of a frame.

use egui::epaint::{ClippedShape, RectShape, Shape};
use egui::{Color32, Pos2, Rect};
use wgpu::util::DeviceExt;

/// Points of area from which on a rectangle is worth it.
const LARGE: f32 = 4096.0;

/// Points by which a panel may cover what was drawn before it: neighbours share the line between them.
const OVERLAP: f32 = 3.0;

/// A corner as the shader reads it: position on the target from -1 to 1, colour as the target stores it.
type Vertex = [f32; 6];

/// A rectangle and its colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    rect: Rect,
    color: Color32,
}

/// Takes out of the shapes what can be painted first: opaque, upright, with square corners, and over nothing but
/// what is painted first as well.
pub fn take(shapes: &mut Vec<ClippedShape>, pixels_per_point: f32) -> Vec<Ground> {
    let mut grounds = Vec::new();
    let mut stay: Vec<Rect> = Vec::new();
    shapes.retain(|clipped| {
        // What is moved afterwards may be anywhere within its clip rectangle.
        let bounds = match is_still(clipped) {
            true => clipped.shape.visual_bounding_rect().intersect(clipped.clip_rect),
            false => clipped.clip_rect,
        };
        if !bounds.is_positive() {
            return true;
        }
        let ground = ground(clipped, pixels_per_point);
        let inner = |ground: &Ground| ground.rect.shrink(OVERLAP);
        match ground.filter(|ground| !stay.iter().any(|rect| rect.intersects(inner(ground)))) {
            Some(ground) => grounds.push(ground),
            None => {
                stay.push(bounds);
                return true;
            }
        }
        false
    });
    grounds
}

fn is_still(clipped: &ClippedShape) -> bool {
    clipped.transform_after_tessellation == egui::emath::TSTransform::IDENTITY
}

/// A shape as a ground, if it is one.
fn ground(clipped: &ClippedShape, pixels_per_point: f32) -> Option<Ground> {
    let Shape::Rect(shape) = &clipped.shape else { return None };
    let RectShape { rect, corner_radius, fill, stroke, round_to_pixels, blur_width, brush, angle, .. } =
        shape;
    let flat = stroke.is_empty() && *blur_width == 0.0 && brush.is_none() && *angle == 0.0;
    let plain = flat
        && is_still(clipped)
        && *round_to_pixels != Some(false)
        && fill.is_opaque()
        && *corner_radius == egui::CornerRadius::ZERO;
    let round = |at: Pos2| (at * pixels_per_point).round() / pixels_per_point;
    let rect = rect.intersect(clipped.clip_rect);
    let rect = Rect::from_min_max(round(rect.min), round(rect.max));
    (plain && rect.is_positive() && rect.area() >= LARGE).then_some(Ground { rect, color: *fill })
}

/// Paints grounds on targets of one format.
pub struct Grounds {
    pipeline: wgpu::RenderPipeline,
    vertices: Option<(wgpu::Buffer, u32)>,
}

impl Grounds {
    /// Compiles the shader.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let shader = device.create_shader_module(wgpu::include_wgsl!("grounds.wgsl"));
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("grounds"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &shader,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<Vertex>() as u64,
                    step_mode: wgpu::VertexStepMode::Vertex,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x4],
                })],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &shader,
                entry_point: Some("color"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        Self { pipeline, vertices: None }
    }

    /// Prepares the grounds of a frame. `end`: the corner of the target, in points; `stored`: a colour as the target
    /// stores it.
    pub fn prepare(
        &mut self,
        device: &wgpu::Device,
        grounds: &[Ground],
        end: Pos2,
        stored: impl Fn(Color32) -> wgpu::Color,
    ) {
        let corners = |ground: &Ground| {
            let wgpu::Color { r, g, b, a } = stored(ground.color);
            let [r, g, b, a] = [r, g, b, a].map(|v| v as f32);
            let at = |p: Pos2| [p.x / end.x * 2.0 - 1.0, 1.0 - p.y / end.y * 2.0, r, g, b, a];
            let Ground { rect, .. } = ground;
            let [a, b] = [at(rect.left_top()), at(rect.right_top())];
            let [c, d] = [at(rect.left_bottom()), at(rect.right_bottom())];
            [a, b, c, c, b, d]
        };
        let vertices: Vec<Vertex> = grounds.iter().flat_map(corners).collect();
        self.vertices = (!vertices.is_empty()).then(|| {
            let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("grounds"),
                contents: bytemuck::cast_slice(&vertices),
                usage: wgpu::BufferUsages::VERTEX,
            });
            (buffer, vertices.len() as u32)
        });
    }

    /// Paints what was prepared.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some((buffer, count)) = &self.vertices {
            pass.set_pipeline(&self.pipeline);
            pass.set_vertex_buffer(0, buffer.slice(..));
            pass.draw(0..*count, 0..1);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{CornerRadius, Stroke, StrokeKind, pos2};

    use super::*;

    fn rect(from: f32, to: f32) -> Rect {
        Rect::from_min_max(pos2(from, from), pos2(to, to))
    }

    fn filled(rect: Rect) -> RectShape {
        RectShape::filled(rect, CornerRadius::ZERO, Color32::RED)
    }

    fn taken(shapes: Vec<RectShape>) -> (Vec<Rect>, usize) {
        let clip_rect = rect(0.0, 900.0);
        let clipped = |shape: RectShape| ClippedShape {
            clip_rect,
            shape: Shape::Rect(shape),
            transform_after_tessellation: egui::emath::TSTransform::IDENTITY,
        };
        let mut shapes = shapes.into_iter().map(clipped).collect();
        let grounds = take(&mut shapes, 1.0);
        (grounds.into_iter().map(|ground| ground.rect).collect(), shapes.len())
    }

    #[test]
    fn what_lies_over_nothing_that_stays_is_painted_first() {
        let (below, above) = (rect(0.0, 300.0), rect(100.0, 200.0));
        assert_eq!(taken(vec![filled(below), filled(above)]), (vec![below, above], 0));
        assert_eq!(taken(vec![filled(rect(-90.0, 1000.0))]).0, [rect(0.0, 900.0)], "as far as it is seen");
        let framed =
            RectShape::new(below, 0, Color32::RED, Stroke::new(1.0, Color32::BLUE), StrokeKind::Inside);
        assert_eq!(taken(vec![framed.clone(), filled(above)]), (vec![], 2), "a frame below it stays");
        assert_eq!(taken(vec![filled(above), framed]), (vec![above], 1));
        assert_eq!(taken(vec![filled(rect(0.0, 20.0))]), (vec![], 1), "small");
        let clear = RectShape { fill: Color32::from_black_alpha(90), ..filled(below) };
        let round = RectShape { corner_radius: CornerRadius::same(4), ..filled(below) };
        assert_eq!(taken(vec![clear, round]), (vec![], 2));
    }

    #[test]
    fn a_line_between_two_panels_holds_neither_back() {
        let line = Rect::from_x_y_ranges(0.0..=900.0, 99.5..=100.5);
        let line = RectShape { corner_radius: CornerRadius::same(1), ..filled(line) };
        let panels = [0.0..=100.0, 100.0..=300.0].map(|y| filled(Rect::from_x_y_ranges(0.0..=900.0, y)));
        let [above, below] = panels;
        let (grounds, left) = taken(vec![above, line, below]);
        assert_eq!((grounds.len(), left), (2, 1));
    }
}
