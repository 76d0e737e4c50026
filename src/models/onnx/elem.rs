//! The element types of ONNX, and the numbers that each can hold.
//!
//! Floats of any width are computed in 32 bits, those of 8 and 4 bits are rounded as the format says.
//! Integers below a byte lie several in one. Sources: the ONNX IR specification; Micikevicius et al.
//! 2022 (E4M3FN, E5M2), Noune et al. 2022 (the FNUZ formats), OCP Microscaling Formats (E2M1, E8M0).

use half::{bf16, f16};
use rten_onnx::onnx::DataType;

/// An ONNX element type that Glassbox reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Elem {
    F32,
    F16,
    Bf16,
    F64,
    F8E4M3Fn,
    F8E4M3Fnuz,
    F8E5M2,
    F8E5M2Fnuz,
    F8E8M0,
    F4E2M1,
    I2,
    I4,
    I8,
    I16,
    I32,
    I64,
    U2,
    U4,
    U8,
    U16,
    U32,
    U64,
    Bool,
}

/// Codes of two types that the decoder has no names for.
const UINT2: DataType = DataType(25);
const INT2: DataType = DataType(26);

/// A float of at most 8 bits with a sign.
#[derive(Clone, Copy)]
struct Tiny {
    /// Bits of the fraction.
    fraction: i32,
    /// Bits of the exponent.
    exponent: i32,
    /// Taken from the exponent.
    bias: i32,
    /// Largest number.
    max: f32,
    /// What lies beyond it, if numbers are not held.
    beyond: f32,
}

impl Tiny {
    const E4M3FN: Self = Self { fraction: 3, exponent: 4, bias: 7, max: 448.0, beyond: f32::NAN };
    const E4M3FNUZ: Self = Self { fraction: 3, exponent: 4, bias: 8, max: 240.0, beyond: f32::NAN };
    const E5M2: Self = Self { fraction: 2, exponent: 5, bias: 15, max: 57_344.0, beyond: f32::INFINITY };
    const E5M2FNUZ: Self = Self { fraction: 2, exponent: 5, bias: 16, max: 57_344.0, beyond: f32::NAN };
    const E2M1: Self = Self { fraction: 1, exponent: 2, bias: 1, max: 6.0, beyond: 6.0 };

    /// The nearest number, the even one of two; beyond the largest, that one if `held`.
    fn round(self, v: f32, held: bool) -> f32 {
        let size = v.abs();
        if v.is_nan() || v == 0.0 {
            // Where there is no such pattern it is 0.
            return if self.fraction == 1 && v.is_nan() { 0.0 } else { v };
        }
        if size.is_infinite() {
            return if held { self.max } else { self.beyond }.copysign(v);
        }
        // Below the smallest exponent all steps are alike.
        let exponent = (size.to_bits() >> 23) as i32 - 127;
        let step = 2.0_f64.powi(exponent.max(1 - self.bias) - self.fraction);
        let near = ((f64::from(size) / step).round_ties_even() * step) as f32;
        let near = if near <= self.max {
            near
        } else if held {
            self.max
        } else {
            self.beyond
        };
        near.copysign(v)
    }

    fn decode(self, bits: u8) -> f32 {
        let all = self.exponent + self.fraction;
        let (sign, rest) = (bits >> all & 1, i32::from(bits) & ((1 << all) - 1));
        let (exponent, fraction) = (rest >> self.fraction, rest & ((1 << self.fraction) - 1));
        let one = 2.0_f32.powi(-self.fraction);
        let size = match exponent {
            0 => fraction as f32 * one * 2.0_f32.powi(1 - self.bias),
            _ => (1.0 + fraction as f32 * one) * 2.0_f32.powi(exponent - self.bias),
        };
        // Patterns past the largest number are no numbers, or infinite where the fraction is 0.
        let size = match (size > self.max, fraction) {
            (false, _) => size,
            (true, 0) if self.beyond.is_infinite() => f32::INFINITY,
            (true, _) => f32::NAN,
        };
        // Formats without infinities and a negative zero have NaN in its place.
        if sign == 1 && rest == 0 && matches!(self.bias, 8 | 16) {
            return f32::NAN;
        }
        if sign == 1 { -size } else { size }
    }
}

impl Elem {
    const ALL: [(Self, DataType, &'static str, usize); 23] = [
        (Self::F32, DataType::FLOAT, "float32", 32),
        (Self::F16, DataType::FLOAT16, "float16", 16),
        (Self::Bf16, DataType::BFLOAT16, "bfloat16", 16),
        (Self::F64, DataType::DOUBLE, "float64", 64),
        (Self::F8E4M3Fn, DataType::FLOAT8E4M3FN, "float8_e4m3fn", 8),
        (Self::F8E4M3Fnuz, DataType::FLOAT8E4M3FNUZ, "float8_e4m3fnuz", 8),
        (Self::F8E5M2, DataType::FLOAT8E5M2, "float8_e5m2", 8),
        (Self::F8E5M2Fnuz, DataType::FLOAT8E5M2FNUZ, "float8_e5m2fnuz", 8),
        (Self::F8E8M0, DataType::FLOAT8E8M0, "float8_e8m0", 8),
        (Self::F4E2M1, DataType::FLOAT4E2M1, "float4_e2m1", 4),
        (Self::I2, INT2, "int2", 2),
        (Self::I4, DataType::INT4, "int4", 4),
        (Self::I8, DataType::INT8, "int8", 8),
        (Self::I16, DataType::INT16, "int16", 16),
        (Self::I32, DataType::INT32, "int32", 32),
        (Self::I64, DataType::INT64, "int64", 64),
        (Self::U2, UINT2, "uint2", 2),
        (Self::U4, DataType::UINT4, "uint4", 4),
        (Self::U8, DataType::UINT8, "uint8", 8),
        (Self::U16, DataType::UINT16, "uint16", 16),
        (Self::U32, DataType::UINT32, "uint32", 32),
        (Self::U64, DataType::UINT64, "uint64", 64),
        (Self::Bool, DataType::BOOL, "bool", 8),
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

    /// Bits of an element in a file.
    pub fn bits(self) -> usize {
        self.row().3
    }

    /// Bytes of so many elements in a file.
    pub fn bytes(self, count: usize) -> usize {
        (count * self.bits()).div_ceil(8)
    }

    /// Whether it is a float, all of which are computed in 32 bits.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16 | Self::F64) || self.is_narrow()
    }

    /// Whether it is a float so narrow that leaving out its rounding would show.
    pub fn is_narrow(self) -> bool {
        self.tiny().is_some() || self == Self::F8E8M0
    }

    fn tiny(self) -> Option<Tiny> {
        match self {
            Self::F8E4M3Fn => Some(Tiny::E4M3FN),
            Self::F8E4M3Fnuz => Some(Tiny::E4M3FNUZ),
            Self::F8E5M2 => Some(Tiny::E5M2),
            Self::F8E5M2Fnuz => Some(Tiny::E5M2FNUZ),
            Self::F4E2M1 => Some(Tiny::E2M1),
            _ => None,
        }
    }

    /// Smallest and largest integer of the type, if it is one.
    pub fn limits(self) -> Option<(i64, i64)> {
        let bits = self.bits();
        match self {
            Self::U64 => Some((0, i64::MAX)),
            Self::U2 | Self::U4 | Self::U8 | Self::U16 | Self::U32 => Some((0, (1 << bits) - 1)),
            Self::Bool => Some((0, 1)),
            _ if self.is_float() => None,
            _ => Some((i64::MIN >> (64 - bits), i64::MAX >> (64 - bits))),
        }
    }

    /// A float as the type holds it, the largest for what lies beyond. 64-bit floats are held in 32.
    pub fn round(self, v: f32) -> f32 {
        self.round_to(v, true)
    }

    /// Largest number of a narrow float.
    pub fn largest(self) -> Option<f32> {
        self.tiny().map(|tiny| tiny.max)
    }

    /// A float as the type holds it; beyond its largest that one if `held`, else infinite or no number.
    pub fn round_to(self, v: f32, held: bool) -> f32 {
        match (self, self.tiny()) {
            (_, Some(tiny)) => tiny.round(v, held),
            (Self::F16, _) => f16::from_f32(v).to_f32(),
            (Self::Bf16, _) => bf16::from_f32(v).to_f32(),
            // The power of two at or above.
            (Self::F8E8M0, _) => v.log2().ceil().exp2(),
            _ => v,
        }
    }

    /// A number of at most 8 bits from its pattern.
    pub fn decode(self, bits: u8) -> f32 {
        match self.tiny() {
            Some(tiny) => tiny.decode(bits),
            // A power of two.
            None if self == Self::F8E8M0 && bits == u8::MAX => f32::NAN,
            None => 2.0_f64.powi(i32::from(bits) - 127) as f32,
        }
    }

    /// An integer brought into the range of the type, as C does: the low bits count.
    pub fn wrap(self, v: i64) -> i64 {
        match self {
            Self::Bool => i64::from(v != 0),
            Self::I64 | Self::U64 => v,
            _ if self.is_float() => v,
            _ => {
                let (unused, (lo, _)) = (64 - self.bits(), self.limits().unwrap_or_default());
                #[expect(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "wrapping is meant")]
                if lo < 0 { v << unused >> unused } else { ((v as u64) << unused >> unused) as i64 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_floats_are_those_of_their_formats() {
        let fn8 = |v| Elem::F8E4M3Fn.round(v);
        assert_eq!(
            [fn8(0.3), fn8(17.0), fn8(19.0), fn8(1e6), fn8(-0.001)],
            [0.3125, 16.0, 20.0, 448.0, -0.001_953_125]
        );
        assert!(Elem::F8E4M3Fn.round_to(1e6, false).is_nan());
        assert_eq!(Elem::F8E5M2.round_to(1e6, false), f32::INFINITY);
        assert_eq!(Elem::F4E2M1.round(-2.5), -2.0);
        assert_eq!(
            [0x38, 0xb8, 0x7e, 0x01].map(|b| Elem::F8E4M3Fn.decode(b)),
            [1.0, -1.0, 448.0, 0.001_953_125]
        );
        assert!(Elem::F8E4M3Fn.decode(0x7f).is_nan() && Elem::F8E5M2Fnuz.decode(0x80).is_nan());
        assert_eq!(Elem::F8E5M2.decode(0x7c), f32::INFINITY);
        assert_eq!([0x1, 0x3, 0x7, 0xf].map(|b| Elem::F4E2M1.decode(b)), [0.5, 1.5, 6.0, -6.0]);
    }

    #[test]
    fn every_pattern_rounds_to_itself() {
        for elem in [Elem::F8E4M3Fn, Elem::F8E4M3Fnuz, Elem::F8E5M2, Elem::F8E5M2Fnuz, Elem::F4E2M1] {
            for bits in 0..1 << elem.bits() {
                let v = elem.decode(u8::try_from(bits).unwrap());
                assert!(v.is_nan() || elem.round_to(v, false) == v, "{elem:?} {bits:#x}: {v}");
            }
        }
    }

    #[test]
    fn integers_wrap_in_their_bits() {
        assert_eq!([Elem::U8, Elem::I8, Elem::I4, Elem::U4].map(|e| e.wrap(300)), [44, 44, -4, 12]);
        assert_eq!([Elem::I32, Elem::U32].map(|e| e.wrap(-1)), [-1, 4_294_967_295]);
        assert_eq!(Elem::Bool.wrap(7), 1);
        assert_eq!(Elem::I2.limits(), Some((-2, 1)));
    }
}
