//! `glassbox train`: trains a recipe without a window.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{Align, Table, bar, print, print_json, say};
use crate::data::npy;
use crate::files::{Pending, Unfinished, can_write};
use crate::nn::checkpoint::Checkpoint;
use crate::nn::trainer::JOURNAL;
use crate::nn::{Record, Set, Trainer, Watch, diagnose};
use crate::recipes::{DataChoice, RECIPES, Recipe, recipe};

/// Time between two looks at the numbers.
const LOOK: Duration = Duration::from_millis(250);

/// Steps whose mean loss is given as the last.
const LAST: usize = 20;

/// Train a network without a window
///
/// Runs a recipe on the GPU, or with `--backend reference` on the CPU, and judges it on pictures that it
/// has never seen. One seed gives the same losses each time on the same adapter. Ctrl-C stops after the
/// step under way and keeps what was learned.
#[derive(Clone, Debug, clap::Args)]
pub struct Train {
    /// What to train
    #[arg(value_parser = recipe_names())]
    recipe: String,

    /// Steps in all, those of a loaded checkpoint included [default: what the recipe needs]
    #[arg(long, value_name = "N")]
    steps: Option<usize>,

    /// Seed of the first values and of the order of samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Learning rate [default: that of the recipe]
    #[arg(long, value_name = "RATE")]
    lr: Option<f32>,

    /// Samples of a batch [default: that of the recipe]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,

    /// All first weights times this, to see a badly scaled start
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    init_scale: f32,

    /// Folder with the four published Fashion-MNIST files, to train on all 60,000 pictures
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Begin with this checkpoint
    #[arg(long, value_name = "FILE")]
    load: Option<PathBuf>,

    /// Save the last checkpoint here, as safetensors
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Write loss, accuracy and gradient norm of each step here
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// Write what is worth looking at on a test batch, such as attention maps, into this folder
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// Say on stderr where the time of a step goes
    #[arg(long)]
    times: bool,

    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

fn recipe_names() -> clap::builder::PossibleValuesParser {
    let value = |r: &Recipe| clap::builder::PossibleValue::new(r.name).help(r.about);
    clap::builder::PossibleValuesParser::new(RECIPES.iter().map(value))
}

#[derive(serde::Serialize)]
struct Report {
    recipe: &'static str,
    steps: u64,
    loss_first: Option<f32>,
    loss_last: Option<f32>,
    accuracy: Option<f32>,
    seconds: f64,
    test_loss: f32,
    parameters: usize,
    stopped: bool,
}

impl Train {
    /// Trains, judges and prints.
    pub fn run(&self, context: &Context) -> Outcome {
        let recipe = recipe(&self.recipe).expect("the parser lets only names of recipes through");
        let mut setup = (recipe.setup)();
        setup.seed = self.seed;
        setup.init_scale = self.init_scale;
        setup.optimiser.lr = self.lr.unwrap_or(setup.optimiser.lr);
        setup.batch = self.batch.unwrap_or(setup.batch);
        if !(setup.optimiser.lr > 0.0 && setup.optimiser.lr.is_finite()) {
            return Err(Failure::Usage(format!("--lr is {}, but must be above 0", setup.optimiser.lr)));
        }
        if !self.init_scale.is_finite() {
            return Err(Failure::Usage(format!("--init-scale is {}, but must be a number", self.init_scale)));
        }
        let choice = DataChoice { data: self.data.clone(), seed: self.seed };
        let task = (recipe.task)(&choice)?;
        let [samples, _] = task.samples();
        if setup.batch == 0 || setup.batch > samples {
            let what = format!("--batch is {}, but must lie between 1 and {samples}", setup.batch);
            return Err(Failure::Usage(what));
        }
        let runtime = context.runtime()?;
        let start = Instant::now();
        let mut trainer = Trainer::new(&runtime, &*task, setup).map_err(anyhow::Error::from)?;
        let steps = self.steps.unwrap_or(recipe.steps) as u64;
        if let Some(path) = &self.load {
            let checkpoint =
                Checkpoint::load(&trainer.parameters, recipe.name, path).map_err(anyhow::Error::from)?;
            trainer.restore(&checkpoint).map_err(anyhow::Error::from)?;
        }
        if trainer.step() >= steps {
            say(&format!(
                "the checkpoint has {} steps already and --steps is {steps}, those included: nothing to do",
                trainer.step()
            ));
        }
        // What cannot be written is said before the training, not after it.
        if let Some(path) = &self.save {
            can_write(path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        if let Some(folder) = &self.output {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut csv = self.csv.as_deref().map(Csv::create).transpose()?;
        let stop = stop_on_ctrl_c();
        let mut records: Vec<Record> = Vec::new();
        let progress = bar(steps as usize);
        while trainer.step() < steps && !stop.load(Ordering::Relaxed) {
            let left = (steps - trainer.step()) as usize;
            trainer.run_for(LOOK, left.min(JOURNAL))?;
            let new = trainer.records()?;
            if let Some(csv) = &mut csv {
                csv.write(&new)?;
            }
            if let Some(last) = new.last() {
                progress.set_position(trainer.step());
                let accuracy = last.accuracy.map(|a| format!(", {:.0} % right", 100.0 * a));
                progress.set_message(format!("loss {:.4}{}", last.loss, accuracy.unwrap_or_default()));
            }
            records.extend(new);
            if records.last().is_some_and(|r| !r.loss.is_finite()) {
                break;
            }
        }
        progress.finish_and_clear();
        csv.map_or(Ok(()), Csv::finish)?;
        let done = trainer.step();
        let seconds = start.elapsed().as_secs_f64();
        let stopped = stop.load(Ordering::Relaxed);
        if stopped {
            say(&format!("stopped after step {done}"));
        }
        let broken = records.last().is_some_and(|r| !r.loss.is_finite());
        if broken {
            let step = records.iter().position(|r| !r.loss.is_finite()).unwrap_or_default();
            say(&format!("the loss is no number any more from step {} on: stopped", records[step].step));
        }
        // Without a step there are no activations and gradients to look at.
        if !records.is_empty() {
            let statistics = Watch::new(&trainer).map_err(anyhow::Error::from)?.look()?;
            if let Some(diagnosis) = diagnose(&records, &[], &statistics) {
                say(&diagnosis.to_string());
            }
        }
        if let Some(path) = &self.save {
            let checkpoint = trainer.checkpoint()?;
            checkpoint.save(&trainer.parameters, recipe.name, path).map_err(anyhow::Error::from)?;
        }
        let test = trainer.evaluate(Set::Test, None).map_err(anyhow::Error::from)?;
        if let Some(folder) = &self.output {
            write_views(&trainer, folder)?;
        }
        if self.times {
            let mut table =
                Table::new(&[("kernel", Align::Left), ("dispatches", Align::Right), ("ms", Align::Right)]);
            for (name, count, ms) in trainer.times()? {
                table.row(vec![name, count.to_string(), format!("{ms:.3}")], None);
            }
            say(table.render(context.color.on_stderr()).trim_end());
        }
        let last = &records[records.len().saturating_sub(LAST)..];
        let mean = last.iter().map(|r| r.loss).sum::<f32>() / last.len() as f32;
        let report = Report {
            recipe: recipe.name,
            steps: done,
            loss_first: records.first().map(|r| r.loss),
            loss_last: (!last.is_empty()).then_some(mean),
            accuracy: test.accuracy,
            seconds,
            test_loss: test.loss,
            parameters: trainer.parameters.count(),
            stopped,
        };
        if self.json { print_json(&report) } else { print(&report.text()) }
    }
}

impl Report {
    fn text(&self) -> String {
        let number = |v: Option<f32>| v.map_or_else(|| "–".into(), |v| format!("{v:.4}"));
        let accuracy =
            self.accuracy.map_or(String::new(), |a| format!(", {:.1} % right on the test set", 100.0 * a));
        format!(
            "{}: {} parameters, {} steps in {:.1} s\nloss {} at first, {} at last, {:.4} on the test set{}\n",
            self.recipe,
            self.parameters,
            self.steps,
            self.seconds,
            number(self.loss_first),
            number(self.loss_last),
            self.test_loss,
            accuracy,
        )
    }
}

/// A flag that Ctrl-C raises; a second Ctrl-C ends the program at once.
fn stop_on_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = stop.clone();
    let set = ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(e) = set {
        tracing::warn!("Ctrl-C will end the program without saving: {e}");
    }
    stop
}

fn write_views(trainer: &Trainer, folder: &Path) -> Result<(), Failure> {
    let unwritten = || format!("cannot write into {}", folder.display());
    let unfinished = Unfinished::begin(folder).with_context(unwritten)?;
    for (name, tensor) in trainer.views() {
        if let Some((shape, values)) = trainer.evaluated_view(Set::Test, name)? {
            let path = folder.join(format!("{name}.npy"));
            npy::write_npy(&path, &shape, &values).map_err(anyhow::Error::from)?;
        }
        tracing::debug!("{name}: {:?}", tensor.shape);
    }
    Ok(unfinished.finish().with_context(unwritten)?)
}

/// The curve as a table of comma-separated values, which takes its place once it ends, for whatever reason.
struct Csv {
    file: Option<Pending>,
    path: String,
}

impl Drop for Csv {
    fn drop(&mut self) {
        // After an error, which is what is told of.
        let _ = self.put();
    }
}

impl Csv {
    fn create(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let file = Pending::begin(path).with_context(|| format!("cannot write {shown}"))?;
        let mut csv = Self { file: Some(file), path: shown };
        csv.text("step,loss,accuracy,gradient_norm\n")?;
        Ok(csv)
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(text.as_bytes()));
        Ok(written.with_context(|| format!("cannot write {}", self.path))?)
    }

    fn put(&mut self) -> Result<(), Failure> {
        let finished = self.file.take().map_or(Ok(()), Pending::finish);
        Ok(finished.with_context(|| format!("cannot write {}", self.path))?)
    }

    /// All lines are there.
    fn finish(mut self) -> Result<(), Failure> {
        self.put()
    }

    fn write(&mut self, records: &[Record]) -> Result<(), Failure> {
        let line = |r: &Record| {
            let accuracy = r.accuracy.map(|a| a.to_string()).unwrap_or_default();
            format!("{},{},{accuracy},{}\n", r.step, r.loss, r.gradient_norm)
        };
        self.text(&records.iter().map(line).collect::<String>())
    }
}
