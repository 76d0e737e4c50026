// Scaled dot-product attention in one pass for software adapters, D and DV multiples of four:
//   o[b,i,h,:] = sum over j of w[j] * v[b,j,h,:] / sum over j of w[j]
//   w[j] = exp(scale * q[b,i,h,:] . k[b,j,h,:] - largest), j < valid and j + TQ <= i + TK if causal
//   q [BATCH, TQ, HEADS, D]   k [BATCH, TK, HEADS, D]   v [BATCH, TK, HEADS, DV]
//   o [BATCH, TQ, HEADS, DV]; zeros for a query that may look at nothing
// One invocation computes 8 rows of o, 16 keys at a time: the 128 scores stay in registers, o itself
// holds the sums so far. A load costs a software adapter as much as ten or more products, whatever
// its width, so each brings four values that are used 8 or 16 times.
// `largest` is the largest score so far: when it grows, the sums gathered before are scaled down.
// Arrays are indexed by loop variables that run over their whole length: Mesa then unrolls the loops
// and keeps the elements in registers.
// Reference: src/ops/attention/fused.rs
#import shared/index

struct Params {
    batch: u32,
    heads: u32,
    tq: u32,
    tk: u32,
    d: u32,
    dv: u32,
    causal: u32,
    valid: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> o: array<vec4<f32>>;

const MASKED = -3.0e38;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let blocks = (p.tq + 7u) / 8u;
    let index = flat_index(group, groups, local, 8u);
    if index >= p.batch * p.heads * blocks {
        return;
    }
    let first = index % blocks * 8u;
    let head = index / blocks % p.heads;
    let item = index / (blocks * p.heads);
    let d4 = p.d / 4u;
    let dv4 = p.dv / 4u;

    // Of each query: how many keys it sees, where it begins in q and o. Past the last query that one
    // is computed again and not stored.
    var seen: array<u32, 8>;
    var at_q: array<u32, 8>;
    var at_o: array<u32, 8>;
    var largest: array<f32, 8>;
    var total: array<f32, 8>;
    for (var i = 0u; i < 8u; i++) {
        let query = min(first + i, p.tq - 1u);
        let behind = max(query + p.tk + 1u, p.tq) - p.tq;
        seen[i] = min(min(p.valid, p.tk), select(p.tk, behind, p.causal != 0u));
        at_q[i] = ((item * p.tq + query) * p.heads + head) * d4;
        at_o[i] = ((item * p.tq + query) * p.heads + head) * dv4;
        largest[i] = MASKED;
        total[i] = 0.0;
    }

    // The last query sees the most keys.
    for (var j = 0u; j < seen[7]; j += 16u) {
        // Rows of the 16 keys, in fours.
        var row: array<array<u32, 4>, 4>;
        for (var g = 0u; g < 4u; g++) {
            for (var e = 0u; e < 4u; e++) {
                row[g][e] = (item * p.tk + min(j + 4u * g + e, p.tk - 1u)) * p.heads + head;
            }
        }

        // w[i][g]: query i by keys 4g..4g+3; first the scores, then their exponentials.
        var w: array<array<vec4<f32>, 4>, 8>;
        for (var i = 0u; i < 8u; i++) {
            for (var g = 0u; g < 4u; g++) {
                w[i][g] = vec4(0.0);
            }
        }
        for (var c = 0u; c < d4; c++) {
            var key: array<array<vec4<f32>, 4>, 4>;
            for (var g = 0u; g < 4u; g++) {
                for (var e = 0u; e < 4u; e++) {
                    key[g][e] = k[row[g][e] * d4 + c];
                }
            }
            for (var i = 0u; i < 8u; i++) {
                let query = q[at_q[i] + c];
                for (var g = 0u; g < 4u; g++) {
                    w[i][g] += vec4(
                        dot(query, key[g][0]),
                        dot(query, key[g][1]),
                        dot(query, key[g][2]),
                        dot(query, key[g][3]),
                    );
                }
            }
        }

        var keep: array<f32, 8>;
        for (var i = 0u; i < 8u; i++) {
            var top = vec4(largest[i]);
            for (var g = 0u; g < 4u; g++) {
                let at = vec4(j + 4u * g) + vec4(0u, 1u, 2u, 3u);
                w[i][g] = select(vec4(MASKED), p.scale * w[i][g], at < vec4(seen[i]));
                top = max(top, w[i][g]);
            }
            let one = max(max(top.x, top.y), max(top.z, top.w));
            keep[i] = exp(largest[i] - one);
            largest[i] = one;
            var sum = vec4(0.0);
            for (var g = 0u; g < 4u; g++) {
                let at = vec4(j + 4u * g) + vec4(0u, 1u, 2u, 3u);
                w[i][g] = select(vec4(0.0), exp(w[i][g] - one), at < vec4(seen[i]));
                sum += w[i][g];
            }
            total[i] = total[i] * keep[i] + sum.x + sum.y + sum.z + sum.w;
        }

        for (var c = 0u; c < dv4; c++) {
            var value: array<array<vec4<f32>, 4>, 4>;
            for (var g = 0u; g < 4u; g++) {
                for (var e = 0u; e < 4u; e++) {
                    value[g][e] = v[row[g][e] * dv4 + c];
                }
            }
            for (var i = 0u; i < 8u; i++) {
                var sum = select(keep[i] * o[at_o[i] + c], vec4(0.0), j == 0u);
                for (var g = 0u; g < 4u; g++) {
                    sum += w[i][g].x * value[g][0] + w[i][g].y * value[g][1];
                    sum += w[i][g].z * value[g][2] + w[i][g].w * value[g][3];
                }
                if first + i < p.tq {
                    o[at_o[i] + c] = sum;
                }
            }
        }
    }

    for (var c = 0u; c < dv4; c++) {
        for (var i = 0u; i < 8u; i++) {
            if first + i < p.tq {
                o[at_o[i] + c] = select(vec4(0.0), o[at_o[i] + c] / total[i], total[i] > 0.0);
            }
        }
    }
}
