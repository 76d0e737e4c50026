//! Convolution types on one canvas: one layer of six channels that the settings turn from standard into every
//! other type.

use super::channels::lift;
use super::typed::{CHANNELS, DEFORMED, Kind, Spec};
use super::typed_code::python;
use super::typed_drawn::{hero, least, measured, strip};
use super::typed_questions;
use super::typed_shown::Shown;
use crate::exhibits::filters::Filter;
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::ops::conv::{Conv, conv2d};
use crate::viz::figures::window::Walk;

const SIDE: usize = 160;
const GRID: usize = 12;
/// Least height of the wiring.
const LOWEST: f32 = 150.0;
/// Cells that the lift to six channels takes off each side.
const LIFTED: usize = 1;

choices! {
    /// What the layer reads.
    enum Image { Photo = "photo", Grid = "grid" }
}

settings! {
    /// The page.
    pub struct ConvolutionTypes {
        kind: Kind = Kind::Standard,
        size: u32 = 3,
        stride: u32 = 2,
        padding: u32 = 1,
        output_padding: u32 = 0,
        dilation: u32 = 2,
        groups: u32 = 3,
        shift: u32 = 2,
        // The window turned by 30 degrees and half as wide again.
        offsets: Vec<f32> = vec![
            0.45, -1.05, -0.3, -0.75, -1.05, -0.45,
            0.75, -0.3, 0.0, 0.0, -0.75, 0.3,
            1.05, 0.45, 0.3, 0.75, -0.45, 1.05,
        ],
        filter: Filter = Filter::Edges,
        angle: f32 = 45.0,
        own: Vec<f32> = vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
        channel: u32 = 1,
        image: Image = Image::Photo,
        grid: Vec<f32> = number_grid(GRID),
        walk: Walk = Walk::new(0, 1),
    }
}

impl ConvolutionTypes {
    fn spec(&self) -> Spec {
        let whole = |n: u32| n as usize;
        Spec {
            size: whole(self.size),
            stride: whole(self.stride),
            dilation: whole(self.dilation),
            padding: whole(self.padding),
            output_padding: whole(self.output_padding),
            groups: whole(self.groups),
            shift: whole(self.shift),
            offsets: self.offsets.clone(),
            filter: self.filter,
            angle: self.angle,
            own: self.own.clone(),
        }
    }

    /// The type's own knobs.
    fn of_type(&mut self, k: &mut dyn Knobs) {
        let kind = self.kind;
        let fixed = matches!(kind, Kind::Pointwise | Kind::Deformable);
        Knob::int("size", "Kernel size", &mut self.size, 1..=9).enabled(!fixed).show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=8)
            .help("Of the strided type, and of the transposed one, which grows by it")
            .enabled(matches!(kind, Kind::Strided | Kind::Transposed))
            .show(k);
        Knob::int("output-padding", "Output padding", &mut self.output_padding, 0..=self.stride - 1)
            .help("Rows and columns added behind the output of the transposed type, less than the stride")
            .enabled(kind == Kind::Transposed && self.stride > 1)
            .show(k);
        self.output_padding = self.output_padding.min(self.stride - 1);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=8)
            .help("Distance between the cells that the dilated and the causal type read")
            .enabled(matches!(kind, Kind::Dilated | Kind::Causal))
            .show(k);
        Knob::int("groups", "Groups", &mut self.groups, 1..=CHANNELS as u32)
            .help("1 is a standard convolution, 6 (one per channel) a depthwise one; 4 and 5 do not divide 6")
            .enabled(kind == Kind::Grouped)
            .show(k);
        // The nearest that divides the channels.
        self.groups = [1, 1, 2, 3, 3, 6, 6][self.groups.min(CHANNELS as u32) as usize];
        Knob::int("shift", "Pixels a frame", &mut self.shift, 0..=4)
            .help("By how much the photo moves from frame to frame of the sequence")
            .enabled(kind == Kind::Volume)
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=8)
            .help("Zeros added on each side")
            .enabled(kind != Kind::Causal)
            .show(k);
        Knob::numbers("offsets", "Offsets", &mut self.offsets, 2 * DEFORMED)
            .help("Of each tap in cells, down and across; drag the taps in the enlarged window")
            .enabled(kind == Kind::Deformable)
            .show(k);
    }
}

impl Exhibit for ConvolutionTypes {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("type", "Type", &mut self.kind).show(k);
        self.of_type(k);
        k.heading("Filter");
        Knob::choice("filter", "Filter", &mut self.filter).show(k);
        Knob::float("angle", "Gabor angle", &mut self.angle, 0.0..=180.0)
            .unit("°")
            .help("Each further channel turns by 30°")
            .enabled(self.filter == Filter::Gabor)
            .show(k);
        Knob::numbers("own", "Own numbers", &mut self.own, 3).enabled(self.filter == Filter::Own).show(k);
        k.heading("View");
        Knob::int("channel", "Enlarged channel", &mut self.channel, 1..=CHANNELS as u32).draws().show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let editable = self.image == Image::Grid;
        let input = match self.image {
            Image::Photo => on.photo(SIDE),
            Image::Grid => on.plan.constant("grid", &[1, 1, GRID, GRID], self.grid.clone()),
        };
        let plan = &mut on.plan;
        let channels = input.shape[1];
        let lifting = plan.constant("lifting weights", &[CHANNELS, channels, 3, 3], lift(channels));
        // Without padding, so that no edge of black borders outshines those of the picture.
        let x = conv2d(plan, &input, &lifting, None, &Conv::default())?;
        plan.name(&x, "input channels");
        let shown = Shown::record(plan, &x, self.kind, self.spec(), editable)?;
        let [h, w] = shown.made.output();
        if self.walk.total() != h * w {
            self.walk.resize(h * w, w);
            // The cat's eye, the ring of the grid.
            self.walk.scrub(h * 35 / 100 * w + w * 30 / 100);
        }
        Ok(shown)
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        shown.caption(view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let room = ui.available_rect_before_wrap();
        let panels = [Panel::free(186.0, 0.0), Panel::picture(1.0), Panel::free(124.0, 0.0).folded(1.0)];
        let panels = panels.into_iter().chain([Panel::picture(1.0).bar()]).collect();
        let rows = [Row::Hero(panels), Row::Fill(least(room.width())), Row::Measured(4)];
        // Six channels below each other.
        let placed = page::lay_with(ui, &rows, &Metrics { lowest: LOWEST, ..Metrics::default() });
        let channel = self.channel as usize - 1;
        let done = hero(ui, view, placed.cells(0), shown, channel, &mut self.walk);
        if let Some(offsets) = done.offsets {
            self.offsets = offsets;
        }
        if let Some(i) = done.channel {
            self.channel = i as u32 + 1;
        }
        // The first three channels are the grid itself, but for what the lift takes off.
        let side = GRID - 2 * LIFTED;
        let whole = shown.made.input() == [side; 2];
        if let Some(map) = done.input.filter(|_| shown.editable && whole && channel < 3) {
            let place = |i: usize| (i / side + LIFTED) * GRID + i % side + LIFTED;
            let mut inner: Vec<f32> = (0..side * side).map(|i| self.grid[place(i)]).collect();
            map.edit(&mut inner, side);
            inner.iter().enumerate().for_each(|(i, number)| self.grid[place(i)] = *number);
        }
        if let Some(kind) = strip(ui, view, placed.rows[1][0].rect, shown, channel) {
            self.kind = kind;
        }
        measured(ui, view, &placed.rows[2], shown);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        // On the photo it is moved by a click: tens of thousands of places take too long to play.
        (self.image == Image::Grid).then_some(&mut self.walk)
    }

    fn code(&self) -> Option<String> {
        Some(python(
            self.kind,
            &self.spec(),
            if self.image == Image::Grid { GRID } else { SIDE } - 2 * LIFTED,
        ))
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        // Those of the lesson are of a standard one.
        if shown.made.kind == Kind::Standard { shown.symbols() } else { Vec::new() }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        typed_questions::types(rng)
    }
}
