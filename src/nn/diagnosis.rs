//! A detector that says what is wrong with a training: one sentence, the cause before its consequences,
//! and nothing as long as the network learns.

use super::task::{Evaluation, Record};
use super::watch::{Role, Statistics};

/// What is wrong with a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Symptom {
    /// So many numbers are NaN or infinite.
    NotFinite(u64),
    /// This share of the units is 0 for every sample of the batch.
    Dead(f32),
    /// This share of the activations lies at the bounds of its function.
    Saturated(f32),
    /// The gradient of the weights has all but vanished.
    Vanished(f32),
}

/// A symptom, where and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// Steps done.
    pub step: u64,
    /// The layer.
    pub layer: String,
    /// The tensor.
    pub role: Role,
    /// What is wrong.
    pub symptom: Symptom,
}

impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { step, layer, role, symptom } = self;
        let what = match role {
            Role::Activation => "activations",
            Role::ActivationGradient => "gradient of the activations",
            Role::Weight => "weights",
            Role::WeightGradient => "gradient of the weights",
        };
        match symptom {
            Symptom::NotFinite(n) => {
                write!(f, "step {step}, {layer}: {n} numbers of the {what} are NaN or infinite")
            }
            Symptom::Dead(share) => {
                write!(f, "step {step}, {layer}: {:.0} % of the units are 0 for every sample", 100.0 * share)
            }
            Symptom::Saturated(share) => {
                write!(f, "step {step}, {layer}: {:.0} % of the activations are saturated", 100.0 * share)
            }
            Symptom::Vanished(norm) => {
                write!(f, "step {step}, {layer}: the {what} has vanished (norm {norm:.1e})")
            }
        }
    }
}

/// Share of units or activations above which the detector speaks.
const MANY: f32 = 0.5;
/// Norm of a gradient below which it has vanished.
const VANISHED: f32 = 1e-7;

/// All that is wrong, in the order of the layers.
pub fn symptoms(step: u64, statistics: &[Statistics]) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for s in statistics {
        let mut add = |symptom| {
            found.push(Diagnosis { step, layer: s.layer.clone(), role: s.role, symptom });
        };
        if s.not_finite > 0 {
            add(Symptom::NotFinite(s.not_finite));
            continue;
        }
        match s.role {
            Role::Activation if s.dead > MANY => add(Symptom::Dead(s.dead)),
            Role::Activation if s.saturated > MANY => add(Symptom::Saturated(s.saturated)),
            Role::WeightGradient if !(s.norm >= VANISHED) => add(Symptom::Vanished(s.norm)),
            _ => {}
        }
    }
    found
}

/// What is wrong, the cause alone; nothing while the network learns.
///
/// `history` are the numbers of the steps, `validation` the results on the set that is not learned from, by
/// step, and `statistics` those of the last step. Without at least two results the losses of the steps
/// decide whether it learns.
pub fn diagnose(
    history: &[Record],
    validation: &[(u64, Evaluation)],
    statistics: &[Statistics],
) -> Option<Diagnosis> {
    let done = history.last().map_or(0, |r| r.step + 1);
    let mut found = symptoms(done, statistics);
    // What is no number spreads over the whole network within a step: the first step and the first layer
    // say where it came from.
    let broken = |d: &Diagnosis| matches!(d.symptom, Symptom::NotFinite(_));
    if let Some(at) = found.iter().position(broken) {
        let first = history.iter().find(|r| !r.loss.is_finite() || !r.gradient_norm.is_finite());
        let mut cause = found.swap_remove(at);
        cause.step = first.map_or(done, |r| r.step + 1);
        return Some(cause);
    }
    let losses: Vec<f32> = if validation.len() > 1 {
        validation.iter().map(|(_, evaluation)| evaluation.loss).collect()
    } else {
        history.iter().map(|r| r.loss).collect()
    };
    if learns(&losses) {
        return None;
    }
    // Units that are dead to the last one let no gradient through: then that is why it vanished.
    let rank = |d: &Diagnosis| match d.symptom {
        Symptom::NotFinite(_) => 0,
        Symptom::Dead(share) if share > ALL => 1,
        Symptom::Vanished(_) => 2,
        Symptom::Dead(_) => 3,
        Symptom::Saturated(_) => 4,
    };
    found.into_iter().min_by_key(rank)
}

/// Share of units that counts as all of them.
const ALL: f32 = 0.99;

/// Whether losses fall: the last quarter of them lies below the quarter before it, or by far below the
/// start. A network that has learned and rests is not ill.
fn learns(losses: &[f32]) -> bool {
    /// A quarter that is lower by this share is no accident.
    const LOWER: f32 = 0.98;
    /// A loss that has come down to this share of the first has been learned from.
    const LEARNED: f32 = 0.5;
    let quarter = (losses.len() / 4).max(1);
    if losses.len() < 2 * quarter {
        return false;
    }
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (before, last) = losses.split_at(losses.len() - quarter);
    let last = mean(last);
    last < LOWER * mean(&before[before.len() - quarter..]) || last < LEARNED * mean(&before[..quarter])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(layer: &str, role: Role) -> Statistics {
        Statistics {
            layer: layer.into(),
            role,
            lo: -1.0,
            hi: 1.0,
            not_finite: 0,
            norm: 1.0,
            dead: 0.0,
            saturated: 0.0,
            histogram: vec![],
        }
    }

    fn history(losses: impl IntoIterator<Item = f32>) -> Vec<Record> {
        let record = |(step, loss)| Record { step, loss, accuracy: None, gradient_norm: loss };
        (0..).zip(losses).map(record).collect()
    }

    fn stuck() -> Vec<Record> {
        history([2.3; 40])
    }

    /// A saturated layer, one whose gradient has vanished, and one with some dead units.
    fn ill() -> [Statistics; 3] {
        [
            Statistics { saturated: 0.9, ..statistics("a", Role::Activation) },
            Statistics { dead: 0.7, ..statistics("b", Role::Activation) },
            Statistics { norm: 1e-9, ..statistics("c", Role::WeightGradient) },
        ]
    }

    #[test]
    fn the_cause_comes_before_its_consequences() {
        assert_eq!(symptoms(40, &ill()).len(), 3);
        let said = |ill: &[Statistics]| diagnose(&stuck(), &[], ill).unwrap();
        assert_eq!(said(&ill()).layer, "c");
        let [saturated, dead, vanished] = ill();
        assert_eq!(said(&[saturated.clone(), dead.clone()]).layer, "b");
        let all_dead = Statistics { dead: 1.0, ..dead };
        assert_eq!(said(&[saturated, vanished, all_dead]).layer, "b");
    }

    #[test]
    fn what_is_no_number_is_named_with_its_first_step_and_layer() {
        let broken =
            ["a", "b"].map(|layer| Statistics { not_finite: 3, ..statistics(layer, Role::Activation) });
        let said = diagnose(&history([2.0, 1.0, f32::NAN, f32::NAN]), &[], &broken).unwrap();
        assert_eq!((said.step, said.layer.as_str(), said.symptom), (3, "a", Symptom::NotFinite(3)));
        assert_eq!(said.to_string(), "step 3, a: 3 numbers of the activations are NaN or infinite");
    }

    #[test]
    fn a_network_that_learns_is_left_alone() {
        let falling = history((0..40).map(|i| 2.3 - 0.03 * i as f32));
        assert_eq!(diagnose(&falling, &[], &ill()), None);
        let learned = history((0..400).map(|i| if i < 100 { 2.0 } else { 0.1 }));
        assert_eq!(diagnose(&learned, &[], &ill()), None);
        // Validation has the last word.
        let evaluation = |(step, loss)| (step, Evaluation { loss, accuracy: None });
        let falls = [(0, 2.3), (10, 2.0), (20, 1.5)].map(evaluation);
        assert_eq!(diagnose(&stuck(), &falls, &ill()), None);
        let rises = [(0, 2.3), (10, 2.3), (20, 2.4)].map(evaluation);
        assert!(diagnose(&falling, &rises, &ill()).is_some());
        assert_eq!(diagnose(&stuck(), &[], &[statistics("a", Role::Activation)]), None);
    }
}
