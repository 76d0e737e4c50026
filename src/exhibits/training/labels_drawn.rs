//! The page on the two cross-entropies drawn: labels and gradient of each side by side, one sample worked out, the loss
//! of every sample both ways, and what the labels take.

use std::rc::Rc;

use egui::{Align2, Color32, Rect, Ui, vec2};

use super::labels::{Batch, Labels, Numbers};
use crate::choices;
use crate::gpu::{BufId, Tensor};
use crate::viz::facts::grouped;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::columns::{Columns, ColumnsEvent, Series, columns};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::grid::{Grid, GridEvent, grid};
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::ranking::{Ranked, ranking};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View, theme};

/// Least width in points in which a cell of a map is seen, and of the frame of one.
const SEEN: f32 = 3.0;
const FRAME: f32 = 7.0;
/// Most samples that are numbered below their columns.
const NUMBERED: usize = 16;
/// Least and greatest height of a line of the worked sample.
const LINE: [f32; 2] = [14.0, 22.0];
/// A finite difference that is off by so much is rounding.
const FINITE: f64 = 5e-3;

choices! {
    /// In which form the labels are given.
    pub enum Format {
        /// One number a class: categorical cross-entropy.
        Vectors = "vectors",
        /// One index a sample: sparse categorical cross-entropy.
        Indices = "indices",
    }
}

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Batch,
    /// The form that is looked at.
    pub format: Format,
}

/// Names of both losses.
const NAMES: [&str; 2] = ["Categorical", "Sparse"];

impl Drawn<'_> {
    /// Whether the form that is looked at cannot say what the labels say.
    pub fn loses(&self) -> bool {
        self.of.soft && self.format == Format::Indices
    }

    /// Draws all of it into the cells of the page; gives the cell that was clicked. `grid`: logits that can be changed.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        [hero, below, measured]: [&[Cell]; 3],
        grid: Option<&mut [f32]>,
    ) -> Option<usize> {
        let numbers = Numbers::of(self.of, view)?;
        let gradients: Rc<[BufId]> = self.of.sides.iter().map(|side| side.gradient.buf).collect();
        let shared = Range::Shared(gradients);
        let k = self.of.asked.sizes[1];
        let vectors = if self.of.soft { "soft rows" } else { "one-hot rows" };
        let mut clicked = None;
        let titles = ["Labels as vectors", "Gradient", "Gradient, sparse"];
        let marked = if self.of.soft { "of the argmax" } else { "p − y" };
        self.captions(ui, hero, &numbers);
        let maps = [
            (titles[0], vectors, &self.of.labels[0], Look::Sequential, Range::Fixed(0.0, 1.0), &hero[0]),
            (titles[1], "p − y", &self.of.sides[0].gradient, Look::Diverging, shared.clone(), &hero[1]),
            (titles[2], marked, &self.of.sides[1].gradient, Look::Diverging, shared, &hero[3]),
        ];
        for (title, shape, tensor, look, range, cell) in maps {
            let style = MapStyle::panel(title, shape, look).range(range).stretched().to_choose();
            clicked = self.map(ui, view, cell, tensor, &style).1.or(clicked);
        }
        let shape = format!("{} × {k}", self.of.asked.sizes[0]);
        let style = MapStyle::panel("Logits", &shape, Look::Diverging).stretched().to_choose();
        let (logits, chosen) = self.map(ui, view, &below[0], &self.of.x, &style);
        if let Some(grid) = grid {
            logits.edit(grid, k);
        }
        clicked = chosen.or(clicked);
        clicked = self.indices(ui, &hero[2]).map(|sample| sample * k + self.of.asked.cell % k).or(clicked);
        self.worked(ui, &below[1], &numbers);
        let sample = self.losses(ui, &below[2], &numbers);
        clicked = sample.map(|sample| sample * k + self.of.asked.cell % k).or(clicked);
        self.bytes(ui, &below[3]);
        self.measured(ui, measured, &numbers);
        clicked
    }

    /// What stands below labels and gradients.
    fn captions(&self, ui: &Ui, cells: &[Cell], numbers: &Numbers) {
        let c = theme::of(ui);
        let [a, b] = numbers.sides.each_ref().map(|side| words::short(side.mean));
        let bytes = self.of.asked.bytes().map(words::bytes);
        let (sparse, ink) = match self.of.soft {
            true => ("one index, no second class".to_owned(), c.broken),
            false => (format!("mean loss {b}"), c.b),
        };
        let lines = [
            (bytes[0].clone(), c.blue),
            (format!("mean loss {a}"), c.blue),
            (bytes[1].clone(), if self.of.soft { c.broken } else { c.b }),
            (sparse, ink),
        ];
        for ((text, ink), cell) in lines.iter().zip(cells) {
            words::write(ui, cell.caption, Align2::LEFT_CENTER, text, theme::control(), *ink);
        }
    }

    /// A map of samples by classes, with the cell that is looked at; gives the cell that was clicked.
    fn map(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        tensor: &Tensor,
        style: &MapStyle<'_>,
    ) -> (crate::viz::MapResponse, Option<usize>) {
        let k = self.of.asked.sizes[1];
        let drawn = view.panel(ui, cell, tensor, 0, style);
        // Of many classes, one in a row is narrower than a point.
        if drawn.cell.x < SEEN
            && let (Some(values), Some(ends)) = (view.values(tensor), drawn.range)
        {
            let look = style.look.on(ui.visuals().dark_mode);
            for (sample, class) in self.of.classes.iter().enumerate() {
                let own = drawn.cells(sample as f32, *class as f32, 1.0, 1.0);
                let own = Rect::from_center_size(own.center(), own.size().max(vec2(SEEN, 0.0)));
                let color = values.get(sample * k + class).map_or(theme::NAN, |v| look.color(*v, ends));
                ui.painter_at(drawn.rect).rect_filled(own, 0.0, color);
            }
        }
        let (row, column) = (self.of.asked.cell / k, self.of.asked.cell % k);
        let own = drawn.cells(row as f32, column as f32, 1.0, 1.0);
        let own = Rect::from_center_size(own.center(), own.size().max(vec2(FRAME, FRAME)));
        strokes::focus(&ui.painter_at(drawn.rect.expand(2.0)), own, theme::of(ui).focus);
        let clicked = drawn.hovered.filter(|_| drawn.response.clicked());
        (drawn, clicked.map(|[row, column]| row * k + column))
    }

    /// The labels as indices; gives the sample that was clicked.
    fn indices(&self, ui: &mut Ui, cell: &Cell) -> Option<usize> {
        let c = theme::of(ui);
        words::panel_name(ui, cell.name, "Indices", "");
        let [n, k] = self.of.asked.sizes;
        let mut numbers: Vec<f32> = self.of.classes.iter().map(|class| *class as f32).collect();
        let colors = vec![if self.of.soft { c.broken_fill } else { c.raised }; n];
        let window = Some([(self.of.asked.cell / k) as i32, 0, 1, 1]);
        let write = |v: f64| format!("{v:.0}");
        let of = Grid { window, write, ..Grid::new("Labels as indices", 1, &colors) };
        let pressed = ui.input(|input| input.pointer.primary_clicked());
        match grid(ui, cell.rect, &mut numbers, &of)? {
            GridEvent::Clicked(sample) => Some(sample),
            GridEvent::Hovered(sample) if pressed => Some(sample),
            _ => None,
        }
    }

    /// One sample worked out, line by line.
    fn worked(&self, ui: &mut Ui, cell: &Cell, numbers: &Numbers) {
        let c = theme::of(ui);
        let k = self.of.asked.sizes[1];
        let at = self.of.asked.cell;
        let (sample, class) = (at / k, at % k);
        let right = self.of.classes[sample];
        words::panel_name(ui, cell.name, "Sample", &format!("{}, class {right} is right", sample + 1));
        let p = |class: usize| f64::from(numbers.shares[sample * k + class]);
        let targets = self.of.asked.targets();
        let t = |class: usize| f64::from(targets[sample * k + class]);
        let [a, b] = [0, 1].map(|i| f64::from(numbers.sides[i].losses[sample]));
        let short = words::short;
        let (a_ink, b_ink) = (c.blue, if self.of.soft { c.broken } else { c.b });
        let first = format!("p of class {right} = {}, −ln p = {}", short(p(right)), short(-p(right).ln()));
        let own = -t(right) * p(right).ln();
        let mut lines = vec![(first, c.dim)];
        if self.of.soft {
            lines.push((
                format!("right: {} · {:.3} = {}", short(t(right)), -p(right).ln(), short(own)),
                a_ink,
            ));
            lines.push((format!("other classes = {}", short(a - own)), a_ink));
            lines.push((format!("categorical: −Σ t · ln p = {}", short(a)), a_ink));
            lines.push((format!("sparse: −ln p of the argmax = {}", short(b)), b_ink));
        } else {
            lines.push((format!("categorical: −1 · ln p − Σ 0 = {}", short(a)), a_ink));
            lines.push((format!("sparse: −ln p[{right}] = {}", short(b)), b_ink));
        }
        let of = |i: usize| f64::from(numbers.sides[i].gradient[at]);
        lines.push((
            format!("class {class}: {} − {} = {}", short(p(class)), short(t(class)), short(of(0))),
            a_ink,
        ));
        lines.push((
            format!("by ±1/32: {}, sparse {}", short(numbers.sides[0].slope), short(numbers.sides[1].slope)),
            c.dim,
        ));
        let high = (cell.rect.height() / lines.len() as f32).clamp(LINE[0], LINE[1]);
        for (i, (text, ink)) in lines.iter().enumerate() {
            let top = cell.rect.top() + i as f32 * high;
            let line = cell.rect.with_min_y(top).with_max_y((top + high).min(cell.rect.bottom()));
            words::write(ui, line, Align2::LEFT_CENTER, text, theme::number(), *ink);
        }
    }

    /// Both losses of each sample; gives the sample that was clicked.
    fn losses(&self, ui: &mut Ui, cell: &Cell, numbers: &Numbers) -> Option<usize> {
        let c = theme::of(ui);
        let [n, k] = self.of.asked.sizes;
        words::panel_name(ui, cell.name, "Loss of each sample", "");
        let labels: Vec<String> =
            (1..=n).map(|i| if n <= NUMBERED { i.to_string() } else { String::new() }).collect();
        let series = [c.blue, c.b];
        let series: Vec<Series<'_>> = NAMES
            .into_iter()
            .zip(&numbers.sides)
            .zip(series)
            .map(|((name, side), ink)| Series { name, values: &side.losses, ink, wanted: &[], was: &[] })
            .collect();
        let all = numbers.sides.iter().flat_map(|side| side.losses.iter()).filter(|v| v.is_finite());
        let most = all.fold(0.1_f32, |most, v| most.max(*v));
        let range = Axis::linear(0.0, most);
        let focus = Some(self.of.asked.cell / k);
        let name = "Losses";
        let write = words::cell;
        let of = Columns { name, labels: &labels, series: &series, range, focus, drags: false, write };
        match columns(ui, cell.rect, &of)? {
            ColumnsEvent::Clicked(sample) => Some(sample),
            ColumnsEvent::Hovered(_) | ColumnsEvent::Dragged(..) => None,
        }
    }

    /// What the labels take.
    fn bytes(&self, ui: &mut Ui, cell: &Cell) {
        let c = theme::of(ui);
        words::panel_name(ui, cell.name, "Label bytes", "");
        let bytes = self.of.asked.bytes();
        let row = |i: usize, name: &str, ink: Color32| Ranked {
            name: name.to_owned(),
            value: bytes[i] as f32,
            text: grouped(bytes[i]),
            was: None,
            chosen: self.format as usize == i,
            focus: false,
            ink,
        };
        let rows = [row(0, "vectors", c.blue), row(1, "indices", c.b)];
        ranking(ui, cell.rect, "Label bytes", &rows, Axis::linear(0.0, bytes[0] as f32));
    }

    /// The measured row.
    fn measured(&self, ui: &mut Ui, cells: &[Cell], numbers: &Numbers) {
        let n = self.of.asked.sizes[0];
        let [a, b] = numbers.sides.each_ref().map(|side| side.mean);
        let [vectors, indices] = self.of.asked.bytes();
        let most = a.max(b).max(1e-9);
        let [loss, gradient] = numbers.differ;
        let voice = match (loss.max(gradient) == 0.0, self.loses()) {
            (true, _) => Voice::Good,
            (_, true) => Voice::Broken,
            _ => Voice::Plain,
        };
        let close = numbers.slopes_differ <= FINITE;
        let argmax = match self.of.asked.labels {
            _ if !self.of.soft => "index into the logits",
            Labels::Mixed => "the larger label alone",
            _ => "the argmax alone",
        };
        let sparse = amount(NAMES[1], words::short(b), b / most, argmax);
        let rows = [
            amount(NAMES[0], words::short(a), a / most, format!("mean of {n}, vectors")),
            (sparse.0, sparse.1, sparse.2, sparse.3, if self.loses() { Voice::Broken } else { Voice::B }),
            (
                "Gradients",
                words::short(gradient),
                0.0,
                format!("apart; a loss by {}", words::short(loss)),
                voice,
            ),
            (
                "By ±1/32",
                words::short(numbers.slopes_differ),
                0.0,
                "off the gradients".into(),
                if close { Voice::Good } else { Voice::Plain },
            ),
            amount(
                "Memory",
                words::ratio(vectors as f64, indices as f64),
                indices as f64 / vectors as f64,
                "of labels, as indices",
            ),
        ];
        figures(ui, cells, &rows);
    }
}
