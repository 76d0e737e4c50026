// 2-D convolution for software adapters, any sizes; formula and shapes as in conv2d.wgsl.
// One invocation computes 16 neighbouring elements of a row of y in 8 output channels: 128 sums in
// registers, no workgroup memory, no barriers. A load costs a software adapter as much as ten or more
// products, so each pixel serves 8 products and each weight 16. Past the edges the last channel and
// column are computed again and not stored.
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


// The input at a column of the row that begins at `row`; 0 outside. Unsigned wrap-around puts columns
// left of the input past its end.
fn pixel(row: u32, column: u32, inside: bool) -> f32 {
    return select(0.0, x[row + min(column, p.w - 1u)], inside && column < p.w);
}

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let per_group = p.k / p.groups;
    let tiles = (per_group + 7u) / 8u;
    let segments = (p.ow + 15u) / 16u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.groups * tiles * p.oh * segments {
        return;
    }
    let j = item % segments * 16u;
    let i = item / segments % p.oh;
    let block = item / (segments * p.oh) % (p.groups * tiles);
    let n = item / (segments * p.oh * p.groups * tiles);
    let g = block / tiles;
    let k = g * per_group + block % tiles * 8u;
    let end = (g + 1u) * per_group;
    let channels = p.c / p.groups;

    var at_w: array<u32, 8>;
    var acc: array<array<vec4<f32>, 4>, 8>;
    for (var u = 0u; u < 8u; u++) {
        at_w[u] = min(k + u, end - 1u) * channels * p.r * p.s;
        for (var m = 0u; m < 4u; m++) {
            acc[u][m] = vec4(0.0);
        }
    }
    for (var c = 0u; c < channels; c++) {
        for (var r = 0u; r < p.r; r++) {
            let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
            let inside = row < p.h;
            let at = ((n * p.c + g * channels + c) * p.h + min(row, p.h - 1u)) * p.w;
            for (var s = 0u; s < p.s; s++) {
                var px: array<vec4<f32>, 4>;
                let column = j * p.stride.y + s * p.dilation.y - p.pad.y;
                for (var m = 0u; m < 4u; m++) {
                    let first = column + 4u * m * p.stride.y;
                    px[m] = vec4(
                        pixel(at, first, inside),
                        pixel(at, first + p.stride.y, inside),
                        pixel(at, first + 2u * p.stride.y, inside),
                        pixel(at, first + 3u * p.stride.y, inside),
                    );
                }
                for (var u = 0u; u < 8u; u++) {
                    let weight = w[at_w[u]];
                    at_w[u]++;
                    for (var m = 0u; m < 4u; m++) {
                        acc[u][m] += weight * px[m];
                    }
                }
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
            for (var m = 0u; m < 4u; m++) {
                let sum = bias + acc[u][m];
                let column = j + 4u * m;
                if column < p.ow {
                    y[at + 4u * m] = activate_linear(p.act, sum.x, p.slope);
                }
                if column + 1u < p.ow {
                    y[at + 4u * m + 1u] = activate_linear(p.act, sum.y, p.slope);
                }
                if column + 2u < p.ow {
                    y[at + 4u * m + 2u] = activate_linear(p.act, sum.z, p.slope);
                }
                if column + 3u < p.ow {
                    y[at + 4u * m + 3u] = activate_linear(p.act, sum.w, p.slope);
                }
            }
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 128u, p.act > LAST_LINEAR);
    for (var u = 0u; u < curved; u++) {
        let column = j + u % 16u;
        if k + u / 16u < end && column < p.ow {
            let at = ((n * p.k + k + u / 16u) * p.oh + i) * p.ow + column;
            y[at] = activate(p.act, y[at], p.slope);
        }
    }
}
