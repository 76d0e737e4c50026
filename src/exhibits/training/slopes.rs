//! How steep the activations of both networks are, from their own kernels, and how what a layer puts out is spread.

use egui::{Align2, Pos2, Rect, Stroke, Ui, pos2, vec2};

use crate::data::table::Table;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::nn::RunId;
use crate::ops::OpError;
use crate::ops::histogram::histogram;
use crate::ops::layout::fill;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation, d_activation};
use crate::viz::figures::axis::Axis;
use crate::viz::figures::histogram::{Histogram, histogram as draw_histogram};
use crate::viz::figures::strokes;
use crate::viz::{Derive, Of, View, offer, theme, words};

/// Sums from minus this to this, and how many.
const REACH: f32 = 6.0;
const POINTS: usize = 121;
/// Slopes that have room.
const TOP: f32 = 1.15;
const FLOOR: f32 = -0.15;
/// Room for numbers at the left and below, and for the name.
const LEFT: f32 = 32.0;
const LINE: f32 = 17.0;

/// Slopes of the activations of A and B.
pub struct Slopes {
    /// At [`POINTS`] sums, of A and of B.
    curves: [Tensor; 2],
    /// The largest of each, `[1]`.
    tops: [Tensor; 2],
}

impl Slopes {
    /// Records them.
    ///
    /// # Errors
    /// None in fact: there is nothing that a shape rule could refuse.
    pub fn record(plan: &mut Plan, acts: [Act; 2]) -> Result<Self, Problem> {
        let sums: Vec<f32> = sums().collect();
        let x = plan.constant("sums", &[POINTS], sums);
        let ones = fill(plan, "ones", &[POINTS], 1.0);
        let mut one = |act: Act, name: &str| -> Result<[Tensor; 2], Problem> {
            let y = activation(plan, &x, act);
            plan.name(&y, &format!("activation of {name}"));
            let slope = d_activation(plan, &x, &ones, act);
            plan.name(&slope, &format!("slope of {name}"));
            let top = reduce(plan, &slope, &[0], Reduce::Max, true)?;
            plan.name(&top, &format!("largest slope of {name}"));
            Ok([slope, top])
        };
        let ([a, top_a], [b, top_b]) = (one(acts[0], "A")?, one(acts[1], "B")?);
        Ok(Self { curves: [a, b], tops: [top_a, top_b] })
    }

    /// The largest slope of each.
    pub fn tops(&self, view: &mut View<'_>) -> Option<[f64; 2]> {
        let [a, b] = [0, 1].map(|i| view.values(&self.tops[i]).map(|v| f64::from(v[0])));
        Some([a?, b?])
    }

    /// Draws both curves into `rect`, under a name.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect) {
        let c = theme::of(ui);
        let read = [0, 1].map(|i| view.values(&self.curves[i]));
        let [Some(a), Some(b)] = read else { return };
        words::panel_name(ui, rect.with_max_y(rect.top() + LINE), "Slope", "by the sum");
        offer::table(ui, "Slope", rect, || {
            let rows = sums().zip(a.iter().zip(b.iter()));
            Table::numbers(["sum", "slope of A", "slope of B"], rows.map(|(x, (a, b))| vec![x, *a, *b]))
        });
        let plot = Rect::from_min_max(rect.min + vec2(LEFT, LINE + 3.0), rect.max - vec2(2.0, LINE));
        let (across, up) = (Axis::linear(-REACH, REACH), Axis::linear(FLOOR, TOP));
        let place = |x: f32, y: f32| -> Pos2 {
            let share = up.share(y.clamp(FLOOR, TOP));
            pos2(across.place(x, plot.x_range()), plot.bottom() - share * plot.height())
        };
        for level in [0.0, 0.25, 1.0] {
            let y = place(0.0, level).y.round();
            ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, c.line));
            let room = Rect::from_min_max(pos2(rect.left(), y - 8.0), pos2(plot.left() - 5.0, y + 8.0));
            let text = format!("{level}");
            words::write(ui, room, Align2::RIGHT_CENTER, &text, theme::small(), c.faint);
        }
        for (slopes, ink, dash) in [(&a, c.blue, None), (&b, c.b, Some(theme::DASH))] {
            let points = sums().zip(slopes.iter()).map(|(x, y)| place(x, *y)).collect();
            strokes::line(&ui.painter_at(plot.expand(2.0)), points, Stroke::new(theme::CURVE, ink), dash);
        }
        // What is pointed at: the slope at the sum there, of the curve that is nearer.
        if let Some(pos) = ui.ctx().pointer_hover_pos().filter(|pos| plot.contains(*pos)) {
            let share = (pos.x - plot.left()) / plot.width();
            let at = (share * (POINTS - 1) as f32).round() as usize;
            let dot = |slopes: &[f32]| place(sums().nth(at).unwrap_or(0.0), slopes[at]);
            let [first, second] = [dot(&a), dot(&b)];
            let (which, dot, ink) = match pos.distance(first) <= pos.distance(second) {
                true => (0, first, c.blue),
                false => (1, second, c.b),
            };
            view.point(&self.curves[which], at);
            ui.painter().circle(dot, 4.0, ink, Stroke::new(1.5, c.ground));
        }
        let foot = rect.with_min_y(rect.bottom() - LINE + 2.0).with_min_x(plot.left());
        let end = words::short(REACH.into());
        for (align, text) in [
            (Align2::LEFT_CENTER, format!("−{end}")),
            (Align2::CENTER_CENTER, "0".to_owned()),
            (Align2::RIGHT_CENTER, end.clone()),
        ] {
            words::write(ui, foot, align, &text, theme::small(), c.faint);
        }
    }
}

fn sums() -> impl Iterator<Item = f32> {
    (0..POINTS).map(|i| REACH * (2.0 * i as f32 / (POINTS - 1) as f32 - 1.0))
}

/// Ends of the bins where both activations have bounds, and where not.
const BOUNDED: [f32; 2] = [-1.0, 1.0];
const WIDE: [f32; 2] = [-1.0, 3.0];

fn counted(plan: &mut Plan, x: &Tensor, [lo, hi]: [f32; 2]) -> Result<Tensor, OpError> {
    let range = plan.constant("ends of the bins", &[4], vec![lo, hi, 0.0, 0.0]);
    histogram(plan, &x.view(&[x.len()]), &range)
}

/// Draws how the outputs of a layer (from 0) are spread over the batch, A above and B below in the same bins.
pub fn outputs(ui: &mut Ui, view: &mut View<'_>, rect: Rect, layer: usize, acts: [Act; 2]) {
    let name = rect.with_max_y(rect.top() + LINE);
    words::panel_name(ui, name, &format!("Layer {}", layer + 1), "outputs, A up, B down");
    let bounded = acts.iter().all(|act| [Act::SIGMOID, Act::TANH].contains(act));
    let (ends, called, derive): (_, _, Derive) = match bounded {
        true => (BOUNDED, "outputs from -1 to 1", |plan, x| counted(plan, x, BOUNDED)),
        false => (WIDE, "outputs from -1 to 3", |plan, x| counted(plan, x, WIDE)),
    };
    let counts = [0, 1].map(|run| {
        let output = view.player()?.runs().get(run)?.layers().get(layer)?.output.clone();
        let counts = view.of(Of::Training(RunId(run))).derived(&output, called, derive)?;
        let inside = counts.iter().sum::<f32>() / output.len() as f32;
        Some((counts, 1.0 - inside))
    });
    let [Some((a, beyond_a)), Some((b, beyond_b))] = counts else { return };
    let most = f64::from(beyond_a.max(beyond_b));
    let remark =
        if most > 0.005 { format!("beyond: {}", words::percent(most)) } else { "height: √".into() };
    let of = Histogram {
        name: "Outputs of the layer",
        a: &a,
        b: &b,
        range: Axis::linear(ends[0], ends[1]),
        most: None,
        root: true,
        remark: &remark,
    };
    draw_histogram(ui, rect.with_min_y(name.bottom() + 3.0), &of);
}
