// Mean of dropout over masks of consecutive numbers: y[i] = x[i] * scale * kept / masks, where kept
// counts the masks that keep element i (see dropout.wgsl).
//   x, y [LEN]   steps [1] or absent
// One invocation computes one element, counting in integers. Reference: src/ops/dropout.rs
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
    let i = flat_index(group, groups, local, 64u);
    if i >= p.len {
        return;
    }
    // In training each step has a mask of its own.
    var mask_number = p.mask_number;
    if p.stepped != 0u {
        mask_number += steps[0];
    }
    let draw = i / p.inner;
    var kept = p.masks;
    if p.train != 0u {
        kept = 0u;
        for (var n = 0u; n < p.masks; n++) {
            var words = philox(vec4<u32>(draw / 4u, mask_number + n, p.stream, 0u), p.key);
            kept += select(0u, 1u, p.drop_all == 0u && words[draw % 4u] >= p.threshold);
        }
    }
    y[i] = x[i] * p.scale * (f32(kept) / f32(p.masks));
}
