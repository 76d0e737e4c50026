//! Numbers on their way from one line of settings to another.

use super::knobs::{Effect, Knob, Knobs};
use super::line::Settings;
use super::value::Value;

/// Sets every number between what it is in `from` and in `to`.
struct Between<'s> {
    from: &'s Settings,
    to: &'s Settings,
    share: f32,
    moves: bool,
}

impl Knobs for Between<'_> {
    fn visit(&mut self, knob: Knob<'_>) {
        // A training that began anew in each frame would show nothing.
        if matches!(knob.effect, Effect::Edits | Effect::Restarts) {
            return;
        }
        let number = |settings: &Settings| settings.get(knob.name)?.parse::<f32>().ok();
        let (Some(from), Some(to)) = (number(self.from), number(self.to)) else { return };
        let between = from + (to - from) * self.share;
        match knob.value {
            Value::Int(value, range) if from != to => {
                *value = (between.round() as u32).clamp(*range.start(), *range.end());
            }
            Value::Float(value, range) if from != to => {
                *value = between.clamp(*range.start(), *range.end());
            }
            _ => return,
        }
        self.moves = true;
    }
}

/// Sets the numbers that differ between two lines of settings to what lies `share`, 0 to 1, of the way from the one
/// to the other. Numbers whose change begins a training anew stay. Returns whether there was any.
pub fn between(from: &Settings, to: &Settings, share: f32, visit: impl FnOnce(&mut dyn Knobs)) -> bool {
    let mut between = Between { from, to, share, moves: false };
    visit(&mut between);
    between.moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_what_lies_between_and_names_stay() {
        let (mut stride, mut blur, mut seed, mut most) = (4, 0.5, 7, 1);
        let mut at = |share: f32| {
            let from = "stride=0&blur=0&seed=1&most=3".parse().unwrap();
            let to = "stride=4&blur=1&seed=9&most=3".parse().unwrap();
            let moved = between(&from, &to, share, |k| {
                Knob::int("stride", "Stride", &mut stride, 1..=8).show(k);
                Knob::float("blur", "Blur", &mut blur, 0.0..=1.0).show(k);
                Knob::int("seed", "Seed", &mut seed, 0..=9).restarts().show(k);
                Knob::int("most", "Most", &mut most, 0..=9).show(k);
            });
            (moved, stride, blur, seed, most)
        };
        assert_eq!(
            at(0.0),
            (true, 1, 0.0, 7, 1),
            "within the range, and what restarts or stays is left alone"
        );
        assert_eq!(at(0.6), (true, 2, 0.6, 7, 1));
        assert_eq!(at(1.0), (true, 4, 1.0, 7, 1));
    }
}
