//! The page on why one pools drawn: a map of the photo and of the photo that was moved, and their difference; one window
//! before and after; the change of all four ways by pixels; what the layers behind cost.

use egui::{Align2, Rect, Ui, Vec2, pos2};

use super::reduced::{CEILING, Changes, MAPS, MOST, Pooling, Reduced, SEEN, SIDE, seen};
use crate::gpu::BufId;
use crate::settings::Choice as _;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::curves::{Chart, ChartEvent, Series, Side, chart, frame};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::ledger::compact;
use crate::viz::figures::lens::{Lens, lens};
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::ranking::{Ranked, ranking};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Part, Range, View, theme};

/// Least side in points of the frame of what is looked at.
const FRAME: f32 = 7.0;
/// Space between the window before and after.
const SPACE: f32 = 10.0;
/// Height of the line below the curves.
const ENDS: f32 = 18.0;
/// Change of two maps that have nothing in common, and greatest value of the axis.
const UNRELATED: f32 = std::f32::consts::SQRT_2;
const AXIS: f32 = 1.6;

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Reduced,
    /// How the map that is shown was made smaller.
    pub way: Pooling,
    /// Pixels that the photo was moved by.
    pub by: usize,
    /// Which of the maps is shown.
    pub map: usize,
    /// Row and column, in cells of the map before it was made smaller, of the window that is looked at.
    pub at: [usize; 2],
}

/// What was done.
pub enum Wish {
    /// Look at the window around this row and column.
    Place([usize; 2]),
    /// Move the photo by so many pixels.
    Move(usize),
}

impl Drawn<'_> {
    /// Side of a window, in cells of the map before.
    fn window(&self) -> usize {
        if self.way == Pooling::None { 1 } else { self.of.window }
    }

    /// Draws all of it into the cells of the page.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        [hero, below, measured]: [&[Cell]; 3],
    ) -> Option<Wish> {
        let changes = view.values(&self.of.changes).and_then(|values| Changes::read(&values));
        let (at, clicked) = self.maps(ui, view, hero, changes.as_ref());
        self.photo(ui, view, &below[0], at);
        self.one(ui, view, &below[1], at);
        let sought = changes.as_ref().and_then(|changes| self.curves(ui, &below[2], changes));
        self.costs(ui, &below[3]);
        self.measured(ui, measured, changes.as_ref());
        clicked.map(Wish::Place).or(sought.map(Wish::Move))
    }

    /// The three maps; gives the cell that is looked at, and what was clicked as a place before pooling.
    fn maps(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cells: &[Cell],
        changes: Option<&Changes>,
    ) -> ([usize; 2], Option<[usize; 2]>) {
        let (way, side, k) = (self.of.way(self.way), self.of.side(self.way), self.window());
        let size = format!("{side} × {side}, {}", self.way.label(self.of.window));
        let moved = format!("Moved by {}", self.by);
        let share = changes.map_or_else(String::new, |all| {
            format!("{} of the spread", words::percent(all.of(self.way)[self.by].into()))
        });
        let all = self.of.ways.iter().map(|way| way.change.buf).collect::<Vec<BufId>>();
        let shown = [
            (
                &way.maps,
                self.map,
                MapStyle::panel("Map", &size, Look::Sequential).range(Range::Fixed(0.0, CEILING)),
            ),
            (
                &way.maps,
                self.by * MAPS + self.map,
                MapStyle::panel(&moved, "pixels to the right", Look::Sequential)
                    .range(Range::Fixed(0.0, CEILING)),
            ),
            (
                &way.change,
                self.by * MAPS + self.map,
                MapStyle::panel("Change", &share, Look::Diverging).range(Range::Shared(all.into())),
            ),
        ];
        let mut drawn = Vec::new();
        for ((tensor, index, style), cell) in shown.iter().zip(cells) {
            drawn.push(view.panel(ui, cell, tensor, *index, style));
        }
        let hovered = drawn.iter().find_map(|map| map.hovered);
        let cell = hovered.unwrap_or(self.at.map(|at| at / k)).map(|at| at.min(side - 1));
        for map in &drawn {
            let own = map.cells(cell[0] as f32, cell[1] as f32, 1.0, 1.0);
            strokes::focus(ui.painter(), least(own), theme::of(ui).focus);
        }
        let clicked = drawn.iter().find(|map| map.response.clicked()).and_then(|map| map.hovered);
        (cell, clicked.map(|cell| cell.map(|at| at * k)))
    }

    /// The photo as it was moved.
    fn photo(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, [row, column]: [usize; 2]) {
        let shape = format!("moved by {}", self.by);
        let part = Part { start: seen(self.by), size: [SEEN; 2] };
        let style = MapStyle::panel("Photo", &shape, Look::Rgb).part(part);
        let drawn = view.panel(ui, cell, &self.of.photo, 0, &style);
        // The filters read one pixel more on each side.
        let k = self.window() as f32;
        let own = drawn.cells(row as f32 * k + 1.0, column as f32 * k + 1.0, k, k);
        strokes::focus(ui.painter(), least(own), theme::of(ui).focus);
    }

    /// One window of the photo as it was, and at the same place of the moved one.
    fn one(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, [row, column]: [usize; 2]) {
        let (k, side) = (self.window(), self.of.side(self.way));
        words::panel_name(ui, cell.name, "One window", &format!("{k} × {k}"));
        let [before, after] = [Pooling::None, self.way].map(|way| view.values(&self.of.way(way).maps));
        let (Some(before), Some(after)) = (before, after) else { return };
        let look = Look::Sequential.on(ui.visuals().dark_mode);
        let raised = theme::of(ui).raised;
        let color = |v: f32| look.color(v, (0.0, CEILING));
        for ((name, by), own) in [("as it was", 0), ("moved", self.by)].into_iter().zip(halves(cell.rect)) {
            let map = (by * MAPS + self.map) * SIDE * SIDE;
            let place = |tap: usize| map + (row * k + tap / k) * SIDE + column * k + tap % k;
            let values: Vec<f32> =
                (0..k * k).map(|tap| before.get(place(tap)).copied().unwrap_or(f32::NAN)).collect();
            // A stride alone reads the first cell of each window.
            let read = |tap: usize| tap == 0 || self.way != Pooling::Stride;
            let colors: Vec<_> = values
                .iter()
                .enumerate()
                .map(|(tap, v)| if read(tap) { color(*v) } else { raised })
                .collect();
            let result = after.get((by * MAPS + self.map) * side * side + row * side + column);
            let result = result.copied().unwrap_or(f32::NAN);
            let of = Lens {
                columns: k,
                values: &values,
                weights: &[],
                value_colors: &colors,
                weight_colors: &[],
                padded: &[],
                bias: 0.0,
                result,
                result_color: color(result),
                of: name,
                by: "",
                products: false,
            };
            ui.push_id(name, |ui| lens(ui, own, &of));
        }
    }

    /// The change of each way, by pixels; gives how far the photo is to be moved.
    fn curves(&self, ui: &mut Ui, cell: &Cell, changes: &Changes) -> Option<usize> {
        let rect = cell.rect.with_min_y(cell.name.top());
        let (plotted, line) = rect.split_top_bottom_at_y(rect.bottom() - ENDS);
        let teal = Look::Sequential.color(0.55, (0.0, 1.0));
        let points = Pooling::ALL.iter().map(|way| {
            let values = changes.of(*way).iter().enumerate();
            values.map(|(by, v)| [by as f32, *v]).collect::<Vec<_>>()
        });
        let points: Vec<_> = points.collect();
        let sides = [Side::Of(theme::of(ui).dim), Side::B, Side::A, Side::Of(teal)];
        let series: Vec<_> = Pooling::ALL
            .iter()
            .zip(sides)
            .zip(&points)
            .map(|((way, side), points)| Series {
                name: way.name(),
                side,
                validation: false,
                noisy: false,
                points,
            })
            .collect();
        let of = Chart {
            name: "Change",
            remark: "",
            series: &series,
            old: &[],
            steps: Axis::linear(0.0, MOST as f32),
            values: Axis::linear(0.0, AXIS),
            now: Some(self.by as f32),
            chance: Some((UNRELATED, "unrelated maps")),
            marks: &[],
            gap: None,
            write: words::percent,
            ticks: false,
        };
        let event = chart(ui, plotted, &of);
        let plot = frame(plotted, false);
        let ink = theme::of(ui).faint;
        for by in (0..=MOST).step_by(2) {
            let at = pos2(of.steps.place(by as f32, plot.x_range()), line.center().y);
            let text = if by == MOST { format!("{by} px") } else { by.to_string() };
            words::put(ui, at, Align2::CENTER_CENTER, &text, theme::small(), ink);
        }
        match event? {
            ChartEvent::Seek(step) => Some(step.round() as usize),
            ChartEvent::Hovered(_) => None,
        }
    }

    /// What each layer behind costs.
    fn costs(&self, ui: &mut Ui, cell: &Cell) {
        words::panel_name(ui, cell.name, "Layers behind", "tick: unpooled");
        let [now, before] = [self.way, Pooling::None].map(|way| &self.of.way(way).costs);
        let most = before.iter().map(|cost| cost.work).max().unwrap_or(1) as f32;
        let ink = theme::of(ui).blue;
        let rows: Vec<_> = now
            .iter()
            .zip(before)
            .map(|(now, before)| Ranked {
                name: now.name.to_owned(),
                value: now.work as f32,
                text: compact(now.work),
                was: Some(before.work as f32),
                chosen: false,
                focus: false,
                ink,
            })
            .collect();
        ranking(ui, cell.rect, "Layers behind", &rows, Axis::linear(0.0, most));
    }

    /// The measured row.
    fn measured(&self, ui: &mut Ui, cells: &[Cell], changes: Option<&Changes>) {
        let ways = [self.way, Pooling::None];
        let [work, all] = self.of.work(ways).map(|n| n as f64);
        let [bytes, most] = ways.map(|way| self.of.way(way).costs.iter().map(|cost| cost.bytes).sum::<u64>());
        let [sees, least] = ways.map(|way| self.of.sees(way));
        let changed = ways.map(|way| changes.map_or(0.0, |all| f64::from(all.of(way)[self.by])));
        let mut change = amount(
            "Map changes",
            if changes.is_some() { words::percent(changed[0]) } else { "…".into() },
            changed[0] / f64::from(UNRELATED),
            format!("without pooling {}", words::percent(changed[1])),
        );
        if self.way == Pooling::Stride && self.by > 0 {
            change.4 = Voice::Broken;
        }
        let rows = [
            amount(
                "Work behind",
                words::ratio(all, work),
                work / all,
                format!("{} of {}", words::count(work), words::count(all)),
            ),
            amount(
                "Memory",
                words::ratio(most as f64, bytes as f64),
                bytes as f64 / most as f64,
                format!("{} of {}", words::bytes(bytes), words::bytes(most)),
            ),
            change,
            amount(
                "3 × 3 sees",
                format!("{sees} × {sees}"),
                sees as f64 / SEEN as f64,
                format!("pixels, unpooled {least} × {least}"),
            ),
        ];
        figures(ui, cells, &rows);
    }
}

/// A frame that can be seen.
fn least(rect: Rect) -> Rect {
    Rect::from_center_size(rect.center(), rect.size().max(Vec2::splat(FRAME)))
}

/// Two equal parts of a room, below each other where it is higher than wide.
fn halves(room: Rect) -> [Rect; 2] {
    let middle = room.center();
    if room.height() > room.width() {
        [room.with_max_y(middle.y - SPACE / 2.0), room.with_min_y(middle.y + SPACE / 2.0)]
    } else {
        [room.with_max_x(middle.x - SPACE / 2.0), room.with_min_x(middle.x + SPACE / 2.0)]
    }
}
