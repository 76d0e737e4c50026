//! Options that tell `glassbox see` what it would guess otherwise: how the picture goes into a network, and which output
//! holds its classes.

use std::path::PathBuf;

use anyhow::anyhow;

use super::failure::Failure;
use crate::models::Network;
use crate::models::network::{Fill, InputSettings, Layout, label_file};

/// What is told of a network.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Instead of what is guessed")]
pub struct SeenAs {
    /// Size of the picture that the network gets, where its file leaves it open
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<[u32; 2]>,

    /// Subtracted from red, green and blue of 0 to 255
    #[arg(long, value_name = "R,G,B", value_parser = colours, allow_hyphen_values = true)]
    mean: Option<[f32; 3]>,

    /// What they are divided by then
    #[arg(long, value_name = "R,G,B", value_parser = colours)]
    std: Option<[f32; 3]>,

    /// Blue first
    #[arg(long)]
    bgr: bool,

    /// Share of the picture's shorter side that is kept, 0.1 to 1
    #[arg(long, value_name = "SHARE")]
    crop: Option<f32>,

    /// Where the channels stand: N x C x H x W is first, N x H x W x C last
    #[arg(long, value_enum)]
    channels: Option<Channels>,

    /// What inputs hold that take no picture
    #[arg(long, value_enum, default_value_t = Filled::Noise)]
    fill: Filled,

    /// Name of the output with the scores of classes
    #[arg(long, value_name = "OUTPUT")]
    classes_from: Option<String>,

    /// Names of the classes: a line each, or JSON
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

/// Which axis the channels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Channels {
    First,
    Last,
}

/// Numbers for inputs that take no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Filled {
    Noise,
    Ramp,
    Ones,
    Zeros,
}

/// Parses `224x224`.
fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    sides.ok_or_else(|| "write it as WIDTHxHEIGHT, such as 224x224".into())
}

/// Parses `123.7,116.3,103.5`, or one number for all three.
fn colours(text: &str) -> Result<[f32; 3], String> {
    let numbers: Option<Vec<f32>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[all]) => Ok([all; 3]),
        Some(&[r, g, b]) => Ok([r, g, b]),
        _ => Err("write three numbers with commas, such as 123.7,116.3,103.5, or one for all".into()),
    }
}

impl SeenAs {
    /// What inputs hold that take no picture.
    pub fn fill(&self) -> Fill {
        match self.fill {
            Filled::Noise => Fill::Normal,
            Filled::Ramp => Fill::Ramp,
            Filled::Ones => Fill::Ones,
            Filled::Zeros => Fill::Zeros,
        }
    }

    /// Sets what is told; the rest stays guessed.
    pub fn set(&self, network: &mut Network) -> Result<(), Failure> {
        let guess = network.input.clone();
        let [width, height] = self.size.unwrap_or([guess.width, guess.height]);
        let set = InputSettings {
            width,
            height,
            crop: self.crop.unwrap_or(guess.crop),
            mean: self.mean.unwrap_or(guess.mean),
            std: self.std.unwrap_or(guess.std),
            bgr: self.bgr || guess.bgr,
            layout: match self.channels {
                Some(Channels::First) => Layout::First,
                Some(Channels::Last) => Layout::Last,
                None => guess.layout,
            },
        };
        // What the file itself asks for is no wrong usage.
        set.check().map_err(|why| match set == guess {
            true => Failure::Failed(anyhow!("{why}: {}", network.name)),
            false => Failure::Usage(why),
        })?;
        network.guessed = network.guessed.left(&guess, &set);
        network.input = set;
        network.classes_from.clone_from(&self.classes_from);
        if let Some(file) = &self.labels {
            network.classes = Some(label_file::open(file).map_err(anyhow::Error::from)?);
        }
        Ok(())
    }
}
