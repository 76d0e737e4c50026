//! Layers of every window and padding on one input: their sizes as a plane, and the one that is chosen.

use egui::{Align2, Color32, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::exhibits::Problem;
use crate::exhibits::filters::{self, Filter};
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::conv::{Conv, ConvOptions, conv_transpose, conv2d};
use crate::ops::layout::{PadMode, pad};
use crate::viz::figures::fit::{Cell, edge};
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::strokes;
use crate::viz::figures::worked::Worked;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, View, theme};

/// Windows of the plane, 1 to this.
pub const SIZES: usize = 7;
/// Paddings of the plane, 0 to one less than this.
pub const PADS: usize = 5;
/// Room for the names of rows and of columns.
const NAMES: [f32; 2] = [46.0, 20.0];
/// Width of a cell that has room for its map beside its size.
const ROOMY: f32 = 76.0;

/// A window and a padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Side of the window.
    pub size: usize,
    /// Padding on each side.
    pub pad: usize,
}

/// What all layers of the plane share.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Step of the window.
    pub stride: usize,
    /// Whether cells of the input spread windows over the output.
    pub transposed: bool,
}

impl Way {
    /// Records a layer.
    ///
    /// # Errors
    /// If it makes no output.
    pub fn layer(self, plan: &mut Plan, x: &Tensor, w: &Tensor, pad: usize) -> Result<Tensor, OpError> {
        if self.transposed {
            let setting =
                ConvOptions { pad: vec![pad; 4], stride: vec![self.stride; 2], ..ConvOptions::new(2) };
            return conv_transpose(plan, x, w, None, &setting, &[0, 0]);
        }
        let conv = Conv { pad: [pad; 4], stride: [self.stride; 2], ..Conv::default() };
        conv2d(plan, x, w, None, &conv)
    }
}

/// What was recorded.
pub struct Shown {
    /// The input.
    pub x: Tensor,
    /// What the windows of the chosen layer slide over: the input, spread out where it is transposed.
    pub read: Tensor,
    /// The filter of the chosen layer.
    pub w: Tensor,
    /// What all layers share.
    pub way: Way,
    /// The chosen layer.
    pub chosen: Layer,
    /// Whether the input's numbers can be changed.
    pub editable: bool,
    /// Outputs by padding and window; none where no window fits.
    outputs: Vec<Option<Tensor>>,
    /// How much of the input each cell of the chosen output holds.
    held: Tensor,
    look: Look,
}

impl Shown {
    /// Records every layer of the plane.
    ///
    /// # Errors
    /// If the chosen one makes no output.
    pub fn record(
        plan: &mut Plan,
        x: &Tensor,
        filter: Filter,
        way: Way,
        chosen: Layer,
        editable: bool,
    ) -> Result<Self, Problem> {
        let weights: Vec<filters::Weights> =
            (1..=SIZES).map(|size| filters::weights(plan, filter, size, 1)).collect();
        let filters::Weights { w, look, .. } = &weights[chosen.size - 1];
        way.layer(plan, x, w, chosen.pad)?;
        let mut outputs = Vec::new();
        for pad in 0..PADS {
            for (i, filters::Weights { w, .. }) in weights.iter().enumerate() {
                let y = way.layer(plan, x, w, pad).ok();
                if let Some(y) = &y {
                    plan.name(y, &format!("window {}, padding {pad}", i + 1));
                }
                outputs.push(y);
            }
        }
        let ones = plan.constant("ones", &x.shape, vec![1.0; x.len()]);
        let taps = plan.constant("a window of ones", &w.shape, vec![1.0; w.len()]);
        let held = way.layer(plan, &ones, &taps, chosen.pad)?;
        let read = if way.transposed { spread(plan, x, way.stride, chosen)? } else { x.clone() };
        let (x, w, look) = (x.clone(), w.clone(), *look);
        Ok(Self { x, read, w, way, chosen, editable, outputs, held, look })
    }

    /// The output of a layer.
    fn of(&self, Layer { size, pad }: Layer) -> Option<&Tensor> {
        self.outputs[pad * SIZES + size - 1].as_ref()
    }

    /// The chosen output.
    pub fn y(&self) -> &Tensor {
        self.of(self.chosen).unwrap_or(&self.held)
    }

    /// Zeros around what the windows slide over.
    fn zeros(&self) -> usize {
        let Layer { size, pad } = self.chosen;
        if self.way.transposed { (size - 1).saturating_sub(pad) } else { pad }
    }

    /// Side of what the windows slide over, with its zeros.
    pub fn around(&self) -> usize {
        self.read.shape[2] + 2 * self.zeros()
    }

    /// The chosen layer with its numbers. A transposed one is a layer of stride 1 over the input that was spread
    /// out, its filter turned round.
    pub fn worked<'a>(&self, [x, w, y]: [&'a [f32]; 3]) -> Worked<'a> {
        let stride = if self.way.transposed { 1 } else { self.way.stride };
        Worked {
            x,
            size: [self.read.shape[2]; 2],
            w,
            kernel: [self.chosen.size; 2],
            pad: [self.zeros(); 2],
            stride: [stride; 2],
            dilation: 1,
            y,
            output: [self.y().shape[2]; 2],
            looks: [Look::Sequential, self.look],
            range: None,
            weight: None,
            untied: None,
        }
    }

    /// Layers of the plane that shrink, keep and grow.
    pub fn counts(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        for y in self.outputs.iter().flatten() {
            let place = match y.shape[2].cmp(&self.x.shape[2]) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Equal => 1,
                std::cmp::Ordering::Greater => 2,
            };
            counts[place] += 1;
        }
        counts
    }

    /// Cells of the chosen output that hold nothing of the input.
    pub fn empty(&self, view: &mut View<'_>) -> Option<usize> {
        let held = view.values(&self.held).filter(|held| held.len() == self.held.len())?;
        Some(held.iter().filter(|held| **held == 0.0).count())
    }
}

/// Records the input with zeros between its cells, less what the padding of a transposed layer cuts off beyond
/// its window.
fn spread(plan: &mut Plan, x: &Tensor, stride: usize, of: Layer) -> Result<Tensor, Problem> {
    let one = plan.constant("one", &[1, 1, 1, 1], vec![1.0]);
    let y = Way { stride, transposed: true }.layer(plan, x, &one, 0)?;
    plan.name(&y, "input, spread out");
    let cut = -((of.pad + 1).saturating_sub(of.size) as isize);
    Ok(pad(plan, &y, &[(0, 0), (0, 0), (cut, cut), (cut, cut)], PadMode::Constant(0.0))?)
}

/// Colour of a size: smaller than the input, as large, larger.
fn color(ui: &Ui, side: usize, before: usize) -> Color32 {
    let by = (side as f32 / before as f32).log2();
    Look::Diverging.on(ui.visuals().dark_mode).color(by, (-1.6, 1.6))
}

/// Draws the plane of all layers, each with its output; gives the one that was clicked.
pub fn plane(ui: &mut Ui, view: &mut View<'_>, at: &Cell, shown: &Shown) -> Option<Layer> {
    let c = theme::of(ui);
    let [less, same, more] = shown.counts();
    let name = if shown.way.transposed { "Transposed" } else { "Window against padding" };
    let about = format!("stride {}: {less} shrink, {same} keep, {more} grow", shown.way.stride);
    words::panel_name(ui, at.name, name, &about);
    let whole = Rect::from_min_max(at.rect.min + vec2(NAMES[0], NAMES[1]), at.rect.max);
    let x = |i: usize| edge(whole.left(), whole.right(), SIZES, i);
    let y = |i: usize| edge(whole.top(), whole.bottom(), PADS, i);
    let before = shown.x.shape[2];
    let most = shown.outputs.iter().flatten().map(|y| y.shape[2]).max().unwrap_or(1) as f32;
    let mut clicked = None;
    for size in 1..=SIZES {
        let head = Rect::from_min_max(pos2(x(size - 1), at.rect.top()), pos2(x(size), whole.top()));
        words::write(ui, head, Align2::CENTER_CENTER, &format!("F = {size}"), theme::small(), c.dim);
    }
    for pad in 0..PADS {
        let head = Rect::from_min_max(pos2(at.rect.left(), y(pad)), pos2(whole.left(), y(pad + 1)));
        words::write(ui, head, Align2::LEFT_CENTER, &format!("P = {pad}"), theme::small(), c.dim);
        for size in 1..=SIZES {
            let layer = Layer { size, pad };
            let own = Rect::from_min_max(pos2(x(size - 1), y(pad)), pos2(x(size), y(pad + 1))).shrink(1.0);
            let response = ui.interact(own, ui.scope_id().with((size, pad)), Sense::click());
            let made = shown
                .of(layer)
                .map_or("no output".to_owned(), |y| format!("{} × {}", y.shape[2], y.shape[3]));
            response.widget_info(|| {
                WidgetInfo::labeled(egui::Role::Button, true, format!("window {size}, padding {pad}: {made}"))
            });
            let mut pressed = response.clicked();
            if let Some(output) = shown.of(layer) {
                let fill = color(ui, output.shape[2], before);
                ui.painter().rect_filled(own, 2.0, fill);
                let mut line = own;
                if own.width() >= ROOMY {
                    // All maps of the plane at one scale.
                    let room = (own.height() - 6.0).min(own.width() - ROOMY + 30.0);
                    let side = (output.shape[2] as f32 * room / most).max(2.0);
                    let place = Rect::from_center_size(
                        pos2(own.left() + 4.0 + room / 2.0, own.center().y),
                        vec2(side, side),
                    );
                    let style =
                        MapStyle::panel(&made, "", shown.look).untitled().unwritten().stretched().to_choose();
                    pressed |= view.panel(ui, &Cell::bare(place), output, 0, &style).response.clicked();
                    line = own.with_min_x(own.left() + 6.0 + room);
                }
                words::write(ui, line, Align2::CENTER_CENTER, &made, theme::number(), theme::ink_on(fill));
            } else {
                strokes::hatch(ui.painter(), own, c.pad);
            }
            if layer == shown.chosen {
                strokes::chosen(ui.painter(), own, c.blue);
            }
            if pressed && shown.of(layer).is_some() {
                clicked = Some(layer);
            }
        }
    }
    clicked
}

/// The measured row.
pub fn measured(ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], shown: &Shown) {
    let Some(empty) = shown.empty(view) else { return };
    let (counts, total) = (shown.counts(), shown.y().len());
    let all: usize = counts.iter().sum();
    let part = |name, n: usize| amount(name, n, n as f64 / all.max(1) as f64, format!("of {all} settings"));
    let mut nothing = amount(
        "Nothing of the input",
        words::percent(empty as f64 / total as f64),
        empty as f64 / total as f64,
        format!("{empty} of {total} cells"),
    );
    if empty > 0 {
        nothing.4 = Voice::Broken;
    }
    figures(
        ui,
        cells,
        &[part("Shrink", counts[0]), part("Keep", counts[1]), part("Grow", counts[2]), nothing],
    );
}
