//! Score functions of attention that learn where to look. All but one are taught to look where one head of the real
//! encoder's first layer looks, from the same token vectors; the one that knows two marked entities learns to look at
//! the word that says how they are related. Sources of the scores: see [`crate::ops::attention::scores`].

use std::collections::BTreeMap;

use crate::data::marked::Marked;
use crate::gpu::{Data, Plan, Tensor, reference};
use crate::models::Encoder;
use crate::models::encoder::record_embeddings;
use crate::nn::{Graph, Init, Net, Outcome, ParamId, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::affine::affine;
use crate::ops::attention::scores::{
    additive_scores, convolved_scores, general_scores, location_scores, place_aware_scores,
};
use crate::ops::attention::{AttentionOptions, attention_stages};
use crate::ops::batch::{Draw, Format, Samples, batch, batch_ids};
use crate::ops::binary::{Op, binary};
use crate::ops::embed::embed;
use crate::ops::layout::{PadMode, narrow, pad};
use crate::ops::loss::{Reduction, soft_cross_entropy};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, mean, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

/// The head that is imitated, counted from 1.
pub const TAUGHT_BY: usize = 6;
/// Most words of a sentence; a score by position has one row for each.
pub const WORDS: usize = 32;
/// Channels of a token vector.
const WIDTH: usize = 384;
/// Channels of a head of the encoder.
const HEAD: usize = 32;
/// Distances to an entity that are told apart, on each side.
const REACH: usize = 16;
/// Sentences that are kept for the test, the last ones.
pub const TESTED: usize = 15;
/// What hides a word behind the end of a sentence.
const HIDDEN: f32 = -1e9;
/// How much a squared distance in words weighs beside a cross-entropy.
const DISTANCE: f32 = 0.05;

/// The parameters by name and shape.
pub const LEARNED: [(&str, &[usize]); 13] = [
    ("general.w", &[WIDTH, WIDTH]),
    ("additive.q", &[32, WIDTH]),
    ("additive.k", &[32, WIDTH]),
    ("additive.v", &[32]),
    ("location.w", &[WORDS, WIDTH]),
    ("convolved.w", &[8, 1, 7]),
    ("convolved.b", &[8]),
    ("convolved.v", &[1, 8, 1]),
    ("predictor.w", &[32, WIDTH]),
    ("predictor.v", &[32]),
    ("entity.k", &[16, WIDTH]),
    ("entity.v", &[16]),
    ("entity.places", &[2 * (2 * REACH + 1), 16]),
];

/// The row of the table of places for a word at `at` and entity 0 or 1 at `entity`.
pub fn place(at: usize, entity: usize, which: usize) -> u32 {
    let apart = (at as isize - entity as isize).clamp(-(REACH as isize), REACH as isize);
    ((apart + REACH as isize) as usize + which * (2 * REACH + 1)) as u32
}

/// Where the parts of a sample lie: offset and width of each.
const VECTORS: [usize; 2] = [0, WORDS * WIDTH];
const WEIGHTS: [usize; 2] = [VECTORS[1], WORDS * WORDS];
const BIAS: [usize; 2] = [WEIGHTS[0] + WEIGHTS[1], WORDS];
const THERE: [usize; 2] = [BIAS[0] + WORDS, WORDS];
const RELATION: [usize; 2] = [THERE[0] + WORDS, WORDS];
const LAST: [usize; 2] = [RELATION[0] + WORDS, 1];
const PLACES: [usize; 2] = [LAST[0] + 1, 2 * WORDS];
const PITCH: usize = PLACES[0] + PLACES[1];

/// Learns where to look.
#[derive(Clone, Debug)]
pub struct Looking {
    sets: [Data; 2],
    samples: [usize; 2],
}

struct LookingNet {
    task: Looking,
    learned: Vec<ParamId>,
}

/// A sentence as the words of a sample.
fn sample(encoder: &Encoder, marked: &Marked) -> anyhow::Result<Vec<u32>> {
    let tokens = encoder.tokenizer.encode_within(&marked.text, WORDS)?;
    let count = tokens.ids.len();
    let at = |range: &std::ops::Range<usize>| {
        let found = tokens.spans.iter().position(|span| span.start < range.end && span.end > range.start);
        found.ok_or_else(|| anyhow::anyhow!("\"{}\" loses a marked word", marked.text))
    };
    let [first, second] = [at(&marked.entities[0])?, at(&marked.entities[1])?];
    let relation = at(&marked.relation)?;

    let mut plan = Plan::new();
    let x = record_embeddings(&mut plan, &encoder.model, &tokens)?;
    let layer = encoder.model.layer(0)?;
    let from = (TAUGHT_BY - 1) * HEAD;
    let mut part = |linear: &crate::models::minilm::Linear| {
        let w = linear.w[from * WIDTH..(from + HEAD) * WIDTH].to_vec();
        let w = plan.constant("w", &[HEAD, WIDTH], w);
        let b = plan.constant("b", &[HEAD], linear.b[from..from + HEAD].to_vec());
        matmul(&mut plan, &x, &w, Some(&b), &Gemm::NT)
    };
    let (q, k) = (part(&layer.query)?, part(&layer.key)?);
    let weights = attention_stages(&mut plan, &q, &k, &k, &AttentionOptions::default())?.probabilities;
    let values = reference::run(&plan, &BTreeMap::new());

    let mut words = vec![0_u32; PITCH];
    let mut put = |at: usize, value: f32| words[at] = value.to_bits();
    for (i, value) in values[x.buf.0].iter().enumerate() {
        put(VECTORS[0] + i, *value as f32);
    }
    for (i, value) in values[weights.buf.0].iter().enumerate() {
        put(WEIGHTS[0] + i / count * WORDS + i % count, *value as f32);
    }
    for i in 0..WORDS {
        put(BIAS[0] + i, if i < count { 0.0 } else { HIDDEN });
        put(THERE[0] + i, f32::from(u8::from(i < count)));
    }
    put(RELATION[0] + relation, 1.0);
    put(LAST[0], (count - 1) as f32);
    for i in 0..WORDS {
        words[PLACES[0] + i] = place(i, first, 0);
        words[PLACES[0] + WORDS + i] = place(i, second, 1);
    }
    Ok(words)
}

impl Looking {
    /// The sentences that Glassbox carries, the last [`TESTED`] kept for the test.
    ///
    /// # Errors
    /// If the encoder cannot read one.
    pub fn new() -> anyhow::Result<Self> {
        let encoder = Encoder::embedded();
        let all: anyhow::Result<Vec<Vec<u32>>> = Marked::all().iter().map(|m| sample(&encoder, m)).collect();
        let (all, tested) = (all?, TESTED);
        let learned = all.len() - tested;
        let sets = [&all[..learned], &all[learned..]].map(|set| Data::from(set.concat()));
        Ok(Self { sets, samples: [learned, tested] })
    }
}

impl Task for Looking {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let init = |name: &str| match name {
            "general.w" | "location.w" | "entity.places" | "convolved.b" => Init::Zeros,
            name if name.ends_with(".v") => Init::Normal(0.3),
            "convolved.w" => Init::Normal(0.3),
            _ => Init::Normal(0.02),
        };
        let learned = LEARNED.iter().map(|(name, shape)| p.add(name, shape, init(name))).collect();
        Box::new(LookingNet { task: self.clone(), learned })
    }

    fn samples(&self) -> [usize; 2] {
        self.samples
    }
}

impl LookingNet {
    fn id(&self, name: &str) -> ParamId {
        let at = LEARNED.iter().position(|(learned, _)| *learned == name);
        self.learned[at.expect("only names of the list are asked for")]
    }

    fn param(&self, g: &Graph, name: &str) -> Tensor {
        g.param(self.id(name))
    }
}

/// The cross-entropy of scores `[B, T, T]`, hidden by a bias, with target weights; the mean of all rows, those of no
/// word counting 0.
fn apart(g: &mut Graph, scores: &Tensor, bias: &Tensor, targets: &Tensor) -> Result<[Tensor; 2], OpError> {
    let scores = binary(&mut g.plan, scores, bias, Op::Add)?;
    let rows = [scores.len() / WORDS, WORDS];
    let (scores, targets) = (scores.view(&rows), targets.view(&rows));
    let loss = soft_cross_entropy(&mut g.plan, &scores, &targets, None, 0.0, Reduction::Mean)?.loss;
    Ok([loss, scores])
}

impl Net for LookingNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let (words, n) = (&self.task.sets[set as usize], self.task.samples[set as usize]);
        let data = g.plan.constant("sentences", &[words.len()], words.clone());
        let (steps, b) = (g.steps.clone(), draw.batch);
        let of = |[offset, width]: [usize; 2]| Samples { n, width, pitch: PITCH, offset };
        let mut part = |at, shape: &[usize]| {
            let part = batch(&mut g.plan, &data, &steps, of(at), draw, Format::Floats)?;
            Ok::<_, OpError>(part.view(shape))
        };
        let x = part(VECTORS, &[b, WORDS, WIDTH])?;
        let targets = part(WEIGHTS, &[b, WORDS, WORDS])?;
        let bias = part(BIAS, &[b, 1, WORDS])?;
        let there = part(THERE, &[b, WORDS, 1])?;
        let relation = part(RELATION, &[b, 1, WORDS])?;
        let last = part(LAST, &[b, 1, 1])?;
        let places = batch_ids(&mut g.plan, &data, &steps, of(PLACES), draw)?;
        let p = |name| self.param(g, name);
        let general = p("general.w");
        let additive = ["additive.q", "additive.k", "additive.v"].map(p);
        let location = p("location.w");
        let convolved = ["convolved.w", "convolved.b", "convolved.v"].map(p);
        let predictor = ["predictor.w", "predictor.v"].map(p);
        let entity = ["entity.k", "entity.v", "entity.places"].map(p);

        let scores = general_scores(&mut g.plan, &x, &x, &general)?;
        g.layer("general", &scores, &[self.id("general.w")], Act::IDENTITY);
        let [mut loss, _] = apart(g, &scores, &bias, &targets)?;
        let scores = additive_scores(&mut g.plan, &x, &x, additive.each_ref())?;
        let of = ["additive.q", "additive.k", "additive.v"].map(|name| self.id(name));
        g.layer("additive", &scores, &of, Act::IDENTITY);
        let [more, shown] = apart(g, &scores, &bias, &targets)?;
        loss = binary(&mut g.plan, &loss, &more, Op::Add)?;
        let scores = location_scores(&mut g.plan, &x, &location, WORDS)?;
        let [more, _] = apart(g, &scores, &bias, &targets)?;
        loss = binary(&mut g.plan, &loss, &more, Op::Add)?;
        // What the head did for the word before.
        let before = narrow(&mut g.plan, &targets, 1, 0, WORDS - 1)?;
        let before = pad(&mut g.plan, &before, &[(0, 0), (1, 0), (0, 0)], PadMode::Constant(0.0))?;
        let scores = convolved_scores(&mut g.plan, &before, convolved.each_ref())?;
        let [more, _] = apart(g, &scores, &bias, &targets)?;
        loss = binary(&mut g.plan, &loss, &more, Op::Add)?;
        // Whoever asks, the relation answers.
        let [keys, v, table] = &entity;
        let rows = embed(&mut g.plan, table, &places)?.view(&[b, 2, WORDS, 16]);
        let added = reduce(&mut g.plan, &rows, &[1], Reduce::Sum, false)?;
        let scores = place_aware_scores(&mut g.plan, &x, &x, [keys, keys, v], &added)?;
        let answers = binary(&mut g.plan, &there, &relation, Op::Multiply)?;
        let [more, _] = apart(g, &scores, &bias, &answers)?;
        loss = binary(&mut g.plan, &loss, &more, Op::Add)?;
        // The middle of the window: Σ_j t_j·(j − p)² is least where p is the mean of what the head looks at.
        let [w, v] = &predictor;
        let bent = matmul(&mut g.plan, &x, w, None, &Gemm { act: Act::TANH, ..Gemm::NT })?;
        let share =
            matmul(&mut g.plan, &bent, &v.view(&[1, 32]), None, &Gemm { act: Act::SIGMOID, ..Gemm::NT })?;
        let position = binary(&mut g.plan, &share, &last, Op::Multiply)?;
        let keys: Vec<f32> = (0..WORDS).map(|j| j as f32).collect();
        let keys = g.plan.constant("key positions", &[1, 1, WORDS], keys);
        let distance = binary(&mut g.plan, &position, &keys, Op::Subtract)?;
        let squares = activation(&mut g.plan, &distance, Act::SQUARE);
        let far = binary(&mut g.plan, &targets, &squares, Op::Multiply)?;
        let far = mean(&mut g.plan, &far);
        let far = affine(&mut g.plan, &far, DISTANCE * WORDS as f32, 0.0);
        loss = binary(&mut g.plan, &loss.view(&[1]), &far.view(&[1]), Op::Add)?;

        let map = softmax(&mut g.plan, &shown, 1, &SoftmaxOptions::default())?;
        Ok(Outcome { loss, right: None, views: vec![("attention", map.view(&[b, WORDS, WORDS]))] })
    }
}
