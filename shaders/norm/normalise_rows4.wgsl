// Normalisation with given moments, as normalise.wgsl, for processors.
//   x, y [OUTER, MID, INNER] as vectors of 4   mean, variance [MID]   gamma, beta [CHANNELS] or absent
// One invocation computes up to 64 neighbours that share their moments, gamma and beta: PER is a multiple
// of 4 and divides INNER. The divisions that find those cost more there than everything else.
// Reference: src/ops/norm/normalise.rs
#import shared/index

struct Params {
    outer: u32,
    mid: u32,
    inner: u32,
    per: u32,
    channels: u32,
    scaled: u32, // 1 if there is a gamma
    shifted: u32, // 1 if there is a beta
    eps: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

// Vectors an invocation.
const RUN = 16u;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let fours = p.per / 4u;
    let runs = (fours + RUN - 1u) / RUN;
    let index = flat_index(group, groups, local, 8u);
    if index >= p.outer * p.mid * (p.inner / p.per) * runs {
        return;
    }
    let row = index / runs;
    let c = row % p.channels;
    let m = row / (p.inner / p.per) % p.mid;
    let first = index % runs * RUN;
    let past = row * fours + min(first + RUN, fours);
    let middle = mean[m];
    var factor = 1.0 / sqrt(variance[m] + p.eps);
    if p.scaled != 0u {
        factor *= gamma[c];
    }
    var shift = 0.0;
    if p.shifted != 0u {
        shift = beta[c];
    }
    for (var at = row * fours + first; at < past; at++) {
        y[at] = (x[at] - middle) * factor + shift;
    }
}
