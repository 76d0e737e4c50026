// Gradient of stochastic pooling in testing: dx = sum of dy * (2x - y) / total over the windows that cover
// a cell with x > 0, with the total of max(x, 0) over the window.
//   x, dx [N, C, D, H, W]   y, dy, totals [N, C, OD, OH, OW]
// One invocation computes one element of dx: it gathers from the windows, so that no two write one.
// Reference: src/ops/pool/stochastic.rs
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
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read> totals: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let cells = p.x.x * p.x.y * p.x.z;
    if index >= p.x.w * cells {
        return;
    }
    let at = vec3<u32>(index, index / p.x.x, index / (p.x.x * p.x.y)) % p.x.xyz;
    let plane = index / cells * p.y.z;
    let ax = along(0u);
    let ay = along(1u);
    let az = along(2u);
    let over_x = windows_over(ax, at.x);
    let over_y = windows_over(ay, at.y);
    let over_z = windows_over(az, at.z);

    let value = x[index];
    var sum = 0.0;
    for (var l = over_z.x; l < over_z.y; l++) {
        for (var i = over_y.x; i < over_y.y; i++) {
            if !(covers(az, l, at.z) && covers(ay, i, at.y)) {
                continue;
            }
            for (var j = over_x.x; j < over_x.y; j++) {
                if covers(ax, j, at.x) {
                    let w = ((plane + l) * p.y.y + i) * p.y.x + j;
                    sum += dy[w] * (2.0 * value - y[w]) / totals[w];
                }
            }
        }
    }
    dx[index] = select(0.0, sum, value > 0.0);
}
