// dx[i] = dy[i] * act'(x[i]), element by element.
//   x, dy [LEN]   dx [LEN]
// One invocation computes one element. Reference: src/ops/unary.rs
#import shared/index
#import shared/activation
#import shared/derivative

struct Params {
    len: u32,
    act: u32,
    slope: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i < p.len {
        dx[i] = dy[i] * derivative(p.act, x[i], p.slope);
    }
}
