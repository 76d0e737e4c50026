//! The buffers that a kernel binds.

use super::tolerance::SummandsFn;
use crate::gpu::tensor::DType;

/// Whether a kernel reads a buffer, overwrites it or some of it, or reads and then changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`, every element written, none read.
    Write,
    /// `var<storage, read_write>`, some elements written, none read: the others stay.
    Place,
    /// `var<storage, read_write>`, old content matters (optimisers).
    Update,
}

impl Access {
    /// Whether something of the old content is left.
    pub fn keeps(self) -> bool {
        matches!(self, Self::Place | Self::Update)
    }
}

/// A buffer that a kernel binds: its WGSL name and its length as a function of the parameters.
///
/// A length of 0 means "absent" (a convolution without bias); the shader must not read it then.
pub struct Slot<P> {
    /// Name of the variable in WGSL.
    pub name: &'static str,
    /// Element type.
    pub dtype: DType,
    /// Read, written or updated.
    pub access: Access,
    /// Number of elements.
    pub len: fn(&P) -> usize,
    /// Of an output whose elements are sums, what one of them is the sum of.
    pub summands: Option<SummandsFn<P>>,
}

impl<P> Slot<P> {
    /// An `f32` input.
    pub const fn input(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::F32, access: Access::Read, len, summands: None }
    }
    /// A `u32` input.
    pub const fn input_u32(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::U32, access: Access::Read, len, summands: None }
    }
    /// An `f32` output, written in full.
    pub const fn output(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::F32, access: Access::Write, len, summands: None }
    }
    /// A `u32` output, written in full.
    pub const fn output_u32(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::U32, access: Access::Write, len, summands: None }
    }
    /// An `f32` output whose old content counts.
    pub const fn update(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::F32, access: Access::Update, len, summands: None }
    }
    /// A `u32` output whose old content counts.
    pub const fn update_u32(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::U32, access: Access::Update, len, summands: None }
    }
    /// The same output, whose elements are sums: they are compared by the size of their terms.
    pub const fn sums(self, summands: SummandsFn<P>) -> Self {
        Self { summands: Some(summands), ..self }
    }
}

/// A slot without its parameter type.
#[derive(Clone, Copy, Debug)]
pub struct SlotInfo {
    /// Name in WGSL.
    pub name: &'static str,
    /// Element type.
    pub dtype: DType,
    /// Read, written or updated.
    pub access: Access,
}

pub(super) fn infos<P>(slots: &[Slot<P>]) -> Vec<SlotInfo> {
    slots.iter().map(|s| SlotInfo { name: s.name, dtype: s.dtype, access: s.access }).collect()
}
