//! The kinds of encoders that are one network under different names: BERT and those that came of it.
//!
//! Devlin et al., "BERT", 2018; Liu et al., "RoBERTa", 2019; Sanh et al., "DistilBERT", 2019; Conneau et al., "XLM-R",
//! 2019; Clark et al., "ELECTRA", 2020.

use serde::{Deserialize, Serialize};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Architecture {
    /// As published.
    Bert,
    /// BERT without types of tokens.
    DistilBert,
    /// BERT whose positions are counted from behind that of padding.
    Roberta,
    /// BERT whose tables may be narrower than its layers.
    Electra,
}

/// What a `config.json` calls them; the first name of each is written.
const MODEL_TYPES: [(&str, Architecture); 6] = [
    ("bert", Architecture::Bert),
    ("distilbert", Architecture::DistilBert),
    ("roberta", Architecture::Roberta),
    ("xlm-roberta", Architecture::Roberta),
    ("camembert", Architecture::Roberta),
    ("electra", Architecture::Electra),
];

/// Names of the tensors of a layer.
pub(super) struct Names {
    /// What stands before a layer's number.
    pub layer: &'static str,
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub attention_output: &'static str,
    pub attention_norm: &'static str,
    pub intermediate: &'static str,
    pub output: &'static str,
    pub output_norm: &'static str,
}

const BERT: Names = Names {
    layer: "encoder.layer",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    attention_output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense",
    output: "output.dense",
    output_norm: "output.LayerNorm",
};

const DISTILBERT: Names = Names {
    layer: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    attention_output: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    intermediate: "ffn.lin1",
    output: "ffn.lin2",
    output_norm: "output_layer_norm",
};

/// What DistilBERT's `config.json` calls the sizes, and what the others do.
pub(super) const DISTILBERT_KEYS: [(&str, &str); 5] = [
    ("n_layers", "num_hidden_layers"),
    ("n_heads", "num_attention_heads"),
    ("dim", "hidden_size"),
    ("hidden_dim", "intermediate_size"),
    ("activation", "hidden_act"),
];

impl Architecture {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "BERT",
            Self::DistilBert => "DistilBERT",
            Self::Roberta => "RoBERTa",
            Self::Electra => "ELECTRA",
        }
    }

    /// Whether a token's type is added to it.
    #[must_use]
    pub fn has_types(self) -> bool {
        self != Self::DistilBert
    }

    pub(super) fn names(self) -> &'static Names {
        if self == Self::DistilBert { &DISTILBERT } else { &BERT }
    }
}

impl Names {
    pub(super) fn part(&self, layer: usize, part: &str) -> String {
        format!("{}.{layer}.{part}", self.layer)
    }
}

impl TryFrom<String> for Architecture {
    type Error = String;

    fn try_from(model_type: String) -> Result<Self, String> {
        let known = MODEL_TYPES.iter().find(|(name, _)| *name == model_type);
        known.map(|(_, architecture)| *architecture).ok_or_else(|| {
            let read = MODEL_TYPES.map(|(name, _)| name).join(", ");
            format!("model_type is {model_type} and those that are read are {read}")
        })
    }
}

impl From<Architecture> for String {
    fn from(architecture: Architecture) -> Self {
        let named = MODEL_TYPES.iter().find(|(_, own)| *own == architecture);
        named.map_or_else(Self::new, |(name, _)| (*name).to_owned())
    }
}
