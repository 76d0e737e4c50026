//! Attention, and the positions that it needs.

mod attention_mechanisms;
mod positional_encoding;
mod positions;
mod positions_drawn;
mod query;
mod questions;
mod recorded;

pub use attention_mechanisms::AttentionMechanisms;
pub use positional_encoding::PositionalEncoding;
