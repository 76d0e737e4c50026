//! `glassbox bench`: how fast the kernels are on this machine.

use std::time::{Duration, Instant};

use super::bench_pages::{self, Frames, Trained};
use super::context::{AdapterName, Context};
use super::failure::{Failure, Outcome};
use super::select;
use super::terminal::{Align, Table, bar, print, print_json, say};
use crate::exhibits::{TOPICS, pages, topic};
use crate::gpu::{AnyKernel, CaseInfo, Data, Externals, Gpu, GpuError, Options, Runtime, Session, Timing};
use crate::ops::sweep;

/// Timed submissions of each variant.
const SAMPLES: usize = 11;
/// A submission holds as many dispatches as fill this, so that submitting does not weigh in.
const SUBMISSION: Duration = Duration::from_millis(4);
/// Most dispatches in a submission.
const MAX_DISPATCHES: usize = 256;
/// The reference, which may take seconds, is sampled until this has passed, but at least three times.
const REFERENCE_BUDGET: Duration = Duration::from_secs(3);

/// Measure the kernels on this machine
///
/// Times every variant of every kernel on its large cases: the median of 11 submissions by the wall
/// clock, from submitting to the end of the work, divided by the dispatches in a submission. In the
/// table, "gpu ms" is the median by the adapter's own clock, and * marks the variant that this
/// adapter runs. Pages are measured too: every knob moved to its ends, from the move to the
/// finished picture.
#[derive(Clone, Debug, clap::Args)]
pub struct Bench {
    /// Only kernels and topics whose name contains this
    filter: Option<String>,

    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// One measured variant on one case.
#[derive(serde::Serialize)]
struct Row {
    name: &'static str,
    shape: &'static str,
    variant: &'static str,
    median_ms: f64,
    gflops: f64,
    gb_s: f64,
    /// By the adapter's own clock.
    #[serde(skip)]
    gpu_ms: Option<f64>,
    /// The variant that this adapter runs.
    #[serde(skip)]
    picked: bool,
}

impl Row {
    /// A page, which has no figures of its own kernels.
    fn page(name: &'static str, shape: &'static str, variant: &'static str, median_ms: f64) -> Self {
        let (gflops, gb_s) = (f64::NAN, f64::NAN);
        Self { name, shape, variant, median_ms, gflops, gb_s, gpu_ms: None, picked: false }
    }
}

/// The page that is measured with a photo dropped on it.
const PHOTOS: &str = "vision-explorer";

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

fn submit(gpu: &Gpu, session: &mut Session) -> Result<Duration, GpuError> {
    let start = Instant::now();
    gpu.submit(|encoder| session.encode(Some(encoder), None));
    gpu.wait()?;
    Ok(start.elapsed())
}

/// Median milliseconds of a dispatch by the wall clock and, where it has one, by the adapter's.
fn time_gpu(
    gpu: &Gpu,
    kernel: &'static dyn AnyKernel,
    variant: usize,
    case: &CaseInfo,
    inputs: &[Data],
) -> Result<(f64, Option<f64>), GpuError> {
    let runtime = Runtime::Gpu(gpu.clone());
    let options = Options { variant: Some(variant), guard: false };
    let mut plan = sweep::plan(kernel, case, inputs);
    let mut once = Session::with_options(&runtime, plan.clone(), &Externals::new(), options)?;
    // The first run compiles and uploads, the second is warm.
    gpu.scoped(|| submit(gpu, &mut once))??;
    let one = submit(gpu, &mut once)?.max(Duration::from_micros(1));
    let count = (SUBMISSION.as_secs_f64() / one.as_secs_f64()).ceil() as usize;
    let count = count.clamp(1, MAX_DISPATCHES);
    plan.steps = vec![plan.steps[0].clone(); count];
    let mut session = Session::with_options(&runtime, plan, &Externals::new(), options)?;
    submit(gpu, &mut session)?;
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        samples.push(submit(gpu, &mut session)?.as_secs_f64() * 1e3 / count as f64);
    }
    let mut gpu_ms = None;
    if let Some(mut timing) = Timing::new(gpu, count) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        session.encode(Some(&mut encoder), Some(&mut timing));
        timing.resolve(&mut encoder);
        gpu.queue.submit([encoder.finish()]);
        gpu_ms = Some(median(timing.read()?)).filter(|ms| *ms > 0.0);
    }
    Ok((median(samples), gpu_ms))
}

fn time_reference(kernel: &dyn AnyKernel, case: &CaseInfo, inputs: &[Data]) -> f64 {
    let begin = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < 3 || (samples.len() < SAMPLES && begin.elapsed() < REFERENCE_BUDGET) {
        let start = Instant::now();
        std::hint::black_box(sweep::expected(kernel, case, inputs));
        samples.push(start.elapsed().as_secs_f64() * 1e3);
    }
    median(samples)
}

/// Bytes that a dispatch must at least move: every input read once, every output written once.
fn bytes(kernel: &dyn AnyKernel, case: &CaseInfo) -> f64 {
    let (ins, outs) = kernel.lens(&case.params);
    let updated = kernel.outs().into_iter().zip(&outs);
    let again: usize = updated.filter(|(slot, _)| slot.access.keeps()).map(|(_, n)| *n).sum();
    let words: usize = ins.iter().chain(&outs).sum::<usize>() + again;
    4.0 * words as f64
}

impl Bench {
    /// Measures.
    pub fn run(&self, context: &Context) -> Outcome {
        let part = self.filter.as_deref().unwrap_or_default().to_lowercase();
        let topics: Vec<_> = TOPICS.iter().filter(|t| t.slug.contains(&part)).collect();
        let photos = PHOTOS.contains(&part);
        let opened: Vec<_> = pages().filter(|page| page.slug.contains(&part)).collect();
        let kernels = match select::matching(self.filter.as_deref()) {
            Err(_) if !opened.is_empty() => Vec::new(),
            found => found?,
        };
        let runtime = context.runtime()?;
        let jobs: Vec<_> = kernels
            .iter()
            .flat_map(|&kernel| kernel.cases().into_iter().filter(|c| c.bench).map(move |c| (kernel, c)))
            .collect();
        if jobs.is_empty() && opened.is_empty() {
            say("none of these kernels has a timed case");
        }
        let progress = bar(jobs.len());
        let mut rows = Vec::new();
        for (kernel, case) in &jobs {
            progress.set_message(format!("{} {}", kernel.name(), case.name));
            measure(&runtime, *kernel, case, &mut rows)?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        if runtime.gpu().is_some() {
            for &topic in &topics {
                let moves = bench_pages::moves(&runtime, topic)?;
                let what = "a knob moved, 1280x800";
                rows.push(Row::page(topic.slug, what, "submitted", median(moves.submitted)));
                rows.push(Row::page(topic.slug, what, "finished", median(moves.finished)));
            }
            for page in opened {
                let first = bench_pages::opened(&runtime, page)?;
                rows.push(Row::page(page.slug, "opened from home, 1280x800", "finished", first));
                let Frames { still, sliding, gliding } = bench_pages::frames(&runtime, page)?;
                for (what, times) in [
                    ("a frame, 1280x800", still),
                    ("a frame, window sliding", sliding),
                    ("a frame, preset gliding", gliding),
                ] {
                    if !times.is_empty() {
                        rows.push(Row::page(page.slug, what, "finished", median(times)));
                    }
                }
            }
            for topic in topics {
                let Some(Trained { frames, seconds, scrubbed }) = bench_pages::trained(&runtime, topic)?
                else {
                    continue;
                };
                let slowest = scrubbed.iter().copied().fold(0.0, f64::max);
                for (what, ms) in [
                    ("a frame, training", median(frames)),
                    ("the planned training", seconds * 1e3),
                    ("sought step, the slowest", slowest),
                ] {
                    rows.push(Row::page(topic.slug, what, "finished", ms));
                }
            }
            if let Some(page) = topic(PHOTOS).filter(|_| photos) {
                let times = bench_pages::photos(&runtime, page)?;
                rows.push(Row::page(PHOTOS, "a photo dropped, 1280x800", "finished", median(times)));
            }
        }
        if self.json {
            print_json(&rows)
        } else {
            print(&text(&rows, &AdapterName::of_runtime(&runtime), context.color.on_stdout()))
        }
    }
}

fn measure(
    runtime: &Runtime,
    kernel: &'static dyn AnyKernel,
    case: &CaseInfo,
    rows: &mut Vec<Row>,
) -> Result<(), Failure> {
    let inputs = sweep::inputs(kernel, case);
    let mut add = |variant, picked, median_ms: f64, gpu_ms| {
        rows.push(Row {
            name: kernel.name(),
            shape: case.name,
            variant,
            median_ms,
            gflops: kernel.flops(&case.params) / median_ms / 1e6,
            gb_s: bytes(kernel, case) / median_ms / 1e6,
            gpu_ms,
            picked,
        });
    };
    let Runtime::Gpu(gpu) = runtime else {
        add("reference", true, time_reference(kernel, case, &inputs), None);
        return Ok(());
    };
    let pick = kernel.pick(&case.params, &gpu.profile);
    for (variant, info) in kernel.variants().iter().enumerate() {
        if kernel.can(variant, &case.params) {
            let (median_ms, gpu_ms) = time_gpu(gpu, kernel, variant, case, &inputs)?;
            add(info.name, variant == pick, median_ms, gpu_ms);
        }
    }
    Ok(())
}

/// Three significant digits.
fn digits(x: f64) -> String {
    if x.is_nan() {
        return "-".into();
    }
    let decimals = if x >= 100.0 {
        0
    } else if x >= 10.0 {
        1
    } else if x >= 1.0 {
        2
    } else {
        4
    };
    format!("{x:.decimals$}")
}

fn text(rows: &[Row], adapter: &AdapterName, color: bool) -> String {
    let mut table = Table::new(&[
        ("kernel", Align::Left),
        ("shape", Align::Left),
        ("", Align::Left),
        ("variant", Align::Left),
        ("ms", Align::Right),
        ("gpu ms", Align::Right),
        ("GFLOP/s", Align::Right),
        ("GB/s", Align::Right),
    ]);
    for row in rows {
        table.row(
            vec![
                row.name.into(),
                row.shape.into(),
                if row.picked { "*".into() } else { String::new() },
                row.variant.into(),
                digits(row.median_ms),
                row.gpu_ms.map_or_else(|| "-".into(), digits),
                digits(row.gflops),
                digits(row.gb_s),
            ],
            None,
        );
    }
    format!("{}\n* is what runs on {adapter}\n", table.render(color))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_sample() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!([0.01234, 1.2345, 12.345, 1234.5].map(digits), ["0.0123", "1.23", "12.3", "1234"]);
    }
}
