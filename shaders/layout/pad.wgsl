// Padding of the middle axis with elements of its own: mirrored, repeated or from the other end.
//   x [OUTER, N, INNER]   y [OUTER, BEFORE + N + AFTER, INNER]
// One invocation writes one element of y. Reference: src/ops/layout/pad.rs
#import shared/index
#import shared/pad

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    before: u32,
    after: u32,
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
    let padded = p.before + p.n + p.after;
    if index >= p.outer * padded * p.inner {
        return;
    }
    let j = index / p.inner % padded;
    let o = index / (p.inner * padded);
    y[index] = x[(o * p.n + pad_source(j, p.n, p.before, p.mode)) * p.inner + index % p.inner];
}
