//! The one description of an operation.
//!
//! A [`Kernel`] names its buffers, says how long each is for given parameters, holds the `f64`
//! reference, the WGSL variants and the test cases. The GPU session, the reference executor, the
//! tests, `check`, `bench`, the audit badge, the inspector and the shader tab all read it.

use super::case::Case;
use super::params::Params;
use super::slot::Slot;
use super::tolerance::Tolerance;
use super::trace::TraceFn;
use super::variant::Variant;
use crate::gpu::plan::{Forward, Plan};
use crate::gpu::tensor::Tensor;

/// Records the steps that compute the gradient of each input from the gradients of the outputs:
/// one entry an input, `None` where it is not wanted or is no float.
pub type BackwardFn<P> = fn(plan: &mut Plan, params: &P, step: &Forward<'_>) -> Vec<Option<Tensor>>;

/// How gradients pass through a kernel.
pub enum Backward<P> {
    /// By these steps.
    Rule(BackwardFn<P>),
    /// Not at all, and why.
    None(&'static str),
}

/// Computes the outputs in `f64` from the values of the inputs.
pub type ReferenceFn<P> = fn(params: &P, ins: &[&[f64]], outs: &mut [Vec<f64>]);

/// The one description of an operation.
pub struct Kernel<P: Params> {
    /// Equal to the stem of the plain shader, the pipeline label and the test id.
    pub name: &'static str,
    /// One sentence with the formula.
    pub about: &'static str,
    /// Inputs, bound from `@binding(1)` on.
    pub ins: &'static [Slot<P>],
    /// Outputs, bound after the inputs.
    pub outs: &'static [Slot<P>],
    /// The operation in `f64`, written for clarity. Outputs arrive zeroed at their full length
    /// (`Update` slots: with their old content).
    pub reference: ReferenceFn<P>,
    /// The gradients of the inputs.
    pub backward: Backward<P>,
    /// The arithmetic behind one element, for the inspector.
    pub trace: Option<TraceFn<P>>,
    /// The plain variant first.
    pub variants: &'static [Variant<P>],
    /// What `check`, the tests and `bench` run.
    pub cases: fn() -> Vec<Case<P>>,
    /// Allowed distance from the reference of outputs that are no [sums](Slot::sums), for numbers about 1.
    pub tolerance: Tolerance,
    /// Floating-point operations, for `bench` and the counters.
    pub flops: fn(&P) -> f64,
}
