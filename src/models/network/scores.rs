//! The row of class scores that a classifier ends in.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::NodeProto;

use super::described::Network;
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Model, Value};
use crate::ops::OpError;
use crate::ops::layout::narrow;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::untrusted::one_line;

/// The row of numbers that a classifier ends in.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Before softmax, `[N]`.
    pub logits: Tensor,
    /// After it, `[N]`.
    pub probabilities: Tensor,
}

/// The `n` classes with the greatest values, greatest first and NaN last.
pub fn top(values: &[f32], n: usize) -> Vec<usize> {
    let rank = |class: usize| if values[class].is_nan() { f32::NEG_INFINITY } else { values[class] };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)));
    order.truncate(n);
    order
}

/// What a row of numbers ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Nothing that tells.
    Open,
    /// A sigmoid for each.
    Sigmoid,
    /// The logarithm of a softmax.
    LogSoftmax,
    /// A softmax, or what amounts to one.
    Softmax,
}

/// A row of numbers among the outputs.
#[derive(Debug)]
struct Row<'a> {
    name: &'a str,
    /// `[B, N]`, as the network makes it.
    tensor: Tensor,
    end: End,
    /// What goes into the softmax or the sigmoid, if that has as many numbers.
    logits: Option<Tensor>,
}

/// The outputs that hold a row of numbers for each picture, and the one among them with the scores of classes.
#[derive(Debug)]
pub(super) struct Rows {
    /// The scores.
    pub scores: Option<Scores>,
    /// Names of all outputs with a row.
    pub names: Vec<String>,
    /// What was taken for granted, a clause each.
    pub assumed: Vec<String>,
}

/// Looks for the row of scores among the outputs of a network that runs on `batch` pictures at once. Where the network
/// itself ends in a softmax or a sigmoid, its input holds the logits; otherwise one is recorded behind it.
pub(super) fn find(
    plan: &mut Plan,
    network: &Network,
    values: &HashMap<String, Value>,
    outputs: &[(String, Value)],
    batch: usize,
) -> Result<Rows, OpError> {
    let graph = Graph { model: &network.model, values };
    let rows: Vec<Row<'_>> =
        outputs.iter().filter_map(|(name, value)| graph.row(name, value, batch)).collect();
    let names: Vec<String> = rows.iter().map(|row| row.name.to_owned()).collect();
    let known = network.classes.as_ref().map(|names| names.len());
    let wanted = network.classes_from.as_deref();
    let likely = |row: &Row<'_>| {
        let behind = rows.iter().any(|other| other.name != row.name && graph.leads(other.name, row.name));
        (known == Some(row.classes(batch)), row.end, is_named_so(row.name), behind)
    };
    // The first of several that are as likely.
    let chosen = match wanted {
        Some(wanted) => rows.iter().find(|row| row.name == wanted),
        None => rows.iter().rev().max_by_key(|row| likely(row)),
    };
    let Some(row) = chosen else { return Ok(Rows { scores: None, names, assumed: Vec::new() }) };
    let classes = row.classes(batch);
    let others: Vec<&str> = rows.iter().map(|other| other.name).filter(|name| *name != row.name).collect();
    let own = one_line(row.name);
    let mut assumed = Vec::new();
    if wanted.is_none() && !others.is_empty() {
        assumed.push(format!("the output {own} holds the classes, and not {}", one_line(&others.join(", "))));
    } else if wanted.is_none() && row.end == End::Open && known != Some(classes) {
        assumed.push(format!("the output {own} holds scores of classes before a softmax"));
    }
    if let Some(known) = known.filter(|&known| known != classes && (known, classes) != (2, 1)) {
        assumed
            .push(format!("{known} names are known for its {classes} classes, and are given in their order"));
    }
    Ok(Rows { scores: Some(row.scores(plan, batch)?), names, assumed })
}

/// Whether a name speaks of classes.
fn is_named_so(name: &str) -> bool {
    let name = name.to_lowercase();
    ["prob", "softmax", "score", "logit", "class", "label", "pred"].iter().any(|part| name.contains(part))
}

impl Row<'_> {
    fn classes(&self, batch: usize) -> usize {
        self.tensor.len() / batch
    }

    fn scores(&self, plan: &mut Plan, batch: usize) -> Result<Scores, OpError> {
        let classes = self.classes(batch);
        // Those of the first picture.
        let first = |plan: &mut Plan, tensor: &Tensor| match batch {
            1 => Ok(tensor.view(&[classes])),
            _ => narrow(plan, &tensor.view(&[batch, classes]), 0, 0, 1).map(|row| row.view(&[classes])),
        };
        let own = first(plan, &self.tensor)?;
        if matches!(self.end, End::Open | End::LogSoftmax) {
            let probabilities = softmax(plan, &own, 0, &SoftmaxOptions::default())?;
            plan.name(&probabilities, "class probabilities");
            return Ok(Scores { logits: own, probabilities });
        }
        let logits = self.logits.as_ref().map(|logits| first(plan, logits)).transpose()?;
        Ok(Scores { logits: logits.unwrap_or_else(|| own.clone()), probabilities: own })
    }
}

/// A graph and what its values are.
struct Graph<'a> {
    model: &'a Model,
    values: &'a HashMap<String, Value>,
}

impl<'a> Graph<'a> {
    fn maker(&self, value: &str) -> Option<&'a NodeProto> {
        self.model.nodes.iter().find(|node| node.output.iter().any(|output| output == value))
    }

    /// An output of shape `[B, N]`, or with further axes of length 1, is a row for each picture; one number is a row
    /// where a sigmoid makes a probability of it.
    fn row(&self, name: &'a str, value: &Value, batch: usize) -> Option<Row<'a>> {
        let tensor = value.tensor.clone().filter(|_| value.elem.is_float())?;
        let own = match (batch, &tensor.shape[..]) {
            (1, shape) => shape,
            (_, [first, rest @ ..]) if *first == batch => rest,
            _ => return None,
        };
        if tensor.is_empty() || own.iter().filter(|&&n| n != 1).count() > 1 {
            return None;
        }
        let (end, logits) = self.end(name, tensor.len());
        (end == End::Sigmoid || tensor.len() > batch).then_some(Row { name, tensor, end, logits })
    }

    /// What a row of `len` numbers ends in, and what goes into that.
    fn end(&self, name: &str, len: usize) -> (End, Option<Tensor>) {
        // What only renames or reshapes the row may stand behind its softmax.
        const RENAMING: &[&str] =
            &["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Dropout", "Transpose"];
        let Some(mut last) = self.maker(name) else { return (End::Open, None) };
        while last.op_type.as_deref().is_some_and(|o| RENAMING.contains(&o))
            && let Some(before) = last.input.first().and_then(|value| self.maker(value))
            && self.values.get(&last.input[0]).is_some_and(|v| v.len() == len)
        {
            last = before;
        }
        let read = |at: usize| last.input.get(at).map(String::as_str);
        let logits = || {
            let tensor = self.values.get(read(0)?)?.tensor.clone();
            tensor.filter(|t| t.len() == len)
        };
        match last.op_type.as_deref().unwrap_or_default() {
            "Softmax" => (End::Softmax, logits()),
            "LogSoftmax" => (End::LogSoftmax, None),
            "Sigmoid" => (End::Sigmoid, logits()),
            // Each divided by the sum of all.
            "Div" => {
                let sum = read(1).and_then(|value| self.maker(value));
                let is_sum = sum.is_some_and(|node| {
                    node.op_type.as_deref() == Some("ReduceSum")
                        && node.input.first().map(String::as_str) == read(0)
                });
                (if is_sum { End::Softmax } else { End::Open }, None)
            }
            _ => (End::Open, None),
        }
    }

    /// Whether `to` is computed from `from`.
    fn leads(&self, from: &str, to: &str) -> bool {
        let mut reached = HashSet::from([from]);
        for node in &self.model.nodes {
            if node.input.iter().any(|input| reached.contains(input.as_str())) {
                reached.extend(node.output.iter().map(String::as_str));
            }
        }
        reached.contains(to)
    }
}
