//! The mechanisms that the page on attention compares: each scores the same words of one sentence, on the same
//! plan. What they share is the real first layer of the sentence encoder.

use super::cost::{Cost, Sizes};
use super::mechanism::Mechanism;
use super::recording::{Recorded, Settings, Stage, one_head};
use super::taught::record as taught;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::attention::scores::local_monotonic;
use crate::ops::attention::{
    AttentionOptions, AttentionStages, GeneralAttentionOptions, MASKED, Mask, attention_stages,
    general_attention,
};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, narrow};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};
use crate::settings::Choice as _;

/// Words that are looked at, and what the real layer makes of them.
pub struct Sentence {
    /// Token vectors `[T, H]`.
    pub x: Tensor,
    /// Queries, keys and values of all heads `[T, H]`.
    pub qkv: [Tensor; 3],
    /// Queries of the second sentence `[S, H]`.
    pub asks: Tensor,
}

/// A mechanism, recorded.
pub struct Looked {
    /// Which.
    pub mechanism: Mechanism,
    /// Its weights, and which of their maps is looked at.
    pub weights: (Tensor, usize),
    /// What came before them.
    pub stages: Vec<Stage>,
    /// Multiply-adds and bytes.
    pub cost: Cost,
}

/// All of them.
pub struct Compared {
    /// Each, in the order of [`Mechanism`].
    pub looked: Vec<Looked>,
    /// Weights of all but the crossing one, one map each `[N, T, T]`, in this order.
    pub all: Tensor,
    /// The real layer's own heads.
    pub layer: AttentionStages,
    /// Largest difference between linear attention in one pass over the keys and with its weights, where no
    /// mask asks for another pass.
    pub linear: Option<Tensor>,
}

impl Compared {
    /// A mechanism.
    ///
    /// # Panics
    /// Never: all are there.
    pub fn of(&self, mechanism: Mechanism) -> &Looked {
        self.looked.iter().find(|looked| looked.mechanism == mechanism).expect("all are recorded")
    }
}

/// 0 where a query may look, [`MASKED`] where not, `[T, T]`.
fn bias(plan: &mut Plan, count: usize, may: impl Fn(usize, usize) -> bool) -> Tensor {
    let value = |i: usize| if may(i / count, i % count) { 0.0 } else { MASKED };
    plan.constant("what may be seen", &[count, count], (0..count * count).map(value).collect::<Vec<f32>>())
}

/// Channels of head `head` of `[T, H]`.
fn channels(plan: &mut Plan, x: &Tensor, head: usize, heads: usize) -> Result<Tensor, Problem> {
    let each = x.shape[1] / heads;
    Ok(narrow(plan, x, 1, head * each, each)?)
}

/// Records grouped-query attention: keys and values of the heads of a group are their mean, which is how a
/// trained layer is converted (Ainslie et al. 2023). Gives
/// scores and weights `[1, HEADS, T, T]`, and the output `[1, T, H]`.
pub fn grouped(
    plan: &mut Plan,
    [q, k, v]: [&Tensor; 3],
    groups: usize,
    mask: Option<&Tensor>,
    options: &AttentionOptions,
) -> Result<[Tensor; 3], Problem> {
    let (count, width, heads) = (q.shape[0], q.shape[1], options.heads);
    let each = width / heads;
    let mut mean = |x: &Tensor| {
        let split = x.view(&[count, groups, heads / groups, each]);
        Ok::<_, Problem>(reduce(plan, &split, &[2], Reduce::Mean, false)?.view(&[1, count, groups * each]))
    };
    let (k, v) = (mean(k)?, mean(v)?);
    let settings = GeneralAttentionOptions {
        heads: Some([heads, groups]),
        scale: Some(options.factor(each)),
        ..GeneralAttentionOptions::default()
    };
    let mask = mask.map_or(Mask::None, Mask::Bias);
    let q = q.view(&[1, count, width]);
    let made = general_attention(plan, [&q, &k, &v], mask, None, &settings)?;
    Ok([made.scores, made.probabilities, made.output])
}

/// What linear attention makes of one head.
pub struct Linear {
    /// Weights that it amounts to, `[T, T]`.
    pub weights: Tensor,
    /// φ(q)·φ(k), `[T, T]`.
    pub products: Tensor,
    /// Largest difference between the output in one pass over the keys and weights times values `[1]`.
    pub differs: Tensor,
}

/// Records linear attention of one head with φ = elu + 1 (Katharopoulos et al. 2020), without a mask: `Σ φ(k) vᵀ`
/// and `Σ φ(k)` are made once for all queries. The weights are made as well, to be looked at: `keep [T, T]` is 1
/// where a query may look.
pub fn linear(plan: &mut Plan, [q, k, v]: [&Tensor; 3], keep: &Tensor) -> Result<Linear, Problem> {
    let mut features = |x: &Tensor| {
        let bent = activation(plan, x, Act::elu(1.0));
        affine(plan, &bent, 1.0, 1.0)
    };
    let (q, k) = (features(q), features(k));
    plan.name(&q, "φ(q)");
    plan.name(&k, "φ(k)");
    let products = matmul(plan, &q, &k, None, &Gemm::NT)?;
    let products = binary(plan, &products, keep, Op::Multiply)?;
    plan.name(&products, "φ(q)·φ(k)");
    let sums = reduce(plan, &products, &[1], Reduce::Sum, true)?;
    let weights = binary(plan, &products, &sums, Op::Divide)?;
    let state = matmul(plan, &k, v, None, &Gemm::TN)?;
    plan.name(&state, "Σ φ(k)·vᵀ");
    let keys = reduce(plan, &k, &[0], Reduce::Sum, true)?;
    let above = matmul(plan, &q, &state, None, &Gemm::NN)?;
    let below = matmul(plan, &q, &keys, None, &Gemm::NT)?;
    let output = binary(plan, &above, &below, Op::Divide)?;
    plan.name(&output, "linear attention in one pass");
    let product = matmul(plan, &weights, v, None, &Gemm::NN)?;
    let apart = binary(plan, &output, &product, Op::Subtract)?;
    let apart = activation(plan, &apart, Act::ABS);
    let differs = reduce(plan, &apart, &[0, 1], Reduce::Max, false)?.view(&[1]);
    Ok(Linear { weights, products, differs })
}

/// Records sliding-window attention from scores `[T, T]`: a query sees itself and the `reach` words before it. Gives
/// the scores of the window and the weights.
pub fn sliding(plan: &mut Plan, scores: &Tensor, reach: usize) -> Result<[Tensor; 2], Problem> {
    let count = scores.shape[0];
    let window = bias(plan, count, |i, j| j <= i && i - j <= reach);
    let windowed = binary(plan, scores, &window, Op::Add)?;
    // Beside what a mask hides already, which would no longer be finite.
    let lowest = plan.constant("masked", &[], vec![MASKED]);
    let windowed = binary(plan, &windowed, &lowest, Op::Maximum)?;
    let probabilities = softmax(plan, &windowed, 1, &SoftmaxOptions::default())?;
    Ok([windowed, probabilities])
}

/// Records all mechanisms on the words of `of`.
pub fn compare(plan: &mut Plan, of: &Sentence, s: &Settings) -> Result<Compared, Problem> {
    let [q, k, v] = &of.qkv;
    let (count, width, heads) = (q.shape[0], q.shape[1], s.options.heads);
    let valid = s.options.valid.unwrap_or(count);
    let may = |i: usize, j: usize| j < valid && (j <= i || !s.options.causal);
    let masks = s.options.causal || valid < count;
    let seen = bias(plan, count, may);
    let scaled = if s.options.scale.is_none() { "÷ √32" } else { "no scale" };
    let mut all = Vec::new();
    let mut add = |plan: &mut Plan, mechanism: Mechanism, weights: (&Tensor, usize), stages: Vec<Stage>| {
        let (weights, map) = weights;
        let thumb = if weights.shape.len() == 4 && !mechanism.is_cross() {
            one_head(plan, weights, map)?
        } else {
            weights.clone()
        };
        plan.name(weights, mechanism.weights());
        all.push(Recorded { mechanism, thumb: thumb.clone(), weights: (weights.clone(), map), stages });
        Ok::<_, Problem>(thumb)
    };

    let layer = attention_stages(plan, q, k, v, &s.options)?;
    let own = |name, x: &Tensor| (name, x.clone(), s.head);
    let stages = vec![own("q · k", &layer.scores), own(scaled, &layer.masked)];
    add(plan, Mechanism::Dot, (&layer.probabilities, s.head), stages)?;
    // Across sentences there is no order that would hide anything.
    let options = AttentionOptions { causal: false, ..s.options };
    let crossed = attention_stages(plan, &of.asks, k, v, &options)?;
    let stages = vec![own("q · k", &crossed.scores), own(scaled, &crossed.masked)];
    add(plan, Mechanism::Cross, (&crossed.probabilities, s.head), stages)?;
    let options = AttentionOptions { heads: 1, scale: Some(1.0), ..s.options };
    let luong = attention_stages(plan, &of.x, &of.x, &of.x, &options)?;
    let weights = luong.probabilities.view(&[count, count]);
    add(plan, Mechanism::Luong, (&weights, 0), vec![("x · x", luong.masked, 0)])?;

    let scores = one_head(plan, &layer.masked, s.head)?;
    plan.name(&scores, "scores of one head");
    let local = local_monotonic(plan, &scores, s.reach)?;
    let stages = vec![(scaled, scores.clone(), 0), ("window", local.windowed, 0)];
    add(plan, Mechanism::LocalM, (&local.probabilities, 0), stages)?;
    let [windowed, slid] = sliding(plan, &scores, s.reach)?;
    let stages = vec![(scaled, scores.clone(), 0), ("window", windowed, 0)];
    add(plan, Mechanism::Sliding, (&slid, 0), stages)?;

    let hides = masks.then_some(&seen);
    for (mechanism, groups) in [(Mechanism::Grouped, s.groups), (Mechanism::MultiQuery, 1)] {
        let [scores, weights, _] = grouped(plan, [q, k, v], groups, hides, &s.options)?;
        add(plan, mechanism, (&weights, s.head), vec![own(scaled, &scores)])?;
    }

    let [q, k, v] = [q, k, v].map(|x| channels(plan, x, s.head, heads));
    let keep: Vec<f32> = (0..count * count).map(|i| f32::from(u8::from(may(i / count, i % count)))).collect();
    let keep = plan.constant("1 where a query may look", &[count, count], keep);
    let made = linear(plan, [&q?, &k?, &v?], &keep)?;
    add(plan, Mechanism::Linear, (&made.weights, 0), vec![("φ(q) · φ(k)", made.products, 0)])?;

    // The picture of all heads is their mean; one of them is enlarged.
    let mean = reduce(plan, &layer.probabilities, &[1], Reduce::Mean, false)?.view(&[count, count]);
    plan.name(&mean, Mechanism::MultiHead.weights());
    let stages = vec![own("q · k", &layer.scores), own(scaled, &layer.masked)];
    let weights = (layer.probabilities.clone(), s.head);
    all.push(Recorded { mechanism: Mechanism::MultiHead, thumb: mean, weights, stages });
    all.extend(taught(plan, [&of.x, &scores, &layer.probabilities, &seen], scaled, s)?);
    all.sort_by_key(|recorded| recorded.mechanism.index());

    let square = all.iter().filter(|recorded| !recorded.mechanism.is_cross());
    let parts: Vec<Tensor> = square.map(|recorded| recorded.thumb.view(&[1, count, count])).collect();
    let maps = concat(plan, &parts.iter().collect::<Vec<_>>(), 0)?;
    plan.name(&maps, "weights of all mechanisms");
    let sizes = Sizes { count, asks: of.asks.shape[0], width, heads, reach: s.reach, groups: s.groups };
    let looked = all.into_iter().map(|recorded| {
        let cost = Cost::of(recorded.mechanism, &sizes);
        Looked { mechanism: recorded.mechanism, weights: recorded.weights, stages: recorded.stages, cost }
    });
    Ok(Compared { looked: looked.collect(), all: maps, layer, linear: (!masks).then_some(made.differs) })
}
