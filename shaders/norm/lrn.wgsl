// Local response normalisation: y = x / s^beta with s = bias + scale * sum of x^2 over the channels from
// c - (size - 1) / 2 to c + size / 2 that exist.
//   x, y [N, C, INNER]
// One invocation computes one element of y. Reference: src/ops/lrn.rs
#import shared/index
#import shared/neighbours

struct Params {
    n: u32,
    c: u32,
    inner: u32,
    size: u32,
    scale: f32,
    beta: f32,
    bias: f32,
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
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.c * p.inner {
        return;
    }
    let c = index / p.inner % p.c;
    y[index] = x[index] * pow(total(index, c), -p.beta);
}
