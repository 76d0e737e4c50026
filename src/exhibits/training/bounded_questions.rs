//! Questions of the page on layers and units, with their answers.

use crate::gpu::Runtime;
use crate::lessons::{Answer, Question};
use crate::nn::{Init, Setup, Trainer};
use crate::ops::optim::{Method, Optimiser};
use crate::ops::philox::Rng;
use crate::ops::unary::Act;
use crate::recipes::{OneLogit, PointSets};

use super::bounded::Size;
use crate::data::toy::Toy;

/// Parameters of a network as it is made, not as a formula counts them.
fn made(size: Size) -> Option<f64> {
    let data = PointSets::new(Toy::Xor, [2, 2], 0.0, 0);
    let hidden = vec![size.units; size.layers];
    let task = OneLogit { data, hidden, act: Act::TANH, init: Init::Zeros };
    let setup = Setup::new(1, Optimiser::new(Method::Sgd, 0.0));
    Some(Trainer::new(&Runtime::Reference, &task, setup).ok()?.parameters.count() as f64)
}

/// On sizes of networks.
pub fn sizes(rng: &mut Rng) -> Option<Question> {
    match rng.below(4) {
        0 => one_layer(rng),
        1 => several(rng),
        2 => as_many(rng),
        _ => more(rng),
    }
}

/// Parameters of one hidden layer.
fn one_layer(rng: &mut Rng) -> Option<Question> {
    let units = 2 + rng.below(15) as usize;
    Some(Question {
        ask: format!(
            "A network has 2 inputs, one hidden layer of {units} units and one output, all with biases. How many parameters?"
        ),
        answer: Answer::number(made(Size { layers: 1, units })?, "parameters"),
        how: format!(
            "A hidden unit has 2 weights and a bias, and a weight at the output: 4 · {units}, and the output's bias."
        ),
        show: Some(format!("layers=1&units={units}")),
    })
}

/// Parameters of several.
fn several(rng: &mut Rng) -> Option<Question> {
    let (layers, units) = (2 + rng.below(3) as usize, 2 + rng.below(11) as usize);
    Some(Question {
        ask: format!(
            "{layers} hidden layers of {units} units each stand between 2 inputs and one output, all with biases. How many \
             parameters?"
        ),
        answer: Answer::number(made(Size { layers, units })?, "parameters"),
        how: format!(
            "The first layer has 3 · {units}, each further one {units} · {units} weights and {units} biases, the output {units} \
             weights and a bias."
        ),
        show: Some(format!("layers={layers}&units={units}")),
    })
}

/// How wide one layer is for as many parameters.
fn as_many(rng: &mut Rng) -> Option<Question> {
    // Those of two layers that one can have exactly.
    let units = [3, 4, 7, 8, 11, 12, 15, 16][rng.below(8) as usize];
    let deep = Size { layers: 2, units };
    let wide = deep.rival(1);
    (made(deep)? == made(wide)?).then_some(())?;
    Some(Question {
        ask: format!(
            "Two inputs, one output, biases everywhere. Two hidden layers of {units} units have exactly as many parameters as \
             a single hidden layer of how many units?"
        ),
        answer: Answer::number(wide.units as f64, "units"),
        how: format!(
            "Two layers have {} parameters, one layer has 4 for each unit and 1 more.",
            deep.parameters()
        ),
        show: Some(format!("layers=2&units={units}&rival=1")),
    })
}

/// What one more layer adds.
fn more(rng: &mut Rng) -> Option<Question> {
    let (layers, units) = (1 + rng.below(3) as usize, 2 + rng.below(15) as usize);
    let added = made(Size { layers: layers + 1, units })? - made(Size { layers, units })?;
    Some(Question {
        ask: format!(
            "A network of {layers} hidden {} of {units} units gets one more hidden layer as wide. By how many parameters does it \
             grow?",
            if layers == 1 { "layer" } else { "layers" }
        ),
        answer: Answer::number(added, "parameters"),
        how: format!(
            "The new layer has {units} · {units} weights and {units} biases; the output stays as it was."
        ),
        show: Some(format!("layers={}&units={units}", layers + 1)),
    })
}
