// Gradient of a table of embeddings: adds each row of dy to the row of the table that its id names.
//   dtable[ids[i], j] += dy[i, j] for i from FIRST to before PAST, in this order; ids past the table are left out
//   ids [N]   dy [N, WIDTH]   dtable [VOCAB, WIDTH], old content kept
// One invocation owns one column, so that no two add to one element. A step takes at most 32,768 ids,
// since Mesa's software adapters end loops after 65,535 turns. Reference: src/ops/embed.rs
#import shared/index

struct Params {
    n: u32,
    width: u32,
    vocab: u32,
    first: u32,
    past: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let column = flat_index(group, groups, local, 64u);
    if column >= p.width {
        return;
    }
    for (var i = p.first; i < p.past; i++) {
        let id = ids[i];
        if id < p.vocab {
            dtable[id * p.width + column] += dy[i * p.width + column];
        }
    }
}
