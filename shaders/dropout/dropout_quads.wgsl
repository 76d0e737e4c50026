// Dropout, as dropout.wgsl, where each element has a draw of its own: all four words of a Philox block
// are used.
//   x, y, mask [LEN]   steps [1] or absent
// One invocation computes four neighbouring elements. Reference: src/ops/dropout.rs
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
@group(0) @binding(4) var<storage, read_write> mask: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = flat_index(group, groups, local, 64u);
    let first = block * 4u;
    if first >= p.len {
        return;
    }
    // In training each step has a mask of its own.
    var mask_number = p.mask_number;
    if p.stepped != 0u {
        mask_number += steps[0];
    }
    var words = philox(vec4<u32>(block, mask_number, p.stream, 0u), p.key);
    for (var k = 0u; k < min(4u, p.len - first); k++) {
        let i = first + k;
        let kept = p.train == 0u || (p.drop_all == 0u && words[k] >= p.threshold);
        y[i] = select(0.0, x[i] * p.scale, kept);
        mask[i] = select(0.0, 1.0, kept);
    }
}
