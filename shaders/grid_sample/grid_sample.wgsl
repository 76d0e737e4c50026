// Sampling at computed positions: y[n, c, q] is x[n, c] at grid[n, q], positions from -1 to 1 in the order
// x, y, z, between elements the nearest, or interpolated linearly or with a cubic.
//   x [N, C, DEPTH, HEIGHT, WIDTH]   grid [N, POINTS, AXES]   y [N, C, POINTS]
// One invocation computes one element. Reference: src/ops/grid_sample.rs
#import shared/index

struct Params {
    n: u32,
    c: u32,
    depth: u32,
    height: u32,
    width: u32,
    points: u32,
    axes: u32,
    between: u32,
    beyond: u32,
    align: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> grid: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Mirrors a place at both ends as often as it takes.
fn reflected(at: f32, first: f32, last: f32) -> f32 {
    let span = last - first;
    if span <= 0.0 {
        return first;
    }
    if at >= first && at <= last {
        return at;
    }
    let beyond = select(at - last, first - at, at < first);
    let turns = floor(beyond / span);
    let rest = beyond - turns * span;
    let even = (turns - 2.0 * floor(turns / 2.0)) == 0.0;
    return select(last - rest, first + rest, even == (at < first));
}

fn within(at: f32, length: f32) -> f32 {
    return min(max(at, 0.0), length - 1.0);
}

fn mirrored(at: f32, length: f32) -> f32 {
    if p.align == 1u {
        return reflected(at, 0.0, length - 1.0);
    }
    return reflected(at, -0.5, length - 0.5);
}

// The place in an axis of a position from -1 to 1.
fn place(position: f32, length: f32) -> f32 {
    var at = ((position + 1.0) * length - 1.0) / 2.0;
    if p.align == 1u {
        at = (position + 1.0) / 2.0 * (length - 1.0);
    }
    if p.between == 0u {
        at = round(at);
    }
    let edge = select(0.5, 0.0, p.align == 1u);
    if at >= -edge && at <= length - 1.0 + edge {
        return at;
    }
    switch p.beyond {
        case 1u: { return within(at, length); }
        case 2u: { return mirrored(at, length); }
        default: { return at; }
    }
}

// The element at a whole place, -1 for none.
fn element(at: f32, length: f32) -> i32 {
    switch p.beyond {
        case 1u: { return i32(within(at, length)); }
        case 2u: { return i32(within(mirrored(at, length), length)); }
        default: { return select(-1, i32(max(at, 0.0)), at >= 0.0 && at < length); }
    }
}

// The cubic of Keys at a distance.
fn keys(distance: f32) -> f32 {
    let a = -0.75;
    let d = abs(distance);
    let near = ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0;
    let far = ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a;
    return select(select(0.0, far, d < 2.0), near, d <= 1.0);
}

// Weight of the element `t` steps from the one below a place.
fn weight(t: i32, fraction: f32) -> f32 {
    switch p.between {
        case 0u: { return 1.0; }
        case 1u: { return select(fraction, 1.0 - fraction, t == 0); }
        default: { return keys(f32(t) - fraction); }
    }
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = flat_index(group, groups, local, 64u);
    if index >= p.n * p.c * p.points {
        return;
    }
    let at = (index / (p.points * p.c) * p.points + index % p.points) * p.axes;
    let sides = vec3<f32>(f32(p.width), f32(p.height), f32(p.depth));
    var places = vec3<f32>(place(grid[at], sides.x), place(grid[at + 1u], sides.y), 0.0);
    if p.axes == 3u {
        places.z = place(grid[at + 2u], sides.z);
    }
    let below = floor(places);
    let fractions = places - below;
    let plane = index / p.points * p.depth * p.height * p.width;
    // Steps from the element below: none, two or four of them; a picture has no depth to step in.
    let first = select(0, -1, p.between == 2u);
    let last = i32(p.between);
    let first_z = select(0, first, p.axes == 3u);
    let last_z = select(0, last, p.axes == 3u);
    var sum = 0.0;
    for (var tz = first_z; tz <= last_z; tz++) {
        let z = select(0, element(below.z + f32(tz), sides.z), p.axes == 3u);
        let weight_z = select(1.0, weight(tz, fractions.z), p.axes == 3u);
        for (var ty = first; ty <= last; ty++) {
            let row = element(below.y + f32(ty), sides.y);
            let weight_y = weight_z * weight(ty, fractions.y);
            for (var tx = first; tx <= last; tx++) {
                let column = element(below.x + f32(tx), sides.x);
                if z >= 0 && row >= 0 && column >= 0 {
                    let from_plane = (u32(z) * p.height + u32(row)) * p.width + u32(column);
                    sum += weight_y * weight(tx, fractions.x) * x[plane + from_plane];
                }
            }
        }
    }
    y[index] = sum;
}
