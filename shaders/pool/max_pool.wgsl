// Max pooling: y = the largest cell of the window, cells outside the input left out; argmax is the flat
// index into x of the first largest cell. A window without any cell gives -infinity and 0xffffffff; a
// NaN in the window comes through.
// Window (l, i, j) of a plane covers the cells (l, i, j) * stride + (t, r, s) * dilation - pad, or an
// adaptive share of the input (shared/window).
//   x [N, C, D, H, W]   y, argmax [N, C, OD, OH, OW]
// One invocation computes one element of y and of argmax. Reference: src/ops/pool/max.rs
#import shared/index
#import shared/finite
#import shared/window

struct Params {
    x: vec4<u32>, // W, H, D, planes
    y: vec4<u32>, // OW, OH, OD, planes
    window: vec4<u32>, // cells along x, y, z
    stride: vec4<u32>, // along x, y, z
    dilation: vec4<u32>, // along x, y, z
    pad: vec4<u32>, // before the first cell along x, y, z
    pad_after: vec4<u32>, // after the last cell along x, y, z
    key: vec2<u32>,
    adaptive: u32,
    include_pad: u32,
    sum: u32,
    train: u32,
    draw: u32,
    stream: u32,
    power: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> argmax: array<u32>;

const NONE = 0xffffffffu;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let outputs = p.y.x * p.y.y * p.y.z;
    if index >= p.y.w * outputs {
        return;
    }
    let at = vec3<u32>(index, index / p.y.x, index / (p.y.x * p.y.y)) % p.y.xyz;
    let plane = index / outputs * p.x.z;
    let ax = along(0u);
    let ay = along(1u);
    let az = along(2u);
    let first = vec3<u32>(first_cell(ax, at.x), first_cell(ay, at.y), first_cell(az, at.z));
    let count = vec3<u32>(cell_count(ax, at.x), cell_count(ay, at.y), cell_count(az, at.z));

    // -infinity, out of reach of constant folding, which refuses infinities.
    var infinity = 0xff800000u;
    var best = bitcast<f32>(infinity);
    var found = NONE;
    for (var t = 0u; t < count.z; t++) {
        let slice = first.z + t * p.dilation.z;
        for (var r = 0u; r < count.y; r++) {
            let row = first.y + r * p.dilation.y;
            if slice >= p.x.z || row >= p.x.y {
                continue;
            }
            for (var s = 0u; s < count.x; s++) {
                let column = first.x + s * p.dilation.x;
                if column < p.x.x {
                    let cell = ((plane + slice) * p.x.y + row) * p.x.x + column;
                    let value = x[cell];
                    if value > best || found == NONE || is_nan(value) {
                        best = value;
                        found = cell;
                    }
                }
            }
        }
    }
    y[index] = best;
    argmax[index] = found;
}
