//! Attention, and the positions that it needs.

mod attention_mechanisms;
mod compared_drawn;
mod cost;
#[cfg(test)]
mod facts;
mod mechanism;
mod mechanisms;
mod positional_encoding;
mod positions;
mod positions_drawn;
mod projection;
mod query;
mod questions;
mod recorded;
mod recording;
mod said;
mod scaled_drawn;
mod shown;
mod taught;

pub use positional_encoding::PositionalEncoding;
pub use shown::AttentionMechanisms;
