// Values put at computed positions: y = x, then v[o, m, i] joins y[o, at[o, m, i], i] in the order of m.
//   x, y [OUTER, N, INNER]   at, v [OUTER, M, INNER]
// One invocation owns one element of y and looks through the positions of its row, so that no two write
// to one element and the order is fixed. Reference: src/ops/along.rs
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
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn joined(element: f32, value: f32) -> f32 {
    switch p.join {
        case 1u: { return element + value; }
        case 2u: { return element * value; }
        case 3u: { return max(element, value); }
        case 4u: { return min(element, value); }
        default: { return value; }
    }
}

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
    let own = f32(index / p.inner % p.n);
    let row = index / (p.n * p.inner) * p.m * p.inner + index % p.inner;
    var element = x[index];
    for (var m = 0u; m < p.m; m++) {
        let given = at[row + m * p.inner];
        if select(given, given + f32(p.n), given < 0.0) == own {
            element = joined(element, v[row + m * p.inner]);
        }
    }
    y[index] = element;
}
