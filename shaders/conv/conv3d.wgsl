// 3-D convolution (cross-correlation) with bias and activation:
//   y[n,k,l,i,j] = act(b[k] + sum over c,t,r,s of w[k,c,t,r,s] * x[n, g*C/G + c, at (l, i, j) * stride
//                  + (t, r, s) * dilation - pad])
// where g is the group of output channel k and x is 0 outside.
//   x [N, C, D, H, W]   w [K, C/G, T, R, S]   b [K] or absent   y [N, K, OD, OH, OW]
// One invocation computes one element of y, summing in f32 in the order c, t, r, s.
// Reference: src/ops/conv/conv3d.rs
#import shared/index
#import shared/activation

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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let plane = p.y.x * p.y.y * p.y.z;
    if index >= p.n * p.y.w * plane {
        return;
    }
    let at = vec3<u32>(index, index / p.y.x, index / (p.y.x * p.y.y)) % p.y.xyz;
    let k = index / plane % p.y.w;
    let n = index / (plane * p.y.w);
    let channels = p.x.w / p.groups;
    let first = n * p.x.w + k / (p.y.w / p.groups) * channels;

    // Unsigned wrap-around puts positions before the input past its end.
    let corner = at * p.stride.xyz - p.pad.xyz;
    var at_w = k * channels * p.window.w;
    var sum = 0.0;
    if p.bias != 0u {
        sum = b[k];
    }
    for (var c = 0u; c < channels; c++) {
        for (var t = 0u; t < p.window.z; t++) {
            let slice = corner.z + t * p.dilation.z;
            for (var r = 0u; r < p.window.y; r++) {
                let row = corner.y + r * p.dilation.y;
                let start = (((first + c) * p.x.z + slice) * p.x.y + row) * p.x.x;
                for (var s = 0u; s < p.window.x; s++) {
                    let column = corner.x + s * p.dilation.x;
                    if slice < p.x.z && row < p.x.y && column < p.x.x {
                        sum += w[at_w] * x[start + column];
                    }
                    at_w++;
                }
            }
        }
    }
    y[index] = activate(p.act, sum, p.slope);
}
