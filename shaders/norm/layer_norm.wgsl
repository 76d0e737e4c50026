// Layer normalisation: y = gamma * (x - mean) / sqrt(variance + eps) + beta, mean and variance of each row.
//   x, y [ROWS, WIDTH]   gamma, beta [WIDTH] or absent
// One invocation normalises one row, in steps of four because Mesa's software adapters end all loops of
// an invocation after 65,535 turns.
// Numerical care: the variance is summed from differences to the mean, in a pass of its own; the
// difference of mean squares would cancel. Reference: src/ops/norm/layer.rs
#import shared/index

struct Params {
    rows: u32,
    width: u32,
    scaled: u32, // 1 if there is a gamma
    shifted: u32, // 1 if there is a beta
    eps: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = flat_index(group, groups, local, 64u);
    if row >= p.rows {
        return;
    }
    let first = row * p.width;
    var sum = 0.0;
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                sum += x[first + i + u];
            }
        }
    }
    let mean = sum / f32(p.width);
    var squares = 0.0;
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                let difference = x[first + i + u] - mean;
                squares += difference * difference;
            }
        }
    }
    let factor = 1.0 / sqrt(squares / f32(p.width) + p.eps);
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                var value = (x[first + i + u] - mean) * factor;
                if p.scaled != 0u {
                    value *= gamma[i + u];
                }
                if p.shifted != 0u {
                    value += beta[i + u];
                }
                y[first + i + u] = value;
            }
        }
    }
}
