// Output of attention for software adapters, D a multiple of four:
//   o[b,i,h,c] = sum over j of w[b,h,i,j] * v[b,j,h,c]
//   w [BATCH, HEADS, TQ, TK]   v [BATCH, TK, HEADS, D]   o [BATCH, TQ, HEADS, D]
// One invocation computes 16 channels of 8 queries, in registers. A load costs a software adapter as
// much as ten or more products, whatever its width, so each weight serves 16 products and each four
// values 32. Past the last query and channel these are computed again and not stored.
// Arrays are indexed by loop variables that run over their whole length: Mesa then unrolls the loops
// and keeps the elements in registers.
// Reference: src/ops/attention/stages.rs
#import shared/index

struct Params {
    batch: u32,
    heads: u32,
    tq: u32,
    tk: u32,
    d: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> o: array<vec4<f32>>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let d4 = p.d / 4u;
    let columns = (d4 + 3u) / 4u;
    let rows = (p.tq + 7u) / 8u;
    let index = flat_index(group, groups, local, 8u);
    if index >= p.batch * p.heads * rows * columns {
        return;
    }
    let c = index % columns * 4u;
    let i = index / columns % rows * 8u;
    let head = index / (columns * rows) % p.heads;
    let item = index / (columns * rows * p.heads);

    // acc[u][g]: query i + u, channels in units of four from c + g on.
    var at_w: array<u32, 8>;
    var acc: array<array<vec4<f32>, 4>, 8>;
    for (var u = 0u; u < 8u; u++) {
        at_w[u] = ((item * p.heads + head) * p.tq + min(i + u, p.tq - 1u)) * p.tk;
        for (var g = 0u; g < 4u; g++) {
            acc[u][g] = vec4(0.0);
        }
    }
    var at_v: array<u32, 4>;
    for (var g = 0u; g < 4u; g++) {
        at_v[g] = (item * p.tk * p.heads + head) * d4 + min(c + g, d4 - 1u);
    }
    for (var j = 0u; j < p.tk; j++) {
        var value: array<vec4<f32>, 4>;
        for (var g = 0u; g < 4u; g++) {
            value[g] = v[at_v[g] + j * p.heads * d4];
        }
        for (var u = 0u; u < 8u; u++) {
            let weight = w[at_w[u] + j];
            for (var g = 0u; g < 4u; g++) {
                acc[u][g] += weight * value[g];
            }
        }
    }

    for (var u = 0u; u < 8u; u++) {
        for (var g = 0u; g < 4u; g++) {
            if i + u < p.tq && c + g < d4 {
                o[((item * p.tq + i + u) * p.heads + head) * d4 + c + g] = acc[u][g];
            }
        }
    }
}
