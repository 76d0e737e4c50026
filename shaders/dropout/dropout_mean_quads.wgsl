// Mean of dropout over masks of consecutive numbers, four elements at once: each of the four numbers of a Philox
// block decides one element.
//   x, y [LEN]   steps [1] or absent
// One invocation computes four neighbouring elements, counting in integers. Needs a draw for every element
// (inner = 1). Reference: src/ops/dropout.rs
#import shared/index
#import shared/philox

struct Params {
    key: vec2<u32>,
    len: u32,
    inner: u32,
    mask_number: u32,
    masks: u32,
    stream: u32,
    threshold: u32,
    drop_all: u32,
    train: u32,
    stepped: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> steps: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = 4u * flat_index(group, groups, local, 64u);
    if i >= p.len {
        return;
    }
    // In training each step has a mask of its own.
    var mask_number = p.mask_number;
    if p.stepped != 0u {
        mask_number += steps[0];
    }
    var kept = vec4<u32>(p.masks);
    if p.train != 0u {
        kept = vec4<u32>(0u);
        for (var n = 0u; n < p.masks; n++) {
            let words = philox(vec4<u32>(i / 4u, mask_number + n, p.stream, 0u), p.key);
            kept += select(vec4<u32>(0u), vec4<u32>(1u), words >= vec4<u32>(p.threshold));
        }
        kept *= 1u - p.drop_all;
    }
    for (var k = 0u; k < min(4u, p.len - i); k++) {
        y[i + k] = x[i + k] * p.scale * (f32(kept[k]) / f32(p.masks));
    }
}
