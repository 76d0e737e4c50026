//! `glassbox transfer`: a new head for a real network, learned from a few pictures of one's own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::context::Context;
use super::failure::Outcome;
use super::terminal::{Align, Table, bar, print, print_json, say};
use crate::data::groups::Groups;
use crate::files::can_write;
use crate::models::Network;
use crate::models::network::{Features, top};
use crate::nn::trainer::JOURNAL;
use crate::nn::{Task, Trainer};
use crate::recipes::own::{Head, OwnGroup, OwnHead, OwnPictures, STEPS, setup};
use crate::viz::words::{percent, plural};

/// Time between two looks at the progress.
const LOOK: Duration = Duration::from_millis(250);

/// Teach a real network your own groups of pictures
///
/// Runs EfficientNet-Lite0 on each picture and trains a new last layer on what it sees there. One of four pictures
/// is held back and judges. Saved heads classify pictures with `glassbox see --head`.
#[derive(Clone, Debug, clap::Args)]
pub struct Transfer {
    /// A folder of pictures for each group, or one folder with a subfolder for each
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,

    /// Save the head here, as safetensors
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Steps of training
    #[arg(long, value_name = "N", default_value_t = STEPS)]
    steps: usize,

    /// Seed of which pictures are held back and of the order of the others
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Report {
    model: String,
    groups: Vec<Group>,
    steps: u64,
    parameters: usize,
    accuracy_held_back: f64,
    right: usize,
    held_back: usize,
    seconds: f64,
    /// Pictures that were held back and taken for another group.
    confusions: Vec<Confusion>,
    /// Files that could not be opened as pictures, a sentence each.
    skipped: Vec<String>,
}

#[derive(serde::Serialize)]
struct Group {
    name: String,
    pictures: usize,
    held_back: usize,
}

#[derive(serde::Serialize)]
struct Confusion {
    picture: String,
    group: String,
    taken_for: String,
}

impl Transfer {
    /// Looks at the pictures, trains, judges and prints.
    pub fn run(&self, context: &Context) -> Outcome {
        let mut groups = Groups::find(&self.folders).map_err(anyhow::Error::from)?;
        // What cannot be written is said before the training, not after it.
        let unsaved = |path: &PathBuf| format!("cannot write {}", path.display());
        self.save.as_ref().map_or(Ok(()), |path| can_write(path).with_context(|| unsaved(path)))?;
        let runtime = context.runtime()?;
        let start = Instant::now();
        let network = Network::embedded();
        let progress = bar(groups.pictures());
        progress.set_message("pictures");
        let mut features = Features::new(&network, &runtime);
        let pictures = OwnPictures::look(&mut groups, &mut features, || progress.inc(1));
        progress.finish_and_clear();
        for sentence in &groups.skipped {
            say(&format!("skipped: {sentence}"));
        }
        let pictures = pictures.map_err(anyhow::Error::from)?.held_back(self.seed);
        let task = OwnHead::new(&pictures);
        let mut trainer =
            Trainer::new(&runtime, &task, setup(&task, self.seed)).map_err(anyhow::Error::from)?;
        let steps = self.steps as u64;
        let progress = bar(self.steps);
        progress.set_message("steps");
        while trainer.step() < steps {
            let left = (steps - trainer.step()) as usize;
            trainer.run_for(LOOK, left.min(JOURNAL))?;
            progress.set_position(trainer.step());
        }
        progress.finish_and_clear();
        let head = Head::of(&pictures, &trainer)?;
        if let Some(path) = &self.save {
            head.save(path).map_err(anyhow::Error::from)?;
        }
        let unseen: Vec<_> = pictures.set(true).collect();
        let features: Vec<&[f32]> = unseen.iter().map(|(_, own)| &*own.features).collect();
        let (_, logits) = head.logits(&runtime, &features)?;
        let taken = logits.chunks_exact(head.groups.len()).map(|row| top(row, 1)[0]);
        let confused = unseen.iter().zip(taken).filter(|((group, _), taken)| group != taken);
        let confusions: Vec<_> = confused
            .map(|((group, own), taken)| Confusion {
                picture: own.name.clone(),
                group: head.groups[*group].clone(),
                taken_for: head.groups[taken].clone(),
            })
            .collect();
        let [_, held_back] = task.samples();
        let right = held_back - confusions.len();
        let report = Report {
            model: network.name.clone(),
            groups: pictures.groups.iter().map(Group::of).collect(),
            steps: trainer.step(),
            parameters: trainer.parameters.count(),
            accuracy_held_back: right as f64 / held_back as f64,
            right,
            held_back,
            seconds: start.elapsed().as_secs_f64(),
            confusions,
            skipped: groups.skipped,
        };
        if self.json { print_json(&report) } else { print(&report.text(context.color.on_stdout())) }
    }
}

impl Group {
    fn of(group: &OwnGroup) -> Self {
        Self { name: group.name.clone(), pictures: group.pictures.len(), held_back: group.held_back() }
    }
}

impl Report {
    fn text(&self, color: bool) -> String {
        let columns = [("group", Align::Left), ("pictures", Align::Right), ("held back", Align::Right)];
        let mut table = Table::new(&columns);
        for group in &self.groups {
            let cells = vec![group.name.clone(), group.pictures.to_string(), group.held_back.to_string()];
            table.row(cells, None);
        }
        let Self { model, steps, parameters, right, held_back, seconds, .. } = self;
        let share = percent(self.accuracy_held_back);
        let pictures = plural(*held_back, "picture", "pictures");
        let mut text = format!(
            "a new head of {parameters} parameters on {model}, {steps} steps, {seconds:.1} s in all\n{}\
             {right} of {pictures} held back right ({share})\n",
            table.render(color)
        );
        for Confusion { picture, group, taken_for } in &self.confusions {
            text += &format!("{group}: {picture} is taken for {taken_for}\n");
        }
        text
    }
}
