// Root-mean-square normalisation: y = gamma * x / sqrt(mean(x^2) + eps), row by row.
//   x, y [ROWS, WIDTH]   gamma [WIDTH] or absent
// One invocation normalises one row. The loops go in steps of four because Mesa's software adapters
// end all loops of an invocation after 65,535 turns. Reference: src/ops/norm/rms.rs
#import shared/index

struct Params {
    rows: u32,
    width: u32,
    scaled: u32, // 1 if there is a gamma
    eps: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

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
    var squares = 0.0;
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                squares += x[first + i + u] * x[first + i + u];
            }
        }
    }
    let factor = 1.0 / sqrt(squares / f32(p.width) + p.eps);
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                var value = x[first + i + u] * factor;
                if p.scaled != 0u {
                    value *= gamma[i + u];
                }
                y[first + i + u] = value;
            }
        }
    }
}
