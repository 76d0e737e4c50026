//! Stripes under noise, told apart by their direction: pictures that have nothing in common with clothes.

use std::f32::consts::{PI, TAU};

use super::fashion::{Images, PIXELS, SIDE};
use crate::ops::philox::Rng;

/// How far a direction is off that of its class at most, as a share of the way to the next.
const TURNED: f32 = 0.35;
/// Width of a stripe and the next together, in pixels: from, and how much more at most.
const WAVE: [f32; 2] = [3.0, 4.0];
/// How bright stripes are, and the noise on them, of 1.
const BRIGHT: f32 = 0.25;
const NOISE: f32 = 0.25;

/// Pictures of `classes` directions, `each` of each, the classes in turn.
#[must_use]
pub fn stripes(classes: usize, each: usize, seed: u64) -> Images {
    let (mut pixels, mut labels) = (Vec::with_capacity(classes * each * PIXELS), Vec::new());
    for i in 0..classes * each {
        let class = i % classes;
        let mut rng = Rng::new((seed << 32) ^ i as u64);
        let angle = PI * (class as f32 + TURNED * (2.0 * rng.uniform() - 1.0)) / classes as f32;
        let wave = WAVE[0] + WAVE[1] * rng.uniform();
        let phase = TAU * rng.uniform();
        let (sin, cos) = angle.sin_cos();
        for cell in 0..PIXELS {
            let [x, y] = [cell % SIDE, cell / SIDE].map(|v| v as f32);
            let v = 0.5 + BRIGHT * (TAU * (x * cos + y * sin) / wave + phase).sin() + NOISE * rng.normal();
            pixels.push((255.0 * v.clamp(0.0, 1.0)).round() as u8);
        }
        labels.push(class as u8);
    }
    Images::new(&pixels, &labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_equally_many_and_fewer_pictures_are_the_first_of_more() {
        let [few, more] = [2, 5].map(|each| stripes(5, each, 1));
        assert_eq!((few.n, more.n), (10, 25));
        for class in 0..5 {
            assert_eq!(more.classes().iter().filter(|own| **own == class).count(), 5);
        }
        assert_eq!(few.pixels.bytes(), &more.pixels.bytes()[..few.pixels.bytes().len()]);
        assert_ne!(stripes(5, 2, 2).pixels.bytes(), few.pixels.bytes());
    }
}
