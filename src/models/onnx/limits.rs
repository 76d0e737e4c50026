//! Limits on what a file can ask for.

use super::error::{Refusal, unsupported};

/// Largest length, stride, padding or other whole-number setting.
pub const MAX_SETTING: i64 = 1 << 24;
/// Most integers, or floats of a folded constant, that a node computes on the CPU.
pub const MAX_KNOWN: usize = 1 << 24;
/// Most numbers on the CPU in all the weights of a file: a gigabyte of floats.
pub const MAX_HELD: usize = 1 << 28;
/// Most numbers on the CPU that nodes make, which a small file can ask for: half a gigabyte of floats.
pub const MAX_MADE: usize = 1 << 27;

/// Largest number up to which floats hold each whole one.
pub const MAX_WHOLE: usize = 1 << 24;

/// Most elements of a buffer that every adapter can bind: 128 MiB.
pub const MAX_BOUND: usize = 1 << 25;

/// Refuses to compute so many numbers that the CPU would be slow.
pub fn limit_known(count: usize) -> Result<(), Refusal> {
    limit(count, MAX_KNOWN)
}

/// Refuses to make weights that all of memory would not hold.
pub fn limit_made(count: usize) -> Result<(), Refusal> {
    limit(count, MAX_MADE)
}

fn limit(count: usize, limit: usize) -> Result<(), Refusal> {
    if count > limit {
        return unsupported(format!("{count} numbers on the CPU are more than the limit of {limit}"));
    }
    Ok(())
}
