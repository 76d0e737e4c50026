//! Named convolution kernels, at any odd or even size.

use super::problem::Problem;
use super::recording::Recording;
use crate::choices;
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::unary::Act;
use crate::viz::Look;

choices! {
    /// A filter by name.
    pub enum Filter {
        /// The horizontal derivative of a Gaussian.
        Edges = "edges",
        /// A Gaussian.
        Blur = "blur",
        /// Twice the middle less a Gaussian.
        Sharpen = "sharpen",
        /// Light from a corner.
        Emboss = "emboss",
        /// A wave under a Gaussian, at an angle.
        Gabor = "Gabor",
        /// The middle alone.
        Centre = "centre",
        /// Numbers that the user writes.
        Own = "own numbers",
    }
}

/// How many filters have numbers of their own; behind them stands [`Filter::Own`].
pub const NAMED: usize = 6;

impl Filter {
    /// Whether it keeps colours: then it works on each channel alone.
    fn keeps_colour(self) -> bool {
        matches!(self, Self::Blur | Self::Sharpen | Self::Centre)
    }
    /// Whether its output is never below its input's least value.
    fn keeps_brightness(self) -> bool {
        matches!(self, Self::Blur | Self::Centre)
    }
}

/// The `size` x `size` kernel of a name; `angle` in degrees turns the Gabor filter.
/// `own` holds 9 numbers, put into the middle.
pub fn kernel(name: Filter, size: usize, angle: f32, own: &[f32]) -> Vec<f32> {
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
        Filter::Edges => {
            let k = at(&|y, x| x * gaussian(y, x));
            let weight: f32 = k.iter().map(|w| w.abs()).sum::<f32>().max(1e-6);
            k.into_iter().map(|w| w * 2.0 / weight).collect()
        }
        Filter::Blur => sum_to(at(&gaussian), 1.0),
        Filter::Sharpen => {
            let mut k: Vec<f32> = sum_to(at(&gaussian), 1.0).into_iter().map(|w| -w).collect();
            k[middle] += 2.0;
            k
        }
        Filter::Emboss => {
            let mut k = at(&|y, x| (x + y).clamp(-1.0, 1.0));
            let weight: f32 = k.iter().map(|w| w.abs()).sum::<f32>().max(1e-6);
            k.iter_mut().for_each(|w| *w *= 2.0 / weight);
            k[middle] += 1.0;
            k
        }
        Filter::Gabor => {
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
        Filter::Centre => {
            let mut k = vec![0.0; size * size];
            k[middle] = 1.0;
            k
        }
        Filter::Own => {
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

/// A `size` x `size` Gaussian of standard deviation `sigma` cells that sums to 1.
pub fn gaussian(size: usize, sigma: f32) -> Vec<f32> {
    let centre = (size as f32 - 1.0) / 2.0;
    let at = |i: usize| (-(i as f32 - centre).powi(2) / (2.0 * sigma * sigma)).exp();
    let sum: f32 = (0..size).map(at).sum();
    (0..size * size).map(|i| at(i / size) * at(i % size) / (sum * sum)).collect()
}

/// A filter as a layer on an input of 1 or 3 channels.
pub struct Weights {
    /// `[1, C, size, size]`, or `[3, 1, size, size]` where it keeps colours.
    pub w: Tensor,
    /// 3 where it keeps colours.
    pub groups: usize,
    /// How its output is drawn.
    pub look: Look,
}

/// Records the weights of a named filter. Filters that keep colours work on each channel alone, the
/// others on brightness.
pub fn weights(plan: &mut Plan, name: Filter, size: usize, channels: usize) -> Weights {
    let kernel = kernel(name, size, 0.0, &[]);
    if name.keeps_colour() && channels == 3 {
        let w = plan.constant("kernel", &[3, 1, size, size], kernel.repeat(3));
        return Weights { w, groups: 3, look: Look::Rgb };
    }
    let kernel: Vec<f32> = kernel.iter().map(|w| w / channels as f32).collect();
    let w = plan.constant("kernel", &[1, channels, size, size], kernel.repeat(channels));
    let look = if name.keeps_brightness() { Look::Sequential } else { Look::Diverging };
    Weights { w, groups: 1, look }
}

/// Records what a named filter finds in the photo at each of these angles, `[1, angles, side, side]`. Nothing is
/// padded, so that no edge of a black border outshines those of the picture.
///
/// # Errors
/// If a shape rule refuses it.
pub fn maps(
    on: &mut Recording<'_>,
    (name, size): (Filter, usize),
    angles: &[f32],
    act: Act,
    side: usize,
) -> Result<Tensor, Problem> {
    let photo = on.photo(side + size - 1);
    // The filters are alike on all channels: on their mean they cost a third.
    let mean = on.plan.constant("mean of the channels", &[1, 3, 1, 1], vec![1.0 / 3.0; 3]);
    let grey = conv2d(&mut on.plan, &photo, &mean, None, &Conv::default())?;
    on.plan.name(&grey, "brightness");
    let kernels: Vec<f32> = angles.iter().flat_map(|angle| kernel(name, size, *angle, &[])).collect();
    let w = on.plan.constant("kernels", &[angles.len(), 1, size, size], kernels);
    Ok(conv2d(&mut on.plan, &grey, &w, None, &Conv { act, ..Conv::default() })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Choice;

    #[test]
    fn every_filter_has_its_size_and_finite_numbers() {
        for name in Filter::ALL.iter().copied() {
            for size in 1..=11 {
                let k = kernel(name, size, 30.0, &[1.0; 9]);
                assert_eq!(k.len(), size * size);
                assert!(k.iter().all(|w| w.is_finite()), "{name:?} {size}: {k:?}");
            }
        }
        assert!((kernel(Filter::Blur, 5, 0.0, &[]).iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(kernel(Filter::Edges, 3, 0.0, &[]).iter().sum::<f32>().abs() < 1e-5);
        assert_eq!(kernel(Filter::Own, 3, 0.0, &[1., 2., 3., 4., 5., 6., 7., 8., 9.])[4], 5.0);
    }
}
