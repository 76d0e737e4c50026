// A counter of steps: steps += by.
//   steps [1]
// One invocation in all. Reference: src/ops/optim.rs

struct Params {
    by: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> steps: array<u32>;

@compute @workgroup_size(1)
fn main() {
    steps[0] += p.by;
}
