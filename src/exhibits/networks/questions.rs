//! Questions of the pages on flattening, on dense layers and on feature learning, with their answers.

use std::collections::BTreeMap;

use super::depth::BLOCKS;
use super::flattened::{Layout, MOST, Order};
use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::nn::Stack;
use crate::ops::layout::transpose;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::settings::Choice;
use crate::viz::words;

/// What a plan computes, on the reference.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    reference::run(plan, &BTreeMap::new()).get(of.buf.0).cloned()
}

/// The cell numbers of maps in a strip.
fn strip(sizes: [usize; 3], layout: Layout) -> Option<Vec<f64>> {
    let count = sizes.iter().product::<usize>();
    let mut plan = Plan::new();
    let cells = plan.constant("cells", &sizes, (0..count).map(|i| i as f32).collect::<Vec<_>>());
    let axes = if layout == Layout::First { [0, 1, 2] } else { [1, 2, 0] };
    let strip = transpose(&mut plan, &cells, &axes).ok()?;
    run(&plan, &strip)
}

/// On flattening.
pub fn flatten(rng: &mut Rng) -> Option<Question> {
    let [most, rows, columns] = MOST.map(|n| n as u32);
    let sizes = [2 + rng.below(most.min(9) - 1), 2 + rng.below(rows - 1), 2 + rng.below(columns - 1)];
    let [c, h, w] = sizes.map(|n| n as usize);
    let at = [c, h, w].map(|n| rng.below(n as u32) as usize);
    let layout = Layout::ALL[rng.below(2) as usize];
    let order = Order { sizes: [c, h, w], layout };
    let number = (at[0] * h + at[1]) * w + at[2];
    let places = strip(order.sizes, layout)?;
    let index = places.iter().position(|cell| *cell == number as f64)?;
    let maps = format!("{c} maps of {h} rows and {w} columns");
    let formula = match layout {
        Layout::First => format!("({}·{h} + {})·{w} + {} = {index}", at[0], at[1], at[2]),
        Layout::Last => format!("({}·{w} + {})·{c} + {} = {index}", at[1], at[2], at[0]),
    };
    let show =
        format!("image=sneaker&channels={c}&height={h}&width={w}&layout={0}&expects={0}", layout.name());
    let looked = Some(format!("{show}&cell={number}"));
    Some(match rng.below(4) {
        0 => Question {
            ask: format!(
                "{maps} are flattened {}: which index has map {}, row {}, column {}, all counted from 0?",
                layout.name(),
                at[0],
                at[1],
                at[2]
            ),
            answer: Answer::number(index as f64, ""),
            how: format!("What is walked slowest is multiplied by all that is faster: {formula}."),
            show: looked,
        },
        1 => Question {
            ask: format!(
                "{maps} are flattened {}: which map, row and column has index {index}, all counted from 0 (three numbers)?",
                layout.name()
            ),
            answer: Answer::Numbers(at.map(|n| n as f64).to_vec()),
            how: format!("Divide by the sizes, the fastest first, and keep what is left over: {formula}."),
            show: looked,
        },
        2 => {
            // The first cell, and those beside it, below it, and in the next map.
            let place = |cell: usize| places.iter().position(|from| *from == cell as f64).map(|i| i as f64);
            let far = [1, w, h * w].map(|cell| Some(place(cell)? - place(0)?));
            let how = match layout {
                Layout::First => format!("The last axis is the fastest: 1, a row of {w}, a map of {h}·{w}."),
                Layout::Last => format!("The maps are the fastest: a place of {c}, a row of {w}·{c}, and 1."),
            };
            Question {
                ask: format!(
                    "{maps} are flattened {}: how many places on is the next column, the row below, the next map (three numbers)?",
                    layout.name()
                ),
                answer: Answer::Numbers(far.into_iter().collect::<Option<_>>()?),
                how,
                show: Some(show),
            }
        }
        _ => {
            let classes = 10;
            let [flat, pooled] = [c * h * w, c].map(|inputs| ((inputs + 1) * classes) as f64);
            Question {
                ask: format!(
                    "{maps} go into a dense layer of {classes} classes: how many numbers are there, how many parameters has it behind flattening, biases included, and how many behind global average pooling (three numbers)?"
                ),
                answer: Answer::Numbers(vec![(c * h * w) as f64, flat, pooled]),
                how: format!(
                    "({c}·{h}·{w} + 1)·{classes} and ({c} + 1)·{classes}: one weight for each number that goes in, and a bias."
                ),
                show: Some(show),
            }
        }
    })
}

/// On dense layers.
pub fn fully_connected(rng: &mut Rng) -> Option<Question> {
    let (inputs, outputs) = (64 << rng.below(6), 10 * (1 + rng.below(10)));
    Some(match rng.below(5) {
        0 => Question {
            ask: format!(
                "A dense layer has {inputs} inputs and {outputs} outputs: how many parameters, biases included?"
            ),
            answer: Answer::number(f64::from((inputs + 1) * outputs), "parameters"),
            how: format!(
                "A weight for each pair and a bias for each output: {inputs}·{outputs} + {outputs}."
            ),
            show: None,
        },
        1 => {
            let [x, w]: [Vec<f32>; 2] = [0, 1].map(|_| (0..3).map(|_| rng.below(6) as f32).collect());
            let bias = rng.below(4) as f32;
            let mut plan = Plan::new();
            let a = plan.constant("features", &[1, 3], x.clone());
            let b = plan.constant("weights", &[1, 3], w.clone());
            let add = plan.constant("bias", &[1], vec![bias]);
            let score = matmul(&mut plan, &a, &b, Some(&add), &Gemm::NT).ok()?;
            Question {
                ask: format!(
                    "Features {}, {}, {} meet weights {}, {}, {} and a bias of {bias}: what is the logit?",
                    x[0], x[1], x[2], w[0], w[1], w[2]
                ),
                answer: Answer::number(*run(&plan, &score)?.first()?, ""),
                how: format!("{}·{} + {}·{} + {}·{} + {bias}.", x[0], w[0], x[1], w[1], x[2], w[2]),
                show: None,
            }
        }
        2 => {
            let [maps, side] = [8 << rng.below(4), 3 + rng.below(6)];
            Question {
                ask: format!(
                    "A dense layer reads {maps} maps of {side} × {side} and has {outputs} outputs. As a convolution: how many rows and columns has its kernel, and how many weights one filter (three numbers)?"
                ),
                answer: Answer::Numbers([side, side, maps * side * side].map(f64::from).to_vec()),
                how: format!(
                    "The kernel covers the whole map, {side} × {side}, and all {maps} channels: {side}·{side}·{maps}. It fits at one place."
                ),
                show: None,
            }
        }
        3 => {
            let [first, second] = [rng.below(6), rng.below(6)].map(|n| n as f32 / 2.0);
            let mut plan = Plan::new();
            let logits = plan.constant("logits", &[2], vec![first, second]);
            let shares = softmax(&mut plan, &logits, 0, &SoftmaxOptions::default()).ok()?;
            let percent = (run(&plan, &shares)?.first()? * 100.0).round();
            Question {
                ask: format!(
                    "Two classes have logits {first} and {second}: which probability has the first, in whole percent?"
                ),
                answer: Answer::number(percent, "percent"),
                how: format!("Only the difference counts: 1/(1 + e^−({first} − {second}))."),
                show: None,
            }
        }
        _ => {
            let [gain, feature, weight] = [2 + rng.below(4), 1 + rng.below(4), 1 + rng.below(5)];
            Question {
                ask: format!(
                    "A feature is {feature} and its weight for a class {weight}. It is multiplied by {gain}: by how much does the logit of the class rise?"
                ),
                answer: Answer::number(f64::from((gain - 1) * feature * weight), ""),
                how: format!(
                    "Its product grows from {feature}·{weight} to {gain}·{feature}·{weight}; nothing else changes."
                ),
                show: None,
            }
        }
    })
}

/// On feature learning.
pub fn feature_learning(rng: &mut Rng) -> Option<Question> {
    let [side, filters, window] = [28 + 4 * rng.below(9), 8 << rng.below(4), 3 + 2 * rng.below(2)];
    let (pad, blocks) = (window / 2 - rng.below(2), 1 + rng.below(3));
    let block = format!("conv {filters} of {window}x{window} pad {pad}, relu, pool 2");
    let stack: Stack = vec![block; blocks as usize].join(", ").parse().ok()?;
    // The engine's own rule for shapes, on a picture of three channels.
    let layers = stack.layers(&[3, side as usize, side as usize]).layers;
    let [maps, rows, columns] = layers.last()?.to[..] else { return None };
    let (sees, classes) = (layers.last()?.receptive[0], 5 * (1 + rng.below(8)) as usize);
    let show = Some(format!("block={}", rng.below(BLOCKS as u32) + 1));
    let each = format!(
        "a convolution of {filters} filters of {window} × {window} with stride 1 and padding {pad}, ReLU, and max pooling of 2 × 2 with stride 2"
    );
    Some(match rng.below(4) {
        0 => Question {
            ask: format!(
                "A picture of 3 × {side} × {side} goes through {}, each {each}: which shape have the maps behind the last (maps, rows, columns)?",
                words::plural(blocks as usize, "block", "blocks")
            ),
            answer: Answer::Numbers([maps, rows, columns].map(|n| n as f64).to_vec()),
            how: format!(
                "A block makes floor((W − {window} + 2·{pad} + 1)/2) of a side of W, and as many maps as filters."
            ),
            show,
        },
        1 => Question {
            ask: format!(
                "A linear probe tells {classes} classes apart by {maps} maps of {rows} × {columns}: how many parameters has it, biases included, on the mean of each map and on all cells (two numbers)?"
            ),
            answer: Answer::Numbers(
                [maps, maps * rows * columns].map(|n| ((n + 1) * classes) as f64).to_vec(),
            ),
            how: format!("({maps} + 1)·{classes} and ({maps}·{rows}·{columns} + 1)·{classes}."),
            show,
        },
        2 => Question {
            ask: format!(
                "A network has {}, each {each}: how many pixels of the picture, on a side, does a cell behind the last see?",
                words::plural(blocks as usize, "block", "blocks")
            ),
            answer: Answer::number(sees as f64, "pixels"),
            how: format!(
                "Each window adds its size less 1, times the pixels from a cell to the next: {window} − 1 and 2 − 1 times 1, then times 2, then times 4."
            ),
            show,
        },
        _ => {
            let random = rng.below(2) == 1;
            let (options, right) = if random {
                (
                    [
                        "that depth by itself separates little: what the trained network gains, it has learned",
                        "that the probe was trained for too short a time",
                        "that the blocks have too few maps for these classes",
                    ],
                    0,
                )
            } else {
                (
                    [
                        "the weights of the blocks and of the probe",
                        "the weights of the probe alone",
                        "the weights of the last block and of the probe",
                    ],
                    1,
                )
            };
            let ask = if random {
                format!(
                    "Probes behind {} read the same of random weights at each depth, and more and more of trained ones. What does this show?",
                    words::plural(blocks as usize + 1, "block", "blocks")
                )
            } else {
                format!(
                    "A linear probe is trained behind block {} of a trained network: which weights change?",
                    blocks + 1
                )
            };
            Question {
                ask,
                answer: Answer::OneOf { options: options.map(str::to_owned).to_vec(), right },
                how: "A probe asks what can be read off a block that stays as it is; random weights are the control for depth and for the number of maps.".into(),
                show,
            }
        }
    })
}
