// What the gradients of a normalisation with given moments are made of, r = 1 / sqrt(variance[m] + eps):
//   dx = gamma[c] * dy * r             minus its sum over an m is the gradient of mean[m]
//   spreads = -dx * (x - mean[m]) * r^2 / 2       its sum over an m is the gradient of variance[m]
//   products = dy * (x - mean[m]) * r             its sum over a c is the gradient of gamma[c]
// where m is the middle index and c = flat index / PER % CHANNELS.
//   x, dy, dx, spreads, products [OUTER, MID, INNER]   mean, variance [MID]   gamma [CHANNELS] or absent (1)
// One invocation computes one element of each. Reference: src/ops/norm/normalise.rs
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
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> spreads: array<f32>;
@group(0) @binding(8) var<storage, read_write> products: array<f32>;

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
    let r = 1.0 / sqrt(variance[m] + p.eps);
    let h = (x[index] - mean[m]) * r;
    var d = dy[index] * r;
    if p.scaled != 0u {
        d *= gamma[index / p.per % p.channels];
    }
    dx[index] = d;
    spreads[index] = -0.5 * d * h * r;
    products[index] = dy[index] * h;
}
