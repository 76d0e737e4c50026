//! What the page on backpropagation records of a trained CNN: forward to the loss of one picture, backward to all weights and
//! all maps, and the two gradients of each convolution once more by an ordinary convolution.

use crate::data::fashion::{CLASSES, SIDE};
use crate::exhibits::difference::largest_difference;
use crate::exhibits::networks::seen::Source;
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::gradient::{GradientError, backward};
use crate::ops::layout::{Cut, concat, slice, transpose};
use crate::ops::loss::{ClassLoss, cross_entropy};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};
use crate::recipes::blocks::{self, SUMS, Weights};
use crate::settings::Choice as _;
use crate::viz::View;

/// Convolutions of the network.
pub const LAYERS: usize = SUMS.len();
/// Side of their windows, and zeros around their inputs.
pub const WINDOW: usize = 3;
pub const PAD: usize = 1;

/// A convolution with its gradients.
pub struct Layer {
    /// What it reads, `[1, C, side, side]`.
    pub x: Tensor,
    /// Its kernels, `[K, C, 3, 3]`.
    pub w: Tensor,
    /// Gradient of its output, `[1, K, side, side]`.
    pub dy: Tensor,
    /// Gradient of its kernels by the backward kernel, and by a convolution of `x` with `dy`.
    pub dw: [Tensor; 2],
    /// Gradient of its input by the backward kernel, and by a full convolution of `dy` with the flipped kernels.
    pub dx: [Tensor; 2],
}

/// What was recorded.
pub struct KernelGradients {
    /// The convolutions.
    pub layers: Vec<Layer>,
    /// Operations of the network forward, and of all gradients.
    pub operations: [f64; 2],
    /// Of each layer the largest difference between both ways, of kernel and input, then the largest gradients, `[16]`.
    told: Tensor,
}

/// How far both ways are apart, and how large the gradients are: of the kernels, of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// Largest differences.
    pub by: [f64; 2],
    /// Largest gradients.
    pub of: [f64; 2],
}

impl KernelGradients {
    /// Records all of it for the test picture of a class.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(on: &mut Recording<'_>, source: Source) -> Result<Self, Problem> {
        let plan = &mut on.plan;
        let before = plan.flops();
        let grey = source.grey().unwrap_or_else(|| vec![0.0; SIDE * SIDE]);
        let picture = plan.constant("picture", &[1, 1, SIDE, SIDE], grey);
        let all = blocks::record(plan, &picture, usize::MAX, Weights::Trained)?;
        let scores = all.last().map_or(&picture, |(_, scores)| scores);
        let label = plan.constant("label", &[1], vec![source.index() as u32]);
        let scores = scores.view(&[1, CLASSES.len()]);
        let loss = cross_entropy(plan, &scores, &label, &ClassLoss::default())?.loss;
        plan.name(&loss, "loss of the CNN");
        let forward = plan.flops() - before;
        let parameters = parameters(plan);
        let mut convolutions = Vec::new();
        for end in SUMS {
            let x = if end == 1 { &picture } else { &all[end - 2].1 };
            let y = &all[end - 1].1;
            let w = kernels(plan, y, x.shape[1]);
            convolutions.push((x.clone(), w, y.clone()));
        }
        let mut wanted: Vec<&Tensor> = parameters.iter().collect();
        wanted.extend(convolutions.iter().flat_map(|(x, w, y)| [x, w, y]));
        let found = backward(plan, &loss, None, &wanted)?;
        let operations = [forward, plan.flops() - before - forward];
        let get = |of: &Tensor| {
            let name = || plan_name(of);
            found.of(of).ok_or_else(|| GradientError::Unreached { name: name() })
        };
        let mut layers = Vec::new();
        let (mut apart, mut sizes) = (Vec::new(), Vec::new());
        for (at, (x, w, y)) in convolutions.into_iter().enumerate() {
            let (dy, dw, dx) = (get(&y)?, get(&w)?, get(&x)?);
            let dw = [dw, correlated(plan, &x, &dy)?];
            let dx = [dx, full(plan, &dy, &w)?];
            for (pair, of) in [(&dw, "kernels"), (&dx, "input")] {
                plan.name(
                    &pair[1],
                    &format!("gradient of the {of} of convolution {}, by a convolution", at + 1),
                );
                apart.push(largest_difference(plan, &pair[0], &pair[1])?);
                let size = activation(plan, &pair[0], Act::ABS);
                sizes.push(reduce(plan, &size.view(&[size.len()]), &[0], Reduce::Max, true)?);
            }
            plan.name(&dy, &format!("gradient of the output of convolution {}", at + 1));
            layers.push(Layer { x, w, dy, dw, dx });
        }
        let told = concat(plan, &apart.iter().chain(&sizes).collect::<Vec<_>>(), 0)?;
        plan.name(&told, "differences of both ways, largest gradients");
        Ok(Self { layers, operations, told })
    }

    /// How far both ways are apart in a layer, once that is there.
    pub fn apart(&self, view: &mut View<'_>, layer: usize) -> Option<Apart> {
        let told = view.values(&self.told)?;
        let at = |i: usize| told.get(i).map_or(f64::NAN, |v| f64::from(*v));
        let pair = |first: usize| [first + 2 * layer, first + 2 * layer + 1].map(at);
        Some(Apart { by: pair(0), of: pair(2 * LAYERS) })
    }
}

/// Name for a complaint.
fn plan_name(of: &Tensor) -> String {
    format!("a map of shape {:?}", of.shape)
}

/// All weights and biases that steps of the plan read.
fn parameters(plan: &Plan) -> Vec<Tensor> {
    let layers = plan.steps.iter().filter(|step| ["conv2d", "matmul"].contains(&step.kernel.name()));
    let read = layers.flat_map(|step| step.ins.iter().skip(1).flatten());
    read.map(|&buf| Tensor { buf, shape: vec![plan.buffers[buf.0].len], dtype: plan.buffers[buf.0].dtype })
        .collect()
}

/// The kernels `[K, C, 3, 3]` by which `y [1, K, h, w]` was made.
fn kernels(plan: &Plan, y: &Tensor, channels: usize) -> Tensor {
    let (step, _) = plan.producer(y.buf).expect("a convolution made it");
    let buf = plan.steps[step.0].ins[1].expect("a convolution has kernels");
    Tensor { buf, shape: vec![y.shape[1], channels, WINDOW, WINDOW], dtype: y.dtype }
}

/// The gradient of kernels as a correlation: each map of `x [1, C, h, w]`, padded as in the layer, under each map of
/// `dy [1, K, h, w]`; `[K, C, 3, 3]`.
///
/// # Errors
/// If a shape rule refuses it.
pub fn correlated(plan: &mut Plan, x: &Tensor, dy: &Tensor) -> Result<Tensor, Problem> {
    // Each input map a picture of its own, each map of the gradient a kernel.
    let [pictures, kernels] = [x, dy].map(|t| t.view(&[t.shape[1], 1, t.shape[2], t.shape[3]]));
    let by_input = conv2d(plan, &pictures, &kernels, None, &Conv { pad: [PAD; 4], ..Conv::default() })?;
    Ok(transpose(plan, &by_input, &[1, 0, 2, 3])?)
}

/// The gradient of the input as a full convolution of `dy [1, K, h, w]` with the flipped kernels `w [K, C, 3, 3]`, without
/// the frame that was padding; `[1, C, h, w]`.
///
/// # Errors
/// If a shape rule refuses it.
pub fn full(plan: &mut Plan, dy: &Tensor, w: &Tensor) -> Result<Tensor, Problem> {
    let back = Cut { start: WINDOW - 1, len: WINDOW, step: -1 };
    let flipped = slice(plan, w, &[Cut::all(w.shape[0]), Cut::all(w.shape[1]), back, back])?;
    let flipped = transpose(plan, &flipped, &[1, 0, 2, 3])?;
    plan.name(&flipped, "flipped kernels");
    let whole = conv2d(plan, dy, &flipped, None, &Conv { pad: [WINDOW - 1; 4], ..Conv::default() })?;
    let [rows, columns] = [dy.shape[2], dy.shape[3]].map(|len| Cut { start: PAD, len, step: 1 });
    Ok(slice(plan, &whole, &[Cut::all(1), Cut::all(w.shape[1]), rows, columns])?)
}
