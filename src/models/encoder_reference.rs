//! The encoder's forward pass on the CPU in `f64`, written to be read.
//!
//! BERT with the norm after each residual sum (Devlin et al. 2018), exact GELU (Hendrycks and
//! Gimpel 2016), then the mean over the tokens, scaled to length 1. T tokens of width H; matrices
//! are `[rows, cols]` in C order. For T = 16 this is about 170 million multiplications.

use super::error::ModelError;
use super::minilm::{Linear, MiniLm, Norm};

/// Everything worth looking at from one pass over T tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// `[T, H]`: the input of the first layer.
    pub embedded: Vec<f64>,
    /// One entry per layer.
    pub layers: Vec<LayerTrace>,
    /// `[H]`: the sentence, a vector of length 1.
    pub sentence: Vec<f64>,
}

/// What one layer computed.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerTrace {
    /// `[heads, T, T]`: row t says how much token t takes from each token; rows sum to 1.
    pub attention: Vec<f64>,
    /// `[T, H]`: the layer's output.
    pub hidden: Vec<f64>,
}

/// Runs the whole encoder on one sentence.
///
/// # Errors
/// [`ModelError::Tokens`] if there is no token, more than the model has positions for, or not a type
/// for each; [`ModelError::Weights`] if an id is unknown or a tensor cannot be read.
pub fn run(model: &MiniLm, ids: &[u32], type_ids: &[u32]) -> Result<Trace, ModelError> {
    let h = model.config().hidden;
    let embedded = embed(model, ids, type_ids)?;
    let mut layers: Vec<LayerTrace> = Vec::with_capacity(model.config().layers);
    for layer in 0..model.config().layers {
        let x = layers.last().map_or(&embedded, |below| &below.hidden);
        layers.push(run_layer(model, layer, x)?);
    }
    let last = layers.last().map_or(&embedded, |below| &below.hidden);

    let mut sentence = vec![0.0; h];
    for token in last.chunks_exact(h) {
        for (sum, v) in sentence.iter_mut().zip(token) {
            *sum += v;
        }
    }
    // The mean and the sum point the same way, so the length takes care of both.
    let length = dot(&sentence, &sentence).sqrt().max(f64::MIN_POSITIVE);
    sentence.iter_mut().for_each(|v| *v /= length);
    Ok(Trace { embedded, layers, sentence })
}

/// The input of the first layer, `[T, H]`: `norm(word + position + type)`, projected where it is not H wide.
///
/// # Errors
/// As [`run`].
pub fn embed(model: &MiniLm, ids: &[u32], type_ids: &[u32]) -> Result<Vec<f64>, ModelError> {
    let config = model.config();
    let e = config.table_width();
    let types_fit = type_ids.iter().all(|t| (*t as usize) < config.types);
    if ids.is_empty() || ids.len() > config.max_tokens() || ids.len() != type_ids.len() || !types_fit {
        return Err(ModelError::Tokens {
            tokens: ids.len(),
            types: type_ids.len(),
            limit: config.max_tokens(),
            file: model.name().to_owned(),
        });
    }
    let words = model.word_rows(ids)?;
    let tables = model.embeddings()?;
    let mut x: Vec<f64> = words.iter().map(|v| f64::from(*v)).collect();
    let rows = config.position_rows(ids);
    for ((token, row), kind) in x.chunks_exact_mut(e).zip(rows).zip(type_ids) {
        let position = &tables.position[row * e..][..e];
        token.iter_mut().zip(position).for_each(|(v, p)| *v += f64::from(*p));
        if let Some(types) = &tables.token_type {
            let token_type = &types[*kind as usize * e..][..e];
            token.iter_mut().zip(token_type).for_each(|(v, k)| *v += f64::from(*k));
        }
    }
    normalize(&mut x, &tables.norm, config.norm_epsilon);
    Ok(match &tables.projection {
        Some(projection) => linear(&x, projection),
        None => x,
    })
}

/// One layer over `x`, `[T, H]`.
///
/// # Errors
/// [`ModelError::Layer`] or [`ModelError::Weights`].
pub fn run_layer(model: &MiniLm, layer: usize, x: &[f64]) -> Result<LayerTrace, ModelError> {
    let weights = model.layer(layer)?;
    let config = model.config();
    let (h, d) = (config.hidden, config.head_size());
    let t = x.len() / h;
    let q = linear(x, &weights.query);
    let k = linear(x, &weights.key);
    let v = linear(x, &weights.value);

    let mut attention = vec![0.0; config.heads * t * t];
    let mut mixed = vec![0.0; t * h];
    for head in 0..config.heads {
        let of_head = |row: usize| row * h + head * d..row * h + (head + 1) * d;
        for query in 0..t {
            let p = &mut attention[(head * t + query) * t..][..t];
            for (key, score) in p.iter_mut().enumerate() {
                *score = dot(&q[of_head(query)], &k[of_head(key)]) / (d as f64).sqrt();
            }
            softmax(p);
            for (key, share) in p.iter().enumerate() {
                for (sum, value) in mixed[of_head(query)].iter_mut().zip(&v[of_head(key)]) {
                    *sum += share * value;
                }
            }
        }
    }
    let mut attended = linear(&mixed, &weights.attention_output);
    add(&mut attended, x);
    normalize(&mut attended, &weights.attention_norm, config.norm_epsilon);

    let mut inner = linear(&attended, &weights.intermediate);
    inner.iter_mut().for_each(|v| *v = gelu(*v));
    let mut hidden = linear(&inner, &weights.output);
    add(&mut hidden, &attended);
    normalize(&mut hidden, &weights.output_norm, config.norm_epsilon);
    Ok(LayerTrace { attention, hidden })
}

/// The cosine of the angle between two vectors; 0 if one of them has no length.
#[must_use]
pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// `x w^T + b` for `x` of `[T, inputs]`: `[T, outputs]`.
fn linear(x: &[f64], layer: &Linear) -> Vec<f64> {
    let mut y = Vec::with_capacity(x.len() / layer.inputs * layer.outputs);
    for row in x.chunks_exact(layer.inputs) {
        for (weights, bias) in layer.w.chunks_exact(layer.inputs).zip(layer.b.iter()) {
            let products = row.iter().zip(weights).map(|(a, w)| a * f64::from(*w));
            y.push(f64::from(*bias) + products.sum::<f64>());
        }
    }
    y
}

/// Layer norm of each row in place.
fn normalize(x: &mut [f64], norm: &Norm, epsilon: f64) {
    let h = norm.gamma.len();
    for row in x.chunks_exact_mut(h) {
        let mean = row.iter().sum::<f64>() / h as f64;
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / h as f64;
        let scale = 1.0 / (variance + epsilon).sqrt();
        for ((v, gamma), beta) in row.iter_mut().zip(norm.gamma.iter()).zip(norm.beta.iter()) {
            *v = (*v - mean) * scale * f64::from(*gamma) + f64::from(*beta);
        }
    }
}

/// Softmax of one row in place. The largest score is taken off first so that no exponential
/// overflows.
fn softmax(row: &mut [f64]) {
    let most = row.iter().fold(f64::NEG_INFINITY, |most, v| most.max(*v));
    row.iter_mut().for_each(|v| *v = (*v - most).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= sum);
}

/// `x Phi(x)` with the normal distribution's Phi.
fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))
}

/// The error function by Kummer's series, all of whose terms have one sign, so that nothing
/// cancels: `erf(x) = 2 / sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 * 3 * ... * (2n+1))`.
fn erf(x: f64) -> f64 {
    // Here 1 - erf is below half a unit in the last place of 1.
    if x.abs() >= 6.0 {
        return x.signum();
    }
    let mut term = x;
    let mut sum = x;
    let mut odd = 1.0;
    while term.abs() > sum.abs() * f64::EPSILON * 0.25 {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

fn add(x: &mut [f64], y: &[f64]) {
    for (a, b) in x.iter_mut().zip(y) {
        *a += b;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::npy::read_npy;
    use crate::models::Tokenizer;

    #[test]
    fn erf_meets_tabulated_values() {
        // Abramowitz and Stegun, table 7.1, and mpmath for the tail.
        for (x, expected) in [
            (0.0, 0.0),
            (1e-8, 1.128_379_167_095_512_6e-8),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (4.0, 0.999_999_984_582_742_1),
            (7.0, 1.0),
        ] {
            assert!((erf(x) - expected).abs() <= 4e-16, "erf({x}) = {}", erf(x));
            assert_eq!(erf(-x), -erf(x));
        }
        assert!(erf(f64::NAN).is_nan() && gelu(f64::NAN).is_nan());
    }

    /// The files are made from the original `f32` weights by `tests/data/minilm_attention.py`.
    #[test]
    fn the_embedded_weights_stay_close_to_numpy_on_the_original_ones() {
        let at = |file: &str| format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
        let attention = read_npy(at("minilm_attention.npy")).unwrap();
        let embedding = read_npy(at("minilm_embedding.npy")).unwrap();
        let sentence = "The animal didn't cross the street because it was too tired.";
        let tokens = Tokenizer::embedded().encode(sentence).unwrap();
        assert_eq!(attention.shape, [6, 12, tokens.ids.len(), tokens.ids.len()]);

        let trace = run(&MiniLm::embedded(), &tokens.ids, &tokens.type_ids).unwrap();
        let layer_len = attention.values.len() / trace.layers.len();
        for (layer, theirs) in trace.layers.iter().zip(attention.values.chunks(layer_len)) {
            assert_eq!(layer.attention.len(), layer_len);
            let off = layer
                .attention
                .iter()
                .zip(theirs)
                .map(|(a, b)| (a - f64::from(*b)).abs())
                .fold(0.0, |most: f64, v| if v <= most { most } else { v });
            println!("attention: at most {off:.5} away");
            assert!(off <= ATTENTION_TOLERANCE, "{off}");
        }

        let theirs: Vec<f64> = embedding.values.iter().map(|v| f64::from(*v)).collect();
        let same = cosine(&trace.sentence, &theirs);
        println!("sentence: cosine {same:.6}");
        assert!(same >= 0.999, "{same}");
    }

    /// What is promised of every attention weight that the window shows, in any layer. With the
    /// original weights the difference is below 1e-6.
    const ATTENTION_TOLERANCE: f64 = 2e-2;

    #[test]
    fn every_row_of_attention_sums_to_one_in_every_layer() {
        let trace = run(&MiniLm::embedded(), &[101, 4937, 102], &[0, 0, 0]).unwrap();
        assert_eq!(trace.layers.len(), 6);
        for layer in &trace.layers {
            assert_eq!(layer.attention.len(), 12 * 3 * 3);
            for row in layer.attention.chunks_exact(3) {
                assert!((row.iter().sum::<f64>() - 1.0).abs() <= 1e-12);
            }
        }
        assert!((cosine(&trace.sentence, &trace.sentence) - 1.0).abs() <= 1e-12);
    }

    #[test]
    fn impossible_tokens_are_errors() {
        let model = MiniLm::embedded();
        let long = vec![101; 513];
        for (ids, types) in [(&[][..], &[][..]), (&[101], &[]), (&[101], &[2]), (&long, &long)] {
            let error = run(&model, ids, types).unwrap_err();
            assert!(matches!(error, ModelError::Tokens { .. }), "{error}");
        }
        let unknown = run(&model, &[30_522], &[0]).unwrap_err().to_string();
        assert!(unknown.contains("30522"), "{unknown}");
    }
}
