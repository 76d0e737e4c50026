// Layer normalisation, as layer_norm.wgsl, for GPUs.
//   x, y [ROWS, WIDTH]   gamma, beta [WIDTH] or absent
// One workgroup of 256 normalises one row. Each invocation takes every 256th element; sums are joined in
// workgroup memory, halving the number of lanes at each step, in a fixed order.
// Reference: src/ops/norm/layer.rs

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

const SIZE = 256u;

var<workgroup> lanes: array<f32, SIZE>;

// Sum over the workgroup, for every invocation. All must call it.
fn total(value: f32, local: u32) -> f32 {
    workgroupBarrier();
    lanes[local] = value;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        if local < half {
            lanes[local] += lanes[local + half];
        }
        workgroupBarrier();
    }
    return lanes[0];
}

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
    var sum = 0.0;
    for (var i = local; i < width; i += SIZE) {
        sum += x[first + i];
    }
    let mean = total(sum, local) / f32(p.width);
    var squares = 0.0;
    for (var i = local; i < width; i += SIZE) {
        let difference = x[first + i] - mean;
        squares += difference * difference;
    }
    let factor = 1.0 / sqrt(total(squares, local) / f32(p.width) + p.eps);
    for (var i = local; i < width; i += SIZE) {
        var value = (x[first + i] - mean) * factor;
        if p.scaled != 0u {
            value *= gamma[i];
        }
        if p.shifted != 0u {
            value += beta[i];
        }
        y[first + i] = value;
    }
}
