//! The mechanisms drawn: the chosen one large with one of its queries at work, all of them below with what they
//! cost.

use std::rc::Rc;

use egui::{Align2, Stroke, StrokeKind, Ui, vec2};

use super::mechanism::Mechanism;
use super::mechanisms::Looked;
use super::projection::{Added, bars};
use super::query::{Asked, query};
use super::scaled_drawn::WORDS;
use super::shown::{AttentionMechanisms, Layer, Shown};
use crate::settings::Choice as _;
use crate::viz::figures::arcs::{Arcs, arcs};
use crate::viz::figures::fit::{Cell, Metrics, Panel, Placement, Row};
use crate::viz::figures::page::lay_with;
use crate::viz::figures::strokes;
use crate::viz::{Look, MapResponse, MapStyle, Range, View, theme, words};

/// Height of the two lines below a small picture.
const CAPTION: f32 = 34.0;
/// Height of the name alone, in a stage that is lower than this.
const NAMED: f32 = 17.0;
const LOW: f32 = 480.0;
/// Share of the height that each of the two rows of small pictures gets.
const SHARE: f32 = 0.235;
/// Width by height of a small picture.
const ASPECT: f32 = 1.7;
/// What is said of the second row of small pictures.
const TAUGHT: &str =
    "general, concat, additive, location, prev. align., local-p and entity-aware were taught";
/// Heads across in the grid of all.
const ACROSS: usize = 3;

/// Draws what was recorded of the real layer.
pub fn draw(page: &mut AttentionMechanisms, shown: &Shown, layer: &Layer, ui: &mut Ui, view: &mut View<'_>) {
    let several = layer.projection.is_some();
    let hero = match several {
        true => vec![Panel::picture(0.78), Panel::picture(1.0).bar(), Panel::free(190.0, 1.0)],
        false => vec![Panel::picture(1.0).bar(), Panel::free(300.0, 1.0)],
    };
    let count = Mechanism::ALL.len();
    let first = count.div_ceil(2);
    let strip = |count| Row::Compare { count, aspect: ASPECT };
    let rows = [Row::Hero(hero), strip(first), strip(count - first)];
    // Whichever is chosen next: its numbers are here before that.
    for looked in Mechanism::ALL.iter().map(|of| layer.compared.of(*of)) {
        let stages = looked.stages.iter().map(|(_, tensor, _)| tensor);
        stages.chain([&looked.weights.0]).for_each(|tensor| drop(view.values(tensor)));
    }
    let caption = if ui.available_height() < LOW { NAMED } else { CAPTION };
    let metrics = Metrics { caption, compare: SHARE, lowest: 40.0, ..Metrics::default() };
    let placed = lay_with(ui, &rows, &metrics);
    if several {
        heads(page, shown, layer, ui, view, &placed.rows[0]);
    } else {
        one(page, shown, layer, ui, view, &placed.rows[0]);
    }
    all(page, shown, layer, ui, view, &placed);
}

/// Weights between words, large; a click chooses the word that asks.
fn weights(
    page: &mut AttentionMechanisms,
    layer: &Layer,
    shown: &Shown,
    title: &str,
    ui: &mut Ui,
    view: &mut View<'_>,
    cell: &Cell,
) -> MapResponse {
    let mut cell = *cell;
    words::panel_name(ui, cell.name, title, "row asks, column answers");
    cell.rect.min += vec2(WORDS[0], WORDS[1]).min(cell.rect.size() * 0.4);
    let (tensor, map) = &layer.compared.of(layer.of).weights;
    let style = MapStyle::panel(title, "", Look::Sequential).untitled().range(Range::All).stretched();
    let map = view.panel(ui, &cell, tensor, *map, &style.labels(layer.asking(shown), &shown.words[0]));
    if let (Some([row, _]), true) = (map.hovered, map.response.clicked()) {
        page.query = row as u32 + 1;
    }
    map
}

/// A row of map `map` of a tensor.
fn row(view: &mut View<'_>, of: &(crate::gpu::Tensor, usize), at: usize) -> Option<Rc<[f32]>> {
    let (tensor, map) = of;
    let [.., rows, columns] = tensor.shape[..] else { return None };
    let start = (map * rows + at) * columns;
    Some(view.values(tensor)?.get(start..start + columns)?.into())
}

/// The name of a mechanism, with the head that it has.
fn title(of: Mechanism, head: usize) -> String {
    let mut name = of.name().to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if of.has_head() { format!("{name}, head {}", head + 1) } else { name }
}

/// A mechanism with one of its queries at work.
fn one(
    page: &mut AttentionMechanisms,
    shown: &Shown,
    layer: &Layer,
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: &[Cell],
) {
    let looked = layer.compared.of(layer.of);
    let map = weights(page, layer, shown, &title(layer.of, layer.head), ui, view, &cells[0]);
    let (asking, words) = (layer.asking(shown), &shown.words[0][..]);
    let Some(mut pair) = pair(page, layer, shown, view) else { return };
    if let Some(at) = map.hovered {
        pair = at;
    }
    let [asks, answers] = pair;
    strokes::focus(ui.painter(), map.cells(asks as f32, 0.0, 1.0, words.len() as f32), theme::of(ui).focus);
    let Some(shares) = row(view, &looked.weights, asks) else { return };
    let stages: Option<Vec<_>> = looked
        .stages
        .iter()
        .map(|(name, tensor, map)| Some((*name, row(view, &(tensor.clone(), *map), asks)?)))
        .collect();
    let Some(stages) = stages else { return };
    let cell = &cells[1];
    words::panel_name(ui, cell.name, &format!("“{}” asks", asking[asks]), looked.mechanism.formula());
    if !Arcs::fits(words.len(), stages.len(), cell.rect.size()) {
        let (Some(first), Some(last)) = (stages.first(), stages.last()) else { return };
        let of = Asked {
            labels: words,
            scores: &first.1,
            masked: &last.1,
            weights: &shares,
            heading: [first.0, last.0, "softmax"],
            chosen: answers,
        };
        query(ui, cell.rect, &of);
        return;
    }
    let scores: Vec<(&str, &[f32])> = stages.iter().map(|(name, row)| (*name, &row[..])).collect();
    let [full, brief] = worked(looked, &scores, &shares, answers, &words[answers]);
    let of = Arcs {
        asks: &asking[asks],
        at: (!layer.of.is_cross()).then_some(asks),
        words,
        scores: &scores,
        weights: &shares,
        chosen: answers,
        worked: [&full, &brief],
    };
    arcs(ui, cell.rect, &of);
}

/// One score worked out in words, and the same in brief.
fn worked(
    looked: &Looked,
    scores: &[(&str, &[f32])],
    shares: &[f32],
    answers: usize,
    word: &str,
) -> [String; 2] {
    let number = |score: f32| if score < -1e30 { "−∞".to_owned() } else { words::short(score.into()) };
    let stages = scores.iter().map(|(name, row)| format!("{name} = {}", number(row[answers])));
    let stages = stages.collect::<Vec<_>>().join(", ");
    let share = words::percent(shares[answers].into());
    let last = number(scores.last().map_or(0.0, |(_, row)| row[answers]));
    let [how, brief] = match looked.mechanism {
        Mechanism::Linear => ["÷ sum".to_owned(), format!("{last} ÷ sum")],
        Mechanism::LocalP => ["exp ÷ sum × bell".to_owned(), format!("exp({last}) ÷ sum × bell")],
        _ => ["exp ÷ sum".to_owned(), format!("exp({last}) ÷ sum")],
    };
    [format!("“{word}”: {stages}, {how} = {share}"), format!("“{word}”: {brief} = {share}")]
}

/// The query and the key that are looked at.
pub fn pair(
    page: &AttentionMechanisms,
    layer: &Layer,
    shown: &Shown,
    view: &mut View<'_>,
) -> Option<[usize; 2]> {
    let (tensor, map) = &layer.compared.of(layer.of).weights;
    let [asking, words] = [layer.asking(shown), &shown.words[0][..]];
    let each = asking.len() * words.len();
    let values = view.values(tensor)?;
    Some(page.pair([asking, words], values.get(map * each..(map + 1) * each)?))
}

/// All heads, the enlarged one, and what each adds to the output of a word.
fn heads(
    page: &mut AttentionMechanisms,
    shown: &Shown,
    layer: &Layer,
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: &[Cell],
) {
    let c = theme::of(ui);
    let Some(projection) = &layer.projection else { return };
    let weights_of = &layer.compared.layer.probabilities;
    let count = layer.muted.len();
    words::panel_name(ui, cells[0].name, &format!("{count} heads"), "");
    let (down, gap) = (count.div_ceil(ACROSS), 4.0);
    let room = cells[0].rect;
    let size = vec2(
        (room.width() - gap * (ACROSS - 1) as f32) / ACROSS as f32,
        (room.height() - gap * (down - 1) as f32) / down as f32,
    )
    .floor();
    for i in 0..count {
        let at = room.min + vec2((i % ACROSS) as f32, (i / ACROSS) as f32) * (size + vec2(gap, gap));
        let cell = Cell::bare(egui::Rect::from_min_size(at.round(), size));
        let name = format!("head {}", i + 1);
        let style = MapStyle::panel(&name, "", Look::Sequential).range(Range::All).untitled().stretched();
        let map = view.panel(ui, &cell, weights_of, i, &style.to_choose());
        if map.response.clicked() {
            page.head = i as u32 + 1;
        }
        if layer.muted[i] {
            ui.painter().rect_filled(cell.rect, 0.0, c.ground.gamma_multiply(0.75));
            strokes::hatch(ui.painter(), cell.rect, c.pad);
        }
        if i == layer.head {
            let frame = Stroke::new(theme::FOCUS_STROKE, c.blue);
            ui.painter().rect_stroke(cell.rect, 0.0, frame, StrokeKind::Middle);
        }
    }
    let map = weights(page, layer, shown, &format!("Head {}", layer.head + 1), ui, view, &cells[1]);
    let Some([mut asks, _]) = pair(page, layer, shown, view) else { return };
    if let Some([row, _]) = map.hovered {
        asks = row;
    }
    let words = &shown.words[0];
    strokes::focus(ui.painter(), map.cells(asks as f32, 0.0, 1.0, words.len() as f32), c.focus);
    let (Some(norms), Some(change)) = (view.values(&projection.norms), view.values(&projection.change))
    else {
        return;
    };
    let norms: Vec<f32> = norms.chunks_exact(words.len()).map(|head| head[asks]).collect();
    let title = format!("W_O adds to “{}”", words[asks]);
    words::panel_name(ui, cells[2].name, &title, "length of each part");
    let of = Added { norms: &norms, muted: &layer.muted, head: layer.head, change: change[asks] };
    if let Some(head) = bars(ui, cells[2].rect, &of)
        && let Some(mark) = page.mute.get_mut(head)
    {
        *mark = if *mark == 0.0 { 1.0 } else { 0.0 };
    }
}

/// All mechanisms, to choose from.
fn all(
    page: &mut AttentionMechanisms,
    shown: &Shown,
    layer: &Layer,
    ui: &mut Ui,
    view: &mut View<'_>,
    placed: &Placement,
) {
    let c = theme::of(ui);
    let note =
        shown.note.as_deref().unwrap_or("below each: multiply-adds, and bytes of keys, values and weights");
    words::panel_name(ui, placed.titles[1], "One sentence, all mechanisms", note);
    words::panel_name(ui, placed.titles[2], "Where they look, and what is shared", TAUGHT);
    let crossed = &layer.compared.of(Mechanism::Cross).weights.0;
    let range = Range::Shared([layer.compared.all.buf, crossed.buf].into());
    let cells: Vec<&Cell> = placed.rows[1].iter().chain(&placed.rows[2]).collect();
    let mut at = 0;
    for (i, (mechanism, cell)) in Mechanism::ALL.iter().zip(&cells).enumerate() {
        let looked = layer.compared.of(*mechanism);
        let style = MapStyle::panel(mechanism.name(), "", Look::Sequential).untitled().stretched();
        let style = style.range(range.clone()).to_choose();
        let map = if mechanism.is_cross() {
            view.panel(ui, &bare(cell), crossed, looked.weights.1, &style)
        } else {
            at += 1;
            view.panel(ui, &bare(cell), &layer.compared.all, at - 1, &style)
        };
        if map.response.clicked() {
            page.mechanism = *mechanism;
        }
        let chosen = *mechanism == layer.of;
        let ink = if chosen { c.blue } else { c.text };
        if chosen {
            strokes::chosen(ui.painter(), cell.rect, c.blue);
        }
        // As far as to the next picture of the row, or to the end of the title.
        let next = cells.get(i + 1).filter(|next| next.rect.top() == cell.rect.top());
        let right = next.map_or(placed.titles[1].right(), |next| next.rect.left() - 4.0);
        let line = cell.caption.with_max_x(right.max(cell.caption.right()));
        let alone = line.height() < CAPTION;
        let (name, cost) = line.split_top_bottom_at_fraction(if alone { 1.0 } else { 0.52 });
        words::write(ui, name, Align2::LEFT_CENTER, mechanism.short(), theme::semibold(12.0), ink);
        if alone {
            continue;
        }
        let brief = |n: f64| if n < 1000.0 { format!("{n:.0}") } else { format!("{:.0}k", n / 1000.0) };
        let bytes = looked.cost.bytes as f64;
        let bytes =
            if bytes < 1024.0 { format!("{bytes:.0} B") } else { format!("{:.0} KiB", bytes / 1024.0) };
        let products = brief(looked.cost.products as f64);
        let full = format!("{products} · {bytes}");
        let fits = words::width(ui, &full, theme::small()) <= cost.width();
        let told = if fits { &full } else { &products };
        words::write(ui, cost, Align2::LEFT_CENTER, told, theme::small(), c.dim);
    }
}

/// A cell whose caption is written by its owner.
fn bare(cell: &Cell) -> Cell {
    Cell { caption: Cell::bare(cell.rect).caption, ..*cell }
}
