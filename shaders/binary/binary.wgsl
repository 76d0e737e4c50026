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

// What a division leaves, with the sign of a: the quotient may be one off where it is almost whole.
fn remainder(a: f32, b: f32) -> f32 {
    let size = abs(b);
    var rest = abs(a) - size * trunc(abs(a) / size);
    rest = select(rest, rest + size, rest < 0.0);
    rest = select(rest, rest - size, rest >= size);
    // Nothing is taken away, even if b has no end.
    rest = select(rest, abs(a), abs(a) < size);
    return select(rest, -rest, a < 0.0);
}

fn modulo(a: f32, b: f32) -> f32 {
    let rest = remainder(a, b);
    return select(rest, rest + b, rest != 0.0 && (rest < 0.0) != (b < 0.0));
}

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
        case 13u: { return remainder(a, b); }
        case 14u: { return modulo(a, b); }
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
