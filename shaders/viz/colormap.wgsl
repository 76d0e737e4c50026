// Numbers to colours: maps of a tensor side by side as one picture.
//   level = floor(256 * (x - lo) / (hi - lo)), held to 0..255;  colour = lut[level]
//   x [LEN], of which map m, row i, column j is x[offset + m*map_stride + i*row_stride + j*column_stride]
//   scale [4] or, with per_map, [MAPS, 4]: lo, hi and two numbers that are not read
//   lut [256] and pixels [HEIGHT, PITCH]: red in the lowest byte, then green, blue, alpha
// Map m lies in tile (m / columns, m % columns), tiles `gap` pixels apart; what belongs to no map is
// `background`, what lies right of the picture is 0. Symmetric: the range is ±max(|lo|, |hi|), so
// that 0 has the colour of the centre. Where hi = lo, everything has the colour of the centre, but
// without symmetry that of the low end where nothing is above 0: zeros are nothing, not half of something.
// One invocation makes one pixel.
// Reference: src/ops/view/colormap.rs
#import shared/finite
#import shared/level

struct Params {
    len: u32,
    offset: u32,
    maps: u32,
    h: u32,
    w: u32,
    map_stride: u32,
    row_stride: u32,
    column_stride: u32,
    columns: u32,
    gap: u32,
    width: u32,
    height: u32,
    pitch: u32,
    per_map: u32,
    symmetric: u32,
    nan: u32,
    infinite: u32,
    background: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> lut: array<u32>;
@group(0) @binding(4) var<storage, read_write> pixels: array<u32>;

// a / b for a up to 8192: integers are divided one by one on processors, floats eight at a time.
fn divide(a: u32, b: u32) -> u32 {
    return u32((f32(a) + 0.5) / f32(b));
}

fn colour(column: u32, row: u32) -> u32 {
    if column >= p.width {
        return 0u;
    }
    let tile = vec2<u32>(divide(column, p.w + p.gap), divide(row, p.h + p.gap));
    let j = column - tile.x * (p.w + p.gap);
    let i = row - tile.y * (p.h + p.gap);
    let map = tile.y * p.columns + tile.x;
    if i >= p.h || j >= p.w || map >= p.maps {
        return p.background;
    }
    let value = x[p.offset + map * p.map_stride + i * p.row_stride + j * p.column_stride];
    var lo = scale[0];
    var hi = scale[1];
    if p.per_map != 0u {
        lo = scale[map * 4u];
        hi = scale[map * 4u + 1u];
    }
    if p.symmetric != 0u {
        hi = max(abs(lo), abs(hi));
        lo = -hi;
    }
    if is_finite(value) {
        return lut[level(value, lo, hi, p.symmetric != 0u)];
    }
    return select(p.infinite, p.nan, is_nan(value));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < p.pitch && id.y < p.height {
        pixels[id.y * p.pitch + id.x] = colour(id.x, id.y);
    }
}
