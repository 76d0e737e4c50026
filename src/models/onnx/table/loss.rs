//! Losses of classes. The classes are known while recording, and so are the positions that do not
//! count.

use super::super::error::{Refusal, invalid};
use super::super::node::{Node, Outputs};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::{Data, Tensor};
use crate::ops::loss::{ClassLoss, Reduction, cross_entropy, nll};

pub(super) static ROWS: &[Row] = &[
    ("NegativeLogLikelihoodLoss", negative_log_likelihood),
    ("SoftmaxCrossEntropyLoss", softmax_cross_entropy),
];

/// Class of a position that does not count: the losses leave out what is no class.
const LEFT_OUT: u32 = u32::MAX;

/// The classes of input 1, `u32`.
fn classes(n: &mut Node<'_>, count: usize) -> Result<Tensor, Refusal> {
    let shape = n.value(1)?.shape;
    let ignore = n.has("ignore_index").then(|| n.int("ignore_index", 0));
    let class = |&v: &i64| match u32::try_from(v) {
        _ if Some(v) == ignore => Ok(LEFT_OUT),
        Ok(class) if (class as usize) < count => Ok(class),
        _ => invalid(format!("the class {v} is none of the {count}")),
    };
    let ids: Vec<u32> = n.ints(1)?.iter().map(class).collect::<Result<_, _>>()?;
    Ok(n.plan.constant("classes", &shape, Data::U32(ids.into())))
}

fn reduction(n: &Node<'_>) -> Result<Reduction, Refusal> {
    match n.text("reduction", "mean") {
        "none" => Ok(Reduction::None),
        "sum" => Ok(Reduction::Sum),
        "mean" => Ok(Reduction::Mean),
        other => invalid(format!("the reduction {other} does not exist")),
    }
}

fn negative_log_likelihood(n: &mut Node<'_>) -> Outputs {
    let (x, weights, reduction) = (n.tensor(0)?, n.optional_tensor(2)?, reduction(n)?);
    let ids = classes(n, x.shape.get(1).copied().unwrap_or(0))?;
    let loss = ClassLoss { weights: weights.as_ref(), reduction, ..ClassLoss::default() };
    Ok(vec![Value::float(nll(n.plan, &x, &ids, &loss)?)])
}

fn softmax_cross_entropy(n: &mut Node<'_>) -> Outputs {
    let (x, weights, reduction) = (n.tensor(0)?, n.optional_tensor(2)?, reduction(n)?);
    let ids = classes(n, x.shape.get(1).copied().unwrap_or(0))?;
    let loss = ClassLoss { weights: weights.as_ref(), reduction, ..ClassLoss::default() };
    let made = cross_entropy(n.plan, &x, &ids, &loss)?;
    Ok(vec![Value::float(made.loss), Value::float(made.log_probabilities)])
}
