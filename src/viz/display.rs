//! Tensors to textures: range, colour map and copy, all on the GPU; no value travels back to be
//! drawn. All maps of a tensor share one texture, the atlas.

use std::cell::RefCell;
use std::rc::Rc;

use super::look::{INFINITE, Look, NAN};
use super::paced::Paced;
use super::scale::{Ends, Scale};
use crate::gpu::{BufId, DType, Externals, Gpu, GpuError, Plan, Probe, Runtime, Session, Tensor};
use crate::ops::OpError;
use crate::ops::pool::{Pool, avg_pool};
use crate::ops::range::{Planes, range};
use crate::ops::view::{Heatmap, Pixels, colormap, rgb};

/// Pixels between the maps of an atlas, so that neighbours do not bleed into each other.
const GAP: usize = 1;
/// Most pixels of an atlas of more than one map: further maps have atlases of their own, which are filled
/// when one of them is drawn.
const MAX_PIXELS: usize = 1 << 21;

/// How a map's colours are scaled.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// From the least to the greatest value of this map.
    Own,
    /// From the least to the greatest value of all maps of the tensor.
    All,
    /// Between two given values.
    Fixed(f32, f32),
    /// From the least to the greatest value of several tensors, so that their pictures can be compared.
    Shared(Rc<[BufId]>),
}

/// Where textures live.
#[derive(Clone)]
pub enum Screen {
    /// In egui's renderer on the same device.
    Gpu(Rc<RefCell<egui_wgpu::Renderer>>),
    /// In egui's own texture manager: without an adapter.
    Cpu(egui::Context),
}

/// What is drawn from which tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The tensor's buffer.
    pub buf: BufId,
    /// Number of maps, height and width of one.
    pub maps: [usize; 3],
    /// The first of the tensor's maps that is in the atlas, and how many are.
    pub shown: [usize; 2],
    /// Colours.
    pub look: Look,
    /// Their scale.
    pub range: Range,
    /// Of many numbers the outermost hundredth at each end does not count for the ends of the colours. Signed maps
    /// are drawn so, since what is far out there would leave all else pale.
    pub trims: bool,
    /// Cells a side whose mean one pixel of the atlas is, so that what is drawn smaller than it is makes no moiré.
    pub minified: usize,
}

impl Request {
    /// The maps of a tensor: its last two axes are height and width, the others count maps (three
    /// planes make one map where the look is red, green and blue).
    pub fn of(tensor: &Tensor, look: Look, range: Range) -> Self {
        let (h, w) = match tensor.shape[..] {
            [] => (1, 1),
            [w] => (1, w),
            [.., h, w] => (h, w),
        };
        let planes = tensor.len() / (h * w).max(1);
        let maps = if look == Look::Rgb { planes / 3 } else { planes };
        let trims = matches!(look, Look::Diverging | Look::DivergingDark);
        Self { buf: tensor.buf, maps: [maps, h, w], shown: [0, maps], look, range, trims, minified: 1 }
    }

    /// Numbers of the tensor: all of a buffer, or those in front.
    pub fn elements(&self) -> usize {
        let planes = if self.look == Look::Rgb { 3 } else { 1 };
        self.maps.iter().product::<usize>() * planes
    }

    /// Only the maps that share an atlas with map `index`, if all are too many for one.
    #[must_use]
    pub fn around(mut self, index: usize) -> Self {
        let [maps, h, w] = self.maps;
        let room = (MAX_PIXELS / ((h + GAP) * (w + GAP))).max(1);
        // Pictures in red, green and blue are coloured one at a time.
        if self.look != Look::Rgb && maps > room {
            let first = index.min(maps - 1) / room * room;
            self.shown = [first, room.min(maps - first)];
        }
        self
    }

    /// For maps of which so many cells come on each pixel of the screen. Zeros and ones stay apart.
    #[must_use]
    pub fn minified(self, cells: f32) -> Self {
        if self.look == Look::Mask || self.shown != [0, self.maps[0]] || !(cells >= 2.0) {
            return self;
        }
        let [_, h, w] = self.maps;
        // Powers of two, so that a window that grows does not make a texture each time.
        let halvings = cells.min(h.min(w) as f32).max(1.0).log2() as u32;
        Self { minified: 1 << halvings, ..self }
    }

    /// Maps side by side in an atlas that is about square in pixels.
    fn columns(&self) -> usize {
        let ([h, w], maps) = (self.pixels(), self.shown[1]);
        let side = (maps as f64 * h as f64 / w as f64).sqrt().ceil() as usize;
        side.clamp(1, maps.max(1))
    }

    /// Height and width of a map in pixels of the atlas.
    fn pixels(&self) -> [usize; 2] {
        [self.maps[1], self.maps[2]].map(|side| side.div_ceil(self.minified))
    }
}

/// Least, greatest and mean value of a map, and how many values are not finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Least finite value, or the least that has a colour of its own: of many signed numbers a few are left out.
    pub lo: f32,
    /// Greatest finite value, or the greatest that has a colour of its own.
    pub hi: f32,
    /// Number of NaN and infinities.
    pub non_finite: f32,
    /// Mean of the finite values.
    pub mean: f32,
    /// The least and the greatest of all, where `lo` and `hi` leave some out.
    pub whole: (f32, f32),
}

impl Stats {
    /// Whether values lie below and above those that have a colour of their own.
    pub fn beyond(&self) -> [bool; 2] {
        [self.whole.0 < self.lo, self.whole.1 > self.hi]
    }
}

enum Texture {
    Gpu { texture: wgpu::Texture, id: egui::TextureId },
    Cpu(Option<egui::TextureHandle>),
}

/// A tensor's atlas: the plan that fills it and the texture that shows it.
pub struct Display {
    /// What it shows.
    pub request: Request,
    /// Version of the stage whose values it shows; `None` before the first.
    pub version: Option<u64>,
    /// Frame in which it was last drawn.
    pub used: u64,
    /// Statistics of each map, as they last arrived.
    pub stats: Vec<Stats>,
    pub run: Paced,
    /// The version of a run under way.
    coming: Option<u64>,
    pixels: Pixels,
    ranges: Option<Tensor>,
    /// Whether the ends of the range were drawn in, and its own follow.
    trims: bool,
    texture: Texture,
    screen: Screen,
    ticket: Option<u64>,
}

impl Display {
    /// Prepares to show `request`; `from` is the session that computes the tensor, `shared` the ends of a shared
    /// range.
    pub fn new(
        runtime: &Runtime,
        screen: &Screen,
        from: &Session,
        request: Request,
        shared: Option<&Scale>,
    ) -> Result<Self, GpuError> {
        let mut plan = Plan::new();
        let source = &from.plan().buffers[request.buf.0];
        let x = plan.external(&source.name, &[request.elements()], DType::F32);
        let mut externals = Externals::from([(x.buf, from.share(request.buf))]);
        let shared = shared.map(|scale| scale.lend(&mut plan, &mut externals));
        let (pixels, ends) =
            record(&mut plan, &x, shared, &request).map_err(|e| GpuError::Validation(e.to_string()))?;
        let (ranges, trims) = ends.map_or((None, false), |ends| (Some(ends.told), ends.trimmed));
        let session = Session::new(runtime, plan, &externals)?;
        let size = [pixels.width as u32, pixels.height as u32];
        let texture = match (screen, runtime) {
            (Screen::Gpu(renderer), Runtime::Gpu(gpu)) => {
                let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
                    label: Some(&source.name),
                    size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                    mip_level_count: 1,
                    sample_count: 1,
                    dimension: wgpu::TextureDimension::D2,
                    format: wgpu::TextureFormat::Rgba8Unorm,
                    usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                    view_formats: &[],
                });
                let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
                let sampler = wgpu::SamplerDescriptor {
                    mag_filter: wgpu::FilterMode::Nearest,
                    min_filter: wgpu::FilterMode::Linear,
                    ..Default::default()
                };
                let id = renderer.borrow_mut().register_native_texture_with_sampler_options(
                    &gpu.device,
                    &view,
                    sampler,
                );
                Texture::Gpu { texture, id }
            }
            _ => Texture::Cpu(None),
        };
        Ok(Self {
            request,
            version: None,
            used: 0,
            stats: Vec::new(),
            run: Paced::new(session),
            coming: None,
            pixels,
            ranges,
            trims,
            texture,
            screen: screen.clone(),
            ticket: None,
        })
    }

    /// The texture to paint, once there is one.
    pub fn texture(&self) -> Option<egui::TextureId> {
        match &self.texture {
            Texture::Gpu { id, .. } => Some(*id),
            Texture::Cpu(handle) => handle.as_ref().map(egui::TextureHandle::id),
        }
    }

    /// Where map `index` lies in the texture.
    pub fn uv(&self, index: usize) -> egui::Rect {
        let [h, w] = self.request.pixels();
        let index = index.saturating_sub(self.request.shown[0]);
        let columns = self.request.columns();
        let [x, y] = [index % columns * (w + GAP), index / columns * (h + GAP)];
        let atlas = egui::vec2(self.pixels.width as f32, self.pixels.height as f32);
        // Of the last pixel only the cells that there are.
        let [_, h, w] = self.request.maps.map(|side| side as f32 / self.request.minified as f32);
        let least = egui::vec2(x as f32, y as f32);
        let [least, most] = [least, least + egui::vec2(w, h)].map(|at| (at / atlas).to_pos2());
        egui::Rect::from_min_max(least, most)
    }

    /// Statistics of map `index` under the request's range mode.
    pub fn stats(&self, index: usize) -> Option<Stats> {
        match self.request.range {
            Range::Own => self.stats.get(index.saturating_sub(self.request.shown[0])).copied(),
            _ => self.stats.first().copied(),
        }
    }

    /// Records the work that brings the texture up to `version`.
    pub fn encode(
        &mut self,
        version: u64,
        encoder: Option<&mut wgpu::CommandEncoder>,
        probe: Option<&mut Probe>,
    ) -> Result<(), GpuError> {
        self.coming = Some(version);
        match (encoder, &self.texture) {
            (Some(encoder), Texture::Gpu { .. }) => {
                if self.run.begin(Some(encoder)) {
                    self.fill(encoder, probe);
                }
            }
            _ => {
                self.run.begin(None);
                self.version = self.coming.take();
                if let Some(ranges) = &self.ranges {
                    let words = self.run.session.read(ranges.buf)?;
                    self.set_stats(&words);
                }
                self.upload();
            }
        }
        Ok(())
    }

    /// Whether the texture is that of `version`, or about to be.
    pub fn follows(&self, version: u64) -> bool {
        self.version == Some(version) || self.coming == Some(version)
    }

    /// Submits the next slice of a run that does not fit into a frame.
    pub fn advance(&mut self, gpu: &Gpu, probe: Option<&mut Probe>) {
        if self.run.advance() {
            gpu.submit(|encoder| self.fill(encoder, probe));
        }
    }

    /// Records what is left once the pixels are computed: they go into the texture, and their range is asked for.
    fn fill(&mut self, encoder: &mut wgpu::CommandEncoder, probe: Option<&mut Probe>) {
        self.version = self.coming.take();
        let session = &self.run.session;
        let (Texture::Gpu { texture, .. }, Some(pixels)) =
            (&self.texture, session.buffer(self.pixels.tensor.buf))
        else {
            return;
        };
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: &pixels.buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: pixels.offset,
                    bytes_per_row: Some(self.pixels.pitch as u32 * 4),
                    rows_per_image: None,
                },
            },
            texture.as_image_copy(),
            texture.size(),
        );
        let ends = self.ranges.as_ref().and_then(|ranges| Some((session.buffer(ranges.buf)?, ranges.len())));
        if let (Some((buffer, len)), Some(probe)) = (ends, probe) {
            self.ticket = Some(probe.read(encoder, &buffer.buffer, buffer.offset, len));
        }
    }

    /// Puts the reference's pixels into egui's texture.
    fn upload(&mut self) {
        let Screen::Cpu(ctx) = &self.screen else { return };
        let Ok(pixels) = self.run.session.words(self.pixels.tensor.buf) else { return };
        let rows = pixels.chunks(self.pixels.pitch).take(self.pixels.height);
        let rgba: Vec<u8> =
            rows.flat_map(|row| &row[..self.pixels.width]).flat_map(|p| p.to_le_bytes()).collect();
        let image = egui::ColorImage::from_rgba_premultiplied([self.pixels.width, self.pixels.height], &rgba);
        let options = egui::TextureOptions {
            magnification: egui::TextureFilter::Nearest,
            minification: egui::TextureFilter::Linear,
            ..Default::default()
        };
        self.texture = Texture::Cpu(Some(ctx.load_texture("maps", image, options)));
    }

    /// Takes in a readback if it is this display's.
    pub fn deliver(&mut self, ticket: u64, words: &[u32]) {
        if self.ticket == Some(ticket) {
            self.ticket = None;
            self.set_stats(&DType::F32.numbers(words));
        }
    }

    fn set_stats(&mut self, values: &[f32]) {
        let one = |v: &[f32]| Stats { lo: v[0], hi: v[1], non_finite: v[2], mean: v[3], whole: (v[0], v[1]) };
        self.stats = values.chunks_exact(4).map(one).collect();
        if self.trims
            && let [trimmed, whole] = &mut self.stats[..]
        {
            trimmed.whole = whole.whole;
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let (Texture::Gpu { id, .. }, Screen::Gpu(renderer)) = (&self.texture, &self.screen)
            // Held only while a frame is painted, and displays are dropped before that.
            && let Ok(mut renderer) = renderer.try_borrow_mut()
        {
            renderer.free_texture(id);
        }
    }
}

/// Records the colouring and, unless the range is `shared`, that; returns the packed pixels, and the ends of the
/// colours where they follow from numbers.
pub(super) fn record(
    plan: &mut Plan,
    x: &Tensor,
    shared: Option<Ends>,
    request: &Request,
) -> Result<(Pixels, Option<Ends>), OpError> {
    let [maps, h, w] = request.maps;
    let [high, wide] = request.pixels();
    let drawn = if request.minified > 1 {
        let planes = x.len() / (h * w);
        let means = Pool { ceil: true, ..Pool::new([request.minified; 2]) };
        avg_pool(plan, &x.view(&[1, planes, h, w]), &means, false)?
    } else {
        x.clone()
    };
    if request.look == Look::Rgb {
        let view = Planes::planar(&[3, high, wide]);
        return Ok((rgb(plan, &drawn, &view, [1.0; 3], [0.0; 3])?, None));
    }
    let [first, count] = request.shown;
    let view = Planes::planar(&[maps, h, w]).maps(first, count);
    let lut = plan.constant("colours", &[256], request.look.lut());
    let fixed = |plan: &mut Plan, lo, hi| (plan.constant("range", &[4], vec![lo, hi, 0.0, 0.0]), None);
    let (scale, ends) = match (request.look, &request.range, shared) {
        // Zeros and ones have their two colours whatever the range mode.
        (Look::Mask, ..) => fixed(plan, 0.0, 1.0),
        (_, Range::Fixed(lo, hi), _) => fixed(plan, *lo, *hi),
        (_, _, Some(ends)) => (ends.scale.clone(), Some(ends)),
        // A map each: what lies far out in one is not looked for.
        (_, Range::Own, _) if maps > 1 => {
            let ranges = range(plan, x, &view, true)?;
            (ranges.clone(), Some(Ends { scale: ranges.clone(), told: ranges, trimmed: false }))
        }
        _ => {
            let ends = Ends::record(plan, &x.view(&[maps, h, w]), request.trims)?;
            (ends.scale.clone(), Some(ends))
        }
    };
    let heatmap = Heatmap {
        columns: request.columns(),
        gap: GAP,
        symmetric: request.look.is_symmetric(),
        nan: NAN,
        infinite: INFINITE,
        background: 0,
    };
    let view = Planes::planar(&[maps, high, wide]).maps(first, count);
    Ok((colormap(plan, &drawn, &view, &scale, &lut, &heatmap)?, ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atlas_holds_all_maps_or_those_around_the_one_that_is_drawn() {
        let shown = |shape: &[usize], index, look| {
            let tensor = Plan::new().temporary("x", shape, DType::F32);
            Request::of(&tensor, look, Range::Own).around(index).shown
        };
        assert_eq!(shown(&[64, 112, 112], 63, Look::Diverging), [0, 64]);
        // 31 maps of 257 by 257 pixels with their gaps.
        assert_eq!(shown(&[96, 256, 256], 30, Look::Diverging), [0, 31]);
        assert_eq!(shown(&[96, 256, 256], 31, Look::Diverging), [31, 31]);
        assert_eq!(shown(&[96, 256, 256], 95, Look::Diverging), [93, 3]);
        // A map that is larger than an atlas has one to itself.
        assert_eq!(shown(&[2, 2000, 2000], 1, Look::Diverging), [1, 1]);
        assert_eq!(shown(&[3, 2000, 2000], 0, Look::Rgb), [0, 1]);
    }
}
