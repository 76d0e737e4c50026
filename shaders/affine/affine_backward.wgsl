// dx[i] = scale * dy[i] where lo < scale * x[i] + shift < hi, otherwise 0.
//   x, dy [LEN]   dx [LEN]
// One invocation computes one element. Reference: src/ops/affine.rs
#import shared/index

struct Params {
    len: u32,
    scale: f32,
    shift: f32,
    lo: f32,
    hi: f32,
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
        let line = p.scale * x[i] + p.shift;
        dx[i] = select(0.0, p.scale * dy[i], line > p.lo && line < p.hi);
    }
}
