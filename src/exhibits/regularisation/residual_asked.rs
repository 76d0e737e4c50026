//! Questions of the page on residual learning, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::gradient::backward;
use crate::ops::philox::Rng;
use crate::recipes::Deep;

/// On residual learning.
pub fn residual(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 => block(rng, true).ok(),
        1 => block(rng, false).ok(),
        2 => gradient(rng).ok()?,
        3 => depth(rng),
        _ => Some(shortcut(rng)),
    }
}

/// Shape, or parameters, of a block with a projection.
fn block(rng: &mut Rng, shape: bool) -> Result<Question, OpError> {
    let from = 4 * (1 + rng.below(8) as usize);
    let to = 2 * from;
    let side = 8 + rng.below(25) as usize;
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1, from, side, side], vec![0.0; from * side * side]);
    let mut weight = |inputs: usize, window: usize| -> Tensor {
        let sizes = [to, inputs, window, window];
        plan.constant("w", &sizes, vec![0.0; sizes.iter().product()])
    };
    let weights = [weight(from, 3), weight(to, 3), weight(from, 1)];
    let two = Conv { stride: [2; 2], ..Conv::default() };
    let same = Conv { pad: [1; 4], ..Conv::default() };
    let first = conv2d(&mut plan, &x, &weights[0], None, &Conv { pad: [1; 4], ..two })?;
    let f = conv2d(&mut plan, &first, &weights[1], None, &same)?;
    let projected = conv2d(&mut plan, &x, &weights[2], None, &two)?;
    let y = binary(&mut plan, &f, &projected, Op::Add)?;
    let given = format!(
        "A residual block takes a map of {side}x{side} with {from} channels. F: a 3x3 convolution to {to} channels with stride 2 \
         and padding 1, then a 3x3 one of stride 1 and padding 1; the shortcut is a 1x1 convolution with stride 2. No biases."
    );
    let show = Some("differs=all skips".to_owned());
    if shape {
        let [high, wide] = [y.shape[2], y.shape[3]];
        return Ok(Question {
            ask: format!("{given} How high, how wide and how many channels is the output (three numbers)?"),
            answer: Answer::Numbers([high, wide, y.shape[1]].map(|n| n as f64).to_vec()),
            how: format!(
                "Both ways give ceil({side}/2) = {high} a side and {to} channels, or they could not be added."
            ),
            show,
        });
    }
    let count: usize = weights.iter().map(Tensor::len).sum();
    Ok(Question {
        ask: format!("{given} How many weights has the block?"),
        answer: Answer::number(count as f64, "weights"),
        how: format!("9·{from}·{to} + 9·{to}·{to} in F, {from}·{to} in the projection."),
        show,
    })
}

/// What is left of a gradient when one skip of some is missing.
fn gradient(rng: &mut Rng) -> Result<Option<Question>, OpError> {
    let count = 3 + rng.below(3) as usize;
    let slope = f64::from(1 + rng.below(5)) / 10.0;
    let missing = 1 + rng.below(count as u32) as usize;
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1], vec![1.0]);
    let w = plan.constant("slope", &[1], vec![slope as f32]);
    let mut y = x.clone();
    for at in 1..=count {
        let f = binary(&mut plan, &y, &w, Op::Multiply)?;
        y = if at == missing { f } else { binary(&mut plan, &y, &f, Op::Add)? };
    }
    let Some(d) = backward(&mut plan, &y, None, &[&x]).ok().and_then(|d| d.of(&x)) else { return Ok(None) };
    let values = reference::run(&plan, &BTreeMap::new());
    let Some(d) = values.get(d.buf.0).and_then(|d| d.first()).map(|d| (d * 1e4).round() / 1e4) else {
        return Ok(None);
    };
    Ok(Some(Question {
        ask: format!(
            "{count} blocks compute y = x + F(x), and the slope of F is {slope}. The skip of block {missing} is removed. By what is \
             the gradient multiplied on its way back through all of them?"
        ),
        answer: Answer::number(d, ""),
        how: format!(
            "{} blocks multiply by 1 + {slope}, the one without a skip by {slope} alone.",
            count - 1
        ),
        show: Some(format!("differs=one skip&cut={missing}&layers={}", 2 * count + 2)),
    }))
}

/// How many blocks, and additions, a network of some layers has.
fn depth(rng: &mut Rng) -> Option<Question> {
    let layers = 8 + 2 * rng.below(25) as usize;
    let blocks = Deep::blocks(layers, 2).len();
    Some(Question {
        ask: format!(
            "A residual network has {layers} layers with weights: one in, one out, and between them blocks of two with identity \
             shortcuts. How many shortcuts has it?"
        ),
        answer: Answer::number(blocks as f64, "shortcuts"),
        how: format!("({layers} − 2)/2: one for each block. They have no parameters."),
        show: Some(format!("layers={layers}")),
    })
}

/// Which shortcut fits.
fn shortcut(rng: &mut Rng) -> Question {
    let from = 16 << rng.below(3);
    let doubled = rng.below(2) == 1;
    let to = if doubled { 2 * from } else { from };
    let stride = if doubled { 2 } else { 1 };
    Question {
        ask: format!(
            "F of a block takes {from} channels to {to} with stride {stride}, padded so that nothing else is lost. Which shortcut fits?"
        ),
        answer: Answer::OneOf {
            options: ["the identity", "a 1x1 convolution with stride 2", "none can be added"]
                .map(str::to_owned)
                .to_vec(),
            right: usize::from(doubled),
        },
        how: if doubled {
            "Shapes must agree: the 1x1 convolution gives the channels, its stride the size.".into()
        } else {
            "Shapes agree already: nothing is to be projected, and the identity has no parameters.".into()
        },
        show: Some("differs=all skips".into()),
    }
}
