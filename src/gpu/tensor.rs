//! What plans and kernels both speak of: element types, tensors, buffers and where their content comes
//! from.

use std::sync::Arc;

/// The element type of a buffer. Both are four bytes wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit float.
    F32,
    /// 32-bit unsigned integer: token ids, positions of maxima, packed colours.
    U32,
}

/// A shape in words: "1 x 3 x 48 x 64".
pub fn shape_in_words(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    if axes.is_empty() { "no axes".to_owned() } else { axes.join(" x ") }
}

impl DType {
    /// Its name in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::U32 => "uint32",
        }
    }

    /// The numbers that raw words stand for.
    pub fn numbers(self, words: &[u32]) -> Vec<f32> {
        match self {
            Self::F32 => words.iter().map(|&w| f32::from_bits(w)).collect(),
            Self::U32 => words.iter().map(|&w| w as f32).collect(),
        }
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

/// Values that live on the CPU and are uploaded when a plan needs them.
///
/// Shared by `Arc`, so that a plan is cheap to clone and a large allocation is uploaded once, however many
/// sessions use it.
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
    fn same(&self, other: &Self) -> bool {
        self.address() == other.address() && self.len() == other.len()
    }
    /// Whether both hold the same values, bit for bit, be it in one allocation or in two.
    pub fn equals(&self, other: &Self) -> bool {
        self.same(other) || self.dtype() == other.dtype() && self.bytes() == other.bytes()
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

impl Buffer {
    /// Whether another buffer is of the same size and kind, and its constant, if it is one, the same.
    pub(super) fn declares(&self, other: &Self, same: impl Fn(&Data, &Data) -> bool) -> bool {
        let sources = match (&self.source, &other.source) {
            (Source::Constant(x), Source::Constant(y)) => same(x, y),
            (Source::Temporary, Source::Temporary) | (Source::External, Source::External) => true,
            (Source::Part { of: a, offset: i }, Source::Part { of: b, offset: j }) => (a, i) == (b, j),
            _ => false,
        };
        self.len == other.len && self.dtype == other.dtype && sources
    }

    /// The same with the values of constants.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.declares(other, Data::equals)
    }
}
