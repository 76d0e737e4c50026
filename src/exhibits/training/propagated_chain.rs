//! The gradient of one parameter worked out: the local derivatives along each path from the loss, their product, the sum
//! over all paths, the central difference beside it, and what one step of SGD makes of the parameter.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::propagated::{H, Numbers, Propagated};
use super::propagated_steps::{Factor, Path, Step, product, summed};
use crate::data::table::{Cell, Table};
use crate::viz::{offer, theme, words};

/// Height of the name, of a path, of the line below.
const NAME: f32 = 24.0;
const PATH: f32 = 38.0;
const FOOT: f32 = 22.0;
/// Space between factors, and widest factor.
const BETWEEN: f32 = 14.0;
const WIDEST: f32 = 92.0;

/// Height that it needs for so many paths.
pub fn height(paths: usize) -> f32 {
    NAME + PATH * paths as f32 + FOOT
}

/// What stands for a number that has not been computed yet.
const UNKNOWN: &str = "?";

/// Draws it into `rect`; `reached`: which steps have been taken.
pub fn chain(
    ui: &mut Ui,
    rect: Rect,
    of: &Propagated,
    numbers: &Numbers,
    number: usize,
    reached: &dyn Fn(Step) -> bool,
) {
    let c = theme::of(ui);
    let paths = of.paths(numbers, number);
    let name = of.sizes.name(number);
    let title = format!("Gradient of {name}");
    let note = match paths.len() {
        1 => "one path back from the loss: the product of its local derivatives".to_owned(),
        n => format!("{n} paths back from the loss: the products of their local derivatives, summed"),
    };
    words::panel_name(ui, rect.with_max_y(rect.top() + NAME), &title, &note);
    let room = rect.with_min_y(rect.top() + NAME);
    offer::table(ui, &title, room, || table(&paths));
    let [gradient, difference] = [numbers.gradients[number], numbers.differences[number]].map(f64::from);
    let response = ui.interact(room, ui.scope_id().with("chain"), Sense::hover());
    let known = |factor: &Factor| reached(factor.step);
    let all = paths.iter().flatten().all(known);
    let spoken =
        format!("{title} {}, central difference {}", words::short(gradient), words::short(difference));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    for (i, path) in paths.iter().enumerate() {
        let line = Rect::from_min_size(room.min + vec2(0.0, i as f32 * PATH), vec2(room.width(), PATH));
        let factors = path.len() as f32 + 1.0;
        let each = (line.width() / factors).min(WIDEST + BETWEEN);
        for (at, factor) in path.iter().enumerate() {
            let own =
                Rect::from_min_size(line.min + vec2(at as f32 * each, 0.0), vec2(each - BETWEEN, PATH - 4.0));
            let ink = if factor.cut { c.broken } else { c.text };
            let name = if factor.cut { format!("{}, cut", factor.name) } else { factor.name.clone() };
            let value = if known(factor) { words::short(factor.value.into()) } else { UNKNOWN.to_owned() };
            put(ui, own, &value, &name, ink);
            let sign = if at + 1 < path.len() { "·" } else { "=" };
            let at = pos2(own.right() + BETWEEN / 2.0, own.top() + 9.0);
            words::put(ui, at, Align2::CENTER_CENTER, sign, theme::number(), c.dim);
        }
        let own = Rect::from_min_size(line.min + vec2(path.len() as f32 * each, 0.0), vec2(each, PATH - 4.0));
        let below = if paths.len() > 1 { format!("path {}", i + 1) } else { format!("∂L/∂{name}") };
        let value = if path.iter().all(known) { words::short(product(path)) } else { UNKNOWN.to_owned() };
        put(ui, own, &value, &below, c.b);
    }
    let foot = Rect::from_min_max(pos2(rect.left(), rect.top() + NAME + PATH * paths.len() as f32), rect.max)
        .with_max_y(rect.top() + height(paths.len()));
    if !all {
        let text = format!(
            "Backward has not come to {name} yet. Two more passes forward say {} (central difference).",
            words::short(difference)
        );
        words::write(ui, foot, Align2::LEFT_CENTER, &text, theme::control(), c.dim);
        return;
    }
    let sum = if paths.len() > 1 { format!("Sum {}. ", words::short(summed(&paths))) } else { String::new() };
    let step = format!(
        "One SGD step: {name} {} → {}",
        words::short(of.asked.parameters[number].into()),
        words::short(numbers.stepped[number].into())
    );
    let text = format!(
        "{sum}Backward kernels: {}. Central difference (L({name} + {H}) − L({name} − {H})) / {}: {}. {step}",
        words::short(gradient),
        2.0 * H,
        words::short(difference)
    );
    let short = format!(
        "{sum}Backward {}, central difference {}. {step}",
        words::short(gradient),
        words::short(difference)
    );
    let fits = words::width(ui, &text, theme::control()) <= foot.width();
    let text = if fits { text } else { short };
    words::write(ui, foot, Align2::LEFT_CENTER, &text, theme::control(), c.dim);
}

/// A number with its name below.
fn put(ui: &Ui, rect: Rect, number: &str, name: &str, ink: egui::Color32) {
    let c = theme::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_TAG, c.side);
    ui.painter().rect_stroke(rect, theme::RADIUS_TAG, Stroke::new(1.0, c.line), StrokeKind::Inside);
    let [above, below] = [0.28, 0.74].map(|share| rect.top() + share * rect.height());
    let x = rect.center().x;
    words::put(ui, pos2(x, above), Align2::CENTER_CENTER, number, theme::number(), ink);
    words::put(ui, pos2(x, below), Align2::CENTER_CENTER, name, theme::small(), c.dim);
}

fn table(paths: &[Path]) -> Table {
    let row = |(i, path): (usize, &Path)| {
        let own = path.iter().map(move |factor| {
            vec![Cell::Number(i as f32 + 1.0), Cell::Text(factor.name.clone()), Cell::Number(factor.value)]
        });
        own.collect::<Vec<_>>()
    };
    let rows = paths.iter().enumerate().flat_map(row).collect();
    Table { rows, ..Table::new(["path", "local derivative", "value"]) }
}
