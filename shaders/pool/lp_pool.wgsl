// Power-average pooling: y = (sum of |x|^power over the window)^(1/power), cells outside the input left
// out. Power 1 is the sum of magnitudes, 2 the Euclidean length; a large power comes near max pooling.
// Window (l, i, j) of a plane covers the cells (l, i, j) * stride + (t, r, s) * dilation - pad, or an
// adaptive share of the input (shared/window).
//   x [N, C, D, H, W]   y [N, C, OD, OH, OW]
// One invocation computes one element of y.
// Numerical care: magnitudes are divided by the largest one first, so that no power overflows.
// Reference: src/ops/pool/lp.rs
#import shared/index
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

    var largest = 0.0;
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
                    largest = max(largest, abs(x[cell]));
                }
            }
        }
    }
    var sum = 0.0;
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
                    let part = abs(x[cell]) / largest;
                    // A driver's pow may take the logarithm of 0.
                    if part > 0.0 {
                        sum += pow(part, p.power);
                    }
                }
            }
        }
    }
    y[index] = select(0.0, largest * pow(sum, 1.0 / p.power), largest > 0.0);
}
