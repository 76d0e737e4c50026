//! Clothes somewhere among scraps of others: pictures in which a network has to find what it tells apart, made after the
//! cluttered digits of Mnih et al., "Recurrent models of visual attention", 2014.

use super::fashion::{Images, PIXELS, SIDE};
use crate::ops::philox::Rng;

/// Side of a piece of clothing: half of that of a picture.
const HALF: usize = SIDE / 2;
/// Scraps of a picture, and the side of one.
const SCRAPS: usize = 4;
const SCRAP: usize = 5;
/// The seed of all places.
const SEED: u64 = 0xC10;

/// The first `each` pictures of each of these kinds, halved and put somewhere among scraps of any of `images`, in the order of
/// `images`; classes are places in `kinds`.
#[must_use]
pub fn cluttered(images: &Images, kinds: &[usize], each: usize) -> Images {
    let mut counts = vec![0; kinds.len()];
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (i, label) in images.classes().iter().enumerate() {
        let Some(kind) = kinds.iter().position(|kind| *kind == *label as usize) else { continue };
        if counts[kind] == each {
            continue;
        }
        counts[kind] += 1;
        pixels.extend(picture(images, i));
        labels.push(kind as u8);
    }
    Images::new(&pixels, &labels)
}

/// One picture: it depends on `images` and its number alone.
fn picture(images: &Images, i: usize) -> [u8; PIXELS] {
    let mut rng = Rng::new(SEED ^ ((i as u64) << 16));
    let mut below = |n: usize| rng.below(n as u32) as usize;
    let mut pixels = [0; PIXELS];
    for _ in 0..SCRAPS {
        let of = below(images.n);
        // Not from the edge, where most pictures are empty.
        let from = [0; 2].map(|_| 2 + below(HALF - SCRAP - 3));
        let to = [0; 2].map(|_| below(SIDE - SCRAP + 1));
        paste(images, of, from, to, SCRAP, &mut pixels);
    }
    let to = [0; 2].map(|_| below(SIDE - HALF + 1));
    paste(images, i, [0; 2], to, HALF, &mut pixels);
    pixels
}

/// Puts a square of a halved picture over what is there, the brighter of both.
fn paste(images: &Images, of: usize, from: [usize; 2], to: [usize; 2], side: usize, pixels: &mut [u8]) {
    for row in 0..side {
        for column in 0..side {
            let own = images.half(of, from[0] + row, from[1] + column).round() as u8;
            let at = &mut pixels[(to[0] + row) * SIDE + to[1] + column];
            *at = own.max(*at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_as_many_pictures_and_fewer_are_the_first_of_more() {
        let [images, _] = Images::carried();
        let [few, more] = [3, 7].map(|each| cluttered(images, &[4, 9, 2], each));
        for (made, each) in [(&few, 3), (&more, 7)] {
            assert_eq!((made.n, made.pixels.len()), (3 * each, 3 * each * PIXELS / 4));
            for kind in 0..3 {
                assert_eq!(made.classes().iter().filter(|own| **own == kind).count(), each);
            }
        }
        assert_eq!(few.pixels.bytes()[..PIXELS], more.pixels.bytes()[..PIXELS]);
        assert!(few.pixels.bytes().chunks(PIXELS).all(|own| own.iter().any(|v| *v > 60)));
    }
}
