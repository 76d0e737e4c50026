//! The sentence of the page on backpropagation.

use super::layered::Place;
use super::propagated::{Cut, Numbers, Propagated};
use super::propagated_steps::{Path, Step, Steps, summed};
use crate::viz::{Caption, words};

/// A local derivative of an activation from which on it is called saturated.
const SATURATED: f32 = 0.02;

/// What is to be seen after `done` steps, with one parameter worked out. Panels: graph, chain, seven of the convolution.
pub fn said(of: &Propagated, numbers: &Numbers, done: usize, chosen: usize) -> Caption {
    let steps = Steps::of(&of.sizes);
    if let Some(step) = steps.last(done).filter(|_| done < steps.count()) {
        return stepped(of, numbers, &steps, step, done);
    }
    if done == 0 {
        return Caption::plain(&format!(
            "Nothing is computed yet: **{}** steps forward give the loss, **{}** back give all **{}** gradients.",
            steps.forward(),
            steps.count() - steps.forward(),
            of.sizes.parameters()
        ));
    }
    whole(of, numbers, chosen)
}

/// All steps are done.
fn whole(of: &Propagated, numbers: &Numbers, chosen: usize) -> Caption {
    let chosen = chosen.min(of.sizes.parameters() - 1);
    let name = of.sizes.name(chosen);
    let paths = of.paths(numbers, chosen);
    let short = |v: f32| words::short(v.into());
    let [gradient, difference] = [numbers.gradients[chosen], numbers.differences[chosen]];
    let [before, after] = numbers.losses.map(short);
    let behind = of.behind_cut(numbers);
    if of.asked.cut != Cut::None && behind > 0 {
        return Caption::plain(&format!(
            "The cut link leaves [{behind}](bad 0) of {} parameters with gradient 0: they stop learning. ∂L/∂{name} is \
             [{}](value 0), its finite difference [{}](value 1).",
            of.sizes.parameters(),
            short(gradient),
            short(difference)
        ));
    }
    let least = flattest(&paths);
    if least.is_some_and(|slope| slope.abs() < SATURATED && slope != 0.0) {
        return Caption::broken(&format!(
            "Saturated: a local derivative of [{}](bad 0) on the way leaves ∂L/∂{name} at [{}](bad 1), loss {before} → {after}. \
             [ReLU, small weights](good) mends it.",
            short(least.unwrap_or(0.0)),
            short(gradient)
        ));
    }
    let step = format!("One SGD step: loss {before} → **{after}**.");
    if let [path] = &paths[..] {
        let factors: Vec<String> = path.iter().map(|factor| short(factor.value)).collect();
        return Caption::plain(&format!(
            "∂L/∂{name} = {} = [{}](value 1); finite difference [{}](value 1). {step}",
            factors.join(" · "),
            short(gradient),
            short(difference)
        ));
    }
    Caption::plain(&format!(
        "∂L/∂{name} sums {} paths of {} factors: [{}](value 1); finite difference [{}](value 1). {step}",
        paths.len(),
        paths[0].len(),
        words::short(summed(&paths)),
        short(difference)
    ))
}

/// The smallest local derivative of a hidden activation on any path.
fn flattest(paths: &[Path]) -> Option<f32> {
    let slopes = paths.iter().flatten().filter(|f| matches!(f.step, Step::FromOutput(..)));
    slopes.map(|f| f.value).min_by(|a, b| a.abs().total_cmp(&b.abs()))
}

/// What one step has done.
fn stepped(of: &Propagated, numbers: &Numbers, steps: &Steps, step: Step, done: usize) -> Caption {
    let short = |v: f32| words::short(v.into());
    let at = |place: Place| {
        let [inputs, _] = of.sizes.of(place.layer);
        place.unit * inputs + place.input.unwrap_or(0)
    };
    let name = |place: Place| of.sizes.name(of.sizes.number(place));
    let layer = |l: usize| &numbers.layers[l];
    let product = |[a, b, y]: [f32; 3], what: &str| {
        format!("{what}: {} · {} = [{}](value 0)", short(a), short(b), short(y))
    };
    let what = match step {
        Step::Product(place) => {
            let own = layer(place.layer);
            let (i, w) = (at(place), of.asked.parameters[of.sizes.number(place)]);
            let read = of.read_name(place.layer, place.input.unwrap_or(0));
            product([w, own.read[i], own.products[i]], &format!("{} times {read}", name(place)))
        }
        Step::Sum(l, unit) => {
            format!("the products and the bias sum to [{}](value 0)", short(layer(l).z[unit]))
        }
        Step::Output(l, unit) => {
            let [z, a] = [layer(l).z[unit], layer(l).a[unit]].map(short);
            match of.asked.act_name(l) {
                "z" => format!("without an activation [{z}](value 0) goes on as it is"),
                name => format!("{name} of {z} is [{a}](value 0)"),
            }
        }
        Step::Loss => format!("the loss is [{}](value 0)", short(numbers.losses[0])),
        Step::FromLoss => {
            format!("the loss sends [{}](value 0) to the output", short(layer(of.sizes.layers() - 1).d_a[0]))
        }
        Step::FromOutput(l, unit) => {
            let own = layer(l);
            product(
                [own.d_a[unit], own.slopes[unit], own.d_z[unit]],
                "what arrives times the local derivative",
            )
        }
        Step::FromSum(place) => {
            format!("a sum passes [{}](value 0) on unchanged", short(layer(place.layer).d_z[place.unit]))
        }
        Step::FromProduct(place) => {
            let own = layer(place.layer);
            let gradient = numbers.gradients[of.sizes.number(place)];
            product(
                [own.d_products[at(place)], own.read[at(place)], gradient],
                &format!("∂L/∂{}", name(place)),
            )
        }
    };
    let forward = steps.forward();
    let known = (0..of.sizes.parameters()).filter(|n| steps.knows(of.sizes.place(*n), done)).count();
    Caption::plain(&if done <= forward {
        format!("Forward, step {done} of {forward}: {what}. No gradient is known before the loss is.")
    } else {
        format!(
            "Backward, step {} of {}: {what}. **{known}** of {} gradients are known.",
            done - forward,
            steps.count() - forward,
            of.sizes.parameters()
        )
    })
}
