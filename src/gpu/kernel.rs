//! The one description of an operation.
//!
//! A [`Kernel`] names its buffers, says how long each is for given parameters, holds the `f64`
//! reference, the WGSL variants and the test cases. The GPU session, the reference executor, the
//! tests, `check`, `bench`, the audit badge, the inspector and the shader tab all read it.

use std::fmt::Debug;

use bytemuck::Pod;

use super::plan::{Plan, Tensor};
use super::profile::Profile;
use super::shader::Shader;

/// The element type of a buffer. Both are four bytes wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit float.
    F32,
    /// 32-bit unsigned integer: token ids, positions of maxima, packed colours.
    U32,
}

impl DType {
    /// The numbers that raw words stand for.
    pub fn numbers(self, words: &[u32]) -> Vec<f32> {
        match self {
            Self::F32 => words.iter().map(|&w| f32::from_bits(w)).collect(),
            Self::U32 => words.iter().map(|&w| w as f32).collect(),
        }
    }
}

/// Whether a kernel reads a buffer, overwrites it, or reads and then changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`, every element written, none read.
    Write,
    /// `var<storage, read_write>`, old content matters (optimisers).
    Update,
}

/// One member of a parameter struct, as the WGSL uniform must declare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Member name, equal in Rust and WGSL.
    pub name: &'static str,
    /// WGSL type, such as `vec2<u32>`.
    pub wgsl: &'static str,
    /// Byte offset.
    pub offset: usize,
}

/// A type that may stand in a parameter struct.
pub trait ParamField {
    /// Its WGSL spelling.
    const WGSL: &'static str;
}

macro_rules! param_field {
    ($($rust:ty => $wgsl:literal),* $(,)?) => {
        $(impl ParamField for $rust { const WGSL: &'static str = $wgsl; })*
    };
}
param_field! {
    u32 => "u32", i32 => "i32", f32 => "f32",
    [u32; 2] => "vec2<u32>", [u32; 4] => "vec4<u32>",
    [i32; 2] => "vec2<i32>", [i32; 4] => "vec4<i32>",
    [f32; 2] => "vec2<f32>", [f32; 4] => "vec4<f32>",
}

/// The uniform block of a kernel; made by [`params!`](crate::params).
pub trait Params: Pod + Debug + PartialEq + Send + Sync + 'static {
    /// Members in order.
    const FIELDS: &'static [Field];
}

/// Declares the uniform parameters of a kernel.
///
/// Members keep their order in memory. WGSL aligns `vec2` to 8 and `vec4` to 16 bytes, so put the
/// widest first; a test compares offsets with the shader.
#[macro_export]
macro_rules! params {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $($(#[$field_meta])* pub $field: $ty),* }

        impl $crate::gpu::Params for $name {
            const FIELDS: &'static [$crate::gpu::Field] = &[$($crate::gpu::Field {
                name: stringify!($field),
                wgsl: <$ty as $crate::gpu::ParamField>::WGSL,
                offset: std::mem::offset_of!($name, $field),
            }),*];
        }
    };
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
}

impl<P> Slot<P> {
    /// An `f32` input.
    pub const fn input(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::F32, access: Access::Read, len }
    }
    /// A `u32` input.
    pub const fn input_u32(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::U32, access: Access::Read, len }
    }
    /// An `f32` output, written in full.
    pub const fn output(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::F32, access: Access::Write, len }
    }
    /// A `u32` output, written in full.
    pub const fn output_u32(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::U32, access: Access::Write, len }
    }
    /// An `f32` output whose old content counts: it is changed, or only some of it is written.
    pub const fn update(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::F32, access: Access::Update, len }
    }
    /// A `u32` output whose old content counts.
    pub const fn update_u32(name: &'static str, len: fn(&P) -> usize) -> Self {
        Self { name, dtype: DType::U32, access: Access::Update, len }
    }
}

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

/// How to fill an input of a case.
#[derive(Clone, Debug)]
pub enum Fill {
    /// Standard normal times the factor, seeded by the case and the slot.
    Normal(f32),
    /// Uniform in `[lo, hi)`.
    Uniform(f32, f32),
    /// Every element the same.
    Const(f32),
    /// Exactly these values.
    Values(Vec<f32>),
    /// Integers below the bound (for `u32` slots).
    Ids(u32),
    /// 0, -0, ±1e-30, ±1e4 and ordinary numbers in turn.
    Extreme,
}

/// Parameters and inputs with which a kernel is checked and, if marked, timed.
pub struct Case<P> {
    /// Names the case in reports: `vgg 3x3`, `one element`.
    pub name: &'static str,
    /// The parameters.
    pub params: P,
    /// One fill for each input slot, then one for each `Update` output where zeros would not do.
    pub fills: Vec<Fill>,
    /// Timed by `bench`.
    pub bench: bool,
    /// Why the reference has no derivative at these inputs, where it has none: ties of a maximum.
    /// Finite differences leave the case out.
    pub kink: Option<&'static str>,
    /// The only input that has no derivative there: the others are differentiated.
    pub kinked_input: Option<usize>,
}

impl<P> Case<P> {
    /// A case whose inputs are all standard normal.
    pub fn normal(name: &'static str, params: P, inputs: usize) -> Self {
        let fills = vec![Fill::Normal(1.0); inputs];
        Self { name, params, fills, bench: false, kink: None, kinked_input: None }
    }
    /// The same case with other fills.
    #[must_use]
    pub fn fills(mut self, fills: Vec<Fill>) -> Self {
        self.fills = fills;
        self
    }
    /// The same case, left out by finite differences for a reason.
    #[must_use]
    pub fn kinked(mut self, why: &'static str) -> Self {
        self.kink = Some(why);
        self
    }
    /// The same case; finite differences leave out one input slot for a reason.
    #[must_use]
    pub fn kinked_in(self, input: usize, why: &'static str) -> Self {
        Self { kinked_input: Some(input), ..self.kinked(why) }
    }
    /// The same case, timed by `bench` as well.
    #[must_use]
    pub fn timed(mut self) -> Self {
        self.bench = true;
        self
    }
}

/// The distance at which a GPU element counts as equal to the reference:
/// `|gpu - reference| <= abs + rel * |reference|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Absolute part.
    pub abs: f64,
    /// Part relative to the magnitude of the reference.
    pub rel: f64,
}

impl Tolerance {
    /// Bit-for-bit results: masks, indices, colours.
    pub const EXACT: Self = Self { abs: 0.0, rel: 0.0 };
    /// A handful of roundings.
    pub const ELEMENTWISE: Self = Self { abs: 1e-6, rel: 1e-5 };
    /// Sums of up to a few thousand products of ordinary numbers.
    pub const SUMS: Self = Self { abs: 1e-4, rel: 1e-4 };
}

/// Where one output element came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Input elements read: (input slot, flat index). Drawn as outlines.
    pub reads: Vec<(usize, usize)>,
    /// The arithmetic, written out with the numbers, one line an entry.
    pub lines: Vec<String>,
}

/// Explains output element `index` of output slot `out` from the values of the inputs.
pub type TraceFn<P> = fn(params: &P, ins: &[&[f32]], out: usize, index: usize) -> Trace;

/// A forward step as its backward rule sees it. Tensors are flat, `[LEN]`: shapes are in the
/// parameters of the step.
#[derive(Debug)]
pub struct Forward<'a> {
    /// Inputs; `None` for an absent one.
    pub ins: &'a [Option<Tensor>],
    /// Outputs.
    pub outs: &'a [Tensor],
    /// Gradient of the loss with respect to each output; `None` where none arrives.
    pub d_outs: &'a [Option<Tensor>],
    /// Which inputs need a gradient.
    pub wanted: &'a [bool],
}

impl Forward<'_> {
    /// Input `i`.
    ///
    /// # Panics
    /// If it is absent: rules ask for optional inputs through `ins`.
    pub fn input(&self, i: usize) -> &Tensor {
        self.ins[i].as_ref().expect("the step has this input")
    }
}

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
    /// Allowed distance from the reference, for ordinary inputs.
    pub tolerance: Tolerance,
    /// Floating-point operations, for `bench` and the counters.
    pub flops: fn(&P) -> f64,
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

/// A variant without its parameter type.
#[derive(Clone, Copy, Debug)]
pub struct VariantInfo {
    /// `plain`, or what it is tuned for.
    pub name: &'static str,
    /// Its program.
    pub shader: Shader,
}

/// A case without its parameter type.
pub struct CaseInfo {
    /// Name in reports.
    pub name: &'static str,
    /// The parameter struct as bytes.
    pub params: Vec<u8>,
    /// One fill for each input, then for each `Update` output.
    pub fills: Vec<Fill>,
    /// Timed by `bench`.
    pub bench: bool,
    /// Why finite differences leave it out.
    pub kink: Option<&'static str>,
    /// The only input that they leave out.
    pub kinked_input: Option<usize>,
}

/// A [`Kernel`] of any parameter type, parameters as bytes.
pub trait AnyKernel: Sync {
    /// Name of the kernel.
    fn name(&self) -> &'static str;
    /// One sentence with the formula.
    fn about(&self) -> &'static str;
    /// Members of the parameter struct.
    fn fields(&self) -> &'static [Field];
    /// Size of the parameter struct in bytes.
    fn params_size(&self) -> usize;
    /// Input slots.
    fn ins(&self) -> Vec<SlotInfo>;
    /// Output slots.
    fn outs(&self) -> Vec<SlotInfo>;
    /// Lengths of the inputs and of the outputs.
    fn lens(&self, params: &[u8]) -> (Vec<usize>, Vec<usize>);
    /// All variants, plain first.
    fn variants(&self) -> Vec<VariantInfo>;
    /// Index of the variant to run on this adapter.
    fn pick(&self, params: &[u8], profile: &Profile) -> usize;
    /// Whether a variant can run these parameters.
    fn can(&self, variant: usize, params: &[u8]) -> bool;
    /// Workgroups to dispatch.
    fn groups(&self, variant: usize, params: &[u8]) -> [u32; 3];
    /// Runs the reference.
    fn reference(&self, params: &[u8], ins: &[&[f64]], outs: &mut [Vec<f64>]);
    /// Records the gradients of the inputs of a step, or says why there are none.
    fn backward(
        &self,
        plan: &mut Plan,
        params: &[u8],
        step: &Forward<'_>,
    ) -> Result<Vec<Option<Tensor>>, &'static str>;
    /// Why no gradient passes through it; `None` where one does.
    fn no_gradient(&self) -> Option<&'static str>;
    /// Explains an output element, where the kernel can.
    fn trace(&self, params: &[u8], ins: &[&[f32]], out: usize, index: usize) -> Option<Trace>;
    /// The cases.
    fn cases(&self) -> Vec<CaseInfo>;
    /// Allowed distance from the reference.
    fn tolerance(&self) -> Tolerance;
    /// Floating-point operations.
    fn flops(&self, params: &[u8]) -> f64;
    /// The parameters in readable form.
    fn describe(&self, params: &[u8]) -> String;
}

impl Debug for dyn AnyKernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Parameters back from their bytes.
fn typed<P: Params>(bytes: &[u8]) -> P {
    bytemuck::pod_read_unaligned(bytes)
}

fn info<P>(slots: &[Slot<P>]) -> Vec<SlotInfo> {
    slots.iter().map(|s| SlotInfo { name: s.name, dtype: s.dtype, access: s.access }).collect()
}

impl<P: Params> AnyKernel for Kernel<P> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn about(&self) -> &'static str {
        self.about
    }
    fn fields(&self) -> &'static [Field] {
        P::FIELDS
    }
    fn params_size(&self) -> usize {
        size_of::<P>()
    }
    fn ins(&self) -> Vec<SlotInfo> {
        info(self.ins)
    }
    fn outs(&self) -> Vec<SlotInfo> {
        info(self.outs)
    }
    fn lens(&self, params: &[u8]) -> (Vec<usize>, Vec<usize>) {
        let p = typed(params);
        let lens = |slots: &[Slot<P>]| slots.iter().map(|s| (s.len)(&p)).collect();
        (lens(self.ins), lens(self.outs))
    }
    fn variants(&self) -> Vec<VariantInfo> {
        self.variants.iter().map(|v| VariantInfo { name: v.name, shader: v.shader }).collect()
    }
    fn pick(&self, params: &[u8], profile: &Profile) -> usize {
        let p = typed(params);
        self.variants.iter().rposition(|v| (v.can)(&p) && (v.fits)(&p, profile)).unwrap_or(0)
    }
    fn can(&self, variant: usize, params: &[u8]) -> bool {
        (self.variants[variant].can)(&typed(params))
    }
    fn groups(&self, variant: usize, params: &[u8]) -> [u32; 3] {
        (self.variants[variant].groups)(&typed(params))
    }
    fn reference(&self, params: &[u8], ins: &[&[f64]], outs: &mut [Vec<f64>]) {
        (self.reference)(&typed(params), ins, outs);
    }
    fn backward(
        &self,
        plan: &mut Plan,
        params: &[u8],
        step: &Forward<'_>,
    ) -> Result<Vec<Option<Tensor>>, &'static str> {
        match self.backward {
            Backward::Rule(rule) => Ok(rule(plan, &typed(params), step)),
            Backward::None(why) => Err(why),
        }
    }
    fn no_gradient(&self) -> Option<&'static str> {
        match self.backward {
            Backward::Rule(_) => None,
            Backward::None(why) => Some(why),
        }
    }
    fn trace(&self, params: &[u8], ins: &[&[f32]], out: usize, index: usize) -> Option<Trace> {
        self.trace.map(|trace| trace(&typed(params), ins, out, index))
    }
    fn cases(&self) -> Vec<CaseInfo> {
        (self.cases)()
            .into_iter()
            .map(|c| CaseInfo {
                name: c.name,
                params: bytemuck::bytes_of(&c.params).to_vec(),
                fills: c.fills,
                bench: c.bench,
                kink: c.kink,
                kinked_input: c.kinked_input,
            })
            .collect()
    }
    fn tolerance(&self) -> Tolerance {
        self.tolerance
    }
    fn flops(&self, params: &[u8]) -> f64 {
        (self.flops)(&typed(params))
    }
    fn describe(&self, params: &[u8]) -> String {
        format!("{:?}", typed::<P>(params))
    }
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
