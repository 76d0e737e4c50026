// Gradients of the losses of pointwise_loss.wgsl: dx = dy * df/dx, dt = dy * df/dt.
//   x, t, dy, dx, dt [LEN]
// One invocation computes one element of each. Where a loss has a kink, the derivative is 0 or that of
// one side. The rows are in the order of src/ops/loss/pointwise.rs, where the reference lives.
#import shared/index
#import shared/activation
#import shared/losses

struct Params {
    len: u32,
    kind: u32,
    a: f32,
    b: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dt: array<f32>;

// Both derivatives.
fn slopes(x: f32, t: f32) -> vec2<f32> {
    let d = x - t;
    switch p.kind {
        case 1u: { return vec2<f32>(sign(d), -sign(d)); }
        case 2u: {
            let slope = select(d, p.a * sign(d), abs(d) > p.a);
            return vec2<f32>(slope, -slope);
        }
        case 3u: {
            let slope = select(d / p.a, sign(d), abs(d) > p.a);
            return vec2<f32>(slope, -slope);
        }
        case 4u: { return select(vec2<f32>(-t, -x), vec2<f32>(0.0), t * x >= 1.0); }
        case 5u: { return -2.0 * margin(x, t) * vec2<f32>(t, x); }
        case 6u: { return select(vec2<f32>(-t, log(t) - x + 1.0), vec2<f32>(0.0), t <= 0.0); }
        case 7u: {
            return vec2<f32>(d / max(x * (1.0 - x), 1e-12), log_probability(1.0 - x) - log_probability(x));
        }
        case 8u: { return vec2<f32>(sigmoid(x) - t, -x); }
        case 9u: {
            let s = sigmoid(x);
            let miss = max(s * (1.0 - t) + sigmoid(-x) * t, 1e-30);
            let weight = p.b * t + (1.0 - p.b) * (1.0 - t);
            let entropy = cross_entropy_of_logits(x, t);
            let focus = pow(miss, p.a);
            // Derivative of the focus by the miss, times the cross-entropy.
            let inner = p.a * focus / miss * entropy;
            let of_x = weight * (inner * (1.0 - 2.0 * t) * s * sigmoid(-x) + focus * (s - t));
            let of_t = weight * (inner * (1.0 - 2.0 * s) - focus * x);
            return vec2<f32>(of_x, of_t + (2.0 * p.b - 1.0) * focus * entropy);
        }
        default: { return vec2<f32>(2.0 * d, -2.0 * d); }
    }
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i >= p.len {
        return;
    }
    let slope = slopes(x[i], t[i]);
    dx[i] = dy[i] * slope.x;
    dt[i] = dy[i] * slope.y;
}
