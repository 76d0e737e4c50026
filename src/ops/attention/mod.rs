//! Scaled dot-product attention with heads: `o = softmax(scale·q·kᵀ + mask)·v`.
//!
//! `q [B, TQ, H·D]`, `k [B, TK, H·D]`, `v [B, TK, H·DV]`, `o [B, TQ, H·DV]`, the batch optional;
//! scores and probabilities `[B, H, TQ, TK]`. As stages, so that each can be looked at:
//!
//! - [`ATTENTION_SCORES`]: `s[h,i,j] = q_i·k_j`
//! - [`ATTENTION_MASK`]: `t = scale·s`, [`MASKED`] where query i must not look at key j
//! - a softmax over each row of `t`
//! - [`ATTENTION_OUTPUT`]: `o_i = Σ_j w[h,i,j]·v_j`
//!
//! and as [`ATTENTION`], one kernel with an online softmax that keeps no score. Sources: Vaswani et
//! al., "Attention is all you need", 2017; Milakov and Gimelshein, "Online normalizer calculation for
//! softmax", 2018; Dao et al., "FlashAttention", 2022.

mod fused;
mod general;
pub mod scores;
mod sizes;
mod stages;
#[cfg(test)]
mod tests;

pub use fused::{ATTENTION, MAX_HEAD, attention};
pub use general::{GeneralAttention, GeneralAttentionOptions, Mask, general_attention};
pub use sizes::{Attention, AttentionMask, AttentionOptions, AttentionProduct, MASKED};
pub use stages::{ATTENTION_MASK, ATTENTION_OUTPUT, ATTENTION_SCORES, AttentionStages, attention_stages};
