//! What an exhibit draws with: maps of tensors with colour bar, numbers, outlines and inspector.

use egui::{Align2, Color32, FontId, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::colors::Look;
use super::display::{Range, Request, Stats};
use super::inspect::{Element, Spot};
use super::knobs::{Knob, Knobs};
use super::stage::Stage;
use super::theme;
use crate::gpu::Tensor;
use crate::ops::arithmetic::number;

/// How colours are scaled on this page; a setting of every exhibit.
#[derive(Clone, Debug, PartialEq)]
pub struct Colours {
    mode: usize,
    lo: f32,
    hi: f32,
}

impl Default for Colours {
    fn default() -> Self {
        Self { mode: 0, lo: -1.0, hi: 1.0 }
    }
}

impl Colours {
    /// Its knobs.
    pub fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Colours");
        Knob::choice("range", "Colour range", &mut self.mode, &["this map", "all maps", "fixed"])
            .help("What the ends of the colour bar stand for")
            .show(k);
        let fixed = self.mode == 2;
        Knob::float("range-min", "From", &mut self.lo, -100.0..=100.0).enabled(fixed).show(k);
        Knob::float("range-max", "To", &mut self.hi, -100.0..=100.0).enabled(fixed).show(k);
    }

    fn range(&self) -> Range {
        match self.mode {
            0 => Range::Own,
            1 => Range::All,
            _ => Range::Fixed(self.lo.min(self.hi), self.hi.max(self.lo)),
        }
    }
}

/// How a map is drawn.
#[derive(Clone, Copy, Debug)]
pub struct MapStyle<'s> {
    /// Above the picture, and what a screen reader says.
    pub title: &'s str,
    /// Colours.
    pub look: Look,
    /// Largest size in points, colour bar and title not counted.
    pub size: Vec2,
    /// Draw a colour bar below.
    pub bar: bool,
    /// Names of rows and of columns, drawn where they fit.
    pub labels: Option<(&'s [String], &'s [String])>,
    /// A range of its own instead of the page's.
    pub range: Option<Range>,
    /// Fill the whole size, cells need not be square.
    pub stretch: bool,
    /// Where the page scales each map by itself, scale all maps of this tensor together.
    pub together: bool,
}

impl<'s> MapStyle<'s> {
    /// A map with title and colour bar that fits into `side` x `side` points.
    pub fn new(title: &'s str, look: Look, side: f32) -> Self {
        Self {
            title,
            look,
            size: Vec2::splat(side),
            bar: look != Look::Rgb,
            labels: None,
            range: None,
            stretch: false,
            together: false,
        }
    }
    /// Another largest size.
    #[must_use]
    pub fn size(mut self, size: Vec2) -> Self {
        self.size = size;
        self
    }
    /// Without colour bar.
    #[must_use]
    pub fn without_bar(mut self) -> Self {
        self.bar = false;
        self
    }
    /// With names of rows and columns.
    #[must_use]
    pub fn labels(mut self, rows: &'s [String], columns: &'s [String]) -> Self {
        self.labels = Some((rows, columns));
        self
    }
    /// Filling the whole size, with cells that need not be square.
    #[must_use]
    pub fn stretched(mut self) -> Self {
        self.stretch = true;
        self
    }
    /// Scaled together with the other maps of its tensor, unless the page fixes the range.
    #[must_use]
    pub fn together(mut self) -> Self {
        self.together = true;
        self
    }
    /// With a range of its own.
    #[must_use]
    pub fn range(mut self, range: Range) -> Self {
        self.range = Some(range);
        self
    }
}

/// A map that was drawn.
pub struct MapResponse {
    /// Of the picture: hover, click, drag.
    pub response: Response,
    /// Where the picture lies.
    pub rect: Rect,
    /// Size of one cell in points.
    pub cell: Vec2,
    /// Row and column under the pointer.
    pub hovered: Option<[usize; 2]>,
    /// Cell that is being dragged, and by how much its number should change.
    dragged: Option<([usize; 2], f32)>,
}

impl MapResponse {
    /// Lets the user drag numbers up and down; `numbers` has `columns` columns.
    pub fn edit(&self, numbers: &mut [f32], columns: usize) {
        if let Some(([row, column], by)) = self.dragged
            && let Some(number) = numbers.get_mut(row * columns + column)
        {
            *number = ((*number + by) * 10.0).round() / 10.0;
            *number = number.clamp(-1000.0, 1000.0);
        }
    }

    /// Where a block of cells lies, which may reach past the picture (padding).
    pub fn cells(&self, row: f32, column: f32, rows: f32, columns: f32) -> Rect {
        let min = self.rect.min + vec2(column * self.cell.x, row * self.cell.y);
        Rect::from_min_size(min, vec2(columns * self.cell.x, rows * self.cell.y))
    }
}

/// What an exhibit draws with.
pub struct View<'a> {
    /// The plan on screen.
    pub stage: &'a mut Stage,
    /// The page's colour settings.
    pub colours: &'a Colours,
}

impl View<'_> {
    /// Draws map `index` of a tensor (see [`Request::of`]); hovering inspects, a click pins.
    pub fn map(&mut self, ui: &mut Ui, tensor: &Tensor, index: usize, style: MapStyle<'_>) -> MapResponse {
        let range = match style.range.unwrap_or_else(|| self.colours.range()) {
            Range::Own if style.together => Range::All,
            range => range,
        };
        let request = Request::of(tensor, style.look, range);
        let [_, h, w] = request.maps;
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let scale = scale_to_fit(style.size, w, h);
            let picture = if style.stretch { style.size } else { vec2(w as f32, h as f32) * scale };
            let gutter = style.labels.map_or(Vec2::ZERO, |(rows, columns)| gutter(ui, rows, columns, scale));
            let width = (picture.x + gutter.x).max(84.0);
            ui.set_max_width(width);
            if !style.title.is_empty() {
                let title = egui::RichText::new(style.title).small().strong();
                ui.add(egui::Label::new(title).truncate())
                    .on_hover_text(format!("{} {:?}", style.title, tensor.shape));
            }
            let (area, mut response) = ui.allocate_exact_size(picture + gutter, Sense::click_and_drag());
            let rect = Rect::from_min_size(area.min + gutter, picture);
            response.widget_info(|| {
                let label = format!("{}: map {}, {h} by {w}", style.title, index + 1);
                egui::WidgetInfo::labeled(egui::Role::Image, true, label)
            });
            let map = self.paint(ui, &mut response, rect, tensor, index, &request, &style);
            if style.bar {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.add_space(gutter.x);
                    ui.vertical(|ui| self.bar(ui, &request, index, picture.x.max(84.0)));
                });
            }
            map
        })
        .inner
    }

    #[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
    fn paint(
        &mut self,
        ui: &Ui,
        response: &mut Response,
        rect: Rect,
        tensor: &Tensor,
        index: usize,
        request: &Request,
        style: &MapStyle<'_>,
    ) -> MapResponse {
        let [_, h, w] = request.maps;
        let cell = vec2(rect.width() / w as f32, rect.height() / h as f32);
        let painter = ui.painter_at(rect.expand(2.0));
        let mut stats = None;
        if ui.is_rect_visible(rect) {
            match self.stage.display(request).map(|d| (d.texture(), d.uv(index), d.stats(index))) {
                Some((Some(texture), uv, found)) => {
                    painter.image(texture, rect, uv, Color32::WHITE);
                    stats = found;
                }
                _ => {
                    painter.rect_filled(rect, 0.0, ui.visuals().extreme_bg_color);
                }
            }
        }
        if let Some((rows, columns)) = style.labels {
            paint_labels(ui, rect, cell, rows, columns);
        }
        if cell.min_elem() >= theme::NUMBER_CELL && style.look != Look::Rgb {
            self.numbers(ui, rect, cell, tensor, index, request, stats);
        }
        let hovered = response.hover_pos().filter(|p| rect.contains(*p)).map(|p| {
            let at = |from: f32, size: f32, n: usize| {
                (((p - rect.min).dot(axis(from)) / size) as usize).min(n - 1)
            };
            [at(1.0, cell.y, h), at(0.0, cell.x, w)]
        });
        let planes = if style.look == Look::Rgb { 3 } else { 1 };
        let flat = |[row, column]: [usize; 2]| (index * planes * h + row) * w + column;
        if let Some(at) = hovered {
            let element = Element { buf: tensor.buf, index: flat(at) };
            let spot = Spot { element, place: [index, at[0], at[1]] };
            self.stage.inspection.hover(spot);
            if response.clicked() {
                self.stage.inspection.toggle_pin(spot);
            }
        }
        self.outlines(&painter, rect, cell, tensor, index, request);
        let dragged = self.drag(ui, response, rect, cell);
        MapResponse { response: response.clone(), rect, cell, hovered, dragged }
    }

    /// The cell where a drag began, and the change that this frame's movement asks for.
    fn drag(&self, ui: &Ui, response: &Response, rect: Rect, cell: Vec2) -> Option<([usize; 2], f32)> {
        /// Points of movement for a change of 0.1.
        const POINTS: f32 = 3.0;
        let start = ui.input(|i| i.pointer.press_origin()).filter(|_| response.dragged())?;
        let at = (start - rect.min) / cell;
        if at.min_elem() < 0.0 {
            return None;
        }
        // Small movements add up across frames, so whole steps are taken from the way so far.
        let way = |p: Pos2| ((start.y - p.y) / POINTS).round();
        let now = ui.input(|i| i.pointer.latest_pos())?;
        let before = now - ui.input(|i| i.pointer.delta());
        let steps = way(now) - way(before);
        (steps != 0.0).then_some(([at.y as usize, at.x as usize], steps * 0.1))
    }

    /// The numbers in the cells, once they have arrived.
    #[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
    fn numbers(
        &mut self,
        ui: &Ui,
        rect: Rect,
        cell: Vec2,
        tensor: &Tensor,
        index: usize,
        request: &Request,
        stats: Option<Stats>,
    ) {
        let [_, h, w] = request.maps;
        let Some(values) = self.stage.values(tensor.buf) else { return };
        let range = match request.range {
            Range::Fixed(lo, hi) => (lo, hi),
            _ => stats.map_or((0.0, 0.0), |s| (s.lo, s.hi)),
        };
        let size = (cell.x / 2.2).min(cell.y / 1.6).clamp(8.0, 13.0);
        // Small cells have room for one decimal.
        let decimals = if cell.x < 30.0 { 1 } else { 2 };
        for row in 0..h {
            for column in 0..w {
                let Some(&value) = values.get((index * h + row) * w + column) else { return };
                let centre = rect.min + vec2((column as f32 + 0.5) * cell.x, (row as f32 + 0.5) * cell.y);
                let ink = theme::ink_on(request.look.color(value, range));
                let font = FontId::proportional(size);
                ui.painter().text(centre, Align2::CENTER_CENTER, cell_number(value, decimals), font, ink);
            }
        }
    }

    /// The inspected element and what was read for it.
    fn outlines(
        &self,
        painter: &egui::Painter,
        rect: Rect,
        cell: Vec2,
        tensor: &Tensor,
        index: usize,
        request: &Request,
    ) {
        /// More cells than this are outlined as one block.
        const MAX_CELLS: usize = 150;
        let [_, h, w] = request.maps;
        let planes = if request.look == Look::Rgb { 3 } else { 1 };
        let place = |element: Element| {
            let map = element.index / (h * w).max(1);
            let here = element.buf == tensor.buf && map / planes == index;
            here.then(|| [element.index / w.max(1) % h.max(1), element.index % w.max(1)])
        };
        let block = |[row, column]: [usize; 2], [rows, columns]: [usize; 2]| {
            let min = rect.min + vec2(column as f32 * cell.x, row as f32 * cell.y);
            Rect::from_min_size(min, vec2(columns as f32 * cell.x, rows as f32 * cell.y))
        };
        let outline = |r: Rect, width: f32| {
            let r = r.expand(0.5);
            painter.rect_stroke(
                r,
                0.0,
                Stroke::new(width + 1.5, Color32::from_black_alpha(150)),
                StrokeKind::Middle,
            );
            painter.rect_stroke(r, 0.0, Stroke::new(width, theme::ACCENT), StrokeKind::Middle);
        };
        let inspection = &self.stage.inspection;
        if let Some(finding) = &inspection.finding {
            let mut cells: Vec<_> = finding.reads.iter().copied().filter_map(place).collect();
            cells.sort_unstable();
            cells.dedup();
            if let (Some(first), Some(last)) = (cells.first(), cells.last()) {
                let left = cells.iter().map(|c| c[1]).min().unwrap_or(0);
                let right = cells.iter().map(|c| c[1]).max().unwrap_or(0);
                let [rows, columns] = [last[0] + 1 - first[0], right + 1 - left];
                let sparse = rows * columns > cells.len();
                if sparse && cells.len() <= MAX_CELLS && cell.min_elem() >= 3.0 {
                    for &at in &cells {
                        outline(block(at, [1, 1]), 1.0);
                    }
                } else {
                    outline(block([first[0], left], [rows, columns]), 1.5);
                }
            }
        }
        if let Some(at) = inspection.element().and_then(place) {
            let spot = block(at, [1, 1]);
            // A cell of less than a few points would vanish under its own outline.
            let side = spot.size().max(Vec2::splat(5.0));
            outline(Rect::from_center_size(spot.center(), side), 2.0);
        }
    }

    fn bar(&mut self, ui: &mut Ui, request: &Request, index: usize, width: f32) {
        let stats = self.stage.display(request).and_then(|d| d.stats(index));
        let range = match (request.range, stats) {
            (Range::Fixed(lo, hi), _) => Some((lo, hi)),
            (_, Some(s)) => Some((s.lo, s.hi)),
            _ => None,
        };
        let (rect, response) = ui.allocate_exact_size(vec2(width, theme::BAR_HEIGHT), Sense::hover());
        let mut mesh = egui::Mesh::default();
        let lut = request.look.lut();
        for (i, &packed) in lut.iter().step_by(15).enumerate() {
            let [r, g, b, _] = packed.to_le_bytes();
            let x = rect.left() + rect.width() * i as f32 / 17.0;
            let at = mesh.vertices.len() as u32;
            mesh.colored_vertex(pos2(x, rect.top()), Color32::from_rgb(r, g, b));
            mesh.colored_vertex(pos2(x, rect.bottom()), Color32::from_rgb(r, g, b));
            if at > 0 {
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        ui.painter().add(mesh);
        let (ends, _) = ui.allocate_exact_size(vec2(width, 13.0), Sense::hover());
        let Some(range) = range else { return };
        let (lo, hi) = request.look.span(range);
        let font = FontId::proportional(11.0);
        let ink = theme::faint(ui.visuals());
        let painter = ui.painter();
        painter.text(ends.left_center(), Align2::LEFT_CENTER, number(lo.into()), font.clone(), ink);
        painter.text(ends.right_center(), Align2::RIGHT_CENTER, number(hi.into()), font.clone(), ink);
        if lo < 0.0 && hi > 0.0 && width > 110.0 {
            let x = rect.left() + rect.width() * (-lo / (hi - lo));
            painter.text(pos2(x, ends.center().y), Align2::CENTER_CENTER, "0", font, ink);
        }
        if let Some(stats) = stats {
            let bad = if stats.non_finite > 0.0 {
                format!("; {} values are NaN or infinite", stats.non_finite)
            } else {
                String::new()
            };
            let text = format!(
                "least {}, greatest {}, mean {}{bad}",
                number(stats.lo.into()),
                number(stats.hi.into()),
                number(stats.mean.into()),
            );
            response.on_hover_text(text);
        }
    }

    /// Diagonal strokes over cells that nothing reads.
    pub fn hatch(ui: &Ui, rect: Rect) {
        let painter = ui.painter_at(rect);
        let stroke = Stroke::new(1.0, theme::hatch(ui.visuals()));
        let step = 6.0;
        let mut x = rect.left() - rect.height();
        while x < rect.right() {
            painter.line_segment([pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())], stroke);
            x += step;
        }
    }
}

/// Unit vector along x (0) or y (1).
fn axis(which: f32) -> Vec2 {
    vec2(1.0 - which, which)
}

/// Points per cell: whole numbers when magnifying, so that all cells are of one size.
fn scale_to_fit(size: Vec2, w: usize, h: usize) -> f32 {
    let scale = (size.x / w.max(1) as f32).min(size.y / h.max(1) as f32);
    if scale > 2.0 { scale.floor() } else { scale.max(0.02) }
}

/// A number short enough for a cell.
fn cell_number(value: f32, decimals: usize) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || magnitude >= 1e5 {
        return number(value.into());
    }
    let decimals = match magnitude {
        _ if magnitude == magnitude.trunc() || magnitude >= 100.0 => 0,
        _ if magnitude >= 10.0 => decimals - 1,
        _ => decimals,
    };
    let text = format!("{magnitude:.decimals$}");
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !zero { format!("−{text}") } else { text }
}

/// Space left of and above a map for its labels.
fn gutter(ui: &Ui, rows: &[String], columns: &[String], scale: f32) -> Vec2 {
    let widest = |labels: &[String]| {
        let font = FontId::proportional(11.0);
        let width =
            |text: &String| ui.painter().layout_no_wrap(text.clone(), font.clone(), Color32::WHITE).size().x;
        labels.iter().map(width).fold(0.0, f32::max).min(96.0)
    };
    if scale < 9.0 {
        return Vec2::ZERO;
    }
    vec2(
        if rows.is_empty() { 0.0 } else { widest(rows) + 6.0 },
        if columns.is_empty() { 0.0 } else { widest(columns) + 6.0 },
    )
}

fn paint_labels(ui: &Ui, rect: Rect, cell: Vec2, rows: &[String], columns: &[String]) {
    if cell.min_elem() < 9.0 {
        return;
    }
    let font = FontId::proportional(11.0);
    let ink = theme::faint(ui.visuals());
    for (i, text) in rows.iter().enumerate() {
        let at = rect.left_top() + vec2(-4.0, (i as f32 + 0.5) * cell.y);
        ui.painter().text(at, Align2::RIGHT_CENTER, text, font.clone(), ink);
    }
    for (i, text) in columns.iter().enumerate() {
        let galley = ui.painter().layout_no_wrap(text.clone(), font.clone(), ink);
        let height = galley.size().y;
        let at: Pos2 = rect.left_top() + vec2((i as f32 + 0.5) * cell.x - height / 2.0, -4.0);
        let shape = egui::epaint::TextShape::new(at, galley, ink).with_angle(-std::f32::consts::FRAC_PI_2);
        ui.painter().add(shape);
    }
}
