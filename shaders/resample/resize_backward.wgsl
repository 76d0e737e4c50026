// Gradient of resizing along the middle axis: dx[o, j, e] = sum over i of dy[o, i, e] times the weight
// that element j of x has in element i of y (shared/position).
//   dy [OUTER, M, INNER]   dx [OUTER, N, INNER]
// One invocation computes one element of dx from those i whose position lies less than 1 away or, at
// the ends, beyond. Reference: src/ops/resample.rs
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
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

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
    let j = index / p.inner % p.n;
    // i * a + b lies between (j - 1) * d and (j + 1) * d; all i where a is 0.
    var first = 0u;
    if j > 0u && p.a > 0u {
        first = u32(max(i32((j - 1u) * p.d) - p.b, 0)) / p.a;
    }
    var past = p.m;
    if j < p.n - 1u && p.a > 0u {
        past = min(u32(max(i32((j + 1u) * p.d) - p.b, 0)) / p.a + 1u, p.m);
    }
    let start = index / (p.inner * p.n) * p.m;
    var sum = 0.0;
    for (var i = first; i < past; i++) {
        let pair = taps(i, p.n, p.a, p.b, p.d, p.mode);
        let weight = select(0.0, 1.0 - pair.part, pair.low == j) + select(0.0, pair.part, pair.high == j);
        sum += weight * dy[(start + i) * p.inner + index % p.inner];
    }
    dx[index] = sum;
}
