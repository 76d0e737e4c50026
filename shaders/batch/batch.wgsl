// A mini-batch of numbers out of a data set: the samples that the number of the step draws.
//   data [WORDS]   steps [1]   x [BATCH, WIDTH]
// One invocation reads one element. Reference: src/ops/batch.rs
#import shared/index
#import shared/shuffle

struct Params {
    n: u32,
    batch: u32,
    width: u32,
    pitch: u32,
    offset: u32,
    words: u32,
    format: u32,
    shuffled: u32,
    seed: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read> steps: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.batch * p.width {
        return;
    }
    let sample = drawn_sample(steps[0], index / p.width, p.batch, p.n, p.shuffled, p.seed);
    let at = sample * p.pitch + p.offset + index % p.width;
    if p.format == 0u {
        x[index] = f32((data[at / 4u] >> (at % 4u * 8u)) & 0xffu) / 255.0;
    } else {
        x[index] = bitcast<f32>(data[at]);
    }
}
