// Weight gradient of a convolution for software adapters, step 1 along rows of flat maps; formula and
// shapes as in conv_weights.wgsl. Needs chunks of whole rows, at most 5 columns of weights, dilation 1
// along them, and lengths of x and y that are multiples of four. One invocation computes 4 rows of
// weights in 8 output channels: up to 160 sums in registers, no workgroup memory, no barriers. A load
// costs a software adapter as much as ten or more products, whatever its width: both maps come four
// pixels at a time, 12 loads for up to 640 products.
// Reference: src/ops/conv/weights.rs
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
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> y: array<vec4<f32>>;
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
    let lines = channels * p.window.y;
    let blocks = (lines + 3u) / 4u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.chunks * p.groups * tiles * blocks {
        return;
    }
    let line = item % blocks * 4u;
    let tile = item / blocks % (p.groups * tiles);
    let chunk = item / (blocks * p.groups * tiles);
    let g = tile / tiles;
    let k = g * per_group + tile % tiles * 8u;
    let end = (g + 1u) * per_group;
    let last_x = i32(p.n * p.x.w * p.x.y * p.x.x / 4u) - 1;
    let last_y = i32(p.n * p.y.w * p.y.y * p.y.x / 4u) - 1;
    // Columns of weights after the third, in a loop that makes no turn where there are none.
    let wide = select(0u, 1u, p.window.x > 3u);

    var acc: array<array<array<f32, 5>, 4>, 8>;
    for (var u = 0u; u < 8u; u++) {
        for (var v = 0u; v < 4u; v++) {
            for (var s = 0u; s < 5u; s++) {
                acc[u][v][s] = 0.0;
            }
        }
    }
    let rows = p.chunk / p.y.x;
    let past = min((chunk + 1u) * rows, p.n * p.y.y);
    for (var row = chunk * rows; row < past; row++) {
        let n = row / p.y.y;
        let i = row % p.y.y;

        // Where each row of x and of y is read next, and the last quad that was. Past the end, the last
        // line and channel are computed again and not stored. Unsigned wrap-around puts positions before
        // x past its end.
        var at_x: array<i32, 4>;
        var end_x: array<u32, 4>;
        var quad_x: array<vec4<f32>, 4>;
        var low: array<vec4<f32>, 4>;
        var high: array<vec4<f32>, 4>;
        for (var v = 0u; v < 4u; v++) {
            let from_line = min(line + v, lines - 1u);
            let in_x = i * p.stride.y + from_line % p.window.y * p.dilation.y - p.pad.y;
            let plane = n * p.x.w + g * channels + from_line / p.window.y;
            at_x[v] = i32((plane * p.x.y + min(in_x, p.x.y - 1u)) * p.x.x - p.pad.x);
            end_x[v] = select(0u, p.x.x, in_x < p.x.y);
            let first = x[clamp(at_x[v] >> 2u, 0, last_x)];
            quad_x[v] = x[clamp((at_x[v] >> 2u) + 1, 0, last_x)];
            let inside = vec4(0u, 1u, 2u, 3u) - vec4(p.pad.x) < vec4(end_x[v]);
            high[v] = select(vec4(0.0), slid(first, quad_x[v], u32(at_x[v]) & 3u), inside);
        }
        var at_y: array<i32, 8>;
        var quad_y: array<vec4<f32>, 8>;
        for (var u = 0u; u < 8u; u++) {
            at_y[u] = i32(((n * p.y.w + min(k + u, end - 1u)) * p.y.y + i) * p.y.x);
            quad_y[u] = y[at_y[u] >> 2u];
        }
        for (var j = 0u; j < p.y.x; j += 4u) {
            let turn = i32(j >> 2u);
            for (var v = 0u; v < 4u; v++) {
                let next = x[clamp((at_x[v] >> 2u) + turn + 2, 0, last_x)];
                let inside = vec4(j + 4u - p.pad.x) + vec4(0u, 1u, 2u, 3u) < vec4(end_x[v]);
                low[v] = high[v];
                high[v] = select(vec4(0.0), slid(quad_x[v], next, u32(at_x[v]) & 3u), inside);
                quad_x[v] = next;
            }
            var d: array<vec4<f32>, 8>;
            for (var u = 0u; u < 8u; u++) {
                let next = y[min((at_y[u] >> 2u) + turn + 1, last_y)];
                let inside = vec4(j) + vec4(0u, 1u, 2u, 3u) < vec4(p.y.x);
                d[u] = select(vec4(0.0), slid(quad_y[u], next, u32(at_y[u]) & 3u), inside);
                quad_y[u] = next;
                for (var v = 0u; v < 4u; v++) {
                    let a = low[v];
                    let b = high[v];
                    acc[u][v][0] += dot(d[u], a);
                    acc[u][v][1] += dot(d[u], vec4(a.yzw, b.x));
                    acc[u][v][2] += dot(d[u], vec4(a.zw, b.xy));
                }
            }
            for (var more = 0u; more < wide; more++) {
                for (var u = 0u; u < 8u; u++) {
                    for (var v = 0u; v < 4u; v++) {
                        acc[u][v][3] += dot(d[u], vec4(low[v].w, high[v].xyz));
                        acc[u][v][4] += dot(d[u], high[v]);
                    }
                }
            }
        }
    }
    for (var u = 0u; u < 8u; u++) {
        for (var v = 0u; v < 4u; v++) {
            let stored = k + u < end && line + v < lines;
            // A row of weights lies behind the other: line = c * R + r.
            let at = ((chunk * p.y.w + k + u) * lines + line + v) * p.window.x;
            for (var s = 0u; s < 5u; s++) {
                if stored && s < p.window.x {
                    dw[at + s] = acc[u][v][s];
                }
            }
        }
    }
}
