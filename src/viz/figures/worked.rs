//! A convolution at work, in numbers: the input with its window, the window's products and their sum, the
//! output that fills in. Pointing links them: an output to its window, an input to all outputs that read it,
//! a weight to all inputs that it multiplies.

use egui::{Color32, Ui};

use super::fit::Cell;
use super::grid::{Grid, GridEvent, grid};
use super::lens::{Lens, LensEvent, lens};
use super::strokes;
use super::window::Walk;
use crate::gpu::Tensor;
use crate::ops::conv::Conv2d;
use crate::viz::{Look, View, theme, words};

/// A convolution of one channel, and its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Worked<'a> {
    /// The input, row by row.
    pub x: &'a [f32],
    /// Its rows and columns.
    pub size: [usize; 2],
    /// The filter, row by row.
    pub w: &'a [f32],
    /// Its rows and columns.
    pub kernel: [usize; 2],
    /// Zeros before and behind, alike on both axes.
    pub pad: [usize; 2],
    /// Step of the window, down and across.
    pub stride: [usize; 2],
    /// Distance of the cells that the window reads.
    pub dilation: usize,
    /// The output as the kernel computed it, row by row.
    pub y: &'a [f32],
    /// Its rows and columns.
    pub output: [usize; 2],
    /// Colours of input and output.
    pub looks: [Look; 2],
    /// What the ends of the output's colours stand for, where it is compared; else its own ends.
    pub range: Option<(f32, f32)>,
    /// Weight that is lit where none is pointed at.
    pub weight: Option<usize>,
    /// Whether the filter is that of this output alone, where each place has its own.
    pub untied: Option<usize>,
}

/// What was done with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WorkedEvent {
    /// The window was put on this output.
    Moved(usize),
    /// An input was changed to this number.
    Changed(usize, f32),
    /// This input is pointed at.
    Input(usize),
    /// This output is pointed at.
    Output(usize),
}

impl WorkedEvent {
    /// Puts the window where it was put and explains what is pointed at; gives the input that was changed, and
    /// its number.
    pub fn follow(self, view: &mut View<'_>, [x, y]: [&Tensor; 2], walk: &mut Walk) -> Option<(usize, f32)> {
        match self {
            Self::Changed(i, number) => return Some((i, number)),
            Self::Moved(at) => walk.scrub(at),
            Self::Input(i) => view.point(x, i),
            Self::Output(i) => view.point(y, i),
        }
        None
    }
}

/// What is lit because it was pointed at in the frame before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lit {
    input: Option<usize>,
    output: Option<usize>,
    weight: Option<usize>,
}

impl<'a> Worked<'a> {
    /// A convolution with its numbers, its output's colours reaching from its least to its largest.
    pub fn of(p: &Conv2d, [x, w, y]: [&'a [f32]; 3], looks: [Look; 2]) -> Self {
        Self {
            x,
            size: [p.h, p.w].map(|v| v as usize),
            w,
            kernel: [p.r, p.s].map(|v| v as usize),
            pad: [p.pad[0], p.pad[2]].map(|v| v as usize),
            stride: p.stride.map(|v| v as usize),
            dilation: p.dilation[0] as usize,
            y,
            output: [p.oh, p.ow].map(|v| v as usize),
            looks,
            range: None,
            weight: None,
            untied: None,
        }
    }

    /// The input that tap `(i, j)` of output `at` reads: row and column, negative or past the end in the
    /// padding.
    fn reads(&self, at: usize, [i, j]: [usize; 2]) -> [i32; 2] {
        let [row, column] = self.place(at);
        let read = |o: usize, stride: usize, tap: usize| {
            (o * stride + tap * self.dilation) as i32 - self.pad[0] as i32
        };
        [read(row, self.stride[0], i), read(column, self.stride[1], j)]
    }

    /// Row and column of an output.
    fn place(&self, at: usize) -> [usize; 2] {
        [at / self.output[1].max(1), at % self.output[1].max(1)]
    }

    /// The place of a row and a column of the input, if it is no padding.
    fn inside(&self, [row, column]: [i32; 2]) -> Option<usize> {
        let [row, column] = [usize::try_from(row).ok()?, usize::try_from(column).ok()?];
        (row < self.size[0] && column < self.size[1]).then_some(row * self.size[1] + column)
    }

    /// Row and column of each tap, row by row.
    fn taps(&self) -> impl Iterator<Item = [usize; 2]> {
        let [rows, columns] = self.kernel;
        (0..rows * columns).map(move |t| [t / columns.max(1), t % columns.max(1)])
    }

    /// Outputs that read an input.
    pub fn readers(&self, input: usize) -> Vec<usize> {
        let read = |&at: &usize| self.taps().any(|tap| self.inside(self.reads(at, tap)) == Some(input));
        (0..self.y.len()).filter(read).collect()
    }

    /// Inputs that a weight multiplies.
    pub fn multiplied(&self, weight: usize) -> Vec<usize> {
        let tap = [weight / self.kernel[1].max(1), weight % self.kernel[1].max(1)];
        let mut found: Vec<usize> = (0..self.y.len())
            .filter(|at| self.untied.is_none_or(|own| own == *at))
            .filter_map(|at| self.inside(self.reads(at, tap)))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Inputs that nothing reads.
    pub fn unread(&self) -> Vec<usize> {
        let mut read = vec![false; self.x.len()];
        for at in 0..self.y.len() {
            self.taps().filter_map(|tap| self.inside(self.reads(at, tap))).for_each(|i| read[i] = true);
        }
        (0..read.len()).filter(|&i| !read[i]).collect()
    }
}

/// Colours of numbers on their own range.
pub fn colors(ui: &Ui, look: Look, numbers: &[f32]) -> Vec<Color32> {
    let look = look.on(ui.visuals().dark_mode);
    let finite = || numbers.iter().copied().filter(|v| v.is_finite());
    let range = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    numbers.iter().map(|&v| look.color(v, range)).collect()
}

/// Draws input, lens and output into three cells; a lens and names without room are left out. `walk` stands
/// on the output that is worked out. Outputs that it has not come to are faint where `filling`; inputs can be
/// changed where `editable`.
pub fn worked(
    ui: &mut Ui,
    cells: [&Cell; 3],
    of: &Worked<'_>,
    walk: &Walk,
    filling: bool,
    editable: bool,
) -> Option<WorkedEvent> {
    let key = ui.scope_id().with("worked");
    let before: Lit = ui.data(|d| d.get_temp(key)).unwrap_or_default();
    let mut lit = Lit::default();
    let last = of.y.len().saturating_sub(1);
    let at = before.output.unwrap_or(walk.at()).min(last);
    let [input, middle, output] = cells;
    let size = |[h, w]: [usize; 2]| format!("{h} × {w}");
    let named = match of.pad {
        [0, 0] => size(of.size),
        [before, behind] if before == behind => format!("{}, padding {before}", size(of.size)),
        [before, behind] => format!("{}, padding {before} and {behind}", size(of.size)),
    };
    let names =
        [(input, "Input", named), (middle, "One cell", size(of.kernel)), (output, "Output", size(of.output))];
    for (cell, name, shape) in names.iter().filter(|(cell, ..)| cell.name.is_positive()) {
        words::panel_name(ui, cell.name, name, shape);
    }

    let span = |k: usize| (of.dilation * (k.max(1) - 1) + 1) as i32;
    let (first, reach) = (of.reads(at, [0, 0]), of.kernel.map(span));
    let x_colors = colors(ui, of.looks[0], of.x);
    let (multiplied, unread) =
        (before.weight.or(of.weight).map(|w| of.multiplied(w)).unwrap_or_default(), of.unread());
    let x_grid = Grid {
        editable,
        padding: of.pad[0],
        behind: of.pad[1],
        window: Some([first[0], first[1], reach[0], reach[1]]),
        outlined: &multiplied,
        unread: &unread,
        ..Grid::new("Input", of.size[1], &x_colors)
    };
    let mut event = None;
    let mut numbers = of.x.to_vec();
    match grid(ui, input.rect, &mut numbers, &x_grid) {
        Some(GridEvent::Changed(i)) => event = Some(WorkedEvent::Changed(i, numbers[i])),
        Some(GridEvent::Hovered(i) | GridEvent::Clicked(i)) => {
            lit.input = Some(i);
            event = Some(WorkedEvent::Input(i));
        }
        None => {}
    }

    let y_true = match of.range {
        Some(range) => {
            let look = of.looks[1].on(ui.visuals().dark_mode);
            of.y.iter().map(|&v| look.color(v, range)).collect()
        }
        None => colors(ui, of.looks[1], of.y),
    };
    let mut y_colors = y_true.clone();
    if filling {
        let ground = theme::of(ui).ground;
        y_colors.iter_mut().skip(walk.at() + 1).for_each(|c| *c = ground.lerp_to_gamma(*c, 0.16));
    }
    let readers = before.input.map(|i| of.readers(i)).unwrap_or_default();
    let [row, column] = of.place(at).map(|v| v as i32);
    let y_grid = Grid {
        window: Some([row, column, 1, 1]),
        outlined: &readers,
        ..Grid::new("Output", of.output[1], &y_colors)
    };
    match grid(ui, output.rect, &mut of.y.to_vec(), &y_grid) {
        Some(GridEvent::Clicked(i)) => event = Some(WorkedEvent::Moved(i)),
        Some(GridEvent::Hovered(i)) => {
            lit.output = Some(i);
            event = Some(WorkedEvent::Output(i));
        }
        _ => {}
    }

    if middle.rect.is_positive() {
        let places: Vec<Option<usize>> = of.taps().map(|tap| of.inside(of.reads(at, tap))).collect();
        let values: Vec<f32> = places.iter().map(|p| p.map_or(0.0, |i| of.x[i])).collect();
        let raised = theme::of(ui).raised;
        let (parts, pointed) = lens(
            ui,
            middle.rect,
            &Lens {
                columns: of.kernel[1],
                values: &values,
                weights: of.w,
                value_colors: &places.iter().map(|p| p.map_or(raised, |i| x_colors[i])).collect::<Vec<_>>(),
                weight_colors: &colors(ui, Look::Diverging, of.w),
                padded: &places.iter().map(Option::is_none).collect::<Vec<_>>(),
                bias: 0.0,
                result: of.y.get(at).copied().unwrap_or(f32::NAN),
                result_color: y_true.get(at).copied().unwrap_or(raised),
                of: "window",
                by: "× filter, summed",
                products: true,
            },
        );
        if let Some(LensEvent::Weight(weight)) = pointed {
            lit.weight = Some(weight);
        }
        let corner = |i: i32| {
            x_grid.cell(input.rect, of.x.len(), first[0] + i * (reach[0] - 1), first[1] + i * (reach[1] - 1))
        };
        // In one column they would run over all of the numbers.
        if middle.rect.left() >= input.rect.right() {
            let ink = theme::of(ui).focus;
            strokes::link(ui.painter(), input.rect, corner(0).union(corner(1)), parts.values, ink);
            let here = y_grid.cell(output.rect, of.y.len(), row, column);
            strokes::link(ui.painter(), output.rect, here, parts.result, ink);
        }
    }
    if lit != before {
        ui.data_mut(|d| d.insert_temp(key, lit));
        ui.ctx().request_repaint();
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_readers_and_weights_agree() {
        let (x, y) = ([0.0; 16], [0.0; 4]);
        let of = Worked {
            x: &x,
            size: [4, 4],
            w: &[0.0; 9],
            kernel: [3, 3],
            pad: [1, 1],
            stride: [2, 2],
            dilation: 1,
            y: &y,
            output: [2, 2],
            looks: [Look::Sequential, Look::Diverging],
            range: None,
            weight: None,
            untied: None,
        };
        assert_eq!(of.reads(3, [2, 2]), [3, 3]);
        assert_eq!(of.inside(of.reads(0, [0, 0])), None, "the corner is padding");
        assert_eq!(of.readers(5), [0, 1, 2, 3], "the cell in the middle is read by all");
        assert_eq!(of.readers(0), [0]);
        assert_eq!(of.multiplied(4), [0, 2, 8, 10], "the middle weight meets every second cell");
        assert_eq!(
            Worked { untied: Some(1), ..of }.multiplied(4),
            [2],
            "of one place, where each has its own"
        );
        assert!(of.unread().is_empty());
        let narrow = Worked { pad: [0, 0], kernel: [1, 1], w: &[1.0], ..of };
        assert_eq!(narrow.unread().len(), 12);
    }
}
