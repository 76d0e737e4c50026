// dx[i] = dy[i] * f'(x[i]), element by element.
//   x, dy [LEN]   dx [LEN]
// One invocation computes one element. Rows of the table in the order of src/ops/elementary.rs, where
// the reference lives.
#import shared/index

struct Params {
    len: u32,
    f: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

fn slope(f: u32, x: f32) -> f32 {
    switch f {
        case 0u: { return 1.0 + tan(x) * tan(x); }
        case 1u: { return inverseSqrt(1.0 - x * x); }
        case 2u: { return -inverseSqrt(1.0 - x * x); }
        case 3u: { return 1.0 / (1.0 + x * x); }
        case 4u: { return 0.5 * (exp(x) + exp(-x)); }
        case 5u: { return 0.5 * (exp(x) - exp(-x)); }
        case 6u: { return inverseSqrt(x * x + 1.0); }
        case 7u: { return inverseSqrt(x * x - 1.0); }
        case 8u: { return 1.0 / (1.0 - x * x); }
        default: { return 0.0; }
    }
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = flat_index(group, groups, local, 64u);
    if i < p.len {
        dx[i] = dy[i] * slope(p.f, x[i]);
    }
}
