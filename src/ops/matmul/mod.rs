//! Batched matrix product, `y[b,m,n] = act(α·Σ_k A[b,m,k]·B[b,k,n] + bias[n])`.
//!
//! `a [B, M, K]` (or `[B, K, M]` if transposed), `b [B, K, N]` (or `[B, N, K]`), `bias [N]`,
//! `y [B, M, N]`. An operand with two axes is shared by the whole batch. Blocking: Goto and van de
//! Geijn, "Anatomy of high-performance matrix multiplication", 2008.

mod product;
mod sizes;

pub use product::{MATMUL, matmul};
pub use sizes::{Gemm, Matmul};
