// Scales the scores of attention and masks what a query must not look at:
//   t[r,i,j] = scale * s[r,i,j] if j < valid and (not causal or j <= i + offset), else masked
//   s [ROWS, TQ, TK], ROWS being batch times heads   t [ROWS, TQ, TK]
// Query 0 stands at key OFFSET. Scores are masked by -3e38, beside which every ordinary score leaves an
// exponential of exactly 0: WGSL cannot rely on infinities. Probabilities and gradients are masked by 0.
// One invocation computes one element. Reference: src/ops/attention/stages.rs
#import shared/index

struct Params {
    rows: u32,
    tq: u32,
    tk: u32,
    causal: u32,
    offset: i32,
    valid: u32,
    scale: f32,
    masked: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> s: array<f32>;
@group(0) @binding(2) var<storage, read_write> t: array<f32>;

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
    let ahead = p.causal != 0u && i32(j) > i32(i) + p.offset;
    t[index] = select(p.scale * s[index], p.masked, ahead || j >= p.valid);
}
