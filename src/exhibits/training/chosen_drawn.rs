//! The page on choosing an architecture drawn: the grid of networks with their curves, what each has right against its size,
//! and the curves of one of them large.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::chosen::{BY_HEART, Candidate, NETWORKS, Task, Worth, choice, front, worth};
use crate::nn::{Player, RunId};
use crate::viz::facts::grouped;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::page::{self, amount};
use crate::viz::figures::scatter::{Scatter, ScatterEvent, plane, scatter};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Of, Quantity, View, theme};

/// Numbers of panels, for the sentence.
pub const GRID: usize = 0;
/// Right against size.
pub const PARETO: usize = 1;
/// Least widths and height of both, and least height of the curves.
const LEAST: [f32; 2] = [300.0, 220.0];
const LOWEST: f32 = 196.0;
const CURVES: f32 = 112.0;
/// Networks in a row of the grid, width of a row's name, height of the columns' names, and space between.
const COLUMNS: usize = 3;
const NAME: f32 = 62.0;
const SPACE: f32 = 5.0;
/// Height of the words of a cell, and of the words below the plane.
const LINE: f32 = 17.0;
/// Distance at which a dot is taken for clicked, as a share of the plane.
const NEAR: f32 = 0.06;

/// What is drawn.
pub struct Drawn<'a> {
    /// What is learned.
    pub task: Task,
    /// The networks.
    pub grid: &'a [Candidate],
    /// The one whose curves are shown, from 0.
    pub network: usize,
}

impl Drawn<'_> {
    /// Draws it; gives the network that was clicked.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>) -> Option<usize> {
        let hero = vec![Panel::free(LEAST[0], 1.3).folded(0.9), Panel::free(LEAST[1], 1.0).folded(0.8)];
        let rows = [Row::Hero(hero), Row::Measured(4), Row::Fill(CURVES)];
        let placed = page::lay_with(
            ui,
            &rows,
            &Metrics { row: 12.0, gap: 18.0, lowest: LOWEST, ..Metrics::default() },
        );
        let all = worth(view)?;
        let clicked = self.cells(ui, view, &placed.rows[0][GRID], &all);
        let clicked = clicked.or(self.plane(ui, view, &placed.rows[0][PARETO], &all));
        self.measured(ui, view, &placed.rows[1], &all);
        let run = RunId(self.network.min(NETWORKS - 1));
        view.curves_of(ui, placed.rows[2][0].rect, &[Quantity::Accuracy(self.task.chance())], &[run]);
        clicked
    }

    /// The colour of a kind.
    fn ink(&self, ui: &Ui, kind: usize) -> Color32 {
        let c = theme::of(ui);
        [c.blue, c.b][kind.min(1)]
    }

    /// All networks, a row for each kind and depth.
    fn cells(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, all: &[Worth]) -> Option<usize> {
        let c = theme::of(ui);
        words::panel_name(
            ui,
            cell.name,
            "Unseen samples right",
            "line: its batches; wide networks at the right",
        );
        let lines = NETWORKS.div_ceil(COLUMNS);
        let rect = cell.rect;
        let name = NAME.min(rect.width() / 4.0);
        let wide = ((rect.width() - name) / COLUMNS as f32).floor();
        let high = (rect.height() / lines as f32).floor();
        // Before the first step all guess.
        let best = choice(all).filter(|_| is_trained(view));
        let mut clicked = None;
        for (i, own) in self.grid.iter().enumerate() {
            let (line, column) = (i / COLUMNS, i % COLUMNS);
            let at = pos2(rect.left() + name + column as f32 * wide, rect.top() + line as f32 * high);
            let room = Rect::from_min_size(at, vec2(wide - SPACE, high - SPACE));
            if column == 0 {
                let side =
                    Rect::from_min_max(pos2(rect.left(), at.y), pos2(at.x - SPACE, at.y + high - SPACE));
                let kind = self.task.kinds()[own.kind];
                let (upper, lower) = side.split_top_bottom_at_fraction(0.5);
                words::write(
                    ui,
                    upper,
                    Align2::LEFT_BOTTOM,
                    kind,
                    theme::semibold(13.0),
                    self.ink(ui, own.kind),
                );
                let layers = words::plural(own.depth, "layer", "layers");
                words::write(ui, lower, Align2::LEFT_TOP, &layers, theme::small(), c.faint);
            }
            if self.cell(ui, view, room, i, all.get(i)?, best) {
                clicked = Some(i);
            }
        }
        clicked
    }

    /// One network: its size, what it has right, and its curves. Whether it was clicked.
    fn cell(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        rect: Rect,
        at: usize,
        worth: &Worth,
        best: Option<[usize; 2]>,
    ) -> bool {
        let c = theme::of(ui);
        let own = &self.grid[at];
        let response = ui.interact(rect, ui.scope_id().with(("network", at)), Sense::click());
        let right = worth.unseen.map_or_else(|| "–".into(), words::percent);
        let spoken = format!("{}: {right}, {} parameters", own.name(self.task), worth.parameters);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, at == self.network, &spoken));
        let fill = if response.hovered() { c.hover } else { c.side };
        ui.painter().rect_filled(rect, theme::RADIUS_TAG, fill);
        let inner = rect.shrink2(vec2(6.0, 3.0));
        let line = inner.with_max_y(inner.top() + LINE);
        let ink = self.ink(ui, own.kind);
        let heart = worth.gap.is_some_and(|gap| gap > BY_HEART);
        let voice = if heart { c.broken } else { c.text };
        let said = words::write(ui, line, Align2::RIGHT_CENTER, &right, theme::semibold(14.0), voice);
        let rest = line.with_max_x((said.left() - 4.0).max(line.left()));
        let size = if worth.parameters < 10_000 {
            grouped(worth.parameters as u64)
        } else {
            format!("{}k", worth.parameters / 1000)
        };
        words::write(ui, rest, Align2::LEFT_CENTER, &size, theme::small(), c.dim);
        self.spark(ui, view, inner.with_min_y(line.bottom() + 2.0), at, ink);
        if best.is_some_and(|best| best[1] == at) {
            ui.painter().rect_stroke(rect, theme::RADIUS_TAG, Stroke::new(2.0, c.good), StrokeKind::Inside);
        }
        if at == self.network {
            strokes::chosen(ui.painter(), rect, c.blue);
        }
        if response.hovered() {
            point_at_logit(view, RunId(at));
        }
        response.clicked()
    }

    /// The curves of a network, small: the share of its batches that is right, and dots for unseen samples.
    fn spark(&self, ui: &Ui, view: &View<'_>, rect: Rect, at: usize, ink: Color32) {
        let Some(player) = view.player() else { return };
        let Some(run) = player.runs().get(at) else { return };
        let c = theme::of(ui);
        let last = player.planned().unwrap_or(1).max(player.step()).max(1) as f32;
        let place = |step: f32, share: f32| -> Pos2 {
            pos2(rect.left() + rect.width() * step / last, rect.bottom() - rect.height() * share)
        };
        let painter = ui.painter_at(rect.expand(2.0));
        painter.hline(rect.x_range(), place(0.0, self.task.chance()).y, Stroke::new(1.0, c.line));
        let shown = player.target() as usize;
        // A batch alone jumps: the mean of some of them.
        let history = run.history();
        let known = &history[..shown.min(history.len())];
        let points: Vec<Pos2> = known
            .chunks(5)
            .filter_map(|some| {
                let right: f32 = some.iter().filter_map(|r| r.accuracy).sum();
                Some(place(some.last()?.step as f32 + 1.0, right / some.len() as f32))
            })
            .collect();
        if points.len() > 1 {
            strokes::line(&painter, points, Stroke::new(1.25, ink.gamma_multiply(0.75)), None);
        }
        for (step, judged) in run.evaluations().iter().filter(|(step, _)| *step as usize <= shown) {
            if let Some(share) = judged.accuracy {
                painter.circle_filled(place(*step as f32, share), 2.0, c.text);
            }
        }
    }

    /// What each has right against its parameters, and the front.
    fn plane(&self, ui: &mut Ui, view: &View<'_>, cell: &Cell, all: &[Worth]) -> Option<usize> {
        let c = theme::of(ui);
        words::panel_name(ui, cell.name, "Right against size", "in percent; line: nobody smaller is better");
        let sizes = all.iter().map(|own| own.parameters as f32);
        let (least, most) = (sizes.clone().fold(f32::MAX, f32::min), sizes.fold(1.0, f32::max));
        let x = Axis::log(least / 1.5, most * 1.5);
        let y = Axis::linear(0.0, 100.0);
        let points: Vec<[f32; 2]> = all
            .iter()
            .map(|own| [own.parameters as f32, own.unseen.map_or(f32::NAN, |v| 100.0 * v as f32)])
            .collect();
        let colors: Vec<Color32> = self.grid.iter().map(|own| self.ink(ui, own.kind)).collect();
        let rect = cell.rect.with_max_y(cell.rect.bottom() - LINE);
        let plot = plane(rect);
        let trained = is_trained(view);
        let best = choice(all).filter(|_| trained);
        let of = Scatter {
            name: "Right against size",
            points: &points,
            colors: &colors,
            x,
            y,
            draggable: false,
            chosen: Some(self.network),
            ground: true,
        };
        let event = scatter(ui, rect, &of);
        let place = |i: usize| {
            let [size, share] = points[i];
            pos2(x.place(size, plot.x_range()), plot.bottom() - y.share(share) * plot.height())
        };
        let line: Vec<Pos2> = front(all).into_iter().map(place).collect();
        if trained && line.len() > 1 {
            strokes::line(&ui.painter_at(plot), line, Stroke::new(1.5, c.text), Some([4.0, 3.0]));
        }
        if let Some([_, small]) = best {
            ui.painter().circle_stroke(place(small), 8.0, Stroke::new(2.0, c.good));
        }
        let foot = cell.rect.with_min_y(rect.bottom()).with_min_x(plot.left());
        words::write(ui, foot, Align2::CENTER_CENTER, "parameters", theme::small(), c.faint);
        match event {
            Some(ScatterEvent::Clicked([size, share])) => {
                let apart = |i: &usize| {
                    let far =
                        [x.share(size) - x.share(points[*i][0]), y.share(share) - y.share(points[*i][1])];
                    far[0].hypot(far[1])
                };
                (0..points.len()).filter(|i| apart(i) < NEAR).min_by(|a, b| apart(a).total_cmp(&apart(b)))
            }
            _ => None,
        }
    }

    fn measured(&self, ui: &mut Ui, view: &View<'_>, cells: &[Cell], all: &[Worth]) {
        let network = self.network.min(all.len() - 1);
        let own = &all[network];
        let most = |all: &mut dyn Iterator<Item = f64>| all.fold(1.0, f64::max);
        let runs = view.player().map_or(&[][..], Player::runs);
        let work: Vec<f64> = runs.iter().map(|run| run.session().plan().flops()).collect();
        let own_work = work.get(network).copied().unwrap_or(0.0);
        let share = |share: Option<f64>| share.map_or_else(|| "–".into(), words::percent);
        let points = |gap: f64| {
            let of = (gap * 100.0).round();
            format!("{of} {}", if of.abs() == 1.0 { "point" } else { "points" }).replace('-', "−")
        };
        let name = self.grid[network].name(self.task);
        let worst = all.iter().filter_map(|own| own.gap).fold(0.0, f64::max);
        let mut rows = [
            amount(
                "Parameters",
                grouped(own.parameters as u64),
                own.parameters as f64 / most(&mut all.iter().map(|own| own.parameters as f64)),
                format!("of {name}"),
            ),
            amount(
                "Work of a step",
                format!("{} M", words::short(own_work / 1e6)),
                own_work / most(&mut work.iter().copied()),
                "multiplications, additions",
            ),
            amount("Unseen right", share(own.unseen), own.unseen.unwrap_or(0.0), format!("of {name}")),
            amount(
                "Gap",
                own.gap.map_or_else(|| "–".into(), points),
                own.gap.unwrap_or(0.0).clamp(0.0, 1.0),
                format!("largest of all: {}", points(worst)),
            ),
        ];
        if own.gap.is_some_and(|gap| gap > BY_HEART) {
            rows[3].4 = Voice::Broken;
        }
        page::figures(ui, cells, &rows);
    }
}

fn is_trained(view: &View<'_>) -> bool {
    view.player().is_some_and(|player| player.target() > 0)
}

/// Points at the first logit of a network for the first sample of its batch.
fn point_at_logit(view: &mut View<'_>, id: RunId) {
    let logits = view.player().and_then(|player| player.runs().get(id.0)?.view("logits").cloned());
    if let Some(logits) = logits {
        view.of(Of::Training(id)).point(&logits, 0);
    }
}
