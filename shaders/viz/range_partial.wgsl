// First of two stages: the smallest and largest finite number of each map, how many numbers are not
// finite, and the sum of those that are.
//   x [LEN], of which map m, row i, column j is x[offset + m*map_stride + i*row_stride + j*column_stride]
//   partial [MAPS, BLOCKS*64, 4]: min, max, non-finite count, sum; without any finite number
//   3.4e38, -3.4e38, count, 0
// One invocation goes through `steps` elements of one map, 64 apart, so that neighbours read
// neighbouring addresses and no workgroup memory is needed. The order is fixed: runs repeat.
// Reference: src/ops/range.rs
#import shared/index
#import shared/finite

struct Params {
    len: u32,
    offset: u32,
    maps: u32,
    h: u32,
    w: u32,
    map_stride: u32,
    row_stride: u32,
    column_stride: u32,
    steps: u32,
    blocks: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;

const LARGEST = 3.40282347e38;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    let map = index / (p.blocks * 64u);
    if map >= p.maps {
        return;
    }
    let block = index / 64u % p.blocks;
    let start = p.offset + map * p.map_stride;
    var low = LARGEST;
    var high = -LARGEST;
    var bad = 0u;
    var sum = 0.0;
    for (var step = 0u; step < p.steps; step++) {
        let i = (block * p.steps + step) * 64u + local;
        if i >= p.h * p.w {
            break;
        }
        var at = i * p.column_stride;
        if p.h > 1u {
            at = i / p.w * p.row_stride + i % p.w * p.column_stride;
        }
        let value = x[start + at];
        if is_finite(value) {
            low = min(low, value);
            high = max(high, value);
            sum += value;
        } else {
            bad++;
        }
    }
    partial[index * 4u] = low;
    partial[index * 4u + 1u] = high;
    partial[index * 4u + 2u] = f32(bad);
    partial[index * 4u + 3u] = sum;
}
