//! Attention.

mod attention_mechanisms;
mod query;
mod questions;
mod recorded;

pub use attention_mechanisms::AttentionMechanisms;
