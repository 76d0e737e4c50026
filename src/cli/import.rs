//! `glassbox import`: turns published models and data sets into the compact files that Glassbox carries.

use std::path::PathBuf;

use super::context::Context;
use super::failure::Outcome;
use super::terminal::print;
use crate::data::fashion;
use crate::models::family;
use crate::models::import::import_minilm;

/// Convert a published model or data set into the compact form that Glassbox carries
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
    /// An EfficientNet-Lite or ResNet checkpoint: PyTorch to safetensors with matrices in 16 bits
    Checkpoint {
        /// The .pth file
        source: PathBuf,

        /// Where to write the weights
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Fashion-MNIST: the first 10,000 training and 2,000 test pictures on one sheet, with their labels
    FashionMnist {
        /// Folder with the four published .gz files
        source: PathBuf,

        /// Folder to write fashion-mnist.png and fashion-mnist.labels into
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
    },
}

impl Import {
    /// Converts, measures the loss and prints it.
    pub fn run(&self, _context: &Context) -> Outcome {
        let report = match &self.model {
            Model::Minilm { source, output } => {
                import_minilm(source, output).map_err(anyhow::Error::from)?.to_string()
            }
            Model::Checkpoint { source, output } => {
                family::import(source, output).map_err(anyhow::Error::from)?
            }
            Model::FashionMnist { source, output } => {
                fashion::import(source, output).map_err(anyhow::Error::from)?
            }
        };
        print(&format!("{report}\n"))
    }
}
