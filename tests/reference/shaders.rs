//! Every shader: valid, portable, translatable, and as the Rust side describes it.

use glassbox::gpu::{Access, AnyKernel, Shader, VariantInfo};
use glassbox::ops::KERNELS;
use naga::back::{glsl, hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{Block, Module, ShaderStage, Statement, TypeInner};

use super::none;

/// Limits of WebGPU, which every variant keeps, since `check` runs each on every adapter.
const MAX_STORAGE_BUFFERS: usize = 8;
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16_384;

fn variants() -> impl Iterator<Item = (&'static dyn AnyKernel, VariantInfo)> {
    KERNELS.iter().flat_map(|&k| k.variants().into_iter().map(move |v| (k, v)))
}

/// Every program; a test of the registry finds files that are none of these.
fn programs() -> impl Iterator<Item = Shader> {
    variants().map(|(_, v)| v.shader)
}

fn validated(shader: &Shader) -> Result<(Module, ModuleInfo), String> {
    valid(shader, shader.parse().map_err(|e| e.to_string())?)
}

fn valid(shader: &Shader, module: Module) -> Result<(Module, ModuleInfo), String> {
    let info = Validator::new(ValidationFlags::all(), Capabilities::default())
        .validate(&module)
        .map_err(|e| format!("{}.wgsl: {}", shader.path, e.emit_to_string(&shader.expanded().unwrap())))?;
    Ok((module, info))
}

/// Writes the program in the language of each backend.
fn translate(
    module: &Module,
    info: &ModuleInfo,
    stage: ShaderStage,
    entry: &str,
) -> Vec<(&'static str, String)> {
    let mut failures = Vec::new();
    let spirv = spv::PipelineOptions { shader_stage: stage, entry_point: entry.into() };
    if let Err(e) = spv::write_vec(module, info, &spv::Options::default(), Some(&spirv)) {
        failures.push(("SPIR-V", e.to_string()));
    }
    let options = msl::Options { fake_missing_bindings: true, lang_version: (2, 1), ..Default::default() };
    if let Err(e) = msl::write_string(module, info, &options, &msl::PipelineOptions::default()) {
        failures.push(("MSL", e.to_string()));
    }
    let options = hlsl::Options { fake_missing_bindings: true, ..Default::default() };
    let pipeline = hlsl::PipelineOptions::default();
    let mut text = String::new();
    if let Err(e) = hlsl::Writer::new(&mut text, &options, &pipeline).write(module, info, None) {
        failures.push(("HLSL", e.to_string()));
    }
    let options = glsl::Options {
        version: glsl::Version::Embedded { version: 310, is_webgl: false },
        ..Default::default()
    };
    let pipeline = glsl::PipelineOptions { shader_stage: stage, entry_point: entry.into(), multiview: None };
    let mut text = String::new();
    let written = glsl::Writer::new(
        &mut text,
        module,
        info,
        &options,
        &pipeline,
        naga::proc::BoundsCheckPolicies::default(),
    )
    .and_then(|mut writer| writer.write());
    if let Err(e) = written {
        failures.push(("GLSL ES 3.1", e.to_string()));
    }
    failures
}

#[test]
fn every_program_is_valid_and_translates_for_every_backend() {
    let mut complaints = Vec::new();
    for shader in programs() {
        let (module, info) = match validated(&shader) {
            Ok(valid) => valid,
            Err(e) => {
                complaints.push(e);
                continue;
            }
        };
        for entry in &module.entry_points {
            for (language, why) in translate(&module, &info, entry.stage, &entry.name) {
                complaints.push(format!("{}.wgsl to {language}: {why}", shader.path));
            }
        }
    }
    none(&complaints);
}

#[test]
fn every_program_for_parts_is_valid_and_translates_for_every_backend() {
    let mut complaints = Vec::new();
    for shader in programs() {
        let parsed = glassbox::gpu::program_in_parts(&shader).map_err(|e| e.to_string()).and_then(|source| {
            // Nothing asks for the builtins of a part but the lines that make those of the whole of them.
            assert_eq!(source.matches("@builtin(num_workgroups)").count(), 0, "{}", shader.path);
            naga::front::wgsl::parse_str(&source).map_err(|e| e.emit_to_string(&source))
        });
        match parsed.and_then(|module| valid(&shader, module)) {
            Ok((module, info)) => {
                for (language, why) in translate(&module, &info, ShaderStage::Compute, "main") {
                    complaints.push(format!("{}.wgsl in parts to {language}: {why}", shader.path));
                }
            }
            Err(e) => complaints.push(format!("{}.wgsl in parts: {e}", shader.path)),
        }
    }
    none(&complaints);
}

#[test]
fn a_broken_program_is_found() {
    let broken =
        Shader { path: "none/broken", source: "@compute @workgroup_size(1) fn main() { let x = 1u + 1f; }" };
    assert!(validated(&broken).is_err());
    let unknown = Shader { path: "none/unknown", source: "#import shared/nowhere\n" };
    assert!(validated(&unknown).unwrap_err().contains("shared/nowhere"));
}

/// WGSL spelling of a scalar or vector, as in `Field::wgsl`.
fn spelling(inner: &TypeInner) -> String {
    let scalar = |s: &naga::Scalar| match s.kind {
        naga::ScalarKind::Uint => "u32",
        naga::ScalarKind::Sint => "i32",
        naga::ScalarKind::Float => "f32",
        _ => "?",
    };
    match inner {
        TypeInner::Scalar(s) => scalar(s).into(),
        TypeInner::Vector { size, scalar: s } => format!("vec{}<{}>", *size as u8, scalar(s)),
        other => format!("{other:?}"),
    }
}

#[test]
fn bindings_are_those_of_the_slots() {
    let mut complaints = Vec::new();
    for (kernel, variant) in variants() {
        let Ok(found) = variant.shader.reflect() else { continue };
        let path = variant.shader.path;
        let numbers: Vec<u32> = found.bindings.iter().map(|b| b.binding).collect();
        let slots: Vec<_> = kernel.ins().into_iter().chain(kernel.outs()).collect();
        if numbers != (0..=slots.len() as u32).collect::<Vec<_>>() {
            complaints.push(format!("{path}.wgsl binds {numbers:?} for {} slots", slots.len()));
            continue;
        }
        if found.bindings[0].access.is_some() || found.members.is_empty() {
            complaints.push(format!("{path}.wgsl: binding 0 is not the uniform block of the parameters"));
        }
        for (slot, binding) in slots.iter().zip(&found.bindings[1..]) {
            let read_only = |a| a == Access::Read;
            let same = slot.name == binding.name
                && Some(slot.dtype) == binding.dtype
                && binding.access.map(read_only) == Some(read_only(slot.access));
            if !same {
                complaints.push(format!("{path}.wgsl: {binding:?} for {slot:?}"));
            }
        }
        if slots.len() > MAX_STORAGE_BUFFERS {
            complaints.push(format!("{}: {} storage buffers", kernel.name(), slots.len()));
        }
    }
    none(&complaints);
}

#[test]
fn the_uniform_block_has_the_layout_of_the_rust_struct() {
    let mut complaints = Vec::new();
    for (kernel, variant) in variants() {
        let Ok(module) = variant.shader.parse() else { continue };
        let path = variant.shader.path;
        let block = module.global_variables.iter().find(|(_, v)| v.space == naga::AddressSpace::Uniform);
        let Some(TypeInner::Struct { members, span }) = block.map(|(_, v)| &module.types[v.ty].inner) else {
            complaints.push(format!("{path}.wgsl has no uniform struct"));
            continue;
        };
        let in_wgsl: Vec<_> = members
            .iter()
            .map(|m| {
                (m.name.clone().unwrap_or_default(), spelling(&module.types[m.ty].inner), m.offset as usize)
            })
            .collect();
        let in_rust: Vec<_> =
            kernel.fields().iter().map(|f| (f.name.to_owned(), f.wgsl.to_owned(), f.offset)).collect();
        if in_wgsl != in_rust {
            complaints.push(format!("{path}.wgsl: {in_wgsl:?}\n  Rust: {in_rust:?}"));
        }
        // The session binds the struct rounded up to 16 bytes.
        if *span as usize > kernel.params_size().next_multiple_of(16) {
            complaints.push(format!("{path}.wgsl: {span} bytes, Rust {}", kernel.params_size()));
        }
    }
    none(&complaints);
}

#[test]
fn programs_keep_the_portable_limits() {
    let mut complaints = Vec::new();
    for shader in programs() {
        let Ok(module) = shader.parse() else { continue };
        let found = shader.reflect().unwrap();
        let path = shader.path;
        if module.entry_points.len() != 1 || module.entry_points[0].name != "main" {
            complaints.push(format!("{path}.wgsl: its one entry point is not `main`"));
        }
        let invocations: u32 = found.workgroup.iter().product();
        if invocations > MAX_INVOCATIONS {
            complaints.push(format!("{path}.wgsl: {invocations} invocations a workgroup"));
        }
        if found.workgroup_bytes > MAX_WORKGROUP_BYTES {
            complaints.push(format!("{path}.wgsl: {} bytes of workgroup memory", found.workgroup_bytes));
        }
        for function in functions(&module) {
            if function.expressions.iter().any(|(_, e)| matches!(e, naga::Expression::ArrayLength(_))) {
                complaints.push(format!("{path}.wgsl asks for arrayLength: lengths come from parameters"));
            }
        }
    }
    none(&complaints);
}

fn functions(module: &Module) -> impl Iterator<Item = &naga::Function> {
    let entries = module.entry_points.iter().map(|e| &e.function);
    entries.chain(module.functions.iter().map(|(_, f)| f))
}

/// Whether a barrier comes after a `return` in program order; `returned` is carried along.
fn barrier_after_return(module: &Module, block: &Block, returned: &mut bool) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Return { .. } | Statement::Kill => {
            *returned = true;
            false
        }
        Statement::ControlBarrier(_) | Statement::WorkGroupUniformLoad { .. } => *returned,
        // A return inside a function ends that function alone.
        Statement::Call { function, .. } => {
            let mut inner = *returned;
            barrier_after_return(module, &module.functions[*function].body, &mut inner)
        }
        Statement::Block(inner) => barrier_after_return(module, inner, returned),
        Statement::If { accept, reject, .. } => {
            barrier_after_return(module, accept, returned) || barrier_after_return(module, reject, returned)
        }
        Statement::Switch { cases, .. } => {
            cases.iter().any(|case| barrier_after_return(module, &case.body, returned))
        }
        Statement::Loop { body, continuing, .. } => {
            // Twice, for a return at the end of the body before a barrier at its beginning.
            (0..2).any(|_| {
                barrier_after_return(module, body, returned)
                    || barrier_after_return(module, continuing, returned)
            })
        }
        _ => false,
    })
}

#[test]
fn no_invocation_returns_before_a_barrier() {
    let mut complaints = Vec::new();
    for shader in programs() {
        let Ok(module) = shader.parse() else { continue };
        for entry in &module.entry_points {
            if barrier_after_return(&module, &entry.function.body, &mut false) {
                complaints.push(format!("{}.wgsl: a barrier follows a return", shader.path));
            }
        }
    }
    none(&complaints);
}

#[test]
fn a_return_before_a_barrier_is_found() {
    let program = |body: &str| {
        let source = format!(
            "var<workgroup> s: array<u32, 4>;
             @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) {{ {body} }}"
        );
        naga::front::wgsl::parse_str(&source).unwrap()
    };
    let found = |body: &str| {
        let module = program(body);
        barrier_after_return(&module, &module.entry_points[0].function.body, &mut false)
    };
    assert!(found("if i > 2u { return; } s[i] = i; workgroupBarrier();"));
    assert!(found("for (var k = 0u; k < 3u; k++) { workgroupBarrier(); if i > k { return; } }"));
    assert!(!found("s[i] = i; workgroupBarrier(); if i > 2u { return; } s[0] = 1u;"));
}
