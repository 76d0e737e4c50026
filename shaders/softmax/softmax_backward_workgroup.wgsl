// Gradient of softmax along the middle axis (formulas in softmax_backward.wgsl), for GPUs.
//   y, dy, dx [OUTER, N, INNER]
// One workgroup of 256 computes one row. Each invocation takes every 256th element; sums are joined in
// workgroup memory, halving the number of lanes at each step, in a fixed order.
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
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

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
    var sum = 0.0;
    for (var i = local; i < n; i += SIZE) {
        let at = first + i * p.inner;
        sum += dy[at] * select(y[at], 1.0, p.log != 0u);
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
    for (var i = local; i < n; i += SIZE) {
        let at = first + i * p.inner;
        if p.log != 0u {
            dx[at] = (dy[at] - exp(y[at]) * sum) * p.sharpness;
        } else {
            dx[at] = y[at] * (dy[at] - sum) * p.sharpness;
        }
    }
}
