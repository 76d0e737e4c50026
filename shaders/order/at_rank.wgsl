// Positions of the K first ranks: position[o, r, i] = the j with rank[o, j, i] = r.
//   rank [OUTER, N, INNER]   position [OUTER, K, INNER]
// One invocation finds one rank. Reference: src/ops/order.rs
#import shared/index

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    k: u32,
    smallest: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rank: array<f32>;
@group(0) @binding(2) var<storage, read_write> position: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.k * p.inner {
        return;
    }
    let row = index / (p.k * p.inner) * p.n * p.inner + index % p.inner;
    let wanted = f32(index / p.inner % p.k);
    var found = 0u;
    for (var j = 0u; j < p.n; j++) {
        if rank[row + j * p.inner] == wanted {
            found = j;
            break;
        }
    }
    position[index] = f32(found);
}
