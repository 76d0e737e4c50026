//! Choice and loss of the device.

use glassbox::gpu::{AdapterChoice, Gpu, GpuError};

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
fn no_adapter_is_a_sentence_that_says_what_to_install() {
    let choice = AdapterChoice { backends: Some(wgpu::Backends::BROWSER_WEBGPU), ..AdapterChoice::default() };
    let error = Gpu::open(&choice).unwrap_err();
    assert!(matches!(error, GpuError::NoAdapter { .. }), "{error:?}");
    assert!(error.to_string().contains("install"), "{error}");
}
