//! A plan made resident: on the GPU (buffers from the pool, bind groups built once) or on the CPU
//! reference.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::device::{Gpu, GpuError};
use super::kernel::{AnyKernel, DType};
use super::pipeline::Pipeline;
use super::plan::{BufId, Plan, Source, Step, StepId};
use super::pool::SharedBuffer;
use super::reference::{self, Values};
use super::timing::Timing;

/// What runs plans.
#[derive(Clone, Debug)]
pub enum Runtime {
    /// Compute shaders on an adapter.
    Gpu(Gpu),
    /// The `f64` reference on the CPU.
    Reference,
}

impl Runtime {
    /// The device, if there is one.
    pub fn gpu(&self) -> Option<&Gpu> {
        match self {
            Self::Gpu(gpu) => Some(gpu),
            Self::Reference => None,
        }
    }
}

/// A buffer on the GPU, or a part of one.
#[derive(Clone, Debug)]
pub struct Region {
    /// The whole buffer.
    pub buffer: SharedBuffer,
    /// Where it begins, in bytes.
    pub offset: u64,
}

/// A buffer of one session, to be read by the plan of another.
#[derive(Clone, Debug)]
pub enum Shared {
    /// On the GPU.
    Gpu(Region),
    /// On the CPU.
    Reference(Arc<Vec<f64>>),
}

/// Content of a plan's external buffers.
pub type Externals = BTreeMap<BufId, Shared>;

/// A plan made resident.
pub struct Session {
    plan: Plan,
    side: Side,
}

enum Side {
    Gpu(OnGpu),
    Reference(Values),
}

struct OnGpu {
    gpu: Gpu,
    buffers: Vec<Region>,
    uniforms: SharedUniforms,
    steps: Vec<Ready>,
}

struct SharedUniforms {
    buffer: wgpu::Buffer,
    stride: u64,
}

struct Ready {
    pipeline: Arc<Pipeline>,
    bind_group: wgpu::BindGroup,
    groups: [u32; 3],
    variant: usize,
}

/// Elements behind each buffer that no kernel may touch, when [`Options::guard`] is set.
pub const GUARD: usize = 64;

/// How to make a session; the default suits all but tests and the bench.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Run this variant in every step instead of the one that suits the adapter.
    pub variant: Option<usize>,
    /// Bind [`GUARD`] extra elements behind each temporary buffer.
    pub guard: bool,
}

impl Session {
    /// Makes `plan` resident.
    pub fn new(runtime: &Runtime, plan: Plan, externals: &Externals) -> Result<Self, GpuError> {
        Self::with_options(runtime, plan, externals, Options::default())
    }

    /// Makes `plan` resident, with options.
    pub fn with_options(
        runtime: &Runtime,
        plan: Plan,
        externals: &Externals,
        options: Options,
    ) -> Result<Self, GpuError> {
        let side = match runtime {
            Runtime::Gpu(gpu) => Side::Gpu(OnGpu::new(gpu, &plan, externals, options)?),
            Runtime::Reference => {
                let values = externals
                    .iter()
                    .filter_map(|(id, shared)| match shared {
                        Shared::Reference(v) => Some((*id, v.to_vec())),
                        Shared::Gpu(_) => None,
                    })
                    .collect();
                Side::Reference(reference::start(&plan, &values))
            }
        };
        Ok(Self { plan, side })
    }

    /// What it runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes over another plan's parameters if its structure is the same: no buffer or bind group
    /// is made anew. Returns whether it did.
    pub fn adopt(&mut self, plan: &Plan) -> bool {
        if !self.plan.same_structure(plan) {
            return false;
        }
        if let Side::Gpu(on) = &mut self.side {
            // Another size may suit another variant.
            let same = on
                .steps
                .iter()
                .zip(&plan.steps)
                .all(|(ready, step)| step.kernel.pick(&step.params, &on.gpu.profile) == ready.variant);
            if !same {
                return false;
            }
            for (i, (ready, step)) in on.steps.iter_mut().zip(&plan.steps).enumerate() {
                if step.params != self.plan.steps[i].params {
                    ready.groups = step.kernel.groups(ready.variant, &step.params);
                    on.uniforms.write(&on.gpu, i, &step.params);
                }
            }
        }
        self.plan = plan.clone();
        true
    }

    /// Records all steps into `encoder`; on the reference, runs them at once.
    pub fn encode(&mut self, encoder: Option<&mut wgpu::CommandEncoder>, timing: Option<&mut Timing>) {
        self.encode_range(encoder, 0..self.plan.steps.len(), timing);
    }

    /// Records a range of steps; with `timing`, each in a pass of its own.
    pub fn encode_range(
        &mut self,
        encoder: Option<&mut wgpu::CommandEncoder>,
        steps: Range<usize>,
        timing: Option<&mut Timing>,
    ) {
        match &mut self.side {
            Side::Gpu(on) => {
                let encoder = encoder.expect("a session on the GPU is encoded into a command encoder");
                on.encode(encoder, steps, timing);
            }
            Side::Reference(values) => {
                for step in &self.plan.steps[steps] {
                    reference::run_step(&self.plan, step, values);
                }
            }
        }
    }

    /// Runs all steps and submits them; does not wait.
    pub fn run(&mut self) {
        match &self.side {
            Side::Gpu(on) => {
                let gpu = on.gpu.clone();
                let mut encoder =
                    gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                self.encode(Some(&mut encoder), None);
                gpu.queue.submit([encoder.finish()]);
            }
            Side::Reference(_) => self.encode(None, None),
        }
    }

    /// Index of the variant that each step runs; `None` on the reference.
    pub fn variant(&self, step: StepId) -> Option<usize> {
        match &self.side {
            Side::Gpu(on) => Some(on.steps[step.0].variant),
            Side::Reference(_) => None,
        }
    }

    /// A buffer, for the plan of another session.
    pub fn share(&self, buf: BufId) -> Shared {
        match &self.side {
            Side::Gpu(on) => Shared::Gpu(on.buffers[buf.0].clone()),
            Side::Reference(values) => {
                Shared::Reference(Arc::new(reference::content(&self.plan, values, buf).to_vec()))
            }
        }
    }

    /// The GPU buffer behind `buf`.
    pub fn buffer(&self, buf: BufId) -> Option<&Region> {
        match &self.side {
            Side::Gpu(on) => Some(&on.buffers[buf.0]),
            Side::Reference(_) => None,
        }
    }

    /// Overwrites the start of a buffer with raw words.
    pub fn write(&mut self, buf: BufId, bytes: &[u8]) {
        match &mut self.side {
            Side::Gpu(on) => {
                let at = &on.buffers[buf.0];
                on.gpu.queue.write_buffer(&at.buffer, at.offset, bytes);
            }
            Side::Reference(values) => {
                let floats = self.plan.buffers[buf.0].dtype == DType::F32;
                let content = reference::content_mut(&self.plan, values, buf);
                for (value, word) in content.iter_mut().zip(bytes.chunks_exact(4)) {
                    let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                    *value = if floats { f64::from(f32::from_bits(word)) } else { f64::from(word) };
                }
            }
        }
    }

    /// Waits for the GPU and reads a whole buffer; `u32` buffers come as numbers too.
    /// For the command line, tests and audits: it blocks.
    pub fn read(&self, buf: BufId) -> Result<Vec<f32>, GpuError> {
        let buffer = &self.plan.buffers[buf.0];
        match &self.side {
            Side::Gpu(_) => Ok(buffer.dtype.numbers(&self.words(buf)?)),
            Side::Reference(values) => {
                Ok(reference::content(&self.plan, values, buf).iter().map(|&v| v as f32).collect())
            }
        }
    }

    /// Like [`read`](Self::read), but the raw words: whole numbers beyond 2^24 are no floats.
    pub fn words(&self, buf: BufId) -> Result<Vec<u32>, GpuError> {
        let buffer = &self.plan.buffers[buf.0];
        match &self.side {
            Side::Gpu(on) => {
                let at = &on.buffers[buf.0];
                read_words(&on.gpu, &at.buffer, at.offset, buffer.len)
            }
            Side::Reference(values) => {
                let word = |&v: &f64| match buffer.dtype {
                    DType::F32 => (v as f32).to_bits(),
                    DType::U32 => v as u32,
                };
                Ok(reference::content(&self.plan, values, buf).iter().map(word).collect())
            }
        }
    }

    /// The values of the reference side.
    pub fn values(&self) -> Option<&Values> {
        match &self.side {
            Side::Gpu(_) => None,
            Side::Reference(values) => Some(values),
        }
    }
}

/// Waits for the GPU and reads `words` four-byte words of a buffer, from byte `start` on.
pub fn read_words(gpu: &Gpu, buffer: &wgpu::Buffer, start: u64, words: usize) -> Result<Vec<u32>, GpuError> {
    if words == 0 {
        return Ok(Vec::new());
    }
    let bytes = words as u64 * 4;
    let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("read"),
        size: bytes,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, start, &staging, 0, bytes);
    gpu.queue.submit([encoder.finish()]);
    staging.slice(..).map_async(wgpu::MapMode::Read, |_| {});
    gpu.wait()?;
    let view = staging
        .slice(..)
        .get_mapped_range()
        .map_err(|e| GpuError::Lost(gpu.loss().unwrap_or_else(|| e.to_string())))?;
    Ok(bytemuck::pod_collect_to_vec(&view))
}

impl SharedUniforms {
    fn write(&self, gpu: &Gpu, step: usize, params: &[u8]) {
        gpu.queue.write_buffer(&self.buffer, step as u64 * self.stride, params);
    }
}

impl OnGpu {
    fn new(gpu: &Gpu, plan: &Plan, externals: &Externals, options: Options) -> Result<Self, GpuError> {
        let limit = gpu.device.limits().max_storage_buffer_binding_size;
        let guard = if options.guard { GUARD } else { 0 };
        let mut buffers: Vec<Region> = Vec::with_capacity(plan.buffers.len());
        for (i, buffer) in plan.buffers.iter().enumerate() {
            let bytes = buffer.len as u64 * 4;
            if bytes > limit {
                let name = buffer.name.clone();
                return Err(GpuError::TooLarge { name, bytes, limit, adapter: gpu.info.name.clone() });
            }
            let whole = |buffer| Region { buffer, offset: 0 };
            buffers.push(match &buffer.source {
                Source::Constant(data) => whole(gpu.pool.constant(data)),
                Source::Temporary => whole(gpu.pool.take(bytes + guard as u64 * 4)),
                Source::Part { of, offset } => {
                    Region { buffer: buffers[of.0].buffer.clone(), offset: *offset as u64 * 4 }
                }
                Source::External => match externals.get(&BufId(i)) {
                    Some(Shared::Gpu(shared)) => shared.clone(),
                    _ => return Err(GpuError::Validation(format!("{} was not supplied", buffer.name))),
                },
            });
        }
        let limits = gpu.device.limits();
        let widest = plan.steps.iter().map(|s| s.params.len() as u64).max().unwrap_or(0).max(16);
        let stride = widest.next_multiple_of(u64::from(limits.min_uniform_buffer_offset_alignment));
        let uniforms = SharedUniforms {
            buffer: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("parameters"),
                size: stride * plan.steps.len().max(1) as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            stride,
        };
        // One upload for all steps: queueing many small writes costs more than the bytes.
        let mut bytes = vec![0; (stride as usize) * plan.steps.len()];
        for (at, step) in bytes.chunks_exact_mut(stride as usize).zip(&plan.steps) {
            at[..step.params.len()].copy_from_slice(&step.params);
        }
        gpu.queue.write_buffer(&uniforms.buffer, 0, &bytes);
        let empty = [gpu.pool.take(256), gpu.pool.take(256)];
        let steps = plan
            .steps
            .iter()
            .enumerate()
            .map(|(i, step)| ready(gpu, plan, step, i, &buffers, &uniforms, &empty, options))
            .collect::<Result<_, _>>()?;
        Ok(Self { gpu: gpu.clone(), buffers, uniforms, steps })
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder, steps: Range<usize>, timing: Option<&mut Timing>) {
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
            let descriptor = wgpu::ComputePassDescriptor { label: None, timestamp_writes: timing.writes(i) };
            dispatch(&mut encoder.begin_compute_pass(&descriptor), &self.steps[i]);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that a bind group is made of")]
fn ready(
    gpu: &Gpu,
    plan: &Plan,
    step: &Step,
    index: usize,
    buffers: &[Region],
    uniforms: &SharedUniforms,
    empty: &[SharedBuffer; 2],
    options: Options,
) -> Result<Ready, GpuError> {
    let kernel: &'static dyn AnyKernel = step.kernel;
    let variant = options.variant.unwrap_or_else(|| kernel.pick(&step.params, &gpu.profile));
    let groups = kernel.groups(variant, &step.params);
    let limit = gpu.device.limits().max_compute_workgroups_per_dimension;
    if groups.iter().any(|&g| g > limit) {
        let what = format!("{} needs {groups:?} workgroups, the limit is {limit} an axis", kernel.name());
        return Err(GpuError::Validation(what));
    }
    let pipeline = gpu.pipeline(kernel, variant)?;
    let guard = if options.guard { GUARD } else { 0 };
    let storage = |id: BufId| {
        // Bound to the length in use: pooled buffers are longer, and shaders may ask for the length.
        let len = plan.buffers[id.0].len
            + if matches!(plan.buffers[id.0].source, Source::Temporary) { guard } else { 0 };
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &buffers[id.0].buffer,
            offset: buffers[id.0].offset,
            size: std::num::NonZeroU64::new((len as u64 * 4).max(4)),
        })
    };
    let ins = step.ins.iter().map(|id| id.map_or_else(|| empty[0].as_entire_binding(), storage));
    let outs = step
        .outs
        .iter()
        .map(|&id| if plan.buffers[id.0].len == 0 { empty[1].as_entire_binding() } else { storage(id) });
    let params = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: &uniforms.buffer,
        offset: index as u64 * uniforms.stride,
        size: std::num::NonZeroU64::new((step.params.len() as u64).next_multiple_of(16)),
    });
    let entries: Vec<_> = std::iter::once(params)
        .chain(ins)
        .chain(outs)
        .zip(0..)
        .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource })
        .collect();
    let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(kernel.name()),
        layout: &pipeline.layout,
        entries: &entries,
    });
    Ok(Ready { pipeline, bind_group, groups, variant })
}
