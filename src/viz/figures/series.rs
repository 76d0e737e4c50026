//! Measurements over steps: smoothed, and thinned out to the columns of a picture.

use std::ops::Range;

/// Measurements that the middle one of which is drawn on top.
const WINDOW: usize = 9;

/// The points, step and value, whose steps lie in `steps`; they are in the order of their steps.
pub fn within(points: &[[f32; 2]], steps: [f32; 2]) -> &[[f32; 2]] {
    let from = points.partition_point(|p| p[0] < steps[0]);
    let to = points.partition_point(|p| p[0] <= steps[1]);
    &points[from.min(to)..to]
}

/// The median of the 9 measurements around `at` that are there and finite; NaN where `at` itself is not.
pub fn smoothed(points: &[[f32; 2]], at: usize) -> f32 {
    if !points[at][1].is_finite() {
        return f32::NAN;
    }
    let around = at.saturating_sub(WINDOW / 2)..(at + WINDOW / 2 + 1).min(points.len());
    let mut values = [0.0; WINDOW];
    let mut count = 0;
    for value in points[around].iter().map(|p| p[1]).filter(|v| v.is_finite()) {
        values[count] = value;
        count += 1;
    }
    let values = &mut values[..count];
    values.sort_by(f32::total_cmp);
    values[count / 2]
}

/// Measurements of a column: which, and the place of the column in 0..1.
fn columns(points: &[[f32; 2]], steps: [f32; 2], count: usize) -> impl Iterator<Item = Range<usize>> {
    let span = (steps[1] - steps[0]).max(f32::MIN_POSITIVE);
    let mut from = 0;
    (0..count).filter_map(move |column| {
        let end = steps[0] + span * (column + 1) as f32 / count as f32;
        let last = column + 1 == count;
        let to = from + points[from..].partition_point(|p| p[0] < end || last);
        let range = from..to;
        from = to;
        (!range.is_empty()).then_some(range)
    })
}

/// Lines of the raw measurements, cut where one is not finite, with at most four points for each of
/// `count` columns: the first, the least, the greatest and the last.
pub fn raw(points: &[[f32; 2]], steps: [f32; 2], count: usize) -> Vec<Vec<[f32; 2]>> {
    let mut lines = vec![Vec::new()];
    let mut push = |point: [f32; 2]| {
        if point[1].is_finite() {
            if let Some(line) = lines.last_mut() {
                line.push(point);
            }
        } else if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(Vec::new());
        }
    };
    if points.len() <= 2 * count {
        points.iter().for_each(|p| push(*p));
    } else {
        for range in columns(points, steps, count) {
            let part = &points[range];
            let worst = part.iter().position(|p| !p[1].is_finite());
            let by_value = |a: &(usize, &[f32; 2]), b: &(usize, &[f32; 2])| a.1[1].total_cmp(&b.1[1]);
            let finite = || part.iter().enumerate().filter(|(_, p)| p[1].is_finite());
            let ends =
                [finite().next(), finite().min_by(by_value), finite().max_by(by_value), finite().next_back()];
            let mut kept: Vec<usize> = ends.into_iter().flatten().map(|(i, _)| i).chain(worst).collect();
            kept.sort_unstable();
            kept.dedup();
            kept.into_iter().for_each(|i| push(part[i]));
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Lines of the measurements, smoothed if `smooth`, cut where one is not finite, with at most one point
/// for each of `count` columns.
pub fn calm(points: &[[f32; 2]], steps: [f32; 2], count: usize, smooth: bool) -> Vec<Vec<[f32; 2]>> {
    let value = |at: usize| if smooth { smoothed(points, at) } else { points[at][1] };
    let mut lines = vec![Vec::new()];
    let mut push = |at: usize| {
        let y = value(at);
        if y.is_finite() {
            if let Some(line) = lines.last_mut() {
                line.push([points[at][0], y]);
            }
        } else if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(Vec::new());
        }
    };
    if points.len() <= count {
        (0..points.len()).for_each(&mut push);
    } else {
        for range in columns(points, steps, count) {
            // A column with a hole in it is a hole: none may be lost.
            let hole = range.clone().find(|&i| !points[i][1].is_finite());
            push(hole.unwrap_or((range.start + range.end) / 2));
        }
        if points.last().is_some_and(|p| p[1].is_finite()) {
            push(points.len() - 1);
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The value of lines at `step`, between the points beside it; `None` in a hole or outside.
pub fn at(lines: &[Vec<[f32; 2]>], step: f32) -> Option<f32> {
    let line = lines.iter().find(|line| {
        line.first().is_some_and(|p| p[0] <= step) && line.last().is_some_and(|p| step <= p[0])
    })?;
    let after = line.partition_point(|p| p[0] < step).min(line.len() - 1);
    let [a, b] = [line[after.saturating_sub(1)], line[after]];
    let t = if b[0] > a[0] { (step - a[0]) / (b[0] - a[0]) } else { 1.0 };
    Some(a[1] + (b[1] - a[1]) * t.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(count: usize) -> Vec<[f32; 2]> {
        (0..count).map(|i| [i as f32, ((i * 7919) % 101) as f32]).collect()
    }

    #[test]
    fn ten_thousand_steps_become_a_few_points_a_column_and_keep_their_extremes() {
        let mut points = noisy(10_000);
        points[5_000][1] = 500.0;
        points[7_000][1] = -500.0;
        let lines = raw(&points, [0.0, 10_000.0], 400);
        let kept: Vec<f32> = lines.iter().flatten().map(|p| p[1]).collect();
        assert!(kept.len() <= 1600, "{}", kept.len());
        assert!(kept.contains(&500.0) && kept.contains(&-500.0));
        let calm = calm(&points, [0.0, 10_000.0], 400, true);
        assert!(calm.iter().flatten().all(|p| (0.0..=100.0).contains(&p[1])), "a median drops outliers");
    }

    #[test]
    fn a_nan_cuts_the_line_however_thin_it_is() {
        for count in [40, 10_000] {
            let mut points = noisy(count);
            points[count / 2][1] = f32::NAN;
            let steps = [0.0, count as f32];
            assert_eq!(raw(&points, steps, 300).len(), 2, "{count}");
            assert_eq!(calm(&points, steps, 300, true).len(), 2, "{count}");
            assert_eq!(at(&calm(&points, steps, 300, true), (count / 2) as f32), None);
        }
        assert!(raw(&[[0.0, f32::NAN]], [0.0, 1.0], 9).is_empty());
    }

    #[test]
    fn values_between_points_lie_on_the_line() {
        let lines = vec![vec![[0.0, 0.0], [10.0, 5.0]]];
        assert_eq!(at(&lines, 4.0), Some(2.0));
        assert_eq!(at(&lines, 11.0), None);
        assert_eq!(within(&noisy(10), [2.0, 4.0]).len(), 3);
    }
}
