// Mean and variance (divided by the count) around the middle axis, in chunks:
//   mean[m, q], variance[m, q] of the elements e = q, q + CHUNKS, q + 2 CHUNKS, .. of x[:, m, :]
// with e counted over OUTER and INNER together.
//   x [OUTER, MID, INNER]   mean, variance [MID, CHUNKS]
// One invocation computes one chunk. Neighbouring invocations read neighbouring elements.
// Where the next element of a chunk lies is told without a division, which processors do lane by lane.
// Numerical care: the variance is summed from differences to the mean, in a pass of its own. The loops
// go in steps of four because Mesa's software adapters end all loops of an invocation after 65,535
// turns. Reference: src/ops/norm/moments.rs
#import shared/index

struct Params {
    outer: u32,
    mid: u32,
    inner: u32,
    chunks: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> variance: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.mid * p.chunks {
        return;
    }
    let m = index / p.chunks;
    let first = index % p.chunks;
    let count = p.outer * p.inner;
    let mine = f32((count - first + p.chunks - 1u) / p.chunks);
    // From one element of the chunk to the next: within INNER, and in x if INNER's end is not passed.
    let step = p.chunks % p.inner;
    let jump = p.chunks / p.inner * p.mid * p.inner + step;
    let over = p.mid * p.inner - p.inner;
    let begin = (first / p.inner * p.mid + m) * p.inner + first % p.inner;
    var at = begin;
    var i = first % p.inner;
    var sum = 0.0;
    for (var e = first; e < count; e += 4u * p.chunks) {
        for (var u = 0u; u < 4u; u++) {
            if e + u * p.chunks < count {
                sum += x[at];
                i += step;
                at += jump + select(0u, over, i >= p.inner);
                i -= select(0u, p.inner, i >= p.inner);
            }
        }
    }
    let average = sum / mine;
    at = begin;
    i = first % p.inner;
    var squares = 0.0;
    for (var e = first; e < count; e += 4u * p.chunks) {
        for (var u = 0u; u < 4u; u++) {
            if e + u * p.chunks < count {
                let difference = x[at] - average;
                squares += difference * difference;
                i += step;
                at += jump + select(0u, over, i >= p.inner);
                i -= select(0u, p.inner, i >= p.inner);
            }
        }
    }
    mean[index] = average;
    variance[index] = squares / mine;
}
