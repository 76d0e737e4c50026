//! `glassbox soak`: a random user on random pages, without a window, for as long as one likes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{bar, print, print_json, say};
use crate::app::{Headless, Visitor};
use crate::exhibits::topic;
use crate::gpu::{Gpu, Runtime};

/// Size of the window.
const SIZE: [u32; 2] = [1280, 800];
/// After this time, and once each page was opened, memory is measured first: by then what is kept for good is there.
const FIRST: Duration = Duration::from_secs(60);
/// Pages that are opened before memory is measured, so that both times the same lies on the adapter: as many as keep theirs.
const RESTING: [&str; 3] = ["output-size", "twelve-by-twelve", "stride"];
/// How much more memory may be in use at the end, as a share of that.
const GROWTH: f64 = 0.1;

/// Let a random user loose on random pages, without a window
#[derive(Clone, Debug, clap::Args)]
pub struct Soak {
    /// How long
    #[arg(long, value_name = "M", default_value_t = 10.0, value_parser = minutes)]
    minutes: f64,

    /// Seed of all that the user does
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Print what happened as one JSON document
    #[arg(long)]
    json: bool,
}

/// Minutes, from a second to a week.
fn minutes(text: &str) -> Result<f64, String> {
    let most = 7.0 * 24.0 * 60.0;
    match text.parse::<f64>() {
        Ok(m) if (1.0 / 60.0..=most).contains(&m) => Ok(m),
        _ => Err(format!("expected minutes from 0.02 to {most}")),
    }
}

/// What happened.
#[derive(Debug, Default, serde::Serialize)]
struct Report {
    actions: usize,
    pages: usize,
    panics: usize,
    validation_errors: usize,
    devices_lost: usize,
    /// Resident memory after a minute, once each page was opened, or at the end of a shorter time, on the same pages each time; `null` where the system
    /// does not tell.
    rss_mb_first: Option<f64>,
    /// The same at the end.
    rss_mb_last: Option<f64>,
    /// What went wrong, each with what was done before.
    faults: Vec<String>,
}

impl Report {
    /// What memory has grown by, as a share of what it was.
    fn growth(&self) -> Option<f64> {
        Some(self.rss_mb_last? / self.rss_mb_first? - 1.0)
    }
}

impl Soak {
    /// Runs until the time is over.
    pub fn run(&self, context: &Context) -> Outcome {
        let runtime = context.runtime()?;
        let report = self.let_loose(context, runtime)?;
        if self.json {
            print_json(&report)?;
        } else {
            print(&text(&report))?;
        }
        let grown = report.growth().filter(|growth| *growth > GROWTH);
        match (report.faults.first(), grown) {
            (Some(fault), _) => Err(Failure::Check(fault.clone())),
            (None, Some(growth)) => {
                Err(Failure::Check(format!("memory grew by {:.0} % after the first minute", 100.0 * growth)))
            }
            (None, None) => Ok(()),
        }
    }

    fn let_loose(&self, context: &Context, mut runtime: Runtime) -> Result<Report, Failure> {
        let (began, time) = (Instant::now(), Duration::from_secs_f64(60.0 * self.minutes));
        let mut report = Report::default();
        let mut visitor = Visitor::new(self.seed);
        let mut last = String::new();
        let mut app = Headless::new(&runtime, SIZE, true)?;
        let bar = bar(time.as_secs() as usize);
        while began.elapsed() < time {
            let before = app.shell.page().topic.slug;
            let mut done = String::new();
            let held = catch_unwind(AssertUnwindSafe(|| done = visitor.act(&mut app)));
            // What ended in a panic could not say what it was.
            let what = if held.is_ok() { done.clone() } else { format!("after {last}") };
            let at = format!("action {} on {before}, {what}", visitor.actions);
            if held.is_err() {
                report.panics += 1;
                report.faults.push(format!("{at}: panic"));
                app = Headless::new(&runtime, SIZE, true)?;
            }
            for error in runtime.gpu().map_or_else(Vec::new, Gpu::take_errors) {
                report.validation_errors += 1;
                report.faults.push(format!("{at}: {error}"));
            }
            let lost = runtime.gpu().is_some_and(|gpu| gpu.wait().is_err() || gpu.is_lost());
            if lost {
                report.devices_lost += 1;
                report.faults.push(format!("{at}: the device was lost"));
                runtime = context.runtime()?;
                app.reopen(&runtime)?;
            }
            if report.rss_mb_first.is_none() && began.elapsed() >= FIRST && visitor.has_seen_all() {
                report.rss_mb_first = rested(&mut app);
            }
            last = done;
            bar.set_position(began.elapsed().as_secs());
            bar.set_message(before);
        }
        bar.finish_and_clear();
        (report.actions, report.pages) = (visitor.actions, visitor.pages);
        report.rss_mb_last = rested(&mut app);
        report.rss_mb_first = report.rss_mb_first.or(report.rss_mb_last);
        Ok(report)
    }
}

/// Megabytes in memory with the same pages open each time.
fn rested(app: &mut Headless) -> Option<f64> {
    for slug in RESTING {
        app.shell.open_topic(topic(slug)?);
        // A lost device is found by what follows.
        app.settle().ok()?;
    }
    resident()
}

/// Megabytes of the process that lie in memory; none where the system does not tell.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

fn text(report: &Report) -> String {
    let Report { actions, pages, panics, validation_errors, devices_lost, .. } = report;
    report.faults.iter().for_each(|fault| say(fault));
    let memory = match (report.rss_mb_first, report.rss_mb_last) {
        (Some(first), Some(last)) => format!("memory {first:.0} MB after a minute, {last:.0} MB at the end"),
        _ => "memory not told by this system".into(),
    };
    format!(
        "{actions} actions, {pages} pages opened: {panics} panics, {validation_errors} errors of the driver, {devices_lost} devices \
         lost; {memory}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_from_a_second_to_a_week() {
        assert_eq!(minutes("0.5"), Ok(0.5));
        assert!(["0", "-1", "nan", "inf", "99999", "ten"].iter().all(|text| minutes(text).is_err()));
    }

    #[test]
    fn memory_may_grow_a_little() {
        let of = |first, last| Report { rss_mb_first: first, rss_mb_last: last, ..Report::default() };
        assert!(of(Some(1000.0), Some(1090.0)).growth().unwrap() < GROWTH);
        assert!(of(Some(1000.0), Some(1110.0)).growth().unwrap() > GROWTH);
        assert_eq!(of(None, Some(1.0)).growth(), None);
    }
}
