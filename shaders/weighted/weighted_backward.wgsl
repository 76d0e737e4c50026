// Gradient of weighted sums along an axis: dx[o, n, i] = sum of w[m, t] * dy[o, m, i] over at[m, t] = n.
//   at, w [M, TAPS]   dy [OUTER, M, INNER]   dx [OUTER, N, INNER]
// One invocation owns one element of dx and looks through all taps. Reference: src/ops/weighted.rs
#import shared/index

struct Params {
    outer: u32,
    n: u32,
    m: u32,
    taps: u32,
    inner: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> at: array<u32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.n * p.inner {
        return;
    }
    let own = index / p.inner % p.n;
    let row = index / (p.n * p.inner) * p.m;
    var sum = 0.0;
    for (var t = 0u; t < p.m * p.taps; t++) {
        if at[t] == own {
            sum += w[t] * dy[(row + t / p.taps) * p.inner + index % p.inner];
        }
    }
    dx[index] = sum;
}
