// Transposed convolution for software adapters, flat maps; formula and shapes as in conv_transpose.wgsl.
// The columns j of x with one remainder of j + left by the step sx meet the same columns of weights,
// s = f + sx*t, and neighbouring columns of y. So each remainder, of columns and of rows, is a
// convolution with step 1 of y with some of the weights, turned by half a turn.
// Needs at most 5 columns of weights a remainder, dilation 1 along rows and, with a step, along columns,
// and a y whose length is a multiple of four. One invocation computes two segments of 16 elements with
// the same remainders in 8 channels of x: 256 sums in registers, no workgroup memory, no barriers. A
// load costs a software adapter as much as ten or more products, whatever its width: pixels come four
// at a time, each weight serves 32 of them.
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
    // Of each remainder: segments in a row, and pairs of them.
    let segments = ((p.x.x + p.stride.x - 1u) / p.stride.x + 15u) / 16u;
    let count = (p.x.y + p.stride.y - 1u) / p.stride.y * segments;
    let pairs = (count + 1u) / 2u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.groups * tiles * p.stride.x * p.stride.y * pairs {
        return;
    }
    let phase = vec2(item / pairs, item / (pairs * p.stride.x)) % p.stride.xy;
    let tile = item / (pairs * p.stride.x * p.stride.y) % (p.groups * tiles);
    let n = item / (pairs * p.stride.x * p.stride.y * p.groups * tiles);
    let g = tile / tiles;
    let c = tile % tiles * 8u;
    let quads = i32(p.n * p.y.w * p.y.y * p.y.x / 4u) - 1;
    // Columns of weights after the third, in a loop that makes no turn where there are none.
    let wide = select(0u, 1u, (p.window.x + p.stride.x - 1u) / p.stride.x > 3u);
    let f = (phase + p.pad.xy) % p.stride.xy;
    let taps = (max(p.window.x, f.x) - f.x + p.stride.x - 1u) / p.stride.x;

    // Past the end, the last segment is computed again and not stored.
    var i: array<u32, 2>;
    var j: array<u32, 2>;
    for (var h = 0u; h < 2u; h++) {
        let segment = min(item % pairs * 2u + h, count - 1u);
        i[h] = segment / segments * p.stride.y + phase.y;
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
        for (var r = f.y; r < p.window.y; r += p.stride.y) {
            // 20 pixels of each segment, from the one that the last of the weights meets on. Unsigned
            // wrap-around puts positions before y past its end.
            var px: array<array<vec4<f32>, 5>, 2>;
            for (var h = 0u; h < 2u; h++) {
                let row = (i[h] + p.pad.y - r * p.dilation.y) / p.stride.y;
                let column = j[h] + (phase.x + p.pad.x) / p.stride.x + 1u - taps;
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
                let at_w = ((k * channels + min(c + u, channels - 1u)) * p.window.y + r) * p.window.x + min(f.x, p.window.x - 1u);
                let w0 = select(0.0, w[at_w + (max(taps, 1u) - 1u) * p.stride.x], taps > 0u);
                let w1 = select(0.0, w[at_w + (max(taps, 2u) - 2u) * p.stride.x], taps > 1u);
                let w2 = select(0.0, w[at_w + (max(taps, 3u) - 3u) * p.stride.x], taps > 2u);
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
                    let at_w = ((k * channels + min(c + u, channels - 1u)) * p.window.y + r) * p.window.x + min(f.x, p.window.x - 1u);
                    let w3 = select(0.0, w[at_w + (max(taps, 4u) - 4u) * p.stride.x], taps > 3u);
                    let w4 = select(0.0, w[at_w + (max(taps, 5u) - 5u) * p.stride.x], taps > 4u);
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
            let stored = c + u < channels && item % pairs * 2u + h < count && i[h] < p.x.y;
            let row = ((n * p.x.w + channel) * p.x.y + i[h]) * p.x.x;
            let end = select(0u, p.x.x, stored);
            for (var m = 0u; m < 4u; m++) {
                let sum = bias + acc[u][h][m];
                let column = (j[h] + 4u * m) * p.stride.x + phase.x;
                if column < end {
                    x[row + column] = sum.x;
                }
                if column + p.stride.x < end {
                    x[row + column + p.stride.x] = sum.y;
                }
                if column + 2u * p.stride.x < end {
                    x[row + column + 2u * p.stride.x] = sum.z;
                }
                if column + 3u * p.stride.x < end {
                    x[row + column + 3u * p.stride.x] = sum.w;
                }
            }
        }
    }
}
