// Max unpooling where no windows share a cell: x[i] = y[w] where argmax[w] = i for the window w at
// cell i, otherwise 0.
//   y, argmax [N, C, OD, OH, OW]   x [N, C, D, H, W]
// One invocation writes the cells from one window to the next, so that it finds its place once for all
// of them; the last window of an axis reaches to its end. Reference: src/ops/pool/unpool.rs
#import shared/index

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
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> argmax: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let w = flat_index(group, groups, local, 64u);
    if w >= p.y.w * p.y.x * p.y.y * p.y.z {
        return;
    }
    let row = w / p.y.x;
    let layer = row / p.y.y;
    let plane = layer / p.y.z;
    let at = vec3<u32>(w - row * p.y.x, row - layer * p.y.y, layer - plane * p.y.z);
    let first = at * p.stride.xyz;
    let past = select(first + p.stride.xyz, p.x.xyz, at + 1u == p.y.xyz);
    let mine = argmax[w];
    let value = y[w];
    for (var l = first.z; l < past.z; l++) {
        for (var i = first.y; i < past.y; i++) {
            let start = ((plane * p.x.z + l) * p.x.y + i) * p.x.x;
            for (var j = first.x; j < past.x; j++) {
                x[start + j] = select(0.0, value, mine == start + j);
            }
        }
    }
}
