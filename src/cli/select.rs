//! Kernels by name, for the commands that take a filter.

use super::failure::Failure;
use crate::gpu::AnyKernel;
use crate::ops::{self, KERNELS};
use crate::suggest::nearest;

fn names() -> impl Iterator<Item = &'static str> {
    KERNELS.iter().map(|k| k.name())
}

fn unknown(what: &str, wanted: &str) -> Failure {
    let hint = nearest(wanted, names()).map(|n| format!("; the nearest is \"{n}\"")).unwrap_or_default();
    Failure::Usage(format!("{what} \"{wanted}\"{hint}"))
}

/// Kernels whose name contains the filter; all without one.
pub fn matching(filter: Option<&str>) -> Result<Vec<&'static dyn AnyKernel>, Failure> {
    let part = filter.unwrap_or_default();
    let found: Vec<_> = KERNELS.iter().copied().filter(|k| k.name().contains(&part.to_lowercase())).collect();
    if found.is_empty() { Err(unknown("no kernel's name contains", part)) } else { Ok(found) }
}

/// The kernel of exactly this name.
pub fn exact(name: &str) -> Result<&'static dyn AnyKernel, Failure> {
    ops::kernel(name).ok_or_else(|| unknown("there is no kernel", name))
}
