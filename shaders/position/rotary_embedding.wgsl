// Rotary position embedding: pairs of channels are turned by an angle that grows with the position:
//   y1 = cos * x1 - direction * sin * x2      y2 = cos * x2 + direction * sin * x1
// for the first TURNED channels of each head; the others are copied. Pair i is channels i and i + TURNED/2,
// or 2i and 2i + 1 if interleaved. Direction -1 turns back: the gradient of x.
//   x, y [BATCH, T, HEADS, D], or [BATCH, HEADS, T, D] if heads come first
//   cosine, sine [ROWS, TURNED/2]   ids [BATCH, T] or absent: the row of each position (beyond the tables:
//   zeros), otherwise the rows go round over batch and positions
// One invocation computes one element. Reference: src/ops/position/rotary.rs
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
@group(0) @binding(2) var<storage, read> cosine: array<f32>;
@group(0) @binding(3) var<storage, read> sine: array<f32>;
@group(0) @binding(4) var<storage, read> ids: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.batch * p.t * p.heads * p.d {
        return;
    }
    let c = index % p.d;
    if c >= p.turned {
        y[index] = x[index];
        return;
    }
    let token = index / p.d;
    var position = token / p.heads;
    if p.heads_first != 0u {
        position = token / (p.heads * p.t) * p.t + token % p.t;
    }
    var row = position % p.rows;
    if p.indexed != 0u {
        row = ids[position];
    }
    let half = p.turned / 2u;
    var pair = c % half;
    var second = c >= half;
    var partner = select(index + half, index - half, second);
    if p.interleaved != 0u {
        pair = c / 2u;
        second = c % 2u == 1u;
        partner = select(index + 1u, index - 1u, second);
    }
    if row >= p.rows {
        y[index] = 0.0;
        return;
    }
    let turn = select(-p.direction, p.direction, second);
    y[index] = cosine[row * half + pair] * x[index] + turn * sine[row * half + pair] * x[partner];
}
