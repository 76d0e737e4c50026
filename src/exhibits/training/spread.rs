//! What the page on random weights records: a deep network on pictures, forwards and backwards, how its sums, activations
//! and gradients are spread layer by layer, and where other schemes have come to in the last layer.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::choices;
use crate::data::fashion::{Images, PIXELS};
use crate::exhibits::Problem;
use crate::gpu::{Data, Plan, Tensor};
use crate::nn::Init;
use crate::ops::affine::clip;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::backward;
use crate::ops::histogram::histograms;
use crate::ops::layout::concat;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::moments;
use crate::ops::philox::Rng;
use crate::ops::unary::{Act, activation};
use crate::settings::Choice as _;
use crate::viz::View;

/// Pictures that go through the network.
pub const PICTURES: usize = 16;
/// Ends of all histograms; what lies beyond is counted in the outermost bins.
pub const REACH: f32 = 4.0;
/// Random numbers that are kept: those of so many layers.
const KEPT: usize = 400;

choices! {
    /// How large weights are.
    pub enum Scheme {
        /// Variance 2/fan-in.
        He = "He",
        /// Variance 2/(fan-in + fan-out).
        Xavier = "Xavier",
        /// Variance 1/fan-in.
        LeCun = "LeCun",
        /// Rows or columns that are orthogonal and of length 1.
        Orthogonal = "orthogonal",
        /// Deviation 0.01 whatever the fans.
        Small = "normal 0.01",
    }
}

choices! {
    /// How weights are distributed.
    pub enum Distribution {
        /// Bell-shaped.
        Normal = "normal",
        /// Between two bounds.
        Uniform = "uniform",
    }
}

choices! {
    /// Activation of every layer.
    pub enum Activation {
        /// max(x, 0)
        Relu = "ReLU",
        /// Between −1 and 1.
        Tanh = "tanh",
        /// Between 0 and 1.
        Sigmoid = "sigmoid",
        /// As it is.
        None = "none",
        /// Keeps mean 0 and variance 1 behind LeCun's weights.
        Selu = "SELU",
        /// x·Φ(x)
        Gelu = "GELU",
    }
}

choices! {
    /// What of each layer is shown.
    pub enum Seen {
        /// What goes into its activation.
        Sums = "sums",
        /// What comes out.
        Activations = "activations",
    }
}

impl Scheme {
    /// As the initialiser of its name.
    pub fn init(self) -> Init {
        match self {
            Self::He => Init::HeNormal,
            Self::Xavier => Init::XavierNormal,
            Self::LeCun => Init::LeCunNormal,
            Self::Orthogonal => Init::Orthogonal(1.0),
            Self::Small => Init::Normal(0.01),
        }
    }
}

impl Activation {
    fn act(self) -> Act {
        match self {
            Self::Relu => Act::RELU,
            Self::Tanh => Act::TANH,
            Self::Sigmoid => Act::SIGMOID,
            Self::None => Act::IDENTITY,
            Self::Selu => Act::SELU,
            Self::Gelu => Act::GELU,
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How large weights are.
    pub scheme: Scheme,
    /// How they are distributed, but where they are orthogonal.
    pub distribution: Distribution,
    /// What all of them are multiplied by.
    pub gain: f32,
    /// Activation of every layer.
    pub activation: Activation,
    /// Layers.
    pub depth: usize,
    /// Units of each.
    pub width: usize,
    /// What of each layer is shown.
    pub seen: Seen,
    /// Seed of the weights.
    pub seed: u64,
}

impl Asked {
    /// Outputs and inputs of a layer, counted from 0.
    pub fn shape(&self, layer: usize) -> [usize; 2] {
        [self.width, if layer == 0 { PIXELS } else { self.width }]
    }

    /// Standard deviation of the weights of a layer, counted from 0, of a scheme.
    pub fn deviation(&self, scheme: Scheme, layer: usize) -> f32 {
        let [fan_out, fan_in] = self.shape(layer);
        self.gain * scheme.init().deviation([fan_in, fan_out])
    }
}

/// Random numbers of mean square 1, as they were drawn: a gain that is dragged draws none anew.
#[derive(Default)]
pub struct Draws(BTreeMap<(usize, u64, usize, [usize; 2]), Data>);

impl Draws {
    /// The numbers of a layer: normal, uniform, or those of an orthogonal matrix.
    fn unit(&mut self, scheme: Scheme, asked: &Asked, layer: usize) -> Data {
        let third = 3.0_f32.sqrt();
        let (kind, init) = match (scheme, asked.distribution) {
            (Scheme::Orthogonal, _) => (0, Init::Orthogonal(1.0)),
            (_, Distribution::Normal) => (1, Init::Normal(1.0)),
            (_, Distribution::Uniform) => (2, Init::Uniform(-third, third)),
        };
        if self.0.len() > KEPT {
            self.0.clear();
        }
        let shape = asked.shape(layer);
        let drawn = self.0.entry((kind, asked.seed, layer, shape)).or_insert_with(|| {
            let mut rng = Rng::new((asked.seed << 16) ^ (layer as u64 * 4 + kind as u64));
            let values = init.values(&shape, &mut rng);
            let [fan_out, fan_in] = shape;
            let scale = 1.0 / init.deviation([fan_in, fan_out]);
            values.into_iter().map(|v| v * scale).collect::<Vec<_>>().into()
        });
        drawn.clone()
    }
}

/// Mean and variance, a number a row.
type Moments = [Tensor; 2];

/// What was recorded.
pub struct Spread {
    /// With what settings.
    pub asked: Asked,
    sums: Moments,
    activations: Moments,
    gradients: Moments,
    /// Counts of what is shown and of its gradients, `[LAYERS, BINS]`.
    counts: [Tensor; 2],
    /// Moments of the last layer of each scheme in the order of [`Scheme`], orthogonal behind the others.
    rivals: [Moments; 2],
}

/// Numbers of a layer or of all, as they were read back.
pub struct Told {
    /// Standard deviation of what is shown, by layer.
    pub forward: Vec<f64>,
    /// That of its gradient.
    pub backward: Vec<f64>,
    /// Mean squares of the sums, by layer.
    pub sums: Vec<f64>,
    /// Mean squares of what goes into each layer.
    pub inputs: Vec<f64>,
    /// Standard deviation of the last layer, by scheme.
    pub rivals: Vec<f64>,
    /// Counts of what is shown and of its gradients.
    pub counts: [Rc<Vec<f32>>; 2],
}

/// The first test pictures, a row each, with mean 0 and variance 1 over all of them.
fn pictures() -> Vec<f32> {
    let [_, tests] = Images::carried();
    let pixels: Vec<f64> =
        tests.pixels.bytes()[..PICTURES * PIXELS].iter().map(|v| f64::from(*v) / 255.0).collect();
    let mean = pixels.iter().sum::<f64>() / pixels.len() as f64;
    let variance = pixels.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / pixels.len() as f64;
    pixels.iter().map(|v| ((v - mean) / variance.sqrt()) as f32).collect()
}

/// Records mean and variance of each of `rows` of `x`, as far as numbers are finite.
fn spread(plan: &mut Plan, x: &Tensor, rows: usize, named: &str) -> Result<Moments, Problem> {
    let [mean, variance] = moments(plan, x, [1, rows, x.len() / rows])?;
    plan.name(&mean, &format!("means, {named}"));
    plan.name(&variance, &format!("variances, {named}"));
    Ok([mean, variance])
}

/// Records tensors of one shape as rows.
fn rows(plan: &mut Plan, parts: &[Tensor], named: &str) -> Result<Tensor, Problem> {
    let rows: Vec<Tensor> = parts.iter().map(|part| part.view(&[1, part.len()])).collect();
    let all = concat(plan, &rows.iter().collect::<Vec<_>>(), 0)?;
    plan.name(&all, named);
    Ok(all)
}

impl Spread {
    /// Records all of it.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(plan: &mut Plan, asked: Asked, draws: &mut Draws) -> Result<Self, Problem> {
        let Asked { scheme, depth, width, .. } = asked;
        let act = asked.activation.act();
        let x = plan.constant("pictures", &[PICTURES, PIXELS], pictures());
        let (mut h, mut sums, mut outputs) = (x.clone(), Vec::new(), Vec::new());
        for layer in 0..depth {
            let unit = draws.unit(scheme, &asked, layer);
            let w = plan.constant(
                &format!("weights {} over their deviation", layer + 1),
                &asked.shape(layer),
                unit,
            );
            let gemm = Gemm { alpha: asked.deviation(scheme, layer), ..Gemm::NT };
            let z = matmul(plan, &h, &w, None, &gemm)?;
            plan.name(&z, &format!("sums of layer {}", layer + 1));
            h = activation(plan, &z, act);
            plan.name(&h, &format!("layer {}", layer + 1));
            sums.push(z);
            outputs.push(h.clone());
        }
        let mut rng = Rng::new(asked.seed ^ 0x6ead);
        let seed: Vec<f32> = (0..PICTURES * width).map(|_| rng.normal()).collect();
        let seed = plan.constant("gradient of the last layer", &[PICTURES, width], seed);
        let gradients = backward(plan, &h, Some(&seed), &[&sums[0]])?;
        let parts = match asked.seen {
            Seen::Sums => &sums,
            Seen::Activations => &outputs,
        };
        let of = |part: &Tensor| gradients.of(part).unwrap_or_else(|| seed.clone());
        let d: Vec<Tensor> = parts.iter().map(of).collect();
        let [all_sums, all_outputs] = [(&sums, "sums"), (&outputs, "activations")]
            .map(|(parts, named)| rows(plan, parts, &format!("{named} of all layers")));
        let (all_sums, all_outputs) = (all_sums?, all_outputs?);
        let all_gradients = rows(plan, &d, "gradients of all layers")?;
        let shown = if asked.seen == Seen::Sums { &all_sums } else { &all_outputs };
        let range = plan.constant("ends of the histograms", &[4], vec![-REACH, REACH, 0.0, 0.0]);
        let [forward, back] = [shown, &all_gradients].map(|all| {
            // What lies far out is not left out.
            let held = clip(plan, all, -REACH, REACH);
            histograms(plan, &held, &range)
        });
        Ok(Self {
            asked,
            sums: spread(plan, &all_sums, depth, "sums")?,
            activations: spread(plan, &all_outputs, depth, "activations")?,
            gradients: spread(plan, &all_gradients, depth, "gradients")?,
            counts: [forward?, back?],
            rivals: rivals(plan, &asked, &x, draws)?,
        })
    }

    /// What the variances of all layers are in: of what is shown, or of its gradients.
    pub fn variances(&self, side: usize) -> &Tensor {
        let forward = if self.asked.seen == Seen::Sums { &self.sums } else { &self.activations };
        &[forward, &self.gradients][side][1]
    }

    /// All numbers, once they are there.
    pub fn read(&self, view: &mut View<'_>) -> Option<Told> {
        // All are asked for in one frame.
        let [sums, activations, gradients] = [&self.sums, &self.activations, &self.gradients]
            .map(|all| all.each_ref().map(|t| view.values(t)));
        let rivals = self.rivals.each_ref().map(|all| all.each_ref().map(|t| view.values(t)));
        let [forward, backward] = self.counts.each_ref().map(|t| view.values(t));
        let root = |[_, variance]: &[Option<Rc<Vec<f32>>>; 2]| -> Option<Vec<f64>> {
            Some(variance.as_ref()?.iter().map(|v| f64::from(*v).sqrt()).collect())
        };
        let square = |[mean, variance]: &[Option<Rc<Vec<f32>>>; 2]| -> Option<Vec<f64>> {
            let pairs = mean.as_ref()?.iter().zip(variance.as_ref()?.iter());
            Some(pairs.map(|(mean, variance)| f64::from(*mean).powi(2) + f64::from(*variance)).collect())
        };
        let mut inputs = square(&activations)?;
        inputs.pop();
        // The pictures have variance 1.
        inputs.insert(0, 1.0);
        let mut others = root(&rivals[0])?;
        others.insert(Scheme::Orthogonal.index(), *root(&rivals[1])?.first()?);
        Some(Told {
            forward: root(if self.asked.seen == Seen::Sums { &sums } else { &activations })?,
            backward: root(&gradients)?,
            sums: square(&sums)?,
            inputs,
            rivals: others,
            counts: [forward?, backward?],
        })
    }
}

/// Records the same pictures through networks of all schemes: those that differ in a factor alone as one batch, then the
/// orthogonal one. Gives the moments of what is shown of the last layer.
fn rivals(plan: &mut Plan, asked: &Asked, x: &Tensor, draws: &mut Draws) -> Result<[Moments; 2], Problem> {
    let act = asked.activation.act();
    let scaled: Vec<Scheme> =
        Scheme::ALL.iter().copied().filter(|scheme| *scheme != Scheme::Orthogonal).collect();
    let count = scaled.len();
    let factors = |plan: &mut Plan, layer: usize| {
        let values: Vec<f32> = scaled.iter().map(|scheme| asked.deviation(*scheme, layer)).collect();
        plan.constant("deviations of the schemes", &[count, 1, 1], values)
    };
    let scales = [factors(plan, 0), factors(plan, 1)];
    let rows = PICTURES * asked.width;
    let (mut all, mut other) = (x.clone(), x.clone());
    let (mut last, mut last_other) = (x.clone(), x.clone());
    for layer in 0..asked.depth {
        let shape = asked.shape(layer);
        let w = plan.constant("random numbers", &shape, draws.unit(Scheme::He, asked, layer));
        let z = matmul(plan, &all, &w, None, &Gemm::NT)?;
        let z = z.view(&[z.len() / rows, PICTURES, asked.width]);
        last = binary(plan, &z, &scales[layer.min(1)], Op::Multiply)?;
        all = activation(plan, &last, act).view(&[count * PICTURES, asked.width]);
        let w = plan.constant("orthogonal rows", &shape, draws.unit(Scheme::Orthogonal, asked, layer));
        let alpha = asked.deviation(Scheme::Orthogonal, layer);
        last_other = matmul(plan, &other, &w, None, &Gemm { alpha, ..Gemm::NT })?;
        other = activation(plan, &last_other, act);
    }
    let [scaled, orthogonal] = match asked.seen {
        Seen::Sums => [last, last_other],
        Seen::Activations => [all, other],
    };
    Ok([
        spread(plan, &scaled, count, "last layer of each scheme")?,
        spread(plan, &orthogonal, 1, "last layer, orthogonal")?,
    ])
}
