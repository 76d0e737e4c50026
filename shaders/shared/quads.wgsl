// Four numbers from `shift` (0 to 3) numbers into the eight of two neighbouring quads: what an
// aligned load cannot fetch at once.
fn slid(a: vec4<f32>, b: vec4<f32>, shift: u32) -> vec4<f32> {
    let two = shift >= 2u;
    let half = select(a, vec4(a.zw, b.xy), two);
    return select(half, vec4(half.yzw, select(b.x, b.z, two)), (shift & 1u) != 0u);
}
