//! A recorded computation: buffers and the steps over them, in order. Printable, and run by a
//! [`Session`](super::Session) on the GPU or by [`reference`](super::reference) in `f64`.
//!
//! A step holds its kernel and a kernel's backward rule records steps into a plan, so that [`Plan`] and
//! [`AnyKernel`] name each other and stand together; what records into a plan is in `record.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::kernel::{CaseInfo, Field, SlotInfo, Summands, Tolerance, Trace, VariantInfo};
use super::profile::Profile;
use super::tensor::{BufId, Buffer, Data, PART_ALIGN, Source, Tensor};

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Step {
    /// What runs.
    pub kernel: &'static dyn AnyKernel,
    /// Its parameter struct.
    pub params: Vec<u8>,
    /// Input buffers, in slot order; `None` for an absent one.
    pub ins: Vec<Option<BufId>>,
    /// Output buffers, in slot order.
    pub outs: Vec<BufId>,
}

/// Index of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepId(pub usize);

/// A recorded computation.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// All buffers.
    pub buffers: Vec<Buffer>,
    /// All steps, in order.
    pub steps: Vec<Step>,
}

/// A forward step as its backward rule sees it. Tensors are flat, `[LEN]`: shapes are in the
/// parameters of the step.
#[derive(Debug)]
pub struct Forward<'a> {
    /// Inputs; `None` for an absent one.
    pub ins: &'a [Option<Tensor>],
    /// Outputs.
    pub outs: &'a [Tensor],
    /// Gradient of the loss with respect to each output; `None` where none arrives.
    pub d_outs: &'a [Option<Tensor>],
    /// Which inputs need a gradient.
    pub wanted: &'a [bool],
}

impl Forward<'_> {
    /// Input `i`.
    ///
    /// # Panics
    /// If it is absent: rules ask for optional inputs through `ins`.
    pub fn input(&self, i: usize) -> &Tensor {
        self.ins[i].as_ref().expect("the step has this input")
    }
}

/// A [`Kernel`](super::Kernel) of any parameter type, parameters as bytes.
pub trait AnyKernel: Sync {
    /// Name of the kernel.
    fn name(&self) -> &'static str;
    /// One sentence with the formula.
    fn about(&self) -> &'static str;
    /// Members of the parameter struct.
    fn fields(&self) -> &'static [Field];
    /// Size of the parameter struct in bytes.
    fn params_size(&self) -> usize;
    /// Input slots.
    fn ins(&self) -> Vec<SlotInfo>;
    /// Output slots.
    fn outs(&self) -> Vec<SlotInfo>;
    /// Lengths of the inputs and of the outputs.
    fn lens(&self, params: &[u8]) -> (Vec<usize>, Vec<usize>);
    /// All variants, plain first.
    fn variants(&self) -> Vec<VariantInfo>;
    /// Index of the variant to run on this adapter.
    fn pick(&self, params: &[u8], profile: &Profile) -> usize;
    /// Whether a variant can run these parameters.
    fn can(&self, variant: usize, params: &[u8]) -> bool;
    /// Workgroups to dispatch.
    fn groups(&self, variant: usize, params: &[u8]) -> [u32; 3];
    /// Runs the reference.
    fn reference(&self, params: &[u8], ins: &[&[f64]], outs: &mut [Vec<f64>]);
    /// Records the gradients of the inputs of a step, or says why there are none.
    fn backward(
        &self,
        plan: &mut Plan,
        params: &[u8],
        step: &Forward<'_>,
    ) -> Result<Vec<Option<Tensor>>, &'static str>;
    /// Why no gradient passes through it; `None` where one does.
    fn no_gradient(&self) -> Option<&'static str>;
    /// Explains an output element, where the kernel can.
    fn trace(&self, params: &[u8], ins: &[&[f32]], out: usize, index: usize) -> Option<Trace>;
    /// The cases.
    fn cases(&self) -> Vec<CaseInfo>;
    /// Allowed distance from the reference of outputs that are no sums.
    fn tolerance(&self) -> Tolerance;
    /// What an element of an output is the sum of, where it is one.
    fn summands(&self, params: &[u8], ins: &[&[f64]], out: usize, index: usize) -> Option<Summands>;
    /// Floating-point operations.
    fn flops(&self, params: &[u8]) -> f64;
    /// The parameters in readable form.
    fn describe(&self, params: &[u8]) -> String;
}

impl fmt::Debug for dyn AnyKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Plan {
    /// The buffer that a part belongs to, or the buffer itself, and where in it it begins.
    pub fn whole(&self, buf: BufId) -> (BufId, usize) {
        match self.buffers[buf.0].source {
            Source::Part { of, offset } => (of, offset),
            _ => (buf, 0),
        }
    }

    /// The last step that writes a buffer, and at which output slot.
    pub fn producer(&self, buf: BufId) -> Option<(StepId, usize)> {
        self.writers(buf).next()
    }

    /// The steps that write a buffer, or a part of it, the last first, and at which output slot.
    pub fn writers(&self, buf: BufId) -> impl Iterator<Item = (StepId, usize)> {
        let steps = self.steps.iter().enumerate().rev();
        steps.filter_map(move |(i, step)| {
            step.outs.iter().position(|&o| o == buf).map(|slot| (StepId(i), slot))
        })
    }

    /// Buffers whose content goes from one run to the next: some step reads or updates them before any
    /// step of the run has written them whole. Weights, an optimiser's averages, counters, journals,
    /// running statistics, and what is written by hand. A part counts as its whole; constants and external
    /// buffers are not carried. Sorted.
    pub fn carried(&self) -> Vec<BufId> {
        let mut carried = BTreeSet::new();
        // Stretches that were written, as (start, end), by whole.
        let mut written: BTreeMap<BufId, Vec<(usize, usize)>> = BTreeMap::new();
        for step in &self.steps {
            let outs = step.kernel.outs();
            let (updates, writes): (Vec<_>, Vec<_>) =
                step.outs.iter().zip(&outs).partition(|(_, slot)| slot.access.keeps());
            for buf in step.ins.iter().flatten().chain(updates.into_iter().map(|(buf, _)| buf)) {
                let (whole, start) = self.whole(*buf);
                let end = start + self.buffers[buf.0].len;
                let own = matches!(self.buffers[whole.0].source, Source::Temporary);
                if own && !covered(written.get(&whole).map_or(&[], Vec::as_slice), start, end) {
                    carried.insert(whole);
                }
            }
            for (buf, _) in writes {
                let (whole, start) = self.whole(*buf);
                // Nothing lies between the end of a part and the place where the next may begin.
                let end = (start + self.buffers[buf.0].len).next_multiple_of(PART_ALIGN);
                written.entry(whole).or_default().push((start, end));
            }
        }
        carried.into_iter().collect()
    }

    /// Names of the kernels, each once, in order of first use.
    pub fn kernels(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for step in &self.steps {
            if !names.contains(&step.kernel.name()) {
                names.push(step.kernel.name());
            }
        }
        names
    }

    /// Floating-point operations of all steps.
    pub fn flops(&self) -> f64 {
        self.steps.iter().map(|s| s.kernel.flops(&s.params)).sum()
    }

    /// Whether another plan has the same buffers and steps, so that only parameters and the content of
    /// constants differ and a session can be kept.
    pub fn same_structure(&self, other: &Self) -> bool {
        self.same_graph(other, |_, _| true)
    }

    /// Whether another plan computes the very same: structure, parameters and constants, which may be
    /// other allocations with the same values. Then nothing has to be run again.
    pub fn same_results(&self, other: &Self) -> bool {
        let external = |b: &Buffer| matches!(b.source, Source::External);
        // Constants last: they are the long ones.
        self.steps.iter().zip(&other.steps).all(|(a, b)| a.params == b.params)
            && self.buffers.iter().zip(&other.buffers).all(|(a, b)| a.name == b.name)
            && !self.buffers.iter().any(external)
            && self.same_graph(other, Data::equals)
    }

    fn same_graph(&self, other: &Self, same: impl Fn(&Data, &Data) -> bool) -> bool {
        self.buffers.len() == other.buffers.len()
            && self.steps.len() == other.steps.len()
            && self.buffers.iter().zip(&other.buffers).all(|(a, b)| a.declares(b, &same))
            && self.steps.iter().zip(&other.steps).all(|(a, b)| a.connects(b))
    }
}

impl Step {
    /// Whether another step runs the same kernel on the same buffers.
    fn connects(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.kernel, other.kernel) && self.ins == other.ins && self.outs == other.outs
    }

    /// Whether another step does the very same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.connects(other) && self.params == other.params
    }
}

/// Whether stretches cover all from `start` to `end`.
fn covered(stretches: &[(usize, usize)], start: usize, end: usize) -> bool {
    let mut sorted = stretches.to_vec();
    sorted.sort_unstable();
    let mut reached = start;
    for (from, to) in sorted {
        if from <= reached {
            reached = reached.max(to);
        }
    }
    reached >= end
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            let name = |b: &BufId| {
                let buffer = &self.buffers[b.0];
                format!("{}[{}]", buffer.name, buffer.len)
            };
            let outs: Vec<_> = step.outs.iter().map(name).collect();
            let ins: Vec<_> = step.ins.iter().map(|b| b.as_ref().map_or_else(|| "-".into(), name)).collect();
            let what = step.kernel.describe(&step.params);
            writeln!(f, "{i:3}  {} = {}({})  {what}", outs.join(", "), step.kernel.name(), ins.join(", "))?;
        }
        Ok(())
    }
}
