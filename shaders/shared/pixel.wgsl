// x in a plane; 0 outside. For shaders with `x` whose parameters `p` are those of a deformable convolution.
fn pixel(plane: u32, row: i32, column: i32) -> f32 {
    let inside = row >= 0 && row < i32(p.h) && column >= 0 && column < i32(p.w);
    let at = (plane * p.h + u32(select(0, row, inside))) * p.w + u32(select(0, column, inside));
    return select(0.0, x[at], inside);
}
