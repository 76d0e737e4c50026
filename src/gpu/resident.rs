//! A plan made resident on the GPU: buffers from the pool, bind groups built once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::affected::Affected;
use super::device::Gpu;
use super::error::GpuError;
use super::pace;
use super::parts;
use super::pipeline::{Form, Pipeline};
use super::plan::{Plan, Step};
use super::pool::{Constant, SharedBuffer};
use super::runtime::{Externals, Region, Shared};
use super::tensor::{BufId, Data, Source};
use super::timing::Timing;
use super::waiting::{Cost, Slice};

/// Elements behind each buffer that no kernel may touch, when [`Options`] ask for a guard.
pub const GUARD: usize = 64;

/// How to make a session; the default suits all but tests and the bench.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Run this variant in every step instead of the one that suits the adapter.
    pub variant: Option<usize>,
    /// Bind [`GUARD`] extra elements behind each temporary buffer.
    pub guard: bool,
}

impl Options {
    fn guard(self) -> usize {
        if self.guard { GUARD } else { 0 }
    }

    /// Index of the variant that runs a step.
    fn variant(self, gpu: &Gpu, step: &Step) -> usize {
        self.variant.unwrap_or_else(|| step.kernel.pick(&step.params, &gpu.profile))
    }
}

/// A plan's buffers, bind groups and uniforms.
pub(super) struct Resident {
    bindings: Bindings,
    constants: BTreeMap<usize, Constant>,
    steps: Vec<Ready>,
}

/// Everything that a bind group is made of.
struct Bindings {
    gpu: Gpu,
    options: Options,
    buffers: Vec<Region>,
    uniforms: Uniforms,
    /// Stand in for an absent input and for an output of no elements.
    empty: [SharedBuffer; 2],
}

/// The parameters of all steps in one buffer.
struct Uniforms {
    buffer: wgpu::Buffer,
    stride: u64,
}

/// A step that can be dispatched.
struct Ready {
    pipeline: Arc<Pipeline>,
    bind_group: wgpu::BindGroup,
    groups: [u32; 3],
    variant: usize,
    /// How much there is to do.
    work: f64,
}

impl Uniforms {
    fn new(gpu: &Gpu, plan: &Plan) -> Self {
        let align = u64::from(gpu.device.limits().min_uniform_buffer_offset_alignment);
        let widest = plan.steps.iter().map(|s| s.params.len() as u64).max().unwrap_or(0).max(16);
        let stride = widest.next_multiple_of(align);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("parameters"),
            size: stride * plan.steps.len().max(1) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        // One upload for all steps: queueing many small writes costs more than the bytes.
        let mut bytes = vec![0; (stride as usize) * plan.steps.len()];
        for (at, step) in bytes.chunks_exact_mut(stride as usize).zip(&plan.steps) {
            at[..step.params.len()].copy_from_slice(&step.params);
        }
        gpu.queue.write_buffer(&buffer, 0, &bytes);
        Self { buffer, stride }
    }

    fn write(&self, gpu: &Gpu, step: usize, params: &[u8]) {
        gpu.queue.write_buffer(&self.buffer, step as u64 * self.stride, params);
    }
}

impl Resident {
    /// Makes `plan` resident. `before`: whose buffers it takes over, all that are not among those affected.
    pub fn new(
        gpu: &Gpu,
        plan: &Plan,
        externals: &Externals,
        options: Options,
        before: Option<(&Self, &Affected)>,
    ) -> Result<Self, GpuError> {
        let limit = gpu.device.limits().max_storage_buffer_binding_size;
        let guard = options.guard() as u64 * 4;
        let mut buffers: Vec<Region> = Vec::with_capacity(plan.buffers.len());
        let mut constants = BTreeMap::new();
        for (i, buffer) in plan.buffers.iter().enumerate() {
            let bytes = buffer.len as u64 * 4;
            if bytes > limit {
                let name = buffer.name.clone();
                return Err(GpuError::TooLarge { name, bytes, limit, adapter: gpu.info.name.clone() });
            }
            let whole = |buffer| Region { buffer, offset: 0 };
            let kept = before.filter(|(_, left)| !left.buffers[i]).map(|(before, _)| before);
            buffers.push(match &buffer.source {
                Source::Constant(data) => {
                    let kept = kept.and_then(|before| before.constants.get(&i)).cloned();
                    let constant = kept.unwrap_or_else(|| gpu.pool.constant(data));
                    let region = whole(constant.buffer.clone());
                    constants.insert(i, constant);
                    region
                }
                Source::Temporary => match kept {
                    Some(before) => before.bindings.buffers[i].clone(),
                    None => whole(gpu.pool.take(bytes + guard)),
                },
                Source::Part { of, offset } => {
                    let Region { buffer, offset: start } = &buffers[of.0];
                    Region { buffer: buffer.clone(), offset: start + *offset as u64 * 4 }
                }
                Source::External => match externals.get(&BufId(i)) {
                    Some(Shared::Gpu(shared)) => shared.clone(),
                    _ => return Err(GpuError::Validation(format!("{} was not supplied", buffer.name))),
                },
            });
        }
        let uniforms = Uniforms::new(gpu, plan);
        let empty = [gpu.pool.take(256), gpu.pool.take(256)];
        let bindings = Bindings { gpu: gpu.clone(), options, buffers, uniforms, empty };
        let steps = plan
            .steps
            .iter()
            .enumerate()
            .map(|(i, step)| bindings.ready(plan, step, i))
            .collect::<Result<_, _>>()?;
        Ok(Self { bindings, constants, steps })
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.bindings.gpu
    }

    /// The buffer behind `buf`.
    pub fn buffer(&self, buf: BufId) -> &Region {
        &self.bindings.buffers[buf.0]
    }

    /// Index of the variant that a step runs.
    pub fn variant(&self, step: usize) -> usize {
        self.steps[step].variant
    }

    /// Takes over the parameters and constants of `new`, which has the structure of `old`, the plan that
    /// is resident. Buffers stay where they are, so that whoever was given one sees the new content.
    /// Returns false, and changes nothing, where a step does not fit the adapter any longer or a large
    /// constant is in use by another session.
    pub fn adopt(&mut self, old: &Plan, new: &Plan, changed: &[(BufId, &Data)]) -> bool {
        let bindings = &self.bindings;
        let gpu = &bindings.gpu;
        let mut swapped = Vec::new();
        let mut moved = Vec::new();
        for (i, step) in new.steps.iter().enumerate() {
            if step.params == old.steps[i].params {
                continue;
            }
            // Other parameters may suit another variant: the step gets its pipeline and its bind group.
            let variant = bindings.options.variant(gpu, step);
            if variant == self.steps[i].variant {
                let Ok(groups) = groups(gpu, step, variant) else { return false };
                moved.push((i, groups, work(step)));
            } else {
                let Ok(ready) = bindings.ready(new, step, i) else { return false };
                swapped.push((i, ready));
            }
        }
        if !changed.iter().all(|(buf, _)| gpu.pool.disown(&self.constants[&buf.0])) {
            return false;
        }
        for (buf, data) in changed {
            gpu.queue.write_buffer(&bindings.buffers[buf.0].buffer, 0, data.bytes());
        }
        for &i in moved.iter().map(|(i, ..)| i).chain(swapped.iter().map(|(i, _)| i)) {
            bindings.uniforms.write(gpu, i, &new.steps[i].params);
        }
        for (i, groups, work) in moved {
            (self.steps[i].groups, self.steps[i].work) = (groups, work);
        }
        for (i, ready) in swapped {
            self.steps[i] = ready;
        }
        true
    }

    /// What a step is expected to take.
    pub fn cost(&self, kernel: &str, step: usize) -> Cost {
        let Ready { groups, work, .. } = &self.steps[step];
        let [millis, guess] = self.gpu().pace(|pace| [pace.expected(kernel, *work), pace.guess(*work)]);
        Cost { millis, guess, groups: groups[parts::axis(*groups)] }
    }

    /// How much there is to do in a slice, by kernel.
    pub fn load(&self, plan: &Plan, slice: &Slice) -> pace::Load {
        let whole = |step: usize| (plan.steps[step].kernel.name(), self.steps[step].work);
        match slice {
            Slice::Steps(ranges) => ranges.iter().cloned().flatten().map(whole).collect(),
            Slice::Part { step, groups } => {
                let (kernel, work) = whole(*step);
                let all = self.cost(kernel, *step).groups;
                vec![(kernel, work * groups.len() as f64 / f64::from(all.max(1)))]
            }
        }
    }

    /// Records some workgroups of a step, counted along the longest axis; at most one such part a submission.
    pub fn encode_part(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        plan: &Plan,
        step: usize,
        part: Range<u32>,
    ) -> Result<(), GpuError> {
        let (gpu, ready) = (self.gpu(), &self.steps[step]);
        let pipeline = gpu.program(plan.steps[step].kernel, ready.variant, Form::Parts)?;
        let told = gpu.pipelines.part();
        let axis = parts::axis(ready.groups);
        let (mut first, mut groups) = ([0; 3], ready.groups);
        (first[axis], groups[axis]) = (part.start, part.len() as u32);
        told.tell(&gpu.queue, first, ready.groups);
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline.current());
        pass.set_bind_group(0, &ready.bind_group, &[]);
        pass.set_bind_group(1, &told.bind_group, &[]);
        let [x, y, z] = groups;
        pass.dispatch_workgroups(x, y, z);
        Ok(())
    }

    /// Records steps: all in one pass, or, with `timing`, each in a pass of its own.
    pub fn encode(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        steps: Range<usize>,
        timing: Option<&mut Timing>,
    ) {
        let dispatch = |pass: &mut wgpu::ComputePass<'_>, ready: &Ready| {
            let [x, y, z] = ready.groups;
            if x * y * z > 0 {
                pass.set_pipeline(&ready.pipeline.current());
                pass.set_bind_group(0, &ready.bind_group, &[]);
                pass.dispatch_workgroups(x, y, z);
            }
        };
        let Some(timing) = timing else {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for ready in &self.steps[steps] {
                dispatch(&mut pass, ready);
            }
            return;
        };
        for i in steps {
            let descriptor = wgpu::ComputePassDescriptor { label: None, timestamp_writes: timing.run(i) };
            dispatch(&mut encoder.begin_compute_pass(&descriptor), &self.steps[i]);
        }
    }
}

/// How much there is to do in a step.
fn work(step: &Step) -> f64 {
    let (ins, outs) = step.kernel.lens(&step.params);
    pace::work(step.kernel.flops(&step.params), ins.iter().chain(&outs).sum())
}

/// Workgroups of a step, if the adapter takes so many.
fn groups(gpu: &Gpu, step: &Step, variant: usize) -> Result<[u32; 3], GpuError> {
    let groups = step.kernel.groups(variant, &step.params);
    let limit = gpu.device.limits().max_compute_workgroups_per_dimension;
    if groups.iter().any(|&g| g > limit) {
        let name = step.kernel.name();
        let what = format!("{name} needs {groups:?} workgroups, the limit is {limit} an axis");
        return Err(GpuError::Validation(what));
    }
    Ok(groups)
}

impl Bindings {
    fn ready(&self, plan: &Plan, step: &Step, index: usize) -> Result<Ready, GpuError> {
        let variant = self.options.variant(&self.gpu, step);
        let groups = groups(&self.gpu, step, variant)?;
        let pipeline = self.gpu.pipeline(step.kernel, variant)?;
        let storage = |id: BufId| {
            // Bound to the length in use: pooled buffers are longer, and shaders may ask for the length.
            let buffer = &plan.buffers[id.0];
            let guard = if matches!(buffer.source, Source::Temporary) { self.options.guard() } else { 0 };
            wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &self.buffers[id.0].buffer,
                offset: self.buffers[id.0].offset,
                size: std::num::NonZeroU64::new(((buffer.len + guard) as u64 * 4).max(4)),
            })
        };
        let ins = step.ins.iter().map(|id| id.map_or_else(|| self.empty[0].as_entire_binding(), storage));
        let outs = step.outs.iter().map(|&id| {
            if plan.buffers[id.0].len == 0 { self.empty[1].as_entire_binding() } else { storage(id) }
        });
        let params = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.uniforms.buffer,
            offset: index as u64 * self.uniforms.stride,
            size: std::num::NonZeroU64::new((step.params.len() as u64).next_multiple_of(16)),
        });
        let entries: Vec<_> = std::iter::once(params)
            .chain(ins)
            .chain(outs)
            .zip(0..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let bind_group = self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(step.kernel.name()),
            layout: &pipeline.layout,
            entries: &entries,
        });
        Ok(Ready { pipeline, bind_group, groups, variant, work: work(step) })
    }
}
