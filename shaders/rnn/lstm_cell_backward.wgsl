// Gradients of one step of a long short-term memory (formulas in lstm_cell.wgsl), m being that of c_next
// with what comes through h_next:
//   m = dc_next + dh_next * o * (1 - tanh(c_next)^2)
//   di = m * g   df = m * c   dg = m * i   do = dh_next * tanh(c_next), each plus its part of dgates
//   dz = (di * i(1-i), df * f(1-f), dg * (1-g^2), do * o(1-o))      dc = m * f
//   gates, dz [N, 4 H]   c, c_next, dc [N, H]   dgates [N, 4 H], dc_next, dh_next [N, H] or absent (0)
// One invocation computes one unit of one item. Reference: src/ops/rnn/lstm.rs
#import shared/index
#import shared/activation

struct Params {
    n: u32,
    h: u32,
    of_gates: u32, // 1 if there is a dgates
    of_cell: u32, // 1 if there is a dc_next
    of_hidden: u32, // 1 if there is a dh_next
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read> c_next: array<f32>;
@group(0) @binding(4) var<storage, read> dgates: array<f32>;
@group(0) @binding(5) var<storage, read> dc_next: array<f32>;
@group(0) @binding(6) var<storage, read> dh_next: array<f32>;
@group(0) @binding(7) var<storage, read_write> dz: array<f32>;
@group(0) @binding(8) var<storage, read_write> dc: array<f32>;

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
    let at = index / p.h * 4u * p.h + index % p.h;
    let i = gates[at];
    let f = gates[at + p.h];
    let g = gates[at + 2u * p.h];
    let o = gates[at + 3u * p.h];
    let bent = tanh_safe(c_next[index]);
    var hidden = 0.0;
    if p.of_hidden != 0u {
        hidden = dh_next[index];
    }
    var m = hidden * o * (1.0 - bent * bent);
    if p.of_cell != 0u {
        m += dc_next[index];
    }
    var d = vec4<f32>(m * g, m * c[index], m * i, hidden * bent);
    if p.of_gates != 0u {
        d += vec4<f32>(dgates[at], dgates[at + p.h], dgates[at + 2u * p.h], dgates[at + 3u * p.h]);
    }
    dz[at] = d.x * i * (1.0 - i);
    dz[at + p.h] = d.y * f * (1.0 - f);
    dz[at + 2u * p.h] = d.z * (1.0 - g * g);
    dz[at + 3u * p.h] = d.w * o * (1.0 - o);
    dc[index] = m * f;
}
