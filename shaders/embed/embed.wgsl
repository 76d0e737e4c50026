// Embedding: y[i, j] = table[ids[i], j]; 0 for an id past the table.
//   table [VOCAB, WIDTH]   ids [N]   y [N, WIDTH]
// One invocation copies one element. Reference: src/ops/embed.rs
#import shared/index

struct Params {
    n: u32,
    width: u32,
    vocab: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.width {
        return;
    }
    let id = ids[index / p.width];
    var value = 0.0;
    if id < p.vocab {
        value = table[id * p.width + index % p.width];
    }
    y[index] = value;
}
