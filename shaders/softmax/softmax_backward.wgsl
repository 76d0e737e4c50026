// Gradient of softmax along the middle axis, or of its logarithm, from the forward result:
//   dx_i = y_i * (dy_i - sum_j dy_j * y_j) / T          log: dx_i = (dy_i - exp(y_i) * sum_j dy_j) / T
//   y, dy, dx [OUTER, N, INNER]
// One invocation computes one row: N elements, INNER apart. The loops go in steps of four because
// Mesa's software adapters end all loops of an invocation after 65,535 turns.
// Reference: src/ops/softmax.rs
#import shared/index

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    log: u32,
    stable: u32,
    sharpness: f32, // 1 / T
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = flat_index(group, groups, local, 64u);
    if row >= p.outer * p.inner {
        return;
    }
    let first = row / p.inner * p.n * p.inner + row % p.inner;
    var sum = 0.0;
    for (var i = 0u; i < p.n; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.n {
                let at = first + (i + u) * p.inner;
                sum += dy[at] * select(y[at], 1.0, p.log != 0u);
            }
        }
    }
    for (var i = 0u; i < p.n; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.n {
                let at = first + (i + u) * p.inner;
                if p.log != 0u {
                    dx[at] = (dy[at] - exp(y[at]) * sum) * p.sharpness;
                } else {
                    dx[at] = y[at] * (dy[at] - sum) * p.sharpness;
                }
            }
        }
    }
}
