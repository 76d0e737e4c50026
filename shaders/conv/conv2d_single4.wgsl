// 2-D convolution for software adapters, few output channels to a group, such as a depthwise one;
// step 1 along rows; formula and shapes as in conv2d.wgsl.
// Needs stride and dilation 1 in x, at most 5 columns of weights, rows of x and y that are multiples
// of four. One invocation computes 32 neighbouring elements of a row of y in one output channel,
// without workgroup memory or barriers. A load costs a software adapter as much as ten or more
// products, whatever its width: the pixels of a row come four at a time and are then slid along under
// the weights.
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
    let segments = (p.ow + 31u) / 32u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.k * p.oh * segments {
        return;
    }
    let j = item % segments * 32u;
    let i = item / segments % p.oh;
    let k = item / (segments * p.oh) % p.k;
    let n = item / (segments * p.oh * p.k);
    let channels = p.c / p.groups;
    let first = k / (p.k / p.groups) * channels;

    var at_w = k * channels * p.r * p.s;
    var acc: array<vec4<f32>, 8>;
    for (var m = 0u; m < 8u; m++) {
        acc[m] = vec4(0.0);
    }
    for (var c = 0u; c < channels; c++) {
        for (var r = 0u; r < p.r; r++) {
            let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
            let inside = row < p.h;
            let at = ((n * p.c + first + c) * p.h + min(row, p.h - 1u)) * p.w;

            // 36 pixels from column `start` on: ten aligned loads, moved down by 0 to 3 pixels. Rows
            // are multiples of four, so that a load lies inside or outside as a whole, and unsigned
            // wrap-around puts columns left of the input past its end.
            let start = j - p.pad.y;
            let shift = start & 3u;
            var px: array<vec4<f32>, 10>;
            for (var m = 0u; m < 10u; m++) {
                let column = start - shift + 4u * m;
                px[m] = select(vec4(0.0), x[(at + min(column, p.w - 4u)) / 4u], inside && column < p.w);
            }
            for (var m = 0u; m < 9u; m++) {
                px[m] = select(px[m], vec4(px[m].zw, px[m + 1u].xy), shift >= 2u);
            }
            px[9] = select(px[9], vec4(px[9].zw, 0.0, 0.0), shift >= 2u);
            for (var m = 0u; m < 9u; m++) {
                px[m] = select(px[m], vec4(px[m].yzw, px[m + 1u].x), (shift & 1u) != 0u);
            }
            for (var s = 0u; s < p.s; s++) {
                let weight = w[at_w];
                at_w++;
                for (var m = 0u; m < 8u; m++) {
                    acc[m] += weight * px[m];
                }
                // On to the next column of weights.
                for (var m = 0u; m < 8u; m++) {
                    px[m] = vec4(px[m].yzw, px[m + 1u].x);
                }
                px[8] = vec4(px[8].yzw, 0.0);
            }
        }
    }

    var bias = 0.0;
    if p.bias != 0u {
        bias = b[k];
    }
    let at = (((n * p.k + k) * p.oh + i) * p.ow + j) / 4u;
    for (var m = 0u; m < 8u; m++) {
        if j + 4u * m < p.ow {
            let sum = bias + acc[m];
            y[at + m] = vec4(
                activate_linear(p.act, sum.x, p.slope),
                activate_linear(p.act, sum.y, p.slope),
                activate_linear(p.act, sum.z, p.slope),
                activate_linear(p.act, sum.w, p.slope),
            );
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 8u, p.act > LAST_LINEAR);
    for (var m = 0u; m < curved; m++) {
        if j + 4u * m < p.ow {
            let sum = y[at + m];
            y[at + m] = vec4(
                activate(p.act, sum.x, p.slope),
                activate(p.act, sum.y, p.slope),
                activate(p.act, sum.z, p.slope),
                activate(p.act, sum.w, p.slope),
            );
        }
    }
}
