// Scales the scores of attention and masks what a query must not look at:
//   t[r,i,j] = scale * s[r,i,j] if j < valid and (not causal or j + TQ <= i + TK), else MASKED
//   s [ROWS, TQ, TK], ROWS being batch times heads   t [ROWS, TQ, TK]
// The last query stands at the last key, so query i is at key i + TK - TQ.
// MASKED is finite because WGSL cannot rely on infinities: -3e38, beside which every ordinary score
// leaves an exponential of exactly 0.
// One invocation computes one element. Reference: src/ops/attention.rs
#import shared/index

struct Params {
    rows: u32,
    tq: u32,
    tk: u32,
    causal: u32,
    valid: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> s: array<f32>;
@group(0) @binding(2) var<storage, read_write> t: array<f32>;

const MASKED = -3.0e38;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.rows * p.tq * p.tk {
        return;
    }
    let j = index % p.tk;
    let i = index / p.tk % p.tq;
    let ahead = p.causal != 0u && j + p.tq > i + p.tk;
    t[index] = select(p.scale * s[index], MASKED, ahead || j >= p.valid);
}
