// Sines and cosines of positions at given rates, angle[t, i] = (FIRST + t) * rate[i]:
//   mode 0: y[t, 2i] = sin(angle), y[t, 2i+1] = cos(angle)    y [ROWS, 2 RATES]
//   mode 1: y[t, i] = cos(angle)    mode 2: y[t, i] = sin(angle)    y [ROWS, RATES]
//   rate [RATES]
// One invocation computes one element.
// Numerical care: WGSL promises a good sine near 0 only, so whole turns are taken off first, in two
// parts: 6.28125 has so few digits that its multiples are exact. Reference: src/ops/position/sinusoids.rs
#import shared/index

struct Params {
    rows: u32,
    rates: u32,
    first: u32,
    mode: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rate: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let width = select(p.rates, 2u * p.rates, p.mode == 0u);
    if index >= p.rows * width {
        return;
    }
    let column = index % width;
    var i = column;
    var cosine = p.mode == 1u;
    if p.mode == 0u {
        i = column / 2u;
        cosine = column % 2u == 1u;
    }
    let angle = f32(p.first + index / width) * rate[i];
    let turns = round(angle * 0.15915494);
    let rest = (angle - turns * 6.28125) - turns * 0.0019353072;
    y[index] = select(sin(rest), cos(rest), cosine);
}
