// Normalisation with given moments: y = gamma[c] * (x - mean[m]) / sqrt(variance[m] + eps) + beta[c]
// where m is the middle index and c = flat index / PER % CHANNELS.
//   x, y [OUTER, MID, INNER]   mean, variance [MID]   gamma, beta [CHANNELS] or absent (1 and 0)
// One invocation computes one element. Reference: src/ops/norm/normalise.rs
#import shared/index

struct Params {
    outer: u32,
    mid: u32,
    inner: u32,
    per: u32,
    channels: u32,
    scaled: u32, // 1 if there is a gamma
    shifted: u32, // 1 if there is a beta
    eps: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.mid * p.inner {
        return;
    }
    let m = index / p.inner % p.mid;
    let c = index / p.per % p.channels;
    var value = (x[index] - mean[m]) / sqrt(variance[m] + p.eps);
    if p.scaled != 0u {
        value *= gamma[c];
    }
    if p.shifted != 0u {
        value += beta[c];
    }
    y[index] = value;
}
