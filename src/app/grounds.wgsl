// Rectangles of one colour each, as the target stores it.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) color: vec4<f32>,
}

@vertex
fn corner(@location(0) at: vec2<f32>, @location(1) color: vec4<f32>) -> Corner {
    return Corner(vec4(at, 0.0, 1.0), color);
}

@fragment
fn color(in: Corner) -> @location(0) vec4<f32> {
    return in.color;
}
