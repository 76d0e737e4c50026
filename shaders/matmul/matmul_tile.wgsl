// Batched matrix product in tiles, for GPUs:
//   y[b,m,n] = act(alpha * sum over k of A[b,m,k] * B[b,k,n] + bias[n])
//   a [BATCH, M, K], or [BATCH, K, M] if ta   b [BATCH, K, N], or [BATCH, N, K] if tb
//   bias [N] or absent                        y [BATCH, M, N]
// A workgroup of 256 computes a tile of 64 x 64, an invocation 4 rows by 4 columns of it. For every 16
// steps of k the workgroup copies 64 rows of A and 64 columns of B into workgroup memory, each element
// by one invocation, neighbours in memory by neighbours; zeros stand past the edges. Columns of an
// invocation lie 16 apart, so that neighbours write neighbours.
// Reference: src/ops/matmul.rs
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

const STEPS = 16u;
const TILE = 64u;
// One more than a tile, so that the elements of a column lie in different banks.
const PITCH = 65u;

var<workgroup> tile_a: array<f32, STEPS * PITCH>;
var<workgroup> tile_b: array<f32, STEPS * PITCH>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let columns = (p.n + TILE - 1u) / TILE;
    let rows = (p.m + TILE - 1u) / TILE;
    let index = group.y * groups.x + group.x;
    let column = index % columns * TILE;
    let row = index / columns % rows * TILE;
    let matrix = index / (columns * rows);
    // A folded dispatch has workgroups too many; they load zeros and store nothing, but go along to
    // the barriers.
    let m = select(0u, p.m, matrix < p.batch);
    let n = select(0u, p.n, matrix < p.batch);

    // What an invocation copies: along k 16 neighbours, or across k 64.
    let ta = p.ta != 0u;
    let tb = p.tb != 0u;
    let k_a = select(local % STEPS, local / TILE, ta);
    let m_a = select(local / STEPS, local % TILE, ta);
    let k_b = select(local / TILE, local % STEPS, tb);
    let n_b = select(local % TILE, local / STEPS, tb);

    let x = local % 16u;
    let first = local / 16u * 4u;
    var acc: array<vec4<f32>, 4>;
    for (var i = 0u; i < 4u; i++) {
        acc[i] = vec4(0.0);
    }
    for (var k = 0u; k < p.k; k += STEPS) {
        for (var i = 0u; i < 4u; i++) {
            let at_k = k_a + select(0u, 4u * i, ta);
            let at_m = m_a + select(16u * i, 0u, ta);
            var value = 0.0;
            if k + at_k < p.k && row + at_m < m {
                let along = (row + at_m) * p.k + k + at_k;
                let across = (k + at_k) * p.m + row + at_m;
                value = a[matrix * p.a_stride + select(along, across, ta)];
            }
            tile_a[at_k * PITCH + at_m] = value;
        }
        for (var i = 0u; i < 4u; i++) {
            let at_k = k_b + select(4u * i, 0u, tb);
            let at_n = n_b + select(0u, 16u * i, tb);
            var value = 0.0;
            if k + at_k < p.k && column + at_n < n {
                let along = (column + at_n) * p.k + k + at_k;
                let across = (k + at_k) * p.n + column + at_n;
                value = b[matrix * p.b_stride + select(across, along, tb)];
            }
            tile_b[at_k * PITCH + at_n] = value;
        }
        workgroupBarrier();
        for (var s = 0u; s < STEPS; s += 4u) {
            for (var e = 0u; e < 4u; e++) {
                let at = (s + e) * PITCH;
                let right = vec4(
                    tile_b[at + x],
                    tile_b[at + x + 16u],
                    tile_b[at + x + 32u],
                    tile_b[at + x + 48u],
                );
                for (var i = 0u; i < 4u; i++) {
                    acc[i] += tile_a[at + first + i] * right;
                }
            }
        }
        workgroupBarrier();
    }

    for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
            let r = row + first + i;
            let c = column + x + 16u * j;
            if r < m && c < n {
                var value = p.alpha * acc[i][j];
                if p.bias != 0u {
                    value += bias[c];
                }
                y[(matrix * p.m + r) * p.n + c] = activate(p.act, value, p.slope);
            }
        }
    }
}
