// Interpolated cells of a deformable convolution: columns = mask * x between the four pixels around, 0
// outside, at cell (r, s) of window (i, j): (i, j) * stride + (r, s) * dilation - pad + offset.
//   x [N, C, H, W]   offset [N, 2*O*R*S, OH, OW], y before x   mask [N, O*R*S, OH, OW] or absent
//   columns [N, C*R*S, OH, OW]
// The channels are shared out among O offset groups. One invocation computes one element of columns.
// Reference: src/ops/deform.rs
#import shared/index
#import shared/deformed
#import shared/pixel

struct Params {
    pad: vec4<u32>, // top, left, bottom, right
    stride: vec2<u32>, // y, x
    dilation: vec2<u32>, // y, x
    n: u32,
    c: u32,
    h: u32,
    w: u32,
    r: u32,
    s: u32,
    oh: u32,
    ow: u32,
    offset_groups: u32,
    masked: u32,
    chunk: u32,
    chunks: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> offset: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> columns: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let taps = p.r * p.s;
    if index >= p.n * p.c * taps * p.oh * p.ow {
        return;
    }
    let j = index % p.ow;
    let i = index / p.ow % p.oh;
    let tap = index / (p.ow * p.oh) % taps;
    let plane = index / (p.ow * p.oh * taps);
    let field = plane / p.c * p.offset_groups + plane % p.c / (p.c / p.offset_groups);
    // Positions beyond these see no pixel, and would not fit an integer.
    let at = clamp(position(field, tap, i, j), vec2(-2.0), vec2(f32(p.h), f32(p.w)) + 1.0);
    let low = floor(at);
    let part = at - low;
    let row = i32(low.x);
    let column = i32(low.y);
    let upper = mix(pixel(plane, row, column), pixel(plane, row, column + 1), part.y);
    let lower = mix(pixel(plane, row + 1, column), pixel(plane, row + 1, column + 1), part.y);
    var weight = 1.0;
    if p.masked != 0u {
        weight = mask[((field * taps + tap) * p.oh + i) * p.ow + j];
    }
    columns[index] = weight * mix(upper, lower, part.x);
}
