// One step of a long short-term memory, from the parts of its sums that come from the input and from
// the last hidden state, z = a + u, in the order input, forget, candidate, output:
//   i = sigmoid(z_i)   f = sigmoid(z_f)   g = tanh(z_g)   o = sigmoid(z_o)
//   c_next = f * c + i * g      h_next = o * tanh(c_next)
//   a, u, gates [N, 4 H]   c, c_next, h_next [N, H]
// One invocation computes one unit of one item. Reference: src/ops/rnn/lstm.rs
#import shared/index
#import shared/activation

struct Params {
    n: u32,
    h: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> gates: array<f32>;
@group(0) @binding(5) var<storage, read_write> c_next: array<f32>;
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
    let at = index / p.h * 4u * p.h + index % p.h;
    let i = sigmoid(a[at] + u[at]);
    let f = sigmoid(a[at + p.h] + u[at + p.h]);
    let g = tanh_safe(a[at + 2u * p.h] + u[at + 2u * p.h]);
    let o = sigmoid(a[at + 3u * p.h] + u[at + 3u * p.h]);
    let memory = f * c[index] + i * g;
    gates[at] = i;
    gates[at + p.h] = f;
    gates[at + 2u * p.h] = g;
    gates[at + 3u * p.h] = o;
    c_next[index] = memory;
    h_next[index] = o * tanh_safe(memory);
}
