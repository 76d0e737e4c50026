// y[i] = act(x[i]) for the piecewise linear rows of the table, without a branch.
//   x [LEN]   y [LEN]
// One invocation computes one element. Reference: src/ops/unary.rs
#import shared/index
#import shared/activation

struct Params {
    len: u32,
    act: u32,
    slope: f32,
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
        y[i] = activate_linear(p.act, x[i], p.slope);
    }
}
