//! What is counted beside the loss: answers that are right.

use super::arithmetic::number;
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// Whether the largest of each row of scores is the class that it should be.
    Hits {
        /// Rows.
        n: u32,
        /// Classes.
        c: u32,
    }
}

impl Hits {
    /// Place of the first of the largest scores of a row.
    fn best(&self, row: usize, scores: impl Fn(usize) -> f64) -> usize {
        let first = row * self.c as usize;
        (0..self.c as usize)
            .fold(0, |best, i| if scores(first + i) > scores(first + best) { i } else { best })
    }
}

/// Right answers.
pub static HITS: Kernel<Hits> = Kernel {
    name: "hits",
    about: "y[i] = 1 if the largest score of row i is that of its class, otherwise 0",
    ins: &[Slot::input("scores", |p| (p.n * p.c) as usize), Slot::input_u32("classes", |p| p.n as usize)],
    outs: &[Slot::output("y", |p| p.n as usize)],
    reference: |p, ins, outs| {
        for (row, y) in outs[0].iter_mut().enumerate() {
            *y = if p.best(row, |i| ins[0][i]) as f64 == ins[1][row] { 1.0 } else { 0.0 };
        }
    },
    backward: Backward::None("a count has no slope"),
    trace: Some(|p, ins, _, row| {
        let best = p.best(row, |i| f64::from(ins[0][i]));
        let first = row * p.c as usize;
        let score = number(f64::from(ins[0][first + best]));
        Trace {
            reads: (0..p.c as usize).map(|i| (0, first + i)).chain([(1, row)]).collect(),
            lines: vec![format!("largest score {score} at class {best}; the answer is {}", ins[1][row])],
        }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("metric/hits"),
        groups: |p| fold(p.n as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case =
            |name, n, c, scores| Case::normal(name, Hits { n, c }, 2).fills(vec![scores, Fill::Ids(c)]);
        vec![
            case("one element", 1, 1, Fill::Normal(1.0)),
            case("ten classes", 133, 10, Fill::Normal(1.0)),
            case("65,000 classes", 2, dim(MAX_CLASSES), Fill::Normal(1.0)),
            case("ties", 30, 4, Fill::Values(vec![1.0, 0.0, 1.0, 1.0, 0.0])),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |p| f64::from(p.n) * f64::from(p.c),
};

/// Most classes: a software adapter silently ends loops after 65,535 turns.
const MAX_CLASSES: usize = 65_000;

/// Records 1 for each row of `scores [N, C]` whose largest is that of `classes [N]` (`u32`), otherwise 0.
pub fn hits(plan: &mut Plan, scores: &Tensor, classes: &Tensor) -> Result<Tensor, OpError> {
    let &[n, c] = scores.shape.as_slice() else {
        let want = "two axes: [N, C]".into();
        return Err(OpError::Shape { op: "hits", what: "scores", have: scores.shape.clone(), want });
    };
    if classes.len() != n || classes.dtype != DType::U32 {
        let want = format!("a class for each of {n} rows");
        return Err(OpError::Shape { op: "hits", what: "classes", have: classes.shape.clone(), want });
    }
    limit_elements("hits", &scores.shape)?;
    if c > MAX_CLASSES {
        return Err(OpError::TooManyElements { op: "hits, classes", elements: c, limit: MAX_CLASSES });
    }
    let y = plan.temporary("right", &[n], DType::F32);
    plan.push(&HITS, Hits { n: dim(n), c: dim(c) }, &[Some(scores), Some(classes)], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_classes_than_a_loop_has_turns_are_refused() {
        let mut plan = Plan::new();
        let scores = plan.temporary("scores", &[1, MAX_CLASSES + 1], DType::F32);
        let classes = plan.temporary("classes", &[1], DType::U32);
        let error = hits(&mut plan, &scores, &classes).unwrap_err();
        assert!(error.to_string().contains("65001 elements are more than the limit of 65000"), "{error}");
    }
}
