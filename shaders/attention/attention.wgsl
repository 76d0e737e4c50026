// Scaled dot-product attention in one pass, memory O(1) for each query (online softmax):
//   o[b,i,h,:] = sum over j of w[j] * v[b,j,h,:] / sum over j of w[j]
//   w[j] = exp(scale * q[b,i,h,:] . k[b,j,h,:] - largest), j < valid and j + TQ <= i + TK if causal
//   q [BATCH, TQ, HEADS, D]   k [BATCH, TK, HEADS, D]   v [BATCH, TK, HEADS, DV]
//   o [BATCH, TQ, HEADS, DV], DV at most 128; zeros for a query that may look at nothing
// One invocation computes one row of o. `largest` is the largest score so far: when it grows, the
// sums gathered before are scaled down, so that no exponential exceeds 1. The inner loops go in steps
// of four because Mesa's software adapters end all loops of an invocation after 65,535 turns.
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
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> o: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.batch * p.heads * p.tq {
        return;
    }
    let i = index % p.tq;
    let head = index / p.tq % p.heads;
    let item = index / (p.tq * p.heads);

    // Keys before this one; the query stands at key i + TK - TQ.
    var end = min(p.valid, p.tk);
    if p.causal != 0u {
        end = min(end, max(i + p.tk + 1u, p.tq) - p.tq);
    }
    let query = ((item * p.tq + i) * p.heads + head) * p.d;
    var sums: array<f32, 128>;
    for (var c = 0u; c < p.dv; c++) {
        sums[c] = 0.0;
    }
    var total = 0.0;
    var largest = -3.0e38;
    for (var j = 0u; j < end; j++) {
        let row = (item * p.tk + j) * p.heads + head;
        var score = 0.0;
        for (var c = 0u; c < p.d; c += 4u) {
            for (var u = 0u; u < 4u; u++) {
                if c + u < p.d {
                    score += q[query + c + u] * k[row * p.d + c + u];
                }
            }
        }
        score *= p.scale;
        let top = max(largest, score);
        let keep = exp(largest - top);
        let weight = exp(score - top);
        largest = top;
        total = total * keep + weight;
        for (var c = 0u; c < p.dv; c += 4u) {
            for (var u = 0u; u < 4u; u++) {
                if c + u < p.dv {
                    sums[c + u] = sums[c + u] * keep + weight * v[row * p.dv + c + u];
                }
            }
        }
    }
    let out = ((item * p.tq + i) * p.heads + head) * p.dv;
    for (var c = 0u; c < p.dv; c++) {
        o[out + c] = select(0.0, sums[c] / total, end > 0u);
    }
}
