// How many elements of its row come before each: rank[o, j, i] counts those of x[o, .., i] that are
// larger (or smaller) than x[o, j, i], equal ones in their order. NaN counts as the largest.
//   x, rank [OUTER, N, INNER]
// One invocation ranks one element. Reference: src/ops/order.rs
#import shared/index
#import shared/finite

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    k: u32,
    smallest: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> rank: array<f32>;

// A whole number that is as large as x, so that NaN can be compared: signs and sizes of floats are in
// order when the bits of negative ones are turned over.
fn key(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    let ordered = select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
    // Both zeros are one.
    let zero = select(ordered, 0x80000000u, (bits & 0x7fffffffu) == 0u);
    return select(zero, 0xffffffffu, is_nan(x));
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
    let row = index / (p.n * p.inner) * p.n * p.inner + index % p.inner;
    let own = index / p.inner % p.n;
    // Turned over, the smallest is the largest.
    let turn = select(0u, 0xffffffffu, p.smallest == 1u);
    let value = key(x[index]) ^ turn;
    var before = 0u;
    for (var j = 0u; j < p.n; j++) {
        let other = key(x[row + j * p.inner]) ^ turn;
        before += u32(other > value || (other == value && j < own));
    }
    rank[index] = f32(before);
}
