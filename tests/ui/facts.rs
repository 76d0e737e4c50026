//! Numbers in sentences that anyone can work out by hand, on the adapter and on the reference.

use glassbox::exhibits::topic;
use glassbox::gpu::Runtime;
use glassbox::viz::Caption;

use super::lent::lend;
use super::scene::{Scene, report};

const SIZE: [u32; 2] = [1000, 620];

/// What a page says under these settings.
fn said(runtime: &Runtime, slug: &str, settings: &[String]) -> String {
    let mut scene = Scene::of(runtime, SIZE, true);
    scene.open(topic(slug).unwrap());
    for setting in settings {
        scene.app.shell.page().set(setting).unwrap();
    }
    scene.centre();
    scene.app.shell.page().caption().map(Caption::text).unwrap_or_default()
}

/// How many windows of 1 to 7 with paddings of 0 to 4 shrink, keep and grow 8 cells.
fn plane(stride: usize) -> String {
    let mut counts = [0; 3];
    for (window, pad) in (1..=7).flat_map(|window| (0..5).map(move |pad| (window, pad))) {
        let side = (8 + 2 * pad - window) / stride + 1;
        counts[usize::from(side >= 8) + usize::from(side > 8)] += 1;
    }
    let [less, same, more] = counts;
    format!("of 35 settings {less} shrink, {same} keep and {more} grow")
}

/// Pages with settings, and what their sentence has to hold.
fn facts() -> Vec<(&'static str, Vec<String>, String)> {
    let of = |slug, settings: &[&str], holds: &str| {
        (slug, settings.iter().map(ToString::to_string).collect(), holds.to_owned())
    };
    let mut facts: Vec<_> = (1..=4)
        .map(|stride| ("does-size-always-reduce", vec![format!("stride={stride}")], plane(stride)))
        .collect();
    facts.extend([
        of("positional-encoding", &["kind=none"], "the same vectors: difference 0."),
        of("output-size", &["stride=2"], "3 places"),
        of("twelve-by-twelve", &[], "12 × 12 becomes 10 × 10"),
        of("zero-padding", &[], "the corner is read 1 time, the middle 9 times"),
        of("zero-padding", &["layers=20"], "after 5 layers"),
        of("one-d-vs-two-d", &[], "the same numbers: difference 0."),
        of("one-d-vs-two-d", &["causal=on"], "changes by 0."),
        of(
            "parameter-sharing",
            &["size=12", "shift=4"],
            "difference 0. Shift the input by 4, the map shifts by 4: 0.",
        ),
        of(
            "flatten",
            &[],
            "Cell (2, 2, 4) becomes number 116 of 147, counted from 0; the cell below is 7 places on",
        ),
        of("flatten", &["layout=channels last", "expects=channels last"], "number 56 of 147"),
        of("fully-connected", &[], "sneaker leads sandal by 10.8"),
        of("fully-connected", &["image=coat", "feature=1137", "gain=0"], "pullover wins by 0.332"),
        of("fully-connected", &["drawing=convolution"], "gives the same logits"),
        of("pooling-types", &[], "sends its gradient to 1 cell of 16"),
        of("pooling-types", &["window=3", "stride=1"], "one cell wins up to 9 windows"),
        of("why-pooling", &["shift=0"], "every map changes by 0 %"),
        of("why-pooling", &["pooling=none"], "4× more work than after 2 × 2 windows"),
        of("why-pooling", &["window=8"], "for the same 64× less work behind"),
        of("pooling-hyperparameters", &[], "13 of 49 cells, stay unread. 0 parameters are learned"),
        of("pooling-hyperparameters", &["ceil=on"], "7 of 16 maxima are of 1 to 2 cells, the others of 4"),
        of("pooling-hyperparameters", &["window=3"], "7 × 7 → 3 × 3, every cell is read, some in 4 windows"),
        of("pooling-hyperparameters", &["ceil=on", "window=1", "stride=4"], "7 × 7 → 2 × 2"),
        of("feature-learning-vs-classification", &["block=2"], "sees 10 × 10 pixels"),
        of("feature-learning-vs-classification", &["block=4"], "sees 26 × 26 pixels"),
        of("relu-in-cnn", &["activation=none"], "two convolutions are one of 5 × 5"),
        of("relu-in-cnn", &["bias=-6"], "16 of 16 maps are 0 for all 32 pictures"),
        of(
            "relu-in-cnn",
            &["activation=leaky ReLU", "bias=-6", "slope=0.25"],
            "passes 25 % of the gradient: 0 of 16 maps are dead, with ReLU 16",
        ),
        of(
            "loss-functions",
            &["loss=squared, sigmoid"],
            "has slope −0.005 and stalls; cross-entropy has −0.998",
        ),
        of("loss-functions", &["loss=hinge", "score=0.5"], "hinge has loss 0.500 and slope −1"),
        of("loss-functions", &["loss=absolute error"], "its slope is never more than 1"),
        of("backpropagation", &["left=32"], "13 steps forward give the loss, 19 back give all 9 gradients"),
        of("backpropagation", &["left=32"], "13 steps forward give the loss, 19 back give all 9 gradients"),
        of("backpropagation", &["cut=activation of unit 1"], "leaves 3 of 9 parameters with gradient 0"),
        of("backpropagation", &["cut=activation of output"], "leaves 9 of 9 parameters with gradient 0"),
        of("backpropagation", &["cut=unit 1 to output", "layers=2"], "leaves 3 of 15 parameters"),
        of("backpropagation", &["layers=2"], "sums 2 paths of 7 factors"),
        of("sigmoid-vs-softmax", &[], "3 classes share 1.00, class 1 has 66 %. Sigmoid: 2.14 in all"),
        of("sigmoid-vs-softmax", &["label=3"], "class 3 has 10 %"),
        of("sigmoid-vs-softmax", &["classes=2"], "gives class 1 73 %, the sigmoid of the difference 1"),
        of("sigmoid-vs-softmax", &["shift=3"], "the sigmoids add up to 2.93 instead of 2.14"),
        // Beyond what 64 bits hold.
        of(
            "sigmoid-vs-softmax",
            &["shift=120", "temperature=0.1", "form=naive"],
            "3 of 3 probabilities are NaN",
        ),
        of("sigmoid-vs-softmax", &["shift=120", "temperature=0.1"], "class 1 keeps over 99 %"),
        of(
            "cross-entropy-labels",
            &[],
            "gradients differ by 0: one-hot labels take 160 bytes, indices 32 bytes",
        ),
        of("cross-entropy-labels", &["lead=0", "spread=0"], "Loss 1.61 and 1.61"),
        of(
            "cross-entropy-labels",
            &["batch=64", "classes=1000"],
            "250 KiB, 64 indices 256 bytes, 1000× less",
        ),
        of("flatten", &["into=global average", "channels=32"], "330 parameters, not 15,690"),
        of("vanishing-gradients", &[], "The slope of sigmoid is at most 0.25"),
        of("vanishing-gradients", &["activation=tanh"], "The slope of tanh is at most 1"),
        // 1.2 to the power of 49, and 1.
        of("exploding-gradients", &["net=recurrent"], "49 steps back the gradient is 7,584 times as large"),
        of("exploding-gradients", &["net=recurrent", "turns=1"], "is 1.00 of what it is at the last step"),
    ]);
    facts
}

fn hold(runtime: &Runtime) -> Vec<String> {
    let wrong = |(slug, settings, holds): (&str, Vec<String>, String)| {
        let said = said(runtime, slug, &settings);
        (!said.contains(&holds)).then(|| format!("{slug} {settings:?}: \"{holds}\" is not in \"{said}\""))
    };
    facts().into_iter().filter_map(wrong).collect()
}

#[test]
fn sentences_hold_on_the_adapter() {
    let Some(gpu) = lend() else { return };
    report(&hold(&gpu.runtime()));
}

#[test]
fn sentences_hold_on_the_reference() {
    report(&hold(&Runtime::Reference));
}

#[test]
fn a_blur_leaves_little_of_false_rings() {
    let Some(gpu) = lend() else { return };
    let preset = topic("stride").unwrap().lesson().preset("Blur first").unwrap();
    let settings: Vec<String> =
        preset.settings().iter().map(|(knob, value)| format!("{knob}={value}")).collect();
    let said = said(&gpu.runtime(), "stride", &settings);
    let left = said.split(" % of their contrast").next().and_then(|text| text.rsplit(' ').next());
    let left: f64 = left.and_then(|left| left.parse().ok()).unwrap();
    assert!(left <= 5.0, "{said}");
}
