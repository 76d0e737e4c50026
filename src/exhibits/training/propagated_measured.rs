//! The measured row of the page on backpropagation.

use egui::Ui;

use super::propagated::{Cut, Numbers, Propagated};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::{amount, figures};
use crate::viz::words::{self, Voice};

/// Draws it: what backward costs, how many parameters learn, how far gradients and central differences are apart, what one
/// step of the optimiser does.
pub fn draw(ui: &mut Ui, cells: &[Cell], of: &Propagated, numbers: &Numbers, [forward, backward]: [f64; 2]) {
    let count = of.sizes.parameters();
    let stopped = if of.asked.cut == Cut::None { 0 } else { of.behind_cut(numbers) };
    let learning = numbers.gradients[..count].iter().filter(|gradient| **gradient != 0.0).count();
    let below = match of.asked.cut {
        Cut::None => format!("parameters, {} with gradient 0", count - learning),
        _ => format!("parameters, {stopped} behind a cut"),
    };
    let mut learn =
        amount("Learning", format!("{learning} of {count}"), learning as f64 / count as f64, below);
    if stopped > 0 {
        learn.4 = Voice::Broken;
    }
    let largest = numbers.gradients.iter().fold(0.0_f64, |most, v| most.max(f64::from(v.abs())));
    let apart = f64::from(numbers.apart);
    let [before, after] = numbers.losses.map(f64::from);
    let rows = [
        amount(
            "Backward",
            format!("{:.1}× forward", backward / forward),
            forward / (forward + backward),
            format!("{} operations", words::count(backward)),
        ),
        learn,
        amount(
            "Largest difference",
            words::short(apart),
            if largest > 0.0 { apart / largest } else { 0.0 },
            format!("gradients up to {}", words::short(largest)),
        ),
        amount(
            "Loss, one SGD step",
            words::short(after),
            if before > 0.0 { after / before } else { 0.0 },
            format!("before {}", words::short(before)),
        ),
    ];
    figures(ui, cells, &rows);
}
