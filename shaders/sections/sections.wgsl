// Sums of sections of a vector: y[s] = sum of x[BOUNDS[s, 0] .. BOUNDS[s, 1]].
//   x [LEN]   bounds [COUNT, 2]   y [COUNT]
// One invocation computes one element of y, in the order of x. Reference: src/ops/sections.rs
#import shared/index

struct Params {
    len: u32,
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> bounds: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let s = flat_index(group, groups, local, 64u);
    if s >= p.count {
        return;
    }
    let end = min(bounds[2u * s + 1u], p.len);
    var sum = 0.0;
    for (var i = bounds[2u * s]; i < end; i++) {
        sum += x[i];
    }
    y[s] = sum;
}
