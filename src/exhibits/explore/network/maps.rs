//! The maps of a layer: all of them in a grid, one enlarged.

use egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::spread::{Spread, spread};
use crate::choices;
use crate::gpu::Tensor;
use crate::models::network::{Edits, LayerId, TracedLayer};
use crate::ops::arithmetic::number;
use crate::settings::Choice;
use crate::viz::figures::strokes;
use crate::viz::{Look, MapStyle, View, offer, theme};

choices! {
    /// How the grid is sorted.
    pub enum Order {
        /// By their numbers.
        Number = "number",
        /// By their means.
        Mean = "mean",
        /// By their greatest values.
        Greatest = "greatest",
    }
}

/// Points of a side of a map in the grid.
const SMALL: f32 = 46.0;
/// Space between maps in the grid, and the height of a number above one.
const SPACE: f32 = 5.0;
const CAPTION: f32 = 18.0;
/// What stands above and below the enlarged map: title, colour bar, switch.
const FEET: f32 = 88.0;
/// Width from which the spread has room beside the enlarged map; else it stands below.
const BESIDE: f32 = 330.0;
/// Longest side of a map that is drawn, in numbers: what a texture holds.
const MAX_SIDE: usize = crate::ops::view::MAX_SIDE;

/// A layer's output as maps.
pub struct Maps {
    /// `[MAPS, H, W]`.
    pub tensor: Tensor,
    /// Signed numbers have another scale of colours.
    pub look: Look,
    /// Whether map `i` is channel `i`, with rows and columns of the picture.
    pub spatial: bool,
    /// Whether the rows are those of a block that one row of numbers was folded into.
    pub folded: bool,
}

impl Maps {
    /// The last two axes are rows and columns. A row of numbers is folded into a block that is about
    /// square. `None` where a side is beyond what can be drawn.
    pub fn of(layers: &[TracedLayer], id: LayerId) -> Option<Self> {
        let output = layers[id].output.as_ref()?;
        let long: Vec<usize> = output.shape.iter().copied().filter(|&n| n != 1).collect();
        let (shape, spatial, folded) = match (layers[id].maps(), &long[..]) {
            (Some([c, h, w]), _) if h * w > 1 => ([c, h, w], true, false),
            (_, &[.., h, w]) => ([output.len() / (h * w), h, w], false, false),
            _ => {
                let n = output.len();
                let rows = (1..=n).take_while(|r| r * r <= n).filter(|r| n.is_multiple_of(*r)).last()?;
                ([1, rows, n / rows], false, true)
            }
        };
        let look = if layers[id].never_negative { Look::Sequential } else { Look::Diverging };
        let drawable = shape[1] <= MAX_SIDE && shape[2] <= MAX_SIDE;
        drawable.then(|| Self { tensor: output.view(&shape), look, spatial, folded })
    }

    /// Number of maps.
    pub fn count(&self) -> usize {
        self.tensor.shape[0]
    }
}

/// What the page is asked for by a click.
pub enum Wish {
    /// Enlarge a map.
    Enlarge(usize),
    /// Mute a channel, or let it speak again.
    Mute(usize),
}

/// What is looked at.
pub struct Looks<'e> {
    /// The enlarged map.
    pub map: usize,
    /// How the grid is sorted.
    pub order: Order,
    /// Changes to the network.
    pub edits: &'e Edits,
    /// Tokens of the sentence that the network reads.
    pub tokens: &'e [String],
}

impl Looks<'_> {
    fn is_muted(&self, layer: &TracedLayer, channel: usize) -> bool {
        self.edits.get(&layer.value).is_some_and(|edit| edit.muted.contains(&channel))
    }
}

/// Draws grid, enlarged map and spread.
pub fn maps(
    ui: &mut Ui,
    view: &mut View<'_>,
    layer: &TracedLayer,
    maps: &Maps,
    looks: &Looks<'_>,
) -> Option<Wish> {
    let numbers = Spread::of(view, &maps.tensor);
    let mut wish = None;
    if maps.count() > 1 {
        // Whole rows: a cut one looks like a fault of the drawing.
        let pitch = SMALL + CAPTION + SPACE;
        let height = (ui.available_height() * 0.38 / pitch).round().max(2.0) * pitch - SPACE;
        wish = grid(ui, view, layer, maps, looks, numbers.as_ref(), height);
        ui.add_space(4.0);
    }
    let beside = ui.available_width() >= BESIDE;
    let layout = if beside { Layout::left_to_right(Align::TOP) } else { Layout::top_down(Align::LEFT) };
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        let share = if beside { 0.6 } else { 1.0 };
        let side = (ui.available_height() - FEET).min(ui.available_width() * share).max(120.0);
        ui.vertical(|ui| {
            let [h, w] = [maps.tensor.shape[1], maps.tensor.shape[2]];
            let title = match (maps.count(), maps.spatial) {
                (1, false) if maps.folded => format!("{} numbers", h * w),
                (1, false) => format!("{h} rows of {w} numbers"),
                _ => format!("Map {} of {}", looks.map + 1, maps.count()),
            };
            let mut style = MapStyle::new(&title, maps.look, side);
            // In networks on text a row is a token's, and of attention a column too.
            let tokens = |n: usize| if n == looks.tokens.len() { looks.tokens } else { &[] };
            if !maps.folded {
                style = style.labels(tokens(h), if layer.shape.len() == 4 { tokens(w) } else { &[] });
            }
            // A long strip would be drawn a point high.
            let flat = w > 12 * h;
            let style = if flat { style.size(vec2(side, 60.0)).stretched() } else { style };
            view.map(ui, &maps.tensor, looks.map, style);
            if let Some(channel) = channel(view, layer, maps, looks.map) {
                let mut muted = looks.is_muted(layer, channel);
                let what = if maps.spatial { "map" } else { "unit" };
                if ui.checkbox(&mut muted, format!("Mute {what} {}", channel + 1)).changed() {
                    wish = Some(Wish::Mute(channel));
                }
            }
        });
        ui.vertical(|ui| spread(ui, numbers.as_ref()));
    });
    wish
}

/// The channel that can be muted: the enlarged map, or the pinned number of a row of them.
fn channel(view: &View<'_>, layer: &TracedLayer, maps: &Maps, map: usize) -> Option<usize> {
    layer.mask().filter(|_| layer.operator != "Input")?;
    if maps.spatial {
        return Some(map);
    }
    let pinned = view.stage.inspection.pinned?.element;
    (pinned.buf == maps.tensor.buf).then_some(pinned.index)
}

/// All maps, in rows that are drawn as far as they are in view.
fn grid(
    ui: &mut Ui,
    view: &mut View<'_>,
    layer: &TracedLayer,
    maps: &Maps,
    looks: &Looks<'_>,
    numbers: Option<&Spread>,
    height: f32,
) -> Option<Wish> {
    let mut order: Vec<usize> = (0..maps.count()).collect();
    if let Some(numbers) = numbers.filter(|_| looks.order != Order::Number) {
        let key = |&map: &usize| {
            let [mean, greatest] = numbers.mean_and_greatest(map).unwrap_or([f32::NEG_INFINITY; 2]);
            if looks.order == Order::Mean { mean } else { greatest }
        };
        order.sort_by(|a, b| key(b).total_cmp(&key(a)));
    }
    let columns = (((ui.available_width() - 8.0) / (SMALL + SPACE)) as usize).max(1);
    let mut wish = None;
    ui.spacing_mut().item_spacing = vec2(SPACE, SPACE);
    let area = ScrollArea::vertical().id_salt("maps").max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, SMALL + CAPTION, order.len().div_ceil(columns), |ui, rows| {
        for row in rows {
            ui.horizontal_top(|ui| {
                ui.set_height(SMALL + CAPTION);
                for &map in order.iter().skip(row * columns).take(columns) {
                    let title = (map + 1).to_string();
                    let style = MapStyle::new(&title, maps.look, SMALL).without_bar().to_choose();
                    let drawn = view.map(ui, &maps.tensor, map, style);
                    if map == looks.map {
                        let stroke = egui::Stroke::new(2.0, theme::ACCENT);
                        ui.painter().rect_stroke(drawn.rect, 0.0, stroke, egui::StrokeKind::Outside);
                    }
                    if looks.is_muted(layer, map) {
                        strokes::hatch(ui.painter(), drawn.rect, theme::faint(ui.visuals()));
                    }
                    if drawn.response.clicked() {
                        wish = Some(Wish::Enlarge(map));
                    }
                    let may = maps.spatial && layer.operator != "Input";
                    if drawn.response.secondary_clicked() && may {
                        offer::take_click(ui);
                        wish = Some(Wish::Mute(map));
                    }
                    if let Some(numbers) = numbers {
                        let told = numbers.mean_and_greatest(map).map_or_else(
                            || "no finite number".to_owned(),
                            |[mean, greatest]| {
                                format!("mean {}, greatest {}", number(mean.into()), number(greatest.into()))
                            },
                        );
                        let hint = if may { ". Click to enlarge, right-click to mute" } else { "" };
                        let text = format!("Map {}: {told}{hint}", map + 1);
                        drawn.response.on_hover_text(text);
                    }
                }
            });
        }
    });
    let faint = theme::faint(ui.visuals());
    let (sorted, by) = match looks.order {
        Order::Number => ("", ""),
        order => (", sorted by ", order.name()),
    };
    ui.label(RichText::new(format!("{} maps{sorted}{by}", maps.count())).small().color(faint));
    wish
}
