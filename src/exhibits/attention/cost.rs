//! What a mechanism costs: multiply-adds of scores and weighted sum, and bytes that are held for them, from the
//! sizes of the run. Projections of queries, keys and values are not counted, since all need them.

use super::mechanism::Mechanism;

/// Bytes of a number.
const NUMBER: u64 = 4;

/// Units of additive scores and of those that know two entities; products of a score that is convolved, 8 filters of
/// 7 and their sum.
const ADDITIVE: usize = 32;
const ENTITY: usize = 16;
const CONVOLVED: usize = 8 * 7 + 8;

/// Sizes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Words.
    pub count: usize,
    /// Words of the second sentence.
    pub asks: usize,
    /// Channels of a token vector.
    pub width: usize,
    /// Heads of the layer.
    pub heads: usize,
    /// Half-width of a window, or words before a query that it sees.
    pub reach: usize,
    /// Heads of keys and values that grouped queries have.
    pub groups: usize,
}

/// What a mechanism costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-adds of scores and weighted sum.
    pub products: u64,
    /// Bytes of weights, keys and values, or of what stands in their place.
    pub bytes: u64,
}

/// Pairs of a query and a key within `reach` of it, on both sides or before it alone.
pub fn pairs(count: usize, reach: usize, both: bool) -> usize {
    let of = |i: usize| i.min(reach) + 1 + if both { (count - 1 - i).min(reach) } else { 0 };
    (0..count).map(of).sum()
}

impl Cost {
    /// What `mechanism` costs with one head, or with all where it has several.
    pub fn of(mechanism: Mechanism, s: &Sizes) -> Self {
        let d = s.width / s.heads;
        let square = s.count * s.count;
        // Pairs that are scored, multiply-adds for a score, and numbers of a key.
        let plain =
            |pairs: usize, score: usize, key: usize| (pairs * (score + d), pairs + s.count * (key + d));
        let (products, numbers) = match mechanism {
            Mechanism::Dot => plain(square, d, d),
            Mechanism::Cross => plain(s.asks * s.count, d, d),
            Mechanism::MultiHead => {
                let (products, numbers) = plain(square, d, d);
                (s.heads * products, s.heads * numbers)
            }
            Mechanism::Grouped | Mechanism::MultiQuery => {
                let groups = if mechanism == Mechanism::MultiQuery { 1 } else { s.groups };
                (s.heads * square * 2 * d, s.heads * square + s.count * 2 * d * groups)
            }
            // A row of weights stands where a key would for scores by position.
            Mechanism::Luong | Mechanism::General | Mechanism::Location => plain(square, s.width, s.width),
            Mechanism::Additive | Mechanism::Concat => plain(square, ADDITIVE, ADDITIVE),
            Mechanism::Entity => plain(square, ENTITY, ENTITY),
            // It has no keys but the alignment before.
            Mechanism::Convolved => {
                let (products, numbers) = plain(square, CONVOLVED, 0);
                (products, numbers + square)
            }
            Mechanism::LocalM | Mechanism::LocalP => plain(pairs(s.count, s.reach, true), d, d),
            Mechanism::Sliding => plain(pairs(s.count, s.reach, false), d, d),
            // Into the state and out of it; the sum of the keys likewise.
            Mechanism::Linear => (2 * s.count * (d * d + d), d * d + d),
        };
        Self { products: products as u64, bytes: numbers as u64 * NUMBER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { count: 16, asks: 7, width: 384, heads: 12, reach: 2, groups: 4 };

    #[test]
    fn pairs_of_a_window_are_counted() {
        let all = |both: bool| {
            (0..9_i32)
                .flat_map(|i| (0..9_i32).map(move |j| (i, j)))
                .filter(|(i, j)| {
                    let before = (0..=2).contains(&(i - j));
                    before || (both && (0..=2).contains(&(j - i)))
                })
                .count()
        };
        assert_eq!([pairs(9, 2, true), pairs(9, 2, false)], [all(true), all(false)]);
        assert_eq!([pairs(5, 9, true), pairs(5, 9, false)], [25, 15]);
    }

    #[test]
    fn several_heads_cost_what_one_of_full_size_costs_and_shared_keys_take_less() {
        let of = |mechanism| Cost::of(mechanism, &SIZES);
        assert_eq!(of(Mechanism::MultiHead).products, 2 * 16 * 16 * 384);
        assert_eq!(of(Mechanism::MultiQuery).products, of(Mechanism::MultiHead).products);
        let kept = |groups: usize| {
            let grouped = Cost::of(Mechanism::Grouped, &Sizes { groups, ..SIZES });
            grouped.bytes - 12 * 16 * 16 * 4
        };
        assert_eq!(kept(12), 12 * kept(1));
        assert_eq!(of(Mechanism::Grouped).bytes - 12 * 16 * 16 * 4, kept(4));
        // Linear attention pays from as many words on as a head has channels.
        let at = |count| {
            let of = |mechanism| Cost::of(mechanism, &Sizes { count, ..SIZES }).products;
            of(Mechanism::Linear) < of(Mechanism::Dot)
        };
        assert!(!at(33) && at(34));
    }
}
