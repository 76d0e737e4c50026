//! The steps of a plan against the `f64` reference, each given the very inputs that the GPU had: also where
//! a step changes a buffer in place.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::gpu::{AnyKernel, BufId, Comparison, DType, Plan, Source, Step, compare_output, largest};
use crate::ops::sweep::worse;

/// What an audit found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Worst of all steps.
    pub worst: Comparison,
    /// Each step's kernel and its comparison.
    pub steps: Vec<(&'static str, Comparison)>,
}

impl Report {
    /// Nothing compared yet.
    pub fn new() -> Self {
        let worst = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
        Self { worst, steps: Vec::new() }
    }

    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.worst = worse(self.worst.clone(), other.worst);
        self.steps.extend(other.steps);
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// Raw words of each buffer of a plan; `None` for a constant, a part, or one that was not read.
pub type Words = Vec<Option<Vec<u32>>>;

/// A plan being judged, step by step, so that it can be dropped in between.
pub struct Judge {
    plan: Plan,
    after: Vec<Vec<f64>>,
    /// Buffers that a step writes, as they are before the step that is next: the copy that was made before
    /// the run, then what the reference has written.
    state: BTreeMap<BufId, Vec<f64>>,
    /// The last step that writes each whole buffer.
    last: BTreeMap<BufId, usize>,
    next: usize,
    report: Report,
}

impl Judge {
    /// A run of `plan`, with the words of its buffers after it. `before` holds copies of those that the run
    /// [carries](Plan::carried) from one time to the next.
    pub fn new(plan: Plan, before: &Words, after: &Words) -> Self {
        let numbers = |id: usize, words: &Words| -> Option<Vec<f64>> {
            let buffer = &plan.buffers[id];
            Some(match (&buffer.source, words.get(id)?) {
                (Source::Constant(data), _) => data.to_f64(),
                (Source::Part { .. }, _) => Vec::new(),
                (_, Some(words)) => match buffer.dtype {
                    DType::F32 => words.iter().map(|&w| f64::from(f32::from_bits(w))).collect(),
                    DType::U32 => words.iter().map(|&w| f64::from(w)).collect(),
                },
                (_, None) => return None,
            })
        };
        let mut last = BTreeMap::new();
        for (i, step) in plan.steps.iter().enumerate() {
            last.extend(step.outs.iter().map(|&out| (plan.whole(out).0, i)));
        }
        let state = last.keys().filter_map(|&id| Some((id, numbers(id.0, before)?))).collect();
        let all = 0..plan.buffers.len();
        let after = all.map(|id| numbers(id, after).unwrap_or_default()).collect();
        Self { after, state, last, next: 0, report: Report::new(), plan }
    }

    /// Judges steps until `budget` is used up, at least one. Returns whether all are done.
    pub fn advance(&mut self, budget: Duration) -> bool {
        let began = Instant::now();
        while self.next < self.plan.steps.len() {
            self.judge_next();
            if began.elapsed() >= budget {
                break;
            }
        }
        self.next >= self.plan.steps.len()
    }

    /// What was found so far.
    pub fn report(self) -> Report {
        self.report
    }

    /// A buffer as the step that is next finds it.
    fn content(&self, id: BufId) -> &[f64] {
        let (whole, offset) = self.plan.whole(id);
        let later = self.last.get(&whole).is_some_and(|&last| last >= self.next);
        let values = if later { self.state.get(&whole) } else { Some(&self.after[whole.0]) };
        let end = offset + self.plan.buffers[id.0].len;
        values.and_then(|values| values.get(offset..end)).unwrap_or_default()
    }

    /// Whether a later step writes into the same stretch.
    fn is_written_later(&self, id: BufId) -> bool {
        let (whole, start) = self.plan.whole(id);
        let end = start + self.plan.buffers[id.0].len;
        self.plan.steps[self.next + 1..].iter().flat_map(|step| &step.outs).any(|&other| {
            let (other_whole, from) = self.plan.whole(other);
            whole == other_whole && from < end && start < from + self.plan.buffers[other.0].len
        })
    }

    fn judge_next(&mut self) {
        let Step { kernel, params, ins, outs } = self.plan.steps[self.next].clone();
        let mut want: Vec<Vec<f64>> = kernel
            .outs()
            .iter()
            .zip(&outs)
            .map(|(slot, &id)| {
                let len = self.plan.buffers[id.0].len;
                let mut start = if slot.access.keeps() { self.content(id).to_vec() } else { vec![] };
                start.resize(len, 0.0);
                start
            })
            .collect();
        let read: Vec<&[f64]> = ins.iter().map(|id| id.map_or(&[][..], |id| self.content(id))).collect();
        kernel.reference(&params, &read, &mut want);
        let judged = want.iter().zip(&outs).enumerate().filter(|(_, (_, id))| !self.is_written_later(**id));
        let found: Vec<Comparison> = judged
            .map(|(slot, (want, &id))| {
                let (whole, offset) = self.plan.whole(id);
                let got = self.after[whole.0].get(offset..offset + want.len()).unwrap_or_default();
                compare((kernel, &params), &read, slot, got, want)
            })
            .collect();
        for one in found {
            self.report.worst = worse(self.report.worst.clone(), one.clone());
            self.report.steps.push((kernel.name(), one));
        }
        for (want, id) in want.into_iter().zip(outs) {
            let (whole, offset) = self.plan.whole(id);
            let len = self.plan.buffers[whole.0].len;
            let state = self.state.entry(whole).or_insert_with(|| vec![0.0; len]);
            state[offset..offset + want.len()].copy_from_slice(&want);
        }
        self.next += 1;
    }
}

/// Compares what a step has made with what it should have made of the very inputs, and says by how much it differs as a share
/// of the largest number that there is, if that is above 1. Where both are no numbers they agree: infinity by infinity is
/// none, on the GPU as in the reference, and a page may be there to show that.
fn compare(
    step: (&dyn AnyKernel, &[u8]),
    ins: &[&[f64]],
    slot: usize,
    got: &[f64],
    want: &[f64],
) -> Comparison {
    let agreed = |i: usize| want.get(i).is_some_and(|w| w.is_nan()) && got.get(i).is_some_and(|g| g.is_nan());
    let known = |(i, v): (usize, &f64)| if agreed(i) { 0.0 } else { *v };
    let want: Vec<f64> = want.iter().enumerate().map(known).collect();
    let found = compare_output(step, ins, slot, got.iter().enumerate().map(known), &want);
    Comparison { max_abs: found.max_abs / largest(&want), ..found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{Externals, Runtime, Session};
    use crate::ops::affine::affine;
    use crate::ops::binary::{Op, binary};
    use crate::ops::matmul::{Gemm, matmul};
    use crate::ops::optim::advance as count;
    use crate::ops::philox::Rng;

    fn words(session: &Session) -> Words {
        let all = 0..session.plan().buffers.len();
        all.map(|id| session.words(BufId(id)).ok()).collect()
    }

    /// A plan that doubles a constant and counts how often it ran.
    fn counting() -> Session {
        let mut plan = Plan::new();
        let steps = plan.temporary("steps", &[1], DType::U32);
        let x = plan.constant("x", &[3], vec![1.0, 2.0, 3.0]);
        affine(&mut plan, &x, 2.0, 0.0);
        count(&mut plan, &steps);
        Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap()
    }

    fn judge(session: &Session, before: &Words, after: &Words) -> Report {
        let mut judge = Judge::new(session.plan().clone(), before, after);
        while !judge.advance(Duration::ZERO) {}
        judge.report()
    }

    #[test]
    fn a_counter_is_judged_from_what_it_was() {
        let mut session = counting();
        session.run();
        let before = words(&session);
        session.run();
        let report = judge(&session, &before, &words(&session));
        assert!(report.worst.ok, "{report:?}");
        assert_eq!(report.steps.len(), 2);
        // Beyond what a float tells apart.
        let mut wrong = words(&session);
        session.write(BufId(0), &20_000_001_u32.to_le_bytes());
        let before = words(&session);
        wrong[0] = Some(vec![20_000_003]);
        assert!(!judge(&session, &before, &wrong).worst.ok);
        wrong[0] = Some(vec![20_000_002]);
        assert!(judge(&session, &before, &wrong).worst.ok);
    }

    #[test]
    fn no_number_is_right_only_where_the_reference_has_none() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2], vec![0.0, 3.0]);
        let y = binary(&mut plan, &x, &x, Op::Divide).unwrap();
        let session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
        session.run();
        let mut after = words(&session);
        assert!(judge(&session, &words(&session), &after).worst.ok, "0/0 is no number");
        for (i, wrong) in [(0, 1.0), (1, f32::NAN)] {
            let right = std::mem::replace(&mut after[y.buf.0].as_mut().unwrap()[i], f32::to_bits(wrong));
            assert!(!judge(&session, &words(&session), &after).worst.ok, "{wrong} at {i}");
            after[y.buf.0].as_mut().unwrap()[i] = right;
        }
    }

    #[test]
    fn large_numbers_may_differ_by_a_share_of_the_largest_and_no_more() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[3], vec![1.0, -2e9, 3e9]);
        let y = affine(&mut plan, &x, 2.0, 0.0);
        let session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
        session.run();
        let after = words(&session);
        for (i, spoiled, right) in
            [(0, 3e3_f32, true), (0, 2e6, false), (1, -4.01e9, false), (2, 6.0001e9, false)]
        {
            let mut after = after.clone();
            after[y.buf.0].as_mut().unwrap()[i] = spoiled.to_bits();
            let report = judge(&session, &words(&session), &after);
            assert_eq!(report.worst.ok, right, "{spoiled} at {i}: {report:?}");
            assert!(report.worst.max_abs < 0.01, "a share of the largest: {report:?}");
        }
    }

    #[test]
    fn one_spoiled_element_is_found() {
        let session = counting();
        let before = words(&session);
        session.run();
        let mut after = words(&session);
        assert!(judge(&session, &before, &after).worst.ok);
        after[2].as_mut().unwrap()[1] = 4.1_f32.to_bits();
        assert!(!judge(&session, &before, &after).worst.ok);
        after[2].as_mut().unwrap()[1] = f32::NAN.to_bits();
        assert!(!judge(&session, &before, &after).worst.ok);
    }

    /// What a network's layer of 512 inputs makes of numbers about 10,000 with weights that add up to nothing, computed in
    /// `f32` as a processor does it; the weights of the last output are a millionth of the others.
    fn cancelling() -> (Session, Words, BufId) {
        const INS: usize = 512;
        const OUTS: usize = 8;
        let mut rng = Rng::new(7);
        let x: Vec<f32> = (0..INS).map(|_| 1e4 + rng.normal()).collect();
        let mut w: Vec<f32> = (0..INS * OUTS).map(|_| rng.normal()).collect();
        for out in 0..OUTS {
            let mean = (0..INS).map(|i| w[i * OUTS + out]).sum::<f32>() / INS as f32;
            let scale = if out + 1 == OUTS { 1e-6 } else { 1.0 };
            (0..INS).for_each(|i| w[i * OUTS + out] = (w[i * OUTS + out] - mean) * scale);
        }
        let dot = |out: usize| (0..INS).fold(0.0_f32, |sum, i| sum + x[i] * w[i * OUTS + out]);
        let single: Vec<u32> = (0..OUTS).map(|out| dot(out).to_bits()).collect();
        let mut plan = Plan::new();
        let [x, w] = [("x", [1, INS], x), ("w", [INS, OUTS], w)]
            .map(|(name, shape, v)| plan.constant(name, &shape, v));
        let y = matmul(&mut plan, &x, &w, None, &Gemm::NN).unwrap();
        let session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
        session.run();
        let mut after = words(&session);
        after[y.buf.0] = Some(single);
        (session, after, y.buf)
    }

    #[test]
    fn what_is_left_of_large_terms_may_be_off_as_their_size_allows() {
        let (session, after, y) = cancelling();
        let report = judge(&session, &words(&session), &after);
        assert!(report.worst.ok, "{report:?}");
        // More than a share of what is left: a tolerance of the results alone would call it wrong.
        assert!(report.worst.max_abs > 1e-4, "{report:?}");
        assert_eq!(after[y.0].as_ref().map(Vec::len), Some(8));
    }

    #[test]
    fn a_spoiled_element_of_a_sum_is_found_however_small_its_channel() {
        let (session, right, y) = cancelling();
        for (i, size) in [(0, 1e6_f32), (7, 1.0)] {
            for spoiled in [f32::NAN, f32::INFINITY, 3e-4 * size, -3e-4 * size] {
                let mut after = right.clone();
                let word = &mut after[y.0].as_mut().unwrap()[i];
                *word = (f32::from_bits(*word) + spoiled).to_bits();
                assert!(!judge(&session, &words(&session), &after).worst.ok, "{spoiled} at {i}");
            }
        }
    }
}
