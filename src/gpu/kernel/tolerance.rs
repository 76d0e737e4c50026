//! How close a result has to come to the reference.

/// The distance at which a GPU element counts as equal to the reference:
/// `|gpu - reference| <= abs + rel * |reference|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Absolute part.
    pub abs: f64,
    /// Part relative to the magnitude of the reference.
    pub rel: f64,
}

impl Tolerance {
    /// Bit-for-bit results: masks, indices, colours.
    pub const EXACT: Self = Self { abs: 0.0, rel: 0.0 };
    /// A handful of roundings.
    pub const ELEMENTWISE: Self = Self { abs: 1e-6, rel: 1e-5 };
    /// Sums of up to a few thousand products of ordinary numbers.
    pub const SUMS: Self = Self { abs: 1e-4, rel: 1e-4 };

    /// How far a result may be from this reference.
    pub fn allowed(self, reference: f64) -> f64 {
        self.abs + self.rel * reference.abs()
    }
}

/// What one element of an output is the sum of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summands {
    /// Σ |term|
    pub size: f64,
    /// How many terms.
    pub count: usize,
}

/// The summands of an element of an output, for the values of the inputs; `None` where the parameters put something else
/// than a sum there.
pub type SummandsFn<P> = fn(params: &P, ins: &[&[f64]], index: usize) -> Option<Summands>;

impl Summands {
    /// Half a unit in the last place of a number about 1: how far one operation in `f32` is off at most.
    const ROUNDING: f64 = 1.0 / (1 << 24) as f64;
    /// How many roundings of the size of a sum, times the root of how many terms it has, a result may be off by: rounding
    /// errors of either sign add up as the root of their number. Over EfficientNet-Lite0, MiniLM and networks whose sums
    /// cancel (terms of 1e4 that leave 1) or are tiny (1e-9), no element was off by more than 1.4 on a software adapter, and
    /// numpy's `float32` by 0.5; the rest is for other orders of adding. Of equal terms all roundings may point the same
    /// way, each up to one of the sum so far, which is half of it on average: 512 of them in a file classifier's
    /// padding were off by 197 roundings, where 181 are the root's.
    const ROUNDINGS: f64 = 8.0;

    /// A sum of one term.
    pub fn of(term: f64) -> Self {
        Self { size: term.abs(), count: 1 }
    }

    /// Adds a term.
    #[must_use]
    pub fn and(self, term: f64) -> Self {
        Self { size: self.size + term.abs(), count: self.count + 1 }
    }

    /// How far a sum of them in `f32` may be off.
    pub fn allowed(self) -> f64 {
        let count = self.count as f64;
        // Products of tiny numbers may be flushed to zero.
        let roundings = (Self::ROUNDINGS * count.sqrt()).max(count / 2.0);
        roundings * Self::ROUNDING * self.size + count * f64::from(f32::MIN_POSITIVE)
    }
}

impl FromIterator<f64> for Summands {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        terms.into_iter().fold(Self::default(), Self::and)
    }
}
