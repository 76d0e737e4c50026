//! What the page on one and two dimensions records: a sequence of one or more channels, a window that slides along
//! time or along both axes, the same window written for two dimensions, and channels in another order.

use std::sync::{Arc, LazyLock};

use crate::choices;
use crate::data::sound::Sound;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::models::encoder::EncodeError;
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, Conv2d, ConvOptions, conv1d, conv2d};
use crate::ops::layout::{concat, gather, narrow, transpose};
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

choices! {
    /// What is read.
    pub enum Signal {
        /// One channel: samples of speech.
        Waveform = "waveform",
        /// Bands of it over time, whose order means something.
        Spectrogram = "spectrogram",
        /// Channels of words, whose order means nothing.
        Tokens = "tokens",
        /// Numbers that can be changed.
        Own = "own numbers",
    }
}

choices! {
    /// Where the window goes.
    pub enum Slides {
        /// In one dimension: it holds all rows.
        Time = "along time",
        /// In two dimensions.
        Both = "along both axes",
    }
}

/// Samples of the waveform, and the first of them: within a vowel.
pub const SAMPLES: usize = 1006;
const FIRST: usize = 6_600;
/// Bands of the spectrogram, samples of its window, and from one to the next.
const BANDS: usize = 16;
const FRAME: usize = 256;
const HOP: usize = 128;
/// Channels of a word that are read, and most words.
const CHANNELS: usize = 8;
const WORDS: usize = 16;
/// Rows and columns of the numbers that can be changed.
pub const OWN: [usize; 2] = [4, 12];

/// A window, and how it slides.
pub struct Window<'a> {
    /// What it is of.
    pub filter: Filter,
    /// Cells along time.
    pub size: usize,
    /// Cells of time from window to window, and from one that it reads to the next.
    pub stride: usize,
    pub dilation: usize,
    /// Whether it reads nothing later.
    pub causal: bool,
    /// Which axes it slides along.
    pub slides: Slides,
    /// Whether rows stand in another order.
    pub shuffled: bool,
    /// The numbers that can be changed.
    pub own: &'a [f32],
}

/// What was recorded.
pub struct Shown {
    pub signal: Signal,
    pub slides: Slides,
    pub shuffled: bool,
    pub causal: bool,
    /// The window that slides along time, and the one that is drawn.
    pub along: Conv2d,
    pub p: Conv2d,
    /// Input `[1, 1, C, T]`, weights and output of the one that is drawn.
    pub x: Tensor,
    pub w: Tensor,
    pub y: Tensor,
    /// The window along time as one of two dimensions, and how far its output is from that.
    pub twin: Tensor,
    pub apart: Tensor,
    /// The other way to slide, and what it reads.
    pub other: Tensor,
    pub image: Tensor,
    /// What other rows make of the output, back in order; nothing of a single row.
    pub mixed: Option<Tensor>,
    /// See [`Measured`].
    pub measured: Tensor,
    /// Words of the tokens.
    pub labels: Vec<String>,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Largest difference of the same window in one and in two dimensions.
    pub twin: f64,
    /// Share of its output by which that of a window along time, or along both axes, moves with other rows.
    pub along: f64,
    pub both: f64,
    /// Largest change of outputs by what comes later.
    pub later: f64,
}

impl Measured {
    /// Reads what was measured.
    pub fn of(values: &[f32]) -> Option<Self> {
        let &[twin, along, own, both, image, later] = values.first_chunk()?;
        let share = |part: f32, all: f32| if all > 0.0 { f64::from(part) / f64::from(all) } else { 0.0 };
        Some(Self {
            twin: twin.into(),
            along: share(along, own),
            both: share(both, image),
            later: later.into(),
        })
    }
}

/// A window of `size` cells along time: a filter's columns, added up.
pub fn kernel(filter: Filter, size: usize) -> Vec<f32> {
    let square = filters::kernel(filter, size, 0.0, &[]);
    (0..size).map(|j| (0..size).map(|i| square[i * size + j]).sum()).collect()
}

/// Cosines and sines of each band under a Hann window, high bands first: `[2 BANDS, 1, FRAME]`.
static WAVES: LazyLock<Arc<[f32]>> = LazyLock::new(|| {
    let wave = |i: usize| {
        let (filter, t) = (i / FRAME, (i % FRAME) as f32);
        let hann = (std::f32::consts::PI * (t + 0.5) / FRAME as f32).sin().powi(2);
        let band = BANDS - 1 - filter % BANDS;
        let phase = std::f32::consts::PI * (band as f32 + 0.5) / BANDS as f32 * t;
        hann * if filter < BANDS { phase.cos() } else { phase.sin() } * 4.0 / FRAME as f32
    };
    (0..2 * BANDS * FRAME).map(wave).collect()
});

/// The sound's bands over time in decibels, `[1, 1, BANDS, T]`: a convolution along time with stride.
fn spectrogram(plan: &mut Plan) -> Result<Tensor, Problem> {
    let sound = Sound::kennedy();
    let x = plan.constant("sound", &[1, 1, sound.samples.len()], sound.samples.clone());
    let w = plan.constant("waves", &[2 * BANDS, 1, FRAME], WAVES.clone());
    let waves = conv1d(plan, &x, &w, None, &ConvOptions { stride: vec![HOP], ..ConvOptions::new(1) })?;
    let frames = waves.shape[2];
    let squares = binary(plan, &waves, &waves, Op::Multiply)?.view(&[2, BANDS, frames]);
    let power = reduce(plan, &squares, &[0], Reduce::Sum, false)?;
    let floor = affine(plan, &power, 1.0, 1e-6);
    let log = activation(plan, &floor, Act::LOG);
    let bels = affine(plan, &log, 10.0 / std::f32::consts::LN_10, 0.0).view(&[1, 1, BANDS, frames]);
    plan.name(&bels, "spectrogram, decibels");
    Ok(bels)
}

/// The signal, `[1, 1, C, T]`, and its words.
fn signal(
    on: &mut Recording<'_>,
    signal: Signal,
    sentence: &str,
    own: &[f32],
) -> Result<(Tensor, Vec<String>), Problem> {
    let plan = &mut on.plan;
    let x = match signal {
        Signal::Waveform => {
            let samples = Sound::kennedy().samples[FIRST..FIRST + SAMPLES].to_vec();
            plan.constant("waveform", &[1, 1, 1, SAMPLES], samples)
        }
        Signal::Spectrogram => spectrogram(plan)?,
        Signal::Own => plan.constant("own numbers", &[1, 1, OWN[0], OWN[1]], own.to_vec()),
        Signal::Tokens => {
            let encoder = on.inputs.encoder();
            let tokens = encoder.tokenizer.encode_within(sentence, WORDS);
            let tokens = tokens.map_err(|e| Problem::Input(e.to_string()))?;
            let rows = encoder.model.word_rows(&tokens.ids).map_err(EncodeError::from)?;
            let (count, hidden) = (tokens.texts.len(), encoder.model.config().hidden);
            let vectors = plan.constant("word vectors", &[count, hidden], rows);
            let vectors = narrow(plan, &vectors, 1, 0, CHANNELS)?;
            let x = transpose(plan, &vectors, &[1, 0])?.view(&[1, 1, CHANNELS, count]);
            plan.name(&x, "channels of the words");
            return Ok((x, tokens.texts));
        }
    };
    Ok((x, Vec::new()))
}

impl Shown {
    /// Records a window on a signal.
    ///
    /// # Errors
    /// If the window does not fit, or the sentence cannot be read.
    pub fn record(
        on: &mut Recording<'_>,
        of: Signal,
        sentence: &str,
        window: &Window<'_>,
    ) -> Result<Self, Problem> {
        let seed = on.inputs.seed;
        let (x, labels) = signal(on, of, sentence, window.own)?;
        let plan = &mut on.plan;
        let &Window { size, stride, dilation, .. } = window;
        let (rows, time) = (x.shape[2], x.shape[3]);
        let (many, both) = (rows > 1, rows > 1 && window.slides == Slides::Both);
        let before = if window.causal { dilation * (size - 1) } else { 0 };
        let options = ConvOptions {
            stride: vec![stride],
            dilation: vec![dilation],
            pad: vec![before, 0],
            ..ConvOptions::new(1)
        };
        let flat =
            Conv { stride: [1, stride], dilation: [1, dilation], pad: [0, before, 0, 0], ..Conv::default() };
        let top = (size - 1) / 2;
        let around = Conv { pad: [top, before, size - 1 - top, 0], ..flat };
        let along = Conv2d::new(&[1, rows, 1, time], &[1, rows, 1, size], false, &flat)?;

        let mut rng = Rng::new(seed + 5);
        let of_rows: Vec<f32> = (0..rows).map(|_| if many { rng.normal() } else { 1.0 }).collect();
        let line = kernel(window.filter, size);
        let weights = of_rows.iter().flat_map(|c| line.iter().map(move |w| c * w)).collect::<Vec<f32>>();
        let w = plan.constant("window along time, rows random", &[1, rows, size], weights);
        let square = filters::kernel(window.filter, size, 0.0, &[]);
        let square = plan.constant("window along both axes", &[1, 1, size, size], square);

        // Rows as they are drawn, and in the other order.
        let shuffled = window.shuffled && many;
        let mut orders = [(0..rows as u32).collect(), order(rows, &mut rng)];
        if shuffled {
            orders.reverse();
        }
        let back = orders[0].iter().map(|row| orders[1].iter().position(|other| other == row));
        let back = back.map(|at| at.map_or(0, |at| at as u32)).collect::<Vec<u32>>();
        let back = plan.constant("back in order", &[rows], back);
        let [order, other] = orders.map(|order: Vec<u32>| plan.constant("order of rows", &[rows], order));
        let mut ordered = |order: &Tensor| -> Result<[Tensor; 2], Problem> {
            Ok([gather(plan, &x, order, 2)?, gather(plan, &w, order, 1)?])
        };
        let ([x, w], [mixed, mixed_w]) = (ordered(&order)?, ordered(&other)?);
        plan.name(&x, "rows");
        plan.name(&mixed, "rows in another order");
        let image = if many { x.clone() } else { spectrogram(plan)? };

        let run = |plan: &mut Plan, x: &Tensor, w: &Tensor| -> Result<Tensor, Problem> {
            let y = conv1d(plan, &x.view(&[1, rows, time]), w, None, &options)?;
            Ok(y.view(&[1, 1, 1, y.shape[2]]))
        };
        let slide = |plan: &mut Plan, x: &Tensor| conv2d(plan, x, &square, None, &around);
        // What is drawn large is recorded first: another way to slide is another plan, whose picture is whole.
        let early = both.then(|| slide(plan, &image)).transpose()?;
        let y = run(plan, &x, &w)?;
        let map = early.map_or_else(|| slide(plan, &image), Ok)?;
        plan.name(&y, "along time");
        plan.name(&map, "along both axes");
        let twin = conv2d(plan, &x.view(&[1, rows, 1, time]), &w.view(&[1, rows, 1, size]), None, &flat)?;
        plan.name(&twin, "along time, as two dimensions");
        let apart = binary(plan, &y, &twin, Op::Subtract)?;
        plan.name(&apart, "difference");

        let mut measures = vec![largest(plan, &apart)?];
        let mut changed = None;
        if many {
            let moved = run(plan, &mixed, &mixed_w)?;
            let moved = binary(plan, &moved, &y, Op::Subtract)?;
            let sorted = slide(plan, &mixed)?;
            let sorted = gather(plan, &sorted, &back, 2)?;
            let mapped = binary(plan, &sorted, &map, Op::Subtract)?;
            for tensor in [&moved, &y, &mapped, &map] {
                measures.push(size_of(plan, tensor)?);
            }
            changed = Some(if both { mapped } else { moved });
        } else {
            let none = plan.constant("nothing", &[1], vec![0.0; 1]);
            measures.extend([(); 4].map(|()| none.clone()));
        }
        measures.push(later(plan, &x, &w, &y, &options)?);
        let measured = concat(plan, &measures.iter().collect::<Vec<_>>(), 0)?;
        let line = (along, w.view(&[1, 1, rows, size]), y);
        let plane = (Conv2d::new(&image.shape, &square.shape, false, &around)?, square, map);
        let ((p, w, y), (_, _, other)) = if both { (plane, line) } else { (line, plane) };
        let slides = if both { Slides::Both } else { Slides::Time };
        let (signal, causal, mixed) = (of, window.causal, changed);
        Ok(Self {
            signal,
            slides,
            shuffled,
            causal,
            along,
            p,
            x,
            w,
            y,
            twin,
            apart,
            other,
            image,
            mixed,
            measured,
            labels,
        })
    }

    /// Rows and columns of the input, of the window and of the output that are drawn.
    pub fn sizes(&self) -> [[usize; 2]; 3] {
        [&self.x, &self.w, &self.y].map(|t| [t.shape[2], t.shape[3]])
    }

    /// First row and column that output `at` reads, negative in the padding; rows and columns that it spans.
    pub fn reads(&self, at: usize) -> [i32; 4] {
        let [[rows, _], [high, wide], [_, columns]] = self.sizes();
        let [row, column] = [at / columns, at % columns].map(|v| v as i32);
        let [stride, dilation] = [self.p.stride[1], self.p.dilation[1]].map(|v| v as i32);
        let first = column * stride - self.p.pad[1] as i32;
        let span = dilation * (wide as i32 - 1) + 1;
        match self.slides {
            Slides::Time => [0, first, rows as i32, span],
            Slides::Both => [row - self.p.pad[0] as i32, first, high as i32, span],
        }
    }

    /// What output `at` multiplies: places in the input by place in the window, nothing in the padding.
    pub fn window(&self, at: usize) -> Vec<Option<usize>> {
        let mut read = vec![None; self.w.len()];
        self.p.window(at).0.into_iter().for_each(|(x, w)| read[w] = Some(x));
        read
    }

    /// Outputs that read an input.
    pub fn readers(&self, input: usize) -> Vec<usize> {
        (0..self.y.len()).filter(|at| self.p.window(*at).0.iter().any(|(x, _)| *x == input)).collect()
    }

    /// Inputs that a weight multiplies.
    pub fn multiplied(&self, weight: usize) -> Vec<usize> {
        let own = |at| self.p.window(at).0.into_iter().find(|(_, w)| *w == weight);
        (0..self.y.len()).filter_map(own).map(|(x, _)| x).collect()
    }

    /// Samples that an output reads behind its own place, which is the middle of its window, or its end where
    /// it is causal.
    pub fn ahead(&self) -> usize {
        let span = (self.along.dilation[1] * (self.along.s - 1)) as usize;
        if self.causal { 0 } else { span / 2 }
    }
}

/// Another order of so many rows, in which none stays where it was.
fn order(rows: usize, rng: &mut Rng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    // Sattolo: one cycle through all.
    for last in (1..rows).rev() {
        order.swap(last, rng.below(last as u32) as usize);
    }
    order
}

/// |x| at its largest `[1]`.
fn largest(plan: &mut Plan, x: &Tensor) -> Result<Tensor, Problem> {
    let size = activation(plan, &x.view(&[x.len()]), Act::ABS);
    Ok(reduce(plan, &size, &[0], Reduce::Max, true)?)
}

/// The mean of |x| `[1]`.
fn size_of(plan: &mut Plan, x: &Tensor) -> Result<Tensor, Problem> {
    let size = activation(plan, &x.view(&[x.len()]), Act::ABS);
    Ok(reduce(plan, &size, &[0], Reduce::Mean, true)?)
}

/// By how much outputs of the first half change if all inputs of the second half are 0 `[1]`.
fn later(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    y: &Tensor,
    options: &ConvOptions,
) -> Result<Tensor, Problem> {
    let (rows, time, half) = (x.shape[2], x.shape[3], x.shape[3] / 2);
    let ahead = options.dilation[0] * (w.shape[2] - 1) - options.pad[0];
    // Outputs whose place lies before the half: that place is the middle of what an output reads.
    let places = (half.saturating_sub(ahead / 2)).div_ceil(options.stride[0]).clamp(1, y.shape[3]);
    let mask: Vec<f32> = (0..time).map(|t| f32::from(u8::from(t < half))).collect();
    let mask = plan.constant("first half", &[time], mask);
    let cut = binary(plan, &x.view(&[rows, time]), &mask, Op::Multiply)?.view(&[1, rows, time]);
    let cut = conv1d(plan, &cut, w, None, options)?.view(&y.shape);
    let [cut, whole] = [narrow(plan, &cut, 3, 0, places)?, narrow(plan, y, 3, 0, places)?];
    let changed = binary(plan, &cut, &whole, Op::Subtract)?;
    largest(plan, &changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_stays_and_none_is_lost() {
        for seed in 0..50 {
            let mut order = order(8, &mut Rng::new(seed));
            assert!(order.iter().enumerate().all(|(i, row)| i != *row as usize), "{order:?}");
            order.sort_unstable();
            assert_eq!(order, (0..8).collect::<Vec<u32>>());
        }
    }

    #[test]
    fn a_blur_along_time_sums_to_one() {
        for size in 1..=9 {
            let sum: f32 = kernel(Filter::Blur, size).iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "{size}: {sum}");
        }
    }
}
