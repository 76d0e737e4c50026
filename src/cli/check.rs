//! `glassbox check`: every kernel, variant and case against the reference.

use super::context::{AdapterName, Context};
use super::failure::{Failure, Outcome};
use super::terminal::{Align, BAD, Table, bar, print, print_json, styled};
use super::{select, terminal};
use crate::gpu::{AnyKernel, Comparison, Gpu, GpuError, Runtime};
use crate::ops::sweep::{self, How, Prepared};

/// Check every kernel against the CPU reference
///
/// Runs every variant of every kernel on the cases written next to it and compares each element
/// with the reference in 64-bit floats. With `--backend reference` there is no adapter to compare:
/// the reference runs twice, and both runs must be equal and finite.
#[derive(Clone, Debug, clap::Args)]
pub struct Check {
    /// Only kernels whose name contains this
    filter: Option<String>,

    /// Print one JSON document
    #[arg(long)]
    json: bool,

    /// Spoil one output element of this kernel, to show that the check can fail
    #[arg(long, value_name = "KERNEL")]
    inject: Option<String>,
}

#[derive(serde::Serialize)]
struct Report {
    adapter: AdapterName,
    cases: usize,
    failed: usize,
    kernels: Vec<Row>,
}

/// All cases of one variant of a kernel.
#[derive(serde::Serialize)]
struct Row {
    name: &'static str,
    variant: &'static str,
    cases: usize,
    max_abs: f64,
    max_rel: f64,
    worst: String,
    #[serde(skip)]
    result: Comparison,
    #[serde(skip)]
    failures: Vec<String>,
}

impl Row {
    fn new(name: &'static str, variant: &'static str) -> Self {
        let result = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
        let (max_abs, max_rel, worst, failures) = (0.0, 0.0, String::new(), Vec::new());
        Self { name, variant, cases: 0, max_abs, max_rel, worst, result, failures }
    }

    fn add(&mut self, case: &str, mut one: Comparison) {
        self.cases += 1;
        if !one.worst.is_empty() {
            one.worst = format!("{case}: {}", one.worst);
        }
        if !one.ok {
            self.failures.push(one.worst.clone());
        }
        self.result = sweep::worse(self.result.clone(), one);
        (self.max_abs, self.max_rel) = (self.result.max_abs, self.result.max_rel);
        self.worst.clone_from(&self.result.worst);
    }
}

/// A run that the adapter refused, as a failed comparison.
fn refused(error: &GpuError) -> Comparison {
    Comparison { ok: false, max_abs: f64::NAN, max_rel: f64::NAN, worst: error.to_string() }
}

/// Names of what runs for a kernel: its variants, or the reference alone.
fn variants(runtime: &Runtime, kernel: &dyn AnyKernel) -> Vec<&'static str> {
    match runtime {
        Runtime::Gpu(_) => kernel.variants().iter().map(|v| v.name).collect(),
        Runtime::Reference => vec!["reference"],
    }
}

/// Runs one variant on one case.
fn run(runtime: &Runtime, job: &Prepared, variant: usize, inject: bool) -> Result<Comparison, GpuError> {
    let Prepared { kernel, case, inputs, expected } = job;
    let how = if inject { How::Spoiled } else { How::Whole };
    match runtime {
        Runtime::Gpu(gpu) => match sweep::run_case(gpu, *kernel, variant, case, inputs, expected, how) {
            Err(e) if gpu.is_lost() || matches!(e, GpuError::Lost(_)) => Err(e),
            Err(e) => Ok(refused(&e)),
            Ok(result) => Ok(result),
        },
        Runtime::Reference => Ok(sweep::rerun_reference(*kernel, case, inputs, expected, inject)),
    }
}

impl Check {
    /// Runs the check.
    pub fn run(&self, context: &Context) -> Outcome {
        let kernels = select::matching(self.filter.as_deref())?;
        let mut inject = self.inject.as_deref().map(select::exact).transpose()?.map(AnyKernel::name);
        if let Some(name) = inject.filter(|name| kernels.iter().all(|k| k.name() != *name)) {
            let filter = self.filter.as_deref().unwrap_or_default();
            let why = format!("--inject {name} has no effect, since \"{filter}\" leaves that kernel out");
            return Err(Failure::Usage(why));
        }
        let runtime = context.runtime()?;

        let progress = bar(kernels.iter().map(|k| k.cases().len()).sum());
        let mut rows: Vec<Row> = Vec::new();
        sweep::for_each_case(&kernels, |job| -> Result<(), GpuError> {
            let (kernel, case) = (job.kernel, &job.case);
            progress.set_message(kernel.name());
            for (variant, name) in variants(&runtime, kernel).into_iter().enumerate() {
                if runtime.gpu().is_some() && !kernel.can(variant, &case.params) {
                    continue;
                }
                let spoil = inject.take_if(|name| *name == kernel.name()).is_some();
                let result = run(&runtime, job, variant, spoil)?;
                let known = rows.iter().position(|r| r.name == kernel.name() && r.variant == name);
                let at = known.unwrap_or_else(|| {
                    rows.push(Row::new(kernel.name(), name));
                    rows.len() - 1
                });
                rows[at].add(case.name, result);
            }
            progress.inc(1);
            Ok(())
        })?;
        progress.finish_and_clear();

        let report = Report {
            adapter: AdapterName::of_runtime(&runtime),
            cases: rows.iter().map(|r| r.cases).sum(),
            failed: rows.iter().map(|r| r.failures.len()).sum(),
            kernels: rows,
        };
        if self.json {
            print_json(&report)?;
        } else {
            print(&text(&report, context.color.on_stdout()))?;
        }
        // What the driver complained about outside any comparison.
        let complaints = runtime.gpu().map_or_else(Vec::new, Gpu::take_errors);
        match (report.failed, complaints.first()) {
            (0, None) => Ok(()),
            (0, Some(complaint)) => Err(Failure::Check(format!("the driver complained: {complaint}"))),
            (n, _) => Err(Failure::Check(format!("{n} of {} cases differ from the reference", report.cases))),
        }
    }
}

fn text(report: &Report, color: bool) -> String {
    let mut table = Table::new(&[
        ("kernel", Align::Left),
        ("variant", Align::Left),
        ("cases", Align::Right),
        ("max abs", Align::Right),
        ("max rel", Align::Right),
        ("", Align::Left),
    ]);
    for row in &report.kernels {
        let bad = row.failures.len();
        let verdict = if bad == 0 { "ok".into() } else { format!("{bad} failed") };
        let number = |x: f64| if x == 0.0 { "0".into() } else { format!("{x:.1e}") };
        table.row(
            vec![
                row.name.into(),
                row.variant.into(),
                row.cases.to_string(),
                number(row.max_abs),
                number(row.max_rel),
                verdict,
            ],
            (bad > 0).then_some(BAD),
        );
    }
    let mut out = table.render(color) + "\n";
    for row in &report.kernels {
        for failure in &row.failures {
            let place = styled(&format!("{}/{}", row.name, row.variant), terminal::HEADING, color);
            out += &format!("{place}, {failure}\n");
        }
    }
    let Report { adapter, cases, failed, .. } = report;
    out += &match (failed, adapter.backend.as_str()) {
        (0, "reference") => format!("{cases} cases ran twice on the {adapter}: equal and finite\n"),
        (0, _) => format!("{cases} cases on {adapter}: all agree with the reference\n"),
        _ => format!("{failed} of {cases} cases failed on {adapter}\n"),
    };
    out
}
