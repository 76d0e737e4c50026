// Transposed convolution for software adapters, step 1 along rows and columns of flat maps; formula
// and shapes as in conv_transpose.wgsl. With step 1 it is a convolution of y with the weights turned
// by half a turn:
//   x[n, g*C/G + c, i, j] = b[g*C/G + c] + sum over k,r,s of w[k,c,r,s] * y[n, k, i + top - r*dy, j + left - s]
// Needs at most 5 columns of weights, dilation 1 along them, and a y whose length is a multiple of
// four. One invocation computes two segments of 16 elements in a row, of the same row or the next, in
// 8 channels of x: 256 sums in registers, no workgroup memory, no barriers. A load costs a software
// adapter as much as ten or more products, whatever its width: pixels come four at a time, each weight
// serves 32 of them.
// Reference: src/ops/conv/transpose.rs
#import shared/index
#import shared/quads

struct Params {
    x: vec4<u32>, // W, H, D, C
    y: vec4<u32>, // OW, OH, OD, K
    window: vec4<u32>, // weights along x, y, z; their product
    stride: vec4<u32>, // along x, y, z
    dilation: vec4<u32>, // along x, y, z
    pad: vec4<u32>, // before the first cell along x, y, z
    n: u32,
    groups: u32,
    bias: u32,
    act: u32,
    slope: f32,
    chunk: u32,
    chunks: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channels = p.x.w / p.groups;
    let per_group = p.y.w / p.groups;
    let tiles = (channels + 7u) / 8u;
    let segments = (p.x.x + 15u) / 16u;
    let pairs = (p.x.y * segments + 1u) / 2u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.groups * tiles * pairs {
        return;
    }
    let tile = item / pairs % (p.groups * tiles);
    let n = item / (pairs * p.groups * tiles);
    let g = tile / tiles;
    let c = tile % tiles * 8u;
    let quads = i32(p.n * p.y.w * p.y.y * p.y.x / 4u) - 1;
    // Columns of weights after the third, in a loop that makes no turn where there are none.
    let wide = select(0u, 1u, p.window.x > 3u);

    // Past the end, the last segment is computed again and not stored.
    var i: array<u32, 2>;
    var j: array<u32, 2>;
    for (var h = 0u; h < 2u; h++) {
        let segment = min(item % pairs * 2u + h, p.x.y * segments - 1u);
        i[h] = segment / segments;
        j[h] = segment % segments * 16u;
    }
    var acc: array<array<array<vec4<f32>, 4>, 2>, 8>;
    for (var u = 0u; u < 8u; u++) {
        for (var h = 0u; h < 2u; h++) {
            for (var m = 0u; m < 4u; m++) {
                acc[u][h][m] = vec4(0.0);
            }
        }
    }
    for (var k = g * per_group; k < (g + 1u) * per_group; k++) {
        for (var r = 0u; r < p.window.y; r++) {
            // 20 pixels of each segment, from the one that the last column of weights meets on. Unsigned
            // wrap-around puts positions before y past its end.
            var px: array<array<vec4<f32>, 5>, 2>;
            for (var h = 0u; h < 2u; h++) {
                let row = i[h] + p.pad.y - r * p.dilation.y;
                let column = j[h] + p.pad.x + 1u - p.window.x;
                let at = i32(((n * p.y.w + k) * p.y.y + min(row, p.y.y - 1u)) * p.y.x + column);
                let end = select(0u, p.y.x, row < p.y.y);
                var next = y[clamp(at >> 2u, 0, quads)];
                for (var m = 0u; m < 5u; m++) {
                    let quad = next;
                    next = y[clamp((at >> 2u) + i32(m) + 1, 0, quads)];
                    let inside = vec4(column + 4u * m) + vec4(0u, 1u, 2u, 3u) < vec4(end);
                    px[h][m] = select(vec4(0.0), slid(quad, next, u32(at) & 3u), inside);
                }
            }
            for (var u = 0u; u < 8u; u++) {
                // Three columns of weights at once, so that a sum is read and written once for them.
                let at_w = ((k * channels + min(c + u, channels - 1u)) * p.window.y + r) * p.window.x + p.window.x - 1u;
                let w0 = w[at_w];
                let w1 = select(0.0, w[at_w - min(1u, p.window.x - 1u)], p.window.x > 1u);
                let w2 = select(0.0, w[at_w - min(2u, p.window.x - 1u)], p.window.x > 2u);
                for (var h = 0u; h < 2u; h++) {
                    for (var m = 0u; m < 4u; m++) {
                        let a = px[h][m];
                        let b = px[h][m + 1u];
                        acc[u][h][m] += w0 * a + w1 * vec4(a.yzw, b.x) + w2 * vec4(a.zw, b.xy);
                    }
                }
            }
            for (var more = 0u; more < wide; more++) {
                for (var u = 0u; u < 8u; u++) {
                    let at_w = ((k * channels + min(c + u, channels - 1u)) * p.window.y + r) * p.window.x;
                    let w3 = w[at_w + p.window.x - 4u];
                    let w4 = select(0.0, w[at_w], p.window.x > 4u);
                    for (var h = 0u; h < 2u; h++) {
                        for (var m = 0u; m < 4u; m++) {
                            let b = px[h][m + 1u];
                            acc[u][h][m] += w3 * vec4(px[h][m].w, b.xyz) + w4 * b;
                        }
                    }
                }
            }
        }
    }
    for (var u = 0u; u < 8u; u++) {
        let channel = g * channels + min(c + u, channels - 1u);
        var bias = 0.0;
        if p.bias != 0u {
            bias = b[channel];
        }
        for (var h = 0u; h < 2u; h++) {
            let stored = c + u < channels && item % pairs * 2u + h < p.x.y * segments;
            let at = ((n * p.x.w + channel) * p.x.y + i[h]) * p.x.x + j[h];
            let end = select(0u, p.x.x - j[h], stored);
            for (var m = 0u; m < 4u; m++) {
                let sum = bias + acc[u][h][m];
                if 4u * m < end {
                    x[at + 4u * m] = sum.x;
                }
                if 4u * m + 1u < end {
                    x[at + 4u * m + 1u] = sum.y;
                }
                if 4u * m + 2u < end {
                    x[at + 4u * m + 2u] = sum.z;
                }
                if 4u * m + 3u < end {
                    x[at + 4u * m + 3u] = sum.w;
                }
            }
        }
    }
}
