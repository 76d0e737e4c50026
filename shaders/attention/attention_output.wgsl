// Output of attention, the values weighted by the probabilities:
//   o[b,i,h,c] = sum over j of w[b,h,i,j] * v[b,j,h,c]
//   w [BATCH, HEADS, TQ, TK]   v [BATCH, TK, HEADS, D]   o [BATCH, TQ, HEADS, D]
// One invocation computes one element of o, summing in f32 in the order of j.
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
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> o: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.batch * p.tq * p.heads * p.d {
        return;
    }
    let c = index % p.d;
    let head = index / p.d % p.heads;
    let i = index / (p.d * p.heads) % p.tq;
    let item = index / (p.d * p.heads * p.tq);

    let row = ((item * p.heads + head) * p.tq + i) * p.tk;
    let column = (item * p.tk * p.heads + head) * p.d + c;
    var sum = 0.0;
    for (var j = 0u; j < p.tk; j++) {
        sum += w[row + j] * v[column + j * p.heads * p.d];
    }
    o[index] = sum;
}
