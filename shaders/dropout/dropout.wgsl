// Dropout: y[i] = x[i] * scale and mask[i] = 1 where a random word is at least the threshold p * 2^32,
// otherwise both 0. While not training, nothing is dropped.
//   x, y, mask [LEN]   steps [1] or absent
// Word d % 4 of Philox with the counter (d / 4, mask number, stream, 0) decides about the INNER
// consecutive elements from d * INNER on.
// One invocation computes one element. Reference: src/ops/dropout.rs
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
    var words = philox(vec4<u32>(draw / 4u, mask_number, p.stream, 0u), p.key);
    let kept = p.train == 0u || (p.drop_all == 0u && words[draw % 4u] >= p.threshold);
    y[i] = select(0.0, x[i] * p.scale, kept);
    mask[i] = select(0.0, 1.0, kept);
}
