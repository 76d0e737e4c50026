// Layer normalisation, as layer_norm.wgsl, for processors.
//   x, y [ROWS, WIDTH]   gamma, beta [WIDTH] or absent, all as vectors of 4; WIDTH is a multiple of 4
// One invocation normalises one row, four elements at a time, without barriers: the lanes of a vector
// register hold as many rows, and gamma and beta are the same for all of them.
// Reference: src/ops/norm/layer.rs
#import shared/index

struct Params {
    rows: u32,
    width: u32,
    scaled: u32, // 1 if there is a gamma
    shifted: u32, // 1 if there is a beta
    eps: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> beta: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = flat_index(group, groups, local, 8u);
    if row >= p.rows {
        return;
    }
    let width = p.width / 4u;
    let first = row * width;
    var sums = vec4<f32>(0.0);
    for (var i = 0u; i < width; i++) {
        sums += x[first + i];
    }
    let mean = (sums.x + sums.y + sums.z + sums.w) / f32(p.width);
    var squares = vec4<f32>(0.0);
    for (var i = 0u; i < width; i++) {
        let difference = x[first + i] - mean;
        squares += difference * difference;
    }
    let variance = (squares.x + squares.y + squares.z + squares.w) / f32(p.width);
    let factor = 1.0 / sqrt(variance + p.eps);
    for (var i = 0u; i < width; i++) {
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
