//! Score functions that were taught where to look (`glassbox train attention-scores`): their weights, and how they
//! score the words of a sentence.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::mechanism::Mechanism;
use super::recording::{Recorded, Settings, Stage, one_head};
use crate::data::marked::Marked;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::models::weights::WeightFile;
use crate::ops::affine::affine;
use crate::ops::attention::scores::{
    additive_scores, concat_scores, convolved_scores, general_scores, local_predictive, location_scores,
    place_aware_scores,
};
use crate::ops::binary::{Op, binary};
use crate::ops::embed::embed;
use crate::ops::layout::{PadMode, concat, narrow, pad};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::recipes::{LEARNED, TAUGHT_BY, TESTED, place};

/// Sentences that they were taught on.
pub fn sentences() -> usize {
    Marked::all().len() - TESTED
}

/// The weights that Glassbox carries, each allocated once.
fn learned() -> &'static BTreeMap<String, Arc<[f32]>> {
    static ALL: OnceLock<BTreeMap<String, Arc<[f32]>>> = OnceLock::new();
    ALL.get_or_init(|| {
        WeightFile::carried("attention-scores", crate::asset!("models/attention-scores.safetensors"))
    })
}

fn weight(plan: &mut Plan, name: &'static str) -> Tensor {
    let (_, shape) = LEARNED.iter().find(|(learned, _)| *learned == name).expect("a name of the list");
    plan.constant(name, shape, learned()[name].clone())
}

/// Records all of them for words `x [T, H]`; `scores [T, T]` are those of one head, scaled and masked, `heads
/// [1, HEADS, T, T]` the weights of all heads, `seen [T, T]` what is added to a score.
pub fn record(
    plan: &mut Plan,
    [x, scores, heads, seen]: [&Tensor; 4],
    scaled: &'static str,
    s: &Settings,
) -> Result<Vec<Recorded>, Problem> {
    let count = x.shape[0];
    let mut all = Vec::new();
    let mut add = |plan: &mut Plan, mechanism: Mechanism, name: &'static str, scores: &Tensor| {
        let divided = affine(plan, scores, 1.0 / s.options.temperature, 0.0);
        let masked = binary(plan, &divided, seen, Op::Add)?;
        let weights = softmax(plan, &masked, 1, &SoftmaxOptions::default())?;
        plan.name(&weights, mechanism.weights());
        let stages: Vec<Stage> = vec![(name, masked, 0)];
        all.push(Recorded { mechanism, thumb: weights.clone(), weights: (weights, 0), stages });
        Ok::<_, Problem>(())
    };
    let [w_q, w_k, v] = ["additive.q", "additive.k", "additive.v"].map(|name| weight(plan, name));

    let w = weight(plan, "general.w");
    let made = general_scores(plan, x, x, &w)?;
    add(plan, Mechanism::General, "x · W · x", &made)?;
    // One matrix of both, side by side.
    let w = concat(plan, &[&w_q, &w_k], 1)?;
    let made = concat_scores(plan, x, x, [&w, &v])?;
    add(plan, Mechanism::Concat, "v · tanh", &made)?;
    let made = additive_scores(plan, x, x, [&w_q, &w_k, &v])?;
    add(plan, Mechanism::Additive, "v · tanh", &made)?;

    let w = weight(plan, "location.w");
    let made = location_scores(plan, x, &w, count)?;
    add(plan, Mechanism::Location, "W · x", &made)?;
    // What the head did for the word before; nothing for the first.
    let before = one_head(plan, heads, TAUGHT_BY - 1)?;
    let before = narrow(plan, &before, 0, 0, count - 1)?;
    let before = pad(plan, &before, &[(1, 0), (0, 0)], PadMode::Constant(0.0))?;
    plan.name(&before, "previous alignment");
    let of = ["convolved.w", "convolved.b", "convolved.v"].map(|name| weight(plan, name));
    let made = convolved_scores(plan, &before, of.each_ref())?;
    add(plan, Mechanism::Convolved, "F ∗ before", &made)?;

    let of = ["entity.k", "entity.v", "entity.places"].map(|name| weight(plan, name));
    let ids = |which: usize| {
        let entity = s.entities[which];
        (0..count).map(move |at| place(at, entity, which))
    };
    let ids: Vec<u32> = ids(0).chain(ids(1)).collect();
    let ids = plan.constant("places by both entities", &[2, count], ids);
    let rows = embed(plan, &of[2], &ids)?;
    let places = reduce(plan, &rows.view(&[2, count, of[1].len()]), &[0], Reduce::Sum, false)?;
    plan.name(&places, "places relative to both entities");
    let made = place_aware_scores(plan, x, x, [&of[0], &of[0], &of[1]], &places)?;
    add(plan, Mechanism::Entity, "v · tanh", &made)?;

    let of = ["predictor.w", "predictor.v"].map(|name| weight(plan, name));
    let local = local_predictive(plan, scores, x, of.each_ref(), s.reach)?;
    let mechanism = Mechanism::LocalP;
    plan.name(&local.probabilities, mechanism.weights());
    let stages = vec![(scaled, scores.clone(), 0), ("window", local.windowed, 0)];
    let weights = local.probabilities;
    all.push(Recorded { mechanism, thumb: weights.clone(), weights: (weights, 0), stages });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_weights_are_there_and_small() {
        let all = learned();
        assert_eq!(all.len(), LEARNED.len());
        for (name, shape) in LEARNED {
            assert_eq!(all[name].len(), shape.iter().product::<usize>(), "{name}");
        }
        assert!(all.values().flat_map(|values| values.iter()).all(|value| value.is_finite()));
        assert!(all.values().map(|values| 4 * values.len()).sum::<usize>() < 1_000_000);
        // The sentence that the page begins with is not among those that taught them.
        let own = crate::exhibits::inputs::SENTENCE;
        assert!(Marked::all().iter().all(|marked| marked.text != own));
    }
}
