//! One dimension or two: a window that slides along time over all channels, the same as a window of two dimensions,
//! and a square one that slides along both axes, which asks for an order that channels may not have.

use super::questions;
use super::sequence::{Measured, OWN, Shown, Signal, Slides, Window};
use super::sequence_drawn::{compared, hero, measured, placed};
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::prelude::*;
use crate::viz::figures::window::Walk;

settings! {
    /// The page.
    pub struct OneDVsTwoD {
        signal: Signal = Signal::Waveform,
        sentence: String = SENTENCE.into(),
        slides: Slides = Slides::Time,
        size: u32 = 7,
        stride: u32 = 1,
        dilation: u32 = 1,
        causal: bool = false,
        shuffle: bool = false,
        filter: Filter = Filter::Edges,
        grid: Vec<f32> = (0..OWN[0] * OWN[1]).map(|i| ((i * 5 + i / OWN[1]) % 7) as f32 - 3.0).collect(),
        walk: Walk = Walk::new(0, 1),
    }
}

impl Exhibit for OneDVsTwoD {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let [tokens, own] = [Signal::Tokens, Signal::Own].map(|signal| self.signal == signal);
        let rows = self.signal != Signal::Waveform;
        k.heading("Signal");
        Knob::choice("signal", "Signal", &mut self.signal).show(k);
        Knob::text("sentence", "Sentence", &mut self.sentence, 120).enabled(tokens).show(k);
        Knob::switch("shuffle", "Shuffle rows", &mut self.shuffle)
            .help("Channels in another order; weights of a window over all rows go with them")
            .enabled(rows)
            .show(k);
        k.heading("Window");
        Knob::choice("slides", "Window slides", &mut self.slides)
            .help("Along time it holds all rows; along both axes it is square")
            .enabled(rows)
            .show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=9).help("k, cells along time").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=4).help("Along time").show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=4).help("Along time").show(k);
        let zeros = "D(k − 1) zeros before the start, so that no output reads what comes later";
        Knob::switch("causal", "Causal", &mut self.causal).help(zeros).show(k);
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).show(k);
        let grid = Knob::numbers("grid", "Numbers", &mut self.grid, OWN[1]).enabled(own);
        grid.help("Each row is a channel").show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let [size, stride, dilation] = [self.size, self.stride, self.dilation].map(|v| v as usize);
        let (filter, causal, slides) = (self.filter, self.causal, self.slides);
        let (shuffled, own) = (self.shuffle, self.grid.as_slice());
        let window = Window { filter, size, stride, dilation, causal, slides, shuffled, own };
        let shown = Shown::record(on, self.signal, &self.sentence, &window)?;
        let (total, columns) = (shown.y.len(), shown.p.ow as usize);
        if self.walk.total() != total {
            self.walk.resize(total, columns);
            // In the middle, or where padding is read.
            let rows = total / columns;
            self.walk.scrub(rows / 2 * columns + if causal { 0 } else { columns / 2 });
        }
        Ok(shown)
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let of = Measured::of(&view.values(&shown.measured)?)?;
        let (along, [[rows, _], ..]) = (&shown.along, shown.sizes());
        let (k, outputs) = (along.s, format!("[{}](value 0)", grouped(shown.y.len() as u64)));
        let [twin, later, still] = [of.twin, of.later, of.along].map(words::short);
        let (moved, weights) = (words::percent(of.both), along.c * k);
        let apart = format!("difference [{twin}](value 2)");
        Some(match (shown.slides, shown.shuffled) {
            (Slides::Time, true) => Caption::good(&format!(
                "A window over all **{rows}** rows has no order of rows: shuffled with its [{weights} weights](value 3), \
                 its {outputs} outputs move by [{still}](good 6)."
            )),
            (Slides::Time, false) if shown.causal => Caption::plain(&format!(
                "Causal: **{}** zeros before the start, {outputs} outputs. Silence all that comes later, and what was \
                 before changes by [{later}](value 6).",
                along.pad[1]
            )),
            (Slides::Time, false) if rows == 1 => Caption::plain(&format!(
                "A window of [{k} weights](value 3) has {outputs} places along time; as 1 × {k} in two dimensions it \
                 gives the same numbers: {apart}."
            )),
            (Slides::Time, false) => Caption::plain(&format!(
                "[{weights} weights](value 3) hold **{rows}** rows over **{k}** cells of time: {outputs} outputs; as \
                 1 × {k} in two dimensions, {apart}."
            )),
            (Slides::Both, true) if shown.signal == Signal::Tokens => Caption::broken(&format!(
                "A **{k} × {k}** window takes channels for neighbours, which have no order: shuffled, its map changes \
                 by [{moved}](bad 6). [All channels](good) mends it."
            )),
            (Slides::Both, shuffled) => Caption::plain(&format!(
                "[{} weights](value 3) slide along time and along **{rows}** rows: {outputs} outputs, which {} [{moved}]\
                 (value 6).",
                k * k,
                if shuffled { "shuffled rows change by" } else { "another order of rows would change by" }
            )),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let placed = placed(ui);
        if let Some((i, number)) = hero(shown, ui, view, &placed.hero, &mut self.walk) {
            self.grid[i] = number;
        }
        compared(shown, ui, view, &placed);
        measured(shown, ui, view, &placed.measured);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let p = &shown.along;
        let all =
            [("L", p.w), ("k", p.s), ("P", p.pad[1]), ("S", p.stride[1]), ("D", p.dilation[1]), ("C", p.c)];
        all.map(|(name, value)| (name, f64::from(value))).to_vec()
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::sequences(rng)
    }
}
