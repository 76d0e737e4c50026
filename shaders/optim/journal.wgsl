// A journal of one number a step: journal[steps mod LEN] = value; the rest stays.
//   value [1]   steps [1]   journal [LEN]
// One invocation in all. Reference: src/ops/optim.rs

struct Params {
    len: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> value: array<f32>;
@group(0) @binding(2) var<storage, read> steps: array<u32>;
@group(0) @binding(3) var<storage, read_write> journal: array<f32>;

@compute @workgroup_size(1)
fn main() {
    journal[steps[0] % p.len] = value[0];
}
