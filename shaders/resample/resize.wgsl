// Resizing along the middle axis: y[o, i, e] = (1 - f) * x[o, low, e] + f * x[o, high, e] with low, high
// and f from the position of element i in x (shared/position); nearest modes have f = 0.
//   x [OUTER, N, INNER]   y [OUTER, M, INNER]
// One invocation computes one element of y. Reference: src/ops/resample.rs
#import shared/index
#import shared/position

struct Params {
    outer: u32,
    n: u32,
    m: u32,
    inner: u32,
    a: u32,
    b: i32,
    d: u32,
    mode: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

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
    let pair = taps(index / p.inner % p.m, p.n, p.a, p.b, p.d, p.mode);
    let start = index / (p.inner * p.m) * p.n;
    let low = x[(start + pair.low) * p.inner + index % p.inner];
    let high = x[(start + pair.high) * p.inner + index % p.inner];
    // Without the choice, an infinity past an end would meet a weight of 0.
    y[index] = select(low, low * (1.0 - pair.part) + high * pair.part, pair.part > 0.0);
}
