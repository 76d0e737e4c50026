// Attention with linear biases: y[h, i, j] = -2^(-8 (h+1) / HEADS) * |i + OFFSET - j|
//   y [HEADS, TQ, TK], to be added to the scores; query 0 stands at key OFFSET
// One invocation computes one element. Reference: src/ops/position/alibi.rs
#import shared/index

struct Params {
    heads: u32,
    tq: u32,
    tk: u32,
    offset: i32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.heads * p.tq * p.tk {
        return;
    }
    let j = index % p.tk;
    let i = index / p.tk % p.tq;
    let head = index / (p.tk * p.tq);
    let slope = exp2(-8.0 * f32(head + 1u) / f32(p.heads));
    y[index] = -slope * f32(abs(i32(i) + p.offset - i32(j)));
}
