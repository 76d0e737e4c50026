//! The page on transfer learning drawn: classes that were learned before beside new ones; each network layer by layer, what
//! is locked and how far each filter has moved; what each has right of unseen pictures, over the steps.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::pictures::bright;
use super::transferred::{
    FROZEN, NAMES, NETWORKS, SCRATCH, TUNED, Task, Transferred, moved, parameters, share_or_dash, unseen,
};
use crate::data::table::Table;
use crate::gpu::Tensor;
use crate::nn::RunId;
use crate::recipes::transfer::{FILTERS, layer};
use crate::viz::facts::grouped;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::page::{self, amount};
use crate::viz::figures::strokes::{self, Sign};
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Of, Quantity, View, offer, theme};

/// Least size of the networks with the pictures, and least height of the curves.
const LEAST: f32 = 300.0;
const CURVES: f32 = 168.0;
/// Height of the row of pictures as a share, least and largest; of a line of words; of the names of layers.
const PICTURES: (f32, [f32; 2]) = (0.28, [70.0, 120.0]);
const LINE: f32 = 17.0;
const NAMES_HIGH: f32 = 22.0;
/// Widths of a network's name and of its result.
const NAME: f32 = 88.0;
const RESULT: f32 = 58.0;
/// Space between boxes, between rows, and inside a box.
const SPACE: f32 = 8.0;
const INSIDE: f32 = 5.0;
/// Shares of the width: three convolutions and the last layer.
const SHARES: [f32; 4] = [0.3, 0.22, 0.32, 0.16];
/// Least height of a row from which on filters are drawn, and the share of it that they take.
const HIGH: f32 = 46.0;
const FILTER: f32 = 0.42;
/// Least range of the bars: what moves less is not drawn large.
const RANGE: f32 = 0.1;

/// Draws it.
pub fn draw(of: &Transferred, ui: &mut Ui, view: &mut View<'_>) {
    let hero = vec![Panel::free(LEAST, 1.0).unnamed().folded(0.9)];
    let rows = [Row::Hero(hero), Row::Measured(4), Row::Fill(CURVES)];
    let placed = page::lay_with(ui, &rows, &Metrics { row: 12.0, lowest: 280.0, ..Metrics::default() });
    let whole = placed.rows[0][0].rect;
    let (share, [least, most]) = PICTURES;
    let high = (whole.height() * share).clamp(least, most).round();
    pictures(of, ui, view, whole.with_max_y(whole.top() + high));
    networks(of, ui, view, whole.with_min_y(whole.top() + high + SPACE));
    measured(ui, view, &placed.rows[1]);
    let chance = 1.0 / of.race.classes as f32;
    view.curves(ui, placed.rows[2][0].rect, &[Quantity::Unseen(chance)]);
}

/// A picture of each class that was learned before, and of each that is new.
fn pictures(of: &Transferred, ui: &mut Ui, view: &mut View<'_>, rect: Rect) {
    let c = theme::of(ui);
    let names = of.race.names();
    let half = (rect.width() - 4.0 * SPACE) / 2.0;
    let scraps = match of.race.task {
        Task::Clothes => ", among scraps",
        Task::Stripes => "",
    };
    let titles = ["Learned before, among scraps".to_owned(), {
        let each = words::plural(of.race.examples, "example", "examples");
        format!("To learn from {each} each{scraps}")
    }];
    for (side, (title, names)) in titles.iter().zip(&names).enumerate() {
        let left = if side == 0 { rect.left() } else { rect.right() - half };
        let own = rect.with_min_x(left).with_max_x(left + half);
        let line = own.with_max_y(own.top() + LINE);
        words::write(ui, line, Align2::LEFT_CENTER, title, theme::semibold(13.0), c.text);
        let below = own.with_min_y(line.bottom() + 2.0);
        let step = below.width() / 5.0;
        let wide = (step - SPACE).min(below.height() - LINE).floor();
        let step = step.min(wide * 1.8);
        for (i, name) in names.iter().enumerate() {
            let at = pos2(below.left() + i as f32 * step, below.top()).round();
            let tile = Rect::from_min_size(at, vec2(wide, wide));
            let style = bright(name);
            view.panel(ui, &Cell::bare(tile), &of.pictures[side], i, &style);
            let room = Rect::from_min_size(tile.left_bottom(), vec2(step - 4.0, LINE));
            if words::width(ui, name, theme::small()) <= room.width() {
                words::write(ui, room, Align2::LEFT_CENTER, name, theme::small(), c.dim);
            }
        }
    }
    let middle = rect.center().x;
    let y = rect.top() + LINE + (rect.height() - 2.0 * LINE) / 2.0;
    let ink = Stroke::new(2.0, c.faint);
    let (from, to) = (pos2(middle - 9.0, y), pos2(middle + 9.0, y));
    ui.painter().line_segment([from, to], ink);
    for up in [-5.0, 5.0] {
        ui.painter().line_segment([to, to + vec2(-5.0, up)], ink);
    }
}

/// Where the box of each layer stands in a row.
fn boxes(row: Rect) -> [Rect; 4] {
    let inner = row.with_min_x(row.left() + NAME).with_max_x(row.right() - RESULT);
    let wide = inner.width() - 3.0 * SPACE;
    let mut x = inner.left();
    SHARES.map(|share| {
        let own = inner.with_min_x(x.round()).with_max_x((x + wide * share).round());
        x += wide * share + SPACE;
        own
    })
}

/// The three networks, a row each.
fn networks(of: &Transferred, ui: &mut Ui, view: &mut View<'_>, rect: Rect) {
    let c = theme::of(ui);
    let head = rect.with_max_y(rect.top() + NAMES_HIGH);
    let names: [String; 4] = std::array::from_fn(|i| match FILTERS.get(i) {
        Some(filters) => format!("{}, {filters} filters", layer(i)),
        None => "last layer".into(),
    });
    for ((i, name), own) in names.iter().enumerate().zip(boxes(head)) {
        let short = if i < FILTERS.len() { layer(i) } else { "last".into() };
        let fits = words::width(ui, name, theme::semibold(12.0)) <= own.width();
        let text = if fits { name } else { &short };
        words::write(ui, own, Align2::LEFT_CENTER, text, theme::semibold(12.0), c.dim);
    }
    let right = head.with_min_x(head.right() - RESULT);
    words::write(ui, right, Align2::RIGHT_CENTER, "unseen", theme::small(), c.faint);
    let foot = rect.with_min_y(rect.bottom() - LINE);
    legend(ui, foot.with_min_x(rect.left() + NAME));
    let all: [_; NETWORKS] = std::array::from_fn(|network| moved(view, network));
    let values = all.iter().flatten().flatten().flat_map(|(values, _)| values.iter().copied());
    let most = values.filter(|v| v.is_finite()).fold(RANGE, f32::max);
    let body = rect.with_min_y(head.bottom()).with_max_y(foot.top() - INSIDE);
    let high = ((body.height() + SPACE) / NETWORKS as f32 - SPACE).floor();
    for (network, told) in all.iter().enumerate() {
        let top = body.top() + network as f32 * (high + SPACE);
        let row = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), high));
        named(ui, view, row, network);
        let own = boxes(row);
        let frozen = of.race.frozen_of(network);
        for convolution in 0..FILTERS.len() {
            let told = told.as_ref().map(|told| &told[convolution]);
            let locked = convolution < frozen;
            frame(ui, own[convolution], network != SCRATCH, locked);
            let place = Place { network, convolution, locked, most };
            filters(ui, view, own[convolution].shrink(INSIDE), place, told);
        }
        frame(ui, own[3], false, false);
        let inner = own[3].shrink(INSIDE);
        let (upper, lower) = inner.split_top_bottom_at_fraction(0.5);
        words::write(ui, upper, Align2::CENTER_CENTER, "new", theme::semibold(13.0), c.text);
        let count = format!("{} numbers", of.race.classes * (FILTERS[2] + 1));
        if words::width(ui, &count, theme::small()) <= lower.width() {
            words::write(ui, lower, Align2::CENTER_CENTER, &count, theme::small(), c.dim);
        }
    }
}

/// What frames and bars stand for, as far as there is room.
fn legend(ui: &Ui, rect: Rect) {
    let c = theme::of(ui);
    let mut x = rect.left();
    let signs = [
        (Some(true), "learned on other pictures"),
        (Some(false), "began as chance"),
        (None, "bars: how far each filter moved"),
    ];
    for (learned, text) in signs {
        let sign = if learned.is_some() { 20.0 } else { 0.0 };
        let wide = words::width(ui, text, theme::small()) + sign;
        if x + wide > rect.right() {
            break;
        }
        if let Some(learned) = learned {
            frame(
                ui,
                Rect::from_center_size(pos2(x + 7.0, rect.center().y), vec2(14.0, 11.0)),
                learned,
                false,
            );
        }
        words::write(ui, rect.with_min_x(x + sign), Align2::LEFT_CENTER, text, theme::small(), c.faint);
        x += wide + 2.0 * SPACE;
    }
}

/// Name of a network, how much of it learns, and what it has right.
fn named(ui: &mut Ui, view: &mut View<'_>, row: Rect, network: usize) {
    let c = theme::of(ui);
    let Some(player) = view.player() else { return };
    let [learns, _] = parameters(player, network);
    let right = unseen(player)[network];
    let side = row.with_max_x(row.left() + NAME - 6.0);
    let (upper, lower) = side.split_top_bottom_at_fraction(0.5);
    let ink = theme::SERIES[network];
    words::write(ui, upper, Align2::LEFT_BOTTOM, NAMES[network], theme::semibold(14.0), ink);
    let learns = format!("learns {}", grouped(learns as u64));
    words::write(ui, lower, Align2::LEFT_TOP, &learns, theme::small(), c.dim);
    let result = row.with_min_x(row.right() - RESULT + 4.0);
    let text = share_or_dash(right);
    words::write(ui, result, Align2::RIGHT_CENTER, &text, theme::semibold(16.0), c.text);
    let response = ui.interact(result, ui.scope_id().with(("result", network)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}: {text}", NAMES[network])));
    if response.hovered()
        && let Some(logits) = player.runs().get(network).and_then(|run| run.view("logits").cloned())
    {
        view.of(Of::Training(RunId(network))).point(&logits, 0);
    }
}

/// The frame of a layer: dashed where its weights began as chance, filled where they are locked.
fn frame(ui: &Ui, rect: Rect, learned: bool, locked: bool) {
    let c = theme::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_TAG, if locked { c.raised } else { c.side });
    if learned {
        ui.painter().rect_stroke(rect, theme::RADIUS_TAG, Stroke::new(1.5, c.good), StrokeKind::Inside);
    } else {
        strokes::dashed(ui.painter(), rect.shrink(0.5), c.faint);
    }
}

/// Which filters are drawn, and how.
#[derive(Clone, Copy)]
struct Place {
    network: usize,
    convolution: usize,
    locked: bool,
    /// What lies at the upper end of a bar.
    most: f32,
}

/// The filters of a layer, where there is room for them, above how far each has moved.
fn filters(ui: &mut Ui, view: &mut View<'_>, rect: Rect, of: Place, told: Option<&(Vec<f32>, Tensor)>) {
    let c = theme::of(ui);
    let Place { network, convolution, locked, most } = of;
    let drawn = convolution == 0 && rect.height() + 2.0 * INSIDE >= HIGH;
    let upper = if drawn { (rect.height() * FILTER).round() } else { 0.0 };
    let count = FILTERS[convolution];
    let step = rect.width() / count as f32;
    if drawn {
        let side = upper.min(step - 3.0).floor();
        let weight = view.player().and_then(|player| {
            let run = player.runs().get(network)?;
            let own = run.layers().iter().find(|own| own.name == layer(convolution))?;
            Some(run.weight(*own.params.first()?))
        });
        for filter in 0..count {
            let Some(weight) = &weight else { break };
            let at = pos2(rect.left() + (filter as f32 + 0.5) * step - side / 2.0, rect.top()).round();
            let cell = Cell::bare(Rect::from_min_size(at, vec2(side, side)));
            let title = format!("Filter {} of {}, {}", filter + 1, layer(convolution), NAMES[network]);
            let style = MapStyle::panel(&title, "", Look::Diverging).untitled().unwritten();
            view.of(Of::Training(RunId(network))).panel(ui, &cell, weight, filter, &style);
        }
    }
    let body = rect.with_min_y(rect.top() + upper + if drawn { 4.0 } else { 0.0 });
    if locked {
        strokes::sign(ui.painter(), body.center() - vec2(24.0, 0.0), Sign::Lock, c.dim);
        let at = body.with_min_x(body.center().x - 14.0);
        words::write(ui, at, Align2::LEFT_CENTER, "locked", theme::small(), c.dim);
        return;
    }
    let Some((values, tensor)) = told else { return };
    let name = format!("Moved, {} of {}", layer(convolution), NAMES[network]);
    offer::table(ui, &name, body, || {
        Table::numbers(["filter", "moved"], values.iter().enumerate().map(|(i, v)| vec![i as f32 + 1.0, *v]))
    });
    let response = ui.interact(body, ui.scope_id().with(("moved", network, convolution)), Sense::hover());
    let far = values.iter().copied().fold(0.0, f32::max);
    let spoken = format!("{name}: {count} filters, the farthest by {}", words::percent(far.into()));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    let under = response.hover_pos().map(|at| (((at.x - body.left()) / step) as usize).min(count - 1));
    let ink = theme::SERIES[network];
    for (filter, value) in values.iter().enumerate() {
        let share = if value.is_nan() { 1.0 } else { (value / most).clamp(0.0, 1.0) };
        let left = body.left() + filter as f32 * step;
        let high = ((body.height() - 1.0) * share).max(if *value == 0.0 { 0.0 } else { 1.0 });
        let bar = Rect::from_min_max(
            pos2(left + step * 0.15, body.bottom() - 1.0 - high),
            pos2(left + step * 0.85, body.bottom() - 1.0),
        );
        let own = if value.is_nan() { theme::NAN } else { ink };
        let own = if under == Some(filter) { own } else { c.side.lerp_to_gamma(own, 0.75) };
        ui.painter().rect_filled(bar, 0.0, own);
    }
    ui.painter().hline(body.x_range(), body.bottom() - 0.5, Stroke::new(1.0, c.faint));
    if let Some(filter) = under {
        view.of(Of::Training(RunId(network))).point(tensor, filter);
        let moved = words::percent(values[filter].into());
        response.on_hover_text(format!("filter {}: moved by {moved} of its length", filter + 1));
    }
}

fn measured(ui: &mut Ui, view: &View<'_>, cells: &[Cell]) {
    let Some(player) = view.player() else { return };
    let right = unseen(player);
    let labels = ["From scratch", "Frozen", "Fine-tuned"];
    let mut rows: Vec<page::Figure<'_>> = Vec::new();
    for network in [SCRATCH, FROZEN, TUNED] {
        let [learns, all] = parameters(player, network);
        let under = format!("learns {} of {}", grouped(learns as u64), grouped(all as u64));
        rows.push(amount(labels[network], share_or_dash(right[network]), right[network], under));
    }
    rows[TUNED].4 = Voice::Good;
    let seen = player.seen(RunId(SCRATCH)).map_or(f64::NAN, f64::from);
    let gap = (seen - right[SCRATCH]).max(0.0);
    let under = format!("of its own examples {}", share_or_dash(seen));
    rows.push(amount("By heart (scratch)", share_or_dash(gap), gap, under));
    page::figures(ui, cells, &rows);
}
