// Numbers to colours, as colormap.wgsl, for adapters that are processors: one range for all maps, read once for
// sixteen pixels.
//   x [LEN], scale [4], lut [256], pixels [HEIGHT, PITCH]
// One invocation makes sixteen neighbouring pixels of a row; PITCH is a multiple of 64.
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

const PIXELS: u32 = 16u;

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var column = id.x * PIXELS;
    let row = id.y;
    if column >= p.pitch || row >= p.height {
        return;
    }
    var lo = scale[0];
    var hi = scale[1];
    if p.symmetric != 0u {
        hi = max(abs(lo), abs(hi));
        lo = -hi;
    }
    // Integers are divided one by one on processors, floats eight at a time.
    let wide = p.w + p.gap;
    let tile_y = u32((f32(row) + 0.5) / f32(p.h + p.gap));
    let i = row - tile_y * (p.h + p.gap);
    var tile_x = u32((f32(column) + 0.5) / f32(wide));
    var j = column - tile_x * wide;
    for (var k = 0u; k < PIXELS; k++) {
        let map = tile_y * p.columns + tile_x;
        var made = p.background;
        if column >= p.width {
            made = 0u;
        } else if i < p.h && j < p.w && map < p.maps {
            let value = x[p.offset + map * p.map_stride + i * p.row_stride + j * p.column_stride];
            if is_finite(value) {
                made = lut[level(value, lo, hi, p.symmetric != 0u)];
            } else {
                made = select(p.infinite, p.nan, is_nan(value));
            }
        }
        pixels[row * p.pitch + column] = made;
        column += 1u;
        j += 1u;
        if j == wide {
            j = 0u;
            tile_x += 1u;
        }
    }
}
