// Losses element by element, y = f(x, t); one row of the table each.
//   x, t, y [LEN]: prediction, target, loss
// One invocation computes one element. a and b are the settings of the rows that have some: the width
// of Huber's and the smooth L1 loss; gamma and alpha of the focal loss.
// Numerical care: the losses of logits never take the exponential of a positive number, and logarithms of
// probabilities end at -100. The rows are in the order of src/ops/loss/pointwise.rs, where the reference lives.
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
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn loss(x: f32, t: f32) -> f32 {
    let d = x - t;
    switch p.kind {
        case 1u: { return abs(d); }
        case 2u: { return select(p.a * (abs(d) - 0.5 * p.a), 0.5 * d * d, abs(d) <= p.a); }
        case 3u: { return select(abs(d) - 0.5 * p.a, 0.5 * d * d / p.a, abs(d) <= p.a); }
        case 4u: { return margin(x, t); }
        case 5u: { return margin(x, t) * margin(x, t); }
        case 6u: { return select(t * (log(t) - x), 0.0, t <= 0.0); }
        case 7u: { return -t * log_probability(x) - (1.0 - t) * log_probability(1.0 - x); }
        case 8u: { return cross_entropy_of_logits(x, t); }
        case 9u: {
            // Probability given to the other class.
            let s = sigmoid(x);
            let miss = max(s * (1.0 - t) + sigmoid(-x) * t, 1e-30);
            let weight = p.b * t + (1.0 - p.b) * (1.0 - t);
            return weight * pow(miss, p.a) * cross_entropy_of_logits(x, t);
        }
        default: { return d * d; }
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
    y[i] = loss(x[i], t[i]);
}
