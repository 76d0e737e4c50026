//! `glassbox attend`: a sentence through the real encoder; every head's attention as numbers.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{Align, Table, print, print_json, say};
use crate::data::npy::write_npy;
use crate::files::Unfinished;
use crate::gpu::{Externals, Plan, Session};
use crate::models::encoder::{EncodedSentence, record, record_similarity};
use crate::models::{Encoder, Tokens};

/// Run a sentence through the real encoder and write every head's attention
#[derive(Clone, Debug, clap::Args)]
pub struct Attend {
    /// The sentence
    text: String,

    /// A BERT-like encoder: its folder with config.json and tokenizer.json, or the weights in it;
    /// all-MiniLM-L6-v2 by default
    #[arg(long, value_name = "F")]
    model: Option<PathBuf>,

    /// A second sentence, to tell how similar the two are
    #[arg(long, value_name = "TEXT2")]
    pair: Option<String>,

    /// Folder for float32 arrays: attention.npy [layers, heads, tokens, tokens], hidden.npy
    /// [layers + 1, tokens, width] from the token vectors on, embedding.npy [width]
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
    /// Cosine to the vector of the second sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity: Option<f32>,
}

impl Attend {
    /// Runs the sentence.
    pub fn run(&self, context: &Context) -> Outcome {
        let runtime = context.runtime()?;
        let encoder = match &self.model {
            Some(path) => Encoder::open(path).map_err(anyhow::Error::from)?,
            None => Encoder::embedded(),
        };
        let config = encoder.model.config();
        let layers = self.layers.unwrap_or(config.layers);
        if !(1..=config.layers).contains(&layers) {
            return Err(Failure::Usage(format!(
                "--layers is {layers}, but {} has 1 to {}",
                encoder.model.name(),
                config.layers
            )));
        }
        let mut plan = Plan::new();
        let (tokens, encoded) = sentence(&mut plan, &encoder, &self.text, layers)?;
        let similarity = match &self.pair {
            Some(text) => {
                let (_, other) = sentence(&mut plan, &encoder, text, layers)?;
                let cosine = record_similarity(&mut plan, &encoded.sentence, &other.sentence);
                Some(cosine.map_err(anyhow::Error::from)?)
            }
            None => None,
        };
        tracing::debug!("\n{plan}");
        let session = Session::new(&runtime, plan, &Externals::new())?;
        session.run();
        let embedding = session.read(encoded.sentence.buf)?;
        let similarity = match similarity {
            Some(cosine) => session.read(cosine.buf)?.first().copied(),
            None => None,
        };
        let mut attention = Vec::new();
        for layer in &encoded.layers {
            attention.extend(session.read(layer.attention.probabilities.buf)?);
        }
        let (count, width) = (tokens.ids.len(), config.hidden);
        let shape = [layers, config.heads, count, count];
        if let Some(folder) = &self.output {
            let unfinished = Unfinished::begin(folder)
                .with_context(|| format!("could not make the folder: {}", folder.display()))?;
            let mut hidden = session.read(encoded.embedded.buf)?;
            for layer in &encoded.layers {
                hidden.extend(session.read(layer.hidden.buf)?);
            }
            write(folder, "attention", &shape, &attention)?;
            write(folder, "hidden", &[layers + 1, count, width], &hidden)?;
            write(folder, "embedding", &[width], &embedding)?;
            unfinished
                .finish()
                .with_context(|| format!("could not finish the folder: {}", folder.display()))?;
        }
        let (model, heads) = (encoder.model.name().to_owned(), config.heads);
        if self.json {
            let tokens = tokens.texts;
            return print_json(&Attended { model, tokens, layers, heads, embedding, similarity });
        }
        let mut text = summary(&model, &tokens.texts, shape, &attention, context.color.on_stdout());
        if let Some(similarity) = similarity {
            text.push_str(&format!("similarity to the second sentence: {similarity:.4}\n"));
        }
        print(&text)
    }
}

/// Records a sentence; what is cut off it is told.
fn sentence(
    plan: &mut Plan,
    encoder: &Encoder,
    text: &str,
    layers: usize,
) -> anyhow::Result<(Tokens, EncodedSentence)> {
    let tokens = encoder.tokenizer.encode_within(text, encoder.max_tokens())?;
    if let Some(cut) = &tokens.cut {
        say(&format!("note: {cut}"));
    }
    let encoded = record(plan, &encoder.model, &tokens, layers)?;
    Ok((tokens, encoded))
}

fn write(folder: &Path, name: &str, shape: &[usize], values: &[f32]) -> anyhow::Result<()> {
    Ok(write_npy(folder.join(format!("{name}.npy")), shape, values)?)
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
