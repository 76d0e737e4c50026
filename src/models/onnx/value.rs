//! What flows along the edges of an ONNX graph: a tensor on the plan, numbers known while recording,
//! or both, with their ONNX element type.
//!
//! Floats are computed on the plan. Integers and booleans steer: they are shapes, axes, indices and
//! masks, and are computed on the CPU while recording. Where a plan computes some (positions of
//! maxima, masks), they lie in a `u32` or in an `f32` buffer, and keep their ONNX type beside it.

use std::sync::Arc;

use half::{bf16, f16};
use rten_onnx::onnx::{DataType, TensorProto};

pub use super::elem::Elem;
use super::error::{Fault, tame};
use crate::gpu::{Plan, Tensor};
use crate::ops::MAX_ELEMENTS;

/// Most axes of a tensor.
pub const MAX_AXES: usize = 16;

/// Number of elements, if a shape is within the limits. Lengths of 0 do not hide the others: axes that
/// are looped over without them have an end, too.
pub fn count(shape: &[usize]) -> Option<usize> {
    let others = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d.max(1)))?;
    let within = shape.len() <= MAX_AXES && others <= MAX_ELEMENTS;
    within.then(|| if shape.contains(&0) { 0 } else { others })
}

/// Numbers on the CPU.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Floats of any width.
    Floats(Arc<[f32]>),
    /// Integers of any width, and booleans as 0 and 1.
    Ints(Arc<[i64]>),
}

impl Numbers {
    /// Little-endian numbers, of which there are bytes enough.
    pub fn from_bytes(elem: Elem, count: usize, bytes: &[u8]) -> Self {
        let (b2, b4, b8) = (bytes.as_chunks().0, bytes.as_chunks().0, bytes.as_chunks().0);
        match elem {
            Elem::F32 => Self::Floats(b4.iter().map(|&b| f32::from_le_bytes(b)).collect()),
            Elem::F16 => Self::Floats(b2.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect()),
            Elem::Bf16 => Self::Floats(b2.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect()),
            Elem::F64 => Self::Floats(b8.iter().map(|&b| f64::from_le_bytes(b) as f32).collect()),
            Elem::I64 | Elem::U64 => Self::Ints(b8.iter().map(|&b| i64::from_le_bytes(b)).collect()),
            Elem::I32 | Elem::U32 => {
                Self::Ints(b4.iter().map(|&b| elem.wrap(i32::from_le_bytes(b).into())).collect())
            }
            Elem::I16 | Elem::U16 => {
                Self::Ints(b2.iter().map(|&b| elem.wrap(i16::from_le_bytes(b).into())).collect())
            }
            Elem::I2 | Elem::I4 | Elem::U2 | Elem::U4 => {
                Self::Ints(unpacked(bytes, elem, count).map(|b| elem.wrap(b.into())).collect())
            }
            _ if elem.is_narrow() => {
                Self::Floats(unpacked(bytes, elem, count).map(|b| elem.decode(b)).collect())
            }
            _ => Self::Ints(bytes.iter().map(|&b| elem.wrap(b.into())).collect()),
        }
    }

    /// As little-endian bytes; those of types below a byte and of narrow floats are not made.
    pub fn to_bytes(&self, elem: Elem) -> Option<Vec<u8>> {
        if elem.is_narrow() || elem.bits() < 8 {
            return None;
        }
        let size = elem.bytes(1);
        Some(match (self, elem) {
            (Self::Floats(v), Elem::F16) => v.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect(),
            (Self::Floats(v), Elem::Bf16) => {
                v.iter().flat_map(|&x| bf16::from_f32(x).to_le_bytes()).collect()
            }
            (Self::Floats(v), Elem::F64) => v.iter().flat_map(|&x| f64::from(x).to_le_bytes()).collect(),
            (Self::Floats(v), _) => v.iter().flat_map(|&x| x.to_le_bytes()).collect(),
            (Self::Ints(v), _) => v.iter().flat_map(|&x| x.to_le_bytes().into_iter().take(size)).collect(),
        })
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Floats(v) => v.len(),
            Self::Ints(v) => v.len(),
        }
    }

    /// None.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing else holds the same memory.
    pub fn is_unshared(&self) -> bool {
        match self {
            Self::Floats(v) => Arc::strong_count(v) == 1,
            Self::Ints(v) => Arc::strong_count(v) == 1,
        }
    }

    /// The elements at these places.
    pub fn pick(&self, at: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::Floats(v) => Self::Floats(at.map(|i| v[i]).collect()),
            Self::Ints(v) => Self::Ints(at.map(|i| v[i]).collect()),
        }
    }

    /// As `f64`.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::Floats(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::Ints(v) => v.iter().map(|&x| x as f64).collect(),
        }
    }

    /// As `f32`; shares the floats.
    pub fn to_f32(&self) -> Arc<[f32]> {
        match self {
            Self::Floats(v) => v.clone(),
            Self::Ints(v) => v.iter().map(|&x| x as f32).collect(),
        }
    }
}

/// An array on the CPU with its ONNX type.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// ONNX type.
    pub elem: Elem,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// As many as the product of the shape, last axis fastest.
    pub numbers: Numbers,
}

impl Array {
    /// Floats.
    pub fn floats(shape: &[usize], values: impl Into<Arc<[f32]>>) -> Self {
        let array = Self { elem: Elem::F32, shape: shape.to_vec(), numbers: Numbers::Floats(values.into()) };
        assert_eq!(array.numbers.len(), shape.iter().product::<usize>(), "{shape:?}");
        array
    }

    /// Integers or booleans.
    pub fn ints(elem: Elem, shape: &[usize], values: impl Into<Arc<[i64]>>) -> Self {
        let array = Self { elem, shape: shape.to_vec(), numbers: Numbers::Ints(values.into()) };
        assert_eq!(array.numbers.len(), shape.iter().product::<usize>(), "{shape:?}");
        array
    }

    /// Decodes a tensor message whose numbers lie inside it.
    pub fn decode(proto: &TensorProto) -> Result<Self, Fault> {
        let (elem, shape, count) = header(proto)?;
        let raw = proto.raw_data.as_ref().map(std::cell::RefCell::borrow);
        if let Some(raw) = raw.as_ref().filter(|raw| !raw.is_empty()) {
            return Self::from_bytes(proto, elem, shape, raw);
        }
        let ints32 = || proto.int32_data.iter().map(|&v| i64::from(v));
        let half = |v: i64| v as u16; // 16 bits in the low half of an int32
        let numbers = match elem {
            Elem::F32 => Numbers::Floats(proto.float_data.as_slice().into()),
            Elem::F64 => Numbers::Floats(proto.double_data.iter().map(|&v| v as f32).collect()),
            Elem::F16 => Numbers::Floats(ints32().map(|v| f16::from_bits(half(v)).to_f32()).collect()),
            Elem::Bf16 => Numbers::Floats(ints32().map(|v| bf16::from_bits(half(v)).to_f32()).collect()),
            Elem::I64 => Numbers::Ints(proto.int64_data.as_slice().into()),
            _ if elem.is_narrow() || elem.bits() < 8 => {
                let bytes: Vec<u8> = ints32().map(|v| v as u8).collect(); // the low byte holds them
                return Self::from_bytes(proto, elem, shape, &bytes);
            }
            _ => Numbers::Ints(ints32().map(|v| elem.wrap(v)).collect()),
        };
        if numbers.len() != count {
            let have = numbers.len();
            let reason =
                format!("holds {have} numbers and its shape {shape:?} needs {count}: export it again");
            return Err(fault(proto, reason));
        }
        Ok(Self { elem, shape, numbers })
    }

    /// Decodes little-endian numbers, as `raw_data` and external files hold them.
    pub fn from_bytes(
        proto: &TensorProto,
        elem: Elem,
        shape: Vec<usize>,
        bytes: &[u8],
    ) -> Result<Self, Fault> {
        let count: usize = shape.iter().product();
        let have = bytes.len();
        let need = elem.bytes(count);
        if have != need {
            let reason = format!("holds {have} bytes and its shape {shape:?} needs {need}: export it again");
            return Err(fault(proto, reason));
        }
        let numbers = Numbers::from_bytes(elem, count, bytes);
        Ok(Self { elem, shape, numbers })
    }
}

/// Elements of at most 8 bits, the lowest bits first.
fn unpacked(bytes: &[u8], elem: Elem, count: usize) -> impl Iterator<Item = u8> {
    let (bits, in_one) = (elem.bits(), 8 / elem.bits());
    let mask = u8::MAX >> (8 - bits);
    bytes.iter().flat_map(move |b| (0..in_one).map(move |i| b >> (i * bits) & mask)).take(count)
}

/// A fault of this tensor.
pub(super) fn fault(proto: &TensorProto, reason: impl Into<String>) -> Fault {
    Fault::Tensor { tensor: named(proto), reason: reason.into() }
}

fn named(proto: &TensorProto) -> String {
    tame(proto.name.as_deref().filter(|n| !n.is_empty()).unwrap_or("without a name"))
}

/// Type, shape and number of elements of a tensor message.
pub(super) fn header(proto: &TensorProto) -> Result<(Elem, Vec<usize>, usize), Fault> {
    let code = proto.data_type.unwrap_or(DataType(0));
    let elem = Elem::of(code).map_err(|name| Fault::Type { tensor: named(proto), name })?;
    let shape: Option<Vec<usize>> = proto.dims.iter().map(|&d| usize::try_from(d).ok()).collect();
    let count = shape.as_deref().and_then(count);
    match (shape, count) {
        (Some(shape), Some(count)) => Ok((elem, shape, count)),
        _ => {
            let dims = &proto.dims[..proto.dims.len().min(MAX_AXES + 1)];
            let reason = format!(
                "has the shape {dims:?}, and the limits are {MAX_ELEMENTS} elements and {MAX_AXES} axes"
            );
            Err(fault(proto, reason))
        }
    }
}

/// How chance took part in a value. Where it did, only its kind can be compared with other programs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Chance {
    /// Not at all.
    #[default]
    None,
    /// Each element was dropped, that is made 0, with this probability.
    Dropped(f64),
    /// It was made from such a value.
    Inherited,
}

/// What an edge of the graph carries.
#[derive(Clone, Debug)]
pub struct Value {
    /// ONNX type.
    pub elem: Elem,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// On the plan. Integers lie there as `u32` or `f32`, booleans as `f32` 0 and 1.
    pub tensor: Option<Tensor>,
    /// Known while recording.
    pub known: Option<Array>,
    /// How much of it is drawn at random.
    pub chance: Chance,
    /// The values of a sequence, in the place of numbers.
    pub list: Option<Vec<Self>>,
}

impl Value {
    /// Numbers known while recording.
    pub fn known(array: Array) -> Self {
        let (elem, shape) = (array.elem, array.shape.clone());
        Self { elem, shape, known: Some(array), ..Self::nothing() }
    }

    /// Computed by the plan.
    pub fn computed(elem: Elem, tensor: Tensor) -> Self {
        Self { elem, shape: tensor.shape.clone(), tensor: Some(tensor), ..Self::nothing() }
    }

    /// A sequence.
    pub fn sequence(list: Vec<Self>) -> Self {
        Self { shape: vec![list.len()], list: Some(list), ..Self::nothing() }
    }

    /// What is absent.
    pub fn nothing() -> Self {
        Self { elem: Elem::F32, shape: vec![0], tensor: None, known: None, chance: Chance::None, list: None }
    }

    /// Whether it is absent.
    pub fn is_nothing(&self) -> bool {
        self.tensor.is_none() && self.known.is_none() && self.list.is_none()
    }

    /// Floats computed by the plan.
    pub fn float(tensor: Tensor) -> Self {
        Self::computed(Elem::F32, tensor)
    }

    /// Its floats on a plan: computed there, or known, and then a constant. `None` for a sequence and what is absent.
    pub fn on_plan(&self, plan: &mut Plan, name: &str) -> Option<Tensor> {
        let known = || Some(plan.constant(name, &self.shape, self.known.as_ref()?.numbers.to_f32()));
        self.tensor.clone().or_else(known)
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same elements in another shape of as many.
    #[must_use]
    pub fn reshaped(&self, shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            tensor: self.tensor.as_ref().map(|t| t.view(shape)),
            known: self.known.clone().map(|a| Array { shape: shape.to_vec(), ..a }),
            ..self.clone()
        }
    }
}
