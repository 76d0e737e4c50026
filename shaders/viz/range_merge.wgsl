// Second of two stages: merges the partial ranges of each map, or of all maps, into one.
//   partial [OUTPUTS, COUNT, 4]: min, max, non-finite count, sum
//   merged [OUTPUTS, 4]: lo, hi, non-finite count, mean of the finite numbers
// Where no number is finite, lo = hi = mean = 0. One workgroup makes one output: each of its 64
// invocations merges every 64th partial, then the first merges the 64 results, always in the same
// order, so that runs repeat. Reference: src/ops/range.rs

struct Params {
    outputs: u32,
    count: u32, // partials an output
    elements: u32, // numbers an output
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read_write> merged: array<f32>;

const LARGEST = 3.40282347e38;

var<workgroup> lanes: array<vec4<f32>, 64>;

fn merge(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(min(a.x, b.x), max(a.y, b.y), a.z + b.z, a.w + b.w);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let output = group.y * groups.x + group.x;
    var range = vec4<f32>(LARGEST, -LARGEST, 0.0, 0.0);
    // Outputs past the end, which a folded dispatch has, must reach the barrier too.
    if output < p.outputs {
        for (var i = local; i < p.count; i += 64u) {
            let at = (output * p.count + i) * 4u;
            range = merge(
                range,
                vec4<f32>(partial[at], partial[at + 1u], partial[at + 2u], partial[at + 3u]),
            );
        }
    }
    lanes[local] = range;
    workgroupBarrier();
    if local != 0u || output >= p.outputs {
        return;
    }
    for (var lane = 1u; lane < 64u; lane++) {
        range = merge(range, lanes[lane]);
    }
    let finite = f32(p.elements) - range.z;
    let some = finite > 0.0;
    merged[output * 4u] = select(0.0, range.x, some);
    merged[output * 4u + 1u] = select(0.0, range.y, some);
    merged[output * 4u + 2u] = range.z;
    merged[output * 4u + 3u] = select(0.0, range.w / max(finite, 1.0), some);
}
