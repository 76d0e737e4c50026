//! One query at work: arcs from the word that asks to the words it looks at, and below each word its scores and
//! its share of the softmax, all on one axis.

use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::strokes;
use crate::data::table::{Cell, Table};
use crate::viz::{Look, offer, theme, words};

/// Scores below this are masked.
const MASKED: f32 = -1e30;
/// Room left of the columns for the names of the rows.
const NAMES: f32 = 66.0;
/// Height of a row of scores, of the line below, and of a number above a bar.
const ROW: f32 = 20.0;
const LINE: f32 = 22.0;
const NUMBER: f32 = 16.0;
/// Least height of arcs and bars together.
const LOWEST: f32 = 30.0;
/// Least width of a column: lines of turned words stand so close.
const NARROWEST: f32 = 13.0;
/// Most height of turned words, and of words that lie.
const TURNED: f32 = 62.0;
const LYING: f32 = 22.0;
/// Width of the thickest arc.
const THICK: f32 = 6.0;

/// A row of scores: its name, and a score for each word.
pub type Scores<'a> = (&'a str, &'a [f32]);

/// A query and the words that it looks at.
#[derive(Clone, Copy, Debug)]
pub struct Arcs<'a> {
    /// The word that asks.
    pub asks: &'a str,
    /// Where it stands among the words; `None` if it is of another sentence.
    pub at: Option<usize>,
    /// The words.
    pub words: &'a [String],
    /// Their scores, stage by stage.
    pub scores: &'a [Scores<'a>],
    /// Their weights.
    pub weights: &'a [f32],
    /// The word that is looked at.
    pub chosen: usize,
    /// One score worked out, below, and the same in brief for where that has no room.
    pub worked: [&'a str; 2],
}

impl Arcs<'_> {
    /// Whether `room` points have room for so many words and rows of scores.
    pub fn fits(words: usize, scores: usize, room: Vec2) -> bool {
        let least = TURNED + scores as f32 * ROW + LINE + NUMBER + LOWEST;
        room.x - NAMES >= words as f32 * NARROWEST && room.y >= least
    }
}

/// Draws a query into `rect`; gives the word under the pointer.
pub fn arcs(ui: &mut Ui, rect: Rect, of: &Arcs<'_>) -> Option<usize> {
    const NAME: &str = "Scores and weights of one query";
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("arcs"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, NAME));
    offer::table(ui, NAME, rect, || {
        let row = |(i, name): (usize, &String)| {
            let numbers = of.scores.iter().map(|(_, all)| all[i]).chain([of.weights[i]]);
            std::iter::once(Cell::Text(name.clone())).chain(numbers.map(Cell::Number)).collect()
        };
        let names = ["word"].into_iter().chain(of.scores.iter().map(|(name, _)| *name)).chain(["softmax"]);
        Table { rows: of.words.iter().enumerate().map(row).collect(), ..Table::new(names) }
    });
    let count = of.words.len();
    let wide = (rect.width() - NAMES) / count.max(1) as f32;
    let column = |i: usize| rect.left() + NAMES + (i as f32 + 0.5) * wide;
    let font = theme::small();
    let longest = of.words.iter().map(|w| words::width(ui, w, font.clone())).fold(0.0, f32::max);
    let lies = longest + 6.0 <= wide;
    let words_high = if lies { LYING } else { (longest + 6.0).min(TURNED) };

    // What is left is shared by arcs above and bars below.
    let fixed = words_high + of.scores.len() as f32 * ROW + LINE + NUMBER + 6.0;
    let rest = (rect.height() - fixed).max(0.0);
    let arcs_high = (rest * 0.5).floor();
    let words_top = rect.top() + arcs_high;
    let scores_top = words_top + words_high + 3.0;
    let bars_top = scores_top + of.scores.len() as f32 * ROW + 3.0;
    let foot = rect.bottom() - LINE;

    let widest = of.weights.iter().copied().fold(1e-6_f32, f32::max);
    let ground = Rect::from_min_max(pos2(rect.left(), rect.top()), pos2(rect.right(), words_top));
    for pass in [false, true] {
        for (i, weight) in of.weights.iter().enumerate().filter(|(i, _)| (*i == of.chosen) == pass) {
            let share = weight / widest;
            if share < 0.02 {
                continue;
            }
            let ink = if pass { c.focus } else { c.blue.gamma_multiply(0.35 + 0.65 * share) };
            let stroke = Stroke::new(1.0 + (THICK - 1.0) * share, ink);
            let to = pos2(column(i), words_top - 1.0);
            match of.at {
                Some(at) => {
                    arc(&ui.painter_at(ground), pos2(column(at), words_top - 1.0), to, ground, stroke);
                }
                None => {
                    let from = pos2((column(0) + column(count - 1)) / 2.0, ground.top() + 20.0);
                    ui.painter_at(ground).line_segment([from, to], stroke);
                }
            }
        }
    }
    if of.at.is_none() {
        let middle = pos2((column(0) + column(count.max(1) - 1)) / 2.0, ground.top() + 10.0);
        let text = format!("“{}”", of.asks);
        let width = words::width(ui, &text, theme::semibold(13.0)) + 14.0;
        let tag = Rect::from_center_size(middle, vec2(width, 20.0));
        ui.painter().rect_filled(tag, theme::RADIUS_TAG, c.focus);
        words::write(ui, tag, Align2::CENTER_CENTER, &text, theme::semibold(13.0), theme::ink_on(c.focus));
    }

    let name = |ui: &Ui, top: f32, high: f32, text: &str| {
        let room = Rect::from_min_size(pos2(rect.left(), top), vec2(NAMES - 4.0, high));
        words::write(ui, room, Align2::LEFT_CENTER, text, font.clone(), c.dim);
    };
    for (i, text) in of.words.iter().enumerate() {
        let own = Rect::from_center_size(
            pos2(column(i), words_top + words_high / 2.0),
            vec2((wide - 1.0).max(1.0), words_high),
        );
        let asks = of.at == Some(i);
        let (ink, fill) = match (asks, i == of.chosen) {
            (true, _) => (theme::ink_on(c.focus), Some(c.focus)),
            (_, true) => (c.focus_text, None),
            _ => (c.text, None),
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(own, theme::RADIUS_TAG, fill);
        }
        if lies {
            words::write(ui, own, Align2::CENTER_CENTER, text, font.clone(), ink);
        } else {
            turned(ui, own, text, ink);
        }
    }
    for (line, (heading, numbers)) in of.scores.iter().enumerate() {
        let top = scores_top + line as f32 * ROW;
        name(ui, top, ROW, heading);
        let most = numbers.iter().filter(|v| v.abs() < -MASKED).fold(1e-6_f32, |m, v| m.max(v.abs()));
        for (i, value) in numbers.iter().enumerate() {
            let own = Rect::from_center_size(
                pos2(column(i), top + ROW / 2.0),
                vec2((wide - 2.0).max(1.0), ROW - 2.0),
            );
            if *value < MASKED {
                strokes::hatch(ui.painter(), own, c.pad);
                fitting(ui, own, &["−∞"], c.dim);
                continue;
            }
            let fill = Look::Diverging.on(ui.visuals().dark_mode).color(*value, (-most, most));
            ui.painter().rect_filled(own, 2.0, fill);
            let whole = format!("{:.0}", value.abs());
            let whole = if *value < 0.0 && whole != "0" { format!("−{whole}") } else { whole };
            fitting(ui, own, &[&words::cell((*value).into()), &whole], theme::ink_on(fill));
        }
    }
    name(ui, bars_top, foot - bars_top, "softmax %");
    let high = (foot - bars_top - NUMBER).max(1.0);
    let even = 1.0 / count.max(1) as f32;
    for (i, weight) in of.weights.iter().enumerate() {
        let mine = i == of.chosen;
        let tall = (high * weight / widest).max(1.0);
        let bar =
            Rect::from_min_max(pos2(column(i) - wide * 0.4, foot - tall), pos2(column(i) + wide * 0.4, foot));
        ui.painter().rect_filled(bar, theme::RADIUS_BAR.min(tall / 2.0), if mine { c.focus } else { c.blue });
        if mine || *weight >= even {
            let own = Rect::from_center_size(
                pos2(column(i), bar.top() - NUMBER / 2.0),
                vec2((wide - 1.0).max(1.0), NUMBER),
            );
            fitting(ui, own, &[&format!("{:.0}", 100.0 * weight)], if mine { c.focus_text } else { c.dim });
        }
    }
    let line = Rect::from_min_max(pos2(rect.left(), foot + 2.0), rect.max);
    let [full, brief] = of.worked;
    let text = if words::width(ui, full, theme::control()) <= line.width() { full } else { brief };
    words::write(ui, line, Align2::LEFT_CENTER, text, theme::control(), c.dim);
    let at = response.hover_pos()?.x - rect.left() - NAMES;
    (at >= 0.0).then_some((at / wide) as usize).filter(|i| *i < count)
}

/// The first of `texts` that fits into `rect`, the last in small type at the most; or nothing.
fn fitting(ui: &Ui, rect: Rect, texts: &[&str], ink: Color32) {
    let tiny = texts.last().map(|text| (text, theme::regular(9.0)));
    let all = texts.iter().map(|text| (text, theme::small())).chain(tiny);
    let fits = |(text, font): &(&&str, FontId)| words::width(ui, text, font.clone()) <= rect.width();
    if let Some((text, font)) = all.into_iter().find(fits) {
        words::write(ui, rect, Align2::CENTER_CENTER, text, font, ink);
    }
}

/// A word that is read upwards, cut off where it is too long.
fn turned(ui: &Ui, rect: Rect, text: &str, ink: Color32) {
    let galley = words::line(ui, text, theme::small(), ink, rect.height());
    let size = galley.size();
    let at = pos2(rect.center().x - size.y / 2.0, rect.bottom() - (rect.height() - size.x) / 2.0);
    let shape = egui::epaint::TextShape::new(at, galley, ink).with_angle(-std::f32::consts::FRAC_PI_2);
    ui.painter().add(shape);
}

/// An arc between two words, higher the farther they are apart; a small loop from a word to itself.
fn arc(painter: &Painter, from: Pos2, to: Pos2, room: Rect, stroke: Stroke) {
    let far = (to.x - from.x).abs();
    let (from, to) = if far < 1.0 { (from - vec2(5.0, 0.0), to + vec2(5.0, 0.0)) } else { (from, to) };
    let high = (room.height() - THICK).max(0.0) * (0.3 + 0.7 * (far / room.width().max(1.0)).sqrt());
    // A cubic reaches three quarters of its handles' height.
    let up = vec2(0.0, -high / 0.75);
    let curve = egui::epaint::CubicBezierShape::from_points_stroke(
        [from, from + up, to + up, to],
        false,
        Color32::TRANSPARENT,
        stroke,
    );
    painter.add(Shape::CubicBezier(curve));
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn a_query_is_drawn_with_many_words_and_with_few_and_tells_what_is_pointed_at() {
        let name = |i: usize| ["[CLS]", "because", "street", "it"][i % 4].to_owned();
        for (count, width) in [(4, 420.0), (16, 420.0), (32, 500.0), (16, 1200.0)] {
            let names: Vec<String> = (0..count).map(name).collect();
            let scores: Vec<f32> = (0..count).map(|i| i as f32 * 1.7 - 9.0).collect();
            let mut masked = scores.clone();
            masked[count - 1] = -3e38;
            let mut weights = vec![0.5 / (count - 1) as f32; count];
            weights[2] = 0.5;
            assert!(Arcs::fits(count, 2, vec2(width, 200.0)));
            for (dark, at) in [(true, Some(1)), (false, None), (true, Some(2))] {
                let rect = Rect::from_min_size(pos2(4.0, 4.0), vec2(width, 230.0));
                let scores = [("q · k", &scores[..]), ("÷ √32", &masked[..])];
                let worked = ["q · k = 3.4", "3.4"];
                let of = Arcs {
                    asks: "it",
                    at,
                    words: &names,
                    scores: &scores,
                    weights: &weights,
                    chosen: 2,
                    worked,
                };
                let mut trial = Trial::new(dark, vec2(width + 8.0, 238.0));
                let spot = pos2(4.0 + NAMES + (width - NAMES) * 2.5 / count as f32, 200.0);
                assert_eq!(trial.click(spot, |ui| arcs(ui, rect, &of)), Some(2));
                trial.inside(rect);
                trial.apart();
                trial.says("Scores and weights");
            }
        }
        assert!(!Arcs::fits(64, 2, vec2(420.0, 200.0)));
    }
}
