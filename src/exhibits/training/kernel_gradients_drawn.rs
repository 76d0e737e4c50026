//! A convolution of the trained CNN with its gradients drawn: input, kernel, gradient of the output; the gradient of the
//! kernel and that of the input, each by the backward kernel and by an ordinary convolution.

use egui::{Align2, Rect, Ui};

use super::kernel_gradients::{Apart, KernelGradients, Layer, PAD, WINDOW};
use super::propagated_graph::brief;
use crate::gpu::{BufId, Tensor};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::{page, strokes};
use crate::viz::{Look, MapResponse, MapStyle, Range, View, theme, words};

/// How many panels there are.
pub const PANELS: usize = 7;
/// Least side of a frame.
const FRAME: f32 = 6.0;
/// Least side of a cell in which a number is written.
const ROOM: f32 = 26.0;
/// Entry of the kernel that is worked out where none is pointed at.
const ENTRY: [usize; 2] = [0, 0];

/// What is drawn.
pub struct Convolution<'a> {
    /// What was recorded.
    pub of: &'a KernelGradients,
    /// Which convolution, from 0.
    pub layer: usize,
    /// Which of its kernels, from 0.
    pub filter: usize,
    /// Which map of its input, from 0; beyond the last the last one.
    pub channel: usize,
}

impl Convolution<'_> {
    fn layer(&self) -> &Layer {
        &self.of.layers[self.layer]
    }

    /// Draws it, and below it what one number is made of.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], foot: Rect) {
        let of = self.layer();
        let [channels, side] = [of.x.shape[1], of.x.shape[2]];
        let channel = self.channel.min(channels - 1);
        let kernel = self.filter * channels + channel;
        let shared =
            |pair: &[Tensor; 2]| Range::Shared(pair.iter().map(|t| t.buf).collect::<Vec<BufId>>().into());
        let own = |tensor: &Tensor| Range::Shared(vec![tensor.buf].into());
        let size = format!("{side} × {side}");
        let signed = if self.layer == 0 { Look::Brightness } else { Look::Sequential };
        let panels: [(&str, &str, &Tensor, usize, Look, Range); PANELS] = [
            ("Input x", &size, &of.x, channel, signed, own(&of.x)),
            ("w", "kernel", &of.w, kernel, Look::Diverging, own(&of.w)),
            ("dy", &size, &of.dy, self.filter, Look::Diverging, own(&of.dy)),
            ("dw", "backward", &of.dw[0], kernel, Look::Diverging, shared(&of.dw)),
            ("dw", "conv2d", &of.dw[1], kernel, Look::Diverging, shared(&of.dw)),
            ("dx", "backward", &of.dx[0], channel, Look::Diverging, shared(&of.dx)),
            ("dx", "full conv", &of.dx[1], channel, Look::Diverging, shared(&of.dx)),
        ];
        let mut drawn = Vec::new();
        for ((name, note, tensor, index, look, range), cell) in panels.into_iter().zip(cells) {
            let style = MapStyle::panel(name, note, look).range(range).unwritten();
            let map = view.panel(ui, cell, tensor, index, &style);
            if tensor.shape[3] == WINDOW
                && let Some(taps) = view.values(tensor)
            {
                write(ui, &map, taps.chunks(WINDOW * WINDOW).nth(index).unwrap_or_default());
            }
            drawn.push(map);
            if !cell.name.is_positive() {
                page::label(ui, cell, name, "", false);
            }
        }
        let [x, w, dy, dw, again, dx, whole] = &drawn[..] else { return };
        let of_input = dx.hovered.or(whole.hovered);
        let entry = dw.hovered.or(again.hovered).or(w.hovered).unwrap_or(ENTRY);
        let frame = |map: &MapResponse, [row, column]: [f32; 2], [rows, columns]: [usize; 2]| {
            let own = map.cells(row, column, rows as f32, columns as f32).intersect(map.rect);
            let own = Rect::from_center_size(own.center(), own.size().max(egui::Vec2::splat(FRAME)));
            strokes::focus(ui.painter(), own, theme::of(ui).focus);
        };
        let values = [&of.dw[0], &of.dx[0]].map(|tensor| view.values(tensor));
        let number = |which: usize, at: usize| {
            let value = values[which].as_ref().and_then(|all| all.get(at).copied());
            value.map_or_else(String::new, |v| format!(" = {}", words::short(v.into())))
        };
        let text = if let Some([row, column]) = of_input {
            let at = [row as f32, column as f32];
            for map in [dx, whole] {
                frame(map, at, [1, 1]);
            }
            frame(dy, at.map(|v| v - PAD as f32), [WINDOW; 2]);
            frame(w, [0.0; 2], [WINDOW; 2]);
            format!(
                "dx({}, {}) = Σ dy · flipped w over {WINDOW}·{WINDOW} places of {} maps{}",
                row + 1,
                column + 1,
                of.dy.shape[1],
                number(1, (channel * side + row) * side + column)
            )
        } else {
            let at = entry.map(|v| v as f32);
            for map in [dw, again, w] {
                frame(map, at, [1, 1]);
            }
            frame(x, at.map(|v| v - PAD as f32), [side; 2]);
            frame(dy, [0.0; 2], [side; 2]);
            let [row, column] = entry;
            let products = entry.map(|v| side - v.abs_diff(PAD)).iter().product::<usize>();
            format!(
                "dw({}, {}) = Σ x · dy over {products} places{}",
                row + 1,
                column + 1,
                number(0, (kernel * WINDOW + row) * WINDOW + column)
            )
        };
        let apart = self.of.apart(view, self.layer).map_or_else(String::new, |apart| told(&apart));
        let both = format!("{text}.{apart}");
        let fits = words::width(ui, &both, theme::control()) <= foot.width();
        words::write(
            ui,
            foot,
            Align2::LEFT_CENTER,
            if fits { &both } else { &text },
            theme::control(),
            theme::of(ui).dim,
        );
    }
}

/// Writes the numbers of a kernel into its cells, where they have room.
fn write(ui: &Ui, map: &MapResponse, taps: &[f32]) {
    let Some(range) = map.range.filter(|_| map.cell.min_elem() >= ROOM) else { return };
    let look = Look::Diverging.on(ui.visuals().dark_mode);
    for (at, value) in taps.iter().enumerate() {
        let own = map.cells((at / WINDOW) as f32, (at % WINDOW) as f32, 1.0, 1.0);
        let ink = theme::ink_on(look.color(*value, range));
        let exact = brief(*value);
        let fits = words::width(ui, &exact, theme::small()) <= own.width() - 2.0;
        let text = if fits { exact } else { words::weight((*value).into()) };
        words::put(ui, own.center(), Align2::CENTER_CENTER, &text, theme::small(), ink);
    }
}

fn told(apart: &Apart) -> String {
    let [dw, dx] = apart.by.map(words::short);
    let [of_dw, of_dx] = apart.of.map(words::short);
    format!(" Both ways differ by {dw} at most in all dw, which reach {of_dw}, and by {dx} in dx ({of_dx})")
}
