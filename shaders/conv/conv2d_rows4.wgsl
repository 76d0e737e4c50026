// 2-D convolution for software adapters, step 1 along rows; formula and shapes as in conv2d.wgsl.
// Needs stride and dilation 1 in x, at most 5 columns of weights, rows of x and y that are multiples
// of four. One invocation computes 28 neighbouring elements (the row lengths of common networks are
// multiples of 28) of a row of y in 8 output channels: 224 sums in registers, no workgroup memory, no
// barriers. A load costs a software adapter as much as ten or more products, whatever its width: the
// pixels of a row come four at a time and are then slid along under the weights.
// Reference: src/ops/conv/conv2d.rs
#import shared/index
#import shared/activation

struct Params {
    pad: vec4<u32>, // top, left, bottom, right
    stride: vec2<u32>, // y, x
    dilation: vec2<u32>, // y, x
    n: u32,
    c: u32,
    h: u32,
    w: u32,
    k: u32,
    r: u32,
    s: u32,
    groups: u32,
    oh: u32,
    ow: u32,
    bias: u32,
    act: u32,
    slope: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;


@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let per_group = p.k / p.groups;
    let tiles = (per_group + 7u) / 8u;
    let segments = (p.ow + 27u) / 28u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.groups * tiles * p.oh * segments {
        return;
    }
    let j = item % segments * 28u;
    let i = item / segments % p.oh;
    let block = item / (segments * p.oh) % (p.groups * tiles);
    let n = item / (segments * p.oh * p.groups * tiles);
    let g = block / tiles;
    let k = g * per_group + block % tiles * 8u;
    let end = (g + 1u) * per_group;
    let channels = p.c / p.groups;

    var at_w: array<u32, 8>;
    var acc: array<array<vec4<f32>, 7>, 8>;
    for (var u = 0u; u < 8u; u++) {
        at_w[u] = min(k + u, end - 1u) * channels * p.r * p.s;
        for (var m = 0u; m < 7u; m++) {
            acc[u][m] = vec4(0.0);
        }
    }
    for (var c = 0u; c < channels; c++) {
        for (var r = 0u; r < p.r; r++) {
            let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
            let inside = row < p.h;
            let at = ((n * p.c + g * channels + c) * p.h + min(row, p.h - 1u)) * p.w;

            // 32 pixels from column `start` on: nine aligned loads, moved down by 0 to 3 pixels. Rows
            // are multiples of four, so that a load lies inside or outside as a whole, and unsigned
            // wrap-around puts columns left of the input past its end.
            let start = j - p.pad.y;
            let shift = start & 3u;
            var px: array<vec4<f32>, 9>;
            for (var m = 0u; m < 9u; m++) {
                let column = start - shift + 4u * m;
                px[m] = select(vec4(0.0), x[(at + min(column, p.w - 4u)) / 4u], inside && column < p.w);
            }
            for (var m = 0u; m < 8u; m++) {
                px[m] = select(px[m], vec4(px[m].zw, px[m + 1u].xy), shift >= 2u);
            }
            px[8] = select(px[8], vec4(px[8].zw, 0.0, 0.0), shift >= 2u);
            for (var m = 0u; m < 8u; m++) {
                px[m] = select(px[m], vec4(px[m].yzw, px[m + 1u].x), (shift & 1u) != 0u);
            }
            for (var s = 0u; s < p.s; s++) {
                for (var u = 0u; u < 8u; u++) {
                    let weight = w[at_w[u]];
                    at_w[u]++;
                    for (var m = 0u; m < 7u; m++) {
                        acc[u][m] += weight * px[m];
                    }
                }
                // On to the next column of weights.
                for (var m = 0u; m < 7u; m++) {
                    px[m] = vec4(px[m].yzw, px[m + 1u].x);
                }
                px[7] = vec4(px[7].yzw, 0.0);
            }
        }
    }

    for (var u = 0u; u < 8u; u++) {
        if k + u < end {
            var bias = 0.0;
            if p.bias != 0u {
                bias = b[k + u];
            }
            let at = ((n * p.k + k + u) * p.oh + i) * p.ow + j;
            for (var m = 0u; m < 7u; m++) {
                let sum = bias + acc[u][m];
                if j + 4u * m < p.ow {
                    y[at / 4u + m] = vec4(
                        activate_linear(p.act, sum.x, p.slope),
                        activate_linear(p.act, sum.y, p.slope),
                        activate_linear(p.act, sum.z, p.slope),
                        activate_linear(p.act, sum.w, p.slope),
                    );
                }
            }
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 56u, p.act > LAST_LINEAR);
    for (var u = 0u; u < curved; u++) {
        let column = j + u % 7u * 4u;
        if k + u / 7u < end && column < p.ow {
            let at = (((n * p.k + k + u / 7u) * p.oh + i) * p.ow + column) / 4u;
            let sum = y[at];
            y[at] = vec4(
                activate(p.act, sum.x, p.slope),
                activate(p.act, sum.y, p.slope),
                activate(p.act, sum.z, p.slope),
                activate(p.act, sum.w, p.slope),
            );
        }
    }
}
