// dx[i] = dy[i] * act'(x[i]) for the piecewise linear rows of the table, without a branch.
//   x, dy [LEN]   dx [LEN]
// One invocation computes one element. Reference: src/ops/unary.rs
#import shared/index

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
        // Rows: 0 identity, 1 ReLU, 2 leaky ReLU, 3 ReLU6.
        let value = x[i];
        let below = select(select(1.0, p.slope, p.act == 2u), 0.0, p.act == 1u || p.act == 3u);
        let inside = select(below, 1.0, value > 0.0 || (value == 0.0 && p.act == 2u));
        dx[i] = dy[i] * select(inside, 0.0, p.act == 3u && value >= 6.0);
    }
}
