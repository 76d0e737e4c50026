//! A recorded computation: buffers and the steps over them, in order. Printable, and run by a
//! [`Session`](super::Session) on the GPU or by [`reference`](super::reference) in `f64`.

use std::fmt;
use std::sync::Arc;

use super::kernel::{AnyKernel, DType, Kernel, Params};

/// Values that live on the CPU and are uploaded when a plan needs them.
///
/// Shared by `Arc`: a session uploads each allocation once, however many plans use it.
#[derive(Clone, Debug)]
pub enum Data {
    /// Floats.
    F32(Arc<[f32]>),
    /// Unsigned integers.
    U32(Arc<[u32]>),
}

impl Data {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::U32(v) => v.len(),
        }
    }
    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Element type.
    pub fn dtype(&self) -> DType {
        match self {
            Self::F32(_) => DType::F32,
            Self::U32(_) => DType::U32,
        }
    }
    /// The bytes to upload.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::F32(v) => bytemuck::cast_slice(v),
            Self::U32(v) => bytemuck::cast_slice(v),
        }
    }
    /// The values for the reference.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::U32(v) => v.iter().map(|&x| f64::from(x)).collect(),
        }
    }
    /// Whether both are the same allocation.
    pub fn same(&self, other: &Self) -> bool {
        self.address() == other.address() && self.len() == other.len()
    }
    /// Address of the allocation: its identity while it lives.
    pub fn address(&self) -> usize {
        match self {
            Self::F32(v) => v.as_ptr() as usize,
            Self::U32(v) => v.as_ptr() as usize,
        }
    }
}

impl From<Vec<f32>> for Data {
    fn from(v: Vec<f32>) -> Self {
        Self::F32(v.into())
    }
}
impl From<Vec<u32>> for Data {
    fn from(v: Vec<u32>) -> Self {
        Self::U32(v.into())
    }
}
impl From<Arc<[f32]>> for Data {
    fn from(v: Arc<[f32]>) -> Self {
        Self::F32(v)
    }
}
impl From<Arc<[u32]>> for Data {
    fn from(v: Arc<[u32]>) -> Self {
        Self::U32(v)
    }
}

/// A buffer of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufId(pub usize);

/// A tensor of a plan: a buffer and its shape (row-major, last axis fastest).
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its buffer.
    pub buf: BufId,
    /// Axis lengths.
    pub shape: Vec<usize>,
    /// Element type.
    pub dtype: DType,
}

impl Tensor {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The same buffer seen with another shape of as many elements.
    ///
    /// # Panics
    /// If the number of elements differs.
    #[must_use]
    pub fn view(&self, shape: &[usize]) -> Self {
        assert_eq!(self.len(), shape.iter().product::<usize>(), "view {:?} as {shape:?}", self.shape);
        Self { buf: self.buf, shape: shape.to_vec(), dtype: self.dtype }
    }
    /// Flat index into coordinates.
    pub fn coordinates(&self, mut index: usize) -> Vec<usize> {
        let mut at = vec![0; self.shape.len()];
        for (axis, &n) in self.shape.iter().enumerate().rev() {
            at[axis] = index % n.max(1);
            index /= n.max(1);
        }
        at
    }
}

/// Where a buffer's content comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Uploaded from the CPU.
    Constant(Data),
    /// Written by a step, or by hand.
    Temporary,
    /// A buffer of another session, named when this plan's session is made.
    External,
    /// A stretch of another buffer of this plan, so that one step can work on many tensors at once:
    /// all weights, all gradients.
    Part {
        /// The whole.
        of: BufId,
        /// First element; a multiple of [`PART_ALIGN`].
        offset: usize,
    },
}

/// Parts of a buffer begin at multiples of this many elements: 256 bytes, which every adapter can
/// bind.
pub const PART_ALIGN: usize = 64;

/// Declaration of a buffer.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// What it holds, in the words of the page: `photo`, `scores`.
    pub name: String,
    /// Number of elements.
    pub len: usize,
    /// Element type.
    pub dtype: DType,
    /// Where its content comes from.
    pub source: Source,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Step {
    /// What runs.
    pub kernel: &'static dyn AnyKernel,
    /// Its parameter struct.
    pub params: Vec<u8>,
    /// Input buffers, in slot order; `None` for an absent one.
    pub ins: Vec<Option<BufId>>,
    /// Output buffers, in slot order.
    pub outs: Vec<BufId>,
}

/// Index of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepId(pub usize);

/// A recorded computation.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// All buffers.
    pub buffers: Vec<Buffer>,
    /// All steps, in order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// An empty plan.
    pub fn new() -> Self {
        Self::default()
    }

    fn declare(&mut self, name: &str, shape: &[usize], dtype: DType, source: Source) -> Tensor {
        let buf = BufId(self.buffers.len());
        let len = shape.iter().product();
        self.buffers.push(Buffer { name: name.to_owned(), len, dtype, source });
        Tensor { buf, shape: shape.to_vec(), dtype }
    }

    /// Values from the CPU.
    ///
    /// # Panics
    /// If the number of values does not fit the shape.
    pub fn constant(&mut self, name: &str, shape: &[usize], data: impl Into<Data>) -> Tensor {
        let data = data.into();
        assert_eq!(data.len(), shape.iter().product::<usize>(), "{name}: {shape:?}");
        let dtype = data.dtype();
        self.declare(name, shape, dtype, Source::Constant(data))
    }

    /// A buffer that a step will write.
    pub fn temporary(&mut self, name: &str, shape: &[usize], dtype: DType) -> Tensor {
        self.declare(name, shape, dtype, Source::Temporary)
    }

    /// A buffer of another session.
    pub fn external(&mut self, name: &str, shape: &[usize], dtype: DType) -> Tensor {
        self.declare(name, shape, dtype, Source::External)
    }

    /// A stretch of another buffer, from element `offset` on.
    ///
    /// # Panics
    /// If it reaches past the end, begins off [`PART_ALIGN`], or the whole is a part itself.
    pub fn part(&mut self, name: &str, whole: &Tensor, offset: usize, shape: &[usize]) -> Tensor {
        let len: usize = shape.iter().product();
        assert!(
            offset + len <= whole.len() && offset.is_multiple_of(PART_ALIGN),
            "{name}: {offset} {shape:?}"
        );
        assert!(!matches!(self.buffers[whole.buf.0].source, Source::Part { .. }), "{name} is part of a part");
        self.declare(name, shape, whole.dtype, Source::Part { of: whole.buf, offset })
    }

    /// The buffer that a part belongs to, or the buffer itself, and where in it it begins.
    pub fn whole(&self, buf: BufId) -> (BufId, usize) {
        match self.buffers[buf.0].source {
            Source::Part { of, offset } => (of, offset),
            _ => (buf, 0),
        }
    }

    /// Records a dispatch.
    ///
    /// # Panics
    /// If a tensor is shorter than its slot or of another type: the op's shape rule should have
    /// refused that before.
    pub fn push<P: Params>(
        &mut self,
        kernel: &'static Kernel<P>,
        params: P,
        ins: &[Option<&Tensor>],
        outs: &[&Tensor],
    ) -> StepId {
        assert_eq!((ins.len(), outs.len()), (kernel.ins.len(), kernel.outs.len()), "{}", kernel.name);
        for (slot, tensor) in kernel.ins.iter().zip(ins) {
            let have = tensor.map_or(0, Tensor::len);
            assert_eq!((slot.len)(&params), have, "{}.{} takes another length", kernel.name, slot.name);
            assert!(tensor.is_none_or(|t| t.dtype == slot.dtype), "{}.{}", kernel.name, slot.name);
        }
        for (slot, tensor) in kernel.outs.iter().zip(outs) {
            assert_eq!((slot.len)(&params), tensor.len(), "{}.{}", kernel.name, slot.name);
            assert_eq!(tensor.dtype, slot.dtype, "{}.{}", kernel.name, slot.name);
        }
        self.steps.push(Step {
            kernel,
            params: bytemuck::bytes_of(&params).to_vec(),
            ins: ins.iter().map(|t| t.map(|t| t.buf)).collect(),
            outs: outs.iter().map(|t| t.buf).collect(),
        });
        StepId(self.steps.len() - 1)
    }

    /// Renames a buffer after what the page calls it.
    pub fn name(&mut self, tensor: &Tensor, name: &str) {
        name.clone_into(&mut self.buffers[tensor.buf.0].name);
    }

    /// The last step that writes a buffer, and at which output slot.
    pub fn producer(&self, buf: BufId) -> Option<(StepId, usize)> {
        self.steps
            .iter()
            .enumerate()
            .rev()
            .find_map(|(i, step)| step.outs.iter().position(|&o| o == buf).map(|slot| (StepId(i), slot)))
    }

    /// Names of the kernels, each once, in order of first use.
    pub fn kernels(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for step in &self.steps {
            if !names.contains(&step.kernel.name()) {
                names.push(step.kernel.name());
            }
        }
        names
    }

    /// Floating-point operations of all steps.
    pub fn flops(&self) -> f64 {
        self.steps.iter().map(|s| s.kernel.flops(&s.params)).sum()
    }

    /// Whether another plan has the same buffers and steps, so that only parameters and constants
    /// differ and a session can be kept.
    pub fn same_structure(&self, other: &Self) -> bool {
        self.same_graph(other, Data::same)
    }

    /// Whether another plan computes the very same: structure, parameters and constants, which may be
    /// other allocations with the same values. Then nothing has to be run again.
    pub fn same_results(&self, other: &Self) -> bool {
        let equal = |a: &Data, b: &Data| a.same(b) || a.dtype() == b.dtype() && a.bytes() == b.bytes();
        let external = |b: &Buffer| matches!(b.source, Source::External);
        self.same_graph(other, equal)
            && !self.buffers.iter().any(external)
            && self.buffers.iter().zip(&other.buffers).all(|(a, b)| a.name == b.name)
            && self.steps.iter().zip(&other.steps).all(|(a, b)| a.params == b.params)
    }

    fn same_graph(&self, other: &Self, same: impl Fn(&Data, &Data) -> bool) -> bool {
        self.buffers.len() == other.buffers.len()
            && self.steps.len() == other.steps.len()
            && self.buffers.iter().zip(&other.buffers).all(|(a, b)| {
                a.len == b.len
                    && a.dtype == b.dtype
                    && match (&a.source, &b.source) {
                        (Source::Constant(x), Source::Constant(y)) => same(x, y),
                        (Source::Temporary, Source::Temporary) => true,
                        (Source::Part { of: a, offset: i }, Source::Part { of: b, offset: j }) => {
                            (a, i) == (b, j)
                        }
                        _ => false,
                    }
            })
            && self
                .steps
                .iter()
                .zip(&other.steps)
                .all(|(a, b)| std::ptr::addr_eq(a.kernel, b.kernel) && a.ins == b.ins && a.outs == b.outs)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            let name = |b: &BufId| {
                let buffer = &self.buffers[b.0];
                format!("{}[{}]", buffer.name, buffer.len)
            };
            let outs: Vec<_> = step.outs.iter().map(name).collect();
            let ins: Vec<_> = step.ins.iter().map(|b| b.as_ref().map_or_else(|| "-".into(), name)).collect();
            let what = step.kernel.describe(&step.params);
            writeln!(f, "{i:3}  {} = {}({})  {what}", outs.join(", "), step.kernel.name(), ins.join(", "))?;
        }
        Ok(())
    }
}
