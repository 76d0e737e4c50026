// Gradient of max unpooling: dy[w] = dx[argmax[w]], 0 where the index lies outside window w or, without
// `sum`, a later window with the same index took the cell.
//   dx [N, C, D, H, W]   argmax, dy [N, C, OD, OH, OW]
// One invocation computes one element of dy: it looks through the windows over the cell.
// Reference: src/ops/pool/unpool.rs
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
@group(0) @binding(1) var<storage, read> dx: array<f32>;
@group(0) @binding(2) var<storage, read> argmax: array<u32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.y.x * p.y.y * p.y.z * p.y.w {
        return;
    }
    let cells = p.x.x * p.x.y * p.x.z;
    let cell = argmax[index];
    if cell >= p.x.w * cells {
        dy[index] = 0.0;
        return;
    }
    let at = vec3<u32>(cell, cell / p.x.x, cell / (p.x.x * p.x.y)) % p.x.xyz;
    let plane = cell / cells * p.y.z;
    let ax = along(0u);
    let ay = along(1u);
    let az = along(2u);
    let over_x = windows_over(ax, at.x);
    let over_y = windows_over(ay, at.y);
    let over_z = windows_over(az, at.z);

    var covered = false;
    var last = index;
    for (var l = over_z.x; l < over_z.y; l++) {
        for (var i = over_y.x; i < over_y.y; i++) {
            if !(covers(az, l, at.z) && covers(ay, i, at.y)) {
                continue;
            }
            for (var j = over_x.x; j < over_x.y; j++) {
                if covers(ax, j, at.x) {
                    let w = ((plane + l) * p.y.y + i) * p.y.x + j;
                    covered = covered || w == index;
                    if argmax[w] == cell {
                        last = max(last, w);
                    }
                }
            }
        }
    }
    dy[index] = select(0.0, dx[cell], covered && (p.sum != 0u || last == index));
}
