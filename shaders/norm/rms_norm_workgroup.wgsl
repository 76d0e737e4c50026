// Root-mean-square normalisation, as rms_norm.wgsl, for GPUs.
//   x, y [ROWS, WIDTH]   gamma [WIDTH] or absent
// One workgroup of 256 normalises one row. Each invocation takes every 256th element; sums are joined in
// workgroup memory, halving the number of lanes at each step, in a fixed order.
// Reference: src/ops/norm/rms.rs

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
    let width = select(0u, p.width, row < p.rows);
    let first = row * p.width;
    var squares = 0.0;
    for (var i = local; i < width; i += SIZE) {
        squares += x[first + i] * x[first + i];
    }
    lanes[local] = squares;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        if local < half {
            lanes[local] += lanes[local + half];
        }
        workgroupBarrier();
    }
    let factor = 1.0 / sqrt(lanes[0] / f32(p.width) + p.eps);
    for (var i = local; i < width; i += SIZE) {
        var value = x[first + i] * factor;
        if p.scaled != 0u {
            value *= gamma[i];
        }
        y[first + i] = value;
    }
}
