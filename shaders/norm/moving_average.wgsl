// Exponential moving average: running = MOMENTUM * running + (1 - MOMENTUM) * x
//   x, running [LEN], old content of running kept
// One invocation updates one element. Reference: src/ops/norm/batch.rs
#import shared/index

struct Params {
    len: u32,
    momentum: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> running: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.len {
        return;
    }
    running[index] = p.momentum * running[index] + (1.0 - p.momentum) * x[index];
}
