// Where element `index` of the strided side of a copy lies in the whole; axes from the fastest on.
fn strided_at(
    index: u32,
    rank: u32,
    size: vec4<u32>,
    size_high: vec4<u32>,
    stride: vec4<i32>,
    stride_high: vec4<i32>,
    offset: u32,
) -> u32 {
    var rest = index;
    var at = i32(offset);
    for (var axis = 0u; axis < rank; axis++) {
        let n = select(size, size_high, axis >= 4u)[axis & 3u];
        let step = select(stride, stride_high, axis >= 4u)[axis & 3u];
        at += i32(rest % n) * step;
        rest /= n;
    }
    return u32(at);
}
