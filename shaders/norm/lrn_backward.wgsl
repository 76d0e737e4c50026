// Gradient of local response normalisation, with s as in lrn.wgsl:
//   dx_c = dy_c / s_c^beta - 2 * scale * beta * x_c * sum over j of dy_j * x_j / s_j^(beta + 1)
// over the channels j whose neighbourhood has c in it.
//   x, dy, dx [N, C, INNER]
// One invocation computes one element of dx, and each s that it needs. Reference: src/ops/lrn.rs
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
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

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
    let first = c - min(c, p.size / 2u);
    let past = min(c + (p.size - 1u) / 2u + 1u, p.c);
    var sum = 0.0;
    for (var j = first; j < past; j++) {
        let at = index + j * p.inner - c * p.inner;
        sum += dy[at] * x[at] * pow(total(at, j), -p.beta - 1.0);
    }
    dx[index] = dy[index] * pow(total(index, c), -p.beta) - 2.0 * p.scale * p.beta * x[index] * sum;
}
