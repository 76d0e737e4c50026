//! What a page's body consists of, and where it was put.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Heights and spaces in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// Height of the line above a panel: its name.
    pub name: f32,
    /// Height of the line below a panel: its caption.
    pub caption: f32,
    /// Room right of a panel for its colour bar and the bar's numbers.
    pub bar: f32,
    /// Space between a panel and its bar.
    pub bar_space: f32,
    /// Space between panels.
    pub gap: f32,
    /// Space between the panels of a comparison.
    pub thumb_gap: f32,
    /// Space between rows.
    pub row: f32,
    /// Height of a row of measured figures.
    pub measured: f32,
    /// Least width of a measured figure.
    pub measured_width: f32,
    /// Width under which all becomes one column.
    pub fold: f32,
    /// Share of the height that a comparison below the hero gets before the hero has what it can use.
    pub compare: f32,
    /// Whether a comparison may stand at the right of the hero: not where its pictures are too many for that.
    pub beside: bool,
    /// Least height of a picture; a page that would need lower ones scrolls.
    pub lowest: f32,
    /// Most space that is put between panels where width is left.
    pub widest_gap: f32,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            name: 24.0,
            caption: 22.0,
            bar: 58.0,
            bar_space: 12.0,
            gap: 12.0,
            thumb_gap: 11.0,
            row: 16.0,
            measured: 58.0,
            measured_width: 132.0,
            fold: 700.0,
            compare: 0.29,
            beside: true,
            lowest: 72.0,
            widest_gap: 160.0,
        }
    }
}

/// A panel of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// Width by height of the picture; `None`: as wide as there is room.
    pub aspect: Option<f32>,
    /// Least width in points of a free panel.
    pub least: f32,
    /// Height by width of a free panel in one column.
    pub folded: f32,
    /// Of a picture: its scale beside its neighbours, 1 for alike. Of a free panel: its share of the
    /// width that is left; at 0 it stays near its least width.
    pub weight: f32,
    /// Whether a vertical colour bar stands at its right.
    pub bar: bool,
    /// Whether its name stands above it.
    pub name: bool,
    /// Whether a caption stands below it.
    pub caption: bool,
}

impl Panel {
    /// A picture of width by height `aspect`, with its name.
    pub fn picture(aspect: f32) -> Self {
        let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
        Self {
            aspect: Some(aspect),
            least: 0.0,
            folded: 1.0,
            weight: 1.0,
            bar: false,
            name: true,
            caption: false,
        }
    }

    /// A panel that is at least `least` points wide and takes a share `weight` of what is left.
    pub fn free(least: f32, weight: f32) -> Self {
        Self { aspect: None, least, folded: 0.5, weight, bar: false, name: true, caption: false }
    }

    /// With a vertical colour bar.
    pub fn bar(self) -> Self {
        Self { bar: true, ..self }
    }

    /// With a caption below.
    pub fn caption(self) -> Self {
        Self { caption: true, ..self }
    }

    /// A free panel that is `shape` times as high as wide in one column.
    pub fn folded(self, shape: f32) -> Self {
        Self { folded: shape, ..self }
    }

    /// Without a name above.
    pub fn unnamed(self) -> Self {
        Self { name: false, ..self }
    }
}

/// A row of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// The figures that the page is about, side by side, as large as width or height allow.
    Hero(Vec<Panel>),
    /// Equal small pictures of one aspect below one title, each with a caption.
    Compare {
        /// How many.
        count: usize,
        /// Width by height.
        aspect: f32,
    },
    /// So many measured figures, below a hairline.
    Measured(usize),
    /// A row of a fixed height.
    Fixed(f32),
    /// A row that takes the height that is left, at least so much.
    Fill(f32),
}

/// Where a panel and what belongs to it stand. What it has not is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The picture.
    pub rect: Rect,
    /// Its name, above.
    pub name: Rect,
    /// Its caption, below.
    pub caption: Rect,
    /// Its colour bar with the numbers, at its right.
    pub bar: Rect,
}

impl Cell {
    /// A cell with nothing but its rectangle.
    pub fn bare(rect: Rect) -> Self {
        let none = Rect::from_min_size(rect.min, Vec2::ZERO);
        Self { rect, name: none, caption: none, bar: none }
    }

    /// All that belongs to the panel.
    pub fn whole(&self) -> Rect {
        [self.name, self.caption, self.bar].into_iter().filter(Rect::is_positive).fold(self.rect, Rect::union)
    }
}

/// Where everything stands, relative to the left top corner of the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// A cell for each panel of each row, in the order given.
    pub rows: Vec<Vec<Cell>>,
    /// The title of each row that has one (a comparison), else empty.
    pub titles: Vec<Rect>,
    /// Height of all; more than the room where the page scrolls.
    pub height: f32,
    /// Whether all stands in one column.
    pub folded: bool,
    /// Whether the comparison stands at the right of the hero.
    pub beside: bool,
}

impl Placement {
    /// The first cells of a row.
    ///
    /// # Panics
    /// If the row has fewer.
    pub fn cells<const N: usize>(&self, row: usize) -> [&Cell; N] {
        std::array::from_fn(|i| &self.rows[row][i])
    }

    /// The same with `by` added to every place.
    pub fn at(mut self, origin: Pos2) -> Self {
        let by = origin.to_vec2();
        for cell in self.rows.iter_mut().flatten() {
            for rect in [&mut cell.rect, &mut cell.name, &mut cell.caption, &mut cell.bar] {
                *rect = rect.translate(by);
            }
        }
        for title in &mut self.titles {
            *title = title.translate(by);
        }
        self
    }

    /// Area of the pictures of the hero, which tells the better of two placements.
    pub(super) fn hero(&self, rows: &[Row]) -> f32 {
        let heroes = rows.iter().zip(&self.rows).filter(|(row, _)| matches!(row, Row::Hero(_)));
        heroes.flat_map(|(_, cells)| cells).map(|cell| cell.rect.area()).sum()
    }
}

/// The left edge of cell `i` of `count` in `from..to`, on a whole point.
pub fn edge(from: f32, to: f32, count: usize, i: usize) -> f32 {
    (from + (to - from) * i as f32 / count.max(1) as f32).round()
}

/// A rectangle with edges on whole points, inside the one that is given.
pub(super) fn snapped(left: f32, top: f32, width: f32, height: f32) -> Rect {
    let min = pos2(left.ceil(), top.ceil());
    let size = vec2((left + width).floor() - min.x, (top + height).floor() - min.y);
    Rect::from_min_size(min, size.max(Vec2::ZERO))
}

/// A cell around the picture `rect`, with what `panel` asks for.
pub(super) fn around(rect: Rect, panel: &Panel, m: &Metrics) -> Cell {
    let mut cell = Cell::bare(rect);
    if panel.name {
        let width = rect.width() + if panel.bar { m.bar } else { 0.0 };
        cell.name = snapped(rect.left(), rect.top() - m.name, width, m.name);
    }
    if panel.caption {
        cell.caption = snapped(rect.left(), rect.bottom(), rect.width(), m.caption);
    }
    if panel.bar {
        cell.bar = snapped(rect.right() + m.bar_space, rect.top(), m.bar - m.bar_space, rect.height());
    }
    cell
}

/// A picture of a comparison, its caption below.
pub(super) fn thumb(left: f32, top: f32, width: f32, height: f32, m: &Metrics) -> Cell {
    let mut cell = Cell::bare(snapped(left, top, width, height));
    cell.caption = snapped(left, cell.rect.bottom(), cell.rect.width(), m.caption);
    cell
}

/// Measured figures side by side, as many in a line as have room.
pub(super) fn measured(count: usize, left: f32, top: f32, width: f32, m: &Metrics) -> (Vec<Cell>, f32) {
    let space = 2.0 * m.gap;
    let most = (((width + space) / (m.measured_width + space)) as usize).clamp(1, count.max(1));
    let lines = count.div_ceil(most).max(1);
    let columns = count.div_ceil(lines).max(1);
    let each = (width - space * (columns - 1) as f32) / columns as f32;
    let cells = (0..count)
        .map(|i| {
            let at =
                pos2(left + (i % columns) as f32 * (each + space), top + (i / columns) as f32 * m.measured);
            Cell::bare(snapped(at.x, at.y, each, m.measured))
        })
        .collect();
    (cells, lines as f32 * m.measured)
}
