// Batched matrix product for software adapters, all row lengths multiples of four:
//   y[b,m,n] = act(alpha * sum over k of A[b,m,k] * B[b,k,n] + bias[n])
//   a [BATCH, M, K], or [BATCH, K, M] if ta   b [BATCH, K, N], or [BATCH, N, K] if tb
//   bias [N] or absent                        y [BATCH, M, N]
// One invocation computes 16 rows x 8 columns, four steps of k a turn: 128 sums in registers, no
// workgroup memory, no barriers. A load costs a software adapter as much as ten or more products,
// whatever its width, so each brings four values. Past the edge the last rows and columns are computed
// again and not stored.
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
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

// Four vectors along k into the four vectors across k: the transpose.
fn turned(l: array<vec4<f32>, 4>) -> array<vec4<f32>, 4> {
    return array<vec4<f32>, 4>(
        vec4(l[0].x, l[1].x, l[2].x, l[3].x),
        vec4(l[0].y, l[1].y, l[2].y, l[3].y),
        vec4(l[0].z, l[1].z, l[2].z, l[3].z),
        vec4(l[0].w, l[1].w, l[2].w, l[3].w),
    );
}

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let columns = (p.n + 7u) / 8u;
    let rows = (p.m + 15u) / 16u;
    let item = flat_index(group, groups, local, 8u);
    if item >= p.batch * rows * columns {
        return;
    }
    let column = item % columns * 8u;
    let row = item / columns % rows * 16u;
    let matrix = item / (columns * rows);

    // Block h of an operand is four rows of A (columns of B) by four steps of k: four loads along k, or
    // across k where that is how it lies. Where they begin, in units of four elements:
    let ta = p.ta != 0u;
    let tb = p.tb != 0u;
    var at_a: array<array<u32, 4>, 4>;
    var at_b: array<array<u32, 4>, 2>;
    for (var h = 0u; h < 4u; h++) {
        for (var e = 0u; e < 4u; e++) {
            let along = min(row + 4u * h + e, p.m - 1u) * p.k;
            let across = e * p.m + min(row + 4u * h, max(p.m, 4u) - 4u);
            at_a[h][e] = (matrix * p.a_stride + select(along, across, ta)) / 4u;
        }
    }
    for (var h = 0u; h < 2u; h++) {
        for (var e = 0u; e < 4u; e++) {
            let along = min(column + 4u * h + e, p.n - 1u) * p.k;
            let across = e * p.n + min(column + 4u * h, p.n - 4u);
            at_b[h][e] = (matrix * p.b_stride + select(across, along, tb)) / 4u;
        }
    }
    let a_step = select(1u, p.m, ta);
    let b_step = select(p.n, 1u, tb);

    // acc[h][i][g]: row 4h + i, columns 4g..4g+3.
    var acc: array<array<array<vec4<f32>, 2>, 4>, 4>;
    for (var h = 0u; h < 4u; h++) {
        for (var i = 0u; i < 4u; i++) {
            for (var g = 0u; g < 2u; g++) {
                acc[h][i][g] = vec4(0.0);
            }
        }
    }
    for (var k = 0u; k < p.k; k += 4u) {
        // block[g][e]: columns 4g..4g+3 at step e of k.
        var block: array<array<vec4<f32>, 4>, 2>;
        for (var g = 0u; g < 2u; g++) {
            var loaded: array<vec4<f32>, 4>;
            for (var e = 0u; e < 4u; e++) {
                loaded[e] = b[at_b[g][e]];
                at_b[g][e] += b_step;
            }
            let across = turned(loaded);
            for (var e = 0u; e < 4u; e++) {
                block[g][e] = select(loaded[e], across[e], tb);
            }
        }
        for (var h = 0u; h < 4u; h++) {
            var loaded: array<vec4<f32>, 4>;
            for (var e = 0u; e < 4u; e++) {
                loaded[e] = a[at_a[h][e]];
                at_a[h][e] += a_step;
            }
            let along = turned(loaded);
            for (var i = 0u; i < 4u; i++) {
                let x = select(loaded[i], along[i], ta);
                for (var g = 0u; g < 2u; g++) {
                    acc[h][i][g] +=
                        x.x * block[g][0] + x.y * block[g][1] + x.z * block[g][2] + x.w * block[g][3];
                }
            }
        }
    }

    for (var h = 0u; h < 4u; h++) {
        for (var i = 0u; i < 4u; i++) {
            for (var g = 0u; g < 2u; g++) {
                let r = row + 4u * h + i;
                let c = column + 4u * g;
                if r < p.m && c < p.n {
                    var value = p.alpha * acc[h][i][g];
                    if p.bias != 0u {
                        value += bias[c / 4u];
                    }
                    y[((matrix * p.m + r) * p.n + c) / 4u] = vec4(
                        activate_linear(p.act, value.x, p.slope),
                        activate_linear(p.act, value.y, p.slope),
                        activate_linear(p.act, value.z, p.slope),
                        activate_linear(p.act, value.w, p.slope),
                    );
                }
            }
        }
    }
    // Curved activations in a loop of their own, so that they stand only once in the program.
    let curved = select(0u, 32u, p.act > LAST_LINEAR);
    for (var i = 0u; i < curved; i++) {
        let r = row + i / 2u;
        let c = column + i % 2u * 4u;
        if r < p.m && c < p.n {
            let at = ((matrix * p.m + r) * p.n + c) / 4u;
            let value = y[at];
            y[at] = vec4(
                activate(p.act, value.x, p.slope),
                activate(p.act, value.y, p.slope),
                activate(p.act, value.z, p.slope),
                activate(p.act, value.w, p.slope),
            );
        }
    }
}
