//! What the page on backpropagation records of its small network: every operation forward, the gradient of each backward,
//! layer by layer, the local derivatives, the central differences of all parameters in one batch of networks, and the
//! loss after one step of SGD.

use super::layered::{INPUTS, Sizes};
use crate::choices;
use crate::exhibits::difference::largest_difference;
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::backward;
use crate::ops::layout::{concat, expand, fill, narrow};
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation, d_activation};
use crate::viz::View;

/// By how much a parameter is changed to both sides for its central difference.
pub const H: f32 = 0.01;

choices! {
    /// What follows the sums of the hidden units.
    pub enum Activation {
        /// 1/(1 + e⁻ˣ)
        Sigmoid = "sigmoid",
        /// tanh x
        Tanh = "tanh",
        /// max(x, 0)
        Relu = "ReLU",
        /// Nothing.
        None = "none",
    }
}

choices! {
    /// What the output is judged by.
    pub enum Loss {
        /// (ŷ − t)², of an output without activation.
        Squared = "squared error",
        /// −t·ln ŷ − (1 − t)·ln(1 − ŷ), of an output behind a sigmoid.
        Entropy = "cross-entropy",
    }
}

choices! {
    /// Which local derivative is put to 0 on the way back.
    pub enum Cut {
        /// None.
        None = "none",
        /// That of the activation of the first unit of the first hidden layer.
        First = "activation of unit 1",
        /// Of the second one.
        Second = "activation of unit 2",
        /// That of the product of the output unit with the first unit before it.
        Edge = "unit 1 to output",
        /// That of the activation of the output unit: everything lies behind it.
        Output = "activation of output",
    }
}

impl Activation {
    /// Its kernel.
    pub fn act(self) -> Act {
        match self {
            Self::Sigmoid => Act::SIGMOID,
            Self::Tanh => Act::TANH,
            Self::Relu => Act::RELU,
            Self::None => Act::IDENTITY,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Of the hidden units.
    pub activation: Activation,
    /// What the output is judged by.
    pub loss: Loss,
    /// Hidden layers, 1 or 2.
    pub layers: usize,
    /// The inputs.
    pub x: [f32; INPUTS],
    /// What the output should be.
    pub target: f32,
    /// All parameters in the order of [`Sizes`].
    pub parameters: Vec<f32>,
    /// The link that is cut.
    pub cut: Cut,
    /// Learning rate of the one step.
    pub rate: f32,
}

/// A layer forward, of a batch of networks.
pub struct Forward {
    /// What each product reads, `[B, units, inputs]`.
    pub read: Tensor,
    /// Weights, `[B, units, inputs]`.
    pub w: Tensor,
    /// Biases, `[B, units]`.
    pub b: Tensor,
    /// `w·x`, `[B, units, inputs]`.
    pub products: Tensor,
    /// Sums with the bias, `[B, units]`.
    pub z: Tensor,
    /// What the activation makes of them, `[B, units]`.
    pub a: Tensor,
}

/// Gradients of a layer of the one network.
struct Back {
    /// Of each product, `[1, units, inputs]`.
    products: Tensor,
    /// Of the weights.
    w: Tensor,
    /// Of the biases.
    b: Tensor,
    /// Of the sums, with a cut link.
    z: Tensor,
    /// Of what the activation puts out.
    a: Tensor,
}

/// What was recorded.
pub struct Propagated {
    /// Its units.
    pub sizes: Sizes,
    /// What was asked for.
    pub asked: Asked,
    /// The layers forward.
    pub forward: Vec<Forward>,
    /// `[1, 1]`.
    pub loss: Tensor,
    /// All that [`Numbers`] are read from.
    told: Tensor,
}

/// Numbers of a layer; those of units by units, of weights unit by unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What the units read.
    pub read: Vec<f32>,
    /// `w·x`.
    pub products: Vec<f32>,
    /// Sums.
    pub z: Vec<f32>,
    /// Behind the activation.
    pub a: Vec<f32>,
    /// Local derivatives of the activation, a cut one 0.
    pub slopes: Vec<f32>,
    /// Gradients of the products, of the sums, of what the activation puts out.
    pub d_products: Vec<f32>,
    /// Of the sums.
    pub d_z: Vec<f32>,
    /// Of what the activation puts out.
    pub d_a: Vec<f32>,
}

/// What the kernels gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// By layers.
    pub layers: Vec<Layer>,
    /// Gradients of all parameters.
    pub gradients: Vec<f32>,
    /// Their central differences.
    pub differences: Vec<f32>,
    /// All parameters after the step.
    pub stepped: Vec<f32>,
    /// The loss, and that after the step.
    pub losses: [f32; 2],
    /// Largest difference between gradients and central differences.
    pub apart: f32,
}

impl Asked {
    /// Activation of a layer.
    fn act(&self, layer: usize) -> Act {
        match (layer == self.layers, self.loss) {
            (false, _) => self.activation.act(),
            (true, Loss::Squared) => Act::IDENTITY,
            (true, Loss::Entropy) => Act::SIGMOID,
        }
    }

    /// Name of the local derivative of the activation of a layer.
    pub fn slope_name(&self, layer: usize) -> String {
        match self.act_name(layer) {
            "z" => if layer == self.layers { "∂ŷ/∂z" } else { "∂a/∂z" }.to_owned(),
            name => format!("{name}′"),
        }
    }

    /// Name of the activation of a layer.
    pub fn act_name(&self, layer: usize) -> &'static str {
        let last = layer == self.layers;
        match (last, self.activation, self.loss) {
            (true, _, Loss::Squared) | (false, Activation::None, _) => "z",
            (true, ..) | (false, Activation::Sigmoid, _) => "σ",
            (false, Activation::Tanh, _) => "tanh",
            (false, Activation::Relu, _) => "ReLU",
        }
    }

    /// Whether the activation of this unit is cut.
    pub fn cuts_unit(&self, layer: usize, unit: usize) -> bool {
        match self.cut {
            Cut::First => layer == 0 && unit == 0,
            Cut::Second => layer == 0 && unit == 1,
            Cut::Output => layer == self.layers,
            Cut::None | Cut::Edge => false,
        }
    }

    /// Whether the product of this unit with this input is cut.
    pub fn cuts_edge(&self, layer: usize, input: usize) -> bool {
        self.cut == Cut::Edge && layer == self.layers && input == 0
    }

    /// The network on a batch of parameters `[B, P]`, with the loss of each, `[B, 1]`.
    fn forward(&self, plan: &mut Plan, parameters: &Tensor) -> Result<(Vec<Forward>, Tensor), Problem> {
        let sizes = Sizes::hidden(self.layers);
        let batch = parameters.shape[0];
        let mut a = plan.constant("x", &[1, INPUTS], self.x.to_vec());
        let mut layers = Vec::new();
        for layer in 0..sizes.layers() {
            let [inputs, units] = sizes.of(layer);
            let first = sizes.first(layer);
            let w = narrow(plan, parameters, 1, first, inputs * units)?.view(&[batch, units, inputs]);
            plan.name(&w, &format!("weights {}", layer + 1));
            let b = narrow(plan, parameters, 1, first + inputs * units, units)?;
            plan.name(&b, &format!("biases {}", layer + 1));
            let read = expand(plan, &a.view(&[a.shape[0], 1, inputs]), &[batch, units, inputs])?;
            if read.buf != a.buf {
                plan.name(&read, &format!("inputs of layer {}", layer + 1));
            }
            let products = binary(plan, &w, &read, Op::Multiply)?;
            plan.name(&products, &format!("products {}", layer + 1));
            let sums = reduce(plan, &products, &[2], Reduce::Sum, false)?;
            let z = binary(plan, &sums, &b, Op::Add)?;
            plan.name(&z, &format!("sums {}", layer + 1));
            a = activation(plan, &z, self.act(layer));
            plan.name(&a, &format!("outputs {}", layer + 1));
            layers.push(Forward { read, w, b, products, z, a: a.clone() });
        }
        let target = fill(plan, "target", &a.shape, self.target);
        let loss = match self.loss {
            Loss::Squared => Pointwise::Squared,
            Loss::Entropy => Pointwise::BinaryCrossEntropy,
        };
        let loss = pointwise_loss(plan, &a, &target, loss, Reduction::None)?;
        Ok((layers, loss))
    }

    /// Zero where a local derivative is cut, else one: of the units of a layer, and of their products with what they read.
    fn masks(&self, layer: usize, [inputs, units]: [usize; 2]) -> [Vec<f32>; 2] {
        let open = |cut: bool| f32::from(u8::from(!cut));
        [
            (0..units).map(|unit| open(self.cuts_unit(layer, unit))).collect(),
            (0..inputs * units).map(|at| open(self.cuts_edge(layer, at % inputs))).collect(),
        ]
    }
}

impl Propagated {
    /// Records all of it.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(on: &mut Recording<'_>, asked: Asked) -> Result<Self, Problem> {
        let plan = &mut on.plan;
        let sizes = Sizes::hidden(asked.layers);
        let count = sizes.parameters();
        let parameters = plan.constant("parameters", &[1, count], asked.parameters.clone());
        let (forward, loss) = asked.forward(plan, &parameters)?;
        plan.name(&loss, "loss");
        let mut back = Vec::new();
        let mut slopes = Vec::new();
        let last = &forward[forward.len() - 1].a;
        let mut d_a = backward(plan, &loss, None, &[last])?.of(last).expect("it was asked for");
        plan.name(&d_a, "gradient of the output");
        for (layer, of) in forward.iter().enumerate().rev() {
            let [units, products] = asked.masks(layer, sizes.of(layer));
            let open = plan.constant("links of the units", &of.z.shape, units);
            let ones = fill(plan, "ones", &of.z.shape, 1.0);
            let slope = d_activation(plan, &of.z, &ones, asked.act(layer));
            let slope = binary(plan, &slope, &open, Op::Multiply)?;
            plan.name(&slope, &format!("local derivatives {}", layer + 1));
            slopes.push(slope);
            let through = backward(plan, &of.a, Some(&d_a), &[&of.z])?.of(&of.z).expect("it was asked for");
            let d_z = binary(plan, &through, &open, Op::Multiply)?;
            plan.name(&d_z, &format!("gradient of sums {}", layer + 1));
            let wanted = [&of.w, &of.b, &of.products, &of.read];
            let found = backward(plan, &of.z, Some(&d_z), &wanted)?;
            let [w, b, d_products, d_read] = wanted.map(|t| found.of(t).expect("it was asked for"));
            let arrives = d_a.clone();
            if layer > 0 {
                // Each product sends its own part back; a unit that several read gets their sum.
                let open = plan.constant("links of the products", &of.read.shape, products);
                let d_read = binary(plan, &d_read, &open, Op::Multiply)?;
                let below = &forward[layer - 1].a;
                d_a = reduce(plan, &d_read, &[1], Reduce::Sum, false)?.view(&below.shape);
                plan.name(&d_a, &format!("gradient of outputs {layer}"));
            }
            back.push(Back { products: d_products, w, b, z: d_z, a: arrives });
        }
        back.reverse();
        slopes.reverse();
        let flat = |t: &Tensor| t.view(&[t.len()]);
        let parts: Vec<Tensor> = back.iter().flat_map(|of| [flat(&of.w), flat(&of.b)]).collect();
        let gradients = concat(plan, &parts.iter().collect::<Vec<_>>(), 0)?;
        plan.name(&gradients, "gradients of all parameters");
        let down = affine(plan, &gradients, -asked.rate, 0.0).view(&[1, count]);
        let stepped = binary(plan, &parameters, &down, Op::Add)?;
        plan.name(&stepped, "parameters after one step");
        let (differences, after) = differences(plan, &asked, &parameters, &stepped)?;
        let apart = largest_difference(plan, &gradients, &differences)?;
        let mut told = Vec::new();
        for ((of, back), slope) in forward.iter().zip(&back).zip(&slopes) {
            let numbers = [&of.read, &of.products, &of.z, &of.a, slope, &back.products, &back.z, &back.a];
            told.extend(numbers.map(flat));
        }
        told.extend([gradients, differences, flat(&stepped), flat(&loss), after, apart]);
        let told = concat(plan, &told.iter().collect::<Vec<_>>(), 0)?;
        plan.name(&told, "all numbers of the small network");
        Ok(Self { sizes, asked, forward, loss, told })
    }

    /// What the kernels gave, once it is there.
    pub fn read(&self, view: &mut View<'_>) -> Option<Numbers> {
        Numbers::read(&self.sizes, &view.values(&self.told)?)
    }
}

/// Central differences of all parameters, and the loss of the network after its step: all in one batch of networks.
fn differences(
    plan: &mut Plan,
    asked: &Asked,
    parameters: &Tensor,
    stepped: &Tensor,
) -> Result<(Tensor, Tensor), Problem> {
    let count = parameters.len();
    let shifted = (0..2 * count * count).map(|i| {
        let (network, at) = (i / count, i % count);
        let to = if network < count { H } else { -H };
        if network % count == at { to } else { 0.0 }
    });
    let shifts = plan.constant("each parameter moved", &[2 * count, count], shifted.collect::<Vec<_>>());
    let moved = binary(plan, &shifts, parameters, Op::Add)?;
    let batch = concat(plan, &[&moved, stepped], 0)?;
    plan.name(&batch, "parameters of all networks");
    let (_, losses) = asked.forward(plan, &batch)?;
    let losses = losses.view(&[2 * count + 1]);
    plan.name(&losses, "losses of all networks");
    let [up, down] = [0, count].map(|first| narrow(plan, &losses, 0, first, count));
    let rise = binary(plan, &up?, &down?, Op::Subtract)?;
    let differences = affine(plan, &rise, 0.5 / H, 0.0);
    plan.name(&differences, "central differences");
    Ok((differences, narrow(plan, &losses, 0, 2 * count, 1)?))
}

impl Numbers {
    /// From the numbers that were recorded.
    fn read(sizes: &Sizes, mut told: &[f32]) -> Option<Self> {
        let mut take = |n: usize| {
            let (taken, rest) = told.split_at_checked(n)?;
            told = rest;
            Some(taken.to_vec())
        };
        let mut layers = Vec::new();
        for layer in 0..sizes.layers() {
            let [inputs, units] = sizes.of(layer);
            let all = inputs * units;
            layers.push(Layer {
                read: take(all)?,
                products: take(all)?,
                z: take(units)?,
                a: take(units)?,
                slopes: take(units)?,
                d_products: take(all)?,
                d_z: take(units)?,
                d_a: take(units)?,
            });
        }
        let count = sizes.parameters();
        let [gradients, differences, stepped] = [take(count)?, take(count)?, take(count)?];
        let rest = take(3)?;
        let (losses, apart) = ([rest[0], rest[1]], rest[2]);
        Some(Self { layers, gradients, differences, stepped, losses, apart })
    }
}
