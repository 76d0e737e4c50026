// The ends of a range at which PERCENT of the counted numbers have been passed.
//   counts [BINS]   range [lo, hi, non-finite, mean]   trimmed [4], the last two as they were
// One invocation: there are few bins. Integers, so that no rounding decides.
// Reference: src/ops/trim.rs

struct Params {
    bins: u32,
    percent: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> counts: array<f32>;
@group(0) @binding(2) var<storage, read> range: array<f32>;
@group(0) @binding(3) var<storage, read_write> trimmed: array<f32>;

@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3<u32>) {
    if group.x + group.y + group.z > 0u {
        return;
    }
    var all = 0u;
    for (var i = 0u; i < p.bins; i++) {
        all += u32(counts[i]);
    }
    // In parts, so that no product is too large.
    let limit = all / 100u * p.percent + (all % 100u) * p.percent / 100u;
    // Where nearly all numbers are alike, the few others still differ.
    let most = p.bins * 7u / 16u;
    var low = 0u;
    var high = 0u;
    if all > 0u {
        var sum = 0u;
        for (; low < most; low++) {
            sum += u32(counts[low]);
            if sum > limit {
                break;
            }
        }
        sum = 0u;
        for (; high < most; high++) {
            sum += u32(counts[p.bins - 1u - high]);
            if sum > limit {
                break;
            }
        }
    }
    let bin = (range[1] - range[0]) / f32(p.bins);
    trimmed[0] = range[0] + f32(low) * bin;
    trimmed[1] = range[1] - f32(high) * bin;
    trimmed[2] = range[2];
    trimmed[3] = range[3];
}
