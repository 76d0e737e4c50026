// Pointwise (1x1) convolution for software adapters; formula and shapes as in conv2d.wgsl.
// Needs one group, stride 1, no padding, and input channels in multiples of four. As conv2d_pointwise4.wgsl,
// for maps whose number of pixels is no multiple of four: it loads them one at a time. One invocation
// computes 7 pixels (the maps of common networks have multiples of 49) in 16 output channels.
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
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let pixels = p.oh * p.ow;
    let segments = (pixels + 6u) / 7u;
    let tiles = (p.k + 15u) / 16u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * tiles * segments {
        return;
    }
    let first = item % segments * 7u;
    let k = item / segments % tiles * 16u;
    let n = item / (segments * tiles);

    var at_w: array<u32, 16>;
    var acc: array<array<f32, 7>, 16>;
    for (var u = 0u; u < 16u; u++) {
        at_w[u] = min(k + u, p.k - 1u) * p.c / 4u;
        for (var m = 0u; m < 7u; m++) {
            acc[u][m] = 0.0;
        }
    }
    for (var c = 0u; c < p.c; c += 4u) {
        // The four channels of a pixel.
        var px: array<vec4<f32>, 7>;
        for (var m = 0u; m < 7u; m++) {
            let at = (n * p.c + c) * pixels + min(first + m, pixels - 1u);
            px[m] = vec4(x[at], x[at + pixels], x[at + 2u * pixels], x[at + 3u * pixels]);
        }
        for (var u = 0u; u < 16u; u++) {
            let weight = w[at_w[u]];
            at_w[u]++;
            for (var m = 0u; m < 7u; m++) {
                acc[u][m] += dot(weight, px[m]);
            }
        }
    }

    for (var u = 0u; u < 16u; u++) {
        if k + u < p.k {
            var bias = 0.0;
            if p.bias != 0u {
                bias = b[k + u];
            }
            let at = (n * p.k + k + u) * pixels + first;
            for (var m = 0u; m < 7u; m++) {
                if first + m < pixels {
                    y[at + m] = activate_linear(p.act, bias + acc[u][m], p.slope);
                }
            }
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 112u, p.act > LAST_LINEAR);
    for (var u = 0u; u < curved; u++) {
        let place = first + u % 7u;
        if k + u / 7u < p.k && place < pixels {
            let at = (n * p.k + k + u / 7u) * pixels + place;
            y[at] = activate(p.act, y[at], p.slope);
        }
    }
}
