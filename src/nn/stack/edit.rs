//! A network changed by hand: one number of a layer at a time.

use super::block::{Block, Stack};

/// A number of a layer with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Maps that come out.
    Filters,
    /// Side of the window; of one that is not square, its height.
    Size,
    /// Cells from one window to the next.
    Stride,
    /// Zeros on each side.
    Pad,
}

impl Block {
    /// A number of a convolution or a pooling; none if layers of this kind have no such number.
    pub fn number(&self, which: Number) -> Option<usize> {
        match (self, which) {
            (Self::Conv { filters, .. }, Number::Filters) => Some(*filters),
            (Self::Conv { size, .. }, Number::Size) => Some(size[0]),
            (Self::Conv { stride, .. } | Self::Pool { stride, .. }, Number::Stride) => Some(*stride),
            (Self::Conv { pad, .. }, Number::Pad) => Some(*pad),
            (Self::Pool { window, .. }, Number::Size) => Some(*window),
            _ => None,
        }
    }

    /// Puts another number in place of [`Block::number`]. A window becomes square; one of a pooling that
    /// neither overlaps nor leaves gaps stays so.
    pub fn set_number(&mut self, which: Number, to: usize) {
        match (self, which) {
            (Self::Conv { filters, .. }, Number::Filters) => *filters = to,
            (Self::Conv { size, .. }, Number::Size) if size[0] != to => *size = [to; 2],
            (Self::Conv { stride, .. } | Self::Pool { stride, .. }, Number::Stride) => *stride = to,
            (Self::Conv { pad, .. }, Number::Pad) => *pad = to,
            (Self::Pool { window, stride, .. }, Number::Size) => {
                if stride == window {
                    *stride = to;
                }
                *window = to;
            }
            _ => {}
        }
    }

    /// Cells of a map that its window spans, dilation included, from one side to the other; none if it has
    /// no window.
    pub fn span(&self) -> Option<[usize; 2]> {
        match *self {
            Self::Conv { size, dilation, .. } => Some(size.map(|side| dilation * side.saturating_sub(1) + 1)),
            Self::Pool { window, .. } => Some([window; 2]),
            _ => None,
        }
    }
}

impl Stack {
    /// The blocks in the order of [`Stack::layers`], those of a residual block before its sum, each with the
    /// place in the stack of the block that holds it.
    pub fn in_order(&self) -> Vec<(usize, &Block)> {
        fn list<'a>(place: usize, block: &'a Block, all: &mut Vec<(usize, &'a Block)>) {
            if let Block::Residual(inside) = block {
                inside.iter().for_each(|inner| list(place, inner, all));
            }
            all.push((place, block));
        }
        let mut all = Vec::new();
        self.0.iter().enumerate().for_each(|(place, block)| list(place, block, &mut all));
        all
    }
}

impl Stack {
    /// Layers, counted as [`Stack::layers`] does, that stand before the block at `place`.
    fn before(&self, place: usize) -> usize {
        self.in_order().iter().filter(|(own, _)| *own < place).count()
    }

    /// The place of the block that holds layer `layer`, counted from 1; past the end that of the last block,
    /// for layer 0, the input, none.
    fn place_of(&self, layer: usize) -> Option<usize> {
        let order = self.in_order();
        order.get(layer.checked_sub(1)?).or(order.last()).map(|(place, _)| *place)
    }

    /// Puts a block behind the one that holds layer `layer`, counted from 1, for 0 in front of all; gives the
    /// number of the new layer.
    pub fn insert_behind(&mut self, layer: usize, block: Block) -> usize {
        let at = self.place_of(layer).map_or(0, |place| place + 1);
        self.0.insert(at, block);
        self.before(at + 1)
    }

    /// Takes the block that holds layer `layer` away; gives the number of the layer before it, 0 for the
    /// input.
    pub fn remove_layer(&mut self, layer: usize) -> usize {
        let Some(at) = self.place_of(layer) else { return 0 };
        self.0.remove(at);
        self.before(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_set_alone_and_read_back() {
        let mut stack: Stack = "conv 10 of 3x5 stride 2, pool 2, relu, pool 3 stride 2".parse().unwrap();
        let all = [Number::Filters, Number::Size, Number::Stride, Number::Pad];
        let has = |block: &Block| all.map(|which| block.number(which));
        assert_eq!(has(&stack.0[0]), [Some(10), Some(3), Some(2), Some(0)]);
        assert_eq!(has(&stack.0[1]), [None, Some(2), Some(2), None]);
        assert_eq!(has(&stack.0[2]), [None; 4]);
        stack.0[0].set_number(Number::Size, 3);
        stack.0[0].set_number(Number::Pad, 1);
        stack.0[1].set_number(Number::Size, 3);
        stack.0[3].set_number(Number::Size, 4);
        stack.0[2].set_number(Number::Stride, 9);
        assert_eq!(stack.to_string(), "conv 10 of 3x5 stride 2 pad 1, pool 3, relu, pool 4 stride 2");
        stack.0[0].set_number(Number::Size, 7);
        assert_eq!(stack.0[0].span(), Some([7, 7]));
    }

    #[test]
    fn layers_come_and_go_behind_the_chosen_one() {
        let mut stack: Stack = "conv 3 of 3x3, residual (relu, tanh), pool 2".parse().unwrap();
        assert_eq!(stack.insert_behind(2, Block::Flatten), 5);
        assert_eq!(stack.to_string(), "conv 3 of 3x3, residual (relu, tanh), flatten, pool 2");
        assert_eq!(stack.insert_behind(0, Block::BatchNorm), 1);
        assert_eq!(stack.insert_behind(99, Block::Flatten), 8);
        assert_eq!([stack.remove_layer(8), stack.remove_layer(1), stack.remove_layer(3)], [7, 0, 1]);
        assert_eq!(stack.to_string(), "conv 3 of 3x3, flatten, pool 2");
        assert_eq!(stack.remove_layer(0), 0);
        assert_eq!(stack.0.len(), 3);
    }

    #[test]
    fn blocks_stand_in_the_order_of_their_layers() {
        let stack: Stack = "relu, residual (conv 3 of 3x3 pad 1, residual (tanh)), pool 2".parse().unwrap();
        let order: Vec<_> = stack.in_order().into_iter().map(|(place, _)| place).collect();
        assert_eq!(order, [0, 1, 1, 1, 1, 2]);
        assert_eq!(stack.layers(&[3, 8, 8]).layers.len(), order.len());
    }
}
