// Counts of numbers in 32 bins between lo and hi, a stretch of neighbours each.
//   x [LEN]   range [lo, hi, ..]   counts [GROUPS, 32]
// One workgroup counts one stretch, in integers in its own memory, so that the order does not matter.
// Reference: src/ops/histogram.rs
#import shared/finite

struct Params {
    len: u32,
    stretch: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> range: array<f32>;
@group(0) @binding(3) var<storage, read_write> counts: array<f32>;

const BINS = 32u;

var<workgroup> bins: array<atomic<u32>, 32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let stretch = group.y * groups.x + group.x;
    if local < BINS {
        atomicStore(&bins[local], 0u);
    }
    workgroupBarrier();
    let lo = range[0];
    let hi = range[1];
    let width = select(1.0, hi - lo, hi > lo);
    let past = min((stretch + 1u) * p.stretch, p.len);
    for (var i = stretch * p.stretch + local; i < past; i += 64u) {
        let value = x[i];
        if is_finite(value) && value >= lo && value <= hi {
            atomicAdd(&bins[min(u32(f32(BINS) * ((value - lo) / width)), BINS - 1u)], 1u);
        }
    }
    workgroupBarrier();
    if local < BINS && stretch * p.stretch < max(p.len, 1u) {
        counts[stretch * BINS + local] = f32(atomicLoad(&bins[local]));
    }
}
