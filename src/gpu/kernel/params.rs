//! The uniform block of a kernel, declared once for Rust and WGSL.

use std::fmt::Debug;

use bytemuck::Pod;

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
