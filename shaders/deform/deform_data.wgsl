// Gradient of the input of a deformable convolution, in partial sums: dx = sum of mask * weight * dcolumns
// over the cells of all windows, with the weight that the pixel has at the cell, max(0, 1 - distance)
// along both axes. Cells are those of deform_columns.wgsl.
//   dcolumns [N, C*R*S, OH, OW]   offset [N, 2*O*R*S, OH, OW], y before x
//   mask [N, O*R*S, OH, OW] or absent   dx [CHUNKS, N, C, H, W]
// One invocation computes one element of dx: it goes through CHUNK cells, counted through (r, s), rows
// and columns, so that no two write one. Reference: src/ops/deform.rs
#import shared/index
#import shared/deformed

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
@group(0) @binding(1) var<storage, read> dcolumns: array<f32>;
@group(0) @binding(2) var<storage, read> offset: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let size = p.n * p.c * p.h * p.w;
    if index >= p.chunks * size {
        return;
    }
    let pixel = vec2<f32>(vec2<u32>(index / p.w % p.h, index % p.w));
    let plane = index % size / (p.h * p.w);
    let field = plane / p.c * p.offset_groups + plane % p.c / (p.c / p.offset_groups);
    let cells = p.r * p.s * p.oh * p.ow;
    let first = index / size * p.chunk;
    var sum = 0.0;
    for (var cell = first; cell < min(first + p.chunk, cells); cell++) {
        let at = position(field, cell / (p.ow * p.oh), cell / p.ow % p.oh, cell % p.ow);
        let near = max(vec2(0.0), 1.0 - abs(at - pixel));
        let weight = near.x * near.y;
        if weight > 0.0 {
            var factor = weight;
            if p.masked != 0u {
                factor *= mask[field * cells + cell];
            }
            sum += factor * dcolumns[plane * cells + cell];
        }
    }
    dx[index] = sum;
}
