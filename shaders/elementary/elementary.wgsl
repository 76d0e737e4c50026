// y[i] = f(x[i]), trigonometry, rounding and tests, element by element.
//   x [LEN]   y [LEN]
// One invocation computes one element. Rows of the table in the order of src/ops/elementary.rs, where
// the reference lives.
#import shared/index
#import shared/finite

struct Params {
    len: u32,
    f: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn truth(is: bool) -> f32 {
    return select(0.0, 1.0, is);
}

// The arctangent to a few roundings, which drivers' own are not: brought to |z| <= tan(pi/8), where a
// polynomial (that of Moshier's Cephes library, atanf) is as good as f32.
fn arctangent(x: f32) -> f32 {
    let size = abs(x);
    let steep = size > 2.4142135;
    let middle = size > 0.41421356 && !steep;
    let start = select(select(0.0, 0.78539816, middle), 1.5707964, steep);
    let z = select(select(size, (size - 1.0) / (size + 1.0), middle), -1.0 / size, steep);
    let q = z * z;
    let p = ((0.080537446 * q - 0.13877686) * q + 0.19977711) * q - 0.3333295;
    let y = start + (p * q * z + z);
    return select(y, -y, x < 0.0);
}

fn evaluate(f: u32, x: f32) -> f32 {
    let size = abs(x);
    switch f {
        case 0u: { return tan(x); }
        case 1u: { return 2.0 * arctangent(x / (1.0 + sqrt(1.0 - x * x))); }
        case 2u: { return 2.0 * arctangent(sqrt(1.0 - x) / sqrt(1.0 + x)); }
        case 3u: { return arctangent(x); }
        case 4u: { return 0.5 * (exp(x) - exp(-x)); }
        case 5u: { return 0.5 * (exp(x) + exp(-x)); }
        case 6u: { return sign(x) * log(size + sqrt(size * size + 1.0)); }
        case 7u: { return log(x + sqrt(x * x - 1.0)); }
        case 8u: { return 0.5 * log((1.0 + x) / (1.0 - x)); }
        case 9u: { return round(x); }
        case 10u: { return trunc(x); }
        case 11u: { return truth(is_nan(x)); }
        case 12u: { return truth(bitcast<u32>(x) == 0x7f800000u); }
        case 13u: { return truth(bitcast<u32>(x) == 0xff800000u); }
        default: { return x; }
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
        y[i] = evaluate(p.f, x[i]);
    }
}
