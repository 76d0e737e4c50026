//! Where the nodes of the small network's graph stand.

use egui::{Rect, Vec2, pos2, vec2};

use super::layered::{INPUTS, Place};

/// Widths of a node that are tried, with the product of each weight as a node of its own and without.
const WIDTHS: [(bool, f32); 9] = [
    (true, 64.0),
    (true, 56.0),
    (true, 48.0),
    (true, 43.0),
    (false, 60.0),
    (false, 52.0),
    (false, 46.0),
    (false, 42.0),
    (false, 38.0),
];
/// Space between columns in which the local derivatives have room.
const GAP: f32 = 34.0;
const ROOMY: f32 = 30.0;
/// Space between a weight and its product, between a sum and its activation.
const BESIDE: f32 = 22.0;
const THROUGH: f32 = 30.0;
/// Space between a unit and its bias.
pub const BELOW: f32 = 6.0;
/// Heights of a node.
const HEIGHTS: std::ops::RangeInclusive<f32> = 44.0..=66.0;

/// Where everything stands.
pub struct Places {
    room: Rect,
    /// Size of a node.
    pub node: Vec2,
    gap: f32,
    /// Whether products have nodes of their own.
    pub whole: bool,
    /// Layers with parameters.
    pub layers: usize,
}

impl Places {
    /// For so many layers with parameters in `room`.
    pub fn new(room: Rect, layers: usize) -> Self {
        let fit = |(whole, wide): (bool, f32)| {
            let own = Self { room, node: vec2(wide, 0.0), gap: 0.0, whole, layers };
            let used = 2.0 * wide + layers as f32 * (own.chip() + own.unit());
            Self { gap: (room.width() - used) / (2 * layers + 1) as f32, ..own }
        };
        let tried = WIDTHS.into_iter().map(fit).find(|own| own.gap >= GAP);
        let mut own = tried.unwrap_or_else(|| fit(WIDTHS[WIDTHS.len() - 1]));
        own.gap = own.gap.max(2.0);
        own.node.y = (room.height() / 4.0 - BELOW).clamp(*HEIGHTS.start(), *HEIGHTS.end()).floor();
        own
    }

    fn chip(&self) -> f32 {
        if self.whole { 2.0 * self.node.x + BESIDE } else { self.node.x }
    }

    fn unit(&self) -> f32 {
        2.0 * self.node.x + THROUGH
    }

    /// A node by its left side, and its middle as a share of the height.
    fn at(&self, left: f32, share: f32, lift: f32) -> Rect {
        let middle = self.room.top() + share * self.room.height() + lift;
        let corner = pos2(left, middle - self.node.y / 2.0).round();
        Rect::from_min_size(corner, self.node)
    }

    fn layer(&self, layer: usize) -> f32 {
        let each = self.chip() + self.unit() + 2.0 * self.gap;
        self.room.left() + self.node.x + self.gap + layer as f32 * each
    }

    /// An input.
    pub fn input(&self, input: usize) -> Rect {
        self.at(self.room.left(), (input as f32 + 0.5) / INPUTS as f32, 0.0)
    }

    /// A weight, in a layer of so many inputs and units.
    pub fn weight(&self, [inputs, units]: [usize; 2], place: Place) -> Rect {
        let at = place.unit * inputs + place.input.unwrap_or(0);
        self.at(self.layer(place.layer), (at as f32 + 0.5) / (inputs * units) as f32, 0.0)
    }

    /// Its product; the weight itself where products have no nodes.
    pub fn product(&self, sizes: [usize; 2], place: Place) -> Rect {
        let beside = if self.whole { self.node.x + BESIDE } else { 0.0 };
        self.weight(sizes, place).translate(vec2(beside, 0.0))
    }

    /// The sum of a unit, of so many in its layer.
    pub fn sum(&self, units: usize, (layer, unit): (usize, usize)) -> Rect {
        let lift = -(self.node.y + BELOW) / 2.0;
        let left = self.layer(layer) + self.chip() + self.gap;
        self.at(left, (unit as f32 + 0.5) / units as f32, lift)
    }

    /// What its activation puts out.
    pub fn output(&self, units: usize, at: (usize, usize)) -> Rect {
        self.sum(units, at).translate(vec2(self.node.x + THROUGH, 0.0))
    }

    /// Its bias.
    pub fn bias(&self, units: usize, at: (usize, usize)) -> Rect {
        self.sum(units, at).translate(vec2(0.0, self.node.y + BELOW))
    }

    /// The loss.
    pub fn loss(&self) -> Rect {
        let beside = self.sum(1, (self.layers - 1, 0));
        Rect::from_min_size(pos2(self.room.right() - self.node.x, beside.top()), self.node)
    }

    /// Whether local derivatives have room between the columns.
    pub fn is_roomy(&self) -> bool {
        self.gap >= ROOMY
    }
}
