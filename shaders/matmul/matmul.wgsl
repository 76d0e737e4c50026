// Batched matrix product with bias and activation:
//   y[b,m,n] = act(alpha * sum over k of A[b,m,k] * B[b,k,n] + bias[n])
//   a [BATCH, M, K], or [BATCH, K, M] if ta   b [BATCH, K, N], or [BATCH, N, K] if tb
//   bias [N] or absent                        y [BATCH, M, N]
// An operand whose batch stride is 0 is the same for the whole batch.
// One invocation computes one element of y, summing in f32 in the order of k. Four products a turn,
// because Mesa's software adapters end all loops of an invocation after 65,535 turns.
// Reference: src/ops/matmul.rs
#import shared/index
#import shared/activation

struct Params {
    batch: u32,
    m: u32,
    n: u32,
    k: u32,
    a_stride: u32, // elements from one matrix of the batch to the next; 0: one for all
    b_stride: u32,
    ta: u32,
    tb: u32,
    bias: u32,
    act: u32,
    alpha: f32,
    slope: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.batch * p.m * p.n {
        return;
    }
    let column = index % p.n;
    let row = index / p.n % p.m;
    let matrix = index / (p.n * p.m);

    // First element and distance along k in each operand.
    let a_step = select(1u, p.m, p.ta != 0u);
    let b_step = select(p.n, 1u, p.tb != 0u);
    var at_a = matrix * p.a_stride + row * select(p.k, 1u, p.ta != 0u);
    var at_b = matrix * p.b_stride + column * select(1u, p.k, p.tb != 0u);
    var sum = 0.0;
    for (var k = 0u; k < p.k; k += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if k + u < p.k {
                sum += a[at_a] * b[at_b];
                at_a += a_step;
                at_b += b_step;
            }
        }
    }
    sum *= p.alpha;
    if p.bias != 0u {
        sum += bias[column];
    }
    y[index] = activate(p.act, sum, p.slope);
}
