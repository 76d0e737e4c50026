//! Every backward rule against central differences of the `f64` reference.

use std::collections::BTreeMap;

use glassbox::gpu::{AnyKernel, BufId, CaseInfo, DType, Data, Forward, Plan, Tensor, reference};
use glassbox::ops::philox::Rng;
use glassbox::ops::{KERNELS, sweep};

use super::none;

/// Inputs of a case that is differentiated have at most so many elements together: each costs two
/// runs of the reference.
const MAX_INPUTS: usize = 600;

/// Most multiplications and the like of one run.
const MAX_FLOPS: f64 = 3e5;

/// Allowed distance from central differences, relative to the largest derivative of the tensor.
const TOLERANCE: f64 = 1e-6;

/// Derivatives below this are compared as if the largest were this: differences have no more digits.
const SMALL: f64 = 1e-2;

/// `Σ c·y` of all outputs with a cotangent.
fn loss(outs: &[Vec<f64>], cotangents: &[Option<Vec<f64>>]) -> f64 {
    let dot = |(y, c): (&Vec<f64>, &Option<Vec<f64>>)| -> f64 {
        c.as_ref().map_or(0.0, |c| y.iter().zip(c).map(|(y, c)| y * c).sum())
    };
    outs.iter().zip(cotangents).map(dot).sum()
}

fn outputs(kernel: &dyn AnyKernel, case: &CaseInfo, ins: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let slices: Vec<&[f64]> = ins.iter().map(Vec::as_slice).collect();
    let mut outs: Vec<Vec<f64>> =
        sweep::before(kernel, case).into_iter().map(|v| v.into_iter().map(f64::from).collect()).collect();
    kernel.reference(&case.params, &slices, &mut outs);
    outs
}

/// Compares the rule with differences, for the outputs in `with` only and for all inputs or `only` one of
/// them. Says what is wrong.
fn differs(
    kernel: &'static dyn AnyKernel,
    case: &CaseInfo,
    with: &[usize],
    only: Option<usize>,
) -> Option<String> {
    let inputs = sweep::inputs(kernel, case);
    let mut plan: Plan = sweep::plan(kernel, case, &inputs);
    let step = plan.steps[0].clone();
    let mut rng = Rng::new(7);
    let cotangents: Vec<Option<Vec<f64>>> = kernel
        .outs()
        .iter()
        .zip(&step.outs)
        .enumerate()
        .map(|(i, (slot, id))| {
            let c = (0..plan.buffers[id.0].len).map(|_| f64::from(rng.normal())).collect();
            (slot.dtype == DType::F32 && with.contains(&i)).then_some(c)
        })
        .collect();
    let d_outs: Vec<Option<Tensor>> = cotangents
        .iter()
        .map(|c| {
            let c: Vec<f32> = c.as_ref()?.iter().map(|&v| v as f32).collect();
            Some(plan.constant("dy", &[c.len()], Data::from(c)))
        })
        .collect();
    let flat = |id: &BufId| {
        let buffer = &plan.buffers[id.0];
        Tensor { buf: *id, shape: vec![buffer.len], dtype: buffer.dtype }
    };
    let ins: Vec<Option<Tensor>> = step.ins.iter().map(|id| id.as_ref().map(flat)).collect();
    let outs: Vec<Tensor> = step.outs.iter().map(flat).collect();
    let wanted: Vec<bool> = ins
        .iter()
        .enumerate()
        .map(|(i, t)| only.is_none_or(|o| o == i) && t.as_ref().is_some_and(|t| t.dtype == DType::F32))
        .collect();
    let forward = Forward { ins: &ins, outs: &outs, d_outs: &d_outs, wanted: &wanted };
    let grads = kernel.backward(&mut plan, &case.params, &forward).unwrap();
    let mut values = reference::start(&plan, &BTreeMap::new());
    for (out, before) in step.outs.iter().zip(sweep::before(kernel, case)) {
        reference::content_mut(&plan, &mut values, *out)
            .copy_from_slice(&before.into_iter().map(f64::from).collect::<Vec<_>>());
    }
    for step in &plan.steps {
        reference::run_step(&plan, step, &mut values);
    }
    let numbers: Vec<Vec<f64>> = inputs.iter().map(Data::to_f64).collect();
    let smooth = |slot: usize| case.kinked_input != Some(slot);
    for (slot, wanted) in wanted.iter().enumerate().filter(|(i, w)| **w && smooth(*i)).map(|(i, w)| (i, *w)) {
        let name = kernel.ins()[slot].name;
        let Some(Some(grad)) = grads.get(slot).filter(|_| wanted) else {
            return Some(format!("no gradient of {name}"));
        };
        let got = reference::content(&plan, &values, grad.buf);
        if got.len() != numbers[slot].len() {
            return Some(format!("d{name} has {} elements, not {}", got.len(), numbers[slot].len()));
        }
        let differences: Vec<f64> = (0..numbers[slot].len())
            .map(|i| {
                let at = |x: f64| {
                    let mut moved = numbers.clone();
                    moved[slot][i] = x;
                    loss(&outputs(kernel, case, &moved), &cotangents_f32(&cotangents))
                };
                let x = numbers[slot][i];
                // Five points: the error falls with h⁴.
                let h = 2e-5 * x.abs().max(1.0);
                (8.0 * (at(x + h) - at(x - h)) - (at(x + 2.0 * h) - at(x - 2.0 * h))) / (12.0 * h)
            })
            .collect();
        let scale = differences.iter().fold(SMALL, |m, d| m.max(d.abs()));
        for (i, (got, want)) in got.iter().zip(&differences).enumerate() {
            if !((got - want).abs() <= TOLERANCE * scale) {
                return Some(format!("d{name}[{i}] is {got:e}, differences say {want:e}"));
            }
        }
    }
    None
}

/// The cotangents as the plan holds them.
fn cotangents_f32(c: &[Option<Vec<f64>>]) -> Vec<Option<Vec<f64>>> {
    c.iter().map(|c| c.as_ref().map(|c| c.iter().map(|&v| f64::from(v as f32)).collect())).collect()
}

#[test]
fn every_backward_rule_agrees_with_central_differences() {
    let mut complaints = Vec::new();
    for &kernel in KERNELS {
        if let Some(why) = kernel.no_gradient() {
            if why.len() < 10 {
                complaints.push(format!("{}: no gradient, and no reason", kernel.name()));
            }
            continue;
        }
        let mut compared = 0;
        for case in kernel.cases() {
            let (ins, outs) = kernel.lens(&case.params);
            let small = ins.iter().sum::<usize>() <= MAX_INPUTS && kernel.flops(&case.params) <= MAX_FLOPS;
            // Extreme values leave no room for a difference; other exceptions say why.
            let differentiable = case.kink.is_none() || case.kinked_input.is_some();
            let smooth = differentiable && !case.name.contains("extreme") && !sweep::has_infinities(&case);
            let depends = ins.iter().zip(kernel.ins()).any(|(&n, slot)| n > 0 && slot.dtype == DType::F32);
            if !small || !smooth || !depends {
                continue;
            }
            compared += 1;
            let all: Vec<usize> = (0..outs.len()).collect();
            let floats = kernel.outs().iter().filter(|o| o.dtype == DType::F32).count();
            let mut subsets = vec![all.clone()];
            if floats > 1 {
                subsets.extend(
                    all.into_iter().filter(|&i| kernel.outs()[i].dtype == DType::F32).map(|i| vec![i]),
                );
            }
            // A rule may skip what is not wanted, and training never wants the gradient of the batch.
            let floats = |i: &usize| kernel.ins()[*i].dtype == DType::F32 && ins[*i] > 0;
            let alone = (0..ins.len()).filter(floats).map(Some).filter(|_| ins.len() > 1);
            let runs = subsets.into_iter().map(|with| (with, None));
            let all: Vec<usize> = (0..outs.len()).collect();
            for (with, only) in runs.chain(alone.map(|only| (all.clone(), only))) {
                if let Some(what) = differs(kernel, &case, &with, only) {
                    let name = kernel.name();
                    complaints
                        .push(format!("{name} {}, outputs {with:?}, input {only:?}: {what}", case.name));
                }
            }
        }
        if compared == 0 {
            complaints.push(format!("{}: no case small and smooth enough to differentiate", kernel.name()));
        }
    }
    none(&complaints);
}
