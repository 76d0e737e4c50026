// Gradients of joining moments, where chunk q has n_q of the COUNT elements:
//   dmeans[m,q] = n_q / COUNT * (dmean[m] + 2 * dvariance[m] * (means[m,q] - mean[m]))
//   dvariances[m,q] = n_q / COUNT * dvariance[m]
//   means, dmeans, dvariances [MID, CHUNKS]   mean [MID]   dmean, dvariance [MID] or absent (0)
// One invocation computes one chunk. Reference: src/ops/norm/moments.rs
#import shared/index

struct Params {
    mid: u32,
    chunks: u32,
    count: u32,
    of_mean: u32, // 1 if there is a dmean
    of_variance: u32, // 1 if there is a dvariance
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> means: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> dmean: array<f32>;
@group(0) @binding(4) var<storage, read> dvariance: array<f32>;
@group(0) @binding(5) var<storage, read_write> dmeans: array<f32>;
@group(0) @binding(6) var<storage, read_write> dvariances: array<f32>;

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
    let q = index % p.chunks;
    let share = f32((p.count - q + p.chunks - 1u) / p.chunks) / f32(p.count);
    var of_mean = 0.0;
    var of_variance = 0.0;
    if p.of_mean != 0u {
        of_mean = dmean[m];
    }
    if p.of_variance != 0u {
        of_variance = dvariance[m];
    }
    dmeans[index] = share * (of_mean + 2.0 * of_variance * (means[index] - mean[m]));
    dvariances[index] = share * of_variance;
}
