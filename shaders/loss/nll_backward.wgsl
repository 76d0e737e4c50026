// Gradients of the negative log-likelihood of nll.wgsl, with u = 1 - exp(x[k]):
//   dx[j] = -dloss * w[j] * (SMOOTHING / C + [j = k] * (1 - SMOOTHING) * (u^GAMMA - GAMMA * u^(GAMMA-1) * exp(x[k]) * x[k]))
//   terms[j] = -dloss * x[j] * (SMOOTHING / C + [j = k] * (1 - SMOOTHING) * u^GAMMA) + [j = k] * dcounted
// at each position; summed over the positions, terms are the gradient of the weights.
//   x, dx, terms [N, C, D]   classes [N, D]   weights [C] or absent (1)   dloss, dcounted [N, D] or absent (0)
// One invocation computes one element of each. Reference: src/ops/loss/classes.rs
#import shared/index

struct Params {
    n: u32,
    c: u32,
    d: u32,
    ignore: u32,
    weighted: u32, // 1 if there are weights
    of_loss: u32, // 1 if there is a dloss
    of_counted: u32, // 1 if there is a dcounted
    smoothing: f32,
    gamma: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> classes: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> dloss: array<f32>;
@group(0) @binding(5) var<storage, read> dcounted: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> terms: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.c * p.d {
        return;
    }
    let j = index / p.d % p.c;
    let position = index / (p.c * p.d) * p.d + index % p.d;
    let k = classes[position];
    if k >= p.c || k == p.ignore {
        dx[index] = 0.0;
        terms[index] = 0.0;
        return;
    }
    // Derivatives of the loss by x[j], without its weight, and by the weight.
    var of_x = p.smoothing / f32(p.c);
    var of_weight = of_x * x[index];
    if j == k {
        let probability = exp(x[index]);
        let miss = max(1.0 - probability, 1e-30);
        let focus = select(pow(miss, p.gamma), 1.0, p.gamma == 0.0);
        of_x += (1.0 - p.smoothing) * (focus - p.gamma * focus / miss * probability * x[index]);
        of_weight += (1.0 - p.smoothing) * focus * x[index];
    }
    if p.weighted != 0u {
        of_x *= weights[j];
    }
    var d = 0.0;
    if p.of_loss != 0u {
        d = -dloss[position];
    }
    dx[index] = d * of_x;
    var term = d * of_weight;
    if p.of_counted != 0u && j == k {
        term += dcounted[position];
    }
    terms[index] = term;
}
