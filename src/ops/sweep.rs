//! Runs a kernel's variant on one of its cases and compares it with the reference: what `check`,
//! the GPU tests and the audit stand on.

use super::philox::Rng;
use crate::gpu::{
    Access, AnyKernel, BufId, Buffer, CaseInfo, Comparison, DType, Data, Externals, Fill, GUARD, Gpu,
    GpuError, Options, Plan, Runtime, Session, Source, Step, Tolerance, compare, read_words, reference,
};

/// What stands behind each buffer and must still stand there after the kernel ran.
const SENTINEL: u32 = 0x7fc0_5afe;

/// Values of one input slot.
///
/// The stream depends on the slot alone, so that every variant gets the same inputs.
pub fn fill(fill: &Fill, dtype: DType, len: usize, slot: usize) -> Data {
    let mut rng = Rng::new(0x61a5_5b0e + slot as u64);
    let mut floats = |f: &mut dyn FnMut(usize, &mut Rng) -> f32| -> Vec<f32> {
        (0..len).map(|i| f(i, &mut rng)).collect()
    };
    let values = match fill {
        Fill::Normal(scale) => floats(&mut |_, rng| rng.normal() * scale),
        Fill::Uniform(lo, hi) => floats(&mut |_, rng| lo + (hi - lo) * rng.uniform()),
        Fill::Const(value) => vec![*value; len],
        Fill::Values(values) => values.iter().copied().cycle().take(len).collect(),
        Fill::Ids(bound) => {
            let ids: Vec<u32> = (0..len).map(|_| rng.below(*bound)).collect();
            return ids.into();
        }
        Fill::Extreme => floats(&mut |i, rng| match i % 8 {
            0 => 0.0,
            1 => -0.0,
            2 => 1e-30,
            3 => -1e-30,
            4 => 1e4,
            5 => -1e4,
            _ => rng.normal(),
        }),
    };
    match dtype {
        DType::F32 => values.into(),
        DType::U32 => values.into_iter().map(|v| v as u32).collect::<Vec<_>>().into(),
    }
}

/// Inputs of a case.
pub fn inputs(kernel: &dyn AnyKernel, case: &CaseInfo) -> Vec<Data> {
    let (lens, _) = kernel.lens(&case.params);
    let slots = kernel.ins().into_iter().zip(lens).zip(&case.fills).enumerate();
    slots.map(|(i, ((slot, len), how))| fill(how, slot.dtype, len, i)).collect()
}

/// A plan of one step over the inputs of a case.
pub fn plan(kernel: &'static dyn AnyKernel, case: &CaseInfo, inputs: &[Data]) -> Plan {
    let (_, lens) = kernel.lens(&case.params);
    let mut buffers: Vec<Buffer> = kernel
        .ins()
        .iter()
        .zip(inputs)
        .map(|(slot, data)| Buffer {
            name: slot.name.into(),
            len: data.len(),
            dtype: slot.dtype,
            source: Source::Constant(data.clone()),
        })
        .collect();
    let ins = inputs.iter().enumerate().map(|(i, d)| (!d.is_empty()).then_some(BufId(i))).collect();
    let mut outs = Vec::new();
    for (slot, len) in kernel.outs().into_iter().zip(lens) {
        outs.push(BufId(buffers.len()));
        buffers.push(Buffer { name: slot.name.into(), len, dtype: slot.dtype, source: Source::Temporary });
    }
    Plan { buffers, steps: vec![Step { kernel, params: case.params.clone(), ins, outs }] }
}

/// Outputs of a case by the reference. Depends on the kernel and the case alone, so that one run
/// serves every variant.
pub fn expected(kernel: &dyn AnyKernel, case: &CaseInfo, inputs: &[Data]) -> Vec<Vec<f64>> {
    let values: Vec<Vec<f64>> = inputs.iter().map(Data::to_f64).collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    reference::run_kernel(kernel, &case.params, &slices)
}

/// Runs one variant on the GPU and compares all outputs. Outputs are NaN before the kernel runs
/// and followed by sentinels. `inject` spoils one element after the run, to show that this fails.
pub fn run_case(
    gpu: &Gpu,
    kernel: &'static dyn AnyKernel,
    variant: usize,
    case: &CaseInfo,
    inputs: &[Data],
    expected: &[Vec<f64>],
    inject: bool,
) -> Result<Comparison, GpuError> {
    let plan = plan(kernel, case, inputs);
    let step = plan.steps[0].clone();
    let runtime = Runtime::Gpu(gpu.clone());
    let options = Options { variant: Some(variant), guard: true };
    let mut session = Session::with_options(&runtime, plan, &Externals::new(), options)?;
    for (slot, &id) in kernel.outs().iter().zip(&step.outs) {
        let len = session.plan().buffers[id.0].len;
        let before = if slot.access == Access::Update { 0 } else { f32::NAN.to_bits() };
        let mut words = vec![before; len];
        words.resize(len + GUARD, SENTINEL);
        session.write(id, bytemuck::cast_slice(&words));
    }
    gpu.scoped(|| session.run())?;
    if inject && let Some(&id) = step.outs.first() {
        let got = session.read(id)?;
        let spoiled = got.first().map_or(1.0, |v| v * 1.5 + 1.0);
        session.write(id, &spoiled.to_bits().to_le_bytes());
    }
    let mut all = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
    for ((slot, &id), want) in kernel.outs().iter().zip(&step.outs).zip(expected) {
        let len = session.plan().buffers[id.0].len;
        let buffer = session.buffer(id).expect("the session runs on the GPU");
        let words = read_words(gpu, buffer, len + GUARD)?;
        let got: Vec<f32> = match slot.dtype {
            DType::F32 => words[..len].iter().map(|&w| f32::from_bits(w)).collect(),
            DType::U32 => words[..len].iter().map(|&w| w as f32).collect(),
        };
        let tolerance = if slot.dtype == DType::U32 { Tolerance::EXACT } else { kernel.tolerance() };
        let mut one = compare(&got, want, tolerance);
        // An f32 holds 24 of the 32 bits of a packed colour; all of them have to agree.
        if slot.dtype == DType::U32
            && let Some(i) = words.iter().zip(want).position(|(&w, &e)| f64::from(w) != e)
        {
            one.ok = false;
            one.worst = format!("[{i}] is {:#010x}, reference {:#010x}", words[i], want[i] as u32);
        }
        if len > 0
            && let Some(i) = words[len..].iter().position(|&w| w != SENTINEL)
        {
            one.ok = false;
            one.worst = format!("wrote {} elements past the end", i + 1);
        }
        if !one.worst.is_empty() && kernel.outs().len() > 1 {
            one.worst = format!("{}{}", slot.name, one.worst);
        }
        all = worse(all, one);
    }
    Ok(all)
}

/// The worse of two comparisons, maxima of both.
pub fn worse(a: Comparison, b: Comparison) -> Comparison {
    let max = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) };
    let b_is_worse = (a.ok && !b.ok) || (a.ok == b.ok && !(b.max_abs <= a.max_abs));
    Comparison {
        ok: a.ok && b.ok,
        max_abs: max(a.max_abs, b.max_abs),
        max_rel: max(a.max_rel, b.max_rel),
        worst: if b_is_worse { b.worst } else { a.worst },
    }
}
