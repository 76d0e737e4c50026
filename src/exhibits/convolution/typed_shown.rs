//! What the page on types of convolution records: the type that is enlarged on the whole input, every type on a part
//! of it, and what is measured.

use std::rc::Rc;

use super::typed::{CHANNELS, FRAMES, Kind, Spec};
use super::typed_recorded::{Made, inner, measure, record};
use crate::exhibits::Problem;
use crate::exhibits::filters::Filter;
use crate::gpu::{BufId, Plan, Tensor};
use crate::ops::OpError;
use crate::ops::layout::{Cut, concat, slice};
use crate::settings::Choice;
use crate::viz::{Look, Range, View};

/// Rows and columns of the input that the strip has of each type, and where they begin, as shares of what is left.
const PART: usize = 48;
const BEGIN: [f32; 2] = [0.28, 0.21];
/// Every so many-th row and column of the strip counts for the ends of the colours.
const EVERY: usize = 3;
/// What is called none of a measured difference: the rounding of sums in single precision.
const ROUNDING: f64 = 1e-5;

/// What was recorded.
pub struct Shown {
    /// What the settings say of all types.
    pub spec: Spec,
    /// The type that is enlarged.
    pub made: Made,
    /// A part of the output of each type, in the order of [`Kind`]; the reason instead where it cannot work.
    pub strip: Vec<Result<Tensor, String>>,
    /// Whether the input is a grid whose numbers can be changed.
    pub editable: bool,
    /// Numbers of all outputs that are compared: their ends are those of the colours.
    compared: Option<BufId>,
    /// Two numbers that are measured of the type.
    measured: Option<Tensor>,
    /// Whether the filter leaves pictures as bright as they are.
    bright: bool,
}

/// The part of the input that the strip shows; all of a small one.
fn part(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    let cut = |axis: usize| {
        let (n, len) = (x.shape[2 + axis], PART);
        let start = (n.saturating_sub(len) as f32 * BEGIN[axis]).round() as usize;
        if n <= len { Cut::all(n) } else { Cut { start, len, step: 1 } }
    };
    slice(plan, x, &[Cut::all(1), Cut::all(CHANNELS), cut(0), cut(1)])
}

/// Numbers of an output that stand for all of it.
fn some(plan: &mut Plan, y: &Tensor, channels: usize) -> Result<Tensor, OpError> {
    let cut = |n: usize| Cut { start: 0, len: n.div_ceil(EVERY), step: EVERY as isize };
    let cuts = [Cut::all(1), Cut { start: 0, len: channels, step: 1 }, cut(y.shape[2]), cut(y.shape[3])];
    let y = slice(plan, y, &cuts)?;
    Ok(y.view(&[y.len()]))
}

impl Shown {
    /// Records the type that is chosen, and all in small.
    ///
    /// # Errors
    /// If no window of the chosen type fits.
    pub fn record(
        plan: &mut Plan,
        x: &Tensor,
        chosen: Kind,
        spec: Spec,
        editable: bool,
    ) -> Result<Self, Problem> {
        let small = part(plan, x)?;
        let bright = matches!(spec.filter, Filter::Blur | Filter::Centre);
        // The last three channels are signed or none of the photo's own.
        let channels = if bright { 3 } else { CHANNELS };
        let (mut strip, mut together) = (Vec::new(), Vec::new());
        for kind in Kind::ALL.iter().copied() {
            strip.push(match record(plan, &small, kind, &spec, FRAMES[1]) {
                Ok(made) => {
                    let y = inner(plan, &made)?;
                    if compared(kind, bright) {
                        together.push(some(plan, &y, channels)?);
                    }
                    Ok(y)
                }
                Err(e) => Err(e.to_string()),
            });
        }
        let compared = match together.is_empty() {
            true => None,
            false => Some(concat(plan, &together.iter().collect::<Vec<_>>(), 0)?.buf),
        };
        // Behind what does not hang on it.
        let made = record(plan, x, chosen, &spec, FRAMES[0])?;
        // In small, if that has room.
        let measured = match measure(plan, &small, &made, &spec) {
            Ok(measured) => measured,
            Err(_) => measure(plan, x, &made, &spec)?,
        };
        Ok(Self { spec, made, strip, editable, compared, measured, bright })
    }

    /// What was measured, once it has arrived.
    fn numbers(&self, view: &mut View<'_>) -> Option<[f64; 2]> {
        let values = view.values(self.measured.as_ref()?)?;
        Some([f64::from(*values.first()?), f64::from(*values.get(1)?)])
    }

    /// Share by which the answer differs from that which it is measured against.
    pub fn differs(&self, view: &mut View<'_>) -> Option<f64> {
        let [difference, whole] = self.numbers(view)?;
        let share = difference / whole.max(f64::MIN_POSITIVE);
        Some(if share < ROUNDING { 0.0 } else { share })
    }

    /// How often an output is written, at most and at least.
    pub fn written(&self, view: &mut View<'_>) -> Option<[u64; 2]> {
        self.numbers(view).map(|counts| counts.map(|n| n.round() as u64))
    }

    /// The largest answer, with either sign.
    pub fn largest(&self, view: &mut View<'_>) -> Option<f64> {
        self.numbers(view).map(|[most, least]| most.abs().max(least.abs()))
    }

    /// Weights of a standard layer of this size.
    pub fn standard(&self) -> usize {
        self.spec.weights(Kind::Standard)
    }

    /// Multiply-adds of a standard layer on the same input.
    pub fn base(&self) -> u64 {
        let (spec, input) = (&self.spec, self.made.input());
        let output = input.map(|n| (n + 2 * spec.padding + 1).saturating_sub(spec.size));
        spec.work(Kind::Standard, input, input, output)
    }

    /// How the outputs of a type are drawn. Mixed channels are a picture again.
    pub fn look(&self, kind: Kind) -> Look {
        if kind == Kind::Pointwise || (self.bright && kind != Kind::Volume) {
            Look::Brightness
        } else {
            Look::Diverging
        }
    }

    /// What the ends of its colours stand for.
    pub fn range(&self, kind: Kind) -> Range {
        match self.compared {
            Some(buf) if compared(kind, self.bright) => Range::Shared(Rc::from([buf])),
            _ => Range::All,
        }
    }

    /// Values of the symbols in the lesson's formulas.
    pub fn symbols(&self) -> Vec<(&'static str, f64)> {
        let ([h, w], channels) = (self.made.output(), CHANNELS as f64);
        let [h, w, k] = [h, w, self.spec.size].map(|n| n as f64);
        vec![("k", k), ("C_in", channels), ("C_out", channels), ("H_out", h), ("W_out", w)]
    }
}

/// Whether the output of a type is compared with the others: what has no filter is no match for them, nor are changes
/// for brightness.
fn compared(kind: Kind, bright: bool) -> bool {
    kind != Kind::Pointwise && !(bright && kind == Kind::Volume)
}
