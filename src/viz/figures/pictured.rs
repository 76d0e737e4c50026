//! A convolution of a picture: input and output as pictures, and between them one cell worked out, at the
//! place where the window stands or that is pointed at.

use egui::{Color32, Rect, Ui};

use super::fit::Cell;
use super::lens::{Lens, lens};
use super::strokes;
use super::window::Walk;
use crate::gpu::Tensor;
use crate::ops::conv::Conv2d;
use crate::viz::{Look, MapResponse, MapStyle, View, theme, words};

/// Least side in points of the frame of what is looked at.
const FRAME: f32 = 7.0;

/// A convolution of a picture of one or three channels.
pub struct Pictured<'a> {
    /// The input, `[1, channels, h, w]`.
    pub x: &'a Tensor,
    /// The filter of one channel, row by row, as it multiplies the mean of the channels, or each of them.
    pub w: &'a [f32],
    /// The output.
    pub y: &'a Tensor,
    /// The settings.
    pub p: &'a Conv2d,
    /// How the input is drawn.
    pub input: MapStyle<'a>,
    /// How the output is drawn.
    pub output: MapStyle<'a>,
}

/// What was drawn and done.
pub struct Pictures {
    /// The input.
    pub input: MapResponse,
    /// The output.
    pub output: MapResponse,
    /// The output that is worked out.
    pub at: usize,
    /// The output that was clicked, to which the window goes.
    pub clicked: Option<usize>,
}

/// Colour of a place of a tensor, as its picture has it.
fn color(values: &[f32], plane: usize, at: usize, look: Look, range: Option<(f32, f32)>) -> Color32 {
    match look {
        Look::Rgb => {
            let byte = |i: usize| (values.get(i * plane + at).copied().unwrap_or(0.0) * 255.0).round() as u8;
            Color32::from_rgb(byte(0), byte(1), byte(2))
        }
        look => look.color(values.get(at).copied().unwrap_or(f32::NAN), range.unwrap_or((0.0, 1.0))),
    }
}

impl Pictured<'_> {
    /// The output whose window lies around a place of the input.
    fn around(&self, [row, column]: [usize; 2]) -> usize {
        let p = self.p;
        let on = |at: usize, pad: u32, size: u32, stride: u32, outputs: u32| {
            (at as u32 + pad).saturating_sub(size / 2).div_euclid(stride).min(outputs - 1) as usize
        };
        on(row, p.pad[0], p.r, p.stride[0], p.oh) * p.ow as usize
            + on(column, p.pad[1], p.s, p.stride[1], p.ow)
    }
}

/// What a window finds outside of the picture, and what is said of it.
pub struct Outside<'a> {
    /// What it takes the cell in this row and column for: see [`Lens::values`].
    pub value: &'a dyn Fn([i32; 2]) -> f32,
    /// Said above the window of this output.
    pub says: &'a dyn Fn(usize) -> String,
}

/// Draws input, lens and output into three cells; no lens where that cell has no size, as beside other columns of
/// which one is worked out. Outside of the picture are zeros.
pub fn pictured(
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: [&Cell; 3],
    of: &Pictured<'_>,
    walk: &Walk,
) -> Pictures {
    let says = match (of.x.shape[1], of.x.shape[1] == 3 && of.output.look == Look::Rgb) {
        _ if of.w.is_empty() => "window",
        (1, _) => "pixels",
        (_, true) => "pixels, green",
        _ => "pixels, brightness",
    };
    pictured_in(ui, view, cells, of, walk, &Outside { value: &|_| 0.0, says: &|_| says.to_owned() })
}

/// The same where something else is outside.
pub fn pictured_in(
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: [&Cell; 3],
    of: &Pictured<'_>,
    walk: &Walk,
    outside: &Outside<'_>,
) -> Pictures {
    let [from, middle, to] = cells;
    let p = of.p;
    let input = view.panel(ui, from, of.x, 0, &of.input);
    let output = view.panel(ui, to, of.y, 0, &of.output);
    let (oh, ow) = (p.oh as usize, p.ow as usize);
    let pointed = output.hovered.map(|[row, column]| row * ow + column);
    let at = pointed.or(input.hovered.map(|at| of.around(at))).unwrap_or(walk.at()).min(oh * ow - 1);
    let clicked = pointed.filter(|_| output.response.clicked());
    let [row, column] = [at / ow, at % ow];
    let start = |o: usize, stride: u32, pad: u32| (o * stride as usize) as i32 - pad as i32;
    let first = [start(row, p.stride[0], p.pad[0]), start(column, p.stride[1], p.pad[1])];
    let reach = [p.r, p.s].map(|k| (p.dilation[0] * (k - 1) + 1) as f32);
    let least = |rect: Rect| Rect::from_center_size(rect.center(), rect.size().max(egui::Vec2::splat(FRAME)));
    let window = least(input.cells(first[0] as f32, first[1] as f32, reach[0], reach[1]));
    let spot = least(output.cells(row as f32, column as f32, 1.0, 1.0));
    let lensed = middle.rect.is_positive();
    if lensed {
        words::panel_name(ui, middle.name, "One cell", &format!("{} × {}", p.r, p.s));
    }
    if lensed && let (Some(x), Some(y)) = (view.values(of.x), view.values(of.y)) {
        let [h, w] = [p.h as usize, p.w as usize];
        let channels = of.x.shape[1];
        // A filter that works on each channel alone shows what it does to the green one.
        let alone = channels == 3 && of.output.look == Look::Rgb;
        let value = |i: usize| match alone {
            true => x[h * w + i],
            false => (0..channels).map(|c| x[c * h * w + i]).sum::<f32>() / channels as f32,
        };
        let read = |tap: usize| {
            let [i, j] = [tap / p.s as usize, tap % p.s as usize];
            [first[0] + (i * p.dilation[0] as usize) as i32, first[1] + (j * p.dilation[1] as usize) as i32]
        };
        let place = |tap: usize| {
            let [row, column] = read(tap).map(usize::try_from);
            let (row, column) = (row.ok()?, column.ok()?);
            (row < h && column < w).then_some(row * w + column)
        };
        let taps = 0..(p.r * p.s) as usize;
        let places: Vec<_> = taps.clone().map(place).collect();
        let found = |tap: usize| places[tap].map_or_else(|| (outside.value)(read(tap)), value);
        let values: Vec<f32> = taps.map(found).collect();
        let says = (outside.says)(at);
        let raised = theme::of(ui).raised;
        let dark = ui.visuals().dark_mode;
        let [shown, written, signed] =
            [of.input.look, of.output.look, Look::Diverging].map(|look| look.on(dark));
        let ink = |i: &Option<usize>| i.map_or(raised, |i| color(&x, h * w, i, shown, input.range));
        let most = of.w.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
        let made = Lens {
            columns: p.s as usize,
            values: &values,
            weights: of.w,
            value_colors: &places.iter().map(ink).collect::<Vec<_>>(),
            weight_colors: &of.w.iter().map(|w| signed.color(*w, (-most, most))).collect::<Vec<_>>(),
            padded: &places.iter().map(Option::is_none).collect::<Vec<_>>(),
            bias: 0.0,
            result: y.get(at + if alone { oh * ow } else { 0 }).copied().unwrap_or(f32::NAN),
            result_color: color(&y, oh * ow, at, written, output.range),
            of: &says,
            by: "× filter, summed",
            products: true,
        };
        let (parts, _) = lens(ui, middle.rect, &made);
        let ink = theme::of(ui).focus;
        // In one column they would run over all of the pictures.
        if middle.rect.left() >= from.rect.right() {
            strokes::link(ui.painter(), from.rect, window, parts.values, ink);
            strokes::link(ui.painter(), to.rect, spot, parts.result, ink);
        }
    }
    // Framed where it stands, also where it reaches past the picture, into the padding.
    let ink = theme::of(ui).focus;
    strokes::focus(ui.painter(), window, ink);
    strokes::focus(ui.painter(), spot, ink);
    Pictures { input, output, at, clicked }
}
