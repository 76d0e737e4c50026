//! Settings that the pages on pooling have in common.

use crate::settings::Knob;

/// Whether the output's size is rounded up.
pub fn ceil(on: &mut bool) -> Knob<'_> {
    Knob::switch("ceil", "Ceil mode", on)
        .help("Rounds the output size up: the last window may reach past the end")
}

/// Whether padding counts in an average, of which there must be some.
pub fn counting(on: &mut bool, padding: u32) -> Knob<'_> {
    Knob::switch("count-padding", "Padding counts", on)
        .help("Whether the average divides by padded cells too")
        .enabled(padding > 0)
}

/// The exponent of Lp.
pub fn exponent(p: &mut f32) -> Knob<'_> {
    Knob::float("p", "p of Lp", p, 1.0..=16.0)
        .help("1 adds up magnitudes, 2 is the Euclidean length, large values approach the maximum")
}
