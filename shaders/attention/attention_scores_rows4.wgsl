// Scores of attention for software adapters, D a multiple of four:
//   s[b,h,i,j] = sum over c of q[b,i,h,c] * k[b,j,h,c]
//   q [BATCH, TQ, HEADS, D]   k [BATCH, TK, HEADS, D]   s [BATCH, HEADS, TQ, TK]
// One invocation computes the scores of 8 queries with 16 keys, in registers. A load costs a software
// adapter as much as ten or more products, whatever its width, so each brings four values that are
// used 16 or 8 times. Past the last query and key these are computed again and not stored.
// Arrays are indexed by loop variables that run over their whole length: Mesa then unrolls the loops
// and keeps the elements in registers.
// Reference: src/ops/attention/stages.rs
#import shared/index

struct Params {
    batch: u32,
    heads: u32,
    tq: u32,
    tk: u32,
    d: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> s: array<f32>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let columns = (p.tk + 15u) / 16u;
    let rows = (p.tq + 7u) / 8u;
    let index = flat_index(group, groups, local, 8u);
    if index >= p.batch * p.heads * rows * columns {
        return;
    }
    let j = index % columns * 16u;
    let i = index / columns % rows * 8u;
    let head = index / (columns * rows) % p.heads;
    let item = index / (columns * rows * p.heads);

    var at_q: array<u32, 8>;
    for (var u = 0u; u < 8u; u++) {
        at_q[u] = ((item * p.tq + min(i + u, p.tq - 1u)) * p.heads + head) * (p.d / 4u);
    }
    var at_k: array<array<u32, 4>, 4>;
    for (var g = 0u; g < 4u; g++) {
        for (var e = 0u; e < 4u; e++) {
            at_k[g][e] = ((item * p.tk + min(j + 4u * g + e, p.tk - 1u)) * p.heads + head) * (p.d / 4u);
        }
    }

    // acc[u][g]: query i + u by keys j + 4g .. j + 4g + 3.
    var acc: array<array<vec4<f32>, 4>, 8>;
    for (var u = 0u; u < 8u; u++) {
        for (var g = 0u; g < 4u; g++) {
            acc[u][g] = vec4(0.0);
        }
    }
    for (var c = 0u; c < p.d / 4u; c++) {
        var key: array<array<vec4<f32>, 4>, 4>;
        for (var g = 0u; g < 4u; g++) {
            for (var e = 0u; e < 4u; e++) {
                key[g][e] = k[at_k[g][e] + c];
            }
        }
        for (var u = 0u; u < 8u; u++) {
            let query = q[at_q[u] + c];
            for (var g = 0u; g < 4u; g++) {
                acc[u][g] += vec4(
                    dot(query, key[g][0]),
                    dot(query, key[g][1]),
                    dot(query, key[g][2]),
                    dot(query, key[g][3]),
                );
            }
        }
    }

    for (var u = 0u; u < 8u; u++) {
        if i + u < p.tq {
            let at = ((item * p.heads + head) * p.tq + i + u) * p.tk + j;
            for (var g = 0u; g < 4u; g++) {
                for (var e = 0u; e < 4u; e++) {
                    if j + 4u * g + e < p.tk {
                        s[at + 4u * g + e] = acc[u][g][e];
                    }
                }
            }
        }
    }
}
