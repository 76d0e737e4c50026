//! What the files beside a checkpoint say that its tensors do not: heads, epsilon, and what pictures it was trained on.

use serde::Deserialize;

use crate::models::network::InputSettings;
use crate::models::weights::{WeightError, WeightFile};

/// The part of a `config.json` that matters, of transformers or of timm.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub hidden_size: Option<usize>,
    #[serde(rename = "num_attention_heads")]
    pub heads: Option<usize>,
    #[serde(rename = "layer_norm_eps")]
    pub epsilon: Option<f32>,
    pub hidden_act: Option<String>,
    /// timm's.
    pretrained_cfg: Option<Trained>,
}

/// What pictures timm's weights were trained on.
#[derive(Deserialize)]
struct Trained {
    mean: [f32; 3],
    std: [f32; 3],
    crop_pct: Option<f32>,
}

/// The part of a `preprocessor_config.json` that matters.
#[derive(Deserialize)]
struct Preprocessor {
    image_mean: [f32; 3],
    image_std: [f32; 3],
}

impl Config {
    /// That of a network of the width `width`; another file's says nothing of it.
    ///
    /// # Errors
    /// If it asks for another activation than GELU.
    pub fn of(file: &WeightFile, width: usize) -> Result<Self, WeightError> {
        let config: Self =
            file.beside("config.json").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        if config.hidden_size.is_some_and(|own| own != width) {
            return Ok(Self::default());
        }
        match config.hidden_act {
            Some(found) if found != "gelu" => Err(WeightError::Setting {
                setting: "hidden_act",
                found: crate::untrusted::one_line(&found),
                wanted: "gelu".into(),
                file: file.name().to_owned(),
            }),
            _ => Ok(config),
        }
    }

    /// The mean and the spread that the files beside say, put into `input`, or whether nothing is said.
    pub fn normalise(&self, file: &WeightFile, input: &mut InputSettings) -> bool {
        let preprocessor: Option<Preprocessor> =
            file.beside("preprocessor_config.json").and_then(|text| serde_json::from_str(text).ok());
        let said = match (&self.pretrained_cfg, preprocessor) {
            (Some(trained), _) => {
                input.crop = trained.crop_pct.unwrap_or(input.crop);
                Some((trained.mean, trained.std))
            }
            (None, Some(p)) => Some((p.image_mean, p.image_std)),
            (None, None) => None,
        };
        let Some((mean, std)) = said else { return false };
        let taken =
            InputSettings { mean: mean.map(|v| v * 255.0), std: std.map(|v| v * 255.0), ..input.clone() };
        if taken.check().is_err() {
            return false;
        }
        *input = taken;
        true
    }
}
