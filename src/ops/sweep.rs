//! Runs a kernel's variant on one of its cases and compares it with the reference: what `check`,
//! the GPU tests and the audit stand on.

use super::philox::Rng;
use crate::gpu::{
    AnyKernel, BufId, Buffer, CaseInfo, Comparison, DType, Data, Externals, Fill, GUARD, Gpu, GpuError,
    Options, Plan, Runtime, Session, Source, Step, Tolerance, Waiting, compare, compare_output, read_words,
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

/// What stands in the outputs of a case before it runs: zeros, or for slots that keep something what the fills
/// after those of the inputs say.
pub fn before(kernel: &dyn AnyKernel, case: &CaseInfo) -> Vec<Vec<f32>> {
    let (ins, lens) = kernel.lens(&case.params);
    let mut fills = case.fills.iter().skip(ins.len());
    let outs = kernel.outs().into_iter().zip(lens).enumerate();
    outs.map(|(i, (slot, len))| match slot.access.keeps() {
        true => fills.next().map_or_else(
            || vec![0.0; len],
            |how| fill(how, slot.dtype, len, ins.len() + i).to_f64().iter().map(|&v| v as f32).collect(),
        ),
        false => vec![0.0; len],
    })
    .collect()
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
    let wide = |v: Vec<f32>| v.into_iter().map(f64::from).collect();
    let mut outs: Vec<Vec<f64>> = before(kernel, case).into_iter().map(wide).collect();
    kernel.reference(&case.params, &slices, &mut outs);
    outs
}

/// A case with its inputs and what the reference makes of them.
pub struct Prepared {
    /// The kernel.
    pub kernel: &'static dyn AnyKernel,
    /// Its case.
    pub case: CaseInfo,
    /// Values of the input slots.
    pub inputs: Vec<Data>,
    /// Outputs of the reference.
    pub expected: Vec<Vec<f64>>,
}

/// Calls `work` with every case of the kernels, in order, until it fails. The reference runs ahead
/// of it, as many cases at a time as there are cores.
pub fn for_each_case<E>(
    kernels: &[&'static dyn AnyKernel],
    mut work: impl FnMut(&Prepared) -> Result<(), E>,
) -> Result<(), E> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut cases = kernels.iter().flat_map(|&k| k.cases().into_iter().map(move |case| (k, case)));
    loop {
        let batch: Vec<Prepared> = std::thread::scope(|scope| {
            let threads: Vec<_> = cases
                .by_ref()
                .take(cores)
                .map(|(kernel, case)| {
                    scope.spawn(move || {
                        let inputs = inputs(kernel, &case);
                        let expected = expected(kernel, &case, &inputs);
                        Prepared { kernel, case, inputs, expected }
                    })
                })
                .collect();
            let join = |t: std::thread::ScopedJoinHandle<'_, Prepared>| {
                t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        if batch.is_empty() {
            return Ok(());
        }
        for prepared in &batch {
            work(prepared)?;
        }
    }
}

/// Whether infinite outputs are meant: the case says so in its name, "infinite" or "infinities".
pub fn has_infinities(case: &CaseInfo) -> bool {
    case.name.contains("infinit")
}

/// Runs the reference once more and compares with its first run: equal, nothing that is not a
/// number, and nothing infinite where the case does not mean it. `inject` spoils one element of the
/// second run.
pub fn rerun_reference(
    kernel: &dyn AnyKernel,
    case: &CaseInfo,
    inputs: &[Data],
    first: &[Vec<f64>],
    inject: bool,
) -> Comparison {
    let mut second = expected(kernel, case, inputs);
    if inject && let Some(v) = second.iter_mut().find_map(|out| out.first_mut()) {
        *v += v.abs() + 1.0;
    }
    let mut all = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
    for (got, want) in second.iter().zip(first) {
        let held: Vec<f32> = got.iter().map(|&v| v as f32).collect();
        let mut one = compare(&held, want, Tolerance::EXACT);
        let differs = |(g, w): (&f64, &f64)| g != w || (w.is_infinite() && !has_infinities(case));
        if let Some(i) = got.iter().zip(want).position(differs) {
            one.ok = false;
            one.worst = format!("[{i}] is {:e}, reference {:e}", got[i], want[i]);
        }
        all = worse(all, one);
    }
    all
}

/// How a case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// In one dispatch.
    Whole,
    /// In a few dispatches that together are the whole one, as a long step of a plan is run.
    InParts,
    /// In one dispatch, after which one element is spoiled, to show that this is found.
    Spoiled,
}

/// Runs one variant on the GPU and compares all outputs. Outputs are NaN before the kernel runs
/// and followed by sentinels.
pub fn run_case(
    gpu: &Gpu,
    kernel: &'static dyn AnyKernel,
    variant: usize,
    case: &CaseInfo,
    inputs: &[Data],
    expected: &[Vec<f64>],
    how: How,
) -> Result<Comparison, GpuError> {
    let plan = plan(kernel, case, inputs);
    let step = plan.steps[0].clone();
    let runtime = Runtime::Gpu(gpu.clone());
    let options = Options { variant: Some(variant), guard: true };
    let mut session = Session::with_options(&runtime, plan, &Externals::new(), options)?;
    for ((slot, &id), before) in kernel.outs().iter().zip(&step.outs).zip(before(kernel, case)) {
        let word = |v: f32| match (slot.access.keeps(), slot.dtype) {
            (true, DType::F32) => v.to_bits(),
            (true, DType::U32) => v as u32,
            _ => f32::NAN.to_bits(),
        };
        let len = before.len();
        let mut words: Vec<u32> = before.into_iter().map(word).collect();
        words.resize(len + GUARD, SENTINEL);
        session.write(id, bytemuck::cast_slice(&words));
    }
    match how {
        How::Whole | How::Spoiled => gpu.scoped(|| session.run())?,
        How::InParts => gpu.scoped(|| {
            let mut waiting = Waiting::new(vec![true]);
            let third = session.cost(0).millis / 3.0;
            while session.advance(&mut waiting, third, None) {}
        })?,
    }
    if how == How::Spoiled
        && let Some(&id) = step.outs.first()
    {
        let got = session.read(id)?;
        // Unlike `v * 1.5 + 1`, this has no value that it leaves as it is.
        let spoiled = got.first().map_or(1.0, |v| v.abs() + v + 1.0);
        session.write(id, &spoiled.to_bits().to_le_bytes());
    }
    let mut all = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
    let values: Vec<Vec<f64>> = inputs.iter().map(Data::to_f64).collect();
    let ins: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    for (out, ((slot, &id), want)) in kernel.outs().iter().zip(&step.outs).zip(expected).enumerate() {
        let len = session.plan().buffers[id.0].len;
        let buffer = session.buffer(id).expect("the session runs on the GPU");
        let words = read_words(gpu, &buffer.buffer, buffer.offset, len + GUARD)?;
        let got = slot.dtype.numbers(&words[..len]);
        let numbers = got.iter().map(|&v| f64::from(v));
        let mut one = compare_output((kernel, &case.params), &ins, out, numbers, want);
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
