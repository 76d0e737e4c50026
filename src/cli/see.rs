//! `glassbox see`: a picture through an image network; its classes, and every layer's feature maps.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::seen_as::SeenAs;
use super::terminal::{Align, Table, bar, file_name, print, print_json};
use crate::data::Picture;
use crate::data::npy::write_npy;
use crate::data::png::png;
use crate::files::{Unfinished, write_whole};
use crate::gpu::{Externals, Runtime, Session};
use crate::models::Network;
use crate::models::network::{Edits, Feed, TracedLayer, top};
use crate::recipes::own::Head;
use crate::viz::{Look, sheets};

/// Classify a picture and write every layer's feature maps
#[derive(Clone, Debug, clap::Args)]
pub struct See {
    /// The picture
    image: PathBuf,

    /// Another network: an .onnx file, or weights of a known family (.safetensors, .pth)
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// A head of your own on EfficientNet-Lite0, from `glassbox transfer --save`
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    head: Option<PathBuf>,

    /// Folder for each layer's maps: a picture of them and their numbers as .npy
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// How many classes to print
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,

    /// Print one JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    seen_as: SeenAs,
}

#[derive(serde::Serialize)]
struct Seen {
    model: String,
    /// What the file does not tell, if there is something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumed: Vec<String>,
    /// Inputs that noise went into, if there are some; then there are no classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    noise: Vec<String>,
    /// The likeliest first; none where the network has no classes.
    top: Vec<Class>,
    layers: Vec<Shape>,
}

#[derive(serde::Serialize)]
struct Class {
    label: String,
    index: usize,
    probability: f32,
}

#[derive(serde::Serialize)]
struct Shape {
    name: String,
    shape: Vec<usize>,
}

impl See {
    /// Runs the picture.
    pub fn run(&self, context: &Context) -> Outcome {
        let picture = Picture::open(&self.image).map_err(anyhow::Error::from)?;
        let head = self.head.as_deref().map(Head::load).transpose().map_err(anyhow::Error::from)?;
        let mut network = match &self.model {
            Some(file) => Network::open(file).map_err(anyhow::Error::from)?,
            None => Network::embedded(),
        };
        self.seen_as.set(&mut network)?;
        let feed = Feed { fill: self.seen_as.fill(), ..Feed::new(&picture) };
        let mut traced = network.record(&feed, &Edits::default()).map_err(anyhow::Error::from)?;
        if let (Some(head), Some(file)) = (head, &self.head) {
            let shown = file.display();
            traced = head.behind(&network, traced).map_err(|e| anyhow!("{e}: {shown}"))?;
            network.name = format!("{} with the head {shown}", network.name);
            network.classes = Some(head.groups);
        }
        if traced.photo.is_none() {
            let inputs: Vec<&str> = network.model.inputs.iter().map(|i| i.name.as_str()).collect();
            return Err(Failure::Failed(anyhow!(
                "no input of {} takes a picture of 1 or 3 channels ({}): run it with `glassbox onnx`",
                network.name,
                inputs.join(", ")
            )));
        }
        traced.check_output(&network).map_err(Failure::Usage)?;
        let runtime = context.runtime()?;
        let session = Session::new(&runtime, traced.plan, &Externals::new())?;
        session.run();
        // Up to where a network can be run, it can be looked at.
        if let Some(folder) = &self.output {
            write(folder, &traced.layers, &runtime, &session)?;
        }
        if let Some(stop) = traced.stop {
            return Err(Failure::Failed(anyhow!("{stop}: {}", network.name)));
        }
        let probabilities = match &traced.scores {
            Some(scores) => session.read(scores.probabilities.buf)?,
            None => Vec::new(),
        };
        let class = |index: usize| Class {
            label: network.class_of(index, probabilities.len()),
            index,
            probability: probabilities[index],
        };
        let shape = |layer: &TracedLayer| Shape { name: layer.name.clone(), shape: layer.shape.clone() };
        let seen = Seen {
            model: network.name.clone(),
            top: top(&probabilities, self.top.into()).into_iter().map(class).collect(),
            layers: traced.layers.iter().filter(|l| l.is_shown()).map(shape).collect(),
            assumed: traced.assumed,
            noise: traced.noise,
        };
        if self.json {
            return print_json(&seen);
        }
        let mut text = format!("{}, {} layers, on {}\n", seen.model, seen.layers.len(), picture.name());
        text.extend(seen.assumed.iter().map(|clause| format!("assumed: {clause}\n")));
        if let Some(why) = without_classes(&seen) {
            return print(&format!("{text}no classes: {why}\n"));
        }
        let mut table = Table::new(&[("probability", Align::Right), ("class", Align::Left)]);
        for class in &seen.top {
            table.row(vec![format!("{:.3}", class.probability), class.label.clone()], None);
        }
        print(&(text + &table.render(context.color.on_stdout())))
    }
}

/// Why there are no classes, if there are none.
fn without_classes(seen: &Seen) -> Option<String> {
    let names = seen.noise.join(", ");
    match (seen.top.is_empty(), seen.noise.is_empty()) {
        (false, _) => None,
        (true, false) => Some(format!(
            "noise goes in at {names}, which takes no picture, and what comes out means nothing; --fill puts other \
             numbers there"
        )),
        (true, true) => {
            Some("the network ends in no row of class scores; -o DIR writes what its layers made".to_owned())
        }
    }
}

/// Writes each layer's maps as a picture and as numbers, numbered in the order in which they run.
fn write(folder: &Path, layers: &[TracedLayer], runtime: &Runtime, session: &Session) -> Result<(), Failure> {
    let unfinished = Unfinished::begin(folder)
        .with_context(|| format!("could not make the folder: {}", folder.display()))?;
    let shown: Vec<&TracedLayer> = layers.iter().filter(|layer| layer.is_shown()).collect();
    let bar = bar(shown.len());
    for (number, layer) in shown.into_iter().enumerate() {
        let Some(tensor) = &layer.output else { continue };
        bar.set_message(layer.name.clone());
        let stem = format!("{number:03}-{}", file_name(&layer.name));
        let values = session.read(tensor.buf)?;
        // Of a batch only the first is shown.
        write_npy(folder.join(format!("{stem}.npy")), &layer.shape, &values[..tensor.len()])
            .map_err(anyhow::Error::from)?;
        let look = if layer.never_negative { Look::Sequential } else { Look::Diverging };
        for (i, picture) in sheets(runtime, session, tensor, look)?.into_iter().enumerate() {
            let more = if i == 0 { String::new() } else { format!("-{}", i + 1) };
            let path = folder.join(format!("{stem}{more}.png"));
            let bytes = png(&picture);
            write_whole(&path, bytes)
                .with_context(|| format!("could not write the maps: {}", path.display()))?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(unfinished.finish().with_context(|| format!("could not finish the folder: {}", folder.display()))?)
}
