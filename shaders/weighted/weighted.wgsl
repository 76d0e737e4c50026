// Weighted sums along an axis: y[o, m, i] = sum over t of w[m, t] * x[o, at[m, t], i].
//   x [OUTER, N, INNER]   at, w [M, TAPS]   y [OUTER, M, INNER]
// One invocation computes one element. Reference: src/ops/weighted.rs
#import shared/index

struct Params {
    outer: u32,
    n: u32,
    m: u32,
    taps: u32,
    inner: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> at: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.m * p.inner {
        return;
    }
    let row = index / (p.m * p.inner) * p.n;
    let first = index / p.inner % p.m * p.taps;
    var sum = 0.0;
    for (var t = first; t < first + p.taps; t++) {
        sum += w[t] * x[(row + at[t]) * p.inner + index % p.inner];
    }
    y[index] = sum;
}
