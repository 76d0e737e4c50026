//! Matrices in eight bits: symmetric, one scale for every [`GROUP`] neighbours in a row.
//!
//! `w[r][c] ~ scale[r][c / GROUP] * q[r][c]` with `q` in -127..=127, so that zero stays zero and the
//! error of a value is at most half its group's scale. The scale is `max |w| / 127` over the group,
//! rounded to 16 bits before the values are divided by it. A group this small matters: one large
//! weight makes the steps coarse for all that share its scale. In the sentence of the reference test,
//! one scale per row moves the attention of the first layer by up to 0.019, one per group by 0.005.
//! A file needs little more than a quarter of the bytes; on loading the values become `f32` again, as every kernel wants them.

use half::f16;

/// Neighbours in a row that share a scale; the last group of a row may be shorter.
pub const GROUP: usize = 16;

/// A matrix `[rows, cols]` in eight bits.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedMatrix {
    /// Values per row, at least 1.
    pub cols: usize,
    /// `[rows, cols]`, each -127..=127.
    pub values: Vec<i8>,
    /// `[rows, cols.div_ceil(GROUP)]`: what one step of a group is worth; 0 for a group of zeros.
    pub scales: Vec<f16>,
}

impl QuantizedMatrix {
    /// Rounds the matrix `[w.len() / cols, cols]` to eight bits; `None` if a value is too large for
    /// that, which starts at 127 times the largest [`struct@f16`], about 8.3 million. A NaN becomes 0.
    ///
    /// # Panics
    /// If `cols` is 0 or does not divide the length of `w`.
    #[must_use]
    pub fn quantize(w: &[f32], cols: usize) -> Option<Self> {
        assert!(cols > 0 && w.len().is_multiple_of(cols), "{} values are no rows of {cols}", w.len());
        let mut values = Vec::with_capacity(w.len());
        let mut scales = Vec::with_capacity(w.len() / cols * cols.div_ceil(GROUP));
        for group in w.chunks_exact(cols).flat_map(|row| row.chunks(GROUP)) {
            let rounded = scale_of(group)?;
            let scale = f32::from(rounded);
            let steps = group.iter().map(|v| {
                let step = if scale > 0.0 { v / scale } else { 0.0 };
                step.round().clamp(-127.0, 127.0) as i8
            });
            values.extend(steps);
            scales.push(rounded);
        }
        Some(Self { cols, values, scales })
    }

    /// The matrix in `f32`, `[rows, cols]`.
    #[must_use]
    pub fn dequantize(&self) -> Vec<f32> {
        let groups = self.values.chunks_exact(self.cols).flat_map(|row| row.chunks(GROUP));
        groups
            .zip(&self.scales)
            .flat_map(|(group, scale)| group.iter().map(|q| f32::from(*q) * f32::from(*scale)))
            .collect()
    }
}

fn scale_of(group: &[f32]) -> Option<f16> {
    let largest = group.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let nearest = f16::from_f32(largest / 127.0);
    // The smallest scales have few bits. Rounded down, they would cut the largest value off.
    let cut_off = largest > f32::from(nearest) * 127.5;
    let scale = if cut_off { f16::from_bits(nearest.to_bits() + 1) } else { nearest };
    scale.is_finite().then_some(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_moves_by_more_than_half_a_step_and_zero_stays_zero() {
        // From below the smallest scale to near the largest, in rows that end in a short group.
        let w: Vec<f32> =
            (0..1300).map(|i| (i as f32 * 1.7).sin() * 10_f32.powi(i / 100 - 7)).chain([0.0; 100]).collect();
        let packed = QuantizedMatrix::quantize(&w, 100).unwrap();
        assert_eq!(packed.scales.len(), 14 * 7);
        let back = packed.dequantize();
        assert_eq!(back.len(), w.len());
        for (i, (exact, rounded)) in w.iter().zip(&back).enumerate() {
            let step = f32::from(packed.scales[i / 100 * 7 + i % 100 / GROUP]);
            let off = (exact - rounded).abs();
            assert!(off <= step * 0.5 * 1.0001, "{exact} became {rounded}");
        }
        assert!(back[1300..].iter().all(|v| *v == 0.0));
    }

    #[test]
    fn a_large_value_only_coarsens_its_own_group() {
        let mut w = [0.01_f32; 3 * GROUP];
        w[GROUP] = 100.0;
        let back = QuantizedMatrix::quantize(&w, 3 * GROUP).unwrap().dequantize();
        assert_eq!(back[GROUP + 1], 0.0);
        for i in [0, GROUP - 1, 2 * GROUP] {
            assert!((back[i] - 0.01).abs() <= 1e-5, "{}", back[i]);
        }
    }

    #[test]
    fn the_largest_value_of_a_group_survives_at_every_magnitude_that_fits() {
        for most in [1e-44_f32, 1e-7, 1e-5, 1.0, 8.3e6] {
            let packed = QuantizedMatrix::quantize(&[most, -most, 0.0], 3).unwrap();
            assert_eq!(packed.values[2], 0);
            assert_eq!(packed.values[0], -packed.values[1]);
            let back = packed.dequantize()[0];
            // The scale has 11 bits, fewer below 2^-14, and its step is at least 2^-24.
            let allowed = (most / 2048.0).max(2_f32.powi(-25));
            assert!((back - most).abs() <= allowed, "{most} became {back}");
        }
        for beyond in [8.4e6, f32::MAX, f32::INFINITY] {
            assert_eq!(QuantizedMatrix::quantize(&[0.0, beyond], 2), None);
        }
    }
}
