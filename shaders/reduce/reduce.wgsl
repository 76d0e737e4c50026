// Reduction of the middle axis in chunks of neighbours:
//   y[o,c,i] = sum, maximum, minimum, sum of |x|, sum of squares or log of the sum of exponentials
//   of x[o, c*CHUNK .. (c+1)*CHUNK, i].
//   x [OUTER, N, INNER]   y [OUTER, CHUNKS, INNER]
// One invocation computes one element of y, in the order of the axis. Chunks are short enough for
// software adapters. The logarithm is taken after subtracting the maximum. Reference: src/ops/reduce.rs
#import shared/index
#import shared/finite

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    chunk: u32,
    chunks: u32,
    op: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

const MAX = 1u;
const MIN = 2u;
const L1 = 3u;
const SUM_SQUARE = 4u;
const LOG_SUM_EXP = 5u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.outer * p.chunks * p.inner {
        return;
    }
    let i = index % p.inner;
    let c = index / p.inner % p.chunks;
    let o = index / (p.inner * p.chunks);
    let first = c * p.chunk;
    let count = min(p.n - first, p.chunk);
    var at = (o * p.n + first) * p.inner + i;

    if p.op == MAX || p.op == MIN || p.op == LOG_SUM_EXP {
        // Infinity, out of reach of constant folding, which refuses it.
        var bits = select(0xff800000u, 0x7f800000u, p.op == MIN);
        var best = bitcast<f32>(bits);
        for (var j = 0u; j < count; j++) {
            let value = x[at + j * p.inner];
            let better = select(value > best, value < best, p.op == MIN);
            if better || is_nan(value) {
                best = value;
            }
            if is_nan(best) {
                break;
            }
        }
        if p.op == LOG_SUM_EXP {
            let shift = select(0.0, best, is_finite(best));
            var sum = 0.0;
            for (var j = 0u; j < count; j++) {
                sum += exp(x[at + j * p.inner] - shift);
            }
            // The logarithm of nothing is minus infinity on every adapter.
            best = select(best, shift + log(sum), sum > 0.0 || is_nan(best));
        }
        y[index] = best;
        return;
    }
    var sum = 0.0;
    for (var j = 0u; j < count; j++) {
        let value = x[at];
        sum += select(select(value, abs(value), p.op == L1), value * value, p.op == SUM_SQUARE);
        at += p.inner;
    }
    y[index] = sum;
}
