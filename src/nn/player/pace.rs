//! How many steps a frame takes.

use std::time::Duration;

use crate::nn::record::JOURNAL;

/// How many steps a frame takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As many as fit into this time. The frame of a window.
    Fill(Duration),
    /// So many. A frame waits for the numbers of the one before it, so that what is known in a frame is
    /// the same each time: for pictures without a window and for tests.
    Fixed(usize),
}

/// Counts of steps that are tried: 1, 2, 4 and so on to [`JOURNAL`].
const LEVELS: usize = JOURNAL.ilog2() as usize + 1;
/// Frames of a count before it is judged, since any one may be late for other reasons, and frames after which a count that
/// took too long is tried again.
const TRIED: u32 = 2;
const AGAIN: u32 = 64;
/// What the least time of a frame grows by each time that it is taken anew, so that one lucky frame does not count for ever.
const FORGOTTEN: f64 = 1.02;

/// Finds how many steps fit into a frame. Only what they take beyond a frame of a single step counts: drawing a frame may take
/// a slow adapter much longer than many steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Pacing {
    level: usize,
    /// The least time from handing over so many steps until they were seen to be done.
    least: [Option<Duration>; LEVELS],
    /// Frames at this level, and since a level was given up.
    here: u32,
    since: u32,
}

impl Pacing {
    /// Steps of the next frame.
    pub fn count(&self) -> usize {
        1 << self.level
    }

    /// Learns that the steps of a frame were seen to be done so long after they were handed over.
    pub fn saw(&mut self, elapsed: Duration, budget: Duration) {
        let own = &mut self.least[self.level];
        *own = Some(own.map_or(elapsed, |least| elapsed.min(least.mul_f64(FORGOTTEN))));
        (self.here, self.since) = (self.here + 1, self.since + 1);
        if self.here < TRIED {
            return;
        }
        let single = self.least[0].unwrap_or(elapsed);
        let over = |least: Option<Duration>| least.map_or(Duration::ZERO, |t| t.saturating_sub(single));
        let own = over(self.least[self.level]);
        if self.level > 0 && own > budget {
            (self.level, self.here, self.since) = (self.level - 1, 0, 0);
        } else if self.level + 1 < LEVELS && own <= budget / 2 {
            let next = &mut self.least[self.level + 1];
            if self.since >= AGAIN {
                *next = None;
            }
            if over(*next) <= budget {
                (self.level, self.here) = (self.level + 1, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_millis(12);
    const DISPLAY: Duration = Duration::from_millis(17);

    /// The most frequent count of steps a frame in a hundred frames after many, if they take so long.
    fn settled(elapsed: impl Fn(u32) -> Duration) -> usize {
        let mut pacing = Pacing::default();
        let mut seen = [0; LEVELS];
        for frame in 0..400 {
            pacing.saw(elapsed(pacing.count() as u32), BUDGET);
            seen[pacing.level] += usize::from(frame >= 300);
        }
        1 << (0..LEVELS).max_by_key(|level| seen[*level]).unwrap_or_default()
    }

    /// On a display of 60 frames a second, where drawing takes hardly any time.
    fn on_display(step: Duration) -> usize {
        settled(|count| DISPLAY.mul_f64((step * count).div_duration_f64(DISPLAY).ceil().max(1.0)))
    }

    #[test]
    fn quick_steps_fill_the_frame_and_slow_ones_come_one_at_a_time() {
        assert_eq!(on_display(Duration::from_micros(10)), JOURNAL);
        let many = on_display(Duration::from_millis(1));
        assert!((8..=34).contains(&many), "{many}");
        assert_eq!(on_display(Duration::from_millis(200)), 1);
    }

    #[test]
    fn frames_that_are_slow_to_draw_take_as_many_steps_as_others() {
        let slowly = |step: Duration| settled(|count| Duration::from_millis(45) + step * count);
        assert_eq!(slowly(Duration::from_millis(2)), 4);
        assert_eq!(slowly(Duration::from_micros(10)), JOURNAL);
        assert_eq!(slowly(Duration::from_millis(70)), 1);
    }
}
