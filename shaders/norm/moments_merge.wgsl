// Joins the moments of chunks, of which chunk q has n_q of the COUNT elements:
//   mean[m] = sum_q n_q * means[m,q] / COUNT
//   variance[m] = sum_q n_q * (variances[m,q] + (means[m,q] - mean[m])^2) / COUNT
//   means, variances [MID, CHUNKS]   mean, variance [MID]
// One invocation joins the chunks of one m, at most 16,384 of them. Source: Chan, Golub and LeVeque,
// 1983. Reference: src/ops/norm/moments.rs
#import shared/index

struct Params {
    mid: u32,
    chunks: u32,
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> means: array<f32>;
@group(0) @binding(2) var<storage, read> variances: array<f32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> variance: array<f32>;

// Part of the elements that lies in chunk q.
fn share(q: u32) -> f32 {
    return f32((p.count - q + p.chunks - 1u) / p.chunks) / f32(p.count);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let m = flat_index(group, groups, local, 64u);
    if m >= p.mid {
        return;
    }
    var average = 0.0;
    for (var q = 0u; q < p.chunks; q++) {
        average += share(q) * means[m * p.chunks + q];
    }
    var squares = 0.0;
    for (var q = 0u; q < p.chunks; q++) {
        let difference = means[m * p.chunks + q] - average;
        squares += share(q) * (variances[m * p.chunks + q] + difference * difference);
    }
    mean[m] = average;
    variance[m] = squares;
}
