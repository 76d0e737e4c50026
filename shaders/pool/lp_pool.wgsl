// Power-average pooling: y[n,c,i,j] = (sum over r,s of |x[n, c, i*sy + r*dy - top, j*sx + s*dx - left]|^power)^(1/power),
// cells outside the input left out. Power 1 is the sum of magnitudes, 2 the Euclidean length; a large
// power comes near max pooling.
//   x [N, C, H, W]   y [N, C, OH, OW]
// One invocation computes one element of y.
// Numerical care: magnitudes are divided by the largest one first, so that no power overflows.
// Reference: src/ops/pool.rs
#import shared/index

struct Params {
    pad: vec4<u32>, // top, left, bottom, right
    window: vec2<u32>, // y, x
    stride: vec2<u32>, // y, x
    dilation: vec2<u32>, // y, x
    n: u32,
    c: u32,
    h: u32,
    w: u32,
    oh: u32,
    ow: u32,
    include_pad: u32,
    power: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.c * p.oh * p.ow {
        return;
    }
    let j = index % p.ow;
    let i = index / p.ow % p.oh;
    let plane = index / (p.ow * p.oh) * p.h * p.w;
    var largest = 0.0;
    for (var r = 0u; r < p.window.x; r++) {
        // Unsigned wrap-around puts positions above and left of the input past its end.
        let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
        if row >= p.h {
            continue;
        }
        for (var s = 0u; s < p.window.y; s++) {
            let column = j * p.stride.y + s * p.dilation.y - p.pad.y;
            if column < p.w {
                largest = max(largest, abs(x[plane + row * p.w + column]));
            }
        }
    }
    var sum = 0.0;
    for (var r = 0u; r < p.window.x; r++) {
        let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
        if row >= p.h {
            continue;
        }
        for (var s = 0u; s < p.window.y; s++) {
            let column = j * p.stride.y + s * p.dilation.y - p.pad.y;
            if column < p.w {
                let part = abs(x[plane + row * p.w + column]) / largest;
                // A driver's pow may take the logarithm of 0.
                if part > 0.0 {
                    sum += pow(part, p.power);
                }
            }
        }
    }
    y[index] = select(0.0, largest * pow(sum, 1.0 / p.power), largest > 0.0);
}
