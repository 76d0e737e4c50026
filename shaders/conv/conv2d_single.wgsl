// 2-D convolution for software adapters, few output channels to a group, such as a depthwise one;
// step 1 along rows; formula and shapes as in conv2d.wgsl.
// Needs stride and dilation 1 in x and at most 5 columns of weights. As conv2d_single4.wgsl, for rows of
// any length: it loads their pixels one at a time. One invocation computes 14 neighbouring elements (the
// row lengths of common networks are multiples of 7) of a row of y in one output channel.
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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let segments = (p.ow + 13u) / 14u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.k * p.oh * segments {
        return;
    }
    let j = item % segments * 14u;
    let i = item / segments % p.oh;
    let k = item / (segments * p.oh) % p.k;
    let n = item / (segments * p.oh * p.k);
    let channels = p.c / p.groups;
    let first = k / (p.k / p.groups) * channels;

    var at_w = k * channels * p.r * p.s;
    var acc: array<f32, 14>;
    for (var m = 0u; m < 14u; m++) {
        acc[m] = 0.0;
    }
    for (var c = 0u; c < channels; c++) {
        for (var r = 0u; r < p.r; r++) {
            let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
            let inside = row < p.h;
            let at = ((n * p.c + first + c) * p.h + min(row, p.h - 1u)) * p.w;

            // The pixels under 14 windows of up to 5 columns. Unsigned wrap-around puts columns left of
            // the input past its end.
            let start = j - p.pad.y;
            var px: array<f32, 18>;
            for (var m = 0u; m < 18u; m++) {
                let column = start + m;
                px[m] = select(0.0, x[at + min(column, p.w - 1u)], inside && column < p.w);
            }
            for (var s = 0u; s < p.s; s++) {
                let weight = w[at_w];
                at_w++;
                for (var m = 0u; m < 14u; m++) {
                    acc[m] += weight * px[m];
                }
                // On to the next column of weights.
                for (var m = 0u; m < 17u; m++) {
                    px[m] = px[m + 1u];
                }
            }
        }
    }

    var bias = 0.0;
    if p.bias != 0u {
        bias = b[k];
    }
    let at = ((n * p.k + k) * p.oh + i) * p.ow + j;
    for (var m = 0u; m < 14u; m++) {
        if j + m < p.ow {
            y[at + m] = activate_linear(p.act, bias + acc[m], p.slope);
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 14u, p.act > LAST_LINEAR);
    for (var m = 0u; m < curved; m++) {
        if j + m < p.ow {
            y[at + m] = activate(p.act, y[at + m], p.slope);
        }
    }
}
