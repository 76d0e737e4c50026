//! A photo: one or three planes as a picture.

use super::pixels::{PITCH, Pixels, hex, limit_sides, pixels, rgba};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
};
use crate::ops::arithmetic::number;
use crate::ops::range::Planes;
use crate::ops::{OpError, dim};

crate::params! {
    /// A picture in a tensor to pixels.
    Rgb {
        /// What is subtracted from each channel; the fourth is not read.
        shift: [f32; 4],
        /// What the difference is multiplied by, to lie in 0..255; the fourth is not read.
        gain: [f32; 4],
        /// Elements of the tensor.
        len: u32,
        /// First element of the view.
        offset: u32,
        /// 1 (grey) or 3.
        channels: u32,
        /// Height in pixels.
        h: u32,
        /// Width in pixels.
        w: u32,
        /// Elements from a channel to the next.
        channel_stride: u32,
        /// Elements from a row to the next.
        row_stride: u32,
        /// Elements from a column to the next.
        column_stride: u32,
        /// Pixels from a row to the next.
        pitch: u32,
        /// Colour of a pixel that is not finite.
        nan: u32,
    }
}

impl Rgb {
    /// Shape rule: `len` elements, of which `view` names 1 or 3 channels. `255·(x·scale + bias)` is
    /// taken as `(x − shift)·gain`; a scale of 0 makes the channel black.
    pub fn new(len: usize, view: &Planes, scale: [f32; 3], bias: [f32; 3]) -> Result<Self, OpError> {
        view.check("rgb", len)?;
        if view.maps != 1 && view.maps != 3 {
            let (have, want) = (vec![view.maps, view.h, view.w], "1 or 3 channels".into());
            return Err(OpError::Shape { op: "rgb", what: "x", have, want });
        }
        limit_sides("rgb", view.w, view.h)?;
        let (mut shift, mut gain) = ([0.0; 4], [0.0; 4]);
        for c in 0..3 {
            if scale[c] != 0.0 {
                shift[c] = (-f64::from(bias[c]) / f64::from(scale[c])) as f32;
                gain[c] = (255.0 * f64::from(scale[c])) as f32;
            }
        }
        Ok(Self {
            shift,
            gain,
            len: dim(len),
            offset: dim(view.offset),
            channels: dim(view.maps),
            h: dim(view.h),
            w: dim(view.w),
            channel_stride: dim(view.map_stride),
            row_stride: dim(view.row_stride),
            column_stride: dim(view.column_stride),
            pitch: dim(view.w.next_multiple_of(PITCH)),
            nan: rgba(255, 0, 255, 255),
        })
    }

    /// Indices into x of the three channels of a pixel; with one channel, thrice the same.
    pub fn source(&self, row: u32, column: u32) -> [usize; 3] {
        let at = self.offset + row * self.row_stride + column * self.column_stride;
        let step = if self.channels == 3 { self.channel_stride } else { 0 };
        [0, 1, 2].map(|c| (at + c * step) as usize)
    }

    fn colour(&self, values: [f32; 3]) -> u32 {
        if values.iter().any(|v| !v.is_finite()) {
            return self.nan;
        }
        let level = |c: usize| {
            let scaled = (values[c] - self.shift[c]) * self.gain[c];
            scaled.clamp(0.0, 255.0).round_ties_even() as u8
        };
        rgba(level(0), level(1), level(2), 255)
    }
}

/// Photos.
pub static RGB: Kernel<Rgb> = Kernel {
    name: "rgb",
    about: "level = round(255·(x·scale + bias)), held to 0..255, for red, green and blue",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot::output_u32("pixels", |p| (p.h * p.pitch) as usize)],
    reference: |p, ins, outs| {
        for (y, row) in outs[0].chunks_exact_mut(p.pitch as usize).enumerate() {
            for (x, pixel) in row[..p.w as usize].iter_mut().enumerate() {
                let values = p.source(dim(y), dim(x)).map(|at| ins[0][at] as f32);
                *pixel = f64::from(p.colour(values));
            }
        }
    },
    backward: Backward::None("colours are for the eye"),
    trace: Some(|p, ins, _, index| {
        let (row, column) = (dim(index) / p.pitch, dim(index) % p.pitch);
        if column >= p.w {
            return Trace { reads: vec![], lines: vec!["right of the picture".into()] };
        }
        let at = p.source(row, column);
        let values = at.map(|at| ins[0][at]);
        let written = values.map(|v| number(f64::from(v))).join(", ");
        let mut reads = at.map(|at| (0, at)).to_vec();
        reads.dedup();
        Trace { reads, lines: vec![format!("{written} has the colour {}", hex(p.colour(values)))] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("viz/rgb"),
        groups: |p| [p.pitch.div_ceil(64), p.h, 1],
        fits: anywhere,
        can: always,
    }],
    cases: rgb_cases,
    tolerance: Tolerance::EXACT,
    flops: |p| 6.0 * f64::from(p.h) * f64::from(p.w),
};

fn rgb_cases() -> Vec<Case<Rgb>> {
    let case = |name, len, view: Planes, scale, bias, fill| {
        let params = Rgb::new(len, &view, scale, bias).expect("the cases have valid shapes");
        Case::normal(name, params, 1).fills(vec![fill])
    };
    let unit = || Fill::Uniform(-0.1, 1.1);
    // Mean and deviation that image classifiers subtract and divide by.
    let (deviation, mean) = ([0.229, 0.224, 0.225], [0.485, 0.456, 0.406]);
    let bytes = Fill::Values((0..=255_u8).map(|v| f32::from(v) / 255.0).collect());
    let bad = Fill::Values(vec![f32::NAN, 0.5, 0.1, f32::INFINITY, 1.0, 0.0, f32::NEG_INFINITY]);
    vec![
        case("one pixel", 3, Planes::planar(&[3, 1, 1]), [1.0; 3], [0.0; 3], unit()),
        case("67 wide", 3 * 67 * 5, Planes::planar(&[3, 5, 67]), [1.0; 3], [0.0; 3], unit()),
        case("grey", 67 * 5, Planes::planar(&[1, 5, 67]), [0.5; 3], [0.5; 3], Fill::Normal(1.0)),
        case("second of two", 600, Planes::planar(&[6, 10, 10]).maps(3, 3), [1.0; 3], [0.0; 3], unit()),
        case("interleaved", 330, Planes::interleaved([10, 11, 3]), [1.0; 3], [0.0; 3], unit()),
        case("every byte", 768, Planes::planar(&[3, 16, 16]), [1.0; 3], [0.0; 3], bytes),
        case("not finite", 300, Planes::planar(&[3, 10, 10]), [1.0; 3], [0.0; 3], bad),
        case("extreme values", 300, Planes::planar(&[3, 10, 10]), [1.0; 3], [0.0; 3], Fill::Extreme),
        case("photo", 3 * 224 * 224, Planes::planar(&[3, 224, 224]), deviation, mean, Fill::Normal(1.0))
            .timed(),
    ]
}

/// Records the picture of 1 (grey) or 3 channels of `x` that `view` names, with
/// `x·scale + bias` in 0..1.
pub fn rgb(
    plan: &mut Plan,
    x: &Tensor,
    view: &Planes,
    scale: [f32; 3],
    bias: [f32; 3],
) -> Result<Pixels, OpError> {
    let p = Rgb::new(x.len(), view, scale, bias)?;
    let out = pixels(plan, p.w, p.h, p.pitch);
    plan.push(&RGB, p, &[Some(x)], &[&out.tensor]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_no_texture_holds_are_refused() {
        let view = Planes::planar(&[1, 9000]);
        assert!(Rgb::new(9000, &view, [1.0; 3], [0.0; 3]).is_err());
        assert!(Rgb::new(4, &Planes::planar(&[2, 1, 2]), [1.0; 3], [0.0; 3]).is_err());
    }

    #[test]
    fn bytes_come_back_unchanged() {
        let plain = Rgb::new(3, &Planes::planar(&[3, 1, 1]), [1.0; 3], [0.0; 3]).unwrap();
        let (deviation, mean) = ([0.229, 0.224, 0.225], [0.485, 0.456, 0.406]);
        let normalised = Rgb::new(3, &Planes::planar(&[3, 1, 1]), deviation, mean).unwrap();
        for byte in 0..=255_u8 {
            let x = f32::from(byte) / 255.0;
            assert_eq!(plain.colour([x; 3]), rgba(byte, byte, byte, 255));
            let z = [0, 1, 2].map(|c| (x - mean[c]) / deviation[c]);
            assert_eq!(normalised.colour(z), rgba(byte, byte, byte, 255));
        }
    }
}
