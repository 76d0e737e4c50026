//! Small pictures of some kinds of clothes, 14x14: what a network may be trained on while somebody watches.

use std::sync::OnceLock;

use crate::data::fashion::{CLASSES, Images, SIDE as LARGE};
use crate::gpu::{Data, Tensor};
use crate::nn::{Graph, Set};
use crate::ops::OpError;
use crate::ops::batch::{Draw, Format, Samples, batch};

/// Side of a picture, and its numbers.
pub const SIDE: usize = LARGE / 2;
/// Numbers of a picture.
pub const NUMBERS: usize = SIDE * SIDE;
/// Pictures at most: to learn from, to judge by.
pub const PICTURES: [usize; 2] = [1000, 200];
/// Classes of Fashion-MNIST in the order in which they are taken: those that look least alike first.
const ORDER: [usize; 10] = [1, 7, 8, 0, 5, 3, 9, 4, 2, 6];

/// Pictures of the first kinds. Clones share them.
#[derive(Clone, Debug)]
pub struct Clothes {
    sets: [Kept; 2],
}

/// A set of them.
#[derive(Clone, Debug)]
struct Kept {
    /// Brightness, 0 to 1, as the bits of floats and as floats.
    words: Data,
    floats: Data,
    /// Kind of each, counted in the order in which kinds are taken.
    kinds: Vec<usize>,
}

impl Clothes {
    /// Pictures of so many kinds, 1 to 10, made once.
    pub fn of(kinds: usize) -> &'static Self {
        static MADE: [OnceLock<Clothes>; ORDER.len()] = [const { OnceLock::new() }; ORDER.len()];
        let kinds = kinds.clamp(1, ORDER.len());
        MADE[kinds - 1].get_or_init(|| {
            let [learned, unseen] = Images::carried();
            let [a, b] = PICTURES;
            Self { sets: [Kept::of(learned, kinds, a), Kept::of(unseen, kinds, b)] }
        })
    }

    /// What a kind is called.
    pub fn name(kind: usize) -> &'static str {
        CLASSES[ORDER[kind.min(ORDER.len() - 1)]]
    }

    /// Pictures in each set.
    pub fn samples(&self) -> [usize; 2] {
        [0, 1].map(|set| self.sets[set].kinds.len())
    }

    /// The kind of each picture of a set.
    pub fn kinds(&self, set: Set) -> &[usize] {
        &self.sets[set as usize].kinds
    }

    /// All pictures of a set, `[N, 196]` floats from 0 to 1.
    pub fn pictures(&self, set: Set) -> &Data {
        &self.sets[set as usize].floats
    }

    /// Records a batch of pictures, `[B, 196]`.
    pub fn batch(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Tensor, OpError> {
        let kept = &self.sets[set as usize];
        let pixels = g.plan.constant("pictures", &[kept.words.len()], kept.words.clone());
        let steps = g.steps.clone();
        let samples = Samples { n: kept.kinds.len(), width: NUMBERS, pitch: NUMBERS, offset: 0 };
        batch(&mut g.plan, &pixels, &steps, samples, draw, Format::Floats)
    }
}

impl Kept {
    /// The first pictures of these kinds, each pixel the mean of four.
    fn of(images: &Images, kinds: usize, most: usize) -> Self {
        let kind = |label: u32| ORDER[..kinds].iter().position(|&class| class == label as usize);
        let labels = images.classes();
        let chosen: Vec<(usize, usize)> =
            (0..images.n).filter_map(|i| Some((i, kind(labels[i])?))).take(most).collect();
        let mut floats = Vec::with_capacity(chosen.len() * NUMBERS);
        for &(i, _) in &chosen {
            floats.extend((0..NUMBERS).map(|cell| images.half(i, cell / SIDE, cell % SIDE) / 255.0));
        }
        let words: Vec<u32> = floats.iter().map(|v| v.to_bits()).collect();
        let kinds = chosen.into_iter().map(|(_, kind)| kind).collect();
        Self { words: words.into(), floats: floats.into(), kinds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fashion::PIXELS;

    #[test]
    fn pictures_keep_their_mean_and_their_kinds() {
        for kinds in [1, 5, 10] {
            let clothes = Clothes::of(kinds);
            assert_eq!(clothes.samples(), [1000.min(clothes.samples()[0]), 200.min(clothes.samples()[1])]);
            for set in [Set::Training, Set::Test] {
                let floats = clothes.pictures(set).to_f64();
                assert_eq!(floats.len(), clothes.kinds(set).len() * NUMBERS);
                assert!(floats.iter().all(|v| (0.0..=1.0).contains(v)));
                assert!(clothes.kinds(set).iter().all(|&kind| kind < kinds));
            }
        }
        let [first, _] = Images::carried();
        let clothes = Clothes::of(10);
        let large: f64 =
            first.pixels.bytes()[..PIXELS].iter().map(|&b| f64::from(b)).sum::<f64>() / PIXELS as f64 / 255.0;
        let small = clothes.pictures(Set::Training).to_f64()[..NUMBERS].iter().sum::<f64>() / NUMBERS as f64;
        assert!((large - small).abs() < 1e-6);
    }
}
