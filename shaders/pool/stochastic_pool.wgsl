// Stochastic pooling with activations a = max(x, 0) of a window. Training: y = a_l and choice = the flat
// index of cell l, the first with (a_0 + .. + a_l) > u * total, u uniform in [0, 1). Testing: y = sum of
// a^2 / total. A window without a cell above 0 gives 0; without a drawn cell, choice is 0xffffffff.
// Window (l, i, j) of a plane covers the cells (l, i, j) * stride + (t, r, s) * dilation - pad, or an
// adaptive share of the input (shared/window).
//   x [N, C, D, H, W]   y, choice [N, C, OD, OH, OW]
// u is the upper 24 bits of word w % 4 of Philox with the counter (w / 4, draw, stream, 1).
// One invocation computes one element of y and of choice. Reference: src/ops/pool/stochastic.rs
#import shared/index
#import shared/philox
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
@group(0) @binding(3) var<storage, read_write> choice: array<u32>;

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

    var total = 0.0;
    var squares = 0.0;
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
                    let a = max(x[cell], 0.0);
                    total += a;
                    squares += a * a;
                }
            }
        }
    }
    if p.train == 0u {
        y[index] = select(0.0, squares / total, total > 0.0);
        choice[index] = 0xffffffffu;
        return;
    }

    var words = philox(vec4<u32>(index / 4u, p.draw, p.stream, 1u), p.key);
    let bound = f32(words[index % 4u] >> 8u) / 16777216.0 * total;
    var sum = 0.0;
    var drawn = 0.0;
    var found = 0xffffffffu;
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
                    let a = max(x[cell], 0.0);
                    // Once the sum is past the bound, the cell stays.
                    if a > 0.0 && (sum <= bound || found == 0xffffffffu) {
                        drawn = a;
                        found = cell;
                    }
                    sum += a;
                }
            }
        }
    }
    y[index] = drawn;
    choice[index] = found;
}
