// Softmax along the middle axis, or its logarithm:
//   y_i = exp((x_i - m) / T) / sum_j exp((x_j - m) / T)      m = max_j x_j, or 0 if not stable
//   log: y_i = (x_i - m) / T - ln(sum_j exp((x_j - m) / T))
//   x, y [OUTER, N, INNER]
// One invocation normalises one row: N elements, INNER apart. The loops go in steps of four because
// Mesa's software adapters end all loops of an invocation after 65,535 turns.
// Numerical care: with m subtracted no exponent is above 0, so that nothing overflows and the sum is
// at least 1. Reference: src/ops/softmax.rs
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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

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
    var m = 0.0;
    if p.stable != 0u {
        m = x[first];
        for (var i = 0u; i < p.n; i += 4u) {
            for (var u = 0u; u < 4u; u++) {
                if i + u < p.n {
                    m = max(m, x[first + (i + u) * p.inner]);
                }
            }
        }
    }
    var sum = 0.0;
    for (var i = 0u; i < p.n; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.n {
                sum += exp((x[first + (i + u) * p.inner] - m) * p.sharpness);
            }
        }
    }
    let logarithm = log(sum);
    for (var i = 0u; i < p.n; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.n {
                let at = first + (i + u) * p.inner;
                let shifted = (x[at] - m) * p.sharpness;
                if p.log != 0u {
                    y[at] = shifted - logarithm;
                } else {
                    y[at] = exp(shifted) / sum;
                }
            }
        }
    }
}
