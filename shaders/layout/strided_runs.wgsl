// A strided copy out of a tensor for software adapters; formula and shapes as in strided.wgsl.
// One invocation copies 16 neighbours: where they lie is found once, since divisions are dear. Up to 4 axes.
// Reference: src/ops/layout/strided.rs
#import shared/index

struct Params {
    size: vec4<u32>,
    size_high: vec4<u32>,
    stride: vec4<i32>,
    stride_high: vec4<i32>,
    offset: u32,
    len: u32,
    whole: u32,
    rank: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = flat_index(group, groups, local, 8u) * 16u;
    if first >= p.len {
        return;
    }
    // A software adapter runs both sides of a branch, so what carries from axis to axis is chosen, not jumped over.
    let size = p.size;
    let step = p.stride;
    let back = vec4<i32>(size) * step;
    var c = vec4(
        first % size.x,
        first / size.x % size.y,
        first / (size.x * size.y) % size.z,
        first / (size.x * size.y * size.z),
    );
    var at = i32(p.offset) + dot(vec4<i32>(c), step);
    for (var i = first; i < min(first + 16u, p.len); i++) {
        y[i] = x[u32(at)];
        c.x++;
        let row = c.x == size.x;
        c.x = select(c.x, 0u, row);
        c.y += u32(row);
        let plane = c.y == size.y;
        c.y = select(c.y, 0u, plane);
        c.z += u32(plane);
        let whole = c.z == size.z;
        c.z = select(c.z, 0u, whole);
        at += step.x + select(0, step.y - back.x, row) + select(0, step.z - back.y, plane)
            + select(0, step.w - back.z, whole);
    }
}
