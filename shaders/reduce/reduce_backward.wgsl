// Gradient of a reduction of the middle axis in chunks: dx = dy * dy/dx, where y is what the element
// went into. The first of equal extremes takes all of it.
//   x [OUTER, N, INNER]   y, dy [OUTER, CHUNKS, INNER]   dx [OUTER, N, INNER]
// One invocation computes one element of dx. Reference: src/ops/reduce.rs
#import shared/index

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
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

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
    if index >= p.outer * p.n * p.inner {
        return;
    }
    let i = index % p.inner;
    let j = index / p.inner % p.n;
    let o = index / (p.inner * p.n);
    let c = j / p.chunk;
    let at = (o * p.chunks + c) * p.inner + i;
    let d = dy[at];
    let value = x[index];

    if p.op == MAX || p.op == MIN {
        var mine = value == y[at];
        // Only the first of equals: look at those before, if this one is an extreme at all.
        let before = select(0u, j - c * p.chunk, mine);
        for (var k = 0u; k < before; k++) {
            if x[index - (k + 1u) * p.inner] == value {
                mine = false;
                break;
            }
        }
        dx[index] = select(0.0, d, mine);
        return;
    }
    var slope = 1.0;
    if p.op == L1 {
        slope = sign(value);
    } else if p.op == SUM_SQUARE {
        slope = 2.0 * value;
    } else if p.op == LOG_SUM_EXP {
        slope = exp(value - y[at]);
    }
    dx[index] = slope * d;
}
