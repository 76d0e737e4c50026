// One step of a gated recurrent unit, from what comes from the input, a, in the order reset, update,
// candidate, and from the last hidden state, u for reset and update, v for the candidate:
//   r = sigmoid(a_r + u_r)   z = sigmoid(a_z + u_z)   g = tanh(a_g + v), or tanh(a_g + r * v) if RESET_AFTER
//   h_next = (1 - z) * g + z * h
// Not RESET_AFTER, v is the product with r * h. The candidate is g in the code.
//   a, gates [N, 3 H]   u [N, 2 H]   v, h, h_next [N, H]
// One invocation computes one unit of one item. Reference: src/ops/rnn/gru.rs
#import shared/index
#import shared/activation

struct Params {
    n: u32,
    h: u32,
    reset_after: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> h: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<storage, read_write> h_next: array<f32>;

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
    let item = index / p.h;
    let unit = index % p.h;
    let at = item * 3u * p.h + unit;
    let at_u = item * 2u * p.h + unit;
    let r = sigmoid(a[at] + u[at_u]);
    let z = sigmoid(a[at + p.h] + u[at_u + p.h]);
    let g = tanh_safe(a[at + 2u * p.h] + select(1.0, r, p.reset_after != 0u) * v[index]);
    gates[at] = r;
    gates[at + p.h] = z;
    gates[at + 2u * p.h] = g;
    h_next[index] = (1.0 - z) * g + z * h[index];
}
