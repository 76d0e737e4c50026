// What the gradients of a rotary embedding's tables are made of, for each pair of channels:
//   of_cosine = x1 * dy1 + x2 * dy2      of_sine = x1 * dy2 - x2 * dy1
// Pairs, rows and layouts are those of rotary_embedding.wgsl.
//   x, dy [BATCH, T, HEADS, D], or [BATCH, HEADS, T, D] if heads come first
//   of_cosine, of_sine [BATCH, T, HEADS, TURNED/2]
// One invocation computes one pair. Reference: src/ops/position/rotary.rs
#import shared/index

struct Params {
    batch: u32,
    t: u32,
    heads: u32,
    d: u32,
    turned: u32,
    rows: u32,
    heads_first: u32,
    interleaved: u32,
    indexed: u32, // 1 if there are ids
    direction: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> of_cosine: array<f32>;
@group(0) @binding(4) var<storage, read_write> of_sine: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let half = p.turned / 2u;
    if index >= p.batch * p.t * p.heads * half {
        return;
    }
    let pair = index % half;
    let head = index / half % p.heads;
    let position = index / (half * p.heads);
    var token = position * p.heads + head;
    if p.heads_first != 0u {
        token = (position / p.t * p.heads + head) * p.t + position % p.t;
    }
    var one = token * p.d + pair;
    var two = one + half;
    if p.interleaved != 0u {
        one = token * p.d + 2u * pair;
        two = one + 1u;
    }
    of_cosine[index] = x[one] * dy[one] + x[two] * dy[two];
    of_sine[index] = p.direction * (x[one] * dy[two] - x[two] * dy[one]);
}
