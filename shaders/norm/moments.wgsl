// Mean and variance (divided by the count) around the middle axis, in chunks:
//   mean[m, q], variance[m, q] of the elements e = q, q + CHUNKS, q + 2 CHUNKS, .. of x[:, m, :]
// with e counted over OUTER and INNER together.
//   x [OUTER, MID, INNER]   mean, variance [MID, CHUNKS]
// One invocation computes one chunk. Neighbouring invocations read neighbouring elements.
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

// Element e of the middle index m.
fn element(m: u32, e: u32) -> f32 {
    return x[(e / p.inner * p.mid + m) * p.inner + e % p.inner];
}

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
    var sum = 0.0;
    for (var e = first; e < count; e += 4u * p.chunks) {
        for (var u = 0u; u < 4u; u++) {
            if e + u * p.chunks < count {
                sum += element(m, e + u * p.chunks);
            }
        }
    }
    let average = sum / mine;
    var squares = 0.0;
    for (var e = first; e < count; e += 4u * p.chunks) {
        for (var u = 0u; u < 4u; u++) {
            if e + u * p.chunks < count {
                let difference = element(m, e + u * p.chunks) - average;
                squares += difference * difference;
            }
        }
    }
    mean[index] = average;
    variance[index] = squares / mine;
}
