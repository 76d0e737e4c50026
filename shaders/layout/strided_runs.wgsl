// A strided copy out of a tensor for software adapters; formula and shapes as in strided.wgsl.
// One invocation copies 16 neighbours: where they lie is found once, and again where an axis ends.
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

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = flat_index(group, groups, local, 8u) * 16u;
    if first >= p.len {
        return;
    }
    var along = first % p.size.x;
    var at = strided_at(first, p.rank, p.size, p.size_high, p.stride, p.stride_high, p.offset);
    for (var i = first; i < min(first + 16u, p.len); i++) {
        y[i] = x[at];
        along++;
        at = u32(i32(at) + p.stride.x);
        if along == p.size.x {
            along = 0u;
            at = strided_at(i + 1u, p.rank, p.size, p.size_high, p.stride, p.stride_high, p.offset);
        }
    }
}
