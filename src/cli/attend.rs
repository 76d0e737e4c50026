//! `glassbox attend`: a sentence through the real encoder; every head's attention as numbers.

use std::path::PathBuf;

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{Align, Table, print, print_json, say};
use crate::data::npy::write_npy;
use crate::gpu::{Externals, Plan, Session};
use crate::models::{MiniLm, Tokenizer, encoder};

/// Run a sentence through the real encoder and write every head's attention
#[derive(Clone, Debug, clap::Args)]
pub struct Attend {
    /// The sentence
    text: String,

    /// Folder for attention.npy, float32 of shape [layers, heads, tokens, tokens]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Layers to run; all by default
    #[arg(long, value_name = "N")]
    layers: Option<usize>,

    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Attended {
    model: String,
    tokens: Vec<String>,
    layers: usize,
    heads: usize,
    /// The sentence vector, of length 1.
    embedding: Vec<f32>,
}

impl Attend {
    /// Runs the sentence.
    pub fn run(&self, context: &Context) -> Outcome {
        let runtime = context.runtime()?;
        let tokens = Tokenizer::embedded().encode(&self.text).map_err(anyhow::Error::from)?;
        if let Some(cut) = &tokens.cut {
            say(&format!("note: {cut}"));
        }
        let model = MiniLm::embedded();
        let config = model.config();
        let layers = self.layers.unwrap_or(config.layers);
        if !(1..=config.layers).contains(&layers) {
            return Err(Failure::Usage(format!(
                "--layers is {layers}, but {} has 1 to {}",
                model.name(),
                config.layers
            )));
        }
        let mut plan = Plan::new();
        let encoded = encoder::record(&mut plan, &model, &tokens, layers).map_err(anyhow::Error::from)?;
        tracing::debug!("\n{plan}");
        let mut session = Session::new(&runtime, plan, &Externals::new())?;
        session.run();
        let embedding = session.read(encoded.sentence.buf)?;
        let mut attention = Vec::new();
        for layer in &encoded.layers {
            attention.extend(session.read(layer.attention.probabilities.buf)?);
        }
        let count = tokens.ids.len();
        let shape = [layers, config.heads, count, count];
        if let Some(folder) = &self.output {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not make the folder: {}", folder.display()))?;
            write_npy(folder.join("attention.npy"), &shape, &attention).map_err(anyhow::Error::from)?;
        }
        let (model, heads) = (model.name().to_owned(), config.heads);
        if self.json {
            return print_json(&Attended { model, tokens: tokens.texts, layers, heads, embedding });
        }
        print(&summary(&model, &tokens.texts, shape, &attention, context.color.on_stdout()))
    }
}

/// For each token, where the first layer's heads look most.
fn summary(model: &str, tokens: &[String], shape: [usize; 4], attention: &[f32], color: bool) -> String {
    let [layers, heads, count, _] = shape;
    let mut table = Table::new(&[
        ("token", Align::Left),
        ("layer 1 looks most at", Align::Left),
        ("weight", Align::Right),
        ("head", Align::Right),
    ]);
    for (i, token) in tokens.iter().enumerate() {
        let weights = (0..heads).flat_map(|h| (0..count).map(move |j| (h, j)));
        let strongest = weights
            .map(|(h, j)| (attention[(h * count + i) * count + j], h, j))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((weight, head, j)) = strongest {
            let cells =
                vec![token.clone(), tokens[j].clone(), format!("{weight:.3}"), (head + 1).to_string()];
            table.row(cells, None);
        }
    }
    format!("{model}: {count} tokens, {layers} layers of {heads} heads\n{}", table.render(color))
}
