//! The page on losses drawn: the fit with a point to drag, or what each loss of classes answers to a score; losses and their
//! slopes; the surface of a small network with the ways of optimisers; what was measured.

use std::rc::Rc;

use egui::{Align2, Color32, Pos2, Rect, Stroke, Ui, pos2};

use super::fitted::Told;
use super::losses::{Losses, Measured, PLANE, SIDE};
use super::optimisers::Rule;
use crate::gpu::BufId;
use crate::nn::Player;
use crate::nn::player::Run;
use crate::recipes::{Loss, WEIGHTS};
use crate::settings::Choice as _;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::curves::{Chart, ChartEvent, Series, Side, chart, frame};
use crate::viz::figures::fit::{Cell, Panel, Placement, Row};
use crate::viz::figures::page::{self, Figure, amount, figures};
use crate::viz::figures::ranking::{Ranked, RankedEvent, ranking};
use crate::viz::figures::scatter::{Scatter, ScatterEvent, plane, scatter};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Quantity, Range, View, theme};

/// Values of the fit from left to right and from below to above.
pub const ACROSS: [f32; 2] = [-1.1, 1.1];
pub const UP: [f32; 2] = [-4.0, 3.0];
/// What charts of losses and of slopes have room for: of numbers, of classes.
const LOSSES: [[f32; 2]; 2] = [[0.0, 6.0], [0.0, 8.0]];
const SLOPES: [[f32; 2]; 2] = [[-4.0, 4.0], [-1.6, 0.4]];
/// Thickness of the chosen line, of the others, dashes of the line without the outlier.
const THICK: [f32; 2] = [3.0, 1.5];
const DASH: [f32; 2] = [5.0, 4.0];
/// Height of a line of words on the fit.
const ROW: f32 = 17.0;
/// How often the loss of the start is as high as the lightest place of the surface.
const LIGHTEST: f32 = 1.6;
/// Batches whose median is told.
const MEDIAN: usize = 9;
/// Room below a chart for its numbers, and width of the list of optimisers.
const FOOT: f32 = 18.0;
const LIST: f32 = 156.0;

/// What is drawn.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Losses,
    /// The optimiser that is looked at.
    pub rule: Rule,
}

/// What was done.
pub enum Wish {
    /// The outlier lies here.
    Outlier([f32; 2]),
    /// This is the score of the right class.
    Score(f32),
    /// This loss is wanted.
    Loss(Loss),
    /// This optimiser is looked at.
    Rule(Rule),
}

/// A loss in few letters.
fn short(loss: Loss) -> &'static str {
    match loss {
        Loss::Squared => "squared",
        Loss::Absolute => "absolute",
        Loss::Binary => "binary CE",
        Loss::Divergence => "KL, smoothed",
        Loss::SquaredSigmoid => "squared of σ",
        loss => loss.name(),
    }
}

/// The loss of each run at the step that is shown, as its curve has it: the median of the last batches. None before the
/// first step.
pub fn reached(player: &Player) -> Vec<Option<f32>> {
    let now = player.target() as usize;
    let at = |run: &Run| {
        let all = run.history().get(now.saturating_sub(MEDIAN)..now)?;
        let mut losses: Vec<f32> = all.iter().map(|record| record.loss).collect();
        losses.sort_by(f32::total_cmp);
        losses.get(losses.len() / 2).copied()
    };
    player.runs().iter().map(at).collect()
}

impl Drawn<'_> {
    /// Where everything stands.
    pub fn lay(ui: &mut Ui) -> Placement {
        let hero = vec![Panel::free(250.0, 1.0).folded(0.8); 3];
        let below =
            vec![Panel::picture(1.0).bar(), Panel::free(250.0, 1.0), Panel::free(LIST, 0.0).folded(0.6)];
        page::lay(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(4)])
    }

    /// Draws it; gives what was done.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) -> Option<Wish> {
        let told = self.of.fitted.read(view);
        let read = self.of.read(view);
        let hero = &placed.rows[0];
        let first = match self.of.asked.loss.is_of_numbers() {
            true => self.fit(ui, &hero[0], told.as_ref()),
            false => self.answers(ui, &hero[0], read.as_deref()),
        };
        let x = self.probe(read.as_deref());
        let curves = [("Loss", LOSSES), ("Slope", SLOPES)];
        let mut sought = None;
        for (which, ((name, values), cell)) in curves.into_iter().zip(&hero[1..]).enumerate() {
            sought = self.curves(ui, cell, name, values, (which, x, read.as_deref())).or(sought);
        }
        let below = &placed.rows[1];
        self.surface(ui, view, &below[0]);
        words::panel_name(ui, below[1].name, "Seven optimisers, one rate", "loss by step");
        view.curves(ui, below[1].rect, &[Quantity::Loss]);
        let rule = self.rules(ui, view, &below[2]);
        self.measured(ui, &placed.rows[2], told.as_ref(), read.as_deref());
        first.or(sought.map(Wish::Score)).or(rule.map(Wish::Rule))
    }

    fn ink(i: usize) -> Color32 {
        theme::SERIES[i % theme::SERIES.len()]
    }

    /// Where the probe stands on the curves.
    fn probe(&self, read: Option<&[Measured]>) -> Option<f32> {
        Some(read?.get(self.of.chosen())?.probed.at as f32)
    }

    /// The points and the lines through them.
    fn fit(&self, ui: &mut Ui, cell: &Cell, told: Option<&Told>) -> Option<Wish> {
        let c = theme::of(ui);
        words::panel_name(ui, cell.name, "Fit", "drag the outlier; dashed: without it");
        let points = &self.of.fitted.points;
        let last = points.len() - 1;
        let mut colors = vec![c.dim; last];
        colors.push(c.focus);
        let [x, y] = [ACROSS, UP].map(|[lo, hi]| Axis::linear(lo, hi));
        let of = Scatter {
            name: "Fit",
            points,
            colors: &colors,
            x,
            y,
            draggable: true,
            chosen: Some(last),
            ground: true,
        };
        let event = scatter(ui, cell.rect, &of);
        let plot = plane(cell.rect);
        let painter = ui.painter_at(plot);
        let place = |[at, value]: [f32; 2]| {
            pos2(x.place(at, plot.x_range()), plot.bottom() - y.share(value) * plot.height())
        };
        let ends = |[slope, offset]: [f32; 2]| ACROSS.map(|at| place([at, slope * at + offset])).to_vec();
        if let Some(told) = told {
            let chosen = self.of.chosen();
            for (i, line) in told.lines[0].iter().enumerate() {
                let thick = THICK[usize::from(i != chosen)];
                strokes::line(&painter, ends(*line), Stroke::new(thick, Self::ink(i)), None);
            }
            let [with, without] = told.lines.map(|lines| lines[chosen]);
            strokes::line(&painter, ends(without), Stroke::new(1.0, c.text), Some(DASH));
            // How far the outlier pulls the chosen line, at its own place.
            let at = self.of.asked.outlier[0];
            let pull = [without, with].map(|[slope, offset]| place([at, slope * at + offset]));
            strokes::line(&painter, pull.to_vec(), Stroke::new(theme::FOCUS_STROKE, c.focus), None);
            let names = Loss::OF_NUMBERS;
            for (i, loss) in names.iter().enumerate() {
                let from = plot.left_bottom() + egui::vec2(8.0, ROW * (i as f32 - names.len() as f32) - 6.0);
                let row = Rect::from_min_size(from, egui::vec2(plot.width(), ROW));
                let text = format!("{} pulled by {}", short(*loss), words::short(told.pulls[i]));
                let font = if i == chosen { theme::semibold(13.0) } else { theme::small() };
                words::write(ui, row, Align2::LEFT_CENTER, &text, font, Self::ink(i));
            }
        }
        match event? {
            ScatterEvent::Moved(i, to) if i == last => Some(Wish::Outlier(to)),
            _ => None,
        }
    }

    /// What each loss of classes says at the score that is looked at: its slope is what trains.
    fn answers(&self, ui: &mut Ui, cell: &Cell, read: Option<&[Measured]>) -> Option<Wish> {
        let score = self.of.asked.score;
        let note = format!("at score {} of the right class", words::short(score.into()));
        words::panel_name(ui, cell.name, "Slopes", &note);
        let family = self.of.asked.family();
        let row = |(i, loss): (usize, &Loss)| {
            let slope = read.and_then(|read| read.get(i)).map_or(f64::NAN, |of| of.probed.slope);
            Ranked {
                name: short(*loss).to_owned(),
                value: if read.is_some() { slope as f32 } else { 0.0 },
                text: if read.is_some() { words::short(slope) } else { "…".into() },
                was: None,
                chosen: i == self.of.chosen(),
                focus: false,
                ink: Self::ink(i),
            }
        };
        let rows: Vec<Ranked> = family.iter().enumerate().map(row).collect();
        let [lo, hi] = SLOPES[1];
        match ranking(ui, cell.rect, "Slopes", &rows, Axis::linear(lo, hi))? {
            RankedEvent::Clicked(i) => family.get(i).map(|loss| Wish::Loss(*loss)),
            RankedEvent::Hovered(_) => None,
        }
    }

    /// The losses of the family, or their slopes; gives the score that is asked for.
    fn curves(
        &self,
        ui: &mut Ui,
        cell: &Cell,
        name: &str,
        values: [[f32; 2]; 2],
        (which, x, read): (usize, Option<f32>, Option<&[Measured]>),
    ) -> Option<f32> {
        let numbers = self.of.asked.loss.is_of_numbers();
        let over = if numbers { "by line less point" } else { "by the score of the right class" };
        words::panel_name(ui, cell.name, name, over);
        let family = self.of.asked.family();
        let none = Vec::new();
        let series: Vec<Series<'_>> = family
            .iter()
            .enumerate()
            .map(|(i, loss)| Series {
                name: short(*loss),
                side: Side::Of(Self::ink(i)),
                validation: false,
                noisy: false,
                points: read.and_then(|read| read.get(i)).map_or(&none, |of| &of.curves[which]),
            })
            .collect();
        let reach = self.of.asked.reach();
        let [lo, hi] = values[usize::from(!numbers)];
        let steps = Axis::linear(-reach, reach);
        let (plotted, line) = cell.rect.split_top_bottom_at_y(cell.rect.bottom() - FOOT);
        let of = Chart {
            name: "",
            remark: "",
            series: &series,
            old: &[],
            steps,
            values: Axis::linear(lo, hi),
            now: x,
            chance: None,
            marks: &[],
            gap: None,
            write: words::short,
            ticks: false,
        };
        let event = ui.push_id(name, |ui| chart(ui, plotted, &of)).inner;
        let plot = frame(plotted, false);
        for tick in steps.ticks(5) {
            let at = steps.place(tick, plot.x_range());
            let own = Rect::from_center_size(pos2(at, line.center().y), egui::vec2(40.0, FOOT));
            let text = words::short(tick.into());
            words::write(ui, own, Align2::CENTER_CENTER, &text, theme::small(), theme::of(ui).faint);
        }
        match event? {
            ChartEvent::Seek(at) if !numbers => Some(at),
            _ => None,
        }
    }

    /// The surface of the network, and the ways of the optimisers as they are seen from it.
    fn surface(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell) {
        let surface = &self.of.surface;
        // Far from the start the loss of large weights would leave no difference near it.
        let middle = |[lo, hi]: [f32; 2]| ((-lo / (hi - lo)) * (SIDE - 1) as f32).round() as usize;
        let start = (SIDE - 1 - middle(PLANE[1])) * SIDE + middle(PLANE[0]);
        let range = match view.values(surface) {
            Some(all) => {
                let least = all.iter().copied().filter(|v| v.is_finite()).fold(all[start], f32::min);
                Range::Fixed(least, least.max(LIGHTEST * all[start]))
            }
            None => Range::Shared(Rc::<[BufId]>::from([surface.buf])),
        };
        let note = format!("a slice through {WEIGHTS} weights");
        let style = MapStyle::panel("Loss surface", &note, Look::Brightness);
        let map = view.panel(ui, cell, surface, 0, &style.range(range));
        let Some(player) = view.player() else { return };
        let now = player.target() as usize;
        let painter = ui.painter_at(map.rect);
        let share = |[lo, hi]: [f32; 2], value: f32| {
            let cells = (SIDE - 1) as f32;
            ((value - lo) / (hi - lo) * cells + 0.5) / SIDE as f32
        };
        let place = |[a, b]: [f32; 2]| -> Pos2 {
            let [across, up] = PLANE;
            map.rect.lerp_inside(egui::vec2(share(across, a), 1.0 - share(up, b)))
        };
        let start = place([0.0; 2]);
        let chosen = Rule::ALL.iter().position(|rule| *rule == self.rule);
        let last = chosen.map(|i| (i, THICK[0]));
        let order =
            (0..player.runs().len()).filter(|i| Some(*i) != chosen).map(|i| (i, THICK[1])).chain(last);
        for (i, thick) in order {
            let run = &player.runs()[i];
            let points: Vec<Pos2> =
                run.noted(0).zip(run.noted(1)).take(now).map(|(a, b)| place([a[1], b[1]])).collect();
            let Some(end) = points.last().copied() else { continue };
            let ink = Self::ink(i);
            let around = Stroke::new(thick + 1.5, Color32::from_black_alpha(120));
            strokes::line(&painter, points.clone(), around, None);
            strokes::line(&painter, points, Stroke::new(thick, ink), None);
            painter.circle(end, 3.5, ink, Stroke::new(1.0, Color32::BLACK));
        }
        let c = theme::of(ui);
        painter.circle(start, 4.0, c.focus, Stroke::new(1.5, Color32::BLACK));
        words::tag(ui, map.rect, start + egui::vec2(0.0, 16.0), "start", Voice::Plain);
    }

    /// The optimisers, and how far each has come; gives the one that was clicked.
    fn rules(&self, ui: &mut Ui, view: &View<'_>, cell: &Cell) -> Option<Rule> {
        let player = view.player()?;
        let reached = reached(player);
        words::panel_name(ui, cell.name, "Loss now", &format!("median of {MEDIAN}"));
        let most = reached.iter().flatten().copied().filter(|v| v.is_finite()).fold(1e-3, f32::max);
        let row = |(i, rule): (usize, &Rule)| {
            let loss = reached.get(i).copied().flatten();
            Ranked {
                name: rule.name().to_owned(),
                value: loss.unwrap_or(0.0),
                text: loss.map_or_else(|| "–".into(), |loss| words::short(loss.into())),
                was: None,
                chosen: *rule == self.rule,
                focus: false,
                ink: Self::ink(i),
            }
        };
        let rows: Vec<Ranked> = Rule::ALL.iter().enumerate().map(row).collect();
        match ranking(ui, cell.rect, "Loss now", &rows, Axis::linear(0.0, most))? {
            RankedEvent::Clicked(i) => Rule::ALL.get(i).copied(),
            RankedEvent::Hovered(_) => None,
        }
    }

    /// The measured row.
    fn measured(&self, ui: &mut Ui, cells: &[Cell], told: Option<&Told>, read: Option<&[Measured]>) {
        let number = |of: Option<f64>| of.map_or_else(|| "…".to_owned(), words::short);
        let probed = read.and_then(|read| read.get(self.of.chosen())).map(|of| of.probed);
        let slope = probed.map(|of| of.slope);
        let finite = format!("finite difference {}", number(probed.map(|of| of.finite)));
        let size = slope.map_or(0.0, f64::abs);
        let rows: Vec<Figure<'_>> = if self.of.asked.loss.is_of_numbers() {
            let most = told.map_or(1.0, |told| told.pulls.iter().copied().fold(1e-6, f64::max));
            let pull = |i: usize| told.map(|told| told.pulls[i]);
            let name = ["Squared pulled by", "Absolute pulled by", "Huber pulled by"];
            let mut rows: Vec<_> = (0..name.len())
                .map(|i| {
                    let share = pull(i).unwrap_or(0.0) / most;
                    amount(name[i], number(pull(i)), share, "at the outlier's place")
                })
                .collect();
            rows.push(amount("Slope at the outlier", number(slope), size / 8.0, finite));
            rows
        } else {
            let of = |loss: Loss| {
                let i = self.of.asked.family().iter().position(|of| *of == loss)?;
                Some(read?.get(i)?.probed.slope)
            };
            let entropy = of(Loss::CrossEntropy);
            let (p, loss) = (entropy.map(|slope| 1.0 + slope), probed.map(|of| of.loss));
            vec![
                amount(
                    "Probability p",
                    p.map_or_else(|| "…".into(), words::percent),
                    p.unwrap_or(0.0),
                    "of the right class",
                ),
                amount("Loss", number(loss), loss.unwrap_or(0.0) / 8.0, short(self.of.asked.loss)),
                amount("Slope", number(slope), size, finite),
                amount("Cross-entropy's", number(entropy), entropy.map_or(0.0, f64::abs), "is p − 1"),
            ]
        };
        figures(ui, cells, &rows);
    }
}
