// The table of activations; rows in the order of ops/unary.rs. `a` is the slope or scale of the
// kinds that have one.

// erf by Abramowitz and Stegun 7.1.26, |error| < 1.5e-7.
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - poly * exp(-x * x));
}

fn sigmoid(x: f32) -> f32 {
    // Either branch keeps the exponent negative, so that nothing overflows.
    let e = exp(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// tanh that neither overflows nor needs the driver's, which returns NaN for large |x| on some.
fn tanh_safe(x: f32) -> f32 {
    let e = exp(-2.0 * abs(x));
    return sign(x) * (1.0 - e) / (1.0 + e);
}

// log(1 + e^x) that neither overflows nor loses small values to the 1.
fn softplus(x: f32) -> f32 {
    let e = exp(-abs(x));
    // The first terms of the series, where 1 + e would round to 1.
    return max(x, 0.0) + select(log(1.0 + e), e - 0.5 * e * e, e < 1e-3);
}

// e^x - 1 for x at most 0, by its series near 0, where the difference would lose its digits.
fn exp_minus_1(x: f32) -> f32 {
    let series = x * (1.0 + x * (0.5 + x * (0.16666667 + x * 0.041666668)));
    return select(exp(x) - 1.0, series, x > -0.1);
}

fn activate(kind: u32, x: f32, a: f32) -> f32 {
    switch kind {
        // What is not a number comes through: max and clamp may drop it.
        case 1u: { return select(x, 0.0, x < 0.0); }
        case 2u: { return select(a * x, x, x >= 0.0); }
        case 3u: { return select(select(x, 0.0, x < 0.0), 6.0, x > 6.0); }
        case 4u: { return select(a * exp_minus_1(min(x, 0.0)), x, x >= 0.0); }
        case 5u: { return 1.050701 * select(1.6732632 * exp_minus_1(min(x, 0.0)), x, x >= 0.0); }
        case 6u: { return 0.5 * x * (1.0 + erf(x * 0.70710678)); }
        case 7u: { return 0.5 * x * (1.0 + tanh_safe(0.79788456 * (x + 0.044715 * x * x * x))); }
        case 8u: { return x * sigmoid(x); }
        case 9u: { return sigmoid(x); }
        case 10u: { return tanh_safe(x); }
        case 11u: { return select(a * exp_minus_1(min(x / a, 0.0)), x, x >= 0.0); }
        case 12u: { return x * tanh_safe(softplus(x)); }
        case 13u: { return clamp(a * x + 0.5, 0.0, 1.0); }
        case 14u: { return x * clamp(x / 6.0 + 0.5, 0.0, 1.0); }
        case 15u: { return softplus(x); }
        case 16u: { return x / (1.0 + abs(x)); }
        case 17u: { return select(0.0, x, x > a); }
        case 18u: { return erf(x); }
        case 19u: { return exp(x); }
        case 20u: { return log(x); }
        case 21u: { return sqrt(x); }
        case 22u: { return 1.0 / x; }
        case 23u: { return abs(x); }
        case 24u: { return x * x; }
        case 25u: { return sin(x); }
        case 26u: { return cos(x); }
        case 27u: { return sign(x); }
        case 28u: { return floor(x); }
        default: { return x; }
    }
}

// Kinds up to this one are piecewise linear.
const LAST_LINEAR = 3u;

// The piecewise linear kinds without a branch; the identity for the others. Software adapters run
// all branches of a switch, so kernels with many outputs an invocation take this, and `activate` in a
// loop that makes no turn for kinds up to LAST_LINEAR.
fn activate_linear(kind: u32, x: f32, a: f32) -> f32 {
    let below = select(select(x, a * x, kind == 2u), 0.0, kind == 1u || kind == 3u);
    // NaN is not below 0 and not above 6: it comes through, as infinity does.
    let bent = select(x, below, x < 0.0);
    return select(bent, 6.0, kind == 3u && bent > 6.0);
}
