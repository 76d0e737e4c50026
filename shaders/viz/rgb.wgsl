// A picture in a tensor to pixels: level = round(255 * (x * scale + bias)), held to 0..255.
//   x [LEN], of which channel c, row i, column j is
//     x[offset + c*channel_stride + i*row_stride + j*column_stride]; with one channel, grey
//   pixels [HEIGHT, PITCH]: red in the lowest byte, then green, blue, alpha = 255; what lies right of
//   the picture is 0; a pixel with NaN or infinity in any channel has the colour `nan`
// One invocation makes one pixel.
// Numerical care: the formula comes as (x - shift) * gain, which no compiler can fuse into one
// rounding, so that every adapter makes the same picture. Reference: src/ops/view/rgb.rs
#import shared/finite

struct Params {
    shift: vec4<f32>, // -bias / scale of each channel
    gain: vec4<f32>, // 255 * scale of each channel
    len: u32,
    offset: u32,
    channels: u32, // 1 or 3
    h: u32,
    w: u32,
    channel_stride: u32,
    row_stride: u32,
    column_stride: u32,
    pitch: u32,
    nan: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> pixels: array<u32>;

fn colour(column: u32, row: u32) -> u32 {
    if column >= p.w {
        return 0u;
    }
    let at = p.offset + row * p.row_stride + column * p.column_stride;
    var value = vec3<f32>(x[at]);
    if p.channels == 3u {
        value.y = x[at + p.channel_stride];
        value.z = x[at + 2u * p.channel_stride];
    }
    if !(is_finite(value.x) && is_finite(value.y) && is_finite(value.z)) {
        return p.nan;
    }
    let scaled = (value - p.shift.xyz) * p.gain.xyz;
    let level = vec3<u32>(round(clamp(scaled, vec3<f32>(0.0), vec3<f32>(255.0))));
    return level.x | (level.y << 8u) | (level.z << 16u) | 0xff000000u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < p.pitch && id.y < p.h {
        pixels[id.y * p.pitch + id.x] = colour(id.x, id.y);
    }
}
