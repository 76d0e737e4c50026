// Max pooling, as max_pool.wgsl, for windows of 2x2 side by side in an input whose width is a multiple
// of 4: two windows share one wide load a row.
//   x [N, C, 1, H, W] as vectors of 4   y, argmax [N, C, 1, OH, OW] as vectors of 2
// One invocation computes two neighbouring elements of y and of argmax. Reference: src/ops/pool/max.rs
#import shared/index
#import shared/finite

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
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> argmax: array<vec2<u32>>;

struct Best {
    value: f32,
    at: u32,
}

fn better(best: Best, value: f32, at: u32) -> Best {
    if value > best.value || is_nan(value) {
        return Best(value, at);
    }
    return best;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let pairs = p.y.x / 2u;
    let row = index / pairs;
    if row >= p.y.w * p.y.z * p.y.y {
        return;
    }
    let top = (row / p.y.y * p.x.y + row % p.y.y * 2u) * (p.x.x / 4u) + index % pairs;
    let upper = x[top];
    let lower = x[top + p.x.x / 4u];
    let at = top * 4u;
    var left = better(Best(upper.x, at), upper.y, at + 1u);
    left = better(left, lower.x, at + p.x.x);
    left = better(left, lower.y, at + p.x.x + 1u);
    var right = better(Best(upper.z, at + 2u), upper.w, at + 3u);
    right = better(right, lower.z, at + p.x.x + 2u);
    right = better(right, lower.w, at + p.x.x + 3u);
    y[index] = vec2<f32>(left.value, right.value);
    argmax[index] = vec2<u32>(left.at, right.at);
}
