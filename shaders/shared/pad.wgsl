const PAD_REFLECT = 0u;
const PAD_EDGE = 1u;

// Elements after which a mirrored or wrapped axis of n elements comes round again.
fn pad_period(n: u32, mode: u32) -> u32 {
    // Mirrored, there and back; wrapped, once through.
    return select(n, max(2u * n, 3u) - 2u, mode == PAD_REFLECT);
}

// The coordinate of an axis of n elements that stands at coordinate j of the padded axis.
fn pad_source(j: u32, n: u32, before: u32, mode: u32) -> u32 {
    if mode == PAD_EDGE {
        return min(max(j, before) - before, n - 1u);
    }
    // No number here is below 0: GLSL leaves the remainder of those open.
    let period = pad_period(n, mode);
    let around = (j + period - before % period) % period;
    return select(around, min(around, period - around), mode == PAD_REFLECT && n > 1u);
}
