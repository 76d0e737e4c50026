//! Compute pipelines, one for each kernel variant, made when first used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::SystemTime;

use super::error::{GpuError, scoped};
use super::kernel::Access;
use super::lock::{lock, reading, writing};
use super::parts;
use super::plan::AnyKernel;
use super::shader::{Shader, ShaderError};

/// A pipeline whose program may be replaced while bind groups made for it live on.
pub struct Pipeline {
    /// Layout of the bind group of a step.
    pub layout: wgpu::BindGroupLayout,
    pipeline_layout: wgpu::PipelineLayout,
    shader: Shader,
    form: Form,
    label: String,
    current: RwLock<wgpu::ComputePipeline>,
    loaded: Mutex<Option<SystemTime>>,
}

impl Pipeline {
    /// The program to run now.
    pub fn current(&self) -> wgpu::ComputePipeline {
        reading(&self.current).clone()
    }
}

/// How a dispatch comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// In one piece.
    Whole,
    /// In [parts](super::parts).
    Parts,
}

impl Form {
    fn program(self, shader: &Shader) -> Result<String, ShaderError> {
        match self {
            Self::Whole => shader.expanded(),
            Self::Parts => parts::program(shader),
        }
    }
}

/// Kernel, variant and form.
type Key = (&'static str, usize, Form);

/// Pipelines, each made once.
pub struct Pipelines {
    made: Mutex<HashMap<Key, Arc<Pipeline>>>,
    /// Why others cannot be made: they are not tried again in each frame.
    refused: Mutex<HashMap<Key, String>>,
    part: PartTold,
}

/// Where programs for parts find which part they are to compute. One is enough: a submission has at most one
/// part, and slices are recorded and submitted one after the other.
pub struct PartTold {
    buffer: wgpu::Buffer,
    layout: wgpu::BindGroupLayout,
    /// The second bind group of such a dispatch.
    pub bind_group: wgpu::BindGroup,
}

impl PartTold {
    fn new(device: &wgpu::Device) -> Self {
        let label = Some("part of a dispatch");
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label,
            size: parts::BYTES,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let entries = [entry(0, wgpu::BufferBindingType::Uniform)];
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
        let entries = [wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }];
        let descriptor = wgpu::BindGroupDescriptor { label, layout: &layout, entries: &entries };
        let bind_group = device.create_bind_group(&descriptor);
        Self { buffer, layout, bind_group }
    }

    /// Says which part of a dispatch of `groups` the next submission computes.
    pub fn tell(&self, queue: &wgpu::Queue, first: [u32; 3], groups: [u32; 3]) {
        queue.write_buffer(&self.buffer, 0, &parts::bytes(first, groups));
    }
}

fn entry(binding: u32, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

/// `GLASSBOX_SHADER_CHECKS=1` keeps naga's bounds checks and loop bounds in every shader.
fn checked() -> bool {
    std::env::var_os("GLASSBOX_SHADER_CHECKS").is_some_and(|v| v != "0")
}

/// Compiles a program. Lengths and indices follow from shape rules that are tested for every
/// kernel, and loops end by construction, so naga's guards are left out unless asked for: the loop
/// guard alone has been measured to cost a multiple.
fn compile(device: &wgpu::Device, label: &str, source: String) -> wgpu::ShaderModule {
    let descriptor =
        wgpu::ShaderModuleDescriptor { label: Some(label), source: wgpu::ShaderSource::Wgsl(source.into()) };
    if checked() {
        return device.create_shader_module(descriptor);
    }
    #[expect(unsafe_code, reason = "the one place that asks for trusted shaders; see above")]
    // SAFETY: only the project's own embedded shaders come here, and the sweep over all kernels
    // shows that none writes outside its buffers.
    unsafe {
        device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked())
    }
}

fn build(
    device: &wgpu::Device,
    label: &str,
    source: String,
    layout: &wgpu::PipelineLayout,
) -> Result<wgpu::ComputePipeline, GpuError> {
    scoped(device, || {
        let module = compile(device, label, source);
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: None,
        })
    })
}

impl Pipelines {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self { made: Mutex::default(), refused: Mutex::default(), part: PartTold::new(device) }
    }

    /// Which part of a dispatch is to be computed.
    pub(super) fn part(&self) -> &PartTold {
        &self.part
    }

    /// How many have been compiled.
    pub(super) fn count(&self) -> usize {
        lock(&self.made).len()
    }

    /// Whether one of a kernel has been compiled, of a variant if one is asked for.
    pub(super) fn has(&self, kernel: &str, variant: Option<usize>) -> bool {
        let is_it = |of: usize| variant.is_none_or(|variant| variant == of);
        lock(&self.made).keys().any(|(name, of, form)| *name == kernel && is_it(*of) && *form == Form::Whole)
    }

    /// The pipeline of a kernel's variant in a form; compiled at first sight.
    pub(super) fn of(
        &self,
        device: &wgpu::Device,
        kernel: &'static dyn AnyKernel,
        variant: usize,
        form: Form,
    ) -> Result<Arc<Pipeline>, GpuError> {
        let key = (kernel.name(), variant, form);
        if let Some(found) = lock(&self.made).get(&key) {
            return Ok(found.clone());
        }
        if let Some(reason) = lock(&self.refused).get(&key) {
            return Err(GpuError::Validation(reason.clone()));
        }
        let info = kernel.variants()[variant];
        let in_parts = if form == Form::Parts { " in parts" } else { "" };
        let label = format!("{}/{}{in_parts}", kernel.name(), info.name);
        let slots = kernel.ins().into_iter().chain(kernel.outs());
        let storage = slots.zip(1..).map(|(slot, binding)| {
            let read_only = slot.access == Access::Read;
            entry(binding, wgpu::BufferBindingType::Storage { read_only })
        });
        let entries: Vec<_> =
            std::iter::once(entry(0, wgpu::BufferBindingType::Uniform)).chain(storage).collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(&label),
            entries: &entries,
        });
        let (whole, parts) = ([Some(&layout)], [Some(&layout), Some(&self.part.layout)]);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(&label),
            bind_group_layouts: match form {
                Form::Whole => &whole[..],
                Form::Parts => &parts[..],
            },
            immediate_size: 0,
        });
        let current = build(device, &label, form.program(&info.shader)?, &pipeline_layout);
        let current =
            current.inspect_err(|error| drop(lock(&self.refused).insert(key, error.to_string())))?;
        let pipeline = Arc::new(Pipeline {
            layout,
            pipeline_layout,
            shader: info.shader,
            form,
            label,
            current: RwLock::new(current),
            loaded: Mutex::new(modified(info.shader)),
        });
        lock(&self.made).insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// Compiles what changed on disk; see [`Gpu::reload_shaders`](super::Gpu::reload_shaders).
    pub(super) fn reload(&self, device: &wgpu::Device) -> (Vec<String>, Vec<String>) {
        let (mut replaced, mut complaints) = (Vec::new(), Vec::new());
        lock(&self.refused).clear();
        if !cfg!(debug_assertions) {
            return (replaced, complaints);
        }
        let all: Vec<_> = lock(&self.made).values().cloned().collect();
        for pipeline in all {
            let now = modified(pipeline.shader);
            if now.is_none() || *lock(&pipeline.loaded) == now {
                continue;
            }
            *lock(&pipeline.loaded) = now;
            // Parsing first gives the better message, with the place.
            let built = pipeline
                .shader
                .parse()
                .and_then(|_| pipeline.form.program(&pipeline.shader))
                .map_err(GpuError::from)
                .and_then(|source| build(device, &pipeline.label, source, &pipeline.pipeline_layout));
            match built {
                Ok(new) => {
                    *writing(&pipeline.current) = new;
                    replaced.push(pipeline.label.clone());
                }
                Err(e) => complaints.push(format!("{}: {e}", pipeline.label)),
            }
        }
        (replaced, complaints)
    }
}

fn modified(shader: Shader) -> Option<SystemTime> {
    if !cfg!(debug_assertions) {
        return None;
    }
    std::fs::metadata(shader.disk_path()).and_then(|m| m.modified()).ok()
}
