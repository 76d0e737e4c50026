// Gradients of one step of a gated recurrent unit (formulas in gru_cell.wgsl):
//   dg = dh_next * (1 - z)   dz = dh_next * (h - g)   each plus its part of dgates   n = dg * (1 - g^2)
//   RESET_AFTER: dr = n * v, dv = n * r; otherwise dr = 0, dv = n; dr plus its part of dgates
//   da = (dr * r(1-r), dz * z(1-z), n)      dh = dh_next * z
// The gradient of u is the first 2 H columns of da.
//   gates, da [N, 3 H]   v, h, dv, dh [N, H]   dgates [N, 3 H], dh_next [N, H] or absent (0)
// One invocation computes one unit of one item. Reference: src/ops/rnn/gru.rs
#import shared/index

struct Params {
    n: u32,
    h: u32,
    reset_after: u32,
    of_gates: u32, // 1 if there is a dgates
    of_hidden: u32, // 1 if there is a dh_next
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> h: array<f32>;
@group(0) @binding(4) var<storage, read> dgates: array<f32>;
@group(0) @binding(5) var<storage, read> dh_next: array<f32>;
@group(0) @binding(6) var<storage, read_write> da: array<f32>;
@group(0) @binding(7) var<storage, read_write> dv: array<f32>;
@group(0) @binding(8) var<storage, read_write> dh: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.h {
        return;
    }
    let at = index / p.h * 3u * p.h + index % p.h;
    let r = gates[at];
    let z = gates[at + p.h];
    let g = gates[at + 2u * p.h];
    var hidden = 0.0;
    if p.of_hidden != 0u {
        hidden = dh_next[index];
    }
    // Of reset, update and candidate.
    var d = vec3<f32>(0.0, hidden * (h[index] - g), hidden * (1.0 - z));
    if p.of_gates != 0u {
        d += vec3<f32>(dgates[at], dgates[at + p.h], dgates[at + 2u * p.h]);
    }
    let n = d.z * (1.0 - g * g);
    if p.reset_after != 0u {
        d.x += n * v[index];
    }
    da[at] = d.x * r * (1.0 - r);
    da[at + p.h] = d.y * z * (1.0 - z);
    da[at + 2u * p.h] = n;
    dv[index] = n * select(1.0, r, p.reset_after != 0u);
    dh[index] = hidden * z;
}
