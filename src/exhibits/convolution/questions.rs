//! Questions of the pages on convolution, with their answers.

use super::padding::{Mode, pads};
use super::reading::unread;
use super::sequence::SAMPLES;
use super::sized::Way;
use crate::gpu::Plan;
use crate::lessons::{Answer, Question};
use crate::ops::conv::{Conv, Conv2d};
use crate::ops::philox::Rng;

/// Side of the photo on the page on stride.
const PHOTO: usize = 224;

/// A layer of one channel on a square input.
fn square(side: u32, kernel: u32, stride: u32, padding: u32) -> Option<Conv2d> {
    let [n, k, s, p] = [side, kernel, stride, padding].map(|v| v as usize);
    let conv = Conv { stride: [s; 2], pad: [p; 4], ..Conv::default() };
    Conv2d::new(&[1, 1, n, n], &[1, 1, k, k], false, &conv).ok()
}

/// On stride.
pub fn stride(rng: &mut Rng) -> Option<Question> {
    let (size, stride) = (1 + 2 * rng.below(3), 2 + rng.below(3));
    let padding = size / 2;
    let at = |stride| square(PHOTO as u32, size, stride, padding);
    let (dense, sparse) = (at(1)?, at(stride)?);
    let case = format!(
        "A {size} × {size} window with {padding} cells of padding on each side reads a {PHOTO} × {PHOTO} input"
    );
    let sides = format!(
        "stride 1 gives {} × {} places, stride {stride} gives {} × {}",
        dense.oh, dense.ow, sparse.oh, sparse.ow
    );
    let (ask, answer, how) = match rng.below(3) {
        0 => (
            format!("how many times fewer multiply-adds does stride {stride} cost than stride 1?"),
            Answer::number(dense.multiply_adds() as f64 / sparse.multiply_adds() as f64, "times"),
            format!(
                "{sides}. Each place costs the same, so it is the ratio of the areas, close to S² = {}.",
                stride * stride
            ),
        ),
        1 => (
            format!("what share of the input is never read at stride {stride}, in percent?"),
            Answer::number((unread(&sparse) * 100.0).round(), "percent"),
            format!(
                "Windows of {size} cells begin every {stride} cells; what lies between, and what is left at the end, is not read."
            ),
        ),
        _ => (
            format!("what is the period of the finest pattern that the map at stride {stride} can hold?"),
            Answer::number(f64::from(2 * stride), "cells"),
            format!(
                "One value is kept every {stride} cells, and a period needs two of them: 2·{stride} cells."
            ),
        ),
    };
    let show = Some(format!("size={size}&stride={stride}&padding={padding}"));
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On the size of the output.
pub fn output_size(rng: &mut Rng) -> Option<Question> {
    let (size, kernel) = (8 + rng.below(9), 2 + rng.below(4));
    let (stride, padding) = (1 + rng.below(3), rng.below(3));
    let p = square(size, kernel, stride, padding)?;
    let case = format!(
        "A {size} × {size} input under a {kernel} × {kernel} filter, stride {stride}, {padding} cells of padding on each side"
    );
    let formula = format!("floor(({size} − {kernel} + 2·{padding})/{stride}) + 1 = {}", p.oh);
    let show = Some(format!("size={size}&kernel={kernel}&stride={stride}&padding={padding}"));
    let (ask, answer, how) = match rng.below(3) {
        0 => (
            "how many cells has a side of the output?",
            Answer::Number { value: p.oh.into(), unit: "cells" },
            formula,
        ),
        1 => (
            "how many dot products are computed?",
            Answer::Number { value: f64::from(p.oh * p.ow), unit: "dot products" },
            format!("{formula} places a side, squared"),
        ),
        _ => {
            let right = if p.oh < size {
                0
            } else if p.oh == size {
                1
            } else {
                2
            };
            let options = ["shrinks", "keeps its size", "grows"].map(str::to_owned).to_vec();
            (
                "what does the map do?",
                Answer::OneOf { options, right },
                format!("{formula}, against {size} before"),
            )
        }
    };
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On valid and same padding.
pub fn padding(rng: &mut Rng) -> Option<Question> {
    let input = 5 + rng.below(8) as usize;
    let (size, stride) = (2 + rng.below(4) as usize, 1 + rng.below(3) as usize);
    let [before, after] = pads(Mode::Same, input, size, stride, 1);
    let output = input.div_ceil(stride);
    let case = format!("Input {input} × {input}, kernel {size} × {size}, stride {stride}");
    let zeros =
        format!("max(({output} − 1)·{stride} + {size} − {input}, 0) = {} zeros in all", before + after);
    let (ask, answer, how) = match rng.below(3) {
        0 => (
            "“same” as TensorFlow pads: how many zeros go to the right?",
            Answer::number(after as f64, "zeros"),
            format!(
                "The output has ceil({input}/{stride}) = {output} cells, so {zeros}: {before} to the left, {after} to the right."
            ),
        ),
        1 => {
            let places = |total: usize| ((input + total).saturating_sub(size) / stride + 1) as f64;
            (
                "how many cells has a side of the output under valid, same, full?",
                Answer::Numbers(vec![places(0), output as f64, places(2 * (size - 1))]),
                format!(
                    "Valid floor(({input} − {size})/{stride}) + 1, same ceil({input}/{stride}), full with {} zeros on each side.",
                    size - 1
                ),
            )
        }
        _ => {
            let right = usize::from(before != after);
            let options = ["as many on both sides", "one more at the end"].map(str::to_owned).to_vec();
            (
                "how does “same”, as TensorFlow pads, lay its zeros along an axis?",
                Answer::OneOf { options, right },
                format!("{zeros}: an even total is split evenly, of an odd one the last goes to the end."),
            )
        }
    };
    let show = Some(format!("image=grid&width={input}&size={size}&stride={stride}&dilation=1"));
    Some(Question { ask: format!("{case}; {ask}"), answer, how, show })
}

/// On zero padding.
pub fn zero_padding(rng: &mut Rng) -> Option<Question> {
    let (side, kernel) = (7 + rng.below(6), 3 + 2 * rng.below(2));
    let case = format!(
        "A {side} × {side} input goes through {kernel} × {kernel} layers at stride 1 without padding"
    );
    let sides: Vec<u32> =
        std::iter::successors(Some(side), |side| Some(square(*side, kernel, 1, 0)?.oh)).collect();
    let written: Vec<String> = sides.iter().map(u32::to_string).collect();
    let (ask, answer, how) = match rng.below(3) {
        0 => (
            "how many layers have room?",
            Answer::number((sides.len() - 1) as f64, "layers"),
            format!("Each takes {} cells off a side: {}.", kernel - 1, written.join(", ")),
        ),
        1 => {
            // Windows that hold a cell in the middle, along one axis.
            let along = f64::from(kernel.min(side - kernel + 1));
            (
                "how many times does the first layer read a corner, the middle of the first row, and the middle?",
                Answer::Numbers(vec![1.0, along, along * along]),
                format!(
                    "Along an axis one window holds the first cell, and {along} hold the one in the middle."
                ),
            )
        }
        _ => (
            "how many cells of padding on each side would keep its size?",
            Answer::number(f64::from((kernel - 1) / 2), "cells"),
            format!("(F − 1)/2 = ({kernel} − 1)/2."),
        ),
    };
    let show = Some(format!("image=grid&width={side}&size={kernel}&padding=0&layers=20"));
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On sizes that differ across and down, with dilation.
pub fn sizes(rng: &mut Rng) -> Option<Question> {
    let (width, height, kernel) = (7 + rng.below(10), 7 + rng.below(10), 2 + rng.below(3));
    let (stride, padding, dilation) = (1 + rng.below(3), rng.below(3), 1 + rng.below(2));
    let [h, w, k, s, pad, d] = [height, width, kernel, stride, padding, dilation].map(|v| v as usize);
    let conv = Conv { stride: [s; 2], pad: [pad; 4], dilation: [d; 2], ..Conv::default() };
    let p = Conv2d::new(&[1, 1, h, w], &[1, 1, k, k], false, &conv).ok()?;
    let span = dilation * (kernel - 1) + 1;
    let case = format!(
        "An input {width} wide and {height} high, filter {kernel} × {kernel}, stride {stride}, padding {padding} on each side, dilation {dilation}"
    );
    let along = |n: u32, o: u32| format!("floor(({n} + 2·{padding} − {span})/{stride}) + 1 = {o}");
    let how = format!("A window spans {span}: across {}, down {}.", along(width, p.ow), along(height, p.oh));
    let (ask, answer, how) = match rng.below(3) {
        0 => (
            "how wide is the output, how high, and how many numbers has it for one filter?",
            Answer::Numbers(vec![p.ow.into(), p.oh.into(), f64::from(p.ow * p.oh)]),
            how,
        ),
        1 => (
            "how many dot products does one filter compute?",
            Answer::number((p.ow * p.oh).into(), "dot products"),
            how,
        ),
        _ => {
            let steps = width + 2 * padding - span;
            (
                "how many cells, padding counted, lie behind the last window across?",
                Answer::number((steps % stride).into(), "cells"),
                format!(
                    "{width} + 2·{padding} − {span} = {steps}, and {steps} = {stride}·{} + {}.",
                    p.ow - 1,
                    steps % stride
                ),
            )
        }
    };
    let show = Some(format!(
        "width={width}&height={height}&size={kernel}&stride={stride}&padding={padding}&dilation={dilation}"
    ));
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On whether a layer shrinks its map.
pub fn reduces(rng: &mut Rng) -> Option<Question> {
    let (side, size, padding) = (6 + rng.below(5), 1 + rng.below(5), rng.below(3));
    let (stride, transposed) = (1 + rng.below(2), rng.below(3) == 0);
    let (mut plan, way) = (Plan::new(), Way { stride: stride as usize, transposed });
    let [n, f, pad] = [side, size, padding].map(|v| v as usize);
    let x = plan.constant("input", &[1, 1, n, n], vec![0.0; n * n]);
    let w = plan.constant("filter", &[1, 1, f, f], vec![0.0; f * f]);
    let made = way.layer(&mut plan, &x, &w, pad).ok()?.shape[2];
    let name = if transposed { "transposed convolution" } else { "convolution" };
    let case = format!(
        "A {side} × {side} input goes through a {size} × {size} {name}, stride {stride}, {padding} cells of padding on each side"
    );
    let how = if transposed {
        format!("{stride}·({side} − 1) + {size} − 2·{padding} = {made}")
    } else {
        format!("floor(({side} + 2·{padding} − {size})/{stride}) + 1 = {made}")
    };
    let against = format!("{how}, against {side} before.");
    let (ask, answer, how) = match rng.below(3) {
        0 => (
            "how many cells has a side of the output?",
            Answer::number(made as f64, "cells"),
            format!("{how}."),
        ),
        1 => {
            let by = made as f64 - n as f64;
            ("how many cells more or fewer (below 0) has a side?", Answer::number(by, "cells"), against)
        }
        _ => {
            let options = ["shrinks", "keeps its size", "grows"].map(str::to_owned).to_vec();
            let right = 1 + usize::from(made > n) - usize::from(made < n);
            ("what does the map do?", Answer::OneOf { options, right }, against)
        }
    };
    let switch = if transposed { "on" } else { "off" };
    let show =
        Some(format!("width={side}&size={size}&padding={padding}&stride={stride}&transposed={switch}"));
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On shared weights.
pub fn sharing(rng: &mut Rng) -> Option<Question> {
    let (size, kernel, filters) = (6 + rng.below(7), 2 + rng.below(4), 1 + rng.below(16));
    let p = square(size, kernel, 1, 0)?;
    let (outputs, taps) = (p.oh * p.ow, kernel * kernel);
    let case = format!(
        "A {size} × {size} input of one channel, {filters} filters of {kernel} × {kernel}, stride 1, no padding, no bias"
    );
    let (ask, value, how, tied) = match rng.below(3) {
        0 => (
            "how many weights has the convolution?",
            filters * taps,
            format!(
                "{filters} filters of {kernel}·{kernel} = {taps} weights, whatever the size of the input."
            ),
            "on",
        ),
        1 => (
            "how many weights has a dense layer from the same inputs to the same outputs?",
            filters * outputs * size * size,
            format!("{size}·{size} inputs for each of {filters}·{}·{} outputs.", p.oh, p.ow),
            "on",
        ),
        _ => (
            "how many weights has it if each place has kernels of its own?",
            filters * outputs * taps,
            format!("{filters} filters, {}·{} places, {taps} weights at each.", p.oh, p.ow),
            "off",
        ),
    };
    let show = Some(format!("size={size}&kernel={kernel}&channels={filters}&tied={tied}"));
    let answer = Answer::number(f64::from(value), "weights");
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On one and two dimensions.
pub fn sequences(rng: &mut Rng) -> Option<Question> {
    let (size, stride, dilation) = (2 + rng.below(8), 1 + rng.below(4), 1 + rng.below(4));
    let (causal, kind) = (rng.below(2) == 1, rng.below(4));
    let [signal, of] = if kind == 0 { ["waveform", "A waveform"] } else { ["spectrogram", "A spectrogram"] };
    let (rows, time) = if kind == 0 { (1, SAMPLES as u32) } else { (16, 127) };
    let span = dilation * (size - 1);
    let before = if causal { span } else { 0 };
    let [c, t, k, s, d, zeros] = [rows, time, size, stride, dilation, before].map(|v| v as usize);
    let conv = Conv { stride: [1, s], dilation: [1, d], pad: [0, zeros, 0, 0], ..Conv::default() };
    let line = Conv2d::new(&[1, c, 1, t], &[1, c, 1, k], false, &conv).ok()?;
    let square = Conv { pad: [(k - 1) / 2, zeros, k - 1 - (k - 1) / 2, 0], ..conv };
    let square = Conv2d::new(&[1, 1, c, t], &[1, 1, k, k], false, &square).ok()?;
    let padded = if causal { format!("{before} zeros before it") } else { "no padding".to_owned() };
    let length = format!("floor(({time} + {before} − {span} − 1)/{stride}) + 1 = {}", line.ow);
    let held = if rows == 1 { "channel" } else { "channels" };
    let case = format!(
        "{of} of {rows} {held} and {time} places in time; windows of {size}, stride {stride} and dilation {dilation} along time, {padded}"
    );
    let (ask, answer, how, slides) = match kind {
        0 => (
            "how many outputs has a 1-D convolution of one filter?",
            Answer::number(line.ow.into(), "outputs"),
            format!("{length}."),
            "along time",
        ),
        1 => (
            "how many weights have a 1-D filter over all channels, the same filter as 1 × k in 2-D, and a square 2-D filter on one picture?",
            Answer::Numbers([rows * size, rows * size, size * size].map(f64::from).to_vec()),
            format!("{rows}·{size} = {}, written either way; {size}·{size} = {}.", rows * size, size * size),
            "along time",
        ),
        2 => (
            "how many multiply-adds take a 1-D filter over all channels, the same filter as 1 × k in 2-D, and a square 2-D filter whose rows are padded so that all stay?",
            Answer::Numbers([&line, &line, &square].map(|p| p.multiply_adds() as f64).to_vec()),
            format!(
                "{length} places in time. {}·{rows}·{size}, written either way; {rows}·{}·{size}·{size}.",
                line.ow, line.ow
            ),
            "along both axes",
        ),
        _ => (
            "how many zeros before the start would let no output read what comes later?",
            Answer::number(span.into(), "zeros"),
            format!("D(k − 1) = {dilation}·({size} − 1) = {span}."),
            "along time",
        ),
    };
    let causal = if causal { "on" } else { "off" };
    let show = Some(format!(
        "signal={signal}&slides={slides}&size={size}&stride={stride}&dilation={dilation}&causal={causal}"
    ));
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}
