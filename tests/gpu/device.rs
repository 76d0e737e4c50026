//! Choice and loss of the device.

use glassbox::gpu::{
    AdapterChoice, Backward, DType, Externals, Gpu, GpuError, Kernel, Plan, Runtime, Session, Shader, Slot,
    Tolerance, Variant, always, anywhere,
};
use glassbox::params;

#[test]
fn a_destroyed_device_counts_as_lost_and_the_next_one_works() {
    let Some(gpu) = super::open() else { return };
    assert!(!gpu.is_lost());
    gpu.wait().unwrap();
    gpu.device.destroy();
    let error = gpu.wait().unwrap_err();
    assert!(matches!(error, GpuError::Lost(_)), "{error}");
    assert!(gpu.is_lost());
    assert!(gpu.loss().is_some_and(|why| !why.is_empty()));

    let next = super::open().unwrap();
    assert!(next.generation > gpu.generation);
    assert!(!next.is_lost());
    next.wait().unwrap();
}

#[test]
fn an_unknown_name_lists_the_adapters_that_there_are() {
    let Some(gpu) = super::shared() else { return };
    let choice = AdapterChoice { adapter: Some("no such adapter".into()), ..AdapterChoice::default() };
    let error = Gpu::open(&choice).unwrap_err();
    assert!(matches!(error, GpuError::NoSuchAdapter { .. }), "{error:?}");
    assert!(error.to_string().contains(&gpu.info.name));
}

#[test]
fn an_adapter_is_found_by_a_part_of_its_name_in_any_case() {
    let Some(gpu) = super::shared() else { return };
    let part: String = gpu.info.name.to_uppercase().chars().take(4).collect();
    let choice = AdapterChoice { adapter: Some(part), ..AdapterChoice::default() };
    assert!(Gpu::open(&choice).is_ok());
}

#[test]
fn nothing_is_read_once_the_driver_has_objected() {
    let Some(gpu) = super::open() else { return };
    let mut plan = Plan::new();
    let x = plan.constant("x", &[4], vec![1.0_f32, 2.0, 3.0, 4.0]);
    let session = Session::new(&Runtime::Gpu(gpu.clone()), plan, &Externals::new()).unwrap();
    assert_eq!(session.read(x.buf).unwrap(), [1.0, 2.0, 3.0, 4.0]);
    // Nobody asks what is wrong with this one.
    let refused = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("both"),
        size: 16,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    drop(refused);
    let error = session.read(x.buf).unwrap_err().to_string();
    assert!(error.contains("'both'") && error.lines().count() == 1, "{error}");
    assert_eq!(gpu.take_errors().len(), 1);
    assert_eq!(session.read(x.buf).unwrap(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_program_that_cannot_be_built_is_named_with_what_to_choose_instead() {
    params!(Size { len: u32 });
    static KERNEL: Kernel<Size> = Kernel {
        name: "unbuildable",
        about: "asks for more invocations than any adapter has",
        ins: &[],
        outs: &[Slot::output("y", |_| 1)],
        reference: |_, _, _| {},
        backward: Backward::None("it is never run"),
        trace: None,
        variants: &[Variant {
            name: "plain",
            shader: Shader {
                path: "none/unbuildable",
                source: "struct Params { len: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(65536) fn main() { y[0] = f32(p.len); }",
            },
            groups: |_| [1, 1, 1],
            fits: anywhere,
            can: always,
        }],
        cases: Vec::new,
        tolerance: Tolerance::EXACT,
        flops: |_| 1.0,
    };
    let Some(gpu) = super::open() else { return };
    let mut plan = Plan::new();
    let y = plan.temporary("y", &[1], DType::F32);
    plan.push(&KERNEL, Size { len: 1 }, &[], &[&y]);
    for _ in 0..2 {
        let Err(error) = Session::new(&Runtime::Gpu(gpu.clone()), plan.clone(), &Externals::new()) else {
            panic!("65536 invocations a workgroup were taken");
        };
        let text = error.to_string();
        assert!(matches!(error, GpuError::Program { .. }), "{text}");
        let told = ["unbuildable/plain", &gpu.info.name, "`--backend "];
        assert!(told.iter().all(|told| text.contains(told)) && text.lines().count() == 1, "{text}");
    }
    assert_eq!(gpu.take_errors(), Vec::<String>::new());
}

#[test]
fn no_adapter_is_a_sentence_that_says_what_to_install() {
    let choice = AdapterChoice { backends: Some(wgpu::Backends::BROWSER_WEBGPU), ..AdapterChoice::default() };
    let error = Gpu::open(&choice).unwrap_err();
    assert!(matches!(error, GpuError::NoAdapter { .. }), "{error:?}");
    assert!(error.to_string().contains("install"), "{error}");
}
