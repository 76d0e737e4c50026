// Gradients of two tensors combined element by element: da[i] = dy[i] * dy/da, db[i] = dy[i] * dy/db
// at b[i / div % modulo]. The gradients of a repeated element of b are added by another kernel.
//   a, dy, da, db [LEN]   b [MODULO]
// One invocation computes one element of da and of db. Reference: src/ops/binary.rs
#import shared/index
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
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> da: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<f32>;

fn slopes(op: u32, a: f32, b: f32) -> vec2<f32> {
    switch op {
        case 0u: { return vec2<f32>(1.0, 1.0); }
        case 1u: { return vec2<f32>(1.0, -1.0); }
        case 2u: { return vec2<f32>(b, a); }
        case 3u: { return vec2<f32>(1.0 / b, -a / (b * b)); }
        case 4u: {
            let size = max(a, 1e-38);
            return vec2<f32>(select(b * power(a, b - 1.0), 0.0, b == 0.0), select(0.0, pow(size, b) * log(size), a > 0.0));
        }
        case 5u: { return select(vec2<f32>(0.0, 1.0), vec2<f32>(1.0, 0.0), a >= b); }
        case 6u: { return select(vec2<f32>(0.0, 1.0), vec2<f32>(1.0, 0.0), a <= b); }
        case 7u: { return select(vec2<f32>(b, a), vec2<f32>(1.0, 0.0), a >= 0.0); }
        case 13u: { return vec2<f32>(1.0, -trunc(a / b)); }
        case 14u: { return vec2<f32>(1.0, -floor(a / b)); }
        default: { return vec2<f32>(0.0, 0.0); }
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
    let slope = slopes(p.op, a[i], b[at]);
    da[i] = dy[i] * slope.x;
    db[i] = dy[i] * slope.y;
}
