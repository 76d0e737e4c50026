//! `glassbox oracle`: the ONNX project's own test cases.

use std::path::PathBuf;

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{Align, BAD, Table, bar, print, print_json};
use crate::models::onnx::oracle::{self, Report, Status};

/// Run ONNX test-case folders and compare with their expected outputs
#[derive(Clone, Debug, clap::Args)]
pub struct Oracle {
    /// A case (model.onnx beside test_data_set_0/), or a folder of cases
    folder: PathBuf,

    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Oracle {
    /// Runs all cases; fails if one does.
    pub fn run(&self, context: &Context) -> Outcome {
        let cases = oracle::cases(&self.folder)
            .with_context(|| format!("the folder cannot be read: {}", self.folder.display()))?;
        if cases.is_empty() {
            return Err(Failure::Usage(format!(
                "there is no folder with a model.onnx, name one that holds test cases: {}",
                self.folder.display()
            )));
        }
        let runtime = context.runtime()?;
        let (mut report, progress) = (Report::default(), bar(cases.len()));
        for case in &cases {
            report.add(oracle::run(&runtime, case)?);
            progress.inc(1);
        }
        progress.finish_and_clear();
        if self.json {
            print_json(&report)?;
        } else {
            print(&summary(&report, context.color.on_stdout()))?;
        }
        match report.failed {
            0 => Ok(()),
            1 => Err(Failure::Check("1 case failed".into())),
            n => Err(Failure::Check(format!("{n} cases failed"))),
        }
    }
}

/// What did not pass, case by case, and the sums.
fn summary(report: &Report, color: bool) -> String {
    let mut table = Table::new(&[("case", Align::Left), ("", Align::Left), ("detail", Align::Left)]);
    for case in &report.cases {
        let (word, style) = match case.status {
            Status::Passed => continue,
            Status::Failed => ("failed", Some(BAD)),
            Status::Unsupported => ("unsupported", None),
        };
        table.row(vec![case.name.clone(), word.into(), case.detail.clone()], style);
    }
    let rows = if report.passed == report.cases.len() { String::new() } else { table.render(color) };
    format!("{rows}{} passed, {} failed, {} unsupported\n", report.passed, report.failed, report.unsupported)
}
