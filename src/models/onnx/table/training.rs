//! Dropout, and the optimisers of the preview domain.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Chance, Elem, Value};
use super::row::Row;
use crate::gpu::{Data, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::dropout::{self, DropoutOptions};
use crate::ops::layout::fill;
use crate::ops::optim::{Method, Optimiser, State, optimise};

pub(super) static ROWS: &[Row] = &[("Dropout", drop_out)];

pub(super) static OPTIMISERS: &[Row] = &[("Adagrad", adagrad), ("Adam", adam), ("Momentum", momentum)];

fn drop_out(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    // Ratio and mode were attributes before version 12, and what ran was never training.
    let training = n.opset >= 12 && n.scalar(2, 0.0)? != 0.0;
    let rate = if n.opset >= 12 { n.scalar(1, 0.5)? } else { 0.0 };
    if !training || rate == 0.0 {
        if !n.wants(1) {
            return Ok(vec![x]);
        }
        limit_known(x.len())?;
        // Before version 10 the mask was of the type of the data.
        let elem = if n.opset < 10 { x.elem } else { Elem::Bool };
        let mask = match elem {
            Elem::Bool => Array::ints(Elem::Bool, &x.shape, vec![1_i64; x.len()]),
            _ => Array::floats(&x.shape, vec![1.0_f32; x.len()]),
        };
        return Ok(vec![x, Value::known(mask)]);
    }
    if rate >= 1.0 {
        return unsupported(format!("a ratio of {rate} would divide by zero"));
    }
    let tensor = n.tensor(0)?;
    let setting = DropoutOptions { rate, seed: n.int("seed", 0).unsigned_abs(), ..DropoutOptions::default() };
    let ones = fill(n.plan, "ones", &tensor.shape, 1.0);
    let (scaled, _) = dropout::dropout(n.plan, &ones, &setting)?;
    let y = binary(n.plan, &tensor, &scaled, Op::Multiply)?;
    let mut made = vec![Value::computed(x.elem, y)];
    if n.wants(1) {
        made.push(Value::computed(Elem::Bool, affine(n.plan, &scaled, (1.0 - rate) as f32, 0.0)));
    }
    Ok(made.into_iter().map(|value| Value { chance: Chance::Dropped(rate), ..value }).collect())
}

/// Number of the step in which no average is corrected for its beginning any more.
const LATE: u32 = 1 << 30;

/// What an optimiser is given: the learning rate, the number of updates before, and groups of tensors
/// of one kind: parameters, gradients, then what it keeps.
struct Given {
    rate: f32,
    updates: i64,
    groups: Vec<Vec<Tensor>>,
}

fn given(n: &mut Node<'_>, kinds: usize) -> Result<Given, Refusal> {
    let updates = match n.ints(1)?.as_slice() {
        &[t] if (0..i64::from(i32::MAX)).contains(&t) => t,
        other => return invalid(format!("the number of updates is {other:?}")),
    };
    let tensors = (2..n.count()).map(|i| n.tensor(i)).collect::<Result<Vec<_>, _>>()?;
    if tensors.is_empty() || !tensors.len().is_multiple_of(kinds) {
        return invalid(format!("{} tensors do not make {kinds} groups", tensors.len()));
    }
    let groups: Vec<Vec<Tensor>> = tensors.chunks(tensors.len() / kinds).map(<[Tensor]>::to_vec).collect();
    let odd = groups.iter().any(|group| group.iter().zip(&groups[0]).any(|(t, x)| t.shape != x.shape));
    if odd {
        return invalid("parameters, gradients and what belongs to them differ in shape");
    }
    Ok(Given { rate: n.scalar(0, 0.0)? as f32, updates, groups })
}

/// Updates each parameter; returns the new parameters and then what is kept of each, `m` before `h`.
/// What the optimiser changes in place are copies, times `scale` in the case of `m`.
fn updated(n: &mut Node<'_>, given: &Given, settings: &Optimiser, step: u32, scale: f32) -> Vec<Vec<Tensor>> {
    let [keeps_m, keeps_h] = settings.method.keeps();
    let steps = n.plan.constant("steps", &[1], Data::U32(vec![step].into()));
    let mut made: Vec<Vec<Tensor>> = vec![Vec::new(); given.groups.len() - 1];
    for (i, (x, g)) in given.groups[0].iter().zip(&given.groups[1]).enumerate() {
        let state = State::new(n.plan, x, &steps, settings.method);
        let old = |kind: usize| given.groups[kind][i].clone();
        let state = State {
            w: affine(n.plan, x, 1.0, 0.0),
            m: if keeps_m { affine(n.plan, &old(2), scale, 0.0) } else { state.m },
            h: if keeps_h { affine(n.plan, &old(2 + usize::from(keeps_m)), 1.0, 0.0) } else { state.h },
            ..state
        };
        optimise(n.plan, &state, g, None, settings);
        let kept = [(true, state.w), (keeps_m, state.m), (keeps_h, state.h)];
        for (group, (_, tensor)) in made.iter_mut().zip(kept.into_iter().filter(|k| k.0)) {
            group.push(tensor);
        }
    }
    made
}

fn outputs(groups: Vec<Vec<Tensor>>) -> Outputs {
    Ok(groups.into_iter().flatten().map(Value::float).collect())
}

fn adagrad(n: &mut Node<'_>) -> Outputs {
    let given = given(n, 3)?;
    let rate = given.rate / (1.0 + given.updates as f32 * n.float("decay_factor", 0.0));
    let settings = Optimiser {
        eps: n.float("epsilon", 0.0),
        weight_decay: n.float("norm_coefficient", 0.0),
        ..Optimiser::new(Method::Adagrad, rate)
    };
    outputs(updated(n, &given, &settings, 0, 1.0))
}

/// ONNX corrects the averages for their beginning in the learning rate, and so ε does not take part.
fn adam(n: &mut Node<'_>) -> Outputs {
    let given = given(n, 4)?;
    let (beta1, beta2) = (n.float("alpha", 0.9), n.float("beta", 0.999));
    let eps = n.float("epsilon", 0.0);
    let (step, eps) = match given.updates {
        0 => (LATE, eps),
        t => ((t - 1) as u32, (f64::from(eps) / (1.0 - f64::from(beta2).powi(t as i32)).sqrt()) as f32),
    };
    let weight_decay = n.float("norm_coefficient", 0.0);
    let settings = Optimiser { beta1, beta2, eps, weight_decay, ..Optimiser::new(Method::Adam, given.rate) };
    let mut made = updated(n, &given, &settings, step, 1.0);
    let shrink = n.float("norm_coefficient_post", 0.0);
    if shrink != 0.0 {
        made[0] = made[0].iter().map(|x| affine(n.plan, x, 1.0 - shrink, 0.0)).collect();
    }
    outputs(made)
}

/// ONNX scales the gradient by β from the second update on: the kernel keeps the velocity over β.
fn momentum(n: &mut Node<'_>) -> Outputs {
    let given = given(n, 3)?;
    let beta = n.float("beta", 1.0);
    let scale = if given.updates > 0 { beta } else { 1.0 };
    let method = match n.text("mode", "standard") {
        "standard" if scale != 0.0 => Method::Momentum,
        "nesterov" if scale == 1.0 => Method::Nesterov,
        mode => return unsupported(format!("the mode {mode} with a beta of {scale} is not run")),
    };
    let settings = Optimiser {
        beta1: n.float("alpha", 0.9),
        weight_decay: n.float("norm_coefficient", 0.0),
        ..Optimiser::new(method, given.rate * scale)
    };
    let mut made = updated(n, &given, &settings, 0, 1.0 / scale);
    made[1] = made[1].iter().map(|v| affine(n.plan, v, scale, 0.0)).collect();
    outputs(made)
}
