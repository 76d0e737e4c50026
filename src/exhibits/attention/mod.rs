//! Attention.

mod attention_mechanisms;

pub use attention_mechanisms::AttentionMechanisms;
