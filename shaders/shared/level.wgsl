// The level, 0 to 255, of a finite value between lo and hi: floor(256 * (value - lo) / (hi - lo)). Where hi = lo it is
// that of the centre, but without symmetry that of the low end where nothing is above 0.
// Drivers divide with an error, so the level is corrected by comparing products, which are rounded alike everywhere.
// Halves keep hi - lo from overflowing.
fn level(value: f32, lo: f32, hi: f32, symmetric: bool) -> u32 {
    let span = hi * 0.5 - lo * 0.5;
    let above = clamp(value, lo, hi) * 0.5 - lo * 0.5;
    let near = u32(clamp(above / span * 256.0, 0.0, 255.0));
    let up = near < 255u && span * (f32(near + 1u) * 0.00390625) <= above;
    let down = span * (f32(near) * 0.00390625) > above;
    let flat = select(128u, 0u, !symmetric && hi <= 0.0);
    return select(flat, near + u32(up) - u32(down), span > 1e-30);
}
