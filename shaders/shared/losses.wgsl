// What losses and their gradients have in common: a logarithm that ends at -100, margin and cross-entropy.
fn log_probability(x: f32) -> f32 {
    let y = log(x);
    return select(y, -100.0, x <= 0.0 || y < -100.0);
}

// How far a prediction is from the right side of the margin; not by max, which would hide a NaN.
fn margin(x: f32, t: f32) -> f32 {
    return select(1.0 - t * x, 0.0, t * x >= 1.0);
}

fn cross_entropy_of_logits(x: f32, t: f32) -> f32 {
    return max(x, 0.0) - x * t + log(1.0 + exp(-abs(x)));
}
