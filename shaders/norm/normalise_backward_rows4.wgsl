// What the gradients of a normalisation with given moments are made of, as normalise_backward.wgsl, for
// processors.
//   x, dy, dx, spreads, products [OUTER, MID, INNER] as vectors of 4   mean, variance [MID]   gamma [CHANNELS]
//   or absent (1)
// One invocation computes up to 64 neighbours of each that share their moments and gamma: PER is a multiple
// of 4 and divides INNER. Reference: src/ops/norm/normalise.rs
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
@group(0) @binding(5) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> spreads: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> products: array<vec4<f32>>;

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
    let r = 1.0 / sqrt(variance[m] + p.eps);
    var factor = r;
    if p.scaled != 0u {
        factor *= gamma[c];
    }
    for (var at = row * fours + first; at < past; at++) {
        let h = (x[at] - middle) * r;
        let d = dy[at] * factor;
        dx[at] = d;
        spreads[at] = -0.5 * d * h * r;
        products[at] = dy[at] * h;
    }
}
