//! Random weights with and without the scale, drawn: what d_k does to the softmax.

use egui::{Ui, vec2};

use super::query::{Asked, query};
use super::recorded::{Measures, Stages};
use super::shown::{AttentionMechanisms, Shown};
use crate::viz::figures::fit::{Cell, Panel, Row};
use crate::viz::figures::page::{figures, label, lay};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapResponse, MapStyle, Range, View, theme};

/// Slope of the softmax below which most rows look at one word.
pub const ONE_HOT: f64 = 0.2;
/// Height of the query below two maps, with the line that names it.
const ASKED: f32 = 130.0;
const NAME: f32 = 22.0;
/// Room left of and above the weights for the words.
pub const WORDS: [f32; 2] = [62.0, 56.0];

/// What has been measured of one of the two.
pub fn measures(made: &Stages, view: &mut View<'_>) -> Option<Measures> {
    Measures::read(&view.values(&made.measures)?, made.heads)
}

/// Draws both, `both[0]` being the one that was set.
pub fn draw(
    page: &mut AttentionMechanisms,
    shown: &Shown,
    both: &[Stages; 2],
    ui: &mut Ui,
    view: &mut View<'_>,
) {
    let made = &both[0];
    let hero = vec![Panel::picture(1.0).caption(), Panel::picture(1.0).caption().bar()];
    // A single head has nothing to be compared with.
    let mut rows = vec![Row::Hero(hero), Row::Fill(ASKED), Row::Measured(4)];
    if made.heads > 1 {
        rows.insert(1, Row::Compare { count: made.heads, aspect: 1.0 });
    }
    let placed = lay(ui, &rows);
    let head = page.head_of(made.heads);
    let map = maps(shown, both, head, ui, view, &placed.rows[0]);
    if let (Some([row, _]), true) = (map.hovered, map.response.clicked()) {
        page.query = row as u32 + 1;
    }
    let labels = &shown.words[0];
    let stages = &made.stages;
    let all = [&stages.probabilities, &stages.scores, &stages.masked].map(|of| view.values(of));
    if let [Some(p), Some(scores), Some(masked)] = all {
        let count = labels.len();
        let at = head * count * count;
        let [mut asks, mut answers] = page.pair([labels, labels], &p[at..at + count * count]);
        if let Some([row, column]) = map.hovered {
            [asks, answers] = [row, column];
        }
        let row = at + asks * count..at + (asks + 1) * count;
        strokes::focus(ui.painter(), map.cells(asks as f32, 0.0, 1.0, count as f32), theme::of(ui).focus);
        let below = placed.rows[placed.rows.len() - 2][0].rect;
        let (name, rect) = below.split_top_bottom_at_y(below.top() + NAME);
        words::panel_name(ui, name, &format!("“{}” asks", labels[asks]), "one score for each word");
        let scaled = if made.scale.is_none() { format!("÷ √{}", made.d_k) } else { "no scale".into() };
        let of = Asked {
            labels,
            scores: &scores[row.clone()],
            masked: &masked[row.clone()],
            weights: &p[row],
            heading: ["q · k", &scaled, "softmax"],
            chosen: answers,
        };
        query(ui, rect, &of);
    }
    if made.heads > 1 {
        let note = shown.note.as_deref().unwrap_or("on one range, 0 to the greatest weight of all");
        let title = format!("All {} heads of random weights", made.heads);
        words::panel_name(ui, placed.titles[1], &title, note);
        for (i, cell) in placed.rows[1].iter().enumerate() {
            let name = format!("head {}", i + 1);
            let style = MapStyle::panel(&name, "", Look::Sequential).range(Range::All).untitled().stretched();
            let map = view.panel(ui, cell, &stages.probabilities, i, &style.to_choose());
            if map.response.clicked() {
                page.head = i as u32 + 1;
            }
            label(ui, cell, &(i + 1).to_string(), "", i == head);
        }
    }
    let last = placed.rows.last().map_or(&[][..], Vec::as_slice);
    measured(labels.len(), made, ui, view, last, head);
}

/// With and without the scale, side by side on one range; gives what was done with the one that was set.
fn maps(
    shown: &Shown,
    both: &[Stages; 2],
    head: usize,
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: &[Cell],
) -> MapResponse {
    let [made, twin] = both;
    let [with, without] = if made.scale.is_none() { [made, twin] } else { [twin, made] };
    let range = Range::Shared([with, without].map(|made| made.stages.probabilities.buf).into());
    let names = [format!("÷ √{}", made.d_k), "No scale".to_owned()];
    let [first, second] = [(with, 0), (without, 1)].map(|(of, i)| {
        let slope = measures(of, view).map_or("…".into(), |measures| words::short(measures.slope[head]));
        let (name, mut cell) = (&names[i], cells[i]);
        let note = if std::ptr::eq(of, made) { "as set" } else { "to compare" };
        words::panel_name(ui, cell.name, name, note);
        let (text, ink) = (format!("slope of the softmax {slope}"), theme::of(ui).dim);
        words::write(ui, cell.caption, egui::Align2::RIGHT_CENTER, &text, theme::control(), ink);
        cell.rect.min += vec2(WORDS[0], WORDS[1]).min(cell.rect.size() * 0.4);
        let style = MapStyle::panel(name, "", Look::Sequential).untitled().range(range.clone()).stretched();
        let labels = &shown.words[0];
        view.panel(ui, &cell, &of.stages.probabilities, head, &style.labels(labels, labels))
    });
    if made.scale.is_none() { first } else { second }
}

/// The measured row.
fn measured(count: usize, made: &Stages, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], head: usize) {
    let read = measures(made, view);
    let [slope, most, differs] =
        read.as_ref().map_or([f64::NAN; 3], |m| [m.slope[head], m.most[head], m.differs]);
    let said = |v: f64| if v.is_nan() { "…".to_owned() } else { words::short(v) };
    let work = (2 * count * count * made.d_k * made.heads) as f64;
    let bytes = (count * count * made.heads * 4) as u64;
    let voice = if made.scale.is_some() && slope < ONE_HOT { Voice::Broken } else { Voice::A };
    let fused = if made.fused { said(differs) } else { "too wide".into() };
    let share = |v: f64| if v.is_nan() { 0.0 } else { v };
    let even = format!("an even share is {}", words::percent(1.0 / count as f64));
    let rows = [
        ("Greatest weight", words::percent(share(most)), share(most), even, Voice::A),
        ("Slope left", said(slope), share(slope), format!("1 − Σp², mean of {count} rows"), voice),
        (
            "Score matrices",
            words::bytes(bytes),
            1.0,
            format!("{} products", words::count(work)),
            Voice::Plain,
        ),
        ("Fused differs by", fused, share(differs), "at most, never storing them".into(), Voice::Plain),
    ];
    figures(ui, cells, &rows);
}
