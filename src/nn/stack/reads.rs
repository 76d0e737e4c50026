//! What of a layer's input a part of its output reads: windows followed backwards, layer by layer.

use super::block::{Block, Stack};

/// Rows and columns of a map, the first and the last of each; in the padding negative or past the end.
/// Single numbers count as columns of one row.
pub type Region = [[i64; 2]; 2];

/// All of a shape `[C, H, W]` or `[N]`.
fn whole(shape: &[usize]) -> Region {
    let last = |side: usize| [0, side as i64 - 1];
    match *shape {
        [_, h, w] => [last(h), last(w)],
        _ => [[0, 0], last(shape.iter().product())],
    }
}

impl Block {
    /// The part of its input `from`, `[C, H, W]` or `[N]`, that a part of its output reads.
    fn reads(&self, from: &[usize], region: Region) -> Region {
        let slid = |span: [usize; 2], stride: usize, pad: usize| {
            [0, 1].map(|axis| {
                let [first, last] = region[axis].map(|cell| cell * stride as i64 - pad as i64);
                [first, last + span[axis] as i64 - 1]
            })
        };
        match (self, self.span()) {
            (Self::Conv { stride, pad, .. }, Some(span)) => slid(span, *stride, *pad),
            (Self::Pool { stride, .. }, Some(span)) => slid(span, *stride, 0),
            (Self::Dense { .. } | Self::GlobalAverage, _) => whole(from),
            (Self::Flatten, _) => match (from, region[1]) {
                (&[_, h, w], [first, last]) if first == last => {
                    let at = first.rem_euclid((h * w).max(1) as i64);
                    let [row, column] = [at / w.max(1) as i64, at % w.max(1) as i64];
                    [[row; 2], [column; 2]]
                }
                _ => whole(from),
            },
            // The branch of a residual block sees more than what goes past it, and is followed.
            _ => region,
        }
    }
}

impl Stack {
    /// What a part of the output of layer `layer` reads of each layer before it, the input of the network
    /// first and the part itself last; `shapes` are those of the input and of each layer.
    pub fn reads(&self, shapes: &[Vec<usize>], layer: usize, region: Region) -> Vec<Region> {
        let blocks = self.in_order();
        let mut regions = vec![region];
        for i in (0..layer.min(blocks.len())).rev() {
            let read = blocks[i].1.reads(&shapes[i], regions[regions.len() - 1]);
            regions.push(read);
        }
        regions.reverse();
        regions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str, layer: usize, region: Region) -> Vec<Region> {
        let stack: Stack = text.parse().unwrap();
        let layers = stack.layers(&[3, 39, 39]).layers;
        let shapes: Vec<_> =
            std::iter::once(vec![3, 39, 39]).chain(layers.into_iter().map(|l| l.to)).collect();
        stack.reads(&shapes, layer, region)
    }

    #[test]
    fn windows_are_followed_to_the_input_and_agree_with_the_receptive_field() {
        let text = "conv 10 of 3x3, conv 20 of 5x5 stride 2, conv 40 of 5x5 stride 2, flatten, dense 10";
        let corner = reads(text, 3, [[0, 0], [6, 6]]);
        assert_eq!(corner, [[[0, 14], [24, 38]], [[0, 12], [24, 36]], [[0, 4], [12, 16]], [[0, 0], [6, 6]]]);
        // Number 50 of the vector is cell (0, 1) of the second map.
        assert_eq!(reads(text, 4, [[0, 0], [50, 50]])[3], [[0, 0], [1, 1]]);
        assert_eq!(reads(text, 5, [[0, 0], [4, 4]])[0], [[0, 38], [0, 38]]);
        assert_eq!(reads(text, 0, [[4, 4], [5, 5]]), [[[4, 4], [5, 5]]]);
        let padded =
            reads("conv 4 of 3x3 pad 1 dilation 2, residual (conv 4 of 3x3 pad 1, relu)", 4, [[0; 2]; 2]);
        assert_eq!(padded[0], [[-2, 4], [-2, 4]]);
        assert_eq!(padded[1], [[-1, 1], [-1, 1]]);
    }
}
