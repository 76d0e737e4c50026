//! Small data sets made from a seed: points of two or more classes in the plane, and points around a
//! line with outliers.

use std::f32::consts::{PI, TAU};

use crate::gpu::Data;
use crate::ops::philox::Rng;

/// Labelled points of the plane, about within ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Coordinates, x and y.
    pub at: Vec<[f32; 2]>,
    /// Class of each.
    pub class: Vec<u32>,
}

/// Which points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toy {
    /// Arms that wind round each other, one a class.
    Spiral,
    /// A disc in a ring.
    Circles,
    /// Four clouds; opposite ones belong together.
    Xor,
    /// Two half moons that reach into each other.
    Moons,
    /// Two arms that wind round each other one time and a quarter.
    TwoArms,
}

impl Toy {
    /// All.
    pub const ALL: [Self; 5] = [Self::Spiral, Self::Circles, Self::Xor, Self::Moons, Self::TwoArms];

    /// Name for the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spiral => "spiral",
            Self::Circles => "circles",
            Self::Xor => "XOR",
            Self::Moons => "moons",
            Self::TwoArms => "two arms",
        }
    }

    /// Number of classes.
    pub fn classes(self) -> usize {
        if self == Self::Spiral { 3 } else { 2 }
    }

    /// `n` points, classes in turn, with noise of this standard deviation.
    pub fn points(self, n: usize, noise: f32, seed: u64) -> Points {
        let mut rng = Rng::new(seed);
        let classes = self.classes() as u32;
        let mut points = Points { at: Vec::with_capacity(n), class: Vec::with_capacity(n) };
        for i in 0..n {
            let class = i as u32 % classes;
            let [x, y] = self.place(class, &mut rng);
            points.at.push([x + noise * rng.normal(), y + noise * rng.normal()]);
            points.class.push(class);
        }
        points
    }

    fn place(self, class: u32, rng: &mut Rng) -> [f32; 2] {
        let u = rng.uniform();
        match self {
            Self::Spiral | Self::TwoArms => {
                let turns = if self == Self::Spiral { 0.75 } else { 1.25 };
                let angle = TAU * (class as f32 / self.classes() as f32 + turns * u);
                let radius = 0.1 + 0.9 * u;
                [radius * angle.cos(), radius * angle.sin()]
            }
            Self::Circles => {
                let angle = TAU * rng.uniform();
                let radius = if class == 0 { 0.45 * u.sqrt() } else { 0.75 + 0.2 * u };
                [radius * angle.cos(), radius * angle.sin()]
            }
            Self::Xor => {
                let side = if rng.below(2) == 0 { 1.0 } else { -1.0 };
                let [x, y] = [0.15 + 0.75 * u, 0.15 + 0.75 * rng.uniform()];
                [side * x, if class == 0 { side * y } else { -side * y }]
            }
            Self::Moons => {
                let (sin, cos) = (PI * u).sin_cos();
                if class == 0 {
                    [0.6 * cos - 0.3, 0.6 * sin - 0.2]
                } else {
                    [0.3 - 0.6 * cos, 0.2 - 0.6 * sin]
                }
            }
        }
    }
}

impl Points {
    /// Coordinates as the bits of floats, x and y of each in turn.
    pub fn words(&self) -> Data {
        self.at.iter().flatten().map(|v| v.to_bits()).collect::<Vec<_>>().into()
    }

    /// The classes.
    pub fn labels(&self) -> Data {
        self.class.clone().into()
    }
}

/// Points around a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Places, −1 to 1.
    pub x: Vec<f32>,
    /// Values.
    pub y: Vec<f32>,
    /// Which lie far off on purpose.
    pub outlier: Vec<bool>,
}

/// `n` points `y = slope·x + offset` with noise; a share of them, `outliers`, is thrown far up or down.
pub fn regression(n: usize, [slope, offset]: [f32; 2], noise: f32, outliers: f32, seed: u64) -> Line {
    let mut rng = Rng::new(seed);
    let mut line = Line { x: Vec::new(), y: Vec::new(), outlier: Vec::new() };
    for _ in 0..n {
        let x = 2.0 * rng.uniform() - 1.0;
        let outlier = rng.uniform() < outliers;
        let off = if outlier {
            (2.0 + 2.0 * rng.uniform()) * if rng.below(4) == 0 { -1.0 } else { 1.0 }
        } else {
            0.0
        };
        line.x.push(x);
        line.y.push(slope * x + offset + noise * rng.normal() + off);
        line.outlier.push(outlier);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_balanced_seeded_and_bounded() {
        for toy in Toy::ALL {
            let points = toy.points(300, 0.02, 5);
            assert_eq!(points, toy.points(300, 0.02, 5));
            assert_ne!(points, toy.points(300, 0.02, 6));
            assert!(points.at.iter().flatten().all(|v| v.abs() < 1.3), "{toy:?}");
            for class in 0..toy.classes() as u32 {
                let count = points.class.iter().filter(|&&c| c == class).count();
                assert_eq!(count, 300 / toy.classes(), "{toy:?}");
            }
        }
    }

    #[test]
    fn classes_lie_apart_without_noise() {
        for toy in Toy::ALL {
            let points = toy.points(300, 0.0, 5);
            let mut nearest = f32::MAX;
            for (a, ca) in points.at.iter().zip(&points.class) {
                for (b, _) in points.at.iter().zip(&points.class).filter(|(_, cb)| *cb != ca) {
                    nearest = nearest.min((a[0] - b[0]).hypot(a[1] - b[1]));
                }
            }
            assert!(nearest > 0.05, "{toy:?}: {nearest}");
        }
    }

    #[test]
    fn outliers_lie_off_the_line() {
        let line = regression(500, [0.5, 0.1], 0.05, 0.1, 1);
        let off = |i: usize| (line.y[i] - 0.5 * line.x[i] - 0.1).abs();
        assert!((0..500).all(|i| (off(i) > 1.0) == line.outlier[i]));
        let share = line.outlier.iter().filter(|o| **o).count();
        assert!((30..80).contains(&share), "{share}");
    }
}
