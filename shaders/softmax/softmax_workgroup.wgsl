// Softmax along the middle axis, or its logarithm (formulas in softmax.wgsl), for GPUs.
//   x, y [OUTER, N, INNER]
// One workgroup of 256 normalises one row. Each invocation takes every 256th element; maxima and sums
// are joined in workgroup memory, halving the number of lanes at each step, in a fixed order.
// Reference: src/ops/softmax.rs

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

const SIZE = 256u;

var<workgroup> lanes: array<f32, SIZE>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = group.y * groups.x + group.x;
    // Rows past the end, which a folded dispatch has, must reach the barriers too: they have no elements.
    let n = select(0u, p.n, row < p.outer * p.inner);
    let first = row / p.inner * p.n * p.inner + row % p.inner;
    var m = 0.0;
    if p.stable != 0u {
        // Every lane has a number of the row, so that none brings in one of its own.
        m = x[select(0u, first, n > 0u)];
        for (var i = local; i < n; i += SIZE) {
            m = max(m, x[first + i * p.inner]);
        }
        lanes[local] = m;
        workgroupBarrier();
        for (var half = SIZE / 2u; half > 0u; half /= 2u) {
            if local < half {
                lanes[local] = max(lanes[local], lanes[local + half]);
            }
            workgroupBarrier();
        }
        m = lanes[0];
        workgroupBarrier();
    }
    var sum = 0.0;
    for (var i = local; i < n; i += SIZE) {
        sum += exp((x[first + i * p.inner] - m) * p.sharpness);
    }
    lanes[local] = sum;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        if local < half {
            lanes[local] += lanes[local + half];
        }
        workgroupBarrier();
    }
    sum = lanes[0];
    let logarithm = log(sum);
    for (var i = local; i < n; i += SIZE) {
        let at = first + i * p.inner;
        let shifted = (x[at] - m) * p.sharpness;
        if p.log != 0u {
            y[at] = shifted - logarithm;
        } else {
            y[at] = exp(shifted) / sum;
        }
    }
}
