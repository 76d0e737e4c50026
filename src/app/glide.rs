//! The way from the settings of a page to those of a preset, so that an eye can follow.

use crate::settings::Settings;

/// Seconds that the way takes.
const SECS: f64 = 0.3;

/// A page on its way to other settings.
pub struct Glide {
    /// Where it comes from, and where it goes.
    pub from: Settings,
    pub to: Settings,
    /// The time of its first frame in seconds, once there was one.
    began: Option<f64>,
    /// The settings of the last frame.
    pub at: Settings,
}

impl Glide {
    /// On the way from here, where the page has the settings `at`.
    pub fn new(from: Settings, to: Settings, at: Settings) -> Self {
        Self { from, to, began: None, at }
    }

    /// Whether a hand has moved one of the numbers that are on their way. Others follow from them, such as where a
    /// window stands in a smaller map.
    pub fn is_stopped_by(&self, now: &Settings) -> bool {
        let moving = self.to.changed_since(&self.from);
        let mut moving = moving.iter().map(|(name, _)| name);
        moving.any(|name| now.get(name) != self.at.get(name))
    }

    /// How much of the way is behind it at a time in seconds: slow at both ends.
    pub fn share(&mut self, time: f64) -> f32 {
        let began = *self.began.get_or_insert(time);
        let share = ((time - began) / SECS).clamp(0.0, 1.0) as f32;
        share * share * (3.0 - 2.0 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_with_its_first_frame_and_ends() {
        let none = Settings::new;
        let mut glide = Glide::new(none(), none(), none());
        let shares = [7.0, 7.075, 7.15, 7.3, 9.0].map(|time| glide.share(time));
        assert_eq!([shares[0], shares[2], shares[3], shares[4]], [0.0, 0.5, 1.0, 1.0].map(|s: f32| s));
        assert!(shares[1] < 0.25, "slow at first: {shares:?}");
    }
}
