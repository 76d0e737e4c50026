//! A sequence read by one recurrent network and written again by another that looks back at it
//! (Bahdanau, Cho and Bengio 2015).

use super::judge::judge;
use crate::gpu::{Data, Tensor};
use crate::nn::layers::{Embedding, Gru, Linear};
use crate::nn::{Graph, Init, Net, Outcome, ParamId, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::attention::scores::additive_scores;
use crate::ops::batch::{Draw, Samples, batch_ids};
use crate::ops::layout::{concat, narrow, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::Act;

/// Letters; one more means that writing begins.
const LETTERS: usize = 12;
/// Letters of a sequence.
const LENGTH: usize = 8;
/// Numbers that stand for a letter.
const EMBEDDING: usize = 16;
/// Units of the recurrent networks and of the alignment.
const UNITS: usize = 48;

/// Learns to write a sequence again, as it is or backwards.
#[derive(Clone, Debug)]
pub struct Alignment {
    sets: [Data; 2],
    samples: [usize; 2],
}

struct AlignmentNet {
    sets: [Data; 2],
    samples: [usize; 2],
    letters: Embedding,
    encoder: Gru,
    decoder: Gru,
    queries: ParamId,
    keys: ParamId,
    vector: ParamId,
    out: Linear,
}

impl Alignment {
    /// Sequences of a seed: 4,000 to learn from, 400 to test.
    pub fn new(seed: u64, reverse: bool) -> Self {
        let samples = [4000, 400];
        let mut rng = Rng::new(seed ^ 0xa119);
        let sets = samples.map(|n| {
            let mut words = Vec::with_capacity(n * 3 * LENGTH);
            for _ in 0..n {
                let source: Vec<u32> = (0..LENGTH).map(|_| rng.below(LETTERS as u32)).collect();
                let mut target = source.clone();
                if reverse {
                    target.reverse();
                }
                words.extend(&source);
                // What was written before each letter, and each letter.
                words.push(LETTERS as u32);
                words.extend(&target[..LENGTH - 1]);
                words.extend(&target);
            }
            Data::from(words)
        });
        Self { sets, samples }
    }
}

impl Task for Alignment {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let init = Init::XavierUniform;
        Box::new(AlignmentNet {
            sets: self.sets.clone(),
            samples: self.samples,
            letters: Embedding::new(p, "letters", [LETTERS + 1, EMBEDDING], Init::Normal(0.5)),
            encoder: Gru::new(p, "encoder", [EMBEDDING, UNITS]),
            decoder: Gru::new(p, "decoder", [EMBEDDING + UNITS, UNITS]),
            queries: p.add("alignment.queries", &[UNITS, UNITS], init),
            keys: p.add("alignment.keys", &[UNITS, UNITS], init),
            vector: p.add("alignment.vector", &[UNITS], Init::Normal(0.3)),
            out: Linear::new(p, "out", [2 * UNITS, LETTERS], Act::IDENTITY, init),
        })
    }

    fn samples(&self) -> [usize; 2] {
        self.samples
    }
}

impl Net for AlignmentNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let words = &self.sets[set as usize];
        let data = g.plan.constant("sequences", &[words.len()], words.clone());
        let steps = g.steps.clone();
        let mut ids = |part: usize| {
            let pitch = 3 * LENGTH;
            let n = self.samples[set as usize];
            let samples = Samples { n, width: LENGTH, pitch, offset: part * LENGTH };
            batch_ids(&mut g.plan, &data, &steps, samples, draw)
        };
        let [source, written, target] = [ids(0)?, ids(1)?, ids(2)?];
        let batch = draw.batch;

        // Letters of one place lie together: [T, N, E].
        let in_time = |g: &mut Graph, ids: &Tensor| {
            let rows = self.letters.forward(g, ids)?;
            transpose(&mut g.plan, &rows, &[1, 0, 2])
        };
        let x = in_time(g, &source)?;
        let before = in_time(g, &written)?;
        let read = self.encoder.sequence(g, &x)?;
        let states = transpose(&mut g.plan, &read.y, &[1, 0, 2])?;

        let [queries, keys, vector] = [self.queries, self.keys, self.vector].map(|id| g.param(id));
        let mut hidden = read.states[0].last.clone();
        let (mut rows, mut maps) = (Vec::new(), Vec::new());
        for t in 0..LENGTH {
            let query = hidden.view(&[batch, 1, UNITS]);
            let scores = additive_scores(&mut g.plan, &query, &states, [&queries, &keys, &vector])?;
            let weights = softmax(&mut g.plan, &scores, 2, &SoftmaxOptions::default())?;
            let context = matmul(&mut g.plan, &weights, &states, None, &Gemm::NN)?.view(&[batch, UNITS]);
            let letter = narrow(&mut g.plan, &before, 0, t, 1)?.view(&[batch, EMBEDDING]);
            let input = concat(&mut g.plan, &[&letter, &context], 1)?;
            hidden = self.decoder.step(g, &input, &hidden)?;
            rows.push(concat(&mut g.plan, &[&hidden, &context], 1)?.view(&[batch, 1, 2 * UNITS]));
            maps.push(weights);
        }
        let joined = concat(&mut g.plan, &rows.iter().collect::<Vec<_>>(), 1)?;
        let map = concat(&mut g.plan, &maps.iter().collect::<Vec<_>>(), 1)?;
        let logits = self.out.forward(g, &joined.view(&[batch * LENGTH, 2 * UNITS]))?;
        let mut outcome = judge(g, &logits, &target.view(&[batch * LENGTH]))?;
        outcome.views.push(("attention", map));
        Ok(outcome)
    }
}
