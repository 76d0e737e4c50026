//! Every kernel, variant and case on the adapter of this machine.

use glassbox::gpu::{Choice, Gpu};
use glassbox::ops::{KERNELS, sweep};

#[test]
fn every_kernel_variant_and_case_agrees_with_the_reference() {
    let gpu = Gpu::open(&Choice::default()).unwrap();
    let mut failures = Vec::new();
    for &kernel in KERNELS {
        for case in kernel.cases() {
            let inputs = sweep::inputs(kernel, &case);
            let expected = sweep::expected(kernel, &case, &inputs);
            for (variant, info) in kernel.variants().iter().enumerate() {
                if !kernel.can(variant, &case.params) {
                    continue;
                }
                let result =
                    sweep::run_case(&gpu, kernel, variant, &case, &inputs, &expected, false).unwrap();
                if !result.ok {
                    let what = format!("{}/{} {}: {}", kernel.name(), info.name, case.name, result.worst);
                    failures.push(what);
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
