//! The layers of a network as data.

use crate::ops::unary::Act;

/// A network: one layer after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack(pub Vec<Block>);

/// A layer, or layers that belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Fully connected; maps are flattened before it.
    Dense {
        /// Numbers that come out.
        units: usize,
    },
    /// A 2-D convolution with bias.
    Conv {
        /// Maps that come out.
        filters: usize,
        /// Height and width of the window.
        size: [usize; 2],
        /// Cells from one window to the next.
        stride: usize,
        /// Zeros on each side.
        pad: usize,
        /// Cells from one weight to the next.
        dilation: usize,
        /// Divides the maps that go in and those that come out.
        groups: usize,
    },
    /// Pooling in square windows.
    Pool {
        /// What stands for a window.
        kind: PoolKind,
        /// Side of a window.
        window: usize,
        /// Cells from one window to the next.
        stride: usize,
    },
    /// An activation.
    Act(Act),
    /// Dropout of this share of the units.
    Dropout(f32),
    /// Batch normalisation.
    BatchNorm,
    /// Layers whose input is added to their output.
    Residual(Vec<Self>),
    /// Maps laid one behind the other.
    Flatten,
    /// The mean of each map.
    GlobalAverage,
}

/// What stands for a window of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// Its largest number.
    Max,
    /// Its mean.
    Average,
}

impl Block {
    /// A convolution with stride 1, no padding, no dilation, one group.
    pub fn conv(filters: usize, size: [usize; 2]) -> Self {
        Self::Conv { filters, size, stride: 1, pad: 0, dilation: 1, groups: 1 }
    }
}

impl Stack {
    /// The first `n` blocks: what can still be built where a later one cannot.
    #[must_use]
    pub fn first(&self, n: usize) -> Self {
        Self(self.0.iter().take(n).cloned().collect())
    }

    /// The same with a fully connected layer behind it.
    #[must_use]
    pub fn with_dense(&self, units: usize) -> Self {
        Self(self.0.iter().cloned().chain([Block::Dense { units }]).collect())
    }
}
