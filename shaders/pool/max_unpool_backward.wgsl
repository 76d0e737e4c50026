// Gradient of max unpooling: dy[w] = dx[argmax[w]], 0 where the index lies outside x.
//   dx [N, C, D, H, W]   argmax, dy [N, C, OD, OH, OW]
// One invocation computes one element of dy. Reference: src/ops/pool/unpool.rs
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
    let cells = p.x.x * p.x.y * p.x.z * p.x.w;
    let at = argmax[index];
    dy[index] = select(0.0, dx[min(at, cells - 1u)], at < cells);
}
