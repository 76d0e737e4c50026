// A strided copy out of a tensor: y[c] = x[offset + sum over axes of c_k * stride_k].
//   x [WHOLE]   y [LEN]
// One invocation copies one element. Strides may be 0 (repeat) or negative (turn round).
// Reference: src/ops/layout/strided.rs
#import shared/index
#import shared/strided

struct Params {
    size: vec4<u32>,
    size_high: vec4<u32>,
    stride: vec4<i32>,
    stride_high: vec4<i32>,
    offset: u32,
    len: u32,
    whole: u32,
    rank: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i < p.len {
        y[i] = x[strided_at(i, p.rank, p.size, p.size_high, p.stride, p.stride_high, p.offset)];
    }
}
