//! The WGSL programs of a kernel, and which of them runs where.

use crate::gpu::profile::Profile;
use crate::gpu::shader::Shader;

/// One WGSL program that computes the kernel.
pub struct Variant<P> {
    /// `plain` for the first; then what it is tuned for.
    pub name: &'static str,
    /// Its program, entry point `main`.
    pub shader: Shader,
    /// Workgroups to dispatch; fold long axes with [`fold`].
    pub groups: fn(&P) -> [u32; 3],
    /// Whether it can run these parameters and is worth running on this adapter.
    /// The last fitting variant is taken; the plain one always fits.
    pub fits: fn(&P, &Profile) -> bool,
    /// Whether it can run these parameters at all, on any adapter. `check` runs it wherever this holds.
    pub can: fn(&P) -> bool,
}

/// A variant without its parameter type.
#[derive(Clone, Copy, Debug)]
pub struct VariantInfo {
    /// `plain`, or what it is tuned for.
    pub name: &'static str,
    /// Its program.
    pub shader: Shader,
}

/// Always true: for `can` and `fits` of plain variants.
pub fn always<P>(_: &P) -> bool {
    true
}

/// Always true, whatever the adapter: for `fits` of plain variants.
pub fn anywhere<P>(_: &P, _: &Profile) -> bool {
    true
}

/// Workgroups for `items` invocations at `size` per workgroup, folded into y where x would pass
/// 65,535; the shader finds its item with `flat_index` of `shared/index.wgsl`.
pub fn fold(items: usize, size: u32) -> [u32; 3] {
    const MAX: u32 = 65_535;
    let groups = u32::try_from(items.div_ceil(size as usize)).unwrap_or(u32::MAX).max(1);
    if groups <= MAX {
        [groups, 1, 1]
    } else {
        let y = groups.div_ceil(MAX);
        [groups.div_ceil(y), y, 1]
    }
}
