//! Convolution types on one canvas: one parameterised layer of six channels that the settings turn
//! from standard into strided, dilated, grouped, depthwise and pointwise.

use super::channels::{CHANNELS, lift, wired};
use super::questions;
use super::typed::{Kind, Made, Shown, count, inside, kernel, measured};
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::gpu::BufId;
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::viz::figures::page::{label, lay};
use crate::viz::theme;

const SIDE: usize = 192;
const GRID: usize = 12;

choices! {
    /// Groups, which divide the six channels.
    enum Groups { One = "1", Two = "2", Three = "3", Six = "6" }
}

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
        dilation: u32 = 2,
        groups: Groups = Groups::Three,
        filter: Filter = Filter::Edges,
        angle: f32 = 45.0,
        own: Vec<f32> = vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
        channel: u32 = 1,
        image: Image = Image::Photo,
        grid: Vec<f32> = number_grid(GRID),
    }
}

impl ConvolutionTypes {
    /// Side of the kernel and settings of a type.
    fn layer(&self, kind: Kind) -> (usize, Conv) {
        let size = if kind == Kind::Pointwise { 1 } else { self.size as usize };
        let groups = match kind {
            Kind::Grouped => [1, 2, 3, CHANNELS][self.groups.index()],
            Kind::Depthwise => CHANNELS,
            _ => 1,
        };
        let conv = Conv {
            pad: [self.padding as usize; 4],
            stride: [if kind == Kind::Strided { self.stride as usize } else { 1 }; 2],
            dilation: [if kind == Kind::Dilated { self.dilation as usize } else { 1 }; 2],
            groups,
            ..Conv::default()
        };
        (size, conv)
    }

    /// The numbers of the layer: `[6, 6/groups, size, size]`. Every output channel leans on the
    /// input of its own number and mixes in the others of its group.
    fn weights(&self, size: usize, groups: usize) -> Vec<f32> {
        let per_group = CHANNELS / groups;
        let mut w = Vec::with_capacity(CHANNELS * per_group * size * size);
        for out in 0..CHANNELS {
            let angle = self.angle + 30.0 * out as f32;
            // One weight has no room for a filter: it takes the pixel as it is.
            let kernel =
                if size == 1 { vec![1.0] } else { filters::kernel(self.filter, size, angle, &self.own) };
            let first = out / per_group * per_group;
            for channel in first..first + per_group {
                let sign = if (out + channel) % 2 == 0 { 1.0 } else { -1.0 };
                let weight = if channel == out { 1.0 } else { 0.25 * sign };
                w.extend(kernel.iter().map(|k| k * weight));
            }
        }
        w
    }
}

impl Exhibit for ConvolutionTypes {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("type", "Type", &mut self.kind).show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=9).enabled(self.kind != Kind::Pointwise).show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=8).enabled(self.kind == Kind::Strided).show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=8)
            .help("Distance between the cells that the kernel reads")
            .enabled(self.kind == Kind::Dilated)
            .show(k);
        Knob::choice("groups", "Groups", &mut self.groups)
            .help("1 is a standard convolution, 6 (one per channel) a depthwise one")
            .enabled(self.kind == Kind::Grouped)
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=8).help("Zeros added on each side").show(k);
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
        let (mut all, mut inner): (Vec<Made>, Vec<BufId>) = Default::default();
        for kind in Kind::ALL.iter().copied() {
            let (size, conv) = self.layer(kind);
            let shape = [CHANNELS, CHANNELS / conv.groups, size, size];
            all.push(match Conv2d::new(&x.shape, &shape, false, &conv) {
                Ok(p) => {
                    let w = plan.constant("kernel", &shape, self.weights(size, conv.groups));
                    let y = conv2d(plan, &x, &w, None, &conv)?;
                    plan.name(&y, &format!("{} output", kind.name()));
                    if kind != Kind::Pointwise {
                        inner.push(inside(plan, &y, &p)?.buf);
                    }
                    Ok((p, w, y))
                }
                Err(e) if kind == self.kind => return Err(e.into()),
                Err(e) => Err(e.to_string()),
            });
        }
        let made = all[self.kind.index()].clone();
        let (p, w, y) = made.map_err(Problem::Input)?;
        Ok(Shown { kind: self.kind, x, all, inner: inner.into(), w, y, p })
    }

    fn caption(&self, shown: &Shown, _: &mut View<'_>) -> Option<Caption> {
        let p = &shown.p;
        let (weights, per_group) = (count(p), p.c / p.groups);
        let standard = shown.standard().unwrap_or(p);
        let all = count(standard);
        let fewer = words::ratio(all as f64, weights as f64).replace("less", "fewer");
        let reach = shown.reach();
        // Panels: wiring, output, kernel, a strip of all types, then the measured figures.
        let weighs = format!("[{weights}](value {})", 3 + shown.all.len());
        let unread = 1.0 - f64::from(p.r * p.s) / f64::from(reach * reach);
        Some(match shown.kind {
            Kind::Standard => Caption::plain(&format!(
                "Every output reads all [{}](value 0) inputs: {weighs} weights; depthwise, then 1 × 1, needs **{}**.",
                p.c,
                p.c * p.r * p.s + p.k * p.c
            )),
            Kind::Strided => Caption::plain(&format!(
                "Stride **{}** turns {} × {} into {} × {}: **{}** work than at stride 1, and still {weighs} weights.",
                p.stride[0],
                p.h,
                p.w,
                p.oh,
                p.ow,
                words::ratio(standard.multiply_adds() as f64, p.multiply_adds() as f64)
            )),
            Kind::Dilated if p.dilation[0] > 3 && p.r > 1 => Caption::broken(&format!(
                "**{}** taps, **{}** cells apart, span {reach} × {reach} and leave [{}](bad 2) of it unread: one edge answers at \
                 several places. [Wider, and whole](good) takes 2 and mends it.",
                p.r * p.s,
                p.dilation[0],
                words::percent(unread)
            )),
            Kind::Dilated => Caption::plain(&format!(
                "**{}** taps, **{}** cells apart, span **{reach} × {reach}** with the {weighs} weights of {} × {}, and contours stay single.",
                p.r * p.s,
                p.dilation[0],
                p.r,
                p.s
            )),
            Kind::Grouped => Caption::plain(&format!(
                "[{}](value 0) groups of **{per_group}** channels that never meet: {weighs} weights instead of {all}, {fewer}.",
                p.groups
            )),
            Kind::Depthwise => Caption::plain(&format!(
                "Each output reads [1](value 0) input, its own: {weighs} weights instead of {all}, {fewer}. Colours do not mix.",
            )),
            Kind::Pointwise => Caption::plain(&format!(
                "{weighs} weights mix the {} channels of each pixel, {fewer} than **{all}**; no neighbour is read.",
                p.c
            )),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::free(252.0, 0.0), Panel::picture(1.0).bar(), Panel::free(96.0, 0.0)];
        let rows = [Row::Hero(hero), Row::Compare { count: shown.all.len(), aspect: 1.0 }, Row::Measured(4)];
        let placed = lay(ui, &rows);
        // What has no filter keeps brightness, and is no match for the others.
        let range =
            |kind| if kind == Kind::Pointwise { Range::All } else { Range::Shared(shown.inner.clone()) };
        // Mixed channels are a picture again.
        let look = |kind| if kind == Kind::Pointwise { Look::Brightness } else { Look::Diverging };
        let channel = self.channel as usize - 1;
        let cell = &placed.rows[0][0];
        words::panel_name(ui, cell.name, "Wiring", "inputs, outputs");
        if let Some(i) = wired(
            ui,
            view,
            cell.rect,
            [&shown.x, &shown.y],
            shown.p.groups as usize,
            channel,
            (&range(shown.kind), look(shown.kind)),
        ) {
            self.channel = i as u32 + 1;
        }
        let p = &shown.p;
        let (title, shape) =
            (format!("Output {}", channel + 1), format!("{} × {}, {}", p.oh, p.ow, shown.kind.name()));
        let style = MapStyle::panel(&title, &shape, look(shown.kind)).range(range(shown.kind));
        view.panel(ui, &placed.rows[0][1], &shown.y, channel, &style);
        kernel(shown, ui, view, &placed, channel);
        words::panel_name(ui, placed.titles[1], "The same output by every type", "its weights below");
        for (i, (made, cell)) in shown.all.iter().zip(&placed.rows[1]).enumerate() {
            let kind = Kind::ALL[i];
            let name = kind.name().split(' ').next().unwrap_or_default();
            let mut weights = String::new();
            if let Ok((p, _, y)) = made {
                let style = MapStyle::panel(name, "", look(kind)).range(range(kind)).untitled().stretched();
                if view.panel(ui, cell, y, channel, &style.to_choose()).response.clicked() {
                    self.kind = kind;
                }
                weights = count(p).to_string();
            } else {
                ui.painter().rect_filled(cell.rect, theme::RADIUS_TAG, theme::of(ui).side);
            }
            label(ui, cell, name, &weights, kind == shown.kind);
        }
        measured(shown, ui, &placed);
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        // Those of the lesson are of a standard one.
        if shown.kind == Kind::Standard { symbols::window(&shown.p) } else { Vec::new() }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::types(rng)
    }
}
