//! What the page on positions records: a sentence and its words in another order through the real first layer,
//! with positions of one kind, and what is measured of both.

use super::recorded::real;
use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::models::Encoder;
use crate::models::encoder::EncodeError;
use crate::ops::affine::affine;
use crate::ops::attention::{AttentionOptions, attention_stages};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{PadMode, fill, gather, narrow, pad, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::layer_norm;
use crate::ops::position::{RotarySettings, alibi, rotary_embedding, rotary_tables, sinusoidal};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

choices! {
    /// How positions come in.
    pub enum Kind { None = "none", Sinusoidal = "sinusoidal", Learned = "learned", Rope = "RoPE", Alibi = "ALiBi" }
}

/// Positions of one kind, and the settings that they have.
#[derive(Clone, Copy, Debug)]
pub struct Positions {
    /// How they come in.
    pub kind: Kind,
    /// Channels that carry them, of all heads together.
    pub width: usize,
    /// Base of the wavelengths.
    pub base: f32,
    /// Position of the first word.
    pub start: usize,
}

/// A sentence in two orders after attention, and how they differ.
pub struct Both {
    /// Weights `[2, HEADS, T, T]`: as written, and in the other order.
    pub weights: Tensor,
    /// Vectors as written `[T, H]`.
    pub output: Tensor,
    /// |difference| of the weights, word for word `[1, HEADS, T, T]`.
    pub apart: Tensor,
    /// Largest difference of the vectors of a word `[1]`.
    pub differs: Tensor,
}

/// A word that stands in a sentence twice.
pub struct Twice {
    /// The word.
    pub word: String,
    /// Where it stands.
    pub at: [usize; 2],
    /// Its two vectors after attention `[2, H]`, with positions as set and as compared.
    pub vectors: [Tensor; 2],
    /// Their largest difference `[1]`, of each.
    pub differs: [Tensor; 2],
}

/// The words of a sentence, ready for any kind of positions.
pub struct Words<'a> {
    /// The model whose first layer reads them.
    pub encoder: &'a Encoder,
    /// Their vectors without positions `[2, T, H]`: as written, and in the other order.
    pub vectors: Tensor,
    /// Which word stands at each place of the other order.
    pub order: Vec<u32>,
}

/// Places of the inner words in another order: the first and the last word that occur once change places,
/// or all are turned around.
pub fn reordered(labels: &[String], turned: bool) -> Vec<u32> {
    let mut order: Vec<u32> = (0..labels.len() as u32).collect();
    if turned {
        if order.len() > 2 {
            let last = order.len() - 1;
            order[1..last].reverse();
        }
        return order;
    }
    let once = |i: &usize| labels.iter().filter(|l| **l == labels[*i]).count() == 1;
    let word = |i: &usize| labels[*i].chars().all(char::is_alphabetic) && once(i);
    let words: Vec<usize> = (0..labels.len()).filter(word).collect();
    if let (Some(&first), Some(&last)) = (words.first(), words.last()) {
        order.swap(first, last);
    }
    order
}

/// The learned table, `[ROWS, H]`: its channels from `width` on are 0, as are rows that it does not have.
fn learned(plan: &mut Plan, encoder: &Encoder, width: usize) -> Result<Tensor, Problem> {
    let (hidden, rows) = (encoder.model.config().hidden, encoder.model.config().positions);
    let table = encoder.model.embeddings().map_err(EncodeError::from)?.position.clone();
    let table = plan.constant("learned table", &[rows, hidden], table);
    let missing = (hidden - width) as isize;
    let table =
        pad(plan, &table, &[(0, ROWS as isize - rows as isize), (0, -missing)], PadMode::Constant(0.0))?;
    Ok(pad(plan, &table, &[(0, 0), (0, missing)], PadMode::Constant(0.0))?)
}

/// What is added to the vectors of the words, if anything is, `[T, H]`.
fn added(plan: &mut Plan, of: &Words<'_>, p: &Positions) -> Result<Option<Tensor>, Problem> {
    let [_, count, hidden] = of.vectors.shape[..] else { unreachable!("two orders") };
    Ok(match p.kind {
        Kind::Learned => {
            let table = learned(plan, of.encoder, p.width)?;
            let ids: Vec<u32> = (p.start..p.start + count).map(|i| i as u32).collect();
            let ids = plan.constant("positions", &[count], ids);
            let rows = gather(plan, &table, &ids, 0)?;
            plan.name(&rows, "position embeddings");
            Some(rows)
        }
        Kind::Sinusoidal => {
            let waves = sinusoidal(plan, [p.start, count], p.width, p.base)?;
            // Words are multiplied by √H there; the norm behind makes this the same.
            let scaled = affine(plan, &waves, 1.0 / (hidden as f32).sqrt(), 0.0);
            Some(pad(plan, &scaled, &[(0, 0), (0, (hidden - p.width) as isize)], PadMode::Constant(0.0))?)
        }
        _ => None,
    })
}

impl<'a> Words<'a> {
    /// The words with these vectors `[T, H]`, as written and in another order.
    pub fn new(
        plan: &mut Plan,
        encoder: &'a Encoder,
        vectors: &Tensor,
        order: Vec<u32>,
    ) -> Result<Self, Problem> {
        let [count, hidden] = vectors.shape[..] else { unreachable!("a row for each word") };
        let ids = (0..count as u32).chain(order.iter().copied()).collect::<Vec<_>>();
        let ids = plan.constant("both orders", &[2 * count], ids);
        let vectors = gather(plan, vectors, &ids, 0)?.view(&[2, count, hidden]);
        Ok(Self { encoder, vectors, order })
    }

    /// Both orders through the first layer's attention: weights `[2, HEADS, T, T]` and vectors `[2, T, H]`.
    fn attend(&self, plan: &mut Plan, p: &Positions) -> Result<[Tensor; 2], Problem> {
        let model = &self.encoder.model;
        let [_, count, hidden] = self.vectors.shape[..] else { unreachable!("two orders") };
        let embeddings = model.embeddings().map_err(EncodeError::from)?;
        let heads = model.config().heads;
        let mut x = self.vectors.clone();
        if let Some(positions) = added(plan, self, p)? {
            x = binary(plan, &x, &positions, Op::Add)?;
        }
        let gamma = plan.constant("gamma", &[hidden], embeddings.norm.gamma.clone());
        let beta = plan.constant("beta", &[hidden], embeddings.norm.beta.clone());
        let x = layer_norm(plan, &x, Some([&gamma, &beta]), model.config().norm_epsilon as f32)?;
        let both = [2, count, hidden];
        let qkv = real(plan, &x.view(&[2 * count, hidden]), self.encoder)?;
        let [mut q, mut k, v] = qkv.map(|x| x.view(&both));
        if p.kind == Kind::Rope {
            let turned = p.width / heads;
            let [cosines, sines] = rotary_tables(plan, [p.start, count], turned, p.base)?;
            let settings = RotarySettings { heads: Some(heads), turned: Some(turned), interleaved: false };
            let ids = (0..2 * count).map(|i| (i % count) as u32).collect::<Vec<_>>();
            let ids = plan.constant("places", &[2, count], ids);
            for x in [&mut q, &mut k] {
                *x = rotary_embedding(plan, x, [&cosines, &sines], Some(&ids), &settings)?;
            }
        }
        let options = AttentionOptions { heads, ..AttentionOptions::default() };
        let stages = attention_stages(plan, &q, &k, &v, &options)?;
        if p.kind != Kind::Alibi {
            return Ok([stages.probabilities, stages.output]);
        }
        let biases = alibi(plan, [heads, count, count])?;
        let scores = binary(plan, &stages.masked, &biases, Op::Add)?;
        let weights = softmax(plan, &scores, 3, &SoftmaxOptions::default())?;
        let values = transpose(plan, &v.view(&[2, count, heads, hidden / heads]), &[0, 2, 1, 3])?;
        let (pairs, width) = (2 * heads, hidden / heads);
        let [weighed, values] = [weights.view(&[pairs, count, count]), values.view(&[pairs, count, width])];
        let output = matmul(plan, &weighed, &values, None, &Gemm::NN)?.view(&[2, heads, count, width]);
        Ok([weights, transpose(plan, &output, &[0, 2, 1, 3])?.view(&both)])
    }

    /// The first word that occurs again, in both ways to have positions.
    pub fn twice(
        &self,
        plan: &mut Plan,
        labels: &[String],
        both: [&Both; 2],
    ) -> Result<Option<Twice>, Problem> {
        let again = |i: usize| (i + 1..labels.len()).find(|j| labels[*j] == labels[i]).map(|j| [i, j]);
        let Some(at) = (0..labels.len()).find_map(again) else { return Ok(None) };
        let pair = plan.constant("both places", &[2], at.map(|i| i as u32).to_vec());
        let [one, two] = at.map(|i| plan.constant("its place", &[1], vec![i as u32]));
        let (mut vectors, mut differs) = (Vec::new(), Vec::new());
        for both in both {
            let output = &both.output;
            let (one, two) = (gather(plan, output, &one, 0)?, gather(plan, output, &two, 0)?);
            let apart = distance(plan, &one, &two)?;
            differs.push(reduce(plan, &apart, &[0, 1], Reduce::Max, false)?.view(&[1]));
            vectors.push(gather(plan, output, &pair, 0)?);
        }
        let [Ok(vectors), Ok(differs)] = [vectors, differs].map(<[Tensor; 2]>::try_from) else {
            unreachable!("two of each")
        };
        Ok(Some(Twice { word: labels[at[0]].clone(), at, vectors, differs }))
    }

    /// Both orders with positions of this kind, compared word for word.
    pub fn both(&self, plan: &mut Plan, p: &Positions) -> Result<Both, Problem> {
        let count = self.order.len();
        let [weights, output] = self.attend(plan, p)?;
        plan.name(&weights, "weights");
        let [written, other] = orders(plan, &weights)?;
        let mut places = vec![0_u32; count];
        self.order.iter().enumerate().for_each(|(place, word)| places[*word as usize] = place as u32);
        let back = plan.constant("back in order", &[count], places);
        let other = gather(plan, &other, &back, 2)?;
        let other = gather(plan, &other, &back, 3)?;
        let apart = distance(plan, &written, &other)?;
        plan.name(&apart, "difference of the weights");
        let hidden = output.shape[2];
        let [output, other] = orders(plan, &output)?.map(|x| x.view(&[count, hidden]));
        let other = gather(plan, &other, &back, 0)?;
        let differs = distance(plan, &output, &other)?;
        let differs = reduce(plan, &differs, &[0, 1], Reduce::Max, false)?.view(&[1]);
        Ok(Both { weights, output, apart, differs })
    }
}

/// The two orders of what is computed of both, with a first axis of 1.
fn orders(plan: &mut Plan, both: &Tensor) -> Result<[Tensor; 2], Problem> {
    Ok([narrow(plan, both, 0, 0, 1)?, narrow(plan, both, 0, 1, 1)?])
}

/// |a − b|.
fn distance(plan: &mut Plan, a: &Tensor, b: &Tensor) -> Result<Tensor, Problem> {
    let apart = binary(plan, a, b, Op::Subtract)?;
    Ok(activation(plan, &apart, Act::ABS))
}

/// The encoding of every position that can be drawn, one row each, and what the score of two equal words becomes at
/// each of them, seen from `from`: `[1, ROWS]`. No size hangs on what is looked at, so that nothing is made anew while
/// that moves; but with ALiBi, whose penalties are seen from the last of `length` positions and end at `from`.
pub fn encoding(
    plan: &mut Plan,
    of: &Words<'_>,
    p: &Positions,
    [length, from]: [usize; 2],
) -> Result<[Tensor; 2], Problem> {
    let heads = of.encoder.model.config().heads;
    let rows = match p.kind {
        Kind::None => fill(plan, "nothing added", &[ROWS, p.width], 0.0),
        Kind::Sinusoidal => sinusoidal(plan, [0, ROWS], p.width, p.base)?,
        // The turns of a head: sine and cosine of each angle.
        Kind::Rope => sinusoidal(plan, [0, ROWS], p.width / heads, p.base)?,
        Kind::Learned => {
            let table = learned(plan, of.encoder, p.width)?;
            narrow(plan, &table, 1, 0, p.width)?
        }
        Kind::Alibi => {
            let biases = alibi(plan, [heads, 1, length])?.view(&[heads, length]);
            transpose(plan, &biases, &[1, 0])?
        }
    };
    plan.name(&rows, "encoding");
    if p.kind == Kind::Alibi {
        let biases = alibi(plan, [heads, 1, from + 1])?.view(&[heads, from + 1]);
        return Ok([rows, narrow(plan, &biases, 0, 2, 1)?]);
    }
    let ids = plan.constant("position looked at", &[1], vec![from as u32]);
    let one = gather(plan, &rows, &ids, 0)?;
    // Pairs of sine and cosine have length 1, of which there are half as many as channels.
    let alpha = if p.kind == Kind::Learned { 1.0 } else { 2.0 / rows.shape[1] as f32 };
    let products = matmul(plan, &one, &rows, None, &Gemm { alpha, ..Gemm::NT })?;
    plan.name(&products, "dot products");
    Ok([rows, products])
}

/// Positions that can be drawn.
pub const ROWS: usize = 640;

/// A difference below this is rounding.
pub const ROUNDING: f64 = 1e-4;

/// What the page has recorded, and of which settings.
pub struct Shown {
    pub kind: Kind,
    pub labels: [Vec<String>; 2],
    pub both: Both,
    /// The same without positions, or with the learned table where there are none.
    pub twin: Both,
    /// A word that stands there twice.
    pub twice: Option<Twice>,
    pub rows: Tensor,
    /// Those of the learned table behind the first, all of any other kind.
    pub later: Tensor,
    pub products: Tensor,
    /// Positions drawn.
    pub length: usize,
    pub start: usize,
    /// Words behind the end of the learned table, and its rows.
    pub beyond: usize,
    pub limit: usize,
    /// Position, dimension and head that are looked at.
    pub from: usize,
}

impl Shown {
    /// What the score of two equal words becomes by their distance, from 0 on as far as there are positions.
    pub fn fall(&self, products: &[f32]) -> Vec<f32> {
        let seen = products.get(..=self.from).unwrap_or_default();
        seen.iter().rev().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;

    #[test]
    fn words_that_occur_once_change_places() {
        let labels: Vec<String> =
            ["[CLS]", "the", "dog", "bites", "the", "man", ".", "[SEP]"].map(str::to_owned).to_vec();
        assert_eq!(reordered(&labels, false), [0, 1, 5, 3, 4, 2, 6, 7]);
        assert_eq!(reordered(&labels, true), [0, 6, 5, 4, 3, 2, 1, 7]);
        assert_eq!(reordered(&labels[..1], true), [0]);
    }
    #[test]
    fn penalties_are_seen_from_the_last_position_and_fall_from_the_one_looked_at() {
        let encoder = crate::exhibits::Inputs::default().encoder();
        let mut plan = Plan::new();
        let hidden = encoder.model.config().hidden;
        let vectors = plan.constant("words", &[2, hidden], vec![0.0_f32; 2 * hidden]);
        let words = Words::new(&mut plan, &encoder, &vectors, vec![1, 0]).unwrap();
        let p = Positions { kind: Kind::Alibi, width: hidden, base: 10_000.0, start: 0 };
        let [rows, products] = encoding(&mut plan, &words, &p, [64, 48]).unwrap();
        let values = reference::run(&plan, &std::collections::BTreeMap::new());
        let heads = rows.shape[1];
        let rows = &values[rows.buf.0];
        assert_eq!(rows.len(), 64 * heads);
        assert!(rows[63 * heads..].iter().all(|v| *v == 0.0), "the last is no distance away");
        let ends = [rows[2], values[products.buf.0][0], values[products.buf.0][48]];
        let slope = -rows[62 * heads + 2];
        let near = |have: f64, want: f64| (have - want).abs() <= 1e-6 * want.abs();
        assert!(near(ends[0], -63.0 * slope) && near(ends[1], -48.0 * slope) && ends[2] == 0.0, "{ends:?}");
    }
}
