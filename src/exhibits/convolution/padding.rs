//! How much each way of padding adds, what of it is read, and what the page on it records.

use crate::gpu::Tensor;
use crate::ops::conv::Conv2d;
use crate::viz::Look;

/// A way of padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None.
    Valid,
    /// As much as makes the output ceil(W/S).
    Same,
    /// As much as makes every overlap count.
    Full,
}

/// Each with its name.
pub const MODES: [(Mode, &str); 3] = [(Mode::Valid, "Valid"), (Mode::Same, "Same"), (Mode::Full, "Full")];

/// Padding of a mode along one axis: before and after.
pub fn pads(mode: Mode, input: usize, size: usize, stride: usize, dilation: usize) -> [usize; 2] {
    let span = dilation * (size - 1) + 1;
    match mode {
        Mode::Valid => [0, 0],
        Mode::Same => {
            let output = input.div_ceil(stride);
            let total = ((output - 1) * stride + span).saturating_sub(input);
            [total / 2, total - total / 2]
        }
        Mode::Full => [span - 1, span - 1],
    }
}

/// Share of the products of a convolution whose one factor is padding.
pub fn zero_products(p: &Conv2d) -> f64 {
    let read = |axis: usize, outputs: u32, taps: u32, input: u32| {
        let at = |o: u32, tap: u32| {
            i64::from(o * p.stride[axis] + tap * p.dilation[axis]) - i64::from(p.pad[axis])
        };
        let inside = |o: u32| (0..taps).filter(|&tap| (0..i64::from(input)).contains(&at(o, tap))).count();
        (0..outputs).map(inside).sum::<usize>() as f64 / f64::from(outputs * taps)
    };
    1.0 - read(0, p.oh, p.r, p.h) * read(1, p.ow, p.s, p.w)
}

/// What was recorded.
pub struct Shown {
    /// The input.
    pub x: Tensor,
    /// The filter of one channel.
    pub kernel: Vec<f32>,
    /// How input and output are drawn.
    pub looks: [Look; 2],
    /// Step of the window.
    pub stride: usize,
    /// Settings and output of each mode; the reason instead where a mode cannot work.
    pub modes: Vec<Result<(Conv2d, Tensor), String>>,
}

impl Shown {
    /// Settings of a mode that works.
    pub fn of(&self, mode: Mode) -> Option<&Conv2d> {
        self.modes[mode as usize].as_ref().ok().map(|(p, _)| p)
    }
}

/// `5 × 5`, or that there is no output.
pub fn size(p: Option<&Conv2d>) -> String {
    p.map_or_else(|| "no output".into(), |p| format!("{} × {}", p.oh, p.ow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::conv::Conv;

    #[test]
    fn pads_of_each_mode() {
        assert_eq!(pads(Mode::Valid, 7, 3, 1, 1), [0, 0]);
        assert_eq!(pads(Mode::Same, 7, 3, 1, 1), [1, 1]);
        assert_eq!(pads(Mode::Same, 7, 4, 1, 1), [1, 2]);
        assert_eq!(pads(Mode::Same, 8, 3, 2, 1), [0, 1]);
        assert_eq!(pads(Mode::Same, 5, 1, 3, 1), [0, 0]);
        assert_eq!(pads(Mode::Same, 7, 3, 1, 2), [2, 2]);
        assert_eq!(pads(Mode::Full, 7, 3, 1, 1), [2, 2]);
    }

    #[test]
    fn products_with_zeros_are_counted() {
        let of = |pad: usize| {
            let conv = Conv { pad: [pad; 4], ..Conv::default() };
            zero_products(&Conv2d::new(&[1, 1, 3, 3], &[1, 1, 3, 3], false, &conv).unwrap())
        };
        assert_eq!(of(0), 0.0);
        // Along an axis 2 + 3 + 2 of 9 taps are inside.
        assert!((of(1) - (1.0 - 49.0 / 81.0)).abs() < 1e-12);
    }
}
