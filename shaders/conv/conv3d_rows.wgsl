// 3-D convolution for software adapters; formula and shapes as in conv3d.wgsl.
// One invocation computes 8 neighbouring elements of a row of y in 8 output channels of a group: 64 sums in
// registers, so that each pixel serves 8 products and each weight 8. Past the edges the last channel and column
// are computed again and not stored.
// Reference: src/ops/conv/conv3d.rs
#import shared/index
#import shared/activation

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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// The input at a column of the row that begins at `row`; 0 outside. Unsigned wrap-around puts columns
// left of the input past its end.
fn pixel(row: u32, column: u32, inside: bool) -> f32 {
    return select(0.0, x[row + min(column, p.x.x - 1u)], inside && column < p.x.x);
}

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let per_group = p.y.w / p.groups;
    let tiles = (per_group + 7u) / 8u;
    let segments = (p.y.x + 7u) / 8u;
    let rows = segments * p.y.y * p.y.z;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * p.groups * tiles * rows {
        return;
    }
    let j = item % segments * 8u;
    let i = item / segments % p.y.y;
    let l = item / (segments * p.y.y) % p.y.z;
    let block = item / rows % (p.groups * tiles);
    let n = item / (rows * p.groups * tiles);
    let g = block / tiles;
    let k = g * per_group + block % tiles * 8u;
    let end = (g + 1u) * per_group;
    let channels = p.x.w / p.groups;

    var at_w: array<u32, 8>;
    var acc: array<array<vec4<f32>, 2>, 8>;
    for (var u = 0u; u < 8u; u++) {
        at_w[u] = min(k + u, end - 1u) * channels * p.window.w;
        acc[u][0] = vec4(0.0);
        acc[u][1] = vec4(0.0);
    }
    let corner = vec3(j, i, l) * p.stride.xyz - p.pad.xyz;
    for (var c = 0u; c < channels; c++) {
        for (var t = 0u; t < p.window.z; t++) {
            let slice = corner.z + t * p.dilation.z;
            let plane = ((n * p.x.w + g * channels + c) * p.x.z + min(slice, p.x.z - 1u)) * p.x.y;
            for (var r = 0u; r < p.window.y; r++) {
                let row = corner.y + r * p.dilation.y;
                let inside = slice < p.x.z && row < p.x.y;
                let at = (plane + min(row, p.x.y - 1u)) * p.x.x;
                for (var s = 0u; s < p.window.x; s++) {
                    let column = corner.x + s * p.dilation.x;
                    var px: array<vec4<f32>, 2>;
                    for (var m = 0u; m < 2u; m++) {
                        let first = column + 4u * m * p.stride.x;
                        px[m] = vec4(
                            pixel(at, first, inside),
                            pixel(at, first + p.stride.x, inside),
                            pixel(at, first + 2u * p.stride.x, inside),
                            pixel(at, first + 3u * p.stride.x, inside),
                        );
                    }
                    for (var u = 0u; u < 8u; u++) {
                        let weight = w[at_w[u]];
                        at_w[u]++;
                        acc[u][0] += weight * px[0];
                        acc[u][1] += weight * px[1];
                    }
                }
            }
        }
    }

    for (var u = 0u; u < 8u; u++) {
        if k + u >= end {
            break;
        }
        var bias = 0.0;
        if p.bias != 0u {
            bias = b[k + u];
        }
        let at = (((n * p.y.w + k + u) * p.y.z + l) * p.y.y + i) * p.y.x;
        for (var m = 0u; m < 8u; m++) {
            if j + m < p.y.x {
                y[at + j + m] = activate(p.act, bias + acc[u][m / 4u][m % 4u], p.slope);
            }
        }
    }
}
