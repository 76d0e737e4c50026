const PAD_REFLECT = 0u;
const PAD_EDGE = 1u;

// The coordinate of an axis of n elements that stands at coordinate j of the padded axis.
fn pad_source(j: u32, n: u32, before: u32, mode: u32) -> u32 {
    let at = i32(j) - i32(before);
    let count = i32(n);
    if mode == PAD_EDGE {
        return u32(clamp(at, 0, count - 1));
    }
    // Mirrored, the pattern repeats after there and back; wrapped, after once through.
    let period = select(count, max(2 * (count - 1), 1), mode == PAD_REFLECT);
    var around = at % period;
    if around < 0 {
        around += period;
    }
    if mode == PAD_REFLECT {
        around = min(around, period - around);
    }
    return u32(select(around, 0, n == 1u));
}
