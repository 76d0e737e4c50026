// Gradients of the offsets and the mask of a deformable convolution, with v the interpolated x of
// deform_columns.wgsl: doffset = mask * sum of dv/dposition * dcolumns, dmask = sum of v * dcolumns, over
// the channels of an offset group.
//   x [N, C, H, W]   offset, doffset [N, 2*O*R*S, OH, OW], y before x
//   mask [N, O*R*S, OH, OW] or absent   dcolumns [N, C*R*S, OH, OW]   dmask [N, O*R*S, OH, OW]
// One invocation computes one element of dmask and both of doffset. Reference: src/ops/deform.rs
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
@group(0) @binding(4) var<storage, read> dcolumns: array<f32>;
@group(0) @binding(5) var<storage, read_write> doffset: array<f32>;
@group(0) @binding(6) var<storage, read_write> dmask: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let taps = p.r * p.s;
    let map = p.oh * p.ow;
    if index >= p.n * p.offset_groups * taps * map {
        return;
    }
    let j = index % p.ow;
    let i = index / p.ow % p.oh;
    let tap = index / map % taps;
    let field = index / (map * taps);
    let channels = p.c / p.offset_groups;
    // Positions beyond these see no pixel, and would not fit an integer.
    let at = clamp(position(field, tap, i, j), vec2(-2.0), vec2(f32(p.h), f32(p.w)) + 1.0);
    let low = floor(at);
    let part = at - low;
    let row = i32(low.x);
    let column = i32(low.y);
    var value = 0.0;
    var slope = vec2(0.0);
    for (var plane = field * channels; plane < (field + 1u) * channels; plane++) {
        let d = dcolumns[(plane * taps + tap) * map + i * p.ow + j];
        let upper = vec2(pixel(plane, row, column), pixel(plane, row, column + 1));
        let lower = vec2(pixel(plane, row + 1, column), pixel(plane, row + 1, column + 1));
        let across = mix(upper, lower, part.x);
        value += d * mix(across.x, across.y, part.y);
        let down = lower - upper;
        slope += d * vec2(mix(down.x, down.y, part.y), across.y - across.x);
    }
    var weight = 1.0;
    if p.masked != 0u {
        weight = mask[index];
    }
    let at_offset = (2u * (field * taps + tap) * p.oh + i) * p.ow + j;
    doffset[at_offset] = weight * slope.x;
    doffset[at_offset + map] = weight * slope.y;
    dmask[index] = value;
}
