//! Networks in training as a page shows them: the scrubber and curves of all runs on one axis of steps.

use egui::{Rect, Ui, pos2};

use super::figures::axis::Axis;
use super::figures::curves::{self, Chart, ChartEvent, Series, Side, chart};
use super::figures::race::{self, Race, RaceEvent, Speed};
use super::view::View;
use super::{theme, words};
use crate::nn::player::Run;
use crate::nn::{Player, Record, RunId};

/// Height of the scrubber, and space between charts.
const SCRUBBER: f32 = 24.0;
const SPACE: f32 = 4.0;
/// Space around the words of a tag.
const TAG: f32 = 12.0;

/// What a chart shows of every run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// The loss: of each batch, and on the test set.
    Loss,
    /// The same, with what something else reaches, and its name.
    LossBeside(f32, &'static str),
    /// The share of right answers, of which guessing would give so much.
    Accuracy(f32),
    /// The same on the test set alone.
    Unseen(f32),
}

/// Numbers of one run.
struct Points {
    side: Side,
    training: Vec<[f32; 2]>,
    test: Vec<[f32; 2]>,
    old: Vec<Vec<[f32; 2]>>,
    name: String,
}

impl Quantity {
    fn of(self, run: &Run, side: Side) -> Points {
        let training = |records: &[Record]| -> Vec<[f32; 2]> {
            let value = |r: &Record| match self {
                Self::Loss | Self::LossBeside(..) => Some(r.loss),
                Self::Accuracy(_) => r.accuracy,
                Self::Unseen(_) => None,
            };
            records.iter().filter_map(|r| Some([r.step as f32 + 1.0, value(r)?])).collect()
        };
        let test = run.evaluations().iter().filter_map(|(step, e)| {
            let value = match self {
                Self::Loss | Self::LossBeside(..) => Some(e.loss),
                Self::Accuracy(_) | Self::Unseen(_) => e.accuracy,
            };
            Some([*step as f32, value?])
        });
        let old = run.branches().iter().map(|branch| training(&branch.history)).collect();
        let name = run.name().to_owned();
        Points { side, training: training(run.history()), test: test.collect(), old, name }
    }

    /// What guessing would give, where answers are right or wrong.
    fn guessed(self) -> Option<f32> {
        match self {
            Self::Accuracy(chance) | Self::Unseen(chance) => Some(chance),
            Self::Loss | Self::LossBeside(..) => None,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Loss | Self::LossBeside(..) => "Loss",
            Self::Accuracy(_) => "Correct",
            Self::Unseen(_) => "Unseen samples right",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Loss | Self::LossBeside(..) => "Loss (dots: unseen samples)",
            Self::Accuracy(_) => "Correct (dots: unseen samples)",
            Self::Unseen(_) => self.short(),
        }
    }
}

/// Steps from the start to the planned end, or to the last step that was trained.
fn steps(player: &Player) -> Axis {
    Axis::linear(0.0, player.planned().unwrap_or(1).max(player.step()).max(1) as f32)
}

/// The runs of these numbers: the first is A, the second B; more than two have a colour each.
fn sides<'p>(player: &'p Player, runs: &[RunId]) -> impl Iterator<Item = (&'p Run, Side)> {
    let many = (runs.len() > 2).then_some(theme::SERIES.map(Side::Of)).into_iter().flatten();
    let sides = many.chain([Side::A, Side::B]).cycle();
    runs.iter().filter_map(|run| player.runs().get(run.0)).zip(sides)
}

impl View<'_> {
    /// Draws the scrubber and a chart for each quantity below each other into `rect`. Dragging on any of
    /// them shows exactly that step everywhere.
    pub fn curves(&mut self, ui: &mut Ui, rect: Rect, quantities: &[Quantity]) {
        let runs = self.stage.player().map_or(0, |player| player.runs().len());
        let all: Vec<RunId> = (0..runs).map(RunId).collect();
        self.curves_of(ui, rect, quantities, &all);
    }

    /// The same with these runs alone: the first is A, the second B.
    pub fn curves_of(&mut self, ui: &mut Ui, rect: Rect, quantities: &[Quantity], of: &[RunId]) {
        let Some(player) = self.stage.player() else { return };
        let axis = steps(player);
        let now = player.target();
        let checkpoints = player.runs().first().map(Run::checkpoints).unwrap_or_default();
        let race = Race {
            step: now,
            planned: axis.hi as u64,
            more: 0,
            playing: player.is_playing(),
            speed: Speed::Max,
            seed: 0,
            rate: None,
            fresh: false,
        };
        let marks: Vec<(f32, &str)> =
            player.marks().iter().map(|(at, text)| (*at as f32, text.as_str())).collect();
        let line = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + SCRUBBER));
        let mut wanted = race::scrubber(ui, line, &race, axis, &checkpoints).map(|event| match event {
            RaceEvent::Seek(step) => step,
            _ => now,
        });
        let top = line.bottom() + SPACE;
        let untrained = player.step() == 0;
        let each = (rect.bottom() - top + SPACE) / quantities.len().max(1) as f32;
        for (i, &quantity) in quantities.iter().enumerate() {
            let from = top + i as f32 * each;
            let own = Rect::from_min_max(pos2(rect.left(), from), pos2(rect.right(), from + each - SPACE));
            let last = i + 1 == quantities.len();
            wanted = one(ui, own, (player, of), quantity, axis, now, &marks, last).or(wanted);
        }
        if untrained {
            // In the first chart: over the others it would hide their names.
            let room = rect.with_min_y(top).with_max_y(top + each - SPACE);
            let plot = curves::frame(room, true);
            let short = format!("Play trains for {} steps", axis.hi);
            let text = format!("{short}, and the lines fill this room");
            // Beside the numbers of the axis, not over them.
            let fits = words::width(ui, &text, theme::semibold(13.0)) + 2.0 * TAG < plot.width();
            let (room, text) = if fits { (room, text) } else { (plot, short) };
            words::tag(ui, room, room.center(), &text, words::Voice::Plain);
        }
        if let (Some(step), Some(player)) = (wanted.filter(|step| *step != now), self.stage.player_mut()) {
            player.show(step);
            ui.ctx().request_repaint();
        }
    }
}

/// One chart; gives the step that is asked for.
#[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
fn one(
    ui: &mut Ui,
    rect: Rect,
    (player, of): (&Player, &[RunId]),
    quantity: Quantity,
    steps: Axis,
    now: u64,
    marks: &[(f32, &str)],
    ticks: bool,
) -> Option<u64> {
    let runs: Vec<Points> = sides(player, of).map(|(run, side)| quantity.of(run, side)).collect();
    let mut values = match quantity {
        Quantity::Loss => Axis::linear(0.0, 0.1),
        // From what is reached, and not from a loss that some page would call small.
        Quantity::LossBeside(level, _) => Axis::linear(0.0, (1.5 * level).max(f32::MIN_POSITIVE)),
        Quantity::Accuracy(_) | Quantity::Unseen(_) => Axis::linear(0.0, 1.0),
    };
    if quantity.guessed().is_none() {
        // A start far off would flatten everything after it.
        let mut all: Vec<f32> =
            runs.iter().flat_map(|r| r.training.iter().chain(&r.test)).map(|p| p[1]).collect();
        all.retain(|v| v.is_finite());
        if !all.is_empty() {
            let at = all.len() * 98 / 100;
            values.grow([*all.select_nth_unstable_by(at, f32::total_cmp).1]);
        }
    }
    let many = runs.len() > 2;
    let mut series = Vec::new();
    for run in &runs {
        let Points { side, name, training, test, .. } = run;
        let side = *side;
        if let Quantity::Unseen(_) = quantity {
            series.push(Series { name, side, validation: false, noisy: false, points: test });
            continue;
        }
        series.push(Series { name, side, validation: false, noisy: true, points: training });
        // Of many there would be twice as many lines and numbers as can be told apart; they begin alike.
        if !many || (training.is_empty() && series.len() == 1) {
            series.push(Series { name, side, validation: true, noisy: false, points: test });
        }
    }
    let old: Vec<&[[f32; 2]]> = runs.iter().flat_map(|r| r.old.iter().map(Vec::as_slice)).collect();
    let of = Chart {
        name: if many { quantity.short() } else { quantity.name() },
        remark: "",
        series: &series,
        old: &old,
        steps,
        values,
        now: Some(now as f32),
        chance: match quantity {
            Quantity::LossBeside(level, name) => Some((level, name)),
            _ => quantity.guessed().map(|chance| (chance, "guessing")),
        },
        marks,
        gap: matches!(quantity, Quantity::Accuracy(_)).then_some(0.05),
        write: if quantity.guessed().is_some() { words::percent } else { crate::ops::arithmetic::number },
        ticks,
    };
    match chart(ui, rect, &of)? {
        ChartEvent::Seek(step) => Some(step.round().max(0.0) as u64),
        ChartEvent::Hovered(_) => None,
    }
}
