//! Real networks and the files they come in.
//!
//! [`weights`] reads safetensors, [`weight_files`] finds all files that a model's weights lie in, and [`weight_writer`]
//! writes them, with [`quantized`] for the matrices that are stored in eight bits. [`minilm`] is the sentence encoder that
//! Glassbox carries ([`encoder_config`] has its sizes, [`encoder_architecture`] its relatives), [`tokenizer`] makes its
//! input, [`encoder_files`] opens both from the user's own files, [`encoder`] records its forward pass as a plan, in which
//! [`head_mask`] can mute heads, [`encoder_reference`] is its plain forward pass in `f64`, and [`import`] turns the original
//! files into the ones under `assets/models/`. [`onnx`] runs networks that others have trained, and [`foreign`] tells what
//! other frameworks have saved.

mod byte_pieces;
pub mod encoder;
pub mod encoder_architecture;
pub mod encoder_config;
pub mod encoder_files;
pub mod encoder_reference;
mod error;
pub mod family;
pub mod foreign;
pub mod head_mask;
pub mod import;
pub mod minilm;
pub mod network;
pub mod onnx;
pub mod pytorch;
pub mod quantized;
pub mod tokenizer;
mod weight_error;
pub mod weight_files;
pub mod weight_writer;
pub mod weights;

pub use encoder_architecture::Architecture;
pub use encoder_config::EncoderConfig;
pub use encoder_files::{Encoder, EncoderFileError};
pub use error::ModelError;
pub use head_mask::HeadMask;
pub use minilm::MiniLm;
pub use network::Network;
pub use tokenizer::{SentenceError, Tokenizer, Tokens};
pub use weights::{WeightError, WeightFile};
