// Batched matrix product for software adapters, all row lengths multiples of four:
//   y[b,m,n] = act(alpha * sum over k of A[b,m,k] * B[b,k,n] + bias[n])
//   a [BATCH, M, K], or [BATCH, K, M] if ta   b [BATCH, K, N], or [BATCH, N, K] if tb
//   bias [N] or absent                        y [BATCH, M, N]
// One invocation computes 8 rows x 8 columns. A load costs a software adapter as much as ten or
// more products, whatever its width: four values each, 64 accumulators in registers, no workgroup
// memory and no barriers. Past the edge the last rows and columns are computed again and not stored.
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


alias Block = array<vec4<f32>, 8>;

// Element 2*k + h of the result holds rows (or columns) 4h..4h+3 of the block at step k of four.
// Loads that ran across k are so already; loads along k are transposed.
fn by_step(l: Block, across: bool) -> Block {
    return Block(
        select(vec4(l[0].x, l[1].x, l[2].x, l[3].x), l[0], across),
        select(vec4(l[4].x, l[5].x, l[6].x, l[7].x), l[1], across),
        select(vec4(l[0].y, l[1].y, l[2].y, l[3].y), l[2], across),
        select(vec4(l[4].y, l[5].y, l[6].y, l[7].y), l[3], across),
        select(vec4(l[0].z, l[1].z, l[2].z, l[3].z), l[4], across),
        select(vec4(l[4].z, l[5].z, l[6].z, l[7].z), l[5], across),
        select(vec4(l[0].w, l[1].w, l[2].w, l[3].w), l[6], across),
        select(vec4(l[4].w, l[5].w, l[6].w, l[7].w), l[7], across),
    );
}

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

    // Where the eight loads of a step of four along k begin, in units of four elements.
    var at_a: array<u32, 8>;
    var at_b: array<u32, 8>;
    let ta = p.ta != 0u;
    let tb = p.tb != 0u;
    for (var i = 0u; i < 8u; i++) {
        let a_along = min(row + i, p.m - 1u) * p.k;
        let a_across = (i >> 1u) * p.m + min(row + 4u * (i & 1u), p.m - 4u);
        at_a[i] = (matrix * p.a_stride + select(a_along, a_across, ta)) / 4u;
        let b_along = min(column + i, p.n - 1u) * p.k;
        let b_across = (i >> 1u) * p.n + min(column + 4u * (i & 1u), p.n - 4u);
        at_b[i] = (matrix * p.b_stride + select(b_across, b_along, tb)) / 4u;
    }
    let a_step = select(1u, p.m, ta);
    let b_step = select(p.n, 1u, tb);

    var acc: array<vec4<f32>, 16>;
    for (var i = 0u; i < 16u; i++) {
        acc[i] = vec4(0.0);
    }
    for (var k = 0u; k < p.k; k += 4u) {
        var la: Block;
        var lb: Block;
        for (var i = 0u; i < 8u; i++) {
            la[i] = a[at_a[i]];
            lb[i] = b[at_b[i]];
            at_a[i] += a_step;
            at_b[i] += b_step;
        }
        let sa = by_step(la, ta);
        let sb = by_step(lb, !tb);
        for (var s = 0u; s < 4u; s++) {
            for (var i = 0u; i < 8u; i++) {
                let x = sa[2u * s + (i >> 2u)][i & 3u];
                acc[2u * i] += x * sb[2u * s];
                acc[2u * i + 1u] += x * sb[2u * s + 1u];
            }
        }
    }

    for (var i = 0u; i < 16u; i++) {
        let c = column + 4u * (i & 1u);
        let r = row + (i >> 1u);
        if r < p.m && c < p.n {
            var value = p.alpha * acc[i];
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
    let curved = select(0u, 16u, p.act > LAST_LINEAR);
    for (var i = 0u; i < curved; i++) {
        let c = column + 4u * (i & 1u);
        let r = row + (i >> 1u);
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
