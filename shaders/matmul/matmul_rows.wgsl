// Batched matrix product for software adapters, any sizes:
//   y[b,m,n] = act(alpha * sum over k of A[b,m,k] * B[b,k,n] + bias[n])
//   a [BATCH, M, K], or [BATCH, K, M] if ta   b [BATCH, K, N], or [BATCH, N, K] if tb
//   bias [N] or absent                        y [BATCH, M, N]
// One invocation computes 8 rows x 8 columns, 64 accumulators in registers, no workgroup memory and
// no barriers. Past the edge the last row and column are computed again and not stored.
// Arrays are indexed by loop variables that run over their whole length: Mesa then unrolls the loops
// and keeps the elements in registers.
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


@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let columns = (p.n + 7u) / 8u;
    let rows = (p.m + 7u) / 8u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.batch * rows * columns {
        return;
    }
    let column = item % columns * 8u;
    let row = item / columns % rows * 8u;
    let matrix = item / (columns * rows);

    let a_step = select(1u, p.m, p.ta != 0u);
    let b_step = select(p.n, 1u, p.tb != 0u);
    var at_a: array<u32, 8>;
    var at_b: array<u32, 8>;
    for (var i = 0u; i < 8u; i++) {
        at_a[i] = matrix * p.a_stride + min(row + i, p.m - 1u) * select(p.k, 1u, p.ta != 0u);
        at_b[i] = matrix * p.b_stride + min(column + i, p.n - 1u) * select(1u, p.k, p.tb != 0u);
    }

    // acc[i][h]: row i, columns 4h..4h+3.
    var acc: array<array<vec4<f32>, 2>, 8>;
    for (var i = 0u; i < 8u; i++) {
        acc[i][0] = vec4(0.0);
        acc[i][1] = vec4(0.0);
    }
    for (var k = 0u; k < p.k; k++) {
        let b0 = vec4(b[at_b[0]], b[at_b[1]], b[at_b[2]], b[at_b[3]]);
        let b1 = vec4(b[at_b[4]], b[at_b[5]], b[at_b[6]], b[at_b[7]]);
        for (var i = 0u; i < 8u; i++) {
            let x = a[at_a[i]];
            acc[i][0] += x * b0;
            acc[i][1] += x * b1;
            at_a[i] += a_step;
            at_b[i] += b_step;
        }
    }

    for (var i = 0u; i < 8u; i++) {
        for (var h = 0u; h < 2u; h++) {
            let r = row + i;
            let c = column + 4u * h;
            let at = (matrix * p.m + r) * p.n + c;
            var value = p.alpha * acc[i][h];
            if p.bias != 0u {
                let last = p.n - 1u;
                value += vec4(
                    bias[min(c, last)],
                    bias[min(c + 1u, last)],
                    bias[min(c + 2u, last)],
                    bias[min(c + 3u, last)],
                );
            }
            if r < p.m && c < p.n {
                y[at] = activate_linear(p.act, value.x, p.slope);
            }
            if r < p.m && c + 1u < p.n {
                y[at + 1u] = activate_linear(p.act, value.y, p.slope);
            }
            if r < p.m && c + 2u < p.n {
                y[at + 2u] = activate_linear(p.act, value.z, p.slope);
            }
            if r < p.m && c + 3u < p.n {
                y[at + 3u] = activate_linear(p.act, value.w, p.slope);
            }
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 64u, p.act > LAST_LINEAR);
    for (var i = 0u; i < curved; i++) {
        let r = row + i / 8u;
        let c = column + i % 8u;
        if r < p.m && c < p.n {
            let at = (matrix * p.m + r) * p.n + c;
            y[at] = activate(p.act, y[at], p.slope);
        }
    }
}
