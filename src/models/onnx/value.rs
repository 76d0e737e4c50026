//! What flows along the edges of an ONNX graph: a tensor on the plan, numbers known while recording,
//! or both, with their ONNX element type.
//!
//! Floats are computed on the plan. Integers and booleans steer: they are shapes, axes, indices and
//! masks, and are computed on the CPU while recording. Where a plan computes some (positions of
//! maxima, masks), they lie in a `u32` or in an `f32` buffer, and keep their ONNX type beside it.

use std::sync::Arc;

use half::{bf16, f16};
use rten_onnx::onnx::{DataType, TensorProto};

use super::error::{Fault, tame};
use crate::gpu::Tensor;
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

/// An ONNX element type that Glassbox reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Elem {
    F32,
    F16,
    Bf16,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    Bool,
}

impl Elem {
    const ALL: [(Self, DataType, &'static str, usize); 13] = [
        (Self::F32, DataType::FLOAT, "float32", 4),
        (Self::F16, DataType::FLOAT16, "float16", 2),
        (Self::Bf16, DataType::BFLOAT16, "bfloat16", 2),
        (Self::F64, DataType::DOUBLE, "float64", 8),
        (Self::I8, DataType::INT8, "int8", 1),
        (Self::I16, DataType::INT16, "int16", 2),
        (Self::I32, DataType::INT32, "int32", 4),
        (Self::I64, DataType::INT64, "int64", 8),
        (Self::U8, DataType::UINT8, "uint8", 1),
        (Self::U16, DataType::UINT16, "uint16", 2),
        (Self::U32, DataType::UINT32, "uint32", 4),
        (Self::U64, DataType::UINT64, "uint64", 8),
        (Self::Bool, DataType::BOOL, "bool", 1),
    ];

    /// The type of an ONNX code; the name or number of one that is not read.
    pub fn of(code: DataType) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|row| row.1 == code);
        found.map(|row| row.0).ok_or_else(|| code.to_string().to_lowercase())
    }

    fn row(self) -> &'static (Self, DataType, &'static str, usize) {
        Self::ALL.iter().find(|row| row.0 == self).expect("every type has its row")
    }

    /// As NumPy calls it.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Bytes of an element in a file.
    pub fn size(self) -> usize {
        self.row().3
    }

    /// Whether it is a float, all of which are computed in 32 bits.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16 | Self::F64)
    }

    /// A float as the type holds it. 64-bit floats are held in 32.
    pub fn round(self, v: f32) -> f32 {
        match self {
            Self::F16 => f16::from_f32(v).to_f32(),
            Self::Bf16 => bf16::from_f32(v).to_f32(),
            _ => v,
        }
    }

    /// An integer brought into the range of the type, as C does: the low bits count.
    pub fn wrap(self, v: i64) -> i64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "wrapping is meant")]
        match self {
            Self::I8 => i64::from(v as i8),
            Self::I16 => i64::from(v as i16),
            Self::I32 => i64::from(v as i32),
            Self::U8 => i64::from(v as u8),
            Self::U16 => i64::from(v as u16),
            Self::U32 => i64::from(v as u32),
            Self::Bool => i64::from(v != 0),
            _ => v,
        }
    }
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
        if have != count * elem.size() {
            let need = count * elem.size();
            let reason = format!("holds {have} bytes and its shape {shape:?} needs {need}: export it again");
            return Err(fault(proto, reason));
        }
        let (b2, b4, b8) = (bytes.as_chunks().0, bytes.as_chunks().0, bytes.as_chunks().0);
        let numbers = match elem {
            Elem::F32 => Numbers::Floats(b4.iter().map(|&b| f32::from_le_bytes(b)).collect()),
            Elem::F16 => Numbers::Floats(b2.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect()),
            Elem::Bf16 => Numbers::Floats(b2.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect()),
            Elem::F64 => Numbers::Floats(b8.iter().map(|&b| f64::from_le_bytes(b) as f32).collect()),
            Elem::I64 | Elem::U64 => Numbers::Ints(b8.iter().map(|&b| i64::from_le_bytes(b)).collect()),
            Elem::I32 | Elem::U32 => {
                Numbers::Ints(b4.iter().map(|&b| elem.wrap(i32::from_le_bytes(b).into())).collect())
            }
            Elem::I16 | Elem::U16 => {
                Numbers::Ints(b2.iter().map(|&b| elem.wrap(i16::from_le_bytes(b).into())).collect())
            }
            Elem::I8 | Elem::U8 | Elem::Bool => {
                Numbers::Ints(bytes.iter().map(|&b| elem.wrap(b.into())).collect())
            }
        };
        Ok(Self { elem, shape, numbers })
    }
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
}

impl Value {
    /// Numbers known while recording.
    pub fn known(array: Array) -> Self {
        let (elem, shape) = (array.elem, array.shape.clone());
        Self { elem, shape, tensor: None, known: Some(array), chance: Chance::None }
    }

    /// Computed by the plan.
    pub fn computed(elem: Elem, tensor: Tensor) -> Self {
        Self { elem, shape: tensor.shape.clone(), tensor: Some(tensor), known: None, chance: Chance::None }
    }

    /// Floats computed by the plan.
    pub fn float(tensor: Tensor) -> Self {
        Self::computed(Elem::F32, tensor)
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
            ..*self
        }
    }
}
