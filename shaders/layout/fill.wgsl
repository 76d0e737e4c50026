// One value everywhere.
//   y [LEN]
// One invocation writes one element. Reference: src/ops/layout/fill.rs
#import shared/index

struct Params {
    len: u32,
    value: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i < p.len {
        y[i] = p.value;
    }
}
