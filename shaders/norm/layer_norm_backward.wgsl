// Gradients of layer normalisation, and of root-mean-square normalisation, which does not centre:
//   h_i = (x_i - mean) / s   s = sqrt(variance + eps)   g_i = gamma_i * dy_i
//   dx_i = (g_i - mean(g) - h_i * mean(g * h)) / s     products[r, i] = dy_i * h_i, for dgamma
// Without centring, mean and mean(g) are 0.
//   x, dy, dx, products [ROWS, WIDTH]   gamma [WIDTH] or absent
// One invocation computes one row, in steps of four because Mesa's software adapters end all loops of
// an invocation after 65,535 turns. Reference: src/ops/norm/layer.rs
#import shared/index

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

fn scaled(i: u32, value: f32) -> f32 {
    if p.scaled != 0u {
        return gamma[i] * value;
    }
    return value;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = flat_index(group, groups, local, 64u);
    if row >= p.rows {
        return;
    }
    let first = row * p.width;
    let width = f32(p.width);
    var mean = 0.0;
    if p.centred != 0u {
        for (var i = 0u; i < p.width; i += 4u) {
            for (var u = 0u; u < 4u; u++) {
                if i + u < p.width {
                    mean += x[first + i + u];
                }
            }
        }
        mean /= width;
    }
    var squares = 0.0;
    var g_sum = 0.0;
    var gd_sum = 0.0;
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                let difference = x[first + i + u] - mean;
                let g = scaled(i + u, dy[first + i + u]);
                squares += difference * difference;
                g_sum += g;
                gd_sum += g * difference;
            }
        }
    }
    let factor = 1.0 / sqrt(squares / width + p.eps);
    let g_mean = select(0.0, g_sum / width, p.centred != 0u);
    let gh_mean = gd_sum * factor / width;
    for (var i = 0u; i < p.width; i += 4u) {
        for (var u = 0u; u < 4u; u++) {
            if i + u < p.width {
                let at = first + i + u;
                let h = (x[at] - mean) * factor;
                dx[at] = (scaled(i + u, dy[at]) - g_mean - h * gh_mean) * factor;
                products[at] = dy[at] * h;
            }
        }
    }
}
