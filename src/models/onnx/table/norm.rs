//! Normalisations.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::node::{Node, Outputs, axes};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::{affine, clip};
use crate::ops::binary::{Op, binary};
use crate::ops::norm::{
    batch_norm_eval, batch_norm_train, group_norm, instance_norm, layer_norm_from, moments, rms_norm,
};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] = &[
    ("BatchNormalization", batch),
    ("GroupNormalization", group),
    ("InstanceNormalization", instance),
    ("LayerNormalization", layer),
    ("LpNormalization", length),
    ("MeanVarianceNormalization", mean_variance),
    ("RMSNormalization", root_mean_square),
];

const EPSILON: f32 = 1e-5;

fn batch(n: &mut Node<'_>) -> Outputs {
    let [x, gamma, beta, mean, variance] =
        [n.tensor(0)?, n.tensor(1)?, n.tensor(2)?, n.tensor(3)?, n.tensor(4)?];
    let eps = n.float("epsilon", EPSILON);
    let channels = x.shape.get(1).copied().unwrap_or(0);
    for (name, t) in [("scale", &gamma), ("bias", &beta), ("mean", &mean), ("variance", &variance)] {
        if t.len() != channels {
            return invalid(format!("{name} has the shape {:?}, and there are {channels} channels", t.shape));
        }
    }
    if n.opset >= 14 && n.int("training_mode", 0) != 0 {
        let made = batch_norm_train(n.plan, &x, Some(&gamma), Some(&beta), eps)?;
        // Running statistics as new values: the old ones stay as they were.
        let keep = n.float("momentum", 0.9);
        let mixed = |plan: &mut Plan, old: &Tensor, new: &Tensor| {
            let (old, new) = (affine(plan, old, keep, 0.0), affine(plan, new, 1.0 - keep, 0.0));
            binary(plan, &old, &new, Op::Add)
        };
        let mean = mixed(n.plan, &mean, &made.mean)?;
        let variance = mixed(n.plan, &variance, &made.variance)?;
        return Ok([made.y, mean, variance].map(Value::float).into());
    }
    if n.opset < 9 && n.int("spatial", 1) == 0 {
        return unsupported("statistics for each position are not run, only for each channel");
    }
    let y = batch_norm_eval(n.plan, &x, [&mean, &variance], Some(&gamma), Some(&beta), eps)?;
    Ok(vec![Value::float(y)])
}

fn group(n: &mut Node<'_>) -> Outputs {
    let (x, gamma, beta) = (n.tensor(0)?, n.tensor(1)?, n.tensor(2)?);
    let (groups, eps) = (n.size("num_groups", 0)?, n.float("epsilon", EPSILON));
    let channels = x.shape.get(1).copied().unwrap_or(0);
    if gamma.len() != channels || beta.len() != channels {
        // Version 18 had one of each a group.
        return unsupported(format!("scale and bias must have one value for each of {channels} channels"));
    }
    Ok(vec![Value::float(group_norm(n.plan, &x, groups, Some(&gamma), Some(&beta), eps)?)])
}

fn instance(n: &mut Node<'_>) -> Outputs {
    let (x, gamma, beta) = (n.tensor(0)?, n.tensor(1)?, n.tensor(2)?);
    Ok(vec![Value::float(instance_norm(n.plan, &x, Some(&gamma), Some(&beta), n.float("epsilon", EPSILON))?)])
}

/// The axis from which on is normalised, and γ or β if they have as many elements as what follows.
fn behind(n: &Node<'_>, x: &Tensor, scales: &[Option<&Tensor>]) -> Result<usize, Refusal> {
    let axis = n.axis("axis", -1, x.shape.len())?;
    let normalised = &x.shape[axis..];
    for scale in scales.iter().flatten() {
        if scale.len() != normalised.iter().product::<usize>() {
            return unsupported(format!("a scale of shape {:?} for {normalised:?} is not run", scale.shape));
        }
    }
    Ok(axis)
}

fn layer(n: &mut Node<'_>) -> Outputs {
    let (x, gamma, beta) = (n.tensor(0)?, n.tensor(1)?, n.optional_tensor(2)?);
    let (axis, eps) = (behind(n, &x, &[Some(&gamma), beta.as_ref()])?, n.float("epsilon", EPSILON));
    let y = Value::float(layer_norm_from(n.plan, &x, axis, Some(&gamma), beta.as_ref(), eps)?);
    if !n.wants(1) && !n.wants(2) {
        return Ok(vec![y]);
    }
    let (rows, width) = x.shape.split_at(axis);
    let sizes = [1, rows.iter().product(), width.iter().product()];
    let [mean, variance] = moments(n.plan, &x, sizes)?;
    let inverse = inverse_root(n.plan, &variance, eps);
    let kept = [rows, &vec![1; width.len()]].concat();
    Ok(vec![y, Value::float(mean.view(&kept)), Value::float(inverse.view(&kept))])
}

/// `1/√(x + ε)`.
fn inverse_root(plan: &mut Plan, x: &Tensor, eps: f32) -> Tensor {
    let shifted = affine(plan, x, 1.0, eps);
    let root = activation(plan, &shifted, Act::SQRT);
    activation(plan, &root, Act::RECIPROCAL)
}

fn root_mean_square(n: &mut Node<'_>) -> Outputs {
    let (x, gamma) = (n.tensor(0)?, n.tensor(1)?);
    let axis = behind(n, &x, &[Some(&gamma)])?;
    Ok(vec![Value::float(rms_norm(n.plan, &x, axis, Some(&gamma), n.float("epsilon", EPSILON))?)])
}

/// `x/‖x‖` along an axis.
fn length(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let axis = n.axis("axis", -1, x.shape.len())?;
    let norm = match n.int("p", 2) {
        1 => Reduce::L1,
        2 => Reduce::L2,
        p => return invalid(format!("p is {p}, and only 1 and 2 exist")),
    };
    let length = reduce(n.plan, &x, &[axis], norm, true)?;
    // Zeros stay zeros.
    let length = clip(n.plan, &length, f32::MIN_POSITIVE, f32::MAX);
    Ok(vec![Value::float(binary(n.plan, &x, &length, Op::Divide)?)])
}

/// `(x − μ)/(σ + 1e-9)` over some axes.
fn mean_variance(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let axes = axes(&n.list("axes").unwrap_or_else(|| vec![0, 2, 3]), x.shape.len())?;
    let mean = reduce(n.plan, &x, &axes, Reduce::Mean, true)?;
    let centred = binary(n.plan, &x, &mean, Op::Subtract)?;
    let square = activation(n.plan, &centred, Act::SQUARE);
    let variance = reduce(n.plan, &square, &axes, Reduce::Mean, true)?;
    let root = activation(n.plan, &variance, Act::SQRT);
    let deviation = affine(n.plan, &root, 1.0, 1e-9);
    Ok(vec![Value::float(binary(n.plan, &centred, &deviation, Op::Divide)?)])
}
