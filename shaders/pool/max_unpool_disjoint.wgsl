// Max unpooling where no windows share a cell: x[i] = y[w] where argmax[w] = i for the window w that
// covers cell i, otherwise 0.
//   y, argmax [N, C, OD, OH, OW]   x [N, C, D, H, W]
// One invocation computes one element of x, without a loop. Reference: src/ops/pool/unpool.rs
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
    let index = flat_index(group, groups, local, 64u);
    let cells = p.x.x * p.x.y * p.x.z;
    if index >= p.x.w * cells {
        return;
    }
    let at = vec3<u32>(index, index / p.x.x, index / (p.x.x * p.x.y)) % p.x.xyz;
    let over = at / p.stride.xyz;
    let inside = all(at - over * p.stride.xyz < p.window.xyz) && all(over < p.y.xyz);
    var value = 0.0;
    if inside {
        let w = ((index / cells * p.y.z + over.z) * p.y.y + over.y) * p.y.x + over.x;
        value = select(0.0, y[w], argmax[w] == index);
    }
    x[index] = value;
}
