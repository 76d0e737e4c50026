//! A plan run on the CPU in `f64`.

use std::collections::BTreeMap;

use super::affected::Affected;
use super::error::GpuError;
use super::lock::reading;
use super::plan::{AnyKernel, Plan, Step};
use super::runtime::{Externals, Shared, Stretch};
use super::tensor::{BufId, Source};

/// Values of a plan's buffers.
pub type Values = Vec<Vec<f64>>;

/// Runs the whole plan. `externals` gives the content of external buffers.
pub fn run(plan: &Plan, externals: &BTreeMap<BufId, Vec<f64>>) -> Values {
    let mut values = start(plan, externals);
    for step in &plan.steps {
        run_step(plan, step, &mut values);
    }
    values
}

/// The content of a buffer, be it a part of another or not.
pub fn content<'a>(plan: &Plan, values: &'a Values, buf: BufId) -> &'a [f64] {
    let (whole, offset) = plan.whole(buf);
    &values[whole.0][offset..offset + plan.buffers[buf.0].len]
}

/// The content of a buffer, to be changed.
pub fn content_mut<'a>(plan: &Plan, values: &'a mut Values, buf: BufId) -> &'a mut [f64] {
    let (whole, offset) = plan.whole(buf);
    &mut values[whole.0][offset..offset + plan.buffers[buf.0].len]
}

/// The buffers before the first step: constants filled, temporaries zero. Parts hold nothing of
/// their own.
pub fn start(plan: &Plan, externals: &BTreeMap<BufId, Vec<f64>>) -> Values {
    plan.buffers
        .iter()
        .enumerate()
        .map(|(i, buffer)| match &buffer.source {
            Source::Constant(data) => data.to_f64(),
            Source::Temporary => vec![0.0; buffer.len],
            Source::Part { .. } => Vec::new(),
            Source::External => externals.get(&BufId(i)).cloned().unwrap_or_else(|| vec![0.0; buffer.len]),
        })
        .collect()
}

/// Runs one step.
pub fn run_step(plan: &Plan, step: &Step, values: &mut Values) {
    let old = |id: BufId| content(plan, values, id).to_vec();
    let ins: Vec<&[f64]> =
        step.ins.iter().map(|id| id.map_or(&[][..], |id| content(plan, values, id))).collect();
    let outs = outputs(step, &ins, old);
    for (id, out) in step.outs.iter().zip(outs) {
        content_mut(plan, values, *id).copy_from_slice(&out);
    }
}

/// What a step writes; `old` gives the content of the outputs that it changes.
fn outputs(step: &Step, ins: &[&[f64]], mut old: impl FnMut(BufId) -> Vec<f64>) -> Vec<Vec<f64>> {
    let (_, lens) = step.kernel.lens(&step.params);
    let slots = step.kernel.outs();
    let mut outs: Vec<Vec<f64>> = slots
        .iter()
        .zip(step.outs.iter().zip(lens))
        .map(|(slot, (id, len))| if slot.access.keeps() { old(*id) } else { vec![0.0; len] })
        .collect();
    step.kernel.reference(&step.params, ins, &mut outs);
    outs
}

/// A plan's buffers as a session holds them: parts lie in their wholes, external ones where their owner
/// has them.
pub(super) fn stretches(
    plan: &Plan,
    externals: &Externals,
    before: Option<(&[Stretch], &Affected)>,
) -> Result<Vec<Stretch>, GpuError> {
    let mut all: Vec<Stretch> = Vec::with_capacity(plan.buffers.len());
    for (i, buffer) in plan.buffers.iter().enumerate() {
        if let Some((before, left)) = before
            && !left.buffers[i]
        {
            all.push(before[i].clone());
            continue;
        }
        all.push(match &buffer.source {
            Source::Constant(data) => Stretch::new(data.to_f64()),
            Source::Temporary => Stretch::new(vec![0.0; buffer.len]),
            Source::Part { of, offset } => all[of.0].part(*offset, buffer.len),
            Source::External => match externals.get(&BufId(i)) {
                Some(Shared::Reference(shared)) => shared.part(0, buffer.len.min(shared.len)),
                _ => return Err(GpuError::Validation(format!("{} was not supplied", buffer.name))),
            },
        });
    }
    Ok(all)
}

/// Runs one step over buffers that other sessions may hold as well.
pub(super) fn run_shared_step(step: &Step, stretches: &[Stretch]) {
    let outs = {
        let mut olds: BTreeMap<BufId, Vec<f64>> = step
            .outs
            .iter()
            .zip(step.kernel.outs())
            .filter(|(_, slot)| slot.access.keeps())
            .map(|(id, _)| (*id, stretches[id.0].read()))
            .collect();
        // Each whole is locked once and in the order of addresses, as several inputs may be parts of one
        // and another thread may run a session over the same.
        let place = |id: BufId| std::sync::Arc::as_ptr(&stretches[id.0].whole) as usize;
        let wholes: BTreeMap<usize, &Stretch> =
            step.ins.iter().flatten().map(|id| (place(*id), &stretches[id.0])).collect();
        let held: BTreeMap<usize, _> = wholes.iter().map(|(at, s)| (*at, reading(&s.whole))).collect();
        let ins: Vec<&[f64]> = step
            .ins
            .iter()
            .map(|id| {
                id.map_or(&[][..], |id| {
                    let Stretch { offset, len, .. } = stretches[id.0];
                    &held[&place(id)][offset..offset + len]
                })
            })
            .collect();
        outputs(step, &ins, |id| olds.remove(&id).expect("it was read above"))
    };
    for (id, out) in step.outs.iter().zip(outs) {
        stretches[id.0].write(&out);
    }
}

/// Runs a kernel on given inputs and returns its outputs, which begin as zeros.
pub fn run_kernel(kernel: &dyn AnyKernel, params: &[u8], ins: &[&[f64]]) -> Vec<Vec<f64>> {
    let (_, lens) = kernel.lens(params);
    let mut outs: Vec<Vec<f64>> = lens.iter().map(|&n| vec![0.0; n]).collect();
    kernel.reference(params, ins, &mut outs);
    outs
}
