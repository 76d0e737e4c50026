//! A kernel seen without its parameter type.

use super::case::CaseInfo;
use super::described::{Backward, Kernel};
use super::params::{Field, Params};
use super::slot::{Slot, SlotInfo, infos};
use super::tolerance::{Summands, Tolerance};
use super::trace::Trace;
use super::variant::VariantInfo;
use crate::gpu::plan::{AnyKernel, Forward, Plan};
use crate::gpu::profile::Profile;
use crate::gpu::tensor::Tensor;

/// Parameters back from their bytes.
fn typed<P: Params>(bytes: &[u8]) -> P {
    bytemuck::pod_read_unaligned(bytes)
}

impl<P: Params> AnyKernel for Kernel<P> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn about(&self) -> &'static str {
        self.about
    }
    fn fields(&self) -> &'static [Field] {
        P::FIELDS
    }
    fn params_size(&self) -> usize {
        size_of::<P>()
    }
    fn ins(&self) -> Vec<SlotInfo> {
        infos(self.ins)
    }
    fn outs(&self) -> Vec<SlotInfo> {
        infos(self.outs)
    }
    fn lens(&self, params: &[u8]) -> (Vec<usize>, Vec<usize>) {
        let p = typed(params);
        let lens = |slots: &[Slot<P>]| slots.iter().map(|s| (s.len)(&p)).collect();
        (lens(self.ins), lens(self.outs))
    }
    fn variants(&self) -> Vec<VariantInfo> {
        self.variants.iter().map(|v| VariantInfo { name: v.name, shader: v.shader }).collect()
    }
    fn pick(&self, params: &[u8], profile: &Profile) -> usize {
        let p = typed(params);
        self.variants.iter().rposition(|v| (v.can)(&p) && (v.fits)(&p, profile)).unwrap_or(0)
    }
    fn can(&self, variant: usize, params: &[u8]) -> bool {
        (self.variants[variant].can)(&typed(params))
    }
    fn groups(&self, variant: usize, params: &[u8]) -> [u32; 3] {
        (self.variants[variant].groups)(&typed(params))
    }
    fn reference(&self, params: &[u8], ins: &[&[f64]], outs: &mut [Vec<f64>]) {
        (self.reference)(&typed(params), ins, outs);
    }
    fn backward(
        &self,
        plan: &mut Plan,
        params: &[u8],
        step: &Forward<'_>,
    ) -> Result<Vec<Option<Tensor>>, &'static str> {
        match self.backward {
            Backward::Rule(rule) => Ok(rule(plan, &typed(params), step)),
            Backward::None(why) => Err(why),
        }
    }
    fn no_gradient(&self) -> Option<&'static str> {
        match self.backward {
            Backward::Rule(_) => None,
            Backward::None(why) => Some(why),
        }
    }
    fn trace(&self, params: &[u8], ins: &[&[f32]], out: usize, index: usize) -> Option<Trace> {
        self.trace.map(|trace| trace(&typed(params), ins, out, index))
    }
    fn cases(&self) -> Vec<CaseInfo> {
        (self.cases)()
            .into_iter()
            .map(|c| CaseInfo {
                name: c.name,
                params: bytemuck::bytes_of(&c.params).to_vec(),
                fills: c.fills,
                bench: c.bench,
                kink: c.kink,
                kinked_input: c.kinked_input,
            })
            .collect()
    }
    fn tolerance(&self) -> Tolerance {
        self.tolerance
    }
    fn summands(&self, params: &[u8], ins: &[&[f64]], out: usize, index: usize) -> Option<Summands> {
        self.outs[out].summands.and_then(|summands| summands(&typed(params), ins, index))
    }
    fn flops(&self, params: &[u8]) -> f64 {
        (self.flops)(&typed(params))
    }
    fn describe(&self, params: &[u8]) -> String {
        format!("{:?}", typed::<P>(params))
    }
}
