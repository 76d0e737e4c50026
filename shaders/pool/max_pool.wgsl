// Max pooling: y[n,c,i,j] = max over r,s of x[n, c, i*sy + r*dy - top, j*sx + s*dx - left], cells outside
// the input left out; argmax is the flat index into x of the first largest cell. A window without any
// cell gives -infinity and 0xffffffff; a NaN in the window comes through.
//   x [N, C, H, W]   y, argmax [N, C, OH, OW]
// One invocation computes one element of y and of argmax. Reference: src/ops/pool.rs
#import shared/index
#import shared/finite

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
@group(0) @binding(3) var<storage, read_write> argmax: array<u32>;

const NONE = 0xffffffffu;

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
    // -infinity, out of reach of constant folding, which refuses infinities.
    var infinity = 0xff800000u;
    var best = bitcast<f32>(infinity);
    var at = NONE;
    for (var r = 0u; r < p.window.x; r++) {
        // Unsigned wrap-around puts positions above and left of the input past its end.
        let row = i * p.stride.x + r * p.dilation.x - p.pad.x;
        if row >= p.h {
            continue;
        }
        for (var s = 0u; s < p.window.y; s++) {
            let column = j * p.stride.y + s * p.dilation.y - p.pad.y;
            if column < p.w {
                let cell = plane + row * p.w + column;
                let value = x[cell];
                if value > best || at == NONE || is_nan(value) {
                    best = value;
                    at = cell;
                }
            }
        }
    }
    y[index] = best;
    argmax[index] = at;
}
