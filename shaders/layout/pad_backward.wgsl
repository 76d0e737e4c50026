// Gradient of a padding of the middle axis: each element takes the gradients of all its copies.
//   dy [OUTER, BEFORE + N + AFTER, INNER]   dx [OUTER, N, INNER]
// One invocation computes one element of dx, going from copy to copy. Reference: src/ops/layout/pad.rs
#import shared/index
#import shared/pad

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    before: u32,
    after: u32,
    mode: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.n * p.inner {
        return;
    }
    let padded = p.before + p.n + p.after;
    let mine = index / p.inner % p.n;
    let o = index / (p.inner * p.n);
    // Copies lie a period apart or, at the edges, side by side.
    var step = pad_period(p.n, p.mode);
    var first = (p.before + mine) % step;
    var past = padded;
    if p.mode == PAD_EDGE {
        step = 1u;
        first = select(p.before + mine, 0u, mine == 0u);
        past = select(p.before + mine + 1u, padded, mine == p.n - 1u);
    }
    var sum = 0.0;
    for (var j = first; j < past; j += step) {
        sum += dy[(o * padded + j) * p.inner + index % p.inner];
    }
    // What is neither first nor last stands in the mirror once more in each period.
    if p.mode == PAD_REFLECT && mine > 0u && mine < p.n - 1u {
        for (var j = (p.before + step - mine) % step; j < padded; j += step) {
            sum += dy[(o * padded + j) * p.inner + index % p.inner];
        }
    }
    dx[index] = sum;
}
