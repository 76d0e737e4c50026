// Transposed convolution for software adapters, step 1 along rows and columns of flat maps; formula
// and shapes as in conv_transpose.wgsl. With step 1 it is a convolution of y with the weights turned
// by half a turn:
//   x[n, g*C/G + c, i, j] = b[g*C/G + c] + sum over k,r,s of w[k,c,r,s] * y[n, k, i + top - r*dy, j + left - s]
// Needs at most 5 columns of weights, dilation 1 along them. A workgroup computes 8 channels of x, an
// invocation 16 neighbouring elements of a row in each: 128 sums in registers, no workgroup memory, no
// barriers. The weights have the same address in the whole workgroup, so that only pixels cost a load
// in each invocation: 20 for up to 5 columns of weights, slid along under them.
// Reference: src/ops/conv/transpose.rs
#import shared/index

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
@group(0) @binding(1) var<storage, read> y: array<f32>;
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
    let blocks = (p.x.y * segments + 7u) / 8u;
    let item = flat_index(group, groups, 0u, 1u);
    if item >= p.n * p.groups * tiles * blocks {
        return;
    }
    let tile = item / blocks % (p.groups * tiles);
    let n = item / (blocks * p.groups * tiles);
    let g = tile / tiles;
    let c = tile % tiles * 8u;

    // Past the end, the last segment is computed again and not stored.
    let segment = min(item % blocks * 8u + local, p.x.y * segments - 1u);
    let stored = item % blocks * 8u + local == segment;
    let i = segment / segments;
    let j = segment % segments * 16u;

    var acc: array<array<f32, 16>, 8>;
    for (var u = 0u; u < 8u; u++) {
        for (var m = 0u; m < 16u; m++) {
            acc[u][m] = 0.0;
        }
    }
    for (var k = g * per_group; k < (g + 1u) * per_group; k++) {
        for (var r = 0u; r < p.window.y; r++) {
            // Unsigned wrap-around puts positions before y past its end.
            let row = i + p.pad.y - r * p.dilation.y;
            let inside = row < p.y.y;
            let at = ((n * p.y.w + k) * p.y.y + min(row, p.y.y - 1u)) * p.y.x;
            // The last column of weights meets the first pixels.
            let start = j + p.pad.x + 1u - p.window.x;
            var px: array<f32, 20>;
            for (var m = 0u; m < 20u; m++) {
                let column = start + m;
                px[m] = select(0.0, y[at + min(column, p.y.x - 1u)], inside && column < p.y.x);
            }
            for (var s = 1u; s <= p.window.x; s++) {
                for (var u = 0u; u < 8u; u++) {
                    let channel = min(c + u, channels - 1u);
                    let weight = w[((k * channels + channel) * p.window.y + r) * p.window.x + p.window.x - s];
                    for (var m = 0u; m < 16u; m++) {
                        acc[u][m] += weight * px[m];
                    }
                }
                // On to the next pixels.
                for (var m = 0u; m < 19u; m++) {
                    px[m] = px[m + 1u];
                }
            }
        }
    }
    for (var u = 0u; u < 8u; u++) {
        if stored && c + u < channels {
            let channel = g * channels + c + u;
            var bias = 0.0;
            if p.bias != 0u {
                bias = b[channel];
            }
            let at = ((n * p.x.w + channel) * p.x.y + i) * p.x.x + j;
            for (var m = 0u; m < 16u; m++) {
                if j + m < p.x.x {
                    x[at + m] = bias + acc[u][m];
                }
            }
        }
    }
}
