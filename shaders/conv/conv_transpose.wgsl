// Transposed convolution, the data gradient of a convolution:
//   x[n, g*C/G + c, i, j] = b[g*C/G + c] + sum of y[n,k,oi,oj] * w[k,c,r,s]
// over the output channels k of group g and all (oi, r), (oj, s) with oi*sy + r*dy - top = i and
// oj*sx + s*dx - left = j; along the third axis likewise.
//   y [N, K, OD, OH, OW]   w [K, C/G, T, R, S]   b [C] or absent   x [N, C, D, H, W]
// One invocation computes one element of x, summing in f32 in the order k, t, r, s: it gathers what
// reaches its element, so that no two write one.
// Reference: src/ops/conv/transpose.rs
#import shared/index

struct Params {
    x: vec4<u32>, // W, H, D, C
    y: vec4<u32>, // OW, OH, OD, K
    window: vec4<u32>, // weights along x, y, z; their product
    stride: vec4<u32>, // along x, y, z
    dilation: vec4<u32>, // along x, y, z
    pad: vec4<u32>, // before the first cell along x, y, z
    n: u32,
    groups: u32,
    bias: u32,
    act: u32,
    slope: f32,
    chunk: u32,
    chunks: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

// The position in y whose tap at `offset` cells meets the cell at `from_start`, counted from the start
// of the padding; past the end of y if there is none.
fn source(from_start: u32, offset: u32, stride: u32, outputs: u32) -> u32 {
    let start = from_start - offset;
    return select(outputs, start / stride, from_start >= offset && start % stride == 0u);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let plane = p.x.x * p.x.y * p.x.z;
    if index >= p.n * p.x.w * plane {
        return;
    }
    let at = vec3<u32>(index, index / p.x.x, index / (p.x.x * p.x.y)) % p.x.xyz + p.pad.xyz;
    let channel = index / plane % p.x.w;
    let n = index / (plane * p.x.w);
    let channels = p.x.w / p.groups;
    let per_group = p.y.w / p.groups;
    let first = channel / channels * per_group;

    // Without dilation, only every stride-th tap meets a position of y.
    let dense = p.dilation.xyz == vec3(1u);
    let step = select(vec3(1u), p.stride.xyz, dense);
    let first_tap = select(vec3(0u), at % p.stride.xyz, dense);

    var sum = 0.0;
    if p.bias != 0u {
        sum = b[channel];
    }
    for (var k = first; k < first + per_group; k++) {
        let at_w = (k * channels + channel % channels) * p.window.w;
        for (var t = first_tap.z; t < p.window.z; t += step.z) {
            let slice = source(at.z, t * p.dilation.z, p.stride.z, p.y.z);
            for (var r = first_tap.y; r < p.window.y; r += step.y) {
                let row = source(at.y, r * p.dilation.y, p.stride.y, p.y.y);
                let start = (((n * p.y.w + k) * p.y.z + slice) * p.y.y + row) * p.y.x;
                for (var s = first_tap.x; s < p.window.x; s += step.x) {
                    let column = source(at.x, s * p.dilation.x, p.stride.x, p.y.x);
                    if slice < p.y.z && row < p.y.y && column < p.y.x {
                        sum += w[at_w + (t * p.window.y + r) * p.window.x + s] * y[start + column];
                    }
                }
            }
        }
    }
    x[index] = sum;
}
