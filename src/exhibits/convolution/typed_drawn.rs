//! The picture of the page on types of convolution: the wiring, the layer at work, the same output by every
//! type, what was measured.

use egui::{Align2, Color32, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::channels::{CHANNEL_NAMES, Wiring, look, wired};
use super::typed::{CHANNELS, DEFORMED, FRAMES, Kind};
use super::typed_cell::{Worked, frames_read, loupe};
use super::typed_recorded::Made;
use super::typed_said::apart;
use super::typed_shown::Shown;
use crate::gpu::Tensor;
use crate::settings::Choice;
use crate::viz::facts::grouped;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::lens::{lens_with, sum};
use crate::viz::figures::page::{Figure, figures, label};
use crate::viz::figures::strokes;
use crate::viz::figures::window::Walk;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapResponse, MapStyle, Part, Range, View, theme};

/// Least side in points of the frame of what is looked at.
const FRAME: f32 = 7.0;
/// Least side of a cell whose taps are framed one by one.
const FINE: f32 = 4.0;
/// Height of what the other inputs give and of the result.
const FOOT: f32 = 58.0;
/// Least height below the enlarged window in which its numbers are worked out.
const LENS: f32 = 150.0;
/// Least side of a cell that its number is written in, and size of the letters by it.
const WRITTEN: f32 = 14.0;
/// Space between the pictures of the strip, and least width of one.
const GAP: f32 = 11.0;
const THUMB: f32 = 88.0;
/// How much of the space a long name may take.
const BORROWED: f32 = 6.0;
/// Least height of a picture of the strip, of the line below it, and of the title.
const LOWEST: f32 = 44.0;
const LINE: f32 = 22.0;
const TITLE: f32 = 24.0;

/// Height that the strip needs in a room of this width.
pub fn least(width: f32) -> f32 {
    TITLE + lines(width) as f32 * (LOWEST + LINE)
}

/// Pictures of the strip beside each other.
fn columns(width: f32) -> usize {
    let most = ((width + GAP) / (THUMB + GAP)) as usize;
    most.clamp(2, Kind::ALL.len().div_ceil(2))
}

fn lines(width: f32) -> usize {
    Kind::ALL.len().div_ceil(columns(width))
}

/// What was done with the picture.
#[derive(Default)]
pub struct Done {
    /// This output was chosen.
    pub channel: Option<usize>,
    /// Offsets that were dragged.
    pub offsets: Option<Vec<f32>>,
    /// The input that was drawn, whose numbers can be changed.
    pub input: Option<MapResponse>,
}

/// Draws the layer at work into the four cells of the first row.
pub fn hero(
    ui: &mut Ui,
    view: &mut View<'_>,
    cells: [&Cell; 4],
    of: &Shown,
    channel: usize,
    walk: &mut Walk,
) -> Done {
    let [wires, from, middle, to] = cells;
    let (made, kind) = (&of.made, of.made.kind);
    let mut done = Done::default();
    let stages = if kind.has_stages() { "inputs, between, outputs" } else { "inputs, outputs" };
    words::panel_name(ui, wires.name, "Wiring", stages);
    let groups = match kind {
        Kind::Spatial => [1, CHANNELS],
        Kind::Separable => [CHANNELS, 1],
        _ => [made.reads.groups; 2],
    };
    let (shade, range) = (of.look(kind), of.range(kind));
    let between = made.between.as_ref();
    let wiring = Wiring {
        x: &made.x,
        between,
        y: &made.y,
        groups,
        chosen: channel,
        look: shade,
        range: range.clone(),
    };
    done.channel = wired(ui, view, wires.rect, &wiring);

    let [[h, w], [oh, ow]] = [made.input(), made.output()];
    let named = match kind {
        Kind::Volume => format!("Frame {} of {}", FRAMES[0] / 2 + 1, FRAMES[0]),
        _ => format!("Input, {}", CHANNEL_NAMES[channel]),
    };
    let shape = format!("{h} × {w}");
    let style = MapStyle::panel(&named, &shape, look(channel)).range(Range::Own).unwritten();
    let input = view.panel(ui, from, &made.x, Made::map(&made.x, channel), &style);
    let (named, shape) = (format!("Output {}", channel + 1), format!("{oh} × {ow}"));
    let style = MapStyle::panel(&named, &shape, shade).range(range).unwritten();
    let output = view.panel(ui, to, &made.y, Made::map(&made.y, channel), &style);
    for (map, of, look) in [(&input, &made.x, look(channel)), (&output, &made.y, shade)] {
        written(ui, view, map, of, channel, look);
    }

    let pointed = output.hovered.map(|[row, column]| row * ow + column);
    if let Some(at) = pointed.filter(|_| output.response.clicked()) {
        walk.scrub(at);
    }
    let at = pointed.unwrap_or(walk.at()).min((oh * ow).saturating_sub(1));
    let at = [at / ow.max(1), at % ow.max(1)];
    let spot = large(output.cells(at[0] as f32, at[1] as f32, 1.0, 1.0));
    let window =
        made.reads.field(at).map(|[row, column, rows, columns]| input.cells(row, column, rows, columns));
    cell(ui, view, middle, of, channel, at, (&input, &output), (window, spot), &mut done);
    if let Some(window) = window {
        taps(ui, made, at, &input, window);
    }
    strokes::focus(ui.painter(), spot, theme::of(ui).focus);
    if let Some(read) = input.hovered {
        readers(ui, made, read, &output);
    }
    done.input = Some(input);
    done
}

/// The numbers of a map whose cells have room for them.
fn written(ui: &Ui, view: &mut View<'_>, map: &MapResponse, of: &Tensor, channel: usize, look: Look) {
    if map.cell.min_elem() < WRITTEN {
        return;
    }
    let (Some(values), Some(range)) = (view.values(of), map.range) else { return };
    let look = look.on(ui.visuals().dark_mode);
    let axes = of.shape.len();
    let [h, w] = [of.shape[axes - 2], of.shape[axes - 1]];
    let start = Made::map(of, channel) * h * w;
    let font = theme::medium((map.cell.x * 0.52).clamp(8.0, 13.0));
    for (i, value) in values.iter().skip(start).take(h * w).enumerate() {
        let at = map.cells((i / w) as f32, (i % w) as f32, 1.0, 1.0).center();
        let text = words::cell(f64::from(*value));
        let ink = theme::ink_on(look.color(*value, range));
        let wide = words::width(ui, &text, font.clone());
        let size = (font.size * ((map.cell.x - 2.0) / wide.max(1.0)).min(1.0)).max(7.0);
        words::put(ui, at, Align2::CENTER_CENTER, &text, theme::medium(size), ink);
    }
}

/// A rectangle that is large enough to be seen.
fn large(rect: Rect) -> Rect {
    Rect::from_center_size(rect.center(), rect.size().max(Vec2::splat(FRAME)))
}

/// The receptive field of the output that is looked at, and the cells in it that are read.
fn taps(ui: &Ui, made: &Made, at: [usize; 2], input: &MapResponse, window: Rect) {
    let ink = theme::of(ui).focus;
    let read: Vec<[f32; 2]> = made.reads.taps(at).into_iter().filter_map(|(_, at)| at).collect();
    let field = window.size() / input.cell;
    // Where all of it is read, its frame says so.
    if read.len() as f32 + 0.5 < field.x * field.y || !made.reads.offsets.is_empty() {
        for [y, x] in read {
            let own = input.cells(y, x, 1.0, 1.0);
            if input.cell.min_elem() >= FINE {
                ui.painter().rect_stroke(own, 0.0, Stroke::new(1.25, ink), StrokeKind::Inside);
            } else {
                ui.painter().circle_filled(own.center(), 1.3, ink);
            }
        }
    }
    strokes::focus(ui.painter(), large(window), ink);
}

/// The outputs that read an input.
fn readers(ui: &Ui, made: &Made, read: [usize; 2], output: &MapResponse) {
    let found = made.reads.readers(read, made.output());
    let ink = Stroke::new(theme::FOCUS_STROKE, theme::of(ui).blue);
    let cells: Vec<Rect> =
        found.iter().map(|[row, column]| output.cells(*row as f32, *column as f32, 1.0, 1.0)).collect();
    let Some(whole) = cells.iter().copied().reduce(Rect::union) else { return };
    let one = (whole.area() / (output.cell.x * output.cell.y)).round() as usize == cells.len();
    for rect in if one || output.cell.min_elem() < 1.5 { vec![whole] } else { cells } {
        let least = Rect::from_center_size(rect.center(), rect.size().max(Vec2::splat(3.0)));
        ui.painter().rect_stroke(least, 0.0, ink, StrokeKind::Middle);
    }
}

/// One cell worked out; of the deformable type with its taps to be dragged, of a sequence with its frames.
#[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
fn cell(
    ui: &mut Ui,
    view: &mut View<'_>,
    middle: &Cell,
    of: &Shown,
    channel: usize,
    at: [usize; 2],
    (input, output): (&MapResponse, &MapResponse),
    (window, spot): (Option<Rect>, Rect),
    done: &mut Done,
) {
    let made = &of.made;
    let [r, s] = made.reads.window;
    let mut rect = middle.rect;
    let taps = if made.kind == Kind::Volume {
        format!("{} × {r} × {s}", FRAMES[1])
    } else {
        format!("{r} × {s}")
    };
    words::panel_name(ui, middle.name, "One cell", &taps);
    if made.kind == Kind::Deformable {
        let side = rect.width().min(rect.height() - FOOT).max(1.0).floor();
        let (own, rest) = rect.split_top_bottom_at_y(rect.top() + side);
        let kernel = of.spec.kernel(made.kind, channel);
        let own = Rect::from_min_size(own.min, vec2(rect.width(), side));
        done.offsets = loupe(ui, view, own, made, channel, at, &kernel);
        rect = rest.with_min_y(rest.top() + 6.0);
    }
    if made.kind == Kind::Volume {
        let (own, rest) = rect.split_top_bottom_at_y(rect.top() + rect.width() / FRAMES[0] as f32);
        frames_read(ui, view, own, made, channel);
        rect = rest.with_min_y(rest.top() + 6.0);
    }
    let (Some(x), Some(y)) = (view.values(&made.x), view.values(&made.y)) else { return };
    let Some(worked) = Worked::of(&of.spec, made, channel, at, [&x, &y]) else { return };
    let dark = ui.visuals().dark_mode;
    let color = |value: f32, look: Look, range: Option<(f32, f32)>| {
        look.on(dark).color(value, range.unwrap_or((0.0, 1.0)))
    };
    let most = worked.weights.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
    let value_colors: Vec<Color32> =
        worked.values.iter().map(|v| color(*v, look(channel), input.range)).collect();
    let weight_colors: Vec<Color32> =
        worked.weights.iter().map(|w| color(*w, Look::Diverging, Some((-most, most)))).collect();
    let made_of =
        worked.lens(&value_colors, &weight_colors, color(worked.result, of.look(made.kind), output.range));
    let rest = match worked.others {
        1 => "from 1 other".to_owned(),
        n => format!("from {n} others"),
    };
    if made.kind == Kind::Deformable && rect.height() < LENS {
        let result = sum(ui, rect, &made_of, &rest);
        if middle.rect.left() >= input.rect.right() {
            strokes::link(ui.painter(), output.rect, spot, result, theme::of(ui).focus);
        }
        return;
    }
    let (parts, _) = lens_with(ui, rect, &made_of, &rest);
    // In one column they would run over all of the pictures.
    if middle.rect.left() >= input.rect.right() {
        let ink = theme::of(ui).focus;
        if let Some(window) = window.filter(|_| made.kind != Kind::Deformable) {
            strokes::link(ui.painter(), input.rect, large(window), parts.values, ink);
        }
        strokes::link(ui.painter(), output.rect, spot, parts.result, ink);
    }
}

/// The rows in the middle of an output that fill a picture of this width by height.
fn middle(y: &Tensor, aspect: f32) -> Part {
    let [h, w] = [y.shape[2], y.shape[3]];
    let rows = ((w as f32 / aspect).round() as usize).clamp(1, h);
    Part { start: [(h - rows) / 2, 0], size: [rows, w] }
}

/// The same output by every type; gives the one that was clicked.
pub fn strip(ui: &mut Ui, view: &mut View<'_>, rect: Rect, of: &Shown, channel: usize) -> Option<Kind> {
    let title = Rect::from_min_size(rect.min, vec2(rect.width(), TITLE));
    words::panel_name(ui, title, "The same output by every type", "its weights below");
    let (columns, lines) = (columns(rect.width()), lines(rect.width()));
    let pitch = (rect.width() + GAP) / columns as f32;
    let wide = (pitch - GAP).floor();
    let high = ((rect.height() - TITLE) / lines as f32 - LINE).min(wide).floor().max(1.0);
    let mut clicked = None;
    for (i, (made, kind)) in of.strip.iter().zip(Kind::ALL.iter().copied()).enumerate() {
        let [line, column] = [i / columns, i % columns];
        let left = (rect.left() + column as f32 * pitch).round();
        let top = (title.bottom() + line as f32 * (high + LINE)).round();
        let own = Rect::from_min_size(pos2(left, top), vec2(wide, high));
        let weights = of.spec.weights(kind).to_string();
        let said = words::width(ui, kind.short(), theme::semibold(13.0))
            + words::width(ui, &weights, theme::number());
        let more = if said + BORROWED > wide { BORROWED } else { 0.0 };
        let caption = Rect::from_min_size(own.left_bottom(), vec2(wide + more, LINE));
        let cell = Cell { caption, ..Cell::bare(own) };
        match made {
            Ok(y) => {
                let style = MapStyle::panel(kind.name(), "", of.look(kind)).range(of.range(kind));
                let style = style.untitled().stretched().unwritten().to_choose().part(middle(y, wide / high));
                if view.panel(ui, &cell, y, channel, &style).response.clicked() {
                    clicked = Some(kind);
                }
            }
            Err(_) => {
                ui.painter().rect_filled(own, theme::RADIUS_TAG, theme::of(ui).side);
            }
        }
        label(ui, &cell, kind.short(), &weights, kind == of.made.kind);
    }
    clicked
}

/// The measured row.
pub fn measured(ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], of: &Shown) {
    let (spec, made) = (&of.spec, &of.made);
    let [weights, all] = [spec.weights(made.kind), of.standard()].map(|n| n as f64);
    let [work, base] = [made.work(spec), of.base()].map(|n| n as f64);
    let [rows, columns] = made.reads.reach();
    let frames = if made.kind == Kind::Volume { format!("{} × ", FRAMES[1]) } else { String::new() };
    let mut read = (made.reads.window[0] * made.reads.window[1]) as f64 / (rows * columns).max(1) as f64;
    if made.reads.spread {
        read = 1.0;
    }
    let under = match made.kind {
        // A layer that predicts them reads what this one reads.
        Kind::Deformable => {
            let maps = 2 * DEFORMED * DEFORMED;
            format!("{maps} offset channels: {} more", CHANNELS * maps * DEFORMED * DEFORMED)
        }
        _ => format!("of {} when standard", grouped(all as u64)),
    };
    let rows: [Figure<'_>; 4] = [
        ("Weights", grouped(weights as u64), weights / all, under, Voice::A),
        (
            "Multiply-adds",
            words::ratio(base, work).replace("as much", "as standard"),
            work / base.max(1.0),
            words::count(work),
            Voice::A,
        ),
        (
            "Receptive field",
            format!("{frames}{rows} × {columns}"),
            read.min(1.0),
            format!("{} of it read", words::percent(read.min(1.0))),
            Voice::Plain,
        ),
        own(view, of),
    ];
    figures(ui, cells, &rows);
}

/// What is measured of the type alone.
fn own(view: &mut View<'_>, of: &Shown) -> Figure<'static> {
    let (spec, made) = (&of.spec, &of.made);
    let share = of.differs(view);
    let differs = |name, under: &str, voice| {
        let share = share.unwrap_or(f64::NAN);
        (name, apart(share), share.clamp(0.0, 1.0), under.to_owned(), voice)
    };
    let (separable, all) = (spec.weights(Kind::Separable), of.standard());
    match made.kind {
        Kind::Spatial => differs("Differs", "from the whole filter", Voice::Plain),
        Kind::Deformable | Kind::Separable | Kind::Grouped => {
            differs("Differs", "from standard", Voice::Plain)
        }
        Kind::Line => differs("Looks ahead", "of half a row changes", Voice::Plain),
        Kind::Causal => differs("Looks ahead", "of half a row changes", Voice::Good),
        Kind::Transposed => {
            let [most, least] = of.written(view).unwrap_or_default();
            let even = most == least;
            let text = if even { format!("{most} times") } else { format!("{least} to {most} times") };
            let voice = if even { Voice::Good } else { Voice::Broken };
            (
                "Cells written",
                text,
                least as f64 / most.max(1) as f64,
                "the same for all is even".into(),
                voice,
            )
        }
        Kind::Volume => {
            let most = of.largest(view).unwrap_or(f64::NAN);
            let under = format!("moved by {} px a frame", made.shift);
            ("Largest answer", words::short(most), most.clamp(0.0, 1.0), under, Voice::Plain)
        }
        Kind::Strided => {
            let [[h, w], [oh, ow]] = [made.input(), made.output()];
            let kept = (oh * ow) as f64 / (h * w) as f64;
            ("Places", words::percent(kept), kept, format!("{oh} × {ow} of {h} × {w}"), Voice::Plain)
        }
        _ => {
            let under = "weights would do".to_owned();
            (
                "Depthwise + 1 × 1",
                grouped(separable as u64),
                separable as f64 / all as f64,
                under,
                Voice::Plain,
            )
        }
    }
}
