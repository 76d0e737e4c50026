// Pointwise (1x1) convolution for software adapters; formula and shapes as in conv2d.wgsl.
// Needs one group, stride 1, no padding, and pixels of a map and input channels in multiples of four.
// Places do not matter to it: it is the product of w [K, C] and x [C, H*W], and rows need not be of any
// length. One invocation computes 8 pixels in 16 output channels, four input channels a turn: 128 sums in
// registers, no workgroup memory, no barriers. A load costs a software adapter as much as ten or more
// products, whatever its width, so each brings four values.
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
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let pixels = p.oh * p.ow;
    let segments = (pixels + 7u) / 8u;
    let tiles = (p.k + 15u) / 16u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.n * tiles * segments {
        return;
    }
    let first = item % segments * 8u;
    let k = item / segments % tiles * 16u;
    let n = item / (segments * tiles);

    var at_w: array<u32, 16>;
    var acc: array<array<vec4<f32>, 2>, 16>;
    for (var u = 0u; u < 16u; u++) {
        at_w[u] = min(k + u, p.k - 1u) * p.c / 4u;
        for (var m = 0u; m < 2u; m++) {
            acc[u][m] = vec4(0.0);
        }
    }
    var at_x: array<u32, 2>;
    for (var m = 0u; m < 2u; m++) {
        at_x[m] = (n * p.c * pixels + min(first + 4u * m, pixels - 4u)) / 4u;
    }
    for (var c = 0u; c < p.c; c += 4u) {
        // px[m][e]: pixels 4m..4m+3 of channel c + e.
        var px: array<array<vec4<f32>, 4>, 2>;
        for (var m = 0u; m < 2u; m++) {
            for (var e = 0u; e < 4u; e++) {
                px[m][e] = x[at_x[m]];
                at_x[m] += pixels / 4u;
            }
        }
        for (var u = 0u; u < 16u; u++) {
            let weight = w[at_w[u]];
            at_w[u]++;
            for (var m = 0u; m < 2u; m++) {
                acc[u][m] +=
                    weight.x * px[m][0] + weight.y * px[m][1] + weight.z * px[m][2] + weight.w * px[m][3];
            }
        }
    }

    for (var u = 0u; u < 16u; u++) {
        if k + u < p.k {
            var bias = 0.0;
            if p.bias != 0u {
                bias = b[k + u];
            }
            let at = ((n * p.k + k + u) * pixels + first) / 4u;
            for (var m = 0u; m < 2u; m++) {
                let sum = bias + acc[u][m];
                if first + 4u * m < pixels {
                    y[at + m] = vec4(
                        activate_linear(p.act, sum.x, p.slope),
                        activate_linear(p.act, sum.y, p.slope),
                        activate_linear(p.act, sum.z, p.slope),
                        activate_linear(p.act, sum.w, p.slope),
                    );
                }
            }
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 32u, p.act > LAST_LINEAR);
    for (var u = 0u; u < curved; u++) {
        let place = first + u % 2u * 4u;
        if k + u / 2u < p.k && place < pixels {
            let at = ((n * p.k + k + u / 2u) * pixels + place) / 4u;
            let sum = y[at];
            y[at] = vec4(
                activate(p.act, sum.x, p.slope),
                activate(p.act, sum.y, p.slope),
                activate(p.act, sum.z, p.slope),
                activate(p.act, sum.w, p.slope),
            );
        }
    }
}
