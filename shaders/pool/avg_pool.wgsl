// Average pooling: y[n,c,i,j] = sum over r,s of x[n, c, i*sy + r*dy - top, j*sx + s*dx - left] / count,
// where x is 0 outside. The count is that of the cells inside the input or, with include_pad, inside
// the padded input; a last window that ceil mode lets reach past the padding counts no more than that.
//   x [N, C, H, W]   y [N, C, OH, OW]
// One invocation computes one element of y, summing in f32 row by row. Reference: src/ops/pool.rs
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
    var sum = 0.0;
    var inside = 0u;
    var padded = 0u;
    for (var r = 0u; r < p.window.x; r++) {
        let padded_row = i * p.stride.x + r * p.dilation.x;
        if padded_row >= p.h + p.pad.x + p.pad.z {
            break;
        }
        // Unsigned wrap-around puts positions above and left of the input past its end.
        let row = padded_row - p.pad.x;
        for (var s = 0u; s < p.window.y; s++) {
            let padded_column = j * p.stride.y + s * p.dilation.y;
            if padded_column >= p.w + p.pad.y + p.pad.w {
                break;
            }
            let column = padded_column - p.pad.y;
            padded++;
            if row < p.h && column < p.w {
                sum += x[plane + row * p.w + column];
                inside++;
            }
        }
    }
    let count = select(inside, padded, p.include_pad != 0u);
    y[index] = sum / f32(max(count, 1u));
}
