//! Questions of the page on random weights, with their answers.

use crate::lessons::{Answer, Question};
use crate::nn::Init;
use crate::nn::init::fans;
use crate::ops::philox::Rng;

/// To four digits behind the point, as a person writes it.
fn rounded(v: f64) -> f64 {
    (v * 1e4).round() / 1e4
}

/// On random weights.
pub fn random_init(rng: &mut Rng) -> Option<Question> {
    Some(match rng.below(5) {
        0 => dense(rng),
        1 => convolution(rng),
        2 => bound(rng),
        3 => through(rng),
        _ => variance(rng),
    })
}

/// Deviation of a dense layer's weights.
fn dense(rng: &mut Rng) -> Question {
    let [fan_in, fan_out] = [0; 2].map(|_| 32 * (1 + rng.below(32)) as usize);
    let (scheme, init, how) = [
        ("He", Init::HeNormal, "√(2/fan-in)"),
        ("Xavier", Init::XavierNormal, "√(2/(fan-in + fan-out))"),
        ("LeCun", Init::LeCunNormal, "√(1/fan-in)"),
    ][rng.below(3) as usize];
    Question {
        ask: format!(
            "A dense layer has {fan_in} inputs and {fan_out} outputs. What is the standard deviation of its weights under {scheme} \
             initialisation (four digits)?"
        ),
        answer: Answer::number(rounded(init.deviation([fan_in, fan_out]).into()), ""),
        how: format!("{how} with fan-in {fan_in} and fan-out {fan_out}."),
        show: Some(format!("scheme={scheme}")),
    }
}

/// Fans of a convolution, and He's deviation.
fn convolution(rng: &mut Rng) -> Question {
    let [channels, filters] = [0; 2].map(|_| 4 << rng.below(6));
    let window = 1 + 2 * rng.below(4) as usize;
    let [fan_in, fan_out] = fans(&[filters, channels, window, window]);
    let deviation = rounded(Init::HeNormal.deviation([fan_in, fan_out]).into());
    Question {
        ask: format!(
            "A convolution has {channels} input channels, {filters} filters and windows of {window} × {window}. What are its fan-in, \
             its fan-out and the standard deviation under He initialisation (three numbers)?"
        ),
        answer: Answer::Numbers(vec![fan_in as f64, fan_out as f64, deviation]),
        how: format!(
            "Fan-in: channels times the window, {channels} × {window}². Fan-out: filters times the window. He: √(2/{fan_in})."
        ),
        show: Some("scheme=He".into()),
    }
}

/// The bounds of a uniform distribution.
fn bound(rng: &mut Rng) -> Question {
    let fan_in = 16 * (1 + rng.below(64)) as usize;
    let deviation = f64::from(Init::HeUniform.deviation([fan_in, 1]));
    Question {
        ask: format!(
            "Weights of a layer with {fan_in} inputs are drawn uniformly between −a and a, with the variance of He. What is a (four \
             digits)?"
        ),
        answer: Answer::number(rounded(deviation * 3.0_f64.sqrt()), ""),
        how: format!("A uniform distribution has variance a²/3, so a = √(3 · 2/{fan_in}) = √(6/{fan_in})."),
        show: Some("scheme=He&distribution=uniform".into()),
    }
}

/// What a gain does over several layers.
fn through(rng: &mut Rng) -> Question {
    let layers = 2 + rng.below(6);
    let gain = [0.5_f64, 2.0, 1.5, 0.8][rng.below(4) as usize];
    Question {
        ask: format!(
            "ReLU layers begin with He weights times a gain of {gain}. By what factor does the standard deviation change over {layers} \
             layers, on average (four digits)?"
        ),
        answer: Answer::number(rounded(gain.powi(layers as i32)), ""),
        how: format!(
            "Weights of gain g make each layer's outputs g times as large: {gain} to the power of {layers}."
        ),
        show: Some(format!("scheme=He&gain={gain}")),
    }
}

/// The variance of a sum.
fn variance(rng: &mut Rng) -> Question {
    let fan_in = 50 * (1 + rng.below(10)) as usize;
    let deviation = f64::from(1 + rng.below(9)) / 100.0;
    let square = f64::from(1 + rng.below(8)) / 2.0;
    Question {
        ask: format!(
            "A unit sums {fan_in} inputs of mean square {square}, with independent weights of mean zero and standard deviation \
             {deviation}. What is the variance of the sum?"
        ),
        answer: Answer::number(rounded(fan_in as f64 * deviation * deviation * square), ""),
        how: "Variances of independent terms add up: fan-in × var(w) × E[x²].".into(),
        show: None,
    }
}
