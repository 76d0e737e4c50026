//! Which steps of a training are shown where it moves.

/// Most frames of a training unless somebody says how often.
pub const MOST_FRAMES: u64 = 120;

/// The steps from 0 to `end`, each `every` steps and the last; without `every`, so many that there are at most
/// [`MOST_FRAMES`].
pub fn steps(end: u64, every: Option<u64>) -> Vec<u64> {
    let every = every.unwrap_or_else(|| end.div_ceil(MOST_FRAMES - 1)).max(1);
    let mut steps: Vec<u64> = (0..=end / every).map(|i| i * every).collect();
    if steps.last() != Some(&end) {
        steps.push(end);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_step_are_shown_and_not_too_many_between() {
        assert_eq!(steps(0, None), [0]);
        assert_eq!(steps(7, Some(3)), [0, 3, 6, 7]);
        assert_eq!(steps(6, Some(3)), [0, 3, 6]);
        for end in [1, 119, 120, 121, 150, 300, 1000, 99_999] {
            let all = steps(end, None);
            assert!(
                all.len() as u64 <= MOST_FRAMES && all.first() == Some(&0) && all.last() == Some(&end),
                "{end}"
            );
        }
        assert_eq!(steps(119, None).len(), 120);
    }
}
