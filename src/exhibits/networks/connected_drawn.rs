//! The page on dense layers drawn: picture, features and weights as strips or as the maps and the kernel that they are,
//! the strongest products, logits, softmax.

use std::rc::Rc;
use std::sync::Arc;

use egui::{Color32, Rect, Ui, vec2};

use super::connected::{Asked, Connected};
use super::seen::short;
use crate::gpu::Tensor;
use crate::viz::facts::grouped;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::colorbar::{Bar, colorbar};
use crate::viz::figures::fit::{Cell, tiles};
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::ranking::{Ranked, RankedEvent, ranking, room};
use crate::viz::figures::strip::{Strip, StripEvent, strip};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View, theme};

/// Most products that are drawn one by one.
const STRONGEST: usize = 12;
/// Most classes that are drawn in the order of their numbers.
const FEW: usize = 12;
/// Colours of a bar.
const BAR_STEPS: usize = 33;

/// Numbers of the layer, as they were read back.
pub struct Read {
    /// What each feature lets the first class lead by.
    pub products: Rc<Vec<f32>>,
    /// The class that is explained and the strongest other one.
    pub pair: [usize; 2],
    /// Logits and probabilities, without the change and with it.
    pub logits: [Rc<Vec<f32>>; 2],
    /// Their softmax.
    pub shares: [Rc<Vec<f32>>; 2],
    /// What the bias lets the first lead by.
    pub bias: f64,
    /// The largest difference of the layer as a convolution.
    pub differs: f64,
}

impl Read {
    /// All numbers, once they are there.
    pub fn of(of: &Connected, view: &mut View<'_>) -> Option<Self> {
        // All are asked for in one frame.
        let [before, after] = of.logits.each_ref().map(|tensor| view.values(tensor));
        let [share, changed] = of.shares.each_ref().map(|tensor| view.values(tensor));
        let [products, pair, told] = [&of.products, &of.pair, &of.told].map(|tensor| view.values(tensor));
        let (products, pair, told) = (products?, pair?, told?);
        Some(Self {
            products,
            pair: [*pair.first()? as usize, *pair.get(1)? as usize],
            logits: [before?, after?],
            shares: [share?, changed?],
            bias: f64::from(*told.first()?),
            differs: f64::from(*told.get(1)?),
        })
    }

    /// What the first class leads the second by.
    pub fn lead(&self) -> f64 {
        let [a, b] = self.pair.map(|class| self.logits[1].get(class).copied().unwrap_or(f32::NAN));
        f64::from(a) - f64::from(b)
    }

    /// Features by the size of their products, the largest first.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.products.len()).collect();
        order.sort_by(|a, b| self.products[*b].abs().total_cmp(&self.products[*a].abs()));
        order
    }

    /// The two features whose products add most to that lead, or to being behind.
    pub fn strongest(&self) -> [usize; 2] {
        let sign = self.lead().signum() as f32;
        let mut helping = self.order().into_iter().filter(|i| self.products[*i] * sign > 0.0);
        [0, 1].map(|_| helping.next().unwrap_or(0))
    }

    /// What a feature adds to the lead.
    pub fn product(&self, feature: usize) -> f64 {
        self.products.get(feature).copied().unwrap_or(0.0).into()
    }
}

/// A number with its sign.
pub fn signed(v: f64) -> String {
    if v > 0.0 { format!("+{}", words::short(v)) } else { words::short(v) }
}

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Connected,
    /// With what settings.
    pub asked: Asked,
    /// The picture, `[3, H, W]`.
    pub photo: Option<&'a Tensor>,
    /// Its name.
    pub source: &'a str,
    /// Names of the classes.
    pub classes: &'a Arc<[String]>,
    /// Whether features and weights are drawn as maps and a kernel.
    pub folded: bool,
}

/// One number a feature.
struct Vector<'a> {
    name: &'a str,
    shape: &'a str,
    tensor: &'a Tensor,
    look: Look,
}

/// What was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This feature.
    Feature(usize),
    /// This class.
    Class(usize),
}

impl Drawn<'_> {
    /// Draws all of it; says what was clicked.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        [hero, below, measured]: [&[Cell]; 3],
    ) -> Option<Wish> {
        if let Some(photo) = self.photo {
            let [h, w] = [photo.shape[1], photo.shape[2]];
            let size = format!("{}, {h} × {w}", self.source);
            view.panel(ui, &hero[0], photo, 0, &MapStyle::panel("Picture", &size, Look::Rgb));
        }
        let read = Read::of(self.of, view)?;
        let key = ui.scope_id().with("pointed feature");
        let before: Option<usize> = ui.data(|data| data.get_temp(key)).flatten();
        let at = before.unwrap_or(self.asked.feature);
        let [n, _] = self.of.sizes;
        let [c, h, w] = self.of.kernel;
        let shape =
            if self.folded { format!("{c} × {h} × {w}") } else { format!("{} numbers", grouped(n as u64)) };
        let name = if self.folded && h * w > 1 { "Maps" } else { "Features" };
        let features = Vector { name, shape: &shape, tensor: &self.of.features, look: Look::Sequential };
        let from = self.numbers(ui, view, &hero[1], &features, at);
        let name = if self.folded && h * w > 1 { "Kernel" } else { "Weights" };
        let shape = format!("{} less {}", self.name(read.pair[0]), self.name(read.pair[1]));
        let weights = Vector { name, shape: &shape, tensor: &self.of.weights, look: Look::Diverging };
        let to = self.numbers(ui, view, &hero[2], &weights, at);
        let ranked = self.products(ui, view, &below[0], &read, at);
        let class = self.scores(ui, [&below[1], &below[2]], &read);
        self.measured(ui, measured, &read);
        let pointed = from.or(to).or(ranked);
        let now = pointed.map(|(i, _)| i);
        if let Some(i) = now {
            view.point(&self.of.products, i);
        }
        if now != before {
            ui.data_mut(|data| data.insert_temp(key, now));
            ui.ctx().request_repaint();
        }
        let feature = pointed.filter(|(_, clicked)| *clicked).map(|(i, _)| Wish::Feature(i));
        feature.or(class.map(Wish::Class))
    }

    fn name(&self, class: usize) -> &str {
        short(self.classes, class)
    }

    /// Numbers of the layer, one a feature, as a strip or as maps; gives the one that is pointed at.
    fn numbers(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        of: &Vector<'_>,
        at: usize,
    ) -> Option<(usize, bool)> {
        let [c, h, w] = self.of.kernel;
        let Vector { name, shape, tensor, look } = *of;
        words::panel_name(ui, cell.name, name, shape);
        let mut found = None;
        let numbers = view.values(tensor)?;
        let own = look.on(ui.visuals().dark_mode);
        let ends = numbers.iter().fold((0.0_f32, 0.0_f32), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
        bar(ui, cell, name, own, ends, numbers.get(at).copied());
        if self.folded && h * w > 1 {
            let maps = tensor.view(&[c, h, w]);
            for (map, rect) in tiles(cell.rect, c, w as f32 / h as f32, [4.0, 0.0]).into_iter().enumerate() {
                let title = format!("{name}, map {map}");
                let range = Range::Shared([tensor.buf].into());
                let style = MapStyle::panel(&title, "", look).untitled().stretched().range(range).unwritten();
                let drawn = view.panel(ui, &Cell::bare(rect), &maps, map, &style);
                let place = |[row, column]: [usize; 2]| (map * h + row) * w + column;
                found = found.or(drawn.hovered.map(|at| (place(at), drawn.response.clicked())));
                if at / (h * w) == map {
                    let own = drawn.cells((at / w % h) as f32, (at % w) as f32, 1.0, 1.0);
                    let own = Rect::from_center_size(own.center(), own.size().max(vec2(6.0, 6.0)));
                    strokes::focus(ui.painter(), own, theme::of(ui).focus);
                }
            }
            return found;
        }
        let colors: Vec<Color32> = numbers.iter().map(|v| own.color(*v, ends)).collect();
        let of = Strip {
            name,
            numbers: &numbers,
            colors: &colors,
            group: if h * w > 1 { h * w } else { 1 },
            focus: Some(at),
            outlined: &[],
            faint: false,
        };
        strip(ui, cell.rect, &of).1.map(|event| match event {
            StripEvent::Hovered(i) => (i, false),
            StripEvent::Clicked(i) => (i, true),
        })
    }

    /// The strongest products, what is left, and the bias.
    fn products(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        read: &Read,
        at: usize,
    ) -> Option<(usize, bool)> {
        let shape = "feature × weight, the largest first";
        words::panel_name(ui, cell.name, "Products", shape);
        let (x, w) = (view.values(&self.of.features)?, view.values(&self.of.weights)?);
        let look = Look::Diverging.on(ui.visuals().dark_mode);
        let row = |name: String, value: f64, focus: bool| Ranked {
            name,
            value: value as f32,
            text: signed(value),
            was: None,
            chosen: false,
            focus,
            ink: look.color(value.signum() as f32 * 0.8, (-1.0, 1.0)),
        };
        // Two lines for what is left and for the bias, one more for the feature that is looked at.
        let most = room(cell.rect.height()).saturating_sub(2).clamp(1, STRONGEST);
        let mut shown: Vec<usize> = read.order().into_iter().take(most).collect();
        if !shown.contains(&at) && at < x.len() {
            shown.pop();
            shown.push(at);
        }
        let said =
            |i: usize| format!("{i}:  {} × {}", words::cell_fine(x[i].into()), words::cell_fine(w[i].into()));
        let mut rows: Vec<Ranked> = shown.iter().map(|i| row(said(*i), read.product(*i), *i == at)).collect();
        let rest = read.lead() - read.bias - shown.iter().map(|i| read.product(*i)).sum::<f64>();
        rows.push(row(format!("{} others", grouped((x.len() - shown.len()) as u64)), rest, false));
        rows.push(row("bias".into(), read.bias, false));
        // The sum of all others would leave nothing to see of those.
        let most = rows[..shown.len()].iter().map(|row| row.value.abs()).fold(1e-6, f32::max);
        let event = ranking(ui, cell.rect, "Products", &rows, Axis::linear(-most, most))?;
        let (RankedEvent::Hovered(i) | RankedEvent::Clicked(i)) = event;
        shown.get(i).map(|feature| (*feature, matches!(event, RankedEvent::Clicked(_))))
    }

    /// Logits and probabilities; gives the class that was clicked.
    fn scores(&self, ui: &mut Ui, cells: [&Cell; 2], read: &Read) -> Option<usize> {
        let c = theme::of(ui);
        let k = read.logits[1].len();
        let count = room(cells[0].rect.height()).clamp(1, FEW).min(k);
        let classes: Vec<usize> = if k <= FEW {
            (0..k).collect()
        } else {
            let mut order: Vec<usize> = (0..k).collect();
            order.sort_by(|a, b| read.logits[1][*b].total_cmp(&read.logits[1][*a]));
            let mut first: Vec<usize> = order.into_iter().take(count).collect();
            if !first.contains(&read.pair[0]) {
                first.pop();
                first.push(read.pair[0]);
            }
            first
        };
        let changed = self.asked.gain != 1.0;
        let wins = super::flattened_drawn::best(&read.logits[1]);
        let mut clicked = None;
        let ends = classes.iter().flat_map(|i| [read.logits[0][*i], read.logits[1][*i]]);
        let (lo, hi) = ends.fold((0.0_f32, 0.0_f32), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let panels = [
            ("Logits", read.logits.each_ref(), Axis::linear(lo, hi)),
            ("Softmax", read.shares.each_ref(), Axis::linear(0.0, 1.0)),
        ];
        for ((name, [before, after], range), cell) in panels.into_iter().zip(cells) {
            let shape =
                if k > FEW { format!("{count} of {}", grouped(k as u64)) } else { format!("{k} classes") };
            words::panel_name(ui, cell.name, name, &shape);
            let row = |class: &usize| Ranked {
                name: self.name(*class).to_owned(),
                value: after[*class],
                text: if name == "Softmax" {
                    words::percent(after[*class].into())
                } else {
                    words::short(after[*class].into())
                },
                was: changed.then_some(before[*class]),
                chosen: *class == read.pair[0],
                focus: false,
                ink: if *class == wins && *class != read.pair[0] { c.broken } else { c.blue },
            };
            let rows: Vec<Ranked> = classes.iter().map(row).collect();
            if let Some(RankedEvent::Clicked(i)) = ranking(ui, cell.rect, name, &rows, range) {
                clicked = classes.get(i).copied();
            }
        }
        clicked
    }

    fn measured(&self, ui: &mut Ui, cells: &[Cell], read: &Read) {
        let ([n, k], [c, h, w]) = (self.of.sizes, self.of.kernel);
        let number = |n: usize| grouped(n as u64);
        let lead = read.lead();
        let times = lead.exp();
        let odds = if times >= 1e4 { words::power(times) } else { words::short(times) };
        let positive = read.products.iter().filter(|v| **v > 0.0).count();
        let spent = read.products.iter().filter(|v| **v != 0.0).count();
        let rows = [
            amount(
                "Parameters",
                number(self.of.parameters()),
                1.0,
                format!("({} + 1) × {}", number(n), number(k)),
            ),
            amount(
                "Features for it",
                number(positive),
                positive as f64 / n as f64,
                format!("of {} that are not 0", number(spent)),
            ),
            amount("Lead", words::short(lead), (lead / 10.0).clamp(0.0, 1.0), format!("{odds}× as probable")),
            (
                "As convolution",
                words::short(read.differs),
                0.0,
                format!("differs; kernel {h} × {w} × {c}"),
                if read.differs <= 1e-3 { Voice::Good } else { Voice::Broken },
            ),
        ];
        figures(ui, cells, &rows);
    }
}

/// The colour bar of a panel, with a tick at `value`.
fn bar(ui: &mut Ui, cell: &Cell, name: &str, look: Look, ends: (f32, f32), value: Option<f32>) {
    if !cell.bar.is_positive() {
        return;
    }
    let (lo, hi) = look.span(ends);
    let at = |i: usize| lo + (hi - lo) * i as f32 / (BAR_STEPS - 1) as f32;
    let map: Vec<Color32> = (0..BAR_STEPS).map(|i| look.color(at(i), ends)).collect();
    let range = Axis::linear(lo, hi);
    let of = Bar { map: &map, range, hovered: value, clipped: [false; 2], write: words::cell };
    ui.push_id(("bar", name), |ui| colorbar(ui, cell.bar, &of));
}
