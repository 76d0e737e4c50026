//! The picture of the page on stride: the layer at work, the output at every stride, what was measured.

use std::rc::Rc;

use egui::{Rect, Stroke, StrokeKind, Ui, vec2};

use super::reading::unread;
use super::strided::{Image, SIDE, SQUARE, Shown, square};
use crate::exhibits::inputs::zone_frequency;
use crate::gpu::BufId;
use crate::viz::facts::grouped;
use crate::viz::figures::fit::Placement;
use crate::viz::figures::page::{Figure, figures, label};
use crate::viz::figures::pictured::{Pictured, Pictures, pictured};
use crate::viz::figures::strokes;
use crate::viz::figures::window::Walk;
use crate::viz::words::{self, Voice};
use crate::viz::{MapStyle, Part, Range, View, theme};

/// The range that the output and the strip share.
fn shared(shown: &Shown) -> Range {
    let all = shown.strip.iter().chain([&shown.y]).map(|t| t.buf);
    Range::Shared(all.collect::<Rc<[BufId]>>())
}

/// The layer on a picture.
pub fn picture(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placement, walk: &mut Walk) {
    let p = &shown.p;
    let [input, output] = [[p.h, p.w], [p.oh, p.ow]].map(|[h, w]| format!("{h} × {w}"));
    let name = if shown.blur { "Input, blurred" } else { "Input" };
    let of = Pictured {
        x: &shown.read,
        w: &shown.kernel,
        y: &shown.y,
        p,
        input: MapStyle::panel(name, &input, shown.looks[0]),
        output: MapStyle::panel("Output", &output, shown.looks[1]).range(shared(shown)),
    };
    let drawn = pictured(ui, view, placed.cells(0), &of, walk);
    if let Some(at) = drawn.clicked {
        walk.scrub(at);
    }
    marks(ui, shown, &drawn);
}

/// The square of the strip, and which rings are true.
fn marks(ui: &Ui, shown: &Shown, drawn: &Pictures) {
    let (p, c) = (&shown.p, theme::of(ui));
    let Part { start, size } = square(SQUARE, p.h as usize, p.w as usize);
    let [start, size] = [start, size].map(|v| v.map(|v| v as f32));
    let rect = drawn.input.cells(start[0], start[1], size[0], size[1]);
    let frame = Stroke::new(theme::FOCUS_STROKE, c.blue);
    ui.painter().rect_stroke(rect, 0.0, frame, StrokeKind::Inside);
    if shown.image != Image::ZonePlate || p.stride == [1, 1] || drawn.input.rect.width() < 200.0 {
        return;
    }
    // Rings are true up to this distance from the centre, in shares of the side.
    let (input, output) = (drawn.input.rect, drawn.output.rect);
    let share = 0.5 / (shown.finest() as f32 * zone_frequency(SIDE, 0.0, (SIDE as f32 - 1.0) / 2.0));
    let box_of = |r: Rect| Rect::from_center_size(r.center(), vec2(r.width(), r.height()) * 2.0 * share);
    for rect in [input, output].map(box_of) {
        strokes::dashed(ui.painter(), rect, theme::BRIGHTNESS[4]);
    }
    let under = |r: Rect| r.center() + vec2(0.0, box_of(r).height() / 2.0 + 12.0);
    words::tag(ui, input, under(input), &format!("coarser than {} px", shown.finest()), Voice::Plain);
    words::tag(ui, output, under(output), "true rings", Voice::Plain);
    if shown.is_false() {
        let at = output.min + vec2(SQUARE[1] + SQUARE[3] / 2.0, SQUARE[0] - 0.04) * output.size();
        words::tag(ui, output, at, "false rings", Voice::Broken);
    }
}

/// The output at every stride.
pub fn strip(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) {
    let whole = shown.image == Image::Grid;
    let title = if whole { "The same filter at every stride" } else { "The blue square at every stride" };
    let about = match () {
        () if shown.is_false() => "and the share of the whole map whose rings are false",
        () => "and the side of the whole map in cells",
    };
    words::panel_name(ui, placed.titles[1], title, about);
    for (i, (map, cell)) in shown.strip.iter().zip(&placed.rows[1]).enumerate() {
        let [h, w] = [map.shape[2], map.shape[3]];
        let name = (i + 1).to_string();
        let said = format!("stride {name}");
        let mut style =
            MapStyle::panel(&said, "", shown.looks[1]).range(shared(shown)).untitled().stretched();
        if !whole {
            style = style.part(square(SQUARE, h, w));
        }
        view.panel(ui, cell, map, 0, &style);
        let value = if shown.is_false() { words::percent(shown.falsely[i]) } else { w.to_string() };
        label(ui, cell, &name, &value, shown.p.stride == [i as u32 + 1; 2]);
    }
}

/// The measured row.
pub fn measured(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) {
    let (p, full) = (&shown.p, shown.full());
    let [work, all] = [p.multiply_adds(), full.multiply_adds()].map(|v| v as f64);
    let [cells, most] = [p, &full].map(|p| u64::from(p.oh * p.ow * p.k));
    let never = unread(p);
    let last: Figure<'_> = match (shown.left(view), shown.falsely.last()) {
        (Some(left), _) => (
            "False rings left",
            words::percent(left),
            left,
            "of their contrast in the square".into(),
            Voice::Good,
        ),
        (None, Some(share)) if shown.is_false() => {
            let places = f64::from(p.oh * p.ow);
            let under =
                format!("{} of {} places", grouped((share * places).round() as u64), grouped(places as u64));
            ("False detail", words::percent(*share), *share, under, Voice::Broken)
        }
        _ => {
            let finest = shown.finest();
            (
                "Finest period kept",
                format!("{finest} cells"),
                2.0 / f64::from(finest),
                "two steps of the stride".into(),
                Voice::A,
            )
        }
    };
    let memory = format!("{} of {}", words::bytes(cells * 4), words::bytes(most * 4));
    let rows = [
        (
            "Work",
            words::ratio(all, work),
            work / all,
            format!("{} of {}", words::count(work), words::count(all)),
            Voice::A,
        ),
        ("Memory", words::ratio(most as f64, cells as f64), cells as f64 / most as f64, memory, Voice::A),
        (
            "Never read",
            words::percent(never),
            never,
            format!("of {} cells", grouped((p.h * p.w).into())),
            Voice::Plain,
        ),
        last,
    ];
    figures(ui, &placed.rows[2], &rows);
}
