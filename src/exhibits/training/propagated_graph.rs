//! The small network drawn as a graph of its operations: in every node its value above and its gradient below, on the edges
//! the local derivatives, what has not been reached yet faint.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::layered::{INPUTS, Place};
use super::propagated::{Cut, Numbers, Propagated};
use super::propagated_places::{BELOW, Places};
use super::propagated_steps::{Step, Steps};
use crate::data::table::{Cell, Table};
use crate::gpu::Tensor;
use crate::viz::figures::strokes;
use crate::viz::{View, offer, theme, words};

/// Share of its ink that is left of what has not been reached.
const FAINT: f32 = 0.22;
/// Height of the name.
const NAME: f32 = 24.0;
/// How far above a weight the line passes that leads to its product, and how far below the product's corner it ends.
const PAST: f32 = 2.0;
const ENTRY: f32 = 8.0;

/// The graph, and how far it is.
pub struct Graph<'a> {
    /// What was recorded.
    pub of: &'a Propagated,
    /// Its numbers.
    pub numbers: &'a Numbers,
    /// Its steps.
    pub steps: &'a Steps,
    /// How many of them are done.
    pub done: usize,
    /// Number of the parameter that is worked out.
    pub chosen: usize,
}

/// What was done with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointed {
    /// This parameter is pointed at.
    pub hovered: Option<usize>,
    /// This one was clicked.
    pub clicked: Option<usize>,
}

/// What stands in a node.
struct Node {
    label: String,
    value: Option<f32>,
    gradient: Option<f32>,
    /// Whether it stops learning.
    stopped: bool,
    /// The colour of its frame, if it is chosen.
    chosen: Option<Color32>,
    current: bool,
}

/// A number that fits into a node.
pub fn brief(value: f32) -> String {
    words::cell(value.into()).replace(" × ", "·")
}

impl Graph<'_> {
    /// Draws it into `rect`.
    pub fn draw(&self, ui: &mut Ui, rect: Rect, view: &mut View<'_>) -> Pointed {
        let name = rect.with_max_y(rect.top() + NAME);
        let note = "value above, gradient below, local derivatives on the edges";
        words::panel_name(ui, name, "Values and gradients", note);
        let room = rect.with_min_y(name.bottom());
        offer::table(ui, "Values and gradients", room, || self.table());
        let whole = ui.interact(room, ui.scope_id().with("graph"), Sense::hover());
        let spoken = format!("Graph of the network after {} of {} steps", self.done, self.steps.count());
        whole.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
        let places = Places::new(room, self.of.sizes.layers());
        let pointed = self.point(ui, &places, view);
        let shown = Graph { chosen: pointed.hovered.unwrap_or(self.chosen), ..*self };
        shown.edges(ui, &places);
        shown.nodes(ui, &places);
        pointed
    }

    fn reached(&self, step: Step) -> bool {
        self.steps.reached(step, self.done)
    }

    fn is_last(&self, step: Step) -> bool {
        self.done < self.steps.count() && self.steps.last(self.done) == Some(step)
    }

    /// Which parameter is pointed at; what else is pointed at is explained.
    fn point(&self, ui: &mut Ui, places: &Places, view: &mut View<'_>) -> Pointed {
        let mut pointed = Pointed::default();
        let sizes = &self.of.sizes;
        for number in 0..sizes.parameters() {
            let place = sizes.place(number);
            let of = sizes.of(place.layer);
            let (rect, tensor, index) = match place.input {
                Some(input) => {
                    let own = places.weight(of, place);
                    (own, &self.of.forward[place.layer].products, place.unit * of[0] + input)
                }
                None => (
                    places.bias(of[1], (place.layer, place.unit)),
                    &self.of.forward[place.layer].z,
                    place.unit,
                ),
            };
            let response = ui.interact(rect, ui.scope_id().with(("parameter", number)), Sense::click());
            let spoken = format!(
                "{} is {}, its gradient {}",
                sizes.name(number),
                words::short(self.of.asked.parameters[number].into()),
                words::short(self.numbers.gradients[number].into())
            );
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.chosen == number, &spoken));
            if response.hovered() {
                pointed.hovered = Some(number);
                view.point(tensor, index);
            }
            if response.clicked() {
                pointed.clicked = Some(number);
            }
        }
        let mut explain = |rect: Rect, tensor: &Tensor, index: usize| {
            if ui.rect_contains_pointer(rect) {
                view.point(tensor, index);
            }
        };
        for (layer, of) in self.of.forward.iter().enumerate() {
            let [inputs, units] = sizes.of(layer);
            for at in 0..inputs * units {
                let place = Place { layer, unit: at / inputs, input: Some(at % inputs) };
                if places.whole {
                    explain(places.product([inputs, units], place), &of.products, at);
                }
            }
            for unit in 0..units {
                explain(places.sum(units, (layer, unit)), &of.z, unit);
                explain(places.output(units, (layer, unit)), &of.a, unit);
            }
        }
        explain(places.loss(), &self.of.loss, 0);
        pointed
    }

    /// Edges on the paths of the chosen parameter.
    fn on_paths(&self) -> Vec<Step> {
        let paths = self.of.paths(self.numbers, self.chosen);
        let steps = paths.into_iter().flatten().map(|factor| factor.step);
        let with_sums = |step: Step| match step {
            Step::FromProduct(place) => vec![step, Step::FromSum(place)],
            step => vec![step],
        };
        steps.flat_map(with_sums).collect()
    }

    fn edges(&self, ui: &Ui, places: &Places) {
        let (sizes, asked) = (&self.of.sizes, &self.of.asked);
        let paths = self.on_paths();
        let to = sizes.place(self.chosen);
        let stroke = |forward: Step, back: Step, cut: bool, on: bool| {
            let c = theme::of(ui);
            let (wide, ink) = match () {
                () if cut => (1.5, c.broken),
                () if on && self.reached(back) => (2.0, c.focus),
                () if self.reached(back) => (1.2, c.b),
                () if self.reached(forward) => (1.2, c.blue),
                () => (1.0, c.line),
            };
            (Stroke::new(wide, ink), if cut { Some(theme::DASH) } else { None })
        };
        let line = |from: Pos2, to: Pos2, (stroke, dash): (Stroke, Option<[f32; 2]>)| {
            strokes::line(ui.painter(), vec![from, to], stroke, dash);
        };
        let label = |at: Pos2, align: Align2, back: Step, value: f32, cut: bool| {
            let c = theme::of(ui);
            let (text, ink) = if cut { ("0".to_owned(), c.broken) } else { (brief(value), c.text) };
            let ink = if self.reached(back) || cut { ink } else { ink.gamma_multiply(FAINT) };
            words::put(ui, at, align, &text, theme::small(), ink);
        };
        // On an edge that is not level: its middle hides the edge behind it.
        let on_edge = |[from, to]: [Pos2; 2], share: f32, back: Step, value: f32, cut: bool| {
            let at = from.lerp(to, share);
            let wide = words::width(ui, &brief(value), theme::small());
            let plate = Rect::from_center_size(at, vec2(wide + 4.0, 13.0));
            ui.painter().rect_filled(plate, 0.0, theme::of(ui).ground);
            label(at, Align2::CENTER_CENTER, back, value, cut);
        };
        let roomy = places.is_roomy();
        for (layer, of) in self.numbers.layers.iter().enumerate() {
            let [inputs, units] = sizes.of(layer);
            for at in 0..inputs * units {
                let (unit, input) = (at / inputs, at % inputs);
                let place = Place { layer, unit, input: Some(input) };
                let (weight, product) =
                    (places.weight([inputs, units], place), places.product([inputs, units], place));
                let from = match layer {
                    0 => places.input(input),
                    _ => places.output(sizes.of(layer - 1)[1], (layer - 1, input)),
                };
                let forward = Step::Product(place);
                let back = Step::FromProduct(place);
                let cut = asked.cuts_edge(layer, input);
                let through = paths.contains(&back) && place != to;
                // What a layer reads goes into the product, past its weight. To the data no gradient goes back.
                let (begin, end) = (from.right_center(), weight.left_center());
                let ink = if self.reached(forward) { theme::of(ui).blue } else { theme::of(ui).line };
                let drawn = match layer {
                    0 => (Stroke::new(1.2, ink), None),
                    _ => stroke(forward, back, cut, through),
                };
                if places.whole {
                    let (before, entry) =
                        (pos2(end.x, weight.top() - PAST), product.left_top() + vec2(0.0, ENTRY));
                    let bend = pos2(weight.right(), before.y);
                    strokes::line(ui.painter(), vec![begin, before, bend, entry], drawn.0, drawn.1);
                } else {
                    line(begin, end, drawn);
                }
                if roomy && layer > 0 {
                    let value = asked.parameters[sizes.number(place)];
                    let end = if places.whole { pos2(end.x, weight.top() - PAST) } else { end };
                    on_edge([begin, end], 0.58, back, value, cut);
                }
                if places.whole {
                    let own = paths.contains(&back) && place == to;
                    line(weight.right_center(), product.left_center(), stroke(forward, back, false, own));
                    let middle = pos2((weight.right() + product.left()) / 2.0, weight.center().y - 2.0);
                    label(middle, Align2::CENTER_BOTTOM, back, of.read[at], false);
                }
                let back = Step::FromSum(place);
                let sum = places.sum(units, (layer, unit));
                let on = paths.contains(&back);
                line(
                    product.right_center(),
                    sum.left_center(),
                    stroke(Step::Sum(layer, unit), back, false, on),
                );
                if roomy && places.whole {
                    on_edge([product.right_center(), sum.left_center()], 0.42, back, 1.0, false);
                }
            }
            for unit in 0..units {
                let (sum, output) = (places.sum(units, (layer, unit)), places.output(units, (layer, unit)));
                let bias = Step::FromSum(Place { layer, unit, input: None });
                let below = places.bias(units, (layer, unit));
                let on = paths.contains(&bias);
                line(
                    below.center_top(),
                    sum.center_bottom(),
                    stroke(Step::Sum(layer, unit), bias, false, on),
                );
                let back = Step::FromOutput(layer, unit);
                let cut = asked.cuts_unit(layer, unit);
                let on = paths.contains(&back);
                line(
                    sum.right_center(),
                    output.left_center(),
                    stroke(Step::Output(layer, unit), back, cut, on),
                );
                let middle = pos2((sum.right() + output.left()) / 2.0, sum.center().y - 2.0);
                label(middle, Align2::CENTER_BOTTOM, back, of.slopes[unit], cut);
            }
        }
        let (output, loss) = (places.output(1, (places.layers - 1, 0)), places.loss());
        line(output.right_center(), loss.left_center(), stroke(Step::Loss, Step::FromLoss, false, true));
        if roomy {
            let middle = pos2((output.right() + loss.left()) / 2.0, loss.center().y - 2.0);
            let value = self.numbers.layers[places.layers - 1].d_a[0];
            label(middle, Align2::CENTER_BOTTOM, Step::FromLoss, value, false);
        }
    }

    fn nodes(&self, ui: &Ui, places: &Places) {
        let (sizes, asked, numbers) = (&self.of.sizes, &self.of.asked, self.numbers);
        let known = |step: Step, value: f32| self.reached(step).then_some(value);
        let plain = |label: String, value: Option<f32>, gradient: Option<f32>, current: bool| Node {
            label,
            value,
            gradient,
            stopped: false,
            chosen: None,
            current,
        };
        for input in 0..INPUTS {
            let label = self.of.read_name(0, input);
            node(ui, places.input(input), &plain(label, Some(asked.x[input]), None, false));
        }
        // While it steps, what is looked at is the step.
        let c = theme::of(ui);
        let chosen = if self.done < self.steps.count() { c.blue } else { c.focus };
        for number in 0..sizes.parameters() {
            let place = sizes.place(number);
            let of = sizes.of(place.layer);
            let rect = match place.input {
                Some(_) => places.weight(of, place),
                None => places.bias(of[1], (place.layer, place.unit)),
            };
            let known = self.steps.knows(place, self.done);
            let step = place.input.map_or(Step::FromSum(place), |_| Step::FromProduct(place));
            let merged = !places.whole
                && place.input.is_some()
                && [Step::Product(place), Step::FromSum(place)].into_iter().any(|step| self.is_last(step));
            let own = Node {
                label: sizes.name(number),
                value: Some(asked.parameters[number]),
                gradient: known.then(|| numbers.gradients[number]),
                stopped: known && asked.cut != Cut::None && self.of.is_behind_cut(numbers, number),
                chosen: (number == self.chosen).then_some(chosen),
                current: self.is_last(step) || merged,
            };
            node(ui, rect, &own);
        }
        for (layer, of) in numbers.layers.iter().enumerate() {
            let [inputs, units] = sizes.of(layer);
            for at in (0..inputs * units).filter(|_| places.whole) {
                let place = Place { layer, unit: at / inputs, input: Some(at % inputs) };
                let [forward, back] = [Step::Product(place), Step::FromSum(place)];
                let label =
                    format!("{}·{}", sizes.name(sizes.number(place)), self.of.read_name(layer, at % inputs));
                let current = self.is_last(forward) || self.is_last(back);
                let own =
                    plain(label, known(forward, of.products[at]), known(back, of.d_products[at]), current);
                node(ui, places.product([inputs, units], place), &own);
            }
            let output = layer + 1 == places.layers;
            for unit in 0..units {
                let [forward, back] = [Step::Sum(layer, unit), Step::FromOutput(layer, unit)];
                let current = self.is_last(forward) || self.is_last(back);
                let own =
                    plain("Σ + b".into(), known(forward, of.z[unit]), known(back, of.d_z[unit]), current);
                node(ui, places.sum(units, (layer, unit)), &own);
                let forward = Step::Output(layer, unit);
                // Of a hidden unit it is whole once all that read it have sent their part.
                let above =
                    |l: usize| (0..sizes.of(l)[1]).map(move |unit| Place { layer: l, unit, input: None });
                let back = if output {
                    self.reached(Step::FromLoss)
                } else {
                    above(layer + 1)
                        .all(|p| self.reached(Step::FromProduct(Place { input: Some(unit), ..p })))
                };
                let name = if output { "ŷ".to_owned() } else { self.of.read_name(layer + 1, unit) };
                let current = self.is_last(forward) || (output && self.is_last(Step::FromLoss));
                let label = format!("{name} = {}", asked.act_name(layer));
                let own = plain(label, known(forward, of.a[unit]), back.then(|| of.d_a[unit]), current);
                node(ui, places.output(units, (layer, unit)), &own);
            }
        }
        let loss = places.loss();
        let own = plain(
            "loss".into(),
            known(Step::Loss, numbers.losses[0]),
            known(Step::Loss, 1.0),
            self.is_last(Step::Loss),
        );
        node(ui, loss, &own);
        let target = loss.translate(vec2(0.0, places.node.y + BELOW));
        let ink = if self.reached(Step::Loss) { theme::of(ui).blue } else { theme::of(ui).line };
        ui.painter().line_segment([target.center_top(), loss.center_bottom()], Stroke::new(1.2, ink));
        node(ui, target, &plain("target".into(), Some(asked.target), None, false));
    }

    fn table(&self) -> Table {
        let names = ["parameter", "value", "gradient", "central difference", "after one step"];
        let row = |number: usize| {
            let numbers = [
                self.of.asked.parameters[number],
                self.numbers.gradients[number],
                self.numbers.differences[number],
                self.numbers.stepped[number],
            ];
            std::iter::once(Cell::Text(self.of.sizes.name(number))).chain(numbers.map(Cell::Number)).collect()
        };
        Table { rows: (0..self.of.sizes.parameters()).map(row).collect(), ..Table::new(names) }
    }
}

/// Draws a node: its label, its value, its gradient.
fn node(ui: &Ui, rect: Rect, of: &Node) {
    let c = theme::of(ui);
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS_TAG, if of.stopped { c.broken_fill } else { c.side });
    let (wide, frame) = match of.chosen {
        _ if of.current => (theme::FOCUS_STROKE, c.focus),
        Some(frame) => (theme::FOCUS_STROKE, frame),
        None if of.stopped => (1.0, c.broken_line),
        None => (1.0, c.line),
    };
    painter.rect_stroke(rect, theme::RADIUS_TAG, Stroke::new(wide, frame), StrokeKind::Inside);
    let size = (rect.height() / 3.7).clamp(12.0, 15.0);
    let third = (rect.height() - 4.0) / 3.0;
    let line =
        |i: f32| Rect::from_min_size(rect.min + vec2(1.0, 2.0 + i * third), vec2(rect.width() - 2.0, third));
    let put = |i: f32, text: &str, ink: Color32, size: f32| {
        words::put(ui, line(i).center(), Align2::CENTER_CENTER, text, theme::medium(size), ink);
    };
    let ink = if of.value.is_some() { c.dim } else { c.dim.gamma_multiply(FAINT) };
    put(0.0, &of.label, ink, 12.0);
    let value = of.value.map_or_else(|| "…".to_owned(), brief);
    put(1.0, &value, if of.value.is_some() { c.blue } else { c.blue.gamma_multiply(FAINT) }, size);
    if let Some(gradient) = of.gradient {
        put(2.0, &brief(gradient), if of.stopped { c.broken } else { c.b }, size);
    }
}
