// Gradients of layer and root-mean-square normalisation, as layer_norm_backward.wgsl, for GPUs.
//   x, dy, dx, products [ROWS, WIDTH]   gamma [WIDTH] or absent
// One workgroup of 256 computes one row. Each invocation takes every 256th element; sums are joined in
// workgroup memory, halving the number of lanes at each step, in a fixed order.
// Reference: src/ops/norm/layer.rs

struct Params {
    rows: u32,
    width: u32,
    scaled: u32, // 1 if there is a gamma
    centred: u32, // 1 if the mean is subtracted
    eps: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> products: array<f32>;

const SIZE = 256u;

var<workgroup> lanes: array<vec3<f32>, SIZE>;

fn scaled(i: u32, value: f32) -> f32 {
    if p.scaled != 0u {
        return gamma[i] * value;
    }
    return value;
}

// Sums over the workgroup, for every invocation. All must call it.
fn totals(values: vec3<f32>, local: u32) -> vec3<f32> {
    workgroupBarrier();
    lanes[local] = values;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        if local < half {
            lanes[local] += lanes[local + half];
        }
        workgroupBarrier();
    }
    return lanes[0];
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = group.y * groups.x + group.x;
    // Rows past the end, which a folded dispatch has, must reach the barriers too: they have no elements.
    let width = select(0u, p.width, row < p.rows);
    let first = row * p.width;
    var sum = 0.0;
    if p.centred != 0u {
        for (var i = local; i < width; i += SIZE) {
            sum += x[first + i];
        }
    }
    let mean = totals(vec3<f32>(sum), local).x / f32(p.width);
    // Of the squared differences, of g and of g times the difference.
    var sums = vec3<f32>(0.0);
    for (var i = local; i < width; i += SIZE) {
        let difference = x[first + i] - mean;
        let g = scaled(i, dy[first + i]);
        sums += vec3<f32>(difference * difference, g, g * difference);
    }
    let means = totals(sums, local) / f32(p.width);
    let factor = 1.0 / sqrt(means.x + p.eps);
    let g_mean = select(0.0, means.y, p.centred != 0u);
    let gh_mean = means.z * factor;
    for (var i = local; i < width; i += SIZE) {
        let at = first + i;
        let h = (x[at] - mean) * factor;
        dx[at] = (scaled(i, dy[at]) - g_mean - h * gh_mean) * factor;
        products[at] = dy[at] * h;
    }
}
