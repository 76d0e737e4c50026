// Elements at computed positions: y[o, m, i] = x[o, at[o, m, i], i]; negative positions count from the
// end, 0 beyond the axis.
//   x [OUTER, N, INNER]   at, y [OUTER, M, INNER]
// One invocation picks one element. Reference: src/ops/along.rs
#import shared/index

struct Params {
    outer: u32,
    n: u32,
    m: u32,
    inner: u32,
    join: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> at: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

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
    let given = at[index];
    let place = select(given, given + f32(p.n), given < 0.0);
    var value = 0.0;
    if place >= 0.0 && place < f32(p.n) {
        value = x[(index / (p.m * p.inner) * p.n + u32(place)) * p.inner + index % p.inner];
    }
    y[index] = value;
}
