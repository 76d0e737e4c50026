//! From a sentence to tokens: for BERT lower case, accents off, then the longest known pieces (WordPiece).
//!
//! The vocabulary and the rules come from the model's `tokenizer.json`. Every script is accepted;
//! what the vocabulary does not know becomes `[UNK]` or `<unk>`, and how often that happened is told.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde_json::{Value, json};
use thiserror::Error;
use tokenizers::DecoderWrapper;

use super::byte_pieces;
use crate::untrusted::{one_line, read};

/// The most tokens that all-MiniLM-L6-v2 has positions for.
pub const MAX_TOKENS: usize = 512;
/// Most bytes of a `tokenizer.json`; the largest vocabularies in use take 20 MB.
const MAX_FILE: u64 = 64 << 20;
/// Text beyond this many bytes is not looked at. 512 tokens of running text need a fiftieth of it.
const MAX_TEXT_BYTES: usize = 1 << 18;
/// `[CLS]`, one piece of the sentence, `[SEP]`.
const MIN_TOKENS: usize = 3;

/// What stands for pieces that the vocabulary does not know, in BERT and in RoBERTa.
const UNKNOWN: [&str; 6] = ["[UNK]", "<unk>", "<UNK>", "[unk]", "UNK", "unk"];

/// A sentence as the encoder reads it; the four lists are equally long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Rows of the vocabulary's table.
    pub ids: Vec<u32>,
    /// The pieces; `##` marks one that continues a word, or `Ġ` and `▁` one that begins a word.
    pub texts: Vec<String>,
    /// Which sentence a token belongs to; all 0.
    pub type_ids: Vec<u32>,
    /// Where each piece stands in the sentence, in bytes; empty for what stands around it.
    pub spans: Vec<Range<usize>>,
    /// How many pieces the vocabulary does not know.
    pub unknown: usize,
    /// Set if the sentence was too long.
    pub cut: Option<Cut>,
}

/// How a sentence that was too long has been cut. Displays as a clause for the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Tokens in the whole sentence, or in as much of it as was looked at.
    pub tokens: usize,
    /// Whether there is text beyond what was looked at.
    pub more: bool,
    /// Tokens kept, `[CLS]` and `[SEP]` among them.
    pub limit: usize,
    /// The bytes of the sentence that are kept.
    pub kept_bytes: usize,
    /// The last word or piece that is kept, as it stands in the sentence.
    pub last: String,
}

/// Why a sentence could not be read, or the rules to read it. Each message is one sentence.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SentenceError {
    /// Nothing but spaces and control characters.
    #[error("the sentence is empty, write at least one word")]
    Empty,
    /// The rules failed on this sentence.
    #[error("the sentence cannot be split into tokens ({reason}), try it without its unusual characters")]
    Encode {
        /// What the tokenizer says.
        reason: String,
    },
    /// A `tokenizer.json` that cannot be used.
    #[error("this is no usable tokenizer file ({reason}), choose the model's tokenizer.json: {file}")]
    Rules {
        /// What is wrong.
        reason: String,
        /// The file.
        file: String,
    },
}

/// The pieces that BERT's rules need.
const MARKS: [&str; 3] = ["[UNK]", "[CLS]", "[SEP]"];

/// The rules of a `tokenizer.json`, without the padding and the length limit that it may ask for.
#[derive(Clone)]
pub struct Tokenizer {
    rules: tokenizers::Tokenizer,
}

impl Tokenizer {
    /// The tokenizer of the encoder that Glassbox carries; parses a vocabulary of 30,522 pieces.
    #[must_use]
    pub fn embedded() -> Self {
        Self::from_bytes(
            "all-MiniLM-L6-v2 (built in)",
            crate::asset!("models/all-MiniLM-L6-v2.tokenizer.json"),
        )
        .expect("the embedded tokenizer is parsed by a test of this module")
    }

    /// Reads a `tokenizer.json`, or a `vocab.txt` with the rules of BERT or, without its marks, of plain words.
    ///
    /// # Errors
    /// [`SentenceError::Rules`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SentenceError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let wrong = |reason: String| SentenceError::Rules { reason, file: file.clone() };
        let bytes = read(path, MAX_FILE).map_err(|error| wrong(error.to_string()))?;
        if path.extension().is_none_or(|kind| kind != "txt") {
            return Self::from_bytes(&file, &bytes);
        }
        let words = String::from_utf8(bytes).map_err(|_| wrong("it is no text in UTF-8".to_owned()))?;
        let has = |piece: &str| words.lines().any(|word| word.trim_end() == piece);
        if MARKS.iter().all(|mark| has(mark)) {
            Self::from_vocabulary(&file, &words, true)
        } else {
            Self::from_words(&file, &words)
        }
    }

    /// Whole words over a list of them, a line each; `file` stands in messages. Words that are not in it become the piece
    /// for unknown ones, or the first where there is none.
    ///
    /// # Errors
    /// [`SentenceError::Rules`] if there are no words.
    pub fn from_words(file: &str, words: &str) -> Result<Self, SentenceError> {
        let list: Vec<&str> = words.trim_end().lines().map(str::trim_end).collect();
        let Some(first) = list.iter().find(|word| !word.is_empty()) else {
            return Err(SentenceError::Rules {
                reason: "it holds no words".to_owned(),
                file: file.to_owned(),
            });
        };
        let unknown = UNKNOWN.iter().find(|piece| list.contains(piece)).unwrap_or(first);
        // As the words are written: those in a list of small letters are found whatever the case.
        let is_lower = list.iter().all(|word| word.starts_with(['[', '<']) || word.to_lowercase() == **word);
        let vocabulary: HashMap<&str, usize> =
            list.iter().enumerate().map(|(id, word)| (*word, id)).collect();
        let rules = json!({
            "version": "1.0",
            "added_tokens": [],
            "normalizer": if is_lower { json!({ "type": "Lowercase" }) } else { json!(null) },
            "pre_tokenizer": { "type": "BertPreTokenizer" },
            "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": unknown },
        });
        Self::from_bytes(file, rules.to_string().as_bytes())
    }

    /// Parses the content of a `tokenizer.json`; `file` stands in messages.
    ///
    /// # Errors
    /// [`SentenceError::Rules`].
    pub fn from_bytes(file: &str, json: &[u8]) -> Result<Self, SentenceError> {
        let wrong = |error: tokenizers::Error| SentenceError::Rules {
            reason: one_line(&error.to_string()),
            file: file.to_owned(),
        };
        let mut rules = tokenizers::Tokenizer::from_bytes(json).map_err(wrong)?;
        rules.with_padding(None);
        rules.with_truncation(None).map_err(wrong)?;
        Ok(Self { rules })
    }

    /// The rules of BERT over a `vocab.txt`, a piece a line; `file` stands in messages.
    ///
    /// # Errors
    /// [`SentenceError::Rules`], also if `[UNK]`, `[CLS]` or `[SEP]` is not among the pieces.
    pub fn from_vocabulary(file: &str, words: &str, lower: bool) -> Result<Self, SentenceError> {
        let vocabulary: HashMap<&str, usize> =
            words.lines().map(str::trim_end).enumerate().map(|(id, word)| (word, id)).collect();
        let id = |token: &str| vocabulary.get(token).map(|id| json!(id));
        let added = added(file, MARKS, id)?;
        let ends = |token: &str| json!([token, vocabulary.get(token)]);
        let rules = json!({
            "version": "1.0",
            "added_tokens": added,
            "normalizer": {
                "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": lower,
            },
            "pre_tokenizer": { "type": "BertPreTokenizer" },
            "post_processor": { "type": "BertProcessing", "sep": ends("[SEP]"), "cls": ends("[CLS]") },
            "model": {
                "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": vocabulary,
            },
        });
        Self::from_bytes(file, rules.to_string().as_bytes())
    }

    /// The rules of RoBERTa over a `vocab.json`, pieces with their ids, and a `merges.txt`; `file` stands in messages.
    ///
    /// # Errors
    /// [`SentenceError::Rules`], also if `<unk>`, `<s>` or `</s>` is not among the pieces.
    pub fn from_merges(file: &str, pieces: &str, merges: &str) -> Result<Self, SentenceError> {
        let vocabulary: Value = serde_json::from_str(pieces).map_err(|error| SentenceError::Rules {
            reason: one_line(&error.to_string()),
            file: file.to_owned(),
        })?;
        let added = added(file, ["<unk>", "<s>", "</s>"], |token| vocabulary.get(token).cloned())?;
        let ends = |token: &str| json!([token, vocabulary.get(token)]);
        let merges: Vec<&str> =
            merges.lines().filter(|line| !line.is_empty() && !line.starts_with("#version")).collect();
        let byte_level = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true });
        let rules = json!({
            "version": "1.0",
            "added_tokens": added,
            "pre_tokenizer": byte_level,
            "post_processor": {
                "type": "RobertaProcessing", "sep": ends("</s>"), "cls": ends("<s>"),
                "trim_offsets": true, "add_prefix_space": false,
            },
            "decoder": byte_level,
            "model": {
                "type": "BPE", "unk_token": "<unk>", "continuing_subword_prefix": "", "end_of_word_suffix": "",
                "fuse_unk": false, "vocab": vocabulary, "merges": merges,
            },
        });
        Self::from_bytes(file, rules.to_string().as_bytes())
    }

    /// What stands for pieces that the vocabulary does not know.
    #[must_use]
    pub fn unknown(&self) -> &'static str {
        UNKNOWN.into_iter().find(|token| self.rules.token_to_id(token).is_some()).unwrap_or(UNKNOWN[0])
    }

    /// How many pieces there are.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.rules.get_vocab_size(true)
    }

    /// The content of a `tokenizer.json` with these rules.
    ///
    /// # Errors
    /// [`SentenceError::Encode`] if the rules cannot be written out.
    pub fn to_json(&self) -> Result<String, SentenceError> {
        self.rules
            .to_string(false)
            .map_err(|error| SentenceError::Encode { reason: one_line(&error.to_string()) })
    }

    /// Splits a sentence, at most [`MAX_TOKENS`] tokens.
    ///
    /// # Errors
    /// [`SentenceError::Empty`] or [`SentenceError::Encode`].
    pub fn encode(&self, sentence: &str) -> Result<Tokens, SentenceError> {
        self.encode_within(sentence, MAX_TOKENS)
    }

    /// Splits a sentence into at most `limit` tokens, `[CLS]` and `[SEP]` among them; a limit below
    /// 3 counts as 3. What is over is cut off before `[SEP]` and told in [`Tokens::cut`].
    ///
    /// # Errors
    /// [`SentenceError::Empty`] or [`SentenceError::Encode`].
    pub fn encode_within(&self, sentence: &str, limit: usize) -> Result<Tokens, SentenceError> {
        let limit = limit.max(MIN_TOKENS);
        let looked_at = &sentence[..sentence.floor_char_boundary(MAX_TEXT_BYTES)];
        let more = looked_at.len() < sentence.len();
        let encoding = self
            .rules
            .encode(looked_at, true)
            .map_err(|error| SentenceError::Encode { reason: one_line(&error.to_string()) })?;
        let special = encoding.get_special_tokens_mask();
        // Only `[CLS]` and `[SEP]` that the rules added are marked; a `[MASK]` in the text is not.
        if special.iter().all(|mask| *mask == 1) {
            return Err(SentenceError::Empty);
        }

        let mut kept: Vec<usize> = (0..encoding.len()).collect();
        if kept.len() > limit {
            // A closing token moves up against the last that is kept.
            let closing = usize::from(special.last() == Some(&1));
            kept.drain(limit - closing..encoding.len() - closing);
        }
        let spans = encoding.get_offsets();
        let cut = (more || encoding.len() > limit).then(|| {
            let mut seen = kept.iter().map(|at| spans[*at]).filter(|(start, end)| start < end);
            let (start, end) = seen.next_back().unwrap_or_default();
            Cut {
                tokens: encoding.len(),
                more,
                limit: kept.len(),
                kept_bytes: end,
                last: looked_at.get(start..end).unwrap_or_default().to_owned(),
            }
        });
        let unknown_id = self.rules.token_to_id(self.unknown());
        let in_bytes = matches!(self.rules.get_decoder(), Some(DecoderWrapper::ByteLevel(_)));
        let text = |piece: &String| if in_bytes { byte_pieces::shown(piece) } else { piece.clone() };
        let ids: Vec<u32> = kept.iter().map(|at| encoding.get_ids()[*at]).collect();
        Ok(Tokens {
            unknown: ids.iter().filter(|id| Some(**id) == unknown_id).count(),
            ids,
            texts: kept.iter().map(|at| text(&encoding.get_tokens()[*at])).collect(),
            type_ids: kept.iter().map(|at| encoding.get_type_ids()[*at]).collect(),
            spans: kept.iter().map(|at| spans[*at].0..spans[*at].1).collect(),
            cut,
        })
    }
}

/// Pieces that are found whole in a sentence, as a `tokenizer.json` lists them.
fn added(
    file: &str,
    tokens: [&str; 3],
    id: impl Fn(&str) -> Option<Value>,
) -> Result<Vec<Value>, SentenceError> {
    let listed = |token: &str| {
        let id = id(token).ok_or_else(|| SentenceError::Rules {
            reason: format!("the piece {token} is missing"),
            file: file.to_owned(),
        })?;
        Ok(json!({
            "id": id, "content": token, "special": true, "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false,
        }))
    };
    tokens.into_iter().map(listed).collect()
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokenizer").field("vocabulary", &self.vocabulary()).finish_non_exhaustive()
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_least = if self.more { "more than " } else { "" };
        write!(
            f,
            "the sentence has {at_least}{} tokens, the first {} are read: it is cut after \"{}\"",
            self.tokens, self.limit, self.last
        )
    }
}

#[cfg(test)]
#[path = "tokenizer_tests.rs"]
mod tests;
