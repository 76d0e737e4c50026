//! Spectra of signals. A discrete Fourier transform of known length is a product with two known matrices,
//! cosines and sines. Source: ONNX operators DFT 20, STFT 17 and the windows.

use std::f64::consts::{LN_10, TAU};

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs, axis, elem, size};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::{Data, Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{PadMode, concat, gather, narrow, pad, transpose};
use crate::ops::matmul::{Gemm, matmul};

pub(super) static ROWS: &[Row] = &[
    ("BlackmanWindow", |n| window(n, &[0.42, -0.5, 0.08])),
    ("DFT", transform),
    ("HammingWindow", |n| window(n, &[25.0 / 46.0, -21.0 / 46.0])),
    ("HannWindow", |n| window(n, &[0.5, -0.5])),
    ("MelWeightMatrix", mel),
    ("STFT", short_time),
];

/// A sum of cosines over a length.
fn window(n: &mut Node<'_>, terms: &[f64]) -> Outputs {
    let len = size("size", n.scalar(0, 0.0)? as i64)?;
    limit_known(len)?;
    let to = elem(n.int("output_datatype", 1))?;
    let period = if n.int("periodic", 1) != 0 { len } else { len.saturating_sub(1) }.max(1) as f64;
    let value = |i: usize| -> f64 {
        terms.iter().enumerate().map(|(k, a)| a * (TAU * (k * i) as f64 / period).cos()).sum()
    };
    Ok(vec![Value::known(known::from_f64(to, vec![len], (0..len).map(value).collect()))])
}

/// Triangles on the mel scale: `[BINS, BANDS]`.
fn mel(n: &mut Node<'_>) -> Outputs {
    let (bands, length) =
        (size("num_mel_bins", n.scalar(0, 0.0)? as i64)?, size("dft_length", n.scalar(1, 0.0)? as i64)?);
    let (rate, low, high) = (n.scalar(2, 0.0)?, n.scalar(3, 0.0)?, n.scalar(4, 0.0)?);
    let to = elem(n.int("output_datatype", 1))?;
    let bins = length / 2 + 1;
    limit_known(bins * bands)?;
    let to_mel = |hertz: f64| 2595.0 * (hertz / 700.0).ln_1p() / LN_10;
    let step = (to_mel(high) - to_mel(low)) / (bands + 2) as f64;
    let bin = |i: usize| {
        let hertz = 700.0 * ((i as f64 * step + to_mel(low)) / 2595.0 * LN_10).exp_m1();
        ((length + 1) as f64 * hertz / rate).floor()
    };
    let mut all = vec![0.0; bins * bands];
    for band in 0..bands {
        let [left, centre, right] = [bin(band), bin(band + 1), bin(band + 2)];
        if !(0.0 <= left && left <= centre && centre <= right && right <= bins as f64) {
            return invalid(format!("band {band} lies outside of the {bins} bins"));
        }
        for (j, weight) in all.iter_mut().skip(band).step_by(bands).enumerate() {
            let at = j as f64;
            if at >= left && at <= centre {
                *weight = if centre == left { 1.0 } else { (at - left) / (centre - left) };
            }
            if at >= centre && at < right {
                *weight = (right - at) / (right - centre);
            }
        }
    }
    Ok(vec![Value::known(known::from_f64(to, vec![bins, bands], all))])
}

/// Real and imaginary parts.
struct Complex {
    re: Tensor,
    im: Option<Tensor>,
}

impl Complex {
    /// The parts of `[.., 1 or 2]`, without that axis.
    fn split(plan: &mut Plan, x: &Tensor) -> Result<Self, Refusal> {
        let Some((&parts @ 1..=2, rest)) = x.shape.split_last() else {
            return invalid(format!("{:?} does not end with real, or real and imaginary parts", x.shape));
        };
        let last = rest.len();
        let mut part = |i| Ok::<_, Refusal>(narrow(plan, x, last, i, 1)?.view(rest));
        Ok(Self { re: part(0)?, im: if parts == 2 { Some(part(1)?) } else { None } })
    }

    /// The transform of rows `[ROWS, N]` to `bins` frequencies.
    fn spectrum(&self, plan: &mut Plan, bins: usize, inverse: bool) -> Result<[Tensor; 2], Refusal> {
        let length = self.re.shape[1];
        limit_known(length * bins)?;
        let angle = |i: usize| TAU * ((i / bins) * (i % bins) % length.max(1)) as f64 / length.max(1) as f64;
        let scale = if inverse { 1.0 / length.max(1) as f64 } else { 1.0 };
        let sign = if inverse { -scale } else { scale };
        let cosines: Vec<f32> = (0..length * bins).map(|i| (angle(i).cos() * scale) as f32).collect();
        let sines: Vec<f32> = (0..length * bins).map(|i| (angle(i).sin() * sign) as f32).collect();
        let cosines = plan.constant("cosines", &[length, bins], cosines);
        let sines = plan.constant("sines", &[length, bins], sines);
        let re = matmul(plan, &self.re, &cosines, None, &Gemm::NN)?;
        let turned = matmul(plan, &self.re, &sines, None, &Gemm::NN)?;
        let im = affine(plan, &turned, -1.0, 0.0);
        let Some(own) = &self.im else { return Ok([re, im]) };
        let across = matmul(plan, own, &sines, None, &Gemm::NN)?;
        let along = matmul(plan, own, &cosines, None, &Gemm::NN)?;
        Ok([binary(plan, &re, &across, Op::Add)?, binary(plan, &im, &along, Op::Add)?])
    }
}

/// `x` cut or filled with zeros to `len` along an axis.
fn fitted(plan: &mut Plan, x: &Tensor, axis: usize, len: usize) -> Result<Tensor, Refusal> {
    let mut pads = vec![(0, 0); x.shape.len()];
    pads[axis] = (0, len as isize - x.shape[axis] as isize);
    Ok(if pads[axis] == (0, 0) { x.clone() } else { pad(plan, x, &pads, PadMode::Constant(0.0))? })
}

fn transform(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let rank = x.shape.len();
    // The axis was an attribute before version 20.
    let which = if n.opset < 20 { n.int("axis", 1) } else { n.scalar(2, -2.0)? as i64 };
    let (inverse, onesided) = (n.int("inverse", 0) != 0, n.int("onesided", 0) != 0);
    let axis = axis(which, rank)?;
    if axis + 1 == rank {
        return invalid("the last axis holds real and imaginary parts, and is not transformed");
    }
    let given = n.optional(1).is_some().then(|| n.scalar(1, 0.0)).transpose()?;
    let bins = x.shape[axis];
    let length = match given {
        Some(length) => size("dft_length", length as i64)?,
        // Half a spectrum stands for a signal of twice its length.
        None if inverse && onesided => 2 * bins.saturating_sub(1),
        None => bins,
    };
    let parts = Complex::split(n.plan, &x)?;
    let held = if inverse && onesided { length / 2 + 1 } else { length };
    let mut order: Vec<usize> = (0..rank - 1).filter(|&a| a != axis).collect();
    order.push(axis);
    let rows = |n: &mut Node<'_>, part: &Tensor| -> Result<(Tensor, Vec<usize>), Refusal> {
        let part = fitted(n.plan, part, axis, held)?;
        let turned = if order.len() > 1 { transpose(n.plan, &part, &order)? } else { part };
        let outer: usize = turned.shape[..rank - 2].iter().product();
        Ok((turned.view(&[outer, held]), turned.shape[..rank - 2].to_vec()))
    };
    let (re, outer) = rows(n, &parts.re)?;
    let im = match &parts.im {
        Some(im) => Some(rows(n, im)?.0),
        None => None,
    };
    let made = if inverse && onesided {
        let (re, im) = whole_spectrum(n, &re, im.as_ref(), length)?;
        let [signal, _] = Complex { re, im }.spectrum(n.plan, length, true)?;
        vec![signal]
    } else {
        let kept = if onesided { length / 2 + 1 } else { length };
        Complex { re, im }.spectrum(n.plan, kept, inverse)?.to_vec()
    };
    // Back to its place, the parts last.
    let mut back: Vec<usize> = (0..rank - 2).collect();
    back.insert(axis, rank - 2);
    let mut views = Vec::new();
    for part in made {
        let shaped = part.view(&[&outer[..], &[part.shape[1]]].concat());
        let turned = if back.len() > 1 { transpose(n.plan, &shaped, &back)? } else { shaped };
        let shape = [&turned.shape[..], &[1]].concat();
        views.push(turned.view(&shape));
    }
    let all: Vec<&Tensor> = views.iter().collect();
    Ok(vec![Value::float(concat(n.plan, &all, rank - 1)?)])
}

/// The spectrum of a real signal from its first half: the rest is mirrored, imaginary parts negated.
fn whole_spectrum(
    n: &mut Node<'_>,
    re: &Tensor,
    im: Option<&Tensor>,
    length: usize,
) -> Result<(Tensor, Option<Tensor>), Refusal> {
    let half = re.shape[1];
    let mirrored: Vec<u32> = (0..length).map(|k| if k < half { k } else { length - k } as u32).collect();
    let ids = n.plan.constant("mirrored", &[length], Data::U32(mirrored.into()));
    let re = gather(n.plan, re, &ids, 1)?;
    let Some(im) = im else { return Ok((re, None)) };
    let im = gather(n.plan, im, &ids, 1)?;
    // What is its own mirror image has no imaginary part.
    let sign = |k: usize| match k {
        0 => 0.0,
        k if 2 * k == length => 0.0,
        k if k < half => 1.0,
        _ => -1.0,
    };
    let signs = n.plan.constant("signs", &[length], (0..length).map(sign).collect::<Vec<f32>>());
    Ok((re, Some(binary(n.plan, &im, &signs, Op::Multiply)?)))
}

/// Spectra of stretches of a signal, one every so many samples.
fn short_time(n: &mut Node<'_>) -> Outputs {
    let signal = n.tensor(0)?;
    let (&[batch, samples, _] | &[batch, samples]) = &signal.shape[..] else {
        return invalid(format!("a signal of shape {:?} must have two or three axes", signal.shape));
    };
    let step = size("frame_step", n.scalar(1, 0.0)? as i64)?;
    let window = n.optional_tensor(2)?;
    let length = match (n.optional(3).is_some(), &window) {
        (true, _) => size("frame_length", n.scalar(3, 0.0)? as i64)?,
        (false, Some(window)) => window.len(),
        (false, None) => return invalid("neither a window nor a frame length is given"),
    };
    if step == 0 || length == 0 || length > samples {
        return invalid(format!("frames of {length} every {step} samples do not fit {samples}"));
    }
    if window.as_ref().is_some_and(|w| w.len() != length) {
        return invalid(format!("the window does not have the {length} samples of a frame"));
    }
    let parts =
        Complex::split(n.plan, &signal.view(&[batch, samples, signal.len() / (batch * samples).max(1)]))?;
    if parts.im.is_some() {
        return unsupported("signals with an imaginary part are not run");
    }
    let frames = (samples - length) / step + 1;
    limit_known(frames * length)?;
    let places: Vec<u32> = (0..frames * length).map(|i| (i / length * step + i % length) as u32).collect();
    let places = n.plan.constant("frames", &[frames * length], Data::U32(places.into()));
    let mut rows = gather(n.plan, &parts.re, &places, 1)?.view(&[batch * frames, length]);
    if let Some(window) = window {
        rows = binary(n.plan, &rows, &window.view(&[length]), Op::Multiply)?;
    }
    let bins = if n.int("onesided", 1) != 0 { length / 2 + 1 } else { length };
    let parts = Complex { re: rows, im: None }.spectrum(n.plan, bins, false)?;
    let views = parts.map(|part| part.view(&[batch, frames, bins, 1]));
    Ok(vec![Value::float(concat(n.plan, &views.iter().collect::<Vec<_>>(), 3)?)])
}
