// s of local response normalisation of the element at `index`, in channel c. For shaders with `x` whose
// parameters `p` are those of it.
fn total(index: u32, c: u32) -> f32 {
    let first = c - min(c, (p.size - 1u) / 2u);
    let past = min(c + p.size / 2u + 1u, p.c);
    var squares = 0.0;
    for (var j = first; j < past; j++) {
        let value = x[index + j * p.inner - c * p.inner];
        squares += value * value;
    }
    return p.bias + p.scale * squares;
}
