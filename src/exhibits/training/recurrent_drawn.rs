//! The recurrent net drawn: the norm of the gradient at every step back, by powers of ten.

use egui::{Align2, Color32, Rect, Ui};

use super::recurrent::{GAINS, Recurrent, TURNS, Told};
use crate::viz::figures::axis::Axis;
use crate::viz::figures::bars::layers;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::page::{self, amount, figures};
use crate::viz::words::{self, Voice};
use crate::viz::{View, theme};

/// Places of the gradient as it is and as it is clipped among the panels.
pub const TAKEN: usize = 0;
pub const CLIPPED: usize = 1;
/// Norms that have heights of their own; 1 stands in the middle.
const RANGE: [f32; 2] = [1e-9, 1e9];
/// Height of a line of words.
const LINE: f32 = 17.0;

/// A gain as it was set.
pub fn plain(gain: f32) -> String {
    format!("{}", (gain * 1e4).round() / 1e4)
}

fn axis() -> Axis {
    Axis::log(RANGE[0], RANGE[1])
}

/// One row of bars in `rect`: the steps below, the level of 1 across, the first number at the left. Gives the step that is
/// pointed at, from 0.
fn bars(ui: &mut Ui, rect: Rect, name: &str, norms: &[f32], ink: &dyn Fn(f32) -> Color32) -> Option<usize> {
    let c = theme::of(ui);
    let foot = rect.with_min_y(rect.bottom() - LINE);
    let plot = rect.with_max_y(foot.top() - 2.0);
    let pointed = layers(ui, plot, name, "step", norms, axis(), ink, Some(0));
    let number = |at: usize| norms.get(at).map_or("…".into(), |v| words::short(f64::from(*v)));
    let first = format!("step 1: {}", number(0));
    let own = words::write(ui, foot, Align2::LEFT_CENTER, &first, theme::small(), c.dim);
    let rest = foot.with_min_x(own.right() + 8.0);
    let last = format!("{TURNS}: {}", number(TURNS - 1));
    words::write(ui, rest, Align2::RIGHT_CENTER, &last, theme::small(), c.dim);
    pointed.map(|(at, _)| at)
}

/// Draws the chosen net at the foot of a column.
pub fn small(ui: &mut Ui, view: &mut View<'_>, rect: Rect, of: &Recurrent, told: &Told, gain: f32) {
    let name = rect.with_max_y(rect.top() + LINE);
    words::panel_name(ui, name, "Recurrent net", &format!("a row of the photo a step, gain {}", plain(gain)));
    let rect = rect.with_min_y(name.bottom() + 3.0);
    let blue = theme::of(ui).blue;
    if let Some(at) = bars(ui, rect, "Gradient by step", &told.norms[0], &|_| blue) {
        view.point(&of.norms, at);
    }
}

/// Draws it over the whole page: as it is and clipped, then three gains on one range, then the numbers.
pub fn large(ui: &mut Ui, view: &mut View<'_>, of: &Recurrent, told: &Told, gain: f32, clip: f32) {
    let half = Panel::free(300.0, 1.0).folded(0.6);
    let third = Panel::free(200.0, 1.0).folded(0.5);
    let rows = [Row::Hero(vec![half; 2]), Row::Hero(vec![third; GAINS.len()]), Row::Measured(3)];
    let placed = page::lay_with(ui, &rows, &Metrics { gap: 24.0, ..Metrics::default() });
    let c = theme::of(ui);
    // Side by side, gains have the colours that the gradients of deep networks have.
    let by_power = |norm: f32| theme::along(&theme::SEQUENTIAL, axis().share(norm).clamp(0.0, 1.0));
    let one =
        |ui: &mut Ui, cell: &Cell, name: &str, said: &str, norms: &[f32], ink: &dyn Fn(f32) -> Color32| {
            words::panel_name(ui, cell.name, name, said);
            bars(ui, cell.rect, name, norms, ink)
        };
    let said = format!("gain {}, norm by step, powers of ten; line: 1", plain(gain));
    if let Some(at) = one(ui, &placed.rows[0][0], "A as it is", &said, &told.norms[0], &|_| c.blue) {
        view.point(&of.norms, at);
    }
    let said = format!("the gradient of W shortened to {}", plain(clip));
    if let Some(at) = one(ui, &placed.rows[0][1], "B clipped", &said, &told.clipped, &|_| c.b) {
        view.point(&of.clipped, at);
    }
    let below = placed.rows[1].iter().zip(GAINS).zip(&told.norms[1..]).enumerate();
    for (net, ((cell, gain), norms)) in below {
        if let Some(at) = one(ui, cell, &format!("Gain {}", plain(gain)), "not clipped", norms, &by_power) {
            view.point(&of.norms, (net + 1) * TURNS + at);
        }
    }
    let [before, after] = told.whole.map(f64::from);
    let back = f64::from(told.norms[0][0]);
    // Bars by powers of ten, as above.
    let share = |norm: f64| f64::from(axis().share(norm as f32)).clamp(0.0, 1.0);
    let mut measured = [
        amount("At step 1", words::short(back), share(back), format!("of 1 at step {TURNS}")),
        amount("Of W", words::short(before), share(before), "norm of the gradient"),
        amount("Of W, clipped", words::short(after), share(after), format!("at most {}", plain(clip))),
    ];
    measured[2].4 = Voice::B;
    figures(ui, &placed.rows[2], &measured);
}
