// One step of an optimiser over all parameters: SGD, momentum, Nesterov, Adagrad, RMSProp, Adam, AdamW,
// in the order of Method in src/ops/optim.rs, where the formulas and the reference stand.
//   g [LEN]   factor [1] or absent   steps [1]   w [LEN]   m, h [LEN], or absent where not kept
// One invocation changes one parameter.
#import shared/index

struct Params {
    len: u32,
    method: u32,
    scaled: u32,
    lr: f32,
    beta1: f32,
    beta2: f32,
    eps: f32,
    weight_decay: f32,
    clip_value: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;
@group(0) @binding(3) var<storage, read> steps: array<u32>;
@group(0) @binding(4) var<storage, read_write> w: array<f32>;
@group(0) @binding(5) var<storage, read_write> m: array<f32>;
@group(0) @binding(6) var<storage, read_write> h: array<f32>;

const MOMENTUM = 1u;
const NESTEROV = 2u;
const ADAGRAD = 3u;
const RMS_PROP = 4u;
const ADAM = 5u;
const ADAM_W = 6u;

// A whole power by squaring: pow() would lose the digits that 1 - beta^t needs.
fn whole_power(base: f32, exponent: u32) -> f32 {
    var result = 1.0;
    var square = base;
    for (var rest = exponent; rest > 0u; rest >>= 1u) {
        result *= select(1.0, square, (rest & 1u) == 1u);
        square *= square;
    }
    return result;
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
    var gradient = g[i];
    if p.scaled != 0u {
        gradient *= factor[0];
    }
    // NaN comes through; clamp may drop it.
    let bound = p.clip_value;
    gradient = select(select(gradient, -bound, gradient < -bound), bound, gradient > bound);
    var value = w[i];
    if p.method != ADAM_W {
        gradient += p.weight_decay * value;
    }
    if p.method == MOMENTUM || p.method == NESTEROV {
        let velocity = p.beta1 * m[i] + gradient;
        m[i] = velocity;
        value -= p.lr * select(velocity, gradient + p.beta1 * velocity, p.method == NESTEROV);
    } else if p.method == ADAGRAD || p.method == RMS_PROP {
        let square = gradient * gradient;
        let sum = select(p.beta2 * h[i] + (1.0 - p.beta2) * square, h[i] + square, p.method == ADAGRAD);
        h[i] = sum;
        value -= p.lr * gradient / (sqrt(sum) + p.eps);
    } else if p.method == ADAM || p.method == ADAM_W {
        let mean = p.beta1 * m[i] + (1.0 - p.beta1) * gradient;
        let square = p.beta2 * h[i] + (1.0 - p.beta2) * gradient * gradient;
        m[i] = mean;
        h[i] = square;
        if p.method == ADAM_W {
            value -= p.lr * p.weight_decay * value;
        }
        let t = steps[0] + 1u;
        let mean_now = mean / (1.0 - whole_power(p.beta1, t));
        let square_now = square / (1.0 - whole_power(p.beta2, t));
        value -= p.lr * mean_now / (sqrt(square_now) + p.eps);
    } else {
        value -= p.lr * gradient;
    }
    w[i] = value;
}
