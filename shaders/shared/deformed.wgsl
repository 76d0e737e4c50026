// Where cell `tap` of window (i, j) of a deformable convolution lies (y, x), moved by the offsets of map
// `field * R * S + tap`. For shaders whose parameters `p` are those of it and that have `offset`.
fn position(field: u32, tap: u32, i: u32, j: u32) -> vec2<f32> {
    let cells = vec2<u32>(i, j) * p.stride + vec2<u32>(tap / p.s, tap % p.s) * p.dilation;
    let at = (2u * (field * p.r * p.s + tap) * p.oh + i) * p.ow + j;
    return vec2<f32>(cells) - vec2<f32>(p.pad.xy) + vec2<f32>(offset[at], offset[at + p.oh * p.ow]);
}
