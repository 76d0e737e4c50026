//! A sentence for a network that reads token ids: which vocabulary splits it, and what its ids mean there.

use std::collections::HashSet;
use std::path::Path;

use super::described::Network;
use super::role::Role;
use crate::models::onnx::Input;
use crate::models::{SentenceError, Tokenizer, Tokens};

/// Most tokens that a fixed input is filled up to.
pub(super) const MAX_LENGTH: usize = 4096;
/// Files with these names hold a vocabulary; the first that lies beside a model is read.
pub const VOCABULARIES: [&str; 2] = ["tokenizer.json", "vocab.txt"];
/// Tables are often made longer than their vocabulary, up to a multiple of this.
const ROUNDED: usize = 128;

/// A sentence as tokens of some vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// The tokens.
    pub tokens: Tokens,
    /// Whether the ids are of another vocabulary than the network's, so that they say nothing to it.
    pub is_foreign: bool,
    /// What was taken for granted, or why the ids mean nothing: a clause.
    pub told: Option<String>,
    /// How many tokens there are, and what became of them: a clause.
    pub length: String,
}

impl Network {
    /// Whether it reads token ids.
    pub fn reads_tokens(&self) -> bool {
        self.model.inputs.iter().any(|input| self.role(input) == Role::Tokens)
    }

    /// Rows of the table that the ids of an input are looked up in; of several tables, the shortest.
    pub(super) fn rows(&self, input: &Input) -> Option<usize> {
        /// What only casts or reshapes ids.
        const PASSING: &[&str] = &["Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"];
        let mut ids = HashSet::from([input.name.as_str()]);
        let mut rows = None::<usize>;
        for node in &self.model.nodes {
            let reads = |at: usize| node.input.get(at).is_some_and(|name| ids.contains(name.as_str()));
            let table = match node.op_type.as_deref().unwrap_or_default() {
                "Gather" if reads(1) => node.input.first(),
                "EmbedLayerNormalization" if reads(0) => node.input.get(2),
                operator if PASSING.contains(&operator) && reads(0) => {
                    ids.extend(node.output.first().map(String::as_str));
                    None
                }
                _ => None,
            };
            let table = table.and_then(|name| self.model.weights.get(name)).and_then(|w| w.shape.first());
            rows = rows.into_iter().chain(table.copied().filter(|&n| n > 0)).min();
        }
        rows
    }

    /// Splits a sentence into at most `limit` tokens, or as many as the network takes: by its own vocabulary, or else
    /// by the one that Glassbox carries.
    ///
    /// # Errors
    /// [`SentenceError`].
    pub fn sentence(&self, text: &str, carried: &Tokenizer, limit: usize) -> Result<Sentence, SentenceError> {
        let input = self.model.inputs.iter().find(|input| self.role(input) == Role::Tokens);
        let length = input.and_then(|input| *input.shape.as_ref()?.get(1)?);
        let own = self.tokenizer.as_deref();
        let mut tokens =
            own.unwrap_or(carried).encode_within(text, length.map_or(limit, |n| n.min(limit)))?;
        let pieces = own.unwrap_or(carried).vocabulary();
        let rows = input.and_then(|input| self.rows(input));
        let (have, table) = (pieces, rows.unwrap_or_default());
        let (is_foreign, told) = match (own, rows) {
            (Some(_), Some(rows)) if pieces > rows => (
                true,
                Some(format!(
                    "the vocabulary that was opened has {have} pieces and the model's table {table} rows, so it is not \
                     the model's: ids were taken modulo {table} and mean nothing"
                )),
            ),
            (Some(_), _) => (false, None),
            (None, Some(rows)) if pieces > rows || pieces + ROUNDED <= rows => (
                true,
                Some(format!(
                    "the model has a vocabulary of its own, of {table} pieces: ids are those of BERT's {have} pieces{} and \
                     mean nothing; open its tokenizer.json or vocab.txt",
                    if pieces > rows { format!(" modulo {table}") } else { String::new() }
                )),
            ),
            (None, _) => (
                false,
                Some(format!(
                    "the sentence is split by BERT's vocabulary of {have} pieces, since the file brings none: open the \
                     model's tokenizer.json or vocab.txt where that is another"
                )),
            ),
        };
        let count = tokens.ids.len();
        let told_length = match length {
            Some(length) if count < length && length <= MAX_LENGTH => {
                tokens.texts.resize(length, "·".to_owned());
                format!("{count} tokens, filled up to {length} with id 0")
            }
            _ => match &tokens.cut {
                Some(cut) => cut.to_string(),
                None => format!("{count} tokens"),
            },
        };
        let unknown = match tokens.unknown {
            0 => String::new(),
            n => format!("; {n} of them are unknown to the vocabulary"),
        };
        Ok(Sentence { tokens, is_foreign, told, length: told_length + &unknown })
    }
}

/// The vocabulary that lies beside a model, if there is one, or why it cannot be used.
pub(super) fn vocabulary_beside(folders: &[&Path]) -> Option<Result<Tokenizer, SentenceError>> {
    let files = folders.iter().flat_map(|folder| VOCABULARIES.map(|name| folder.join(name)));
    files.into_iter().find(|file| file.is_file()).map(Tokenizer::open)
}
