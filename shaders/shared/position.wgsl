// Where an element of a resized axis lies in the original one. The Rust twin is ops/resample.rs.
struct Taps {
    low: u32,
    high: u32,
    // Weight of `high`; the rest is that of `low`.
    part: f32,
}

// Element i lies at (i * a + b) / d among n elements; whole numbers, so that ties are ties on every
// adapter. Modes: 0 and 1 nearest, the element before or after where two are equally near; 2 floor,
// 3 ceil, 4 linear.
fn taps(i: u32, n: u32, a: u32, b: i32, d: u32, mode: u32) -> Taps {
    let at = u32(max(i32(i * a) + b, 0));
    var one = at / d;
    switch mode {
        case 0u: { one = (2u * at + d - 1u) / (2u * d); }
        case 1u: { one = (2u * at + d) / (2u * d); }
        case 3u: { one = (at + d - 1u) / d; }
        default: {}
    }
    let linear = mode == 4u;
    let part = select(0.0, f32(at % d) / f32(d), linear);
    return Taps(min(one, n - 1u), min(one + u32(linear), n - 1u), part);
}
