// Gradient of the moments:
//   dx[o,m,i] = (dmean[m,q] + 2 * dvariance[m,q] * (x[o,m,i] - mean[m,q])) / COUNT of chunk q
//   x, dx [OUTER, MID, INNER]   mean [MID, CHUNKS]   dmean, dvariance [MID, CHUNKS] or absent (0)
// One invocation computes one element. Reference: src/ops/norm/moments.rs
#import shared/index

struct Params {
    outer: u32,
    mid: u32,
    inner: u32,
    chunks: u32,
    of_mean: u32, // 1 if there is a dmean
    of_variance: u32, // 1 if there is a dvariance
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> dmean: array<f32>;
@group(0) @binding(4) var<storage, read> dvariance: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.mid * p.inner {
        return;
    }
    let m = index / p.inner % p.mid;
    let count = p.outer * p.inner;
    let q = (index / (p.inner * p.mid) * p.inner + index % p.inner) % p.chunks;
    let at = m * p.chunks + q;
    var d = 0.0;
    if p.of_mean != 0u {
        d = dmean[at];
    }
    if p.of_variance != 0u {
        d += 2.0 * dvariance[at] * (x[index] - mean[at]);
    }
    dx[index] = d / f32((count - q + p.chunks - 1u) / p.chunks);
}
