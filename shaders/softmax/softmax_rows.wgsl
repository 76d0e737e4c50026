// Softmax along the last axis, or its logarithm (formulas in softmax.wgsl), for processors.
//   x, y [OUTER, N] as vectors of 4; N is a multiple of 4
// One invocation normalises one row, four elements at a time, without barriers: the lanes of a vector
// register hold as many rows. Loads cost more than exponentials there, so the row is read only twice.
// Numerical care: the sum is scaled down whenever a larger maximum is found (Milakov and Gimelshein,
// "Online normalizer calculation for softmax", 2018). The maximum starts at the lowest finite number,
// so that elements of -infinity before it, as masks leave them, do not give infinity - infinity.
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
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const LOWEST = -3.40282347e38;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = flat_index(group, groups, local, 8u);
    if row >= p.outer {
        return;
    }
    let n = p.n / 4u;
    let first = row * n;
    var m = select(0.0, LOWEST, p.stable != 0u);
    var sum = 0.0;
    for (var i = 0u; i < n; i++) {
        let four = x[first + i];
        if p.stable != 0u {
            let larger = max(m, max(max(four.x, four.y), max(four.z, four.w)));
            sum *= exp((m - larger) * p.sharpness);
            m = larger;
        }
        let power = exp((four - m) * p.sharpness);
        sum += power.x + power.y + power.z + power.w;
    }
    if p.log != 0u {
        let logarithm = log(sum);
        for (var i = 0u; i < n; i++) {
            y[first + i] = (x[first + i] - m) * p.sharpness - logarithm;
        }
    } else {
        let factor = 1.0 / sum;
        for (var i = 0u; i < n; i++) {
            y[first + i] = exp((x[first + i] - m) * p.sharpness) * factor;
        }
    }
}
