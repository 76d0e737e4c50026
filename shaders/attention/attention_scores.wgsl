// Scores of attention, each query against each key:
//   s[b,h,i,j] = sum over c of q[b,i,h,c] * k[b,j,h,c]
//   q [BATCH, TQ, HEADS, D]   k [BATCH, TK, HEADS, D]   s [BATCH, HEADS, TQ, TK]
// One invocation computes one score, summing in f32 in the order of c. Scale and mask come later,
// in attention_mask.
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
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read_write> s: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.batch * p.heads * p.tq * p.tk {
        return;
    }
    let j = index % p.tk;
    let i = index / p.tk % p.tq;
    let head = index / (p.tk * p.tq) % p.heads;
    let item = index / (p.tk * p.tq * p.heads);

    let query = ((item * p.tq + i) * p.heads + head) * p.d;
    let key = ((item * p.tk + j) * p.heads + head) * p.d;
    var sum = 0.0;
    for (var c = 0u; c < p.d; c++) {
        sum += q[query + c] * k[key + c];
    }
    s[index] = sum;
}
