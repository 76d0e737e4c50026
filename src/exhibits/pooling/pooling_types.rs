//! Types of pooling side by side on one feature map: maximum, average, Lp, minimum, and the global
//! forms that leave one number a map.

use std::rc::Rc;

use egui::{Rect, vec2};

use super::pooled::{Kind, Peaks, measured, peaks, window_of};
use super::pooled_drawn::{Strip, results};
use super::questions;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::gpu::BufId;
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::pool::{Pool, avg_pool, global_avg_pool, global_max_pool, lp_pool, max_pool};
use crate::ops::unary::Act;
use crate::viz::figures::bars::CLASS;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::lay;
use crate::viz::figures::pictured::{Pictured, pictured};
use crate::viz::figures::window::Walk;

const SIDE: usize = 112;
const GRID: usize = 12;

choices! {
    /// What is pooled.
    enum Image {
        FeatureMap = "feature map",
        Photo = "photo",
        Grid = "grid",
        Sparse = "sparse",
        Noise = "noise",
    }
}

settings! {
    /// The page.
    pub struct PoolingTypes {
        kind: Kind = Kind::Max,
        window: u32 = 4,
        stride: u32 = 4,
        padding: u32 = 0,
        dilation: u32 = 1,
        p: f32 = 2.0,
        ceil: bool = false,
        count_padding: bool = false,
        image: Image = Image::FeatureMap,
        grid: Vec<f32> = number_grid(GRID),
        walk: Walk = Walk::new(0, 1),
    }
}

/// What was recorded.
pub struct Shown {
    input: Image,
    p: Conv2d,
    power: f32,
    x: Tensor,
    /// In the order of [`Kind`].
    pooled: Vec<Tensor>,
    global: [Tensor; 2],
    peaks: Tensor,
}

impl Image {
    /// Its name above the picture.
    fn title(self) -> &'static str {
        match self {
            Self::FeatureMap => "Feature map",
            Self::Photo => "Photo",
            Self::Grid => "Grid",
            Self::Sparse => "Sparse map",
            Self::Noise => "Noise",
        }
    }
}

impl PoolingTypes {
    fn input(&self, on: &mut Recording<'_>) -> Result<Tensor, Problem> {
        let noise = |keep: f32| -> Vec<f32> {
            let mut rng = Rng::new(on.inputs.seed + 1);
            (0..SIDE * SIDE).map(|_| if rng.uniform() < keep { rng.uniform() } else { 0.0 }).collect()
        };
        let (square, plan) = ([1, 1, SIDE, SIDE], &mut on.plan);
        Ok(match self.image {
            Image::Grid => plan.constant("grid", &[1, 1, GRID, GRID], self.grid.clone()),
            Image::Sparse => plan.constant("sparse map", &square, noise(0.01)),
            Image::Noise => plan.constant("noise", &square, noise(1.0)),
            Image::FeatureMap | Image::Photo => {
                // The strongest edges of the photo, as a first layer finds them; or its brightness.
                let (filter, act) = match self.image {
                    Image::FeatureMap => (Filter::Gabor, Act::RELU),
                    _ => (Filter::Centre, Act::IDENTITY),
                };
                let x = filters::maps(on, (filter, 5), &[0.0], act, SIDE)?;
                on.plan.name(&x, self.image.name());
                x
            }
        })
    }
}

impl Exhibit for PoolingTypes {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("type", "Enlarged type", &mut self.kind).draws().show(k);
        k.heading("Window");
        Knob::int("window", "Window", &mut self.window, 1..=12).help("Side of the pooled square").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=12)
            .help("Smaller than the window: the windows overlap")
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=6).show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=4).show(k);
        Knob::float("p", "p of Lp", &mut self.p, 1.0..=16.0)
            .help("1 adds up magnitudes, 2 is the Euclidean length, large values approach the maximum")
            .show(k);
        Knob::switch("ceil", "Ceil mode", &mut self.ceil)
            .help("Rounds the output size up: the last window may reach past the end")
            .show(k);
        Knob::switch("count-padding", "Padding counts", &mut self.count_padding)
            .help("Whether the average divides by padded cells too")
            .enabled(self.padding > 0)
            .show(k);
        k.heading("Numbers");
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let x = self.input(on)?;
        let plan = &mut on.plan;
        let [window, stride, pad, dilation] =
            [self.window, self.stride, self.padding, self.dilation].map(|v| v as usize);
        let pool = Pool {
            window: [window; 2],
            stride: [stride; 2],
            pad: [pad; 4],
            dilation: [dilation; 2],
            ceil: self.ceil,
        };
        let (max, _) = max_pool(plan, &x, &pool)?;
        let average = avg_pool(plan, &x, &pool, self.count_padding)?;
        let lp = lp_pool(plan, &x, &pool, self.p)?;
        // The minimum is the maximum of the negative, negated: three kernels, no new one.
        let minus = plan.constant("minus one", &[1, 1, 1, 1], vec![-1.0]);
        let negative = conv2d(plan, &x, &minus, None, &Conv::default())?;
        let (negative_max, _) = max_pool(plan, &negative, &pool)?;
        let min = conv2d(plan, &negative_max, &minus, None, &Conv::default())?;
        let (global_max, _) = global_max_pool(plan, &x)?;
        let global = [global_max, global_avg_pool(plan, &x)?];
        let pooled = vec![max, average, lp, min];
        for (kind, tensor) in Kind::ALL.iter().zip(&pooled) {
            plan.name(tensor, &format!("{} pooling", kind.name()));
        }
        plan.name(&global[0], "global max pooling");
        plan.name(&global[1], "global average pooling");
        let peaks = peaks(plan, &x, &pooled)?;
        let p = window_of(&x, &pooled[0], &pool);
        let (oh, ow) = (p.oh as usize, p.ow as usize);
        if self.walk.total() != oh * ow {
            self.walk.resize(oh * ow, ow);
            // On the cat's forehead, where the stripes are.
            self.walk.scrub((oh * 18 / 100) * ow + ow * 66 / 100);
        }
        Ok(Shown { input: self.image, p, power: self.p, x, pooled, global, peaks })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let Peaks([x, max, average, lp, min]) = Peaks::read(&view.values(&shown.peaks)?)?;
        let (p, cells) = (&shown.p, shown.p.r * shown.p.s);
        let number = |v: f64| format!("**{}**", words::short(v));
        // Panels: input, lens, output, then the types: max, average, Lp, min.
        let of_peak =
            |v: f64, panel: usize| format!("[{}](value {panel})", words::percent(v / x.most.max(1e-12)));
        let sizes = format!("{} × {} → {} × {}", p.h, p.w, p.oh, p.ow);
        Some(match shown.input {
            Image::Noise if cells < 16 => Caption::broken(&format!(
                "Of **{cells}** random cells max keeps the [loudest](bad 3): its map has mean {}, the noise {}, an average {}. \
                 [Noise calmed](good) averages 64 of them.",
                number(max.mean),
                number(x.mean),
                number(average.mean)
            )),
            Image::Noise => Caption::good(&format!(
                "Averaged over **{cells}** cells the noise keeps [{}](good 4) of its spread around {}; the map of max has mean {}.",
                words::percent(average.deviation() / x.deviation().max(1e-12)),
                number(average.mean),
                number(max.mean)
            )),
            _ if shown.power >= 8.0 => Caption::plain(&format!(
                "At p = **{}** the peak of Lp is {} times that of max; p = 1 would add up all **{cells}** cells. {sizes}.",
                words::short(shown.power.into()),
                number(lp.most / max.most.max(1e-12))
            )),
            _ if p.stride[0] < p.r => Caption::plain(&format!(
                "Windows of **{} × {}**, step **{}**, overlap: {sizes}. Of the peak max keeps {}, the average {}, min {}.",
                p.r,
                p.s,
                p.stride[0],
                of_peak(max.most, 3),
                of_peak(average.most, 4),
                of_peak(min.most, 6)
            )),
            _ => Caption::plain(&format!(
                "Windows of **{} × {}** turn {} × {} into {} × {}: of the peak max keeps {}, the average {}, min {}.",
                p.r,
                p.s,
                p.h,
                p.w,
                p.oh,
                p.ow,
                of_peak(max.most, 3),
                of_peak(average.most, 4),
                of_peak(min.most, 6)
            )),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let p = &shown.p;
        let hero = vec![Panel::picture(1.0), Panel::free(124.0, 0.0), Panel::picture(1.0).bar()];
        let count = shown.pooled.len() + shown.global.len();
        let placed = lay(ui, &[Row::Hero(hero), Row::Compare { count, aspect: 1.0 }, Row::Measured(4)]);
        // One range for all. Lp, a sum, may reach beyond it: in its range the others would be black.
        let alike = shown.pooled.iter().zip(Kind::ALL).filter(|(_, kind)| **kind != Kind::Lp);
        let all = alike.map(|(t, _)| t.buf).chain([shown.x.buf]);
        let range = Range::Shared(all.collect::<Rc<[BufId]>>());
        let of = |kind: Kind| &shown.pooled[kind.index()];
        let names = Kind::ALL.iter().map(|kind| kind.label(shown.power)).collect::<Vec<_>>();
        let [input, output] = [[p.h, p.w], [p.oh, p.ow]].map(|[h, w]| format!("{h} × {w}"));
        let look = if shown.input == Image::Photo { Look::Brightness } else { Look::Sequential };
        let cells = &placed.rows[0];
        let high = CLASS * shown.pooled.len() as f32;
        let low = cells[1].rect.with_min_y((cells[1].rect.top() + high).min(cells[1].rect.bottom()));
        let lens = Cell { rect: low, ..cells[1] };
        let title = format!("{} pooling", names[self.kind.index()]);
        let made = Pictured {
            x: &shown.x,
            w: &[],
            y: of(self.kind),
            p,
            input: MapStyle::panel(shown.input.title(), &input, look).range(range.clone()),
            output: MapStyle::panel(&title, &output, look).range(range.clone()),
        };
        let drawn = pictured(ui, view, [&cells[0], &lens, &cells[2]], &made, &self.walk);
        if let Some(at) = drawn.clicked {
            self.walk.scrub(at);
        }
        if shown.input == Image::Grid {
            drawn.input.edit(&mut self.grid, GRID);
        }
        let values: Vec<f32> =
            shown.pooled.iter().filter_map(|t| view.values(t)?.get(drawn.at).copied()).collect();
        let top = Rect::from_min_size(cells[1].rect.min, vec2(cells[1].rect.width(), high));
        let asked = results(ui, top.intersect(cells[1].rect), &names, &values, self.kind);
        let peaks = view.values(&shown.peaks).and_then(|v| Peaks::read(&v));
        let strip =
            Strip { maps: [&shown.pooled, &shown.global], names: &names, look, range, chosen: self.kind };
        let chosen = strip.draw(ui, view, placed.titles[1], &placed.rows[1], peaks.as_ref());
        self.kind = asked.or(chosen).unwrap_or(self.kind);
        measured(ui, &placed.rows[2], p, shown.input == Image::Noise, peaks.as_ref());
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        // The formula of the lesson rounds down.
        if self.ceil { Vec::new() } else { symbols::window(&shown.p) }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::types(rng)
    }
}
