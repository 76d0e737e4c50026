//! Compute pipelines, one for each kernel variant, made when first used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::SystemTime;

use super::error::{GpuError, scoped};
use super::kernel::Access;
use super::lock::{lock, reading, writing};
use super::plan::AnyKernel;
use super::shader::Shader;

/// A pipeline whose program may be replaced while bind groups made for it live on.
pub struct Pipeline {
    /// Layout of its only bind group.
    pub layout: wgpu::BindGroupLayout,
    pipeline_layout: wgpu::PipelineLayout,
    shader: Shader,
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

/// Pipelines by kernel and variant.
#[derive(Default)]
pub struct Pipelines(Mutex<HashMap<(&'static str, usize), Arc<Pipeline>>>);

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
    shader: Shader,
    layout: &wgpu::PipelineLayout,
) -> Result<wgpu::ComputePipeline, GpuError> {
    let source = shader.expanded()?;
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
    /// How many have been compiled.
    pub(super) fn count(&self) -> usize {
        lock(&self.0).len()
    }

    /// Whether one of a kernel has been compiled.
    pub(super) fn has(&self, kernel: &str) -> bool {
        lock(&self.0).keys().any(|(name, _)| *name == kernel)
    }

    /// The pipeline of a kernel's variant; compiled at first sight.
    pub(super) fn of(
        &self,
        device: &wgpu::Device,
        kernel: &'static dyn AnyKernel,
        variant: usize,
    ) -> Result<Arc<Pipeline>, GpuError> {
        let key = (kernel.name(), variant);
        if let Some(found) = lock(&self.0).get(&key) {
            return Ok(found.clone());
        }
        let info = kernel.variants()[variant];
        let label = format!("{}/{}", kernel.name(), info.name);
        let entry = |binding: u32, ty: wgpu::BufferBindingType| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        };
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
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(&label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let current = build(device, &label, info.shader, &pipeline_layout)?;
        let pipeline = Arc::new(Pipeline {
            layout,
            pipeline_layout,
            shader: info.shader,
            label,
            current: RwLock::new(current),
            loaded: Mutex::new(modified(info.shader)),
        });
        lock(&self.0).insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// Compiles what changed on disk; see [`Gpu::reload_shaders`](super::Gpu::reload_shaders).
    pub(super) fn reload(&self, device: &wgpu::Device) -> (Vec<String>, Vec<String>) {
        let (mut replaced, mut complaints) = (Vec::new(), Vec::new());
        if !cfg!(debug_assertions) {
            return (replaced, complaints);
        }
        let all: Vec<_> = lock(&self.0).values().cloned().collect();
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
                .map_err(GpuError::from)
                .and_then(|_| build(device, &pipeline.label, pipeline.shader, &pipeline.pipeline_layout));
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
