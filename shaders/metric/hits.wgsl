// Right answers: y[i] = 1 if the largest score of row i is that of its class, otherwise 0. Of equal
// scores the first counts.
//   scores [N, C]   classes [N]   y [N]
// One invocation judges one row. Reference: src/ops/metric.rs
#import shared/index

struct Params {
    n: u32,
    c: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;
@group(0) @binding(2) var<storage, read> classes: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = flat_index(group, groups, local, 64u);
    if row >= p.n {
        return;
    }
    var best = scores[row * p.c];
    var at = 0u;
    for (var i = 1u; i < p.c; i++) {
        let score = scores[row * p.c + i];
        if score > best {
            best = score;
            at = i;
        }
    }
    y[row] = select(0.0, 1.0, at == classes[row]);
}
