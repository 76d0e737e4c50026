//! The cases of every kernel make sense, and the reference answers them.

use glassbox::gpu::{Access, DType, Fill};
use glassbox::ops::{KERNELS, sweep};

use super::none;

/// Most workgroups on an axis, on every adapter.
const MAX_GROUPS: u32 = 65_535;

#[test]
fn every_kernel_has_cases_a_formula_and_an_output() {
    let mut complaints = Vec::new();
    for kernel in KERNELS {
        let name = kernel.name();
        if kernel.cases().is_empty() {
            complaints.push(format!("{name} has no cases"));
        }
        if kernel.about().is_empty() {
            complaints.push(format!("{name} says nothing about itself"));
        }
        if kernel.outs().is_empty() || kernel.outs().iter().any(|o| o.access == Access::Read) {
            complaints.push(format!("{name}: outputs {:?}", kernel.outs()));
        }
        if kernel.ins().iter().any(|i| i.access != Access::Read) {
            complaints.push(format!("{name}: inputs {:?}", kernel.ins()));
        }
        let tolerance = kernel.tolerance();
        // A tolerance as large as the numbers themselves would let anything pass.
        if !(0.0..0.1).contains(&tolerance.abs) || !(0.0..0.1).contains(&tolerance.rel) {
            complaints.push(format!("{name}: {tolerance:?}"));
        }
    }
    none(&complaints);
}

#[test]
fn every_kernel_has_a_case_with_few_elements() {
    let complaints: Vec<_> = KERNELS
        .iter()
        .filter(|kernel| {
            let few = |lens: Vec<usize>| (1..=64).contains(&lens.iter().sum::<usize>());
            !kernel.cases().iter().map(|c| kernel.lens(&c.params)).any(|(ins, outs)| few(ins) || few(outs))
        })
        .map(|kernel| format!("{}: no case with at most 64 elements going in or out", kernel.name()))
        .collect();
    none(&complaints);
}

#[test]
fn fills_lengths_and_workgroups_are_consistent() {
    let mut complaints = Vec::new();
    for &kernel in KERNELS {
        for case in kernel.cases() {
            let mut complain =
                |what: String| complaints.push(format!("{} {}: {what}", kernel.name(), case.name));
            let (ins, outs) = kernel.lens(&case.params);
            if case.params.len() != kernel.params_size() {
                complain(format!("{} bytes of parameters", case.params.len()));
            }
            let updates = kernel.outs().iter().filter(|o| o.access.keeps()).count();
            if !(ins.len()..=ins.len() + updates).contains(&case.fills.len()) {
                complain(format!("{} fills for {} inputs", case.fills.len(), ins.len()));
                continue;
            }
            if outs.iter().all(|&n| n == 0) {
                complain("no output has an element".into());
            }
            for (slot, fill) in kernel.ins().iter().zip(&case.fills) {
                let fits = match (slot.dtype, fill) {
                    (DType::F32, Fill::Ids(_)) | (DType::U32, Fill::Normal(_) | Fill::Extreme) => false,
                    (_, Fill::Ids(bound)) => *bound > 0,
                    (_, Fill::Values(values)) => !values.is_empty(),
                    _ => true,
                };
                if !fits {
                    complain(format!("{:?} {} filled with {fill:?}", slot.dtype, slot.name));
                }
            }
            if !kernel.can(0, &case.params) {
                complain("the plain variant cannot run it".into());
            }
            for (variant, info) in kernel.variants().iter().enumerate() {
                let groups = kernel.groups(variant, &case.params);
                if kernel.can(variant, &case.params) && groups.iter().any(|g| !(1..=MAX_GROUPS).contains(g)) {
                    complain(format!("{} dispatches {groups:?} workgroups", info.name));
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn every_variant_has_a_case_that_it_runs() {
    let mut complaints = Vec::new();
    for kernel in KERNELS {
        let cases = kernel.cases();
        for (variant, info) in kernel.variants().iter().enumerate() {
            if !cases.iter().any(|case| kernel.can(variant, &case.params)) {
                complaints.push(format!("no case of {} runs {}", kernel.name(), info.name));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_reference_answers_every_case_with_finite_numbers_and_not_only_zeros() {
    let mut complaints = Vec::new();
    let mut zeros: Vec<&str> = KERNELS.iter().map(|k| k.name()).collect();
    let done: Result<(), ()> = sweep::for_each_case(KERNELS, |job| {
        let (_, lens) = job.kernel.lens(&job.case.params);
        let name = job.kernel.name();
        for ((out, len), slot) in job.expected.iter().zip(lens).zip(job.kernel.outs()) {
            let place = format!("{name} {}, {}", job.case.name, slot.name);
            if out.len() != len {
                complaints.push(format!("{place}: {} elements instead of {len}", out.len()));
            }
            let allowed = |v: f64| v.is_finite() || (v.is_infinite() && sweep::has_infinities(&job.case));
            if let Some(i) = out.iter().position(|&v| !allowed(v)) {
                complaints.push(format!("{place}[{i}] is {}", out[i]));
            }
            if slot.dtype == DType::U32
                && let Some(i) =
                    out.iter().position(|&v| v.fract() != 0.0 || !(0.0..4_294_967_296.0).contains(&v))
            {
                complaints.push(format!("{place}[{i}] is {}, which is no u32", out[i]));
            }
            if out.iter().any(|&v| v != 0.0) {
                zeros.retain(|z| *z != name);
            }
        }
        Ok(())
    });
    assert_eq!(done, Ok(()));
    complaints.extend(zeros.iter().map(|name| format!("{name}: the reference writes only zeros")));
    none(&complaints);
}

#[test]
fn traces_read_inside_the_inputs() {
    let mut complaints = Vec::new();
    for &kernel in KERNELS {
        for case in kernel.cases().iter().filter(|c| !c.bench) {
            let inputs = sweep::inputs(kernel, case);
            let values: Vec<Vec<f32>> =
                inputs.iter().map(|d| d.to_f64().iter().map(|&v| v as f32).collect()).collect();
            let slices: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
            for (out, len) in kernel.lens(&case.params).1.into_iter().enumerate() {
                for index in [0, len / 2, len.saturating_sub(1)].into_iter().filter(|&i| i < len) {
                    let Some(trace) = kernel.trace(&case.params, &slices, out, index) else { continue };
                    let outside =
                        |&&(slot, i): &&(usize, usize)| i >= slices.get(slot).map_or(0, |s| s.len());
                    let place = format!("{} {}, output {out} [{index}]", kernel.name(), case.name);
                    if let Some((slot, i)) = trace.reads.iter().find(outside) {
                        complaints.push(format!("{place} reads input {slot} [{i}]"));
                    }
                    if trace.lines.iter().all(|line| line.trim().is_empty()) {
                        complaints.push(format!("{place} has no arithmetic"));
                    }
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_arithmetic_of_convolutions_ends_in_their_values() {
    let mut complaints = Vec::new();
    let convolves = |name: &str| ["conv2d", "conv3d", "conv_transpose"].contains(&name);
    for &kernel in KERNELS.iter().filter(|kernel| convolves(kernel.name())) {
        for case in kernel.cases().iter().filter(|c| !c.bench && c.name != "extreme values") {
            let inputs = sweep::inputs(kernel, case);
            let expected = sweep::expected(kernel, case, &inputs);
            let values: Vec<Vec<f32>> =
                inputs.iter().map(|d| d.to_f64().iter().map(|&v| v as f32).collect()).collect();
            let slices: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
            let outs = &expected[0];
            for index in [0, outs.len() / 3, outs.len() / 2, outs.len() - 1] {
                let trace = kernel.trace(&case.params, &slices, 0, index).expect("it explains itself");
                let last = trace.lines.last().and_then(|line| line.split_whitespace().last());
                let shown = last.and_then(|word| word.replace('−', "-").parse::<f64>().ok());
                // Three decimals, or three digits.
                let near = |x: f64| (x - outs[index]).abs() <= 6e-4 + 6e-3 * outs[index].abs();
                if !shown.is_some_and(near) {
                    complaints.push(format!(
                        "{} {}, [{index}] is {}: {:?}",
                        kernel.name(),
                        case.name,
                        outs[index],
                        trace.lines
                    ));
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_reference_run_twice_is_equal_and_a_spoiled_element_is_found() {
    for &kernel in KERNELS {
        let cases = kernel.cases();
        let case = cases.iter().find(|c| !c.bench).unwrap();
        let inputs = sweep::inputs(kernel, case);
        let expected = sweep::expected(kernel, case, &inputs);
        let rerun = |inject| sweep::rerun_reference(kernel, case, &inputs, &expected, inject);
        assert!(rerun(false).ok, "{} {}: {}", kernel.name(), case.name, rerun(false).worst);
        assert!(!rerun(true).ok, "{} {}", kernel.name(), case.name);
    }
}
