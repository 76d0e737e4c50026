//! What lies beyond the edge of a map, and stacks of layers that are padded with it.

use crate::choices;
use crate::exhibits::Problem;
use crate::exhibits::filters::{self, Filter};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, Conv2d, ConvOptions, conv_transpose, conv2d};
use crate::ops::layout::{PadMode, pad};
use crate::viz::{Look, View};

choices! {
    /// What stands in the padding.
    pub enum Edge {
        /// Nothing.
        Zeros = "zeros",
        /// The map mirrored at its edge, which is not repeated.
        Reflect = "reflect",
        /// The last cell.
        Replicate = "replicate",
        /// The other end.
        Circular = "circular",
    }
}

/// A stack of equal layers.
pub struct Stack {
    /// The input, then the map after each layer that fits.
    pub maps: Vec<Tensor>,
    /// How the maps are drawn.
    pub look: Look,
}

impl Stack {
    /// Records up to `layers` layers of a filter, `edge` with so many cells on each side; fewer where a map gets
    /// smaller than the window.
    ///
    /// # Errors
    /// If a shape rule refuses one for another reason.
    pub fn record(
        plan: &mut Plan,
        x: &Tensor,
        (filter, size): (Filter, usize),
        layers: usize,
        (edge, cells): (Edge, usize),
    ) -> Result<Self, Problem> {
        let mut stack = Self { maps: vec![x.clone()], look: Look::Diverging };
        for layer in 1..=layers {
            let x = &stack.maps[layer - 1];
            if x.shape[2] + 2 * cells < size {
                break;
            }
            let filters::Weights { w, groups, look } = filters::weights(plan, filter, size, x.shape[1]);
            let around = [(0, 0), (0, 0), (cells as isize, cells as isize), (cells as isize, cells as isize)];
            let own = match edge {
                Edge::Zeros => None,
                Edge::Reflect => Some(PadMode::Reflect),
                Edge::Replicate => Some(PadMode::Edge),
                Edge::Circular => Some(PadMode::Wrap),
            };
            let (read, zeros) = match own {
                Some(mode) => (pad(plan, x, &around, mode)?, 0),
                None => (x.clone(), cells),
            };
            let conv = Conv { pad: [zeros; 4], groups, ..Conv::default() };
            let y = conv2d(plan, &read, &w, None, &conv)?;
            plan.name(&y, &format!("{edge:?}, {cells} a side, layer {layer}").to_lowercase());
            stack.maps.push(y);
            // The first layer may read colours that the next ones do not.
            stack.look = if layer == 1 || look != Look::Sequential { look } else { stack.look };
        }
        Ok(stack)
    }

    /// The last map.
    pub fn last(&self) -> &Tensor {
        &self.maps[self.maps.len() - 1]
    }

    /// Layers that fit.
    pub fn layers(&self) -> usize {
        self.maps.len() - 1
    }
}

/// Records how many windows of a layer read each cell of its input: each place of a window spreads a 1 over what it
/// reads, which is a transposed convolution of ones with ones.
///
/// # Errors
/// If a shape rule refuses it.
pub fn reads(plan: &mut Plan, p: &Conv2d) -> Result<Tensor, Problem> {
    let [oh, ow, r, s] = [p.oh, p.ow, p.r, p.s].map(|v| v as usize);
    let windows = plan.constant("windows", &[1, 1, oh, ow], vec![1.0; oh * ow]);
    let w = plan.constant("ones", &[1, 1, r, s], vec![1.0; r * s]);
    let setting = ConvOptions {
        stride: p.stride.map(|v| v as usize).to_vec(),
        pad: p.pad.map(|v| v as usize).to_vec(),
        dilation: p.dilation.map(|v| v as usize).to_vec(),
        ..ConvOptions::new(2)
    };
    // What is left over behind the last window has no part in the output's size.
    let left = |axis: usize, input: u32, size: u32, outputs: u32| {
        let span = p.dilation[axis] * (size - 1) + 1 + p.stride[axis] * (outputs - 1);
        (input + p.pad[axis] + p.pad[axis + 2] - span) as usize
    };
    let counts = conv_transpose(
        plan,
        &windows,
        &w,
        None,
        &setting,
        &[left(0, p.h, p.r, p.oh), left(1, p.w, p.s, p.ow)],
    )?;
    plan.name(&counts, &format!("reads with {} a side", p.pad[0]));
    Ok(counts)
}

/// How large the outermost cells of a map are beside the others, from their numbers. `None` until those are there,
/// or where there are no others.
pub fn rim(view: &mut View<'_>, map: &Tensor) -> Option<f64> {
    let [.., h, w] = map.shape[..] else { return None };
    let values = view.values(map).filter(|values| values.len() == map.len())?;
    let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
    for (i, value) in values.iter().enumerate() {
        let [row, column] = [i / w % h, i % w];
        let inner = usize::from(row > 0 && column > 0 && row + 1 < h && column + 1 < w);
        sums[inner] += f64::from(value.abs());
        counts[inner] += 1.0;
    }
    (counts[1] > 0.0 && sums[1] > 0.0).then(|| sums[0] / counts[0] / (sums[1] / counts[1]))
}
