// Negative log-likelihood of classes, with weights, smoothing and focus, at each position:
//   loss = -(1 - SMOOTHING) * w[k] * (1 - exp(x[k]))^GAMMA * x[k] - SMOOTHING / C * sum_j w[j] * x[j]
//   counted = w[k]
// where k is the class there; both are 0 where k is the ignored class or no class at all.
//   x [N, C, D] log-probabilities   classes [N, D]   weights [C] or absent (1)   loss, counted [N, D]
// One invocation computes one position. The loop goes in steps of four because Mesa's software adapters
// end all loops of an invocation after 65,535 turns. Reference: src/ops/loss/classes.rs
#import shared/index

struct Params {
    n: u32,
    c: u32,
    d: u32,
    ignore: u32,
    weighted: u32, // 1 if there are weights
    smoothing: f32,
    gamma: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> classes: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> counted: array<f32>;

fn weight(k: u32) -> f32 {
    if p.weighted != 0u {
        return weights[k];
    }
    return 1.0;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.d {
        return;
    }
    let first = index / p.d * p.c * p.d + index % p.d;
    let k = classes[index];
    if k >= p.c || k == p.ignore {
        loss[index] = 0.0;
        counted[index] = 0.0;
        return;
    }
    let mine = x[first + k * p.d];
    let focus = select(pow(max(1.0 - exp(mine), 1e-30), p.gamma), 1.0, p.gamma == 0.0);
    var value = -(1.0 - p.smoothing) * weight(k) * focus * mine;
    if p.smoothing != 0.0 {
        var sum = 0.0;
        for (var j = 0u; j < p.c; j += 4u) {
            for (var u = 0u; u < 4u; u++) {
                if j + u < p.c {
                    sum += weight(j + u) * x[first + (j + u) * p.d];
                }
            }
        }
        value -= p.smoothing / f32(p.c) * sum;
    }
    loss[index] = value;
    counted[index] = weight(k);
}
