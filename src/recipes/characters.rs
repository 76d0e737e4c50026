//! A small transformer that continues a text letter by letter (Vaswani et al. 2017; layer
//! normalisation first, as in GPT-2).

use super::judge::judge;
use crate::data::text::Characters;
use crate::gpu::{Data, Tensor};
use crate::nn::layers::{Embedding, LayerNorm, Linear, SelfAttention};
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::{Draw, Samples, batch_ids};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::narrow;
use crate::ops::unary::Act;

/// Letters that it sees at once.
const TOKENS: usize = 32;
/// Width of a token's vector.
const WIDTH: usize = 64;
/// Heads of each attention.
const HEADS: usize = 4;
/// Blocks of attention and a dense network.
const BLOCKS: usize = 2;

/// Learns the next letter of five sonnets.
#[derive(Clone, Debug)]
pub struct Transformer {
    /// The text as ids, and how many letters there are.
    text: Data,
    letters: usize,
    /// Letters at the end that are kept for the test.
    held: usize,
}

struct TransformerNet {
    task: Transformer,
    letters: Embedding,
    places: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
    out: Linear,
}

struct Block {
    norms: [LayerNorm; 2],
    attention: SelfAttention,
    dense: [Linear; 2],
}

impl Default for Transformer {
    /// On the sonnets that Glassbox carries, the last tenth held back.
    fn default() -> Self {
        let text = Characters::sonnets();
        // A whole number of windows, so that each is judged.
        let held = text.ids.len() / 10 / 50 * 50 + TOKENS;
        Self { letters: text.alphabet.len(), text: text.words(), held }
    }
}

impl Task for Transformer {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let letters = self.letters;
        let table = Init::Normal(0.1);
        let block = |p: &mut Parameters, i: usize| {
            let wide = 4 * WIDTH;
            Block {
                norms: ["norm1", "norm2"].map(|n| LayerNorm::new(p, &format!("block{i}.{n}"), WIDTH)),
                attention: SelfAttention::new(p, &format!("block{i}.attention"), WIDTH, HEADS),
                dense: [
                    Linear::new(
                        p,
                        &format!("block{i}.dense1"),
                        [WIDTH, wide],
                        Act::GELU_TANH,
                        Init::XavierUniform,
                    ),
                    Linear::new(
                        p,
                        &format!("block{i}.dense2"),
                        [wide, WIDTH],
                        Act::IDENTITY,
                        Init::XavierUniform,
                    ),
                ],
            }
        };
        Box::new(TransformerNet {
            task: self.clone(),
            letters: Embedding::new(p, "letters", [letters, WIDTH], table),
            places: Embedding::new(p, "places", [TOKENS, WIDTH], table),
            blocks: (1..=BLOCKS).map(|i| block(p, i)).collect(),
            norm: LayerNorm::new(p, "norm", WIDTH),
            out: Linear::new(p, "out", [WIDTH, letters], Act::IDENTITY, Init::XavierUniform),
        })
    }

    fn samples(&self) -> [usize; 2] {
        [self.text.len() - self.held - TOKENS, self.held - TOKENS]
    }
}

impl TransformerNet {
    /// Records the network on letters `seen [N, TOKENS]`; returns logits `[N·TOKENS, LETTERS]` and the last
    /// attention.
    fn both(&self, g: &mut Graph, seen: &Tensor) -> Result<[Tensor; 2], OpError> {
        let mask = causal_mask(g);
        let x = self.letters.forward(g, seen)?;
        let places = self.places.table(g);
        let mut x = binary(&mut g.plan, &x, &places, Op::Add)?;
        let mut map = x.clone();
        for block in &self.blocks {
            let y = block.norms[0].forward(g, &x)?;
            let [y, p] = block.attention.forward(g, &y, Some(&mask))?;
            map = p;
            x = binary(&mut g.plan, &x, &y, Op::Add)?;
            let mut y = block.norms[1].forward(g, &x)?;
            for dense in &block.dense {
                y = dense.forward(g, &y)?;
            }
            x = binary(&mut g.plan, &x, &y, Op::Add)?;
        }
        let x = self.norm.forward(g, &x)?;
        let rows = x.len() / WIDTH;
        let logits = self.out.forward(g, &x.view(&[rows, WIDTH]))?;
        Ok([logits, map])
    }
}

impl Net for TransformerNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let task = &self.task;
        let text = g.plan.constant("text", &[task.text.len()], task.text.clone());
        let steps = g.steps.clone();
        // The test begins where training ends; windows overlap, each letter begins one.
        let first = if set == Set::Training { 0 } else { task.text.len() - task.held };
        let mut ids = |offset| {
            let n = task.samples()[set as usize];
            let samples = Samples { n, width: TOKENS, pitch: 1, offset: first + offset };
            batch_ids(&mut g.plan, &text, &steps, samples, draw)
        };
        let [seen, next] = [ids(0)?, ids(1)?];
        let [logits, map] = self.both(g, &seen)?;
        let mut outcome = judge(g, &logits, &next.view(&[draw.batch * TOKENS]))?;
        let one = narrow(&mut g.plan, &map, 0, 0, 1)?;
        outcome.views.push(("attention", one.view(&[HEADS, TOKENS, TOKENS])));
        Ok(outcome)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        Ok(self.both(g, x)?[0].clone())
    }
}

/// 0 where a token may look, −1e9 at those after it.
fn causal_mask(g: &mut Graph) -> Tensor {
    let value = |i: usize| if i % TOKENS > i / TOKENS { -1e9 } else { 0.0 };
    let values: Vec<f32> = (0..TOKENS * TOKENS).map(value).collect();
    g.plan.constant("causal mask", &[TOKENS, TOKENS], values)
}
