//! On pooling, heads and whole networks.

use std::collections::BTreeSet;

use super::{asked, given, hold, numbers, places};

#[test]
fn flattening() {
    // C, H, W; then map, row and column, or the index.
    let mut complaints = Vec::new();
    let mut kinds = BTreeSet::new();
    for question in asked("flatten") {
        let (ask, n) = (&question.ask, numbers(&question.ask));
        let [c, h, w] = [n[0], n[1], n[2]];
        let last = ask.contains("flattened channels last");
        let (kind, want) = if ask.contains("which index") {
            let [map, row, column] = [n[3], n[4], n[5]];
            let index = if last { (row * w + column) * c + map } else { (map * h + row) * w + column };
            ("index", vec![index])
        } else if ask.contains("which map, row and column") {
            let i = n[3];
            let cell = if last {
                vec![i % c, (i / (w * c)).floor(), (i / c).floor() % w]
            } else {
                vec![(i / (h * w)).floor(), (i / w).floor() % h, i % w]
            };
            ("cell", cell)
        } else if ask.contains("how many places on") {
            ("apart", if last { vec![c, w * c, 1.0] } else { vec![1.0, w, h * w] })
        } else {
            ("parameters", vec![c * h * w, (c * h * w + 1.0) * n[3], (c + 1.0) * n[3]])
        };
        kinds.insert(kind);
        if given(&question.answer) != want {
            complaints.push(format!("{ask} is {want:?}, not {:?}", question.answer));
        }
    }
    super::super::none(&complaints);
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn fully_connected() {
    hold(
        "fully-connected",
        &[
            ("how many parameters", |n| vec![n[0] * n[1] + n[1]]),
            ("what is the logit", |n| vec![n[0] * n[3] + n[1] * n[4] + n[2] * n[5] + n[6]]),
            ("has its kernel", |n| vec![n[1], n[2], n[0] * n[1] * n[2]]),
            ("which probability", |n| {
                let [first, second] = [n[0], n[1]].map(f64::exp);
                vec![(100.0 * first / (first + second)).round()]
            }),
            ("by how much does the logit", |n| vec![(n[2] - 1.0) * n[0] * n[1]]),
        ],
    );
}

#[test]
fn why_pooling() {
    hold(
        "why-pooling",
        &[
            ("by what factor", |n| vec![n[0] * n[0]]),
            ("how many multiply-adds", |n| {
                // Side, side, channels, window, window, kernel, kernel, padding, filters.
                let pooled = n[0] / n[3];
                vec![pooled * pooled * 9.0 * n[2] * n[8]]
            }),
            ("does one of its outputs see", |n| vec![3.0 * n[2]]),
            ("outputs of max pooling", |n| {
                // Cells, 0, 1, the cell of the 1, 0, how far, the window.
                let window = |cell: f64| (cell / n[6]).floor();
                vec![if window(n[3]) == window(n[3] + n[5]) { 0.0 } else { 2.0 }]
            }),
            ("How many KiB", |n| {
                let pooled = n[1] / n[3];
                vec![n[0] * pooled * pooled * 4.0 / 1024.0]
            }),
        ],
    );
}

#[test]
fn types_of_pooling() {
    hold(
        "pooling-types",
        &[
            ("in floor mode", |n| vec![places(n[0], n[2], n[3], 0.0, 1.0)]),
            ("in ceil mode", |n| {
                let [side, window, stride] = [n[0], n[2], n[3]];
                let steps = ((side - window) / stride).ceil();
                // A window begins inside the map or not at all.
                vec![steps + 1.0 - f64::from(u8::from(steps * stride >= side))]
            }),
            ("What does max pooling", |n| vec![n[2..6].iter().copied().fold(0.0, f64::max)]),
            ("What does average pooling", |n| vec![n[2..6].iter().sum::<f64>() / 4.0]),
            ("What does L2 pooling", |n| vec![n[2..6].iter().map(|x| x * x).sum::<f64>().sqrt()]),
            ("the output of average pooling", |n| vec![n[6] / 4.0]),
            ("the output of max pooling", |n| {
                vec![if n[2] > n[3] && n[2] > n[4] && n[2] > n[5] { n[6] } else { 0.0 }]
            }),
            ("Stochastic pooling averages", |n| {
                let window = &n[2..6];
                vec![window.iter().map(|x| x * x).sum::<f64>() / window.iter().sum::<f64>()]
            }),
            ("spatial pyramid", |n| vec![n[0] * (n[3] * n[3] + n[5] * n[5] + n[7] * n[7])]),
        ],
    );
}

#[test]
fn pooling_hyperparameters() {
    // Windows that begin within the input or the padding before it, counted one by one.
    fn up(side: f64, window: f64, stride: f64, pad: f64) -> f64 {
        let mut count = 1.0;
        while (count - 1.0) * stride + window < side + 2.0 * pad && count * stride < side + pad {
            count += 1.0;
        }
        count
    }
    hold(
        "pooling-hyperparameters",
        &[
            // Side twice, window, stride, padding, dilation.
            ("in ceil mode: how many cells", |n| vec![up(n[0], n[2], n[3], n[4])]),
            ("rounded down: how many cells has", |n| vec![places(n[0], n[2], n[3], n[4], n[5])]),
            ("which counts", |n| vec![n[..4].iter().sum::<f64>() / 9.0]),
            ("which does not count", |n| vec![n[..4].iter().sum::<f64>() / 4.0]),
            ("from part windows", |n| {
                let whole = (n[0] / n[2]).floor();
                vec![2.0 * whole + 1.0]
            }),
            ("does no window read", |n| vec![n[0] * n[0] - (n[0] - n[0] % n[2]).powi(2)]),
            ("maps come out", |n| vec![n[0], (n[1] / n[3]).floor(), 0.0]),
        ],
    );
}

#[test]
fn three_conv_layers() {
    let mut complaints = Vec::new();
    let mut kinds = BTreeSet::new();
    for question in asked("three-conv-layers") {
        let (case, ask) = question.ask.rsplit_once(": ").unwrap();
        let (picture, layers) = case.split_once(" goes through three convolutions: ").unwrap();
        let (mut side, mut channels) = (numbers(picture)[0], 3.0);
        let (mut sides, mut parameters, mut stuck) = (Vec::new(), 0.0, 0.0);
        for (i, layer) in layers.split("; ").enumerate() {
            // Filters and window; stride and padding where they are said.
            let n = numbers(layer);
            let after = |word: &str| Some(numbers(layer.split_once(word)?.1)[0]);
            let (stride, pad) = (after("stride ").unwrap_or(1.0), after("pad ").unwrap_or(0.0));
            if n[1] > side + 2.0 * pad {
                stuck = i as f64;
                break;
            }
            side = places(side, n[1], stride, pad, 1.0);
            parameters += (n[1] * n[2] * channels + 1.0) * n[0];
            channels = n[0];
            sides.push(side);
        }
        let (kind, want) = match ask {
            ask if ask.contains("which sides") => ("sides", sides),
            ask if ask.contains("numbers enter") => ("vector", vec![side * side * channels]),
            ask if ask.contains("how many parameters") => ("parameters", vec![parameters]),
            _ => ("stuck", vec![stuck]),
        };
        kinds.insert(kind);
        if given(&question.answer) != want {
            complaints.push(format!("{} is {want:?}, not {:?}", question.ask, question.answer));
        }
    }
    super::super::none(&complaints);
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn feature_learning() {
    // Maps, side and what a cell sees behind so many blocks of these windows and paddings.
    fn behind(blocks: f64, mut side: f64, window: f64, pad: f64) -> [f64; 2] {
        let (mut sees, mut step) = (1.0, 1.0);
        for _ in 0..blocks as usize {
            side = ((side - window + 2.0 * pad + 1.0) / 2.0).floor();
            sees += (window - 1.0) * step + step;
            step *= 2.0;
        }
        [side, sees]
    }
    hold(
        "feature-learning-vs-classification",
        &[
            ("which shape have the maps", |n| {
                let [side, _] = behind(n[3], n[1], n[5], n[8]);
                vec![n[4], side, side]
            }),
            ("how many parameters has it", |n| vec![(n[1] + 1.0) * n[0], (n[1] * n[2] * n[3] + 1.0) * n[0]]),
            ("how many pixels of the picture", |n| vec![behind(n[0], 0.0, n[2], n[5])[1]]),
            ("What does this show", |_| vec![0.0]),
            ("which weights change", |_| vec![1.0]),
        ],
    );
}

/// Numbers of a text with their signs.
fn signed(text: &str) -> Vec<f64> {
    let words = text.split([' ', ',', '?', ';']).map(|word| word.trim_end_matches('.').replace('−', "-"));
    words.filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn relu_in_cnn() {
    let mut complaints = Vec::new();
    let mut kinds = BTreeSet::new();
    for question in asked("relu-in-cnn") {
        let (ask, n) = (&question.ask, signed(&question.ask));
        let slope = if ask.contains("leaky") { 0.1 } else { 0.0 };
        // "slope 0.1 below 0" stands between what the question gives.
        let maps: Vec<f64> = n.iter().copied().filter(|v| *v != 0.1 && *v != 0.0).collect();
        let (kind, want) = if ask.contains("make of it") {
            ("forward", maps[..3].iter().map(|x| if *x > 0.0 { *x } else { slope * x }).collect())
        } else if ask.contains("gradient of x") {
            let pairs = maps[..3].iter().zip(&maps[3..6]);
            ("backward", pairs.map(|(x, dy)| if *x > 0.0 { *dy } else { slope * dy }).collect())
        } else if ask.contains("Which side") {
            let sides: Vec<f64> =
                numbers(ask).chunks(2).take_while(|side| side.len() == 2).map(|s| s[0]).collect();
            ("composed", vec![sides.iter().map(|side| side - 1.0).sum::<f64>() + 1.0])
        } else if ask.contains("Which share") {
            let below = n[..8].iter().filter(|x| **x + n[8] <= 0.0).count();
            ("zeros", vec![100.0 * below as f64 / 8.0])
        } else {
            let top = n[..3].iter().map(|w| w.max(0.0)).sum::<f64>() + n[3];
            ("dead", vec![f64::from(u8::from(top <= 0.0))])
        };
        kinds.insert(kind);
        let (want, have): (Vec<f64>, _) = (want, given(&question.answer));
        let close = want.len() == have.len() && want.iter().zip(&have).all(|(a, b)| (a - b).abs() < 1e-6);
        if !close {
            complaints.push(format!("{ask} is {want:?}, not {have:?}"));
        }
    }
    super::super::none(&complaints);
    assert_eq!(kinds.len(), 5, "{kinds:?}");
}
