//! Small pictures through a code of few numbers and back (Hinton and Salakhutdinov 2006), with noise on what goes in if one
//! likes (Vincent et al. 2008), and looked at from both sides: where the code of each picture lies, and which picture
//! belongs to any place.

use std::sync::OnceLock;

use super::clothes::{Clothes, NUMBERS, PICTURES};
use crate::gpu::{Data, Plan, Tensor};
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::affine::affine;
use crate::ops::batch::{Draw, Format, Samples, batch};
use crate::ops::binary::{Op, binary};
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::norm::{Layout, moments, normalise};
use crate::ops::philox::Rng;
use crate::ops::unary::{Act, activation};

/// Pictures of noise: more than pictures to learn from and a prime, so that each meets others in every epoch.
const NOISES: usize = 1009;
/// Keeps a code that is the same for all pictures from being divided by 0.
const EPS: f32 = 1e-12;

/// Pixels over hidden layers to a code, and the same way back. The output is linear.
#[derive(Clone, Debug)]
pub struct Bottleneck {
    /// The pictures.
    pub data: Clothes,
    /// Numbers of the code.
    pub code: usize,
    /// Units of each hidden layer from the input to the code; the decoder has them in reverse. Without any, and so
    /// without an activation, it is a linear autoencoder.
    pub hidden: Vec<usize>,
    /// Activation of hidden layers.
    pub act: Act,
    /// Standard deviation of the noise that is added to what goes in; what should come out is without.
    pub noise: f32,
}

struct BottleneckNet {
    data: Clothes,
    noise: f32,
    encoder: Vec<Linear>,
    decoder: Vec<Linear>,
}

/// Pictures of noise with standard deviation 1, as the bits of floats and as floats.
fn noises() -> &'static [Data; 2] {
    static MADE: OnceLock<[Data; 2]> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut rng = Rng::new(34);
        let floats: Vec<f32> = (0..NOISES * NUMBERS).map(|_| rng.normal()).collect();
        let words: Vec<u32> = floats.iter().map(|v| v.to_bits()).collect();
        [words.into(), floats.into()]
    })
}

/// Records pictures `x [N, 196]` with noise of this standard deviation, the same each time.
///
/// # Errors
/// If there are more pictures than pictures of noise.
pub fn spoiled(plan: &mut Plan, x: &Tensor, noise: f32) -> Result<Tensor, OpError> {
    let n = x.shape[0].min(PICTURES[1]);
    let Data::F32(all) = &noises()[1] else { return Ok(x.clone()) };
    let some = plan.constant("noise", &[n, NUMBERS], all[..n * NUMBERS].to_vec());
    add(plan, x, &some, noise)
}

/// Records `x + deviation·noise`.
fn add(plan: &mut Plan, x: &Tensor, noise: &Tensor, deviation: f32) -> Result<Tensor, OpError> {
    let scaled = affine(plan, noise, deviation, 0.0);
    let y = binary(plan, x, &scaled, Op::Add)?;
    plan.name(&y, "picture with noise");
    Ok(y)
}

/// Mean and variance of each number of codes `[N, K]`, and the codes in standard deviations from their mean.
///
/// # Errors
/// If a shape rule refuses it.
pub fn standardised(plan: &mut Plan, code: &Tensor) -> Result<[Tensor; 3], OpError> {
    let sizes = [code.shape[0], code.shape[1], 1];
    let [mean, variance] = moments(plan, code, sizes)?;
    let layout = Layout { sizes, per: 1, channels: code.shape[1] };
    let z = normalise(plan, code, &layout, [&mean, &variance], [None; 2], EPS)?;
    plan.name(&z, "code in standard deviations");
    Ok([mean, variance, z])
}

/// Records the codes `[P, K]` of places given in standard deviations from the mean.
///
/// # Errors
/// If a shape rule refuses it.
pub fn placed(plan: &mut Plan, places: &Tensor, [mean, variance]: [&Tensor; 2]) -> Result<Tensor, OpError> {
    let deviation = activation(plan, variance, Act::SQRT);
    let scaled = binary(plan, places, &deviation, Op::Multiply)?;
    binary(plan, &scaled, mean, Op::Add)
}

impl Task for Bottleneck {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let (act, relu) = (self.act, self.act == Act::RELU);
        let inner = if relu { Init::HeNormal } else { Init::XavierUniform };
        let mut way = |name: &str, sizes: Vec<usize>| -> Vec<Linear> {
            let last = sizes.len() - 2;
            let layer = |(i, pair): (usize, &[usize])| {
                let (act, init) = if i < last { (act, inner) } else { (Act::IDENTITY, Init::XavierUniform) };
                Linear::new(p, &format!("{name}{}", i + 1), [pair[0], pair[1]], act, init)
            };
            sizes.windows(2).enumerate().map(layer).collect()
        };
        let sizes: Vec<usize> =
            std::iter::once(NUMBERS).chain(self.hidden.iter().copied()).chain([self.code]).collect();
        let back = sizes.iter().rev().copied().collect();
        let (encoder, decoder) = (way("encoder", sizes), way("decoder", back));
        Box::new(BottleneckNet { data: self.data.clone(), noise: self.noise, encoder, decoder })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl BottleneckNet {
    /// What layers make of `x`.
    fn through(layers: &[Linear], g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        layers.iter().try_fold(x.clone(), |x, layer| layer.forward(g, &x))
    }
}

impl Net for BottleneckNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let x = self.data.batch(g, set, draw)?;
        let mut input = x.clone();
        if self.noise > 0.0 {
            let all = &noises()[0];
            let all = g.plan.constant("noise", &[all.len()], all.clone());
            let samples = Samples { n: NOISES, width: NUMBERS, pitch: NUMBERS, offset: 0 };
            let steps = g.steps.clone();
            let some = batch(&mut g.plan, &all, &steps, samples, draw, Format::Floats)?;
            input = add(&mut g.plan, &x, &some, self.noise)?;
        }
        let code = Self::through(&self.encoder, g, &input)?;
        let y = Self::through(&self.decoder, g, &code)?;
        let loss = pointwise_loss(&mut g.plan, &y, &x, Pointwise::Squared, Reduction::Mean)?;
        Ok(Outcome { loss, right: None, views: vec![("code", code), ("reconstruction", y)] })
    }

    /// The picture of each place of the code, `x [P, K]` in standard deviations of the codes of all unseen pictures.
    /// What those go through has names: `input`, `code`, `standardised`, `reconstruction` and `error`, its mean square.
    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let n = self.data.samples()[1];
        let pictures = g.plan.constant("pictures", &[n, NUMBERS], self.data.pictures(Set::Test).clone());
        let input =
            if self.noise > 0.0 { spoiled(&mut g.plan, &pictures, self.noise)? } else { pictures.clone() };
        g.pass("input", &input);
        let code = Self::through(&self.encoder, g, &input)?;
        g.pass("code", &code);
        let [mean, variance, z] = standardised(&mut g.plan, &code)?;
        g.pass("standardised", &z);
        let y = Self::through(&self.decoder, g, &code)?;
        g.pass("reconstruction", &y);
        let error = pointwise_loss(&mut g.plan, &y, &pictures, Pointwise::Squared, Reduction::Mean)?;
        g.pass("error", &error);
        let places = placed(&mut g.plan, x, [&mean, &variance])?;
        Self::through(&self.decoder, g, &places)
    }
}
