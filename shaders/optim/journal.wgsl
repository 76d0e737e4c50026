// A journal of some numbers a step: journal[r, steps mod LEN] = value[r]; the rest stays.
//   value [ROWS]   steps [1]   journal [ROWS, LEN]
// One invocation writes one number. Reference: src/ops/optim.rs
#import shared/index

struct Params {
    len: u32,
    rows: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> value: array<f32>;
@group(0) @binding(2) var<storage, read> steps: array<u32>;
@group(0) @binding(3) var<storage, read_write> journal: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let r = flat_index(group, groups, local, 64u);
    if r < p.rows {
        journal[r * p.len + steps[0] % p.len] = value[r];
    }
}
