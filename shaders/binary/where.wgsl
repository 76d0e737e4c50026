// y[i] = a[i] where condition[i] is not 0, otherwise b[i].
//   condition, a, b, y [LEN]
// One invocation picks one element. Reference: src/ops/binary.rs
#import shared/index

struct Params {
    len: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> condition: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i >= p.len {
        return;
    }
    y[i] = select(b[i], a[i], condition[i] != 0.0);
}
