//! Named convolution kernels, at any odd or even size.

use crate::gpu::{Plan, Tensor};
use crate::viz::Look;

/// Names for the knob, in the order of [`kernel`].
pub const NAMES: &[&str] = &["edges", "blur", "sharpen", "emboss", "Gabor", "centre", "own numbers"];

/// Index of the filter whose numbers the user writes.
pub const OWN: usize = 6;

/// The `size` x `size` kernel of a name; `angle` in degrees turns the Gabor filter.
/// `own` holds 9 numbers, put into the middle.
pub fn kernel(name: usize, size: usize, angle: f32, own: &[f32]) -> Vec<f32> {
    let centre = (size as f32 - 1.0) / 2.0;
    let at = |f: &dyn Fn(f32, f32) -> f32| -> Vec<f32> {
        (0..size * size).map(|i| f((i / size) as f32 - centre, (i % size) as f32 - centre)).collect()
    };
    let sigma = (size as f32 / 4.0).max(0.5);
    let gaussian = |y: f32, x: f32| (-(x * x + y * y) / (2.0 * sigma * sigma)).exp();
    // An even size has no middle cell; the one before the middle stands in.
    let middle = (size - 1) / 2 * (size + 1);
    let sum_to = |mut k: Vec<f32>, total: f32| {
        let sum: f32 = k.iter().sum();
        k.iter_mut().for_each(|w| *w *= total / sum);
        k
    };
    match name {
        // Horizontal derivative of a Gaussian, as Sobel's but for any size.
        0 => {
            let k = at(&|y, x| x * gaussian(y, x));
            let weight: f32 = k.iter().map(|w| w.abs()).sum::<f32>().max(1e-6);
            k.into_iter().map(|w| w * 2.0 / weight).collect()
        }
        1 => sum_to(at(&gaussian), 1.0),
        2 => {
            let mut k: Vec<f32> = sum_to(at(&gaussian), 1.0).into_iter().map(|w| -w).collect();
            k[middle] += 2.0;
            k
        }
        3 => {
            let mut k = at(&|y, x| (x + y).clamp(-1.0, 1.0));
            let weight: f32 = k.iter().map(|w| w.abs()).sum::<f32>().max(1e-6);
            k.iter_mut().for_each(|w| *w *= 2.0 / weight);
            k[middle] += 1.0;
            k
        }
        4 => {
            let (sin, cos) = angle.to_radians().sin_cos();
            let wavelength = (size as f32 * 0.6).max(2.0);
            let k = at(&|y, x| {
                let along = x * cos + y * sin;
                gaussian(y, x) * (std::f32::consts::TAU * along / wavelength).cos()
            });
            // No answer to constant brightness, unit total weight otherwise.
            let mean = k.iter().sum::<f32>() / k.len() as f32;
            let k: Vec<f32> = k.into_iter().map(|w| if size > 1 { w - mean } else { w }).collect();
            let weight: f32 = k.iter().map(|w| w.abs()).sum::<f32>().max(1e-6);
            k.into_iter().map(|w| w * 2.0 / weight).collect()
        }
        5 => {
            let mut k = vec![0.0; size * size];
            k[middle] = 1.0;
            k
        }
        _ => {
            let mut k = vec![0.0; size * size];
            for (i, &w) in own.iter().enumerate().take(9) {
                let offset = |n: usize| (n + size / 2).checked_sub(1).filter(|&n| n < size);
                if let (Some(y), Some(x)) = (offset(i / 3), offset(i % 3)) {
                    k[y * size + x] = w;
                }
            }
            k
        }
    }
}

/// A filter as a layer on an input of 1 or 3 channels.
pub struct Layer {
    /// `[1, C, size, size]`, or `[3, 1, size, size]` where it keeps colours.
    pub w: Tensor,
    /// 3 where it keeps colours.
    pub groups: usize,
    /// How its output is drawn.
    pub look: Look,
}

/// Records the weights of a named filter. Filters that keep colours work on each channel alone, the
/// others on brightness.
pub fn layer(plan: &mut Plan, name: usize, size: usize, channels: usize) -> Layer {
    let kernel = kernel(name, size, 0.0, &[]);
    let keeps_color = matches!(name, 1 | 2 | 5) && channels == 3;
    if keeps_color {
        let w = plan.constant("kernel", &[3, 1, size, size], kernel.repeat(3));
        return Layer { w, groups: 3, look: Look::Rgb };
    }
    let kernel: Vec<f32> = kernel.iter().map(|w| w / channels as f32).collect();
    let w = plan.constant("kernel", &[1, channels, size, size], kernel.repeat(channels));
    let look = if matches!(name, 1 | 5) { Look::Sequential } else { Look::Diverging };
    Layer { w, groups: 1, look }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_has_its_size_and_finite_numbers() {
        for (name, title) in NAMES.iter().enumerate() {
            for size in 1..=11 {
                let k = kernel(name, size, 30.0, &[1.0; 9]);
                assert_eq!(k.len(), size * size);
                assert!(k.iter().all(|w| w.is_finite()), "{title} {size}: {k:?}");
            }
        }
        assert!((kernel(1, 5, 0.0, &[]).iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(kernel(0, 3, 0.0, &[]).iter().sum::<f32>().abs() < 1e-5);
        assert_eq!(kernel(OWN, 3, 0.0, &[1., 2., 3., 4., 5., 6., 7., 8., 9.])[4], 5.0);
    }
}
