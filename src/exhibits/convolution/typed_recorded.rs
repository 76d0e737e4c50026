//! The types of convolution as steps of a plan, and what is measured of them.

use super::typed::{CHANNELS, DEFORMED, FRAMES, Kind, Reads, Spec};
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, ConvOptions, conv_transpose, conv2d, conv3d};
use crate::ops::deform::deform_conv;
use crate::ops::layout::{Cut, concat, expand, narrow, slice};
use crate::ops::reduce::{Reduce, reduce};
use crate::settings::Choice;

/// Most rows and columns of a frame of the image sequence.
const FRAME: usize = 96;
/// Least width of a frame.
const NARROWEST: usize = 6;
/// Most pixels from frame to frame.
const FARTHEST: usize = 4;
/// Cells at each border of a deformable layer that do not count for the ends of the colours.
const MOVED: usize = 2;
/// Side of the input of ones on which is counted how often each output is written.
const ONES: usize = 12;

/// A type that was recorded.
#[derive(Clone)]
pub struct Made {
    /// Which.
    pub kind: Kind,
    /// Where its windows lie.
    pub reads: Reads,
    /// What it reads, `[1, 6, h, w]`, or `[1, 6, 5, h, w]` with frames.
    pub x: Tensor,
    /// Its output, `[1, 6, oh, ow]`, or `[1, 6, 3, oh, ow]`.
    pub y: Tensor,
    /// What its first stage gives, where there are two.
    pub between: Option<Tensor>,
    /// Pixels from frame to frame.
    pub shift: usize,
}

impl Made {
    /// Rows and columns of a tensor's maps.
    fn sides(of: &Tensor) -> [usize; 2] {
        let axes = of.shape.len();
        [of.shape[axes - 2], of.shape[axes - 1]]
    }
    /// Rows and columns of what is read.
    pub fn input(&self) -> [usize; 2] {
        Self::sides(&self.x)
    }
    /// Rows and columns of the output.
    pub fn output(&self) -> [usize; 2] {
        Self::sides(&self.y)
    }
    /// Multiply-adds.
    pub fn work(&self, spec: &Spec) -> u64 {
        let between = self.between.as_ref().map_or(self.input(), Self::sides);
        spec.work(self.kind, self.input(), between, self.output())
    }
    /// The map of a channel: of its middle frame, where there are several.
    pub fn map(of: &Tensor, channel: usize) -> usize {
        if let [_, _, frames, ..] = of.shape[..]
            && of.shape.len() == 5
        {
            return channel * frames + frames / 2;
        }
        channel
    }
}

/// Records a type that reads `x [1, 6, h, w]`; `count`: frames of the image sequence.
///
/// # Errors
/// If no window fits.
pub fn record(plan: &mut Plan, x: &Tensor, kind: Kind, spec: &Spec, count: usize) -> Result<Made, OpError> {
    let reads = spec.reads(kind);
    let Reads { window: [r, s], pad, stride, dilation, groups, .. } = reads;
    let conv = Conv { pad, stride, dilation, groups, ..Conv::default() };
    let shape = [CHANNELS, CHANNELS / groups, r, s];
    let (mut input, mut between, mut shift) = (x.clone(), None, 0);
    let y = match kind {
        Kind::Transposed => {
            input = sparse(plan, x, spec.stride)?;
            transposed(plan, &input, &spec.layer(kind, 1), &reads, spec.output_padding)?
        }
        Kind::Spatial | Kind::Separable => {
            let [first, second] = spec.stages(kind);
            let (middle, y) = staged(plan, x, kind, &reads, [first, second])?;
            between = Some(middle);
            y
        }
        Kind::Deformable => {
            let w = plan.constant("kernel", &shape, spec.layer(kind, 1));
            let places = [2, 3].map(|axis| (x.shape[axis] + 2 * pad[0] + 1).saturating_sub(DEFORMED));
            let offsets = offsets(plan, &spec.offsets, places)?;
            deform_conv(plan, x, &w, &offsets, None, None, &conv, 1)?
        }
        Kind::Volume => {
            (input, shift) = frames(plan, x, spec.shift, count)?;
            let w = plan.constant("kernel", &[CHANNELS, CHANNELS, FRAMES[1], r, s], spec.layer(kind, 1));
            let pad = vec![0, pad[0], pad[1], 0, pad[2], pad[3]];
            conv3d(plan, &input, &w, None, &ConvOptions { pad, ..ConvOptions::new(3) })?
        }
        _ => {
            let w = plan.constant("kernel", &shape, spec.layer(kind, groups));
            conv2d(plan, x, &w, None, &conv)?
        }
    };
    plan.name(&y, &format!("{} output", kind.name()));
    Ok(Made { kind, reads, x: input, y, between, shift })
}

/// Every `step`-th row and column.
fn sparse(plan: &mut Plan, x: &Tensor, step: usize) -> Result<Tensor, OpError> {
    let cut = |n: usize| Cut { start: 0, len: n.div_ceil(step), step: step as isize };
    let y = slice(plan, x, &[Cut::all(1), Cut::all(x.shape[1]), cut(x.shape[2]), cut(x.shape[3])])?;
    plan.name(&y, "smaller input");
    Ok(y)
}

/// A transposed convolution with weights `[C, K, r, s]`.
fn transposed(
    plan: &mut Plan,
    x: &Tensor,
    weights: &[f32],
    reads: &Reads,
    output_padding: usize,
) -> Result<Tensor, OpError> {
    let [channels, [r, s]] = [[x.shape[1]; 2], reads.window];
    let w = plan.constant("kernel", &[channels[0], channels[1], r, s], weights.to_vec());
    let options =
        ConvOptions { pad: reads.pad.to_vec(), stride: reads.stride.to_vec(), ..ConvOptions::new(2) };
    conv_transpose(plan, x, &w, None, &options, &[output_padding; 2])
}

/// Both stages: a column and a row, or every channel alone and then every pixel alone.
fn staged(
    plan: &mut Plan,
    x: &Tensor,
    kind: Kind,
    reads: &Reads,
    [first, second]: [Vec<f32>; 2],
) -> Result<(Tensor, Tensor), OpError> {
    let ([k, _], [top, left, bottom, right]) = (reads.window, reads.pad);
    let (one, two, shapes) = if kind == Kind::Spatial {
        let one = Conv { pad: [top, 0, bottom, 0], ..Conv::default() };
        let two = Conv { pad: [0, left, 0, right], groups: CHANNELS, ..Conv::default() };
        (one, two, [[CHANNELS, CHANNELS, k, 1], [CHANNELS, 1, 1, k]])
    } else {
        let one = Conv { pad: reads.pad, groups: CHANNELS, ..Conv::default() };
        (one, Conv::default(), [[CHANNELS, 1, k, k], [CHANNELS, CHANNELS, 1, 1]])
    };
    let w = plan.constant("first kernel", &shapes[0], first);
    let middle = conv2d(plan, x, &w, None, &one)?;
    plan.name(&middle, "between");
    let w = plan.constant("second kernel", &shapes[1], second);
    let y = conv2d(plan, &middle, &w, None, &two)?;
    Ok((middle, y))
}

/// The same offsets at every place, `[1, 18, h, w]`.
fn offsets(plan: &mut Plan, numbers: &[f32], [h, w]: [usize; 2]) -> Result<Tensor, OpError> {
    let maps = 2 * DEFORMED * DEFORMED;
    let each = plan.constant("offsets", &[1, maps, 1, 1], numbers.to_vec());
    let y = expand(plan, &each, &[1, maps, h, w])?;
    plan.name(&y, "offsets everywhere");
    Ok(y)
}

/// The picture as a sequence, `[1, 6, count, h, w]`: each frame further to the left by so many pixels, or as many
/// as there is room for.
fn frames(plan: &mut Plan, x: &Tensor, shift: usize, count: usize) -> Result<(Tensor, usize), OpError> {
    let [h, w] = [x.shape[2], x.shape[3]];
    let way = count - 1;
    // As wide as with the largest step, so that another one changes no shape.
    let most = FARTHEST.min(w.saturating_sub(NARROWEST) / way);
    let shift = shift.min(most);
    let [high, wide] = [h.min(FRAME), (w - way * most).min(FRAME)];
    let mut all = Vec::new();
    for frame in 0..count {
        let row = Cut { start: (h - high) / 2, len: high, step: 1 };
        let column = Cut { start: (w - wide - way * shift) / 2 + frame * shift, len: wide, step: 1 };
        let part = slice(plan, x, &[Cut::all(1), Cut::all(CHANNELS), row, column])?;
        all.push(part.view(&[1, CHANNELS, 1, high, wide]));
    }
    let y = concat(plan, &all.iter().collect::<Vec<_>>(), 2)?;
    plan.name(&y, "frames");
    Ok((y, shift))
}

/// Records the middle frame of an output, without the places whose windows reach past the input: their ends are
/// those of the colours.
///
/// # Errors
/// None that a recorded type gives cause for.
pub fn inner(plan: &mut Plan, made: &Made) -> Result<Tensor, OpError> {
    let reads = &made.reads;
    // However far taps are moved, so that a drag changes no shape.
    let moved = if made.kind == Kind::Deformable { MOVED } else { 0 };
    let edge = |axis: usize| match reads.spread {
        true => reads.window[axis],
        false => reads.pad[axis].max(reads.pad[2 + axis]).div_ceil(reads.stride[axis]) + moved,
    };
    let [h, w] = made.output();
    let cut = |n: usize, axis: usize| {
        let edge = if 4 * edge(axis) < n { edge(axis) } else { 0 };
        Cut { start: edge, len: n - 2 * edge, step: 1 }
    };
    let mut cuts = vec![Cut::all(1), Cut::all(CHANNELS)];
    if made.y.shape.len() == 5 {
        cuts.push(Cut { start: made.y.shape[2] / 2, len: 1, step: 1 });
    }
    cuts.extend([cut(h, 0), cut(w, 1)]);
    let (h, w) = (cuts[cuts.len() - 2].len, cuts[cuts.len() - 1].len);
    Ok(slice(plan, &made.y, &cuts)?.view(&[1, CHANNELS, h, w]))
}

/// Root of the sum of squares of a difference, and of what it is measured against, `[2]`.
fn apart(plan: &mut Plan, a: &Tensor, b: &Tensor) -> Result<Tensor, OpError> {
    let difference = binary(plan, a, b, Op::Subtract)?;
    let all: Vec<usize> = (0..a.shape.len()).collect();
    let [d, whole] = [&difference, b].map(|t| reduce(plan, t, &all, Reduce::L2, false));
    concat(plan, &[&d?.view(&[1]), &whole?.view(&[1])], 0)
}

/// Greatest and least of a tensor, `[2]`.
fn ends(plan: &mut Plan, of: &Tensor) -> Result<Tensor, OpError> {
    let all: Vec<usize> = (0..of.shape.len()).collect();
    let [most, least] = [Reduce::Max, Reduce::Min].map(|op| reduce(plan, of, &all, op, false));
    concat(plan, &[&most?.view(&[1]), &least?.view(&[1])], 0)
}

/// Records what is measured of a type on a small input: how it differs from the standard one, what of it changes
/// when all that comes later is erased, how often its outputs are written, or its ends. Two numbers.
///
/// # Errors
/// If no window fits.
pub fn measure(plan: &mut Plan, x: &Tensor, made: &Made, spec: &Spec) -> Result<Option<Tensor>, OpError> {
    let kind = made.kind;
    let all = [Cut::all(1), Cut::all(CHANNELS)];
    Ok(Some(match kind {
        Kind::Spatial | Kind::Separable | Kind::Grouped | Kind::Deformable => {
            let size = if kind == Kind::Deformable { DEFORMED } else { spec.size };
            let other = record(plan, x, Kind::Standard, &Spec { size, ..spec.clone() }, 1)?;
            let made = record(plan, x, kind, spec, 1)?;
            apart(plan, &made.y, &other.y)?
        }
        Kind::Line | Kind::Causal => {
            let (h, w) = (x.shape[2], x.shape[3]);
            let half = w / 2;
            let keeps: Vec<f32> = (0..w).map(|i| f32::from(u8::from(i < half))).collect();
            let keeps = plan.constant("the first half", &[1, 1, 1, w], keeps);
            let erased = binary(plan, x, &keeps, Op::Multiply)?;
            let [whole, erased] = [x, &erased].map(|x| record(plan, x, kind, spec, 1));
            let (whole, erased) = (whole?.y, erased?.y);
            let half = half.min(whole.shape[3]);
            let rows = h.min(whole.shape[2]);
            let cuts =
                [all[0], all[1], Cut { start: 0, len: rows, step: 1 }, Cut { start: 0, len: half, step: 1 }];
            let [whole, erased] = [whole, erased].map(|y| slice(plan, &y, &cuts));
            apart(plan, &erased?, &whole?)?
        }
        Kind::Transposed => written(plan, &made.reads)?,
        Kind::Volume => {
            let y = &made.y;
            let middle = narrow(plan, y, 2, y.shape[2] / 2, 1)?;
            ends(plan, &middle)?
        }
        _ => return Ok(None),
    }))
}

/// How often an output is written, at most and at least, away from the borders: a kernel of ones on ones.
fn written(plan: &mut Plan, reads: &Reads) -> Result<Tensor, OpError> {
    let ones = plan.constant("ones", &[1, 1, ONES, ONES], vec![1.0; ONES * ONES]);
    let [r, s] = reads.window;
    let counts = transposed(plan, &ones, &vec![1.0; r * s], &Reads { pad: [0; 4], ..reads.clone() }, 0)?;
    plan.name(&counts, "times written");
    let cut = |axis: usize| {
        let n = counts.shape[2 + axis];
        let edge = reads.window[axis] - 1;
        Cut { start: edge, len: n - 2 * edge, step: 1 }
    };
    let inner = slice(plan, &counts, &[Cut::all(1), Cut::all(1), cut(0), cut(1)])?;
    ends(plan, &inner)
}
