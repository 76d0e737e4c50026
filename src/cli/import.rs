//! `glassbox import`: turns a published model into the compact file that Glassbox carries.

use std::path::PathBuf;

use super::context::Context;
use super::failure::Outcome;
use super::terminal::print;
use crate::models::import::import_minilm;

/// Convert a published model into the compact form that Glassbox carries
#[derive(Clone, Debug, clap::Args)]
pub struct Import {
    #[command(subcommand)]
    model: Model,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Model {
    /// all-MiniLM-L6-v2: safetensors in f32 to eight bits in groups, with its tokenizer
    Minilm {
        /// Folder with model.safetensors, config.json and tokenizer.json
        source: PathBuf,

        /// Where to write the weights; the tokenizer goes beside them
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

impl Import {
    /// Converts, measures the loss and prints it.
    pub fn run(&self, _context: &Context) -> Outcome {
        let Model::Minilm { source, output } = &self.model;
        let report = import_minilm(source, output).map_err(anyhow::Error::from)?;
        print(&format!("{report}\n"))
    }
}
