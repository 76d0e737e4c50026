//! Reverse-mode differentiation of a plan: walks its steps backwards and lets each kernel's
//! backward rule append the steps that compute the gradients of its inputs.
//!
//! The gradient of a tensor that several steps read is the sum over them, added in the order of the
//! walk, so that runs repeat. Source: Griewank and Walther, "Evaluating derivatives", 2008.

use std::collections::BTreeMap;

use super::binary::{Op, binary};
use crate::gpu::{Access, BufId, DType, Forward, Plan, Tensor};

/// Why a plan cannot be differentiated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GradientError {
    /// A step on the way has no backward rule.
    #[error("no gradient passes through {kernel}: {why}")]
    NoRule {
        /// The kernel.
        kernel: &'static str,
        /// Its reason.
        why: &'static str,
    },
    /// Nothing that leads to the loss depends on the tensor.
    #[error("the loss does not depend on {name}")]
    Unreached {
        /// Name of the buffer.
        name: String,
    },
}

/// Gradients of one loss, by buffer.
#[derive(Clone, Debug, Default)]
pub struct Gradients(BTreeMap<BufId, Tensor>);

impl Gradients {
    /// The gradient with respect to a tensor, of its shape; `None` if the loss does not depend on it
    /// or it does not lie between the loss and what was asked for.
    pub fn of(&self, tensor: &Tensor) -> Option<Tensor> {
        self.0.get(&tensor.buf).map(|d| d.view(&tensor.shape))
    }
}

/// Appends the backward steps of `loss` to the plan. Gradients are computed for the tensors in
/// `wrt` and for everything on the way from them to the loss.
///
/// `seed` is the gradient of `loss`, of as many elements; without one it is 1 everywhere.
///
/// # Errors
/// If a step on the way has no rule, or the loss does not depend on one of `wrt`.
pub fn backward(
    plan: &mut Plan,
    loss: &Tensor,
    seed: Option<&Tensor>,
    wrt: &[&Tensor],
) -> Result<Gradients, GradientError> {
    let needed = depends_on(plan, wrt);
    let seed = match seed {
        Some(seed) => seed.view(&[loss.len()]),
        None => plan.constant("d loss", &[loss.len()], vec![1.0_f32; loss.len()]),
    };
    let mut found = BTreeMap::from([(loss.buf, seed)]);
    for i in (0..plan.steps.len()).rev() {
        let step = plan.steps[i].clone();
        let d_outs: Vec<Option<Tensor>> = step.outs.iter().map(|out| found.get(out).cloned()).collect();
        let wanted: Vec<bool> = step
            .ins
            .iter()
            .map(|id| id.is_some_and(|id| needed[id.0] && plan.buffers[id.0].dtype == DType::F32))
            .collect();
        if d_outs.iter().all(Option::is_none) || !wanted.contains(&true) {
            continue;
        }
        let flat = |id: BufId| {
            let buffer = &plan.buffers[id.0];
            Tensor { buf: id, shape: vec![buffer.len], dtype: buffer.dtype }
        };
        let ins: Vec<Option<Tensor>> = step.ins.iter().map(|id| id.map(flat)).collect();
        let outs: Vec<Tensor> = step.outs.iter().map(|&id| flat(id)).collect();
        let forward = Forward { ins: &ins, outs: &outs, d_outs: &d_outs, wanted: &wanted };
        let d_ins = step
            .kernel
            .backward(plan, &step.params, &forward)
            .map_err(|why| GradientError::NoRule { kernel: step.kernel.name(), why })?;
        for ((id, d), _) in step.ins.iter().zip(d_ins).zip(&wanted).filter(|(_, wanted)| **wanted) {
            let (Some(id), Some(d)) = (*id, d) else { continue };
            let sum = match found.get(&id) {
                Some(before) => binary(plan, &before.view(&[d.len()]), &d.view(&[d.len()]), Op::Add)
                    .expect("two gradients of one tensor have one shape"),
                None => d,
            };
            found.insert(id, sum);
        }
    }
    for tensor in wrt {
        if !found.contains_key(&tensor.buf) {
            let name = plan.buffers[tensor.buf.0].name.clone();
            return Err(GradientError::Unreached { name });
        }
    }
    for (id, d) in &found {
        let name = format!("d {}", plan.buffers[id.0].name);
        if !plan.buffers[d.buf.0].name.starts_with("d ") {
            plan.buffers[d.buf.0].name = name;
        }
    }
    Ok(Gradients(found))
}

/// Which buffers hold something that depends on one of `wrt`.
fn depends_on(plan: &Plan, wrt: &[&Tensor]) -> Vec<bool> {
    let mut depends = vec![false; plan.buffers.len()];
    for tensor in wrt {
        depends[tensor.buf.0] = true;
    }
    for step in &plan.steps {
        let reads = step.ins.iter().flatten().any(|id| depends[id.0]);
        for (slot, out) in step.kernel.outs().iter().zip(&step.outs) {
            if reads && slot.dtype == DType::F32 {
                depends[out.0] = true;
            } else if !reads && slot.access == Access::Write && !wrt.iter().any(|t| t.buf == *out) {
                depends[out.0] = false;
            }
        }
    }
    for tensor in wrt {
        depends[tensor.buf.0] = true;
    }
    depends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;
    use crate::ops::unary::{Act, activation};

    #[test]
    fn a_tensor_on_the_way_has_a_gradient_and_nothing_before_it_is_walked() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[3], vec![-1.0_f32, 0.5, 2.0]);
        let y = activation(&mut plan, &x, Act::RELU);
        let z = binary(&mut plan, &y, &y, Op::Multiply).unwrap();
        let d = backward(&mut plan, &z, None, &[&y]).unwrap();
        assert!(d.of(&x).is_none());
        let values = reference::run(&plan, &BTreeMap::new());
        assert_eq!(values[d.of(&y).unwrap().buf.0], [0.0, 1.0, 4.0]);
    }
}
