// Weight gradient of a convolution, in partial sums over chunks of positions:
//   dw[k,c,t,r,s] = sum over n and (l, i, j) of y[n,k,l,i,j] * x[n, g*C/G + c, at (l, i, j) * stride
//                   + (t, r, s) * dilation - pad]
// where g is the group of output channel k and x is 0 outside.
//   x [N, C, D, H, W]   y [N, K, OD, OH, OW]   dw [CHUNKS, K, C/G, T, R, S]
// One invocation computes one element of dw: CHUNK positions, counted through samples, slices, rows
// and columns, in f32. Chunks keep the sums short; a reduction adds them.
// Reference: src/ops/conv/weights.rs
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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let channels = p.x.w / p.groups;
    let weights = p.y.w * channels * p.window.w;
    if index >= p.chunks * weights {
        return;
    }
    let tap = vec3<u32>(index, index / p.window.x, index / (p.window.x * p.window.y)) % p.window.xyz;
    let c = index / p.window.w % channels;
    let k = index / (p.window.w * channels) % p.y.w;
    let channel = k / (p.y.w / p.groups) * channels + c;

    // Unsigned wrap-around puts positions before the input past its end.
    let offset = tap * p.dilation.xyz - p.pad.xyz;
    let plane = p.y.x * p.y.y * p.y.z;
    let first = index / weights * p.chunk;
    let past = min(first + p.chunk, p.n * plane);
    var at = vec3<u32>(first, first / p.y.x, first / (p.y.x * p.y.y)) % p.y.xyz;
    var n = first / plane;
    var sum = 0.0;
    for (var position = first; position < past; position++) {
        let cell = at * p.stride.xyz + offset;
        if all(cell < p.x.xyz) {
            let in_x = (((n * p.x.w + channel) * p.x.z + cell.z) * p.x.y + cell.y) * p.x.x + cell.x;
            sum += x[in_x] * y[(((n * p.y.w + k) * p.y.z + at.z) * p.y.y + at.y) * p.y.x + at.x];
        }
        // On to the next position; where an axis is through, the next slower one goes on.
        at.x++;
        let through_x = at.x == p.y.x;
        at.x = select(at.x, 0u, through_x);
        at.y += u32(through_x);
        let through_y = at.y == p.y.y;
        at.y = select(at.y, 0u, through_y);
        at.z += u32(through_y);
        let through_z = at.z == p.y.z;
        at.z = select(at.z, 0u, through_z);
        n += u32(through_z);
    }
    dw[index] = sum;
}
