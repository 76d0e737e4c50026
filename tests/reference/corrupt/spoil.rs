//! Fifty damaged variants of a file, the same ones each time.

use glassbox::ops::philox::Rng;

/// Variants of each kind of file.
pub const VARIANTS: usize = 50;
const CUTS: usize = 20;
const FLIPS: usize = 14;
const MANY_FLIPS: usize = 4;

/// A damaged file.
pub struct Spoilt {
    /// What was done to it.
    pub how: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether the end is missing.
    pub cut: bool,
}

/// Cut short at 20 places, 18 with flipped bits, the rest with absurd numbers: `absurd` has those that the
/// kind knows places for, and numbers at random places fill up.
pub fn variants(intact: &[u8], absurd: Vec<(String, Vec<u8>)>) -> Vec<Spoilt> {
    let mut rng = Rng::new(intact.len() as u64);
    let mut all = Vec::new();
    let len = intact.len();
    for i in 0..CUTS {
        // The first bytes one by one, then ever longer pieces, up to all but the last byte.
        let keep = match i {
            0..=4 => [0, 1, 4, 8, 9][i].min(len - 1),
            _ if i == CUTS - 1 => len - 1,
            _ => (len - 1) * (i - 4) / (CUTS - 5),
        };
        let how = format!("cut to {keep} of {len} bytes");
        all.push(Spoilt { how, bytes: intact[..keep].to_vec(), cut: true });
    }
    // Headers are small and matter most: every second flip hits one.
    let place = |rng: &mut Rng, i: usize| {
        let within = if i.is_multiple_of(2) { len.min(256) } else { len };
        rng.below(within as u32) as usize
    };
    for i in 0..FLIPS + MANY_FLIPS {
        let mut bytes = intact.to_vec();
        let flips = if i < FLIPS { 1 } else { 4 << (i - FLIPS) };
        let mut how = String::from("flipped");
        for _ in 0..flips {
            let (at, bit) = (place(&mut rng, i), rng.below(8));
            bytes[at] ^= 1 << bit;
            how += &format!(" {at}.{bit}");
        }
        all.push(Spoilt { how, bytes, cut: false });
    }
    let known = absurd.into_iter().map(|(how, bytes)| Spoilt { how, bytes, cut: false });
    all.extend(known.take(VARIANTS - all.len()));
    for i in all.len()..VARIANTS {
        // As a fixed-width number of either order and as one of variable length.
        let number: &[u8] = match i % 3 {
            0 => &[0xff, 0xff, 0xff, 0x7f],
            1 => &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            _ => &[0x7f, 0xff, 0xff, 0xff],
        };
        let at = place(&mut rng, i);
        let mut bytes = intact.to_vec();
        let end = len.min(at + number.len());
        bytes[at..end].copy_from_slice(&number[..end - at]);
        all.push(Spoilt { how: format!("{number:x?} at {at}"), bytes, cut: false });
    }
    all
}

#[test]
fn the_variants_differ_from_the_file_and_are_the_same_each_time() {
    let intact: Vec<u8> = (0..2000_u32).map(|i| (i * 7) as u8).collect();
    let all = variants(&intact, vec![("known".into(), vec![1])]);
    assert_eq!(all.len(), VARIANTS);
    assert!(all.iter().all(|v| v.bytes != intact));
    assert_eq!(all.iter().filter(|v| v.cut).count(), CUTS);
    assert_eq!(all.iter().filter(|v| v.how == "known").count(), 1);
    let again = variants(&intact, vec![("known".into(), vec![1])]);
    assert!(all.iter().zip(&again).all(|(a, b)| a.bytes == b.bytes));
}
