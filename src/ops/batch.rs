//! Mini-batches drawn on the GPU from a data set that lies there, in an order that is new in every
//! epoch and equal on every machine.
//!
//! In step t the i-th sample is number `shuffle((t·B + i) mod N)` with the key of epoch
//! `(t·B + i) / N`. The shuffle is a Feistel network over the smallest even number of bits that holds N,
//! walked until it falls below N: a permutation without a table. Source: Black and Rogaway, "Ciphers
//! with arbitrary finite domains", 2002.

use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

/// How samples lie in the words of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Four bytes a word, lowest first; each is read as byte / 255.
    Bytes,
    /// The bits of an `f32` a word.
    Floats,
}

crate::params! {
    /// A mini-batch.
    Batch {
        /// Samples of the data set.
        n: u32,
        /// Samples of the batch.
        batch: u32,
        /// Elements of a sample.
        width: u32,
        /// Elements from one sample to the next; less than `width` if samples overlap.
        pitch: u32,
        /// First element of a sample that is taken.
        offset: u32,
        /// Words of the data set.
        words: u32,
        /// 0 bytes, 1 floats; ids are words as they are.
        format: u32,
        /// 0 takes the samples in order.
        shuffled: u32,
        /// Seed of the order.
        seed: u32,
    }
}

impl Batch {
    fn outputs(&self) -> usize {
        self.batch as usize * self.width as usize
    }

    /// The sample that stands at place `i` of step `step`.
    pub fn sample(&self, step: u32, i: u32) -> u32 {
        let place = step.wrapping_mul(self.batch).wrapping_add(i);
        let (epoch, at) = (place / self.n, place % self.n);
        if self.shuffled == 0 { at } else { shuffle(at, self.n, self.seed, epoch) }
    }

    /// The element of the data set behind output element `index`.
    fn element(&self, step: u32, index: usize) -> usize {
        let (i, column) = (dim(index) / self.width, dim(index) % self.width);
        (self.sample(step, i) * self.pitch + self.offset + column) as usize
    }
}

/// Place `at` of a permutation of `n` numbers. The WGSL twin is `shaders/shared/shuffle.wgsl`.
pub fn shuffle(at: u32, n: u32, seed: u32, epoch: u32) -> u32 {
    let bits = 32 - (n.max(2) - 1).leading_zeros();
    let half = bits.div_ceil(2);
    let mask = (1_u32 << half) - 1;
    let mut value = at;
    loop {
        let (mut left, mut right) = (value >> half, value & mask);
        for round in 0..4_u32 {
            let key = seed ^ epoch.wrapping_mul(0x9e37_79b9) ^ round.wrapping_mul(0x85eb_ca6b);
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        value = (left << half) | right;
        if value < n {
            return value;
        }
    }
}

/// Murmur3's finalizer (Appleby): each bit of the input changes half of the output.
fn mix(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

/// A batch of numbers.
pub static BATCH: Kernel<Batch> = Kernel {
    name: "batch",
    about: "x[i] = a sample of the data set, chosen by the number of the step",
    ins: &[Slot::input_u32("data", |p| p.words as usize), Slot::input_u32("steps", |_| 1)],
    outs: &[Slot::output("x", Batch::outputs)],
    reference: |p, ins, outs| {
        for (index, x) in outs[0].iter_mut().enumerate() {
            let at = p.element(ins[1][0] as u32, index);
            *x = if p.format == 0 {
                let word = ins[0][at / 4] as u32;
                f64::from(word >> (at % 4 * 8) & 0xff) / 255.0
            } else {
                f64::from(f32::from_bits(ins[0][at] as u32))
            };
        }
    },
    backward: Backward::None("data sets are given"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("batch/batch"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let words: Vec<f32> = (0..64).map(|i| (i * 4_099) as f32).collect();
        let fills = |steps: f32| vec![Fill::Values(words.clone()), Fill::Const(steps)];
        let floats = vec![Fill::Ids(0x3f80_0000), Fill::Const(2.0)];
        let p = Batch {
            n: 12,
            batch: 5,
            width: 8,
            pitch: 8,
            offset: 0,
            words: 24,
            format: 0,
            shuffled: 1,
            seed: 7,
        };
        let one = Batch { n: 1, batch: 1, width: 1, pitch: 1, words: 1, ..p };
        vec![
            Case::normal("one element", one, 2).fills(vec![Fill::Values(vec![77.0]), Fill::Const(5.0)]),
            Case::normal("bytes", p, 2).fills(fills(0.0)),
            Case::normal("a later epoch", p, 2).fills(fills(1000.0)),
            Case::normal("in order", Batch { shuffled: 0, ..p }, 2).fills(fills(1.0)),
            Case::normal("floats", Batch { format: 1, words: 96, ..p }, 2).fills(floats),
        ]
    },
    tolerance: Tolerance { abs: 0.0, rel: 1e-6 },
    flops: |_| 0.0,
};

/// A batch of ids.
pub static BATCH_IDS: Kernel<Batch> = Kernel {
    name: "batch_ids",
    about: "ids[i] = a sample of the data set, chosen by the number of the step",
    ins: &[Slot::input_u32("data", |p| p.words as usize), Slot::input_u32("steps", |_| 1)],
    outs: &[Slot::output_u32("ids", Batch::outputs)],
    reference: |p, ins, outs| {
        for (index, id) in outs[0].iter_mut().enumerate() {
            *id = ins[0][p.element(ins[1][0] as u32, index)];
        }
    },
    backward: Backward::None("data sets are given"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("batch/batch_ids"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let p = Batch {
            n: 97,
            batch: 7,
            width: 4,
            pitch: 1,
            offset: 1,
            words: 101,
            format: 1,
            shuffled: 1,
            seed: 3,
        };
        let fills = |steps: f32| vec![Fill::Ids(1000), Fill::Const(steps)];
        vec![
            Case::normal("overlapping windows", p, 2).fills(fills(13.0)),
            Case::normal("labels", Batch { width: 1, offset: 0, ..p }, 2).fills(fills(40.0)),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// A data set that lies in one tensor of words, and which part of it a batch takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Samples {
    /// Samples of the data set.
    pub n: usize,
    /// Elements taken of each.
    pub width: usize,
    /// Elements from one sample to the next.
    pub pitch: usize,
    /// First element taken.
    pub offset: usize,
}

/// Which samples make up a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Samples of a batch.
    pub batch: usize,
    /// Seed of the order; `None` takes them in order.
    pub seed: Option<u32>,
}

fn params(data: &Tensor, samples: Samples, draw: Draw, per_word: usize) -> Result<Batch, OpError> {
    let Samples { n, width, pitch, offset } = samples;
    for (size, what) in
        [(n, "the number of samples"), (width, "the size of a sample"), (draw.batch, "the batch")]
    {
        if size == 0 {
            return Err(OpError::Zero { what });
        }
    }
    let needed = (n - 1) * pitch + offset + width;
    if data.dtype != DType::U32 || needed > data.len() * per_word {
        let want = format!("{n} samples of {width}: {needed} elements in u32 words");
        return Err(OpError::Shape { op: "batch", what: "the data set", have: data.shape.clone(), want });
    }
    limit_elements("batch", &[draw.batch, width])?;
    Ok(Batch {
        n: dim(n),
        batch: dim(draw.batch),
        width: dim(width),
        pitch: dim(pitch),
        offset: dim(offset),
        words: dim(data.len()),
        format: u32::from(per_word == 1),
        shuffled: u32::from(draw.seed.is_some()),
        seed: draw.seed.unwrap_or(0),
    })
}

/// Records a batch of numbers, `[BATCH, WIDTH]`, for the step that `steps [1]` counts.
pub fn batch(
    plan: &mut Plan,
    data: &Tensor,
    steps: &Tensor,
    samples: Samples,
    draw: Draw,
    format: Format,
) -> Result<Tensor, OpError> {
    let p = params(data, samples, draw, if format == Format::Bytes { 4 } else { 1 })?;
    let x = plan.temporary("batch", &[draw.batch, samples.width], DType::F32);
    plan.push(&BATCH, p, &[Some(data), Some(steps)], &[&x]);
    Ok(x)
}

/// Records a batch of ids, `[BATCH, WIDTH]`, `u32`: the same samples as [`batch()`] with the same draw.
pub fn batch_ids(
    plan: &mut Plan,
    data: &Tensor,
    steps: &Tensor,
    samples: Samples,
    draw: Draw,
) -> Result<Tensor, OpError> {
    let p = params(data, samples, draw, 1)?;
    let ids = plan.temporary("ids", &[draw.batch, samples.width], DType::U32);
    plan.push(&BATCH_IDS, p, &[Some(data), Some(steps)], &[&ids]);
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_visits_every_sample_once_in_an_order_of_its_own() {
        for n in [1, 2, 5, 100, 257] {
            let order = |epoch| (0..n).map(|at| shuffle(at, n, 42, epoch)).collect::<Vec<_>>();
            let mut sorted = order(0);
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>());
            assert!(n < 100 || order(0) != order(1));
        }
    }
}
