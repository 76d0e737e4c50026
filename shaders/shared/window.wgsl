// Windows of a pooling along one axis: which cells one covers, and which windows cover a cell. For
// shaders whose parameters `p` are those of a pooling. The Rust twin is ops/pool/geometry.rs.
struct Axis {
    input: u32,
    outputs: u32,
    window: u32,
    stride: u32,
    dilation: u32,
    pad: u32,
    pad_after: u32,
    adaptive: bool,
}

// Axis 0 is the fastest.
fn along(a: u32) -> Axis {
    return Axis(p.x[a], p.y[a], p.window[a], p.stride[a], p.dilation[a], p.pad[a], p.pad_after[a], p.adaptive != 0u);
}

// The first cell of window i. Unsigned wrap-around puts cells before the input past its end.
fn first_cell(a: Axis, i: u32) -> u32 {
    return select(i * a.stride - a.pad, i * a.input / a.outputs, a.adaptive);
}

// Cells of window i, those outside the input too.
fn cell_count(a: Axis, i: u32) -> u32 {
    let past = ((i + 1u) * a.input + a.outputs - 1u) / a.outputs;
    return select(a.window, past - i * a.input / a.outputs, a.adaptive);
}

// What part of a divisor window i gives: its cells inside the input or, with padding, inside the
// padded input.
fn counted_cells(a: Axis, i: u32, with_padding: bool) -> u32 {
    let start = i * a.stride;
    let before = (max(a.pad, start) - start + a.dilation - 1u) / a.dilation;
    let end = a.input + a.pad + select(0u, a.pad_after, with_padding);
    let past = min(a.window, (max(end, start) - start + a.dilation - 1u) / a.dilation);
    let first = min(select(before, 0u, with_padding), past);
    return select(past - first, cell_count(a, i), a.adaptive);
}

// The first window that may cover a cell, and the one past the last.
fn windows_over(a: Axis, cell: u32) -> vec2<u32> {
    let at = cell + a.pad;
    let span = a.dilation * (a.window - 1u) + 1u;
    let sliding = vec2(select(0u, (at + a.stride - span) / a.stride, at >= span), min(at / a.stride + 1u, a.outputs));
    let sharing = vec2(cell * a.outputs / a.input, ((cell + 1u) * a.outputs + a.input - 1u) / a.input);
    return select(sliding, sharing, a.adaptive);
}

// Whether window i, which `windows_over` gave for the cell, covers it: it may lie between two taps.
fn covers(a: Axis, i: u32, cell: u32) -> bool {
    return a.adaptive || (cell + a.pad - i * a.stride) % a.dilation == 0u;
}
