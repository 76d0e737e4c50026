// Average pooling: y = the sum of the window's cells, 0 outside x, divided by their number. Those inside
// the input count or, with include_pad, those inside the padded input; a last window that ceil mode
// lets reach past the padding counts no more than that.
// Window (l, i, j) of a plane covers the cells (l, i, j) * stride + (t, r, s) * dilation - pad, or an
// adaptive share of the input (shared/window).
//   x [N, C, D, H, W]   y [N, C, OD, OH, OW]
// One invocation computes one element of y, summing in f32 row by row.
// Reference: src/ops/pool/average.rs
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
                    sum += x[cell];
                }
            }
        }
    }
    let padded = p.include_pad != 0u;
    let divisor = counted_cells(ax, at.x, padded) * counted_cells(ay, at.y, padded) * counted_cells(az, at.z, padded);
    y[index] = sum / f32(max(divisor, 1u));
}
