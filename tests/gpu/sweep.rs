//! Every kernel, variant and case against the reference.

use glassbox::gpu::{AdapterChoice, CaseInfo, Gpu, GpuError};
use glassbox::ops::sweep::How;
use glassbox::ops::{KERNELS, sweep};

/// Runs all cases, or all but the timed ones, and lists everything that differs.
fn failures(gpu: &Gpu, timed: bool) -> Vec<String> {
    let mut failures = Vec::new();
    let done = sweep::for_each_case(KERNELS, |job| -> Result<(), GpuError> {
        let (kernel, case) = (job.kernel, &job.case);
        if case.bench && !timed {
            return Ok(());
        }
        for (variant, info) in kernel.variants().iter().enumerate() {
            if !kernel.can(variant, &case.params) {
                continue;
            }
            let place = format!("{}/{} {}", kernel.name(), info.name, case.name);
            match sweep::run_case(gpu, kernel, variant, case, &job.inputs, &job.expected, How::Whole) {
                Ok(result) if result.ok => {}
                Ok(result) => failures.push(format!("{place}: {}", result.worst)),
                Err(e) if gpu.is_lost() => return Err(e),
                Err(e) => failures.push(format!("{place}: {e}")),
            }
        }
        Ok(())
    });
    failures.extend(done.err().map(|e| e.to_string()));
    failures.extend(gpu.take_errors());
    failures
}

#[test]
fn every_kernel_variant_and_case_agrees_with_the_reference() {
    let Some(gpu) = super::open() else { return };
    let failures = failures(&gpu, true);
    assert!(failures.is_empty(), "{gpu:?}\n{}", failures.join("\n"));
}

#[test]
fn every_kernel_agrees_on_gl_where_there_is_gl() {
    let choice = AdapterChoice { backends: Some(wgpu::Backends::GL), ..AdapterChoice::default() };
    let gpu = match Gpu::open(&choice) {
        Ok(gpu) => gpu,
        Err(e) => return super::say(&format!("GL is not checked: {e}")),
    };
    let failures = failures(&gpu, false);
    assert!(failures.is_empty(), "{gpu:?}\n{}", failures.join("\n"));
}

/// The program for parts is another text, so that each shape of dispatch is run: along each axis, folded, with barriers.
#[test]
fn a_dispatch_in_parts_computes_what_the_whole_does() {
    let Some(gpu) = super::open() else { return };
    let mut failures = Vec::new();
    let mut run = 0;
    for &kernel in KERNELS {
        // The variant that runs here, on a case that has something to be cut.
        let cut = |case: &CaseInfo| {
            let variant = kernel.pick(&case.params, &gpu.profile);
            let groups = kernel.groups(variant, &case.params).into_iter().max();
            !case.bench && groups.is_some_and(|groups| groups > 1)
        };
        let Some(case) = kernel.cases().into_iter().find(cut) else { continue };
        let inputs = sweep::inputs(kernel, &case);
        let expected = sweep::expected(kernel, &case, &inputs);
        let variant = kernel.pick(&case.params, &gpu.profile);
        let result = sweep::run_case(&gpu, kernel, variant, &case, &inputs, &expected, How::InParts);
        match result {
            Ok(result) if result.ok => run += 1,
            Ok(result) => failures.push(format!("{} {}: {}", kernel.name(), case.name, result.worst)),
            Err(e) => failures.push(format!("{} {}: {e}", kernel.name(), case.name)),
        }
    }
    failures.extend(gpu.take_errors());
    assert!(failures.is_empty(), "{gpu:?}\n{}", failures.join("\n"));
    assert!(run >= 40, "only {run} kernels have a case of several workgroups");
}

#[test]
fn one_spoiled_element_fails_for_every_kernel() {
    let Some(gpu) = super::shared() else { return };
    let mut passed = Vec::new();
    for &kernel in KERNELS {
        let cases = kernel.cases();
        let case = cases.iter().find(|c| !c.bench).unwrap();
        let inputs = sweep::inputs(kernel, case);
        let expected = sweep::expected(kernel, case, &inputs);
        let result = sweep::run_case(gpu, kernel, 0, case, &inputs, &expected, How::Spoiled).unwrap();
        if result.ok || result.worst.is_empty() {
            passed.push(format!("{} {}", kernel.name(), case.name));
        }
    }
    assert!(passed.is_empty(), "passed though spoiled: {passed:?}");
}
