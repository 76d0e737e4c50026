//! Stride: the step between windows. The output shrinks by S per axis and S² in area and cost, and
//! detail above half the new sampling rate folds back as false patterns.

use super::questions;
use super::reading::unread;
use super::stride_drawn::{measured, picture, strip};
use super::strided::{BLUR, GRID, Image, SIDE, SQUARE, STRIDES, Shown, ends, falsely, square};
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::{number_grid, zone_plate};
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::layout::concat;
use crate::viz::figures::fit::Placement;
use crate::viz::figures::page::lay;
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, worked};

settings! {
    /// The page.
    pub struct Stride {
        stride: u32 = 2,
        stride_y: u32 = 0,
        size: u32 = 3,
        padding: u32 = 0,
        blur: bool = false,
        image: Image = Image::default(),
        filter: Filter = Filter::default(),
        grid: Vec<f32> = number_grid(GRID),
        walk: Walk = Walk::new(0, 1),
    }
}

impl Exhibit for Stride {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Window");
        Knob::int("stride", "Stride", &mut self.stride, 1..=8)
            .help("Input cells between one window and the next")
            .show(k);
        Knob::int("stride-y", "Down, 0 as across", &mut self.stride_y, 0..=8)
            .help("Step of the window downwards; 0 takes the stride for both")
            .show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=11).help("F, the side of the window").show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=6).help("Zeros added on each side").show(k);
        k.heading("Signal");
        Knob::choice("image", "Input", &mut self.image)
            .help("The zone plate's rings get finer outwards: see what a stride makes of them. Full size: no pixel of your picture is left out")
            .show(k);
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).show(k);
        Knob::switch("blur", "Blur before stride", &mut self.blur)
            .help("A 9 × 9 Gaussian first removes the detail that the stride cannot hold")
            .show(k);
        let own = self.image == Image::Grid;
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(own).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let x = match self.image {
            Image::Photo => on.photo(SIDE),
            Image::Original => on.original(),
            Image::ZonePlate => on.plan.constant("zone plate", &[1, 1, SIDE, SIDE], zone_plate(SIDE)),
            Image::Grid => on.plan.constant("grid", &[1, 1, GRID, GRID], self.grid.clone()),
        };
        let plan = &mut on.plan;
        let channels = x.shape[1];
        let read = if self.blur {
            let (side, sigma) = BLUR;
            let w = filters::gaussian(side, sigma).repeat(channels);
            let w = plan.constant("blur", &[channels, 1, side, side], w);
            let conv = Conv { pad: [side / 2; 4], groups: channels, ..Conv::default() };
            let blurred = conv2d(plan, &x, &w, None, &conv)?;
            plan.name(&blurred, "blurred");
            blurred
        } else {
            x.clone()
        };
        let size = self.size as usize;
        let filters::Weights { w, groups, look } = filters::weights(plan, self.filter, size, channels);
        let conv =
            |stride: [usize; 2]| Conv { stride, pad: [self.padding as usize; 4], groups, ..Conv::default() };
        let across = self.stride as usize;
        let down = if self.stride_y == 0 { across } else { self.stride_y as usize };
        let of = |stride: [usize; 2]| Conv2d::new(&x.shape, &w.shape, false, &conv(stride));
        let p = of([down, across])?;
        let y = conv2d(plan, &read, &w, None, &conv([down, across]))?;
        plan.name(&y, "feature map");
        let zones = self.image == Image::ZonePlate;
        let (mut strip, mut falsely_at) = (Vec::new(), Vec::new());
        for stride in STRIDES {
            let map = conv2d(plan, &read, &w, None, &conv([stride, stride]))?;
            plan.name(&map, &format!("stride {stride}"));
            strip.push(map);
            falsely_at.push(if zones { falsely(&of([stride, stride])?) } else { 0.0 });
        }
        falsely_at.push(if zones { falsely(&p) } else { 0.0 });
        let contrast = if zones && self.blur {
            let sharp = conv2d(plan, &x, &w, None, &conv([down, across]))?;
            let both = [ends(plan, &y)?, ends(plan, &sharp)?];
            Some(concat(plan, &[&both[0], &both[1]], 0)?)
        } else {
            None
        };
        let [input, output] = match (self.image, look) {
            (Image::Photo | Image::Original, look) => [Look::Rgb, look],
            (Image::ZonePlate, Look::Sequential) => [Look::Brightness; 2],
            (Image::ZonePlate, look) => [Look::Brightness, look],
            (Image::Grid, look) => [Look::Sequential, look],
        };
        let (oh, ow) = (p.oh as usize, p.ow as usize);
        if self.walk.total() != oh * ow {
            // In the middle of the square: the cat's eye, the false rings.
            let at = square(SQUARE, oh, ow);
            let column = if self.image == Image::Grid { 0 } else { at.start[1] + at.size[1] / 2 };
            self.walk.resize(oh * ow, ow);
            self.walk.scrub((at.start[0] + at.size[0] / 2) * ow + column);
        }
        let (image, blur, looks) = (self.image, self.blur, [input, output]);
        let kernel = filters::kernel(self.filter, size, 0.0, &[]);
        Ok(Shown { image, blur, read, kernel, y, strip, p, looks, contrast, falsely: falsely_at })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let (p, full, finest) = (&shown.p, shown.full(), shown.finest());
        let [down, across] = p.stride;
        let stride = if down == across { format!("**{across}**") } else { format!("**{down} × {across}**") };
        let one = f64::from(full.oh * full.ow) / f64::from(p.oh * p.ow);
        let work = words::ratio(full.multiply_adds() as f64, p.multiply_adds() as f64);
        let sizes = format!("[{} × {}](0) → [{} × {}](2)", p.h, p.w, p.oh, p.ow);
        let never = unread(p);
        // Panels: input, lens, output, the strip of strides, then the measured figures.
        let figures = 3 + shown.strip.len();
        let [cheaper, unseen] = [format!("[{work}](value {figures})"), format!("(value {})", figures + 2)];
        Some(match () {
            () if shown.is_false() => Caption::broken(&format!(
                "Stride {stride} keeps **1 place in {one:.0}**, {cheaper} work; rings finer than **{finest}** pixels come \
                 back as [rings that are not there](bad 2). [Blur first](good) mends it."
            )),
            () if shown.contrast.is_some() => Caption::good(&format!(
                "Blurred first, false rings keep [{}](good 2) of their contrast: at stride {stride} detail finer than \
                 **{finest}** pixels turns flat instead of false.",
                words::percent(shown.left(view)?)
            )),
            () if never > 0.1 => Caption::plain(&format!(
                "Stride {stride}, window {} × {}: [{}]{unseen} of the cells are never read. {sizes}, {cheaper} work.",
                p.r,
                p.s,
                words::percent(never)
            )),
            () if one <= 1.0 => Caption::plain(&format!(
                "Stride {stride} keeps every place: {sizes}, **{}** windows of {} × {}, and no detail is lost.",
                grouped((p.oh * p.ow).into()),
                p.r,
                p.s
            )),
            () => Caption::plain(&format!(
                "Stride {stride} keeps **1 place in {one:.0}**: {sizes}, {cheaper} work, and nothing finer than \
                 **{finest}** cells can be seen."
            )),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::picture(1.0), Panel::free(116.0, 0.0), Panel::picture(1.0).bar()];
        let rows =
            [Row::Hero(hero), Row::Compare { count: shown.strip.len(), aspect: 1.0 }, Row::Measured(4)];
        let placed = lay(ui, &rows);
        if shown.image == Image::Grid {
            self.draw_grid(shown, ui, view, &placed);
        } else {
            picture(shown, ui, view, &placed, &mut self.walk);
        }
        strip(shown, ui, view, &placed);
        measured(shown, ui, view, &placed);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        symbols::window(&shown.p)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::stride(rng)
    }
}

impl Stride {
    fn draw_grid(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) {
        let p = &shown.p;
        let (Some(x), Some(y)) = (view.values(&shown.read), view.values(&shown.y)) else { return };
        let of = Worked::of(p, [&x, &shown.kernel, &y], shown.looks);
        let done = worked(ui, placed.cells(0), &of, &self.walk, false, !shown.blur);
        let tensors = [&shown.read, &shown.y];
        if let Some((i, number)) = done.and_then(|done| done.follow(view, tensors, &mut self.walk)) {
            self.grid[i] = number;
        }
    }
}
