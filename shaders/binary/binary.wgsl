// Two tensors element by element: y[i] = a[i] op b[i / div % modulo].
//   a, y [LEN]   b [MODULO]
// One invocation computes one element. The rows of the table are in the order of src/ops/binary.rs,
// where the reference lives.
#import shared/index
#import shared/finite
#import shared/power

struct Params {
    len: u32,
    div: u32,
    modulo: u32,
    op: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn combine(op: u32, a: f32, b: f32) -> f32 {
    switch op {
        case 1u: { return a - b; }
        case 2u: { return a * b; }
        case 3u: { return a / b; }
        case 4u: { return power(a, b); }
        // The sum of a NaN and anything is NaN; max and min may drop it.
        case 5u: { return select(max(a, b), a + b, is_nan(a) || is_nan(b)); }
        case 6u: { return select(min(a, b), a + b, is_nan(a) || is_nan(b)); }
        case 7u: { return select(a * b, a, a >= 0.0); }
        case 8u: { return select(0.0, 1.0, a < b); }
        case 9u: { return select(0.0, 1.0, a <= b); }
        case 10u: { return select(0.0, 1.0, a > b); }
        case 11u: { return select(0.0, 1.0, a >= b); }
        case 12u: { return select(0.0, 1.0, a == b); }
        default: { return a + b; }
    }
}

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
    // Operands of one shape are spared the divisions.
    var at = i;
    if p.modulo < p.len {
        at = i / p.div % p.modulo;
    }
    y[i] = combine(p.op, a[i], b[at]);
}
