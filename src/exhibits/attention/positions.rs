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
use crate::ops::layout::{PadMode, fill, gather, pad, transpose};
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

/// A sentence after attention.
pub struct Order {
    /// Weights `[1, HEADS, T, T]`.
    pub weights: Tensor,
    /// Vectors `[T, H]`.
    pub output: Tensor,
}

/// A sentence in two orders, and how they differ.
pub struct Both {
    /// As written, and in the other order.
    pub orders: [Order; 2],
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
    /// Their vectors without positions `[T, H]`.
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

/// The rows of the learned table from `first` on, `[rows, H]`, whose channels from `width` on are 0, as are
/// rows that the table does not have.
fn learned(encoder: &Encoder, [first, rows, width]: [usize; 3]) -> Result<Vec<f32>, Problem> {
    let hidden = encoder.model.config().hidden;
    let table = &encoder.model.embeddings().map_err(EncodeError::from)?.position;
    let at = |i: usize| {
        let (row, channel) = (first + i / hidden, i % hidden);
        if channel < width { table.get(row * hidden + channel).copied().unwrap_or(0.0) } else { 0.0 }
    };
    Ok((0..rows * hidden).map(at).collect())
}

/// What is added to the vectors of `rows` words, if anything is.
fn added(plan: &mut Plan, of: &Words<'_>, p: &Positions, rows: usize) -> Result<Option<Tensor>, Problem> {
    let hidden = of.vectors.shape[1];
    Ok(match p.kind {
        Kind::Learned => {
            let table = learned(of.encoder, [p.start, rows, p.width])?;
            Some(plan.constant("position embeddings", &[rows, hidden], table))
        }
        Kind::Sinusoidal => {
            let waves = sinusoidal(plan, [p.start, rows], p.width, p.base)?;
            // Words are multiplied by √H there; the norm behind makes this the same.
            let scaled = affine(plan, &waves, 1.0 / (hidden as f32).sqrt(), 0.0);
            Some(pad(plan, &scaled, &[(0, 0), (0, (hidden - p.width) as isize)], PadMode::Constant(0.0))?)
        }
        _ => None,
    })
}

impl Words<'_> {
    /// Through the first layer's attention, in the order of `vectors`.
    fn attend(&self, plan: &mut Plan, vectors: &Tensor, p: &Positions) -> Result<Order, Problem> {
        let (model, count) = (&self.encoder.model, vectors.shape[0]);
        let embeddings = model.embeddings().map_err(EncodeError::from)?;
        let (heads, hidden) = (model.config().heads, vectors.shape[1]);
        let mut x = vectors.clone();
        if let Some(positions) = added(plan, self, p, count)? {
            x = binary(plan, &x, &positions, Op::Add)?;
        }
        let gamma = plan.constant("gamma", &[hidden], embeddings.norm.gamma.clone());
        let beta = plan.constant("beta", &[hidden], embeddings.norm.beta.clone());
        let x = layer_norm(plan, &x, Some([&gamma, &beta]), model.config().norm_epsilon as f32)?;
        let [mut q, mut k, v] = real(plan, &x, self.encoder)?;
        if p.kind == Kind::Rope {
            let turned = p.width / heads;
            let [cosines, sines] = rotary_tables(plan, p.start + count, turned, p.base)?;
            let ids: Vec<u32> = (p.start..p.start + count).map(|i| i as u32).collect();
            let ids = plan.constant("positions", &[1, count], ids);
            let settings = RotarySettings { heads: Some(heads), turned: Some(turned), interleaved: false };
            for x in [&mut q, &mut k] {
                let flat = x.view(&[1, count, hidden]);
                *x = rotary_embedding(plan, &flat, [&cosines, &sines], Some(&ids), &settings)?
                    .view(&[count, hidden]);
            }
        }
        let options = AttentionOptions { heads, ..AttentionOptions::default() };
        let stages = attention_stages(plan, &q, &k, &v, &options)?;
        if p.kind != Kind::Alibi {
            return Ok(Order { weights: stages.probabilities, output: stages.output });
        }
        let biases = alibi(plan, [heads, count, count])?;
        let scores = binary(plan, &stages.masked, &biases.view(&[1, heads, count, count]), Op::Add)?;
        let weights = softmax(plan, &scores, 3, &SoftmaxOptions::default())?;
        let values = transpose(plan, &v.view(&[count, heads, hidden / heads]), &[1, 0, 2])?;
        let output = matmul(plan, &weights.view(&[heads, count, count]), &values, None, &Gemm::NN)?;
        let output = transpose(plan, &output, &[1, 0, 2])?.view(&[count, hidden]);
        Ok(Order { weights, output })
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
            let output = &both.orders[0].output;
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
        let written = self.attend(plan, &self.vectors, p)?;
        let ids = plan.constant("the other order", &[count], self.order.clone());
        let vectors = gather(plan, &self.vectors, &ids, 0)?;
        let other = self.attend(plan, &vectors, p)?;
        let mut places = vec![0_u32; count];
        self.order.iter().enumerate().for_each(|(place, word)| places[*word as usize] = place as u32);
        let back = plan.constant("back in order", &[count], places);
        let weights = gather(plan, &other.weights, &back, 2)?;
        let weights = gather(plan, &weights, &back, 3)?;
        let apart = distance(plan, &written.weights, &weights)?;
        plan.name(&apart, "difference of the weights");
        let output = gather(plan, &other.output, &back, 0)?;
        let differs = distance(plan, &written.output, &output)?;
        let differs = reduce(plan, &differs, &[0, 1], Reduce::Max, false)?.view(&[1]);
        plan.name(&written.weights, "weights, as written");
        plan.name(&other.weights, "weights, reordered");
        Ok(Both { orders: [written, other], apart, differs })
    }
}

/// |a − b|.
fn distance(plan: &mut Plan, a: &Tensor, b: &Tensor) -> Result<Tensor, Problem> {
    let apart = binary(plan, a, b, Op::Subtract)?;
    Ok(activation(plan, &apart, Act::ABS))
}

/// The encoding of positions 0..`length`, one row each, and what the score of two equal words becomes by their
/// distance, seen from `from` back to 0: `[1, from + 1]`.
pub fn encoding(
    plan: &mut Plan,
    of: &Words<'_>,
    p: &Positions,
    [length, from]: [usize; 2],
) -> Result<[Tensor; 2], Problem> {
    let p = Positions { start: 0, ..*p };
    let (heads, hidden) = (of.encoder.model.config().heads, of.vectors.shape[1]);
    let rows = match p.kind {
        Kind::None => fill(plan, "nothing added", &[length, p.width], 0.0),
        Kind::Sinusoidal => sinusoidal(plan, [0, length], p.width, p.base)?,
        // The turns of a head: sine and cosine of each angle.
        Kind::Rope => sinusoidal(plan, [0, length], p.width / heads, p.base)?,
        Kind::Learned => {
            let all = learned(of.encoder, [0, length, p.width])?;
            let cut = all.chunks(hidden).flat_map(|row| &row[..p.width]).copied().collect::<Vec<f32>>();
            plan.constant("learned table", &[length, p.width], cut)
        }
        Kind::Alibi => {
            let biases = alibi(plan, [heads, 1, length])?.view(&[heads, length]);
            transpose(plan, &biases, &[1, 0])?
        }
    };
    plan.name(&rows, "encoding");
    if p.kind == Kind::Alibi {
        let biases = alibi(plan, [heads, 1, from + 1])?.view(&[heads, from + 1]);
        let ids = plan.constant("third head", &[1], vec![2_u32]);
        return Ok([rows, gather(plan, &biases, &ids, 0)?]);
    }
    let width = rows.shape[1];
    let ids = plan.constant("position looked at", &[1], vec![from as u32]);
    let one = gather(plan, &rows, &ids, 0)?;
    let back = plan.constant("positions before it", &[from + 1], (0..=from as u32).collect::<Vec<_>>());
    let before = gather(plan, &rows, &back, 0)?;
    // Pairs of sine and cosine have length 1, of which there are half as many as channels.
    let alpha = if p.kind == Kind::Learned { 1.0 } else { 2.0 / width as f32 };
    let products = matmul(plan, &one, &before, None, &Gemm { alpha, ..Gemm::NT })?;
    plan.name(&products, "dot products");
    Ok([rows, products])
}

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
    /// Those behind the first.
    pub later: Tensor,
    pub products: Tensor,
    pub start: usize,
    /// Words behind the end of the learned table, and its rows.
    pub beyond: usize,
    pub limit: usize,
    /// Position, dimension and head that are looked at.
    pub from: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_occur_once_change_places() {
        let labels: Vec<String> =
            ["[CLS]", "the", "dog", "bites", "the", "man", ".", "[SEP]"].map(str::to_owned).to_vec();
        assert_eq!(reordered(&labels, false), [0, 1, 5, 3, 4, 2, 6, 7]);
        assert_eq!(reordered(&labels, true), [0, 6, 5, 4, 3, 2, 1, 7]);
        assert_eq!(reordered(&labels[..1], true), [0]);
    }
}
