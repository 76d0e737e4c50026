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

/// A frame of a display: what is handed over in one is seen to be done in the next at the earliest.
const FRAME: Duration = Duration::from_millis(17);

/// Steps of the next frame, after `count` steps were seen to be done `elapsed` after they were handed
/// over: twice as many while they are done by the next frame, half as many where they took two frames and
/// twice the budget.
pub(super) fn next_count(count: usize, elapsed: Duration, budget: Duration) -> usize {
    if elapsed <= FRAME + budget {
        (2 * count).min(JOURNAL)
    } else if elapsed > 2 * (FRAME + budget) {
        (count / 2).max(1)
    } else {
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps a frame after many frames, if a step takes so long and a display shows 60 frames a second.
    fn settled(step: Duration) -> usize {
        let budget = Duration::from_millis(5);
        let mut count = 1;
        for _ in 0..100 {
            let work = step * count as u32;
            let frames = work.as_secs_f64() / FRAME.as_secs_f64();
            count = next_count(count, FRAME.mul_f64(frames.ceil().max(1.0)), budget);
        }
        count
    }

    #[test]
    fn quick_steps_fill_the_frame_and_slow_ones_come_one_at_a_time() {
        assert_eq!(settled(Duration::from_micros(10)), JOURNAL);
        let many = settled(Duration::from_millis(1));
        assert!((8..=34).contains(&many), "{many}");
        assert_eq!(settled(Duration::from_millis(200)), 1);
    }
}
