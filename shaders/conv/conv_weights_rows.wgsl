// Weight gradient of a convolution for software adapters, step 1 along rows of flat maps; formula and
// shapes as in conv_weights.wgsl. Needs chunks of whole rows, at most 5 columns of weights, dilation 1
// along them. A workgroup computes the weights of 8 output channels, an invocation one row of weights
// of one input channel in each of them: up to 40 sums in registers, no workgroup memory, no barriers.
// y has the same address in the whole workgroup, so that only x costs a load in each invocation: each
// pixel serves all columns of weights in 8 channels.
// Reference: src/ops/conv/weights.rs
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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channels = p.x.w / p.groups;
    let per_group = p.y.w / p.groups;
    let tiles = (per_group + 7u) / 8u;
    let blocks = (channels * p.window.y + 7u) / 8u;
    let item = flat_index(group, groups, 0u, 1u);
    if item >= p.chunks * p.groups * tiles * blocks {
        return;
    }
    let tile = item / blocks % (p.groups * tiles);
    let chunk = item / (blocks * p.groups * tiles);
    let g = tile / tiles;
    let k = g * per_group + tile % tiles * 8u;
    let end = (g + 1u) * per_group;

    // Past the end, the last row of weights is computed again and not stored.
    let line = min(item % blocks * 8u + local, channels * p.window.y - 1u);
    let stored = item % blocks * 8u + local == line;
    let r = line % p.window.y;
    let c = line / p.window.y;
    let offset = r * p.dilation.y - p.pad.y;
    // Columns of weights after the third, in a loop that makes no turn where there are none.
    let wide = select(0u, 1u, p.window.x > 3u);

    var acc: array<array<f32, 5>, 8>;
    for (var u = 0u; u < 8u; u++) {
        for (var s = 0u; s < 5u; s++) {
            acc[u][s] = 0.0;
        }
    }
    let rows = p.chunk / p.y.x;
    let past = min((chunk + 1u) * rows, p.n * p.y.y);
    for (var row = chunk * rows; row < past; row++) {
        let n = row / p.y.y;
        let i = row % p.y.y;
        // Unsigned wrap-around puts positions before x past its end.
        let in_x = i * p.stride.y + offset;
        let inside = in_x < p.x.y;
        let at_x = ((n * p.x.w + g * channels + c) * p.x.y + min(in_x, p.x.y - 1u)) * p.x.x;
        let at_y = (n * p.y.w * p.y.y + i) * p.y.x;

        var px: array<f32, 8>;
        for (var m = 0u; m < 4u; m++) {
            let column = m - p.pad.x;
            px[m + 4u] = select(0.0, x[at_x + min(column, p.x.x - 1u)], inside && column < p.x.x);
        }
        for (var j = 0u; j < p.y.x; j += 4u) {
            for (var m = 0u; m < 4u; m++) {
                let column = j + 4u + m - p.pad.x;
                px[m] = px[m + 4u];
                px[m + 4u] = select(0.0, x[at_x + min(column, p.x.x - 1u)], inside && column < p.x.x);
            }
            var d: array<vec4<f32>, 8>;
            for (var u = 0u; u < 8u; u++) {
                let at = at_y + min(k + u, end - 1u) * p.y.y * p.y.x;
                let last = p.y.x - 1u;
                d[u] = vec4(y[at + j], y[at + min(j + 1u, last)], y[at + min(j + 2u, last)], y[at + min(j + 3u, last)]);
                d[u] = select(vec4(0.0), d[u], vec4(j, j + 1u, j + 2u, j + 3u) <= vec4(last));
                for (var s = 0u; s < 3u; s++) {
                    acc[u][s] += d[u].x * px[s] + d[u].y * px[s + 1u] + d[u].z * px[s + 2u] + d[u].w * px[s + 3u];
                }
            }
            for (var more = 0u; more < wide; more++) {
                for (var u = 0u; u < 8u; u++) {
                    acc[u][3] += d[u].x * px[3] + d[u].y * px[4] + d[u].z * px[5] + d[u].w * px[6];
                    acc[u][4] += d[u].x * px[4] + d[u].y * px[5] + d[u].z * px[6] + d[u].w * px[7];
                }
            }
        }
    }
    for (var u = 0u; u < 8u; u++) {
        if stored && k + u < end {
            let at = (((chunk * p.y.w + k + u) * channels + c) * p.window.y + r) * p.window.x;
            for (var s = 0u; s < 5u; s++) {
                if s < p.window.x {
                    dw[at + s] = acc[u][s];
                }
            }
        }
    }
}
