//! Sliders for the layers of a network that is written as one line: they rewrite the line.

use std::ops::RangeInclusive;

use crate::nn::stack::{Number, Stack};
use crate::settings::{Knob, Knobs};

macro_rules! names {
    ($($n:literal)+) => {
        [$([
            concat!("Layer ", $n),
            concat!("filters", $n),
            concat!("size", $n),
            concat!("stride", $n),
            concat!("pad", $n),
        ]),+]
    };
}

/// Heading and knobs of a layer, by its place in the network.
const NAMES: [[&str; 5]; 9] = names!(1 2 3 4 5 6 7 8 9);
/// Most layers that have sliders: further ones are changed in the text.
const LAYERS: usize = 5;
/// What can be slid of a layer, and between which numbers.
const NUMBERS: [(Number, &str, RangeInclusive<u32>); 4] = [
    (Number::Filters, "Filters", 1..=64),
    (Number::Size, "Window F", 1..=11),
    (Number::Stride, "Stride S", 1..=4),
    (Number::Pad, "Padding P", 0..=5),
];

/// Shows sliders for the first layers of `text` that have a window, and rewrites it where one was moved.
pub fn sliders(text: &mut String, k: &mut dyn Knobs) {
    let (mut stack, unread) = Stack::leading(text);
    let before = stack.clone();
    let windows = stack.0.iter_mut().zip(NAMES).filter(|(block, _)| block.span().is_some());
    for (block, [heading, names @ ..]) in windows.take(LAYERS) {
        k.heading(heading);
        for ((which, label, range), name) in NUMBERS.into_iter().zip(names) {
            let Some(mut value) = block.number(which).and_then(|n| u32::try_from(n).ok()) else { continue };
            // A slider would pull what the text says into its range.
            let range = *range.start()..=value.max(*range.end());
            Knob::int(name, label, &mut value, range).edits().enabled(unread.is_none()).show(k);
            block.set_number(which, value as usize);
        }
    }
    if stack != before && unread.is_none() {
        *text = stack.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{list, set};

    #[test]
    fn a_slider_rewrites_its_layer_and_nothing_else() {
        let mut text = "conv 10 of 3x3, relu, pool 2, conv 100 of 5x3 stride 2".to_owned();
        let names: Vec<_> = list(|k| sliders(&mut text, k)).iter().map(|knob| knob.name).collect();
        assert_eq!(
            names,
            [
                "filters1", "size1", "stride1", "pad1", "size3", "stride3", "filters4", "size4", "stride4",
                "pad4"
            ]
        );
        assert_eq!(text, "conv 10 of 3x3, relu, pool 2, conv 100 of 5x3 stride 2", "looking changes nothing");
        set("filters4=7", |k| sliders(&mut text, k)).unwrap();
        set("pad1=2", |k| sliders(&mut text, k)).unwrap();
        assert_eq!(text, "conv 10 of 3x3 pad 2, relu, pool 2, conv 7 of 5x3 stride 2");
        let mut unread = "conv 10 of 3x3, cnov".to_owned();
        let _ = set("filters1=9", |k| sliders(&mut unread, k));
        assert_eq!(unread, "conv 10 of 3x3, cnov", "what is still being written is left alone");
    }
}
