// Scaled dot-product attention in one pass for software adapters, D and DV multiples of four:
//   o[b,i,h,:] = sum over j of w[j] * v[b,j,h,:] / sum over j of w[j]
//   w[j] = exp(scale * q[b,i,h,:] . k[b,j,h,:] - largest), j < valid and j + TQ <= i + TK if causal
//   q [BATCH, TQ, HEADS, D]   k [BATCH, TK, HEADS, D]   v [BATCH, TK, HEADS, DV]
//   o [BATCH, TQ, HEADS, DV]; zeros for a query that may look at nothing
// One invocation computes 8 rows of o, 8 keys at a time: the 64 scores stay in registers, o itself
// holds the sums so far. A load costs a software adapter as much as ten or more products, whatever
// its width, so each brings four values that are used eight times.
// `largest` is the largest score so far: when it grows, the sums gathered before are scaled down.
// Reference: src/ops/attention.rs
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
    for (var j = 0u; j < seen[7]; j += 8u) {
        var at_k: array<u32, 8>;
        var at_v: array<u32, 8>;
        for (var u = 0u; u < 8u; u++) {
            let row = (item * p.tk + min(j + u, p.tk - 1u)) * p.heads + head;
            at_k[u] = row * d4;
            at_v[u] = row * dv4;
        }
        var w: array<f32, 64>;
        for (var i = 0u; i < 8u; i++) {
            for (var u = 0u; u < 8u; u++) {
                w[8u * i + u] = 0.0;
            }
        }
        for (var c = 0u; c < d4; c++) {
            var key: array<vec4<f32>, 8>;
            for (var u = 0u; u < 8u; u++) {
                key[u] = k[at_k[u] + c];
            }
            for (var i = 0u; i < 8u; i++) {
                let query = q[at_q[i] + c];
                for (var u = 0u; u < 8u; u++) {
                    w[8u * i + u] += dot(query, key[u]);
                }
            }
        }

        var keep: array<f32, 8>;
        for (var i = 0u; i < 8u; i++) {
            var top = largest[i];
            for (var u = 0u; u < 8u; u++) {
                let score = select(MASKED, p.scale * w[8u * i + u], j + u < seen[i]);
                w[8u * i + u] = score;
                top = max(top, score);
            }
            keep[i] = exp(largest[i] - top);
            largest[i] = top;
            var sum = 0.0;
            for (var u = 0u; u < 8u; u++) {
                let weight = select(0.0, exp(w[8u * i + u] - top), j + u < seen[i]);
                w[8u * i + u] = weight;
                sum += weight;
            }
            total[i] = total[i] * keep[i] + sum;
        }

        for (var c = 0u; c < dv4; c++) {
            var value: array<vec4<f32>, 8>;
            for (var u = 0u; u < 8u; u++) {
                value[u] = v[at_v[u] + c];
            }
            for (var i = 0u; i < 8u; i++) {
                var sum = select(keep[i] * o[at_o[i] + c], vec4(0.0), j == 0u);
                for (var u = 0u; u < 8u; u++) {
                    sum += w[8u * i + u] * value[u];
                }
                if first + i < p.tq {
                    o[at_o[i] + c] = sum;
                }
            }
        }
    }

    for (var i = 0u; i < 8u; i++) {
        if first + i < p.tq {
            for (var c = 0u; c < dv4; c++) {
                let sum = select(vec4(0.0), o[at_o[i] + c] / total[i], total[i] > 0.0);
                o[at_o[i] + c] = sum;
            }
        }
    }
}
