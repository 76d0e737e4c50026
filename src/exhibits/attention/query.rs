//! One query at work: for each word its score, the score scaled and masked, and its share of the softmax.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::data::table::{Cell, Table};
use crate::viz::figures::strokes;
use crate::viz::{Look, offer, theme, words};

/// Scores below this are masked.
const MASKED: f32 = -1e30;
/// Least and most height of a row in points.
const ROWS: [f32; 2] = [15.0, 24.0];
const HEADING: f32 = 20.0;

/// A row of attention.
pub struct Asked<'a> {
    /// The words.
    pub labels: &'a [String],
    /// q · k of each.
    pub scores: &'a [f32],
    /// The same scaled, and masked.
    pub masked: &'a [f32],
    /// Its softmax.
    pub weights: &'a [f32],
    /// Above the three columns.
    pub heading: [&'a str; 3],
    /// The word that is looked at.
    pub chosen: usize,
}

/// The pair of words that tells most of weights `[QUERIES, KEYS]`: the greatest of a word on another, both of letters
/// (no `[CLS]`, no comma, no `t` of `didn't`), or of the query `chosen` on any.
pub fn telling(weights: &[f32], [queries, keys]: [&[String]; 2], chosen: Option<usize>) -> [usize; 2] {
    let marks = |label: &String| label.len() < 2 || !label.chars().all(char::is_alphabetic);
    let at = |query: usize, key: usize| weights.get(query * keys.len() + key).copied().unwrap_or(0.0);
    let own = queries == keys;
    let mut best = [chosen.unwrap_or(0), chosen.unwrap_or(0).min(keys.len().saturating_sub(1))];
    let mut most = f32::MIN;
    for query in (0..queries.len()).filter(|query| chosen.is_none_or(|chosen| chosen == *query)) {
        for (key, word) in keys.iter().enumerate() {
            let apart = (query != key || !own) && !marks(&queries[query]) && !marks(word);
            if (chosen.is_some() || apart) && at(query, key) > most {
                (best, most) = ([query, key], at(query, key));
            }
        }
    }
    best
}

/// Draws a row of attention into `rect`, a line for each word; where they do not fit, those with the greatest
/// weights.
pub fn query(ui: &mut Ui, rect: Rect, of: &Asked<'_>) {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("query"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, "Scores and weights of one query"));
    offer::table(ui, "Scores and weights of one query", rect, || {
        let row = |(i, name): (usize, &String)| {
            let numbers = [of.scores, of.masked, of.weights].map(|all| Cell::Number(all[i]));
            std::iter::once(Cell::Text(name.clone())).chain(numbers).collect()
        };
        let names = std::iter::once("word").chain(of.heading);
        Table { rows: of.labels.iter().enumerate().map(row).collect(), ..Table::new(names) }
    });
    let room = rect.height() - HEADING;
    let fits = ((room / ROWS[0]) as usize).max(1);
    let mut shown: Vec<usize> = (0..of.labels.len()).collect();
    if shown.len() > fits {
        shown.sort_by(|a, b| of.weights[*b].total_cmp(&of.weights[*a]));
        shown.truncate(fits.saturating_sub(1).max(1));
        shown.sort_unstable();
    }
    let left_out = of.labels.len() - shown.len();
    let rows = shown.len() + usize::from(left_out > 0);
    let step = (room / rows as f32).clamp(ROWS[0], ROWS[1]);
    let number = 60.0;
    let word = 74.0_f32.min(rect.width() * 0.24);
    let columns =
        [rect.left() + word, rect.left() + word + number + 4.0, rect.left() + word + 2.0 * number + 14.0];
    let column = |i: usize, top: f32, high: f32| {
        let right = if i < 2 { columns[i] + number } else { rect.right() };
        Rect::from_min_max(pos2(columns[i], top), pos2(right, top + high))
    };
    for (i, text) in of.heading.iter().enumerate() {
        let align = if i < 2 { Align2::CENTER_CENTER } else { Align2::LEFT_CENTER };
        words::write(ui, column(i, rect.top(), HEADING), align, text, theme::small(), c.faint);
    }
    let ends = |numbers: &[f32]| {
        let most = numbers.iter().filter(|v| v.abs() < -MASKED).fold(1e-6_f32, |m, v| m.max(v.abs()));
        (-most, most)
    };
    let ranges = [ends(of.scores), ends(of.masked)];
    let widest = of.weights.iter().copied().fold(1e-6_f32, f32::max);
    for (line, &i) in shown.iter().enumerate() {
        let top = rect.top() + HEADING + line as f32 * step;
        let mine = i == of.chosen;
        let ink = if mine { c.focus_text } else { c.text };
        let name = Rect::from_min_size(pos2(rect.left(), top), vec2(word - 6.0, step));
        let font = if mine { theme::semibold(13.0) } else { theme::control() };
        words::write(ui, name, Align2::LEFT_CENTER, &of.labels[i], font, ink);
        for (j, (numbers, range)) in [of.scores, of.masked].into_iter().zip(ranges).enumerate() {
            let own = column(j, top, step).shrink2(vec2(0.0, 0.75));
            if numbers[i] < MASKED {
                strokes::hatch(ui.painter(), own, c.pad);
                words::write(ui, own, Align2::CENTER_CENTER, "−∞", theme::small(), c.dim);
                continue;
            }
            let fill = Look::Diverging.on(ui.visuals().dark_mode).color(numbers[i], range);
            ui.painter().rect_filled(own, 2.0, fill);
            let text = words::cell(numbers[i].into());
            words::write(ui, own, Align2::CENTER_CENTER, &text, theme::small(), theme::ink_on(fill));
        }
        let own = column(2, top, step);
        let share = of.weights[i] / widest;
        let long = ((own.width() - 84.0).max(0.0) * share).max(1.0);
        let bar = Rect::from_min_size(pos2(own.left(), top + step * 0.2), vec2(long, step * 0.6));
        ui.painter().rect_filled(bar, theme::RADIUS_BAR, if mine { c.focus } else { c.blue });
        let rest = Rect::from_min_max(pos2(bar.right() + 6.0, top), pos2(own.right(), top + step));
        // Less than half a percent is what the missing bar says.
        let text = if of.weights[i] < 0.005 { String::new() } else { words::percent(of.weights[i].into()) };
        words::write(
            ui,
            rest,
            Align2::LEFT_CENTER,
            &text,
            theme::number(),
            if mine { c.focus_text } else { c.dim },
        );
    }
    if left_out > 0 {
        let top = rect.top() + HEADING + shown.len() as f32 * step;
        let line = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), step));
        let text = format!("and {left_out} words with less");
        words::write(ui, line, Align2::LEFT_CENTER, &text, theme::small(), c.faint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_pair_is_of_two_words() {
        let labels: Vec<String> = ["[CLS]", "the", "cat"].map(str::to_owned).to_vec();
        let weights = [0.9, 0.05, 0.05, 0.8, 0.1, 0.1, 0.5, 0.3, 0.2];
        assert_eq!(telling(&weights, [&labels, &labels], None), [2, 1]);
        assert_eq!(telling(&weights, [&labels, &labels], Some(1)), [1, 0]);
        assert_eq!(telling(&[], [&labels[..1], &labels[..1]], None), [0, 0]);
        // Of another sentence, a word may look at the one in its own place.
        assert_eq!(telling(&weights, [&labels[1..], &labels], None), [1, 1]);
    }
}
