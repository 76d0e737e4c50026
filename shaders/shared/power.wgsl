// a to the power of b as C's pow: exact powers of negative numbers where b is whole, 1 for b = 0.
fn power(a: f32, b: f32) -> f32 {
    if b == 0.0 {
        return 1.0;
    }
    if a == 0.0 {
        // Out of reach of constant folding, which refuses infinities.
        var infinity = 0x7f800000u;
        return select(bitcast<f32>(infinity), 0.0, b > 0.0);
    }
    // pow of a negative number is undefined in WGSL; of a whole one the sign is put back.
    let size = pow(abs(a), b);
    let whole = floor(b) == b;
    let odd = whole && floor(b * 0.5) * 2.0 != b;
    var nan = 0x7fc00000u;
    return select(size, select(bitcast<f32>(nan), select(size, -size, odd), whole), a < 0.0);
}
