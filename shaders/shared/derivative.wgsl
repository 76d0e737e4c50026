// Derivatives of the table of activations; rows in the order of ops/unary.rs. Needs
// shared/activation.
fn derivative(kind: u32, x: f32, a: f32) -> f32 {
    switch kind {
        case 1u: { return select(0.0, 1.0, x > 0.0); }
        case 2u: { return select(a, 1.0, x >= 0.0); }
        case 3u: { return select(0.0, 1.0, x > 0.0 && x < 6.0); }
        case 4u: { return select(a * exp(min(x, 0.0)), 1.0, x >= 0.0); }
        case 5u: { return 1.050701 * select(1.6732632 * exp(min(x, 0.0)), 1.0, x >= 0.0); }
        case 6u: { return 0.5 * (1.0 + erf(x * 0.70710678)) + x * 0.39894228 * exp(-0.5 * x * x); }
        case 7u: {
            // Far out the product of a huge slope and 1 - t*t = 0 would be NaN.
            let z = clamp(x, -20.0, 20.0);
            let t = tanh_safe(0.79788456 * (z + 0.044715 * z * z * z));
            return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * 0.79788456 * (1.0 + 0.134145 * z * z);
        }
        case 8u: { return sigmoid(x) * (1.0 + x * sigmoid(-x)); }
        case 9u: { return sigmoid(x) * sigmoid(-x); }
        case 10u: {
            // 1 - tanh² as sech², which keeps its digits far out.
            let e = exp(-abs(x));
            let sech = 2.0 * e / (1.0 + e * e);
            return sech * sech;
        }
        case 11u: { return select(exp(min(x / a, 0.0)), 1.0, x >= 0.0); }
        case 12u: {
            let t = tanh_safe(softplus(x));
            return t + x * (1.0 - t * t) * sigmoid(x);
        }
        case 13u: { return select(0.0, a, a * x + 0.5 >= 0.0 && a * x + 0.5 < 1.0); }
        case 14u: { return select(select(x / 3.0 + 0.5, 1.0, x >= 3.0), 0.0, x <= -3.0); }
        case 15u: { return sigmoid(x); }
        case 16u: {
            let d = 1.0 + abs(x);
            return 1.0 / (d * d);
        }
        case 17u: { return select(0.0, 1.0, x > a); }
        case 18u: { return 1.1283792 * exp(-x * x); }
        case 19u: { return exp(x); }
        case 20u: { return 1.0 / x; }
        case 21u: { return select(0.5 / sqrt(x), 0.0, x == 0.0); }
        case 22u: { return -1.0 / (x * x); }
        case 23u: { return sign(x); }
        case 24u: { return 2.0 * x; }
        case 25u: { return cos(x); }
        case 26u: { return -sin(x); }
        case 27u, 28u: { return 0.0; }
        default: { return 1.0; }
    }
}
