//! What an exhibit draws with: maps of tensors with colour bar, numbers, outlines and inspector.

use egui::{Color32, Pos2, Rect, Response, Sense, Ui, Vec2, vec2};

use super::labels::{gutter, paint_labels};
use std::rc::Rc;

use crate::gpu::Tensor;
use crate::nn::Player;
use crate::viz::colours::Colours;
use crate::viz::derived::Derive;
use crate::viz::display::{Range, Request, Stats};
use crate::viz::inspect::{Element, Spot};
use crate::viz::lens::Of;
use crate::viz::look::Look;
use crate::viz::stage::Stage;
use crate::viz::theme;

/// A rectangle of a map's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First row and column.
    pub start: [usize; 2],
    /// Rows and columns, at least 1 each.
    pub size: [usize; 2],
}

impl Part {
    /// Where a cell of the map lies within the part.
    pub(super) fn place(&self, [row, column]: [usize; 2]) -> Option<[usize; 2]> {
        let at = [row.checked_sub(self.start[0])?, column.checked_sub(self.start[1])?];
        (at[0] < self.size[0] && at[1] < self.size[1]).then_some(at)
    }
}

/// How a map is drawn.
#[derive(Clone, Debug)]
pub struct MapStyle<'s> {
    /// Above the picture, and what a screen reader says.
    pub title: &'s str,
    /// Behind the title in a second voice: its shape, or what it is.
    pub shape: &'s str,
    /// Below the picture, where there is a line for it.
    pub caption: &'s str,
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
    /// Draw these cells only; the colours stay those of the whole map.
    pub part: Option<Part>,
    /// Write the title above the picture; a screen reader says it in any case.
    pub titled: bool,
    /// A click chooses the map and pins no element.
    pub chooses: bool,
    /// The outermost hundredth at each end has no colour of its own.
    pub trimmed: bool,
    /// Write the numbers into cells that are large enough.
    pub numbers: bool,
}

impl<'s> MapStyle<'s> {
    /// A map with title and colour bar that fits into `side` x `side` points.
    pub fn new(title: &'s str, look: Look, side: f32) -> Self {
        Self {
            title,
            shape: "",
            caption: "",
            look,
            size: Vec2::splat(side),
            bar: look != Look::Rgb,
            labels: None,
            range: None,
            stretch: false,
            together: false,
            part: None,
            titled: true,
            chooses: false,
            trimmed: false,
            numbers: true,
        }
    }
    /// A map for a cell of the layout, with its name and its shape.
    pub fn panel(title: &'s str, shape: &'s str, look: Look) -> Self {
        Self { shape, ..Self::new(title, look, 0.0) }
    }
    /// With a line below.
    #[must_use]
    pub fn caption(mut self, caption: &'s str) -> Self {
        self.caption = caption;
        self
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
    /// These cells only; they have to lie within the map.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }
    /// With the title for screen readers only.
    #[must_use]
    pub fn untitled(mut self) -> Self {
        self.titled = false;
        self
    }
    /// One of several to choose from: a click pins no element.
    #[must_use]
    pub fn to_choose(mut self) -> Self {
        self.chooses = true;
        self
    }
    /// With the outermost hundredth of the numbers at each end left out of the colours.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        self.trimmed = true;
        self
    }
    /// Without numbers in its cells, because another map lies over it.
    #[must_use]
    pub fn unwritten(mut self) -> Self {
        self.numbers = false;
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
    /// The value under the pointer, once it has arrived.
    pub value: Option<f32>,
    /// The values at the ends of the colours, once they have arrived.
    pub range: Option<(f32, f32)>,
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
    /// What is on screen.
    pub stage: &'a mut Stage,
    /// The page's colour settings.
    pub colours: &'a Colours,
    /// Which session of the stage tensors belong to.
    pub of: Of,
}

impl<'a> View<'a> {
    /// Draws tensors of the recorded plan.
    pub fn new(stage: &'a mut Stage, colours: &'a Colours) -> Self {
        Self { stage, colours, of: Of::Plan }
    }

    /// Draws tensors of another session of the stage.
    pub fn of(&mut self, of: Of) -> View<'_> {
        View { stage: self.stage, colours: self.colours, of }
    }

    /// The networks in training.
    pub fn player(&self) -> Option<&Player> {
        self.stage.player()
    }

    /// A tensor's values; `None` until they are there. Between a change and their arrival the last are
    /// given.
    pub fn values(&mut self, tensor: &Tensor) -> Option<Rc<Vec<f32>>> {
        self.stage.values(self.of, tensor.buf)
    }

    /// Whether a tensor has been computed: a plan that takes longer than a frame is drawn while it runs.
    pub fn is_there(&self, tensor: &Tensor) -> bool {
        self.stage.has(self.of, tensor.buf)
    }

    /// A tensor's values as they are now, or `None` while they are on their way.
    pub fn fresh_values(&mut self, tensor: &Tensor) -> Option<Rc<Vec<f32>>> {
        self.stage.fresh_values(self.of, tensor.buf)
    }

    /// The numbers that a small plan of its own computes of a tensor; `name` tells one kind from another.
    pub fn derived(&mut self, tensor: &Tensor, name: &'static str, derive: Derive) -> Option<Rc<Vec<f32>>> {
        self.stage.derived(self.of, tensor, name, derive)
    }

    /// The element of a tensor.
    pub(super) fn element(&self, tensor: &Tensor, index: usize) -> Element {
        Element { of: self.of, buf: tensor.buf, index }
    }

    /// Draws map `index` of a tensor (see `Request::of`); hovering inspects, a click pins.
    pub fn map(&mut self, ui: &mut Ui, tensor: &Tensor, index: usize, style: MapStyle<'_>) -> MapResponse {
        let request = self.request(tensor, index, &style);
        let [_, h, w] = request.maps;
        let part = style.part.unwrap_or(Part { start: [0, 0], size: [h, w] });
        let [h, w] = part.size;
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let scale = scale_to_fit(style.size, w, h);
            let picture = if style.stretch { style.size } else { vec2(w as f32, h as f32) * scale };
            let gutter = style.labels.map_or(Vec2::ZERO, |(rows, columns)| gutter(ui, rows, columns, scale));
            let width = (picture.x + gutter.x).max(84.0);
            ui.set_max_width(width);
            if style.titled && !style.title.is_empty() {
                let title = egui::RichText::new(style.title).small().strong();
                ui.add(egui::Label::new(title).truncate())
                    .on_hover_text(format!("{} {:?}", style.title, tensor.shape));
            }
            let (area, mut response) = ui.allocate_exact_size(picture + gutter, Sense::click_and_drag());
            let rect = Rect::from_min_size(area.min + gutter, picture);
            let request = request.minified(h as f32 / (rect.height() * ui.pixels_per_point()));
            response.widget_info(|| {
                let label = spoken(style.title, tensor, index, [h, w]);
                egui::WidgetInfo::labeled(egui::Role::Image, true, label)
            });
            let map = self.paint(ui, &mut response, rect, tensor, index, &request, &style, part);
            if style.bar {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.add_space(gutter.x);
                    ui.vertical(|ui| self.bar(ui, &request, index, picture.x.max(84.0)));
                });
            }
            let whole = ui.min_rect();
            self.offer(ui, style.title, whole, tensor, index, style.look, style.labels);
            map
        })
        .inner
    }

    /// What is drawn of a map in this style.
    pub(super) fn request(&self, tensor: &Tensor, index: usize, style: &MapStyle<'_>) -> Request {
        let compared = style.range.clone().or(style.together.then_some(Range::All));
        let range = self.colours.range(compared);
        let request = Request::of(tensor, style.look.on(self.stage.dark), range).around(index);
        Request { trims: request.trims || style.trimmed, ..request }
    }

    /// Lays map `index` of a tensor over what is drawn in `rect`, `opacity` 0 to 1. Its own least value
    /// and greatest value end the colours. Returns its statistics, once they are there.
    pub fn overlay(
        &mut self,
        ui: &Ui,
        rect: Rect,
        tensor: &Tensor,
        index: usize,
        look: Look,
        opacity: f32,
    ) -> Option<Stats> {
        if !ui.is_rect_visible(rect) {
            return None;
        }
        let request = Request::of(tensor, look.on(self.stage.dark), Range::Own).around(index);
        let (texture, uv, stats) = self.stage.picture(self.of, &request, index)?;
        if let Some(texture) = texture {
            let tint = Color32::WHITE.gamma_multiply(opacity);
            ui.painter_at(rect).image(texture, rect, uv, tint);
            let title = self.name_of(tensor);
            self.offer(ui, &title, rect, tensor, index, look, None);
        }
        stats
    }

    #[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
    pub(super) fn paint(
        &mut self,
        ui: &Ui,
        response: &mut Response,
        rect: Rect,
        tensor: &Tensor,
        index: usize,
        request: &Request,
        style: &MapStyle<'_>,
        part: Part,
    ) -> MapResponse {
        let [_, map_h, map_w] = request.maps;
        let [h, w] = part.size;
        let cell = vec2(rect.width() / w as f32, rect.height() / h as f32);
        let painter = ui.painter_at(rect.expand(2.0));
        let mut stats = None;
        if ui.is_rect_visible(rect) {
            match self.stage.picture(self.of, request, index) {
                Some((Some(texture), uv, found)) => {
                    let at = |row: usize, column: usize| {
                        let share = vec2(column as f32 / map_w as f32, row as f32 / map_h as f32);
                        uv.min + share * uv.size()
                    };
                    let [row, column] = part.start;
                    let uv = Rect::from_min_max(at(row, column), at(row + h, column + w));
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
        if style.numbers && cell.min_elem() >= theme::NUMBER_CELL && style.look != Look::Rgb {
            self.numbers(ui, rect, cell, tensor, index, request, stats, part);
        }
        let hovered = response.hover_pos().filter(|p| rect.contains(*p)).map(|p| {
            let at = |from: f32, size: f32, n: usize| {
                (((p - rect.min).dot(axis(from)) / size) as usize).min(n - 1)
            };
            [part.start[0] + at(1.0, cell.y, h), part.start[1] + at(0.0, cell.x, w)]
        });
        let planes = if style.look == Look::Rgb { 3 } else { 1 };
        let flat = |[row, column]: [usize; 2]| (index * planes * map_h + row) * map_w + column;
        if let Some(at) = hovered {
            let element = self.element(tensor, flat(at));
            let spot = Spot { element, place: [index, at[0], at[1]] };
            self.stage.inspection.hover(spot);
            if response.clicked() && !style.chooses {
                self.stage.inspection.toggle_pin(spot);
            }
        }
        self.outlines(&painter, rect, cell, tensor, index, request, part);
        let dragged = self.drag(ui, response, rect, cell);
        let spot = hovered.map(|at| self.element(tensor, flat(at)));
        let inspection = &self.stage.inspection;
        let known =
            inspection.explanation.as_ref().filter(|_| spot.is_some() && inspection.element() == spot);
        let value = known.and_then(|explanation| explanation.value);
        let range = match request.range {
            Range::Fixed(lo, hi) => Some((lo, hi)),
            _ => stats.map(|s| (s.lo, s.hi)),
        };
        MapResponse { response: response.clone(), rect, cell, hovered, value, range, dragged }
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

    /// Inspects an element that the exhibit itself has drawn, while the pointer is over it; a click pins
    /// it. `place`: its map, row and column, counted from 0.
    pub fn inspect(&mut self, response: &Response, tensor: &Tensor, index: usize, place: [usize; 3]) {
        if response.hovered() {
            let spot = Spot { element: self.element(tensor, index), place };
            self.stage.inspection.hover(spot);
            if response.clicked() {
                self.stage.inspection.toggle_pin(spot);
            }
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

/// What a screen reader says of a map; its number counts within its sample.
pub(super) fn spoken(title: &str, tensor: &Tensor, index: usize, [h, w]: [usize; 2]) -> String {
    let maps = match &tensor.shape[..] {
        [_, maps @ .., _, _] if !maps.is_empty() => maps.iter().product::<usize>().max(1),
        _ => index + 1,
    };
    format!("{title}: map {}, {h} by {w}", index % maps + 1)
}
