// y[i] = min(max(scale * x[i] + shift, lo), hi).
//   x [LEN]   y [LEN]
// One invocation computes one element; NaN comes through. Reference: src/ops/affine.rs
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
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i < p.len {
        let line = p.scale * x[i] + p.shift;
        let raised = select(line, p.lo, line < p.lo);
        y[i] = select(raised, p.hi, raised > p.hi);
    }
}
