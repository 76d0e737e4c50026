// 2-D convolution (cross-correlation) with bias and activation:
//   y[n,k,i,j] = act(b[k] + sum over c,r,s of w[k,c,r,s] * x[n, g*C/G + c, i*sy + r*dy - top, j*sx + s*dx - left])
// where g is the group of output channel k and x is 0 outside.
//   x [N, C, H, W]   w [K, C/G, R, S]   b [K] or absent   y [N, K, OH, OW]
// One invocation computes one element of y, summing in f32 in the order c, r, s.
// Reference: src/ops/conv/conv2d.rs
#import shared/index
#import shared/activation

struct Params {
    pad: vec4<u32>, // top, left, bottom, right
    stride: vec2<u32>, // y, x
    dilation: vec2<u32>, // y, x
    n: u32,
    c: u32,
    h: u32,
    w: u32,
    k: u32,
    r: u32,
    s: u32,
    groups: u32,
    oh: u32,
    ow: u32,
    bias: u32,
    act: u32,
    slope: f32,
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
    if index >= p.n * p.k * p.oh * p.ow {
        return;
    }
    let j = index % p.ow;
    let i = index / p.ow % p.oh;
    let k = index / (p.ow * p.oh) % p.k;
    let n = index / (p.ow * p.oh * p.k);

    let channels = p.c / p.groups;
    let first = k / (p.k / p.groups) * channels;
    var sum = 0.0;
    if p.bias != 0u {
        sum = b[k];
    }
    for (var c = 0u; c < channels; c++) {
        for (var r = 0u; r < p.r; r++) {
            // Unsigned wrap-around puts positions above and left of the input past its end.
            let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
            if row >= p.h {
                continue;
            }
            for (var s = 0u; s < p.s; s++) {
                let column = j * p.stride.y + s * p.dilation.y - p.pad.y;
                if column < p.w {
                    let at = ((n * p.c + first + c) * p.h + row) * p.w + column;
                    sum += w[((k * channels + c) * p.r + r) * p.s + s] * x[at];
                }
            }
        }
    }
    y[index] = activate(p.act, sum, p.slope);
}
