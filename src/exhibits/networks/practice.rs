//! Questions about random networks of three convolutions.

use crate::lessons::{Answer, Question};
use crate::nn::stack::{Block, Stack, StackLayer};
use crate::ops::philox::Rng;
use crate::viz::facts::grouped;
use crate::viz::figures::network::stack_nodes;

/// A question about a random network: the sides, the vector, the parameters, or which layer does not fit.
pub fn question(rng: &mut Rng) -> Option<Question> {
    let kind = rng.below(4);
    // The last kind needs networks that break about as often as they do not.
    let wild = kind == 3;
    let tries = std::iter::repeat_with(|| random(rng, wild)).take(50).collect::<Vec<_>>();
    let (side, stack) =
        tries.into_iter().find(|(side, stack)| wild || stack.layers(&[3, *side, *side]).error.is_none())?;
    let sized = stack.layers(&[3, side, side]);
    let layers = &sized.layers;
    let nodes = stack_nodes(&stack, &[3, side, side], ["input", ""]);
    let sides: Vec<&str> = nodes[1..=layers.len()].iter().map(|node| node.note.as_str()).collect();
    let sides = sides.join(", then ");
    let to = |layer: &StackLayer| layer.to.iter().map(|&n| n as f64).collect::<Vec<_>>();
    let case = format!("A {side}×{side}×3 picture goes through {}", said(&stack));
    let (ask, answer, how) = match kind {
        0 => {
            let answer = Answer::Numbers(layers.iter().map(|layer| to(layer)[1]).collect());
            ("which sides have the maps after each layer (three numbers)?", answer, sides)
        }
        1 => {
            let [c, h, w] = layers.last()?.to[..] else { return None };
            let value = (c * h * w) as f64;
            let how = format!("{sides}; {h} × {w} × {c} = {}", grouped((c * h * w) as u64));
            ("how many numbers enter the dense layer?", Answer::Number { value, unit: "numbers" }, how)
        }
        2 => {
            let value = layers.iter().map(|layer| layer.parameters).sum::<usize>() as f64;
            let each = stack.0.iter().zip(layers).map(|(block, layer)| weights(block, layer));
            let how = format!("{} = {}", each.collect::<Vec<_>>().join(" + "), grouped(value as u64));
            (
                "how many parameters do the three layers have, biases included?",
                Answer::Number { value, unit: "parameters" },
                how,
            )
        }
        _ => {
            // No window is larger than the picture: the first always fits.
            let options = ["all three fit", "the second does not", "the third does not"];
            let right = if sized.error.is_some() { sized.built } else { 0 };
            let why = sized
                .error
                .map_or_else(|| format!("the last map is {}", layers[2].to[1]), |error| error.to_string());
            let how = if sides.is_empty() { why } else { format!("{sides}; {why}") };
            (
                "which layer does not fit?",
                Answer::OneOf { options: options.map(str::to_owned).to_vec(), right },
                how,
            )
        }
    };
    Some(Question {
        ask: format!("{case}: {ask}"),
        answer,
        how,
        show: Some(format!("stack={stack}&side={side}")),
    })
}

/// A side, and three convolutions.
fn random(rng: &mut Rng, wild: bool) -> (usize, Stack) {
    let mut n = |lo: u32, hi: u32| (lo + rng.below(hi - lo + 1)) as usize;
    let side = if wild { n(16, 40) } else { n(24, 64) };
    let most = if wild { 4 } else { 2 };
    let layer = |filters: usize| Block::Conv {
        filters,
        size: [2 * n(1, if wild { 3 } else { 2 }) + 1; 2],
        stride: n(1, most),
        pad: n(0, 2),
        dilation: 1,
        groups: 1,
    };
    (side, Stack([8, 16, 32].map(layer).to_vec()))
}

/// The layers as one would say them.
fn said(stack: &Stack) -> String {
    let one = |block: &Block| block.to_string().replacen("conv ", "", 1).replacen(" of ", " filters of ", 1);
    let layers: Vec<String> = stack.0.iter().map(one).collect();
    format!("three convolutions: {}", layers.join("; "))
}

/// The parameters of a convolution as arithmetic.
fn weights(block: &Block, layer: &StackLayer) -> String {
    let [r, s] = block.span().unwrap_or_default();
    format!("({r}·{s}·{} + 1)·{}", layer.from[0], layer.to[0])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lessons::Verdict;

    #[test]
    fn every_kind_comes_and_is_answered_by_the_shape_rule() {
        let mut rng = Rng::new(3);
        let mut kinds = BTreeSet::new();
        let mut rights = BTreeSet::new();
        for _ in 0..400 {
            let question = question(&mut rng).expect("a network that fits is found");
            let show = question.show.clone().unwrap();
            let (stack, side) = show["stack=".len()..].split_once("&side=").unwrap();
            let side: usize = side.parse().unwrap();
            let layers = stack.parse::<Stack>().unwrap().layers(&[3, side, side]);
            let given = match &question.answer {
                Answer::Numbers(sides) => {
                    assert_eq!(sides.len(), 3);
                    layers.layers.iter().map(|l| l.to[2].to_string()).collect::<Vec<_>>().join(", ")
                }
                Answer::Number { unit: "numbers", .. } => {
                    layers.layers[2].to.iter().product::<usize>().to_string()
                }
                Answer::Number { .. } => {
                    layers.layers.iter().map(|l| l.parameters).sum::<usize>().to_string()
                }
                Answer::OneOf { right, .. } => {
                    rights.insert(*right);
                    layers.error.map_or(1, |error| error.layer[0]).to_string()
                }
            };
            assert_eq!(question.judge(&given), Verdict::Right, "{}: {given}", question.ask);
            kinds.insert(question.ask.rsplit(": ").next().unwrap().to_owned());
        }
        assert_eq!((kinds.len(), rights.len()), (4, 3), "{kinds:?} {rights:?}");
    }
}
