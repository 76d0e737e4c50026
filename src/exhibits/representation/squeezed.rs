//! Small pictures through few numbers, three ways: principal components, a linear autoencoder and one that bends; what is
//! read of them while the last two learn.

use std::rc::Rc;

use crate::choices;
use crate::exhibits::{Problem, Recording};
use crate::gpu::Tensor;
use crate::nn::{LookId, Set, Setup};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, expand, narrow};
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::optim::Optimiser;
use crate::ops::principal::principal;
use crate::ops::unary::Act;
use crate::recipes::bottleneck::{Bottleneck, placed, spoiled, standardised};
use crate::recipes::clothes::{Clothes, NUMBERS, SIDE};
use crate::viz::{Of, View};

/// Most numbers of a code.
pub const MOST: usize = 8;
/// Steps of training, and after how many both are judged on all unseen pictures.
pub const STEPS: u64 = 400;
const JUDGED: u64 = 20;
const BATCH: usize = 50;
/// The two that learn: the linear one, and the one that bends.
pub const LINEAR: usize = 0;
/// See [`LINEAR`].
pub const BENT: usize = 1;

choices! {
    /// Activation of hidden layers.
    pub enum Activation {
        /// max(x, 0).
        Relu = "ReLU",
        /// Hyperbolic tangent.
        Tanh = "tanh",
        /// Logistic function.
        Sigmoid = "sigmoid",
        /// The identity: linear, however deep.
        Without = "none",
    }
}

impl Activation {
    fn act(self) -> Act {
        match self {
            Self::Relu => Act::RELU,
            Self::Tanh => Act::TANH,
            Self::Sigmoid => Act::SIGMOID,
            Self::Without => Act::IDENTITY,
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Kinds of clothes.
    pub kinds: usize,
    /// Numbers of the code, 1 to [`MOST`].
    pub code: usize,
    /// Hidden layers of encoder and of decoder, and their units.
    pub layers: usize,
    /// Units of each.
    pub units: usize,
    /// Activation of the one that bends.
    pub activation: Activation,
    /// Standard deviation of the noise on what goes in.
    pub noise: f32,
    /// Of first weights and batches.
    pub seed: u64,
    /// What changes the weights.
    pub optimiser: Optimiser,
    /// The place that is decoded, in standard deviations.
    pub place: [f32; 2],
}

/// What was recorded.
pub struct Squeezed {
    /// What was asked for.
    pub asked: Asked,
    /// The kind of each unseen picture.
    pub kinds: &'static [usize],
    /// Unseen pictures, and what goes in: the same with noise, `[N, 14, 14]` each.
    pub pictures: [Tensor; 2],
    /// Mean square error of principal components on unseen pictures, of none to [`MOST`] of them.
    pub errors: Tensor,
    /// Scores of unseen pictures in standard deviations, `[N, MOST]`.
    scores: Tensor,
    /// Unseen pictures restored from so many components, `[N, 14, 14]`.
    restored: Tensor,
    /// What the place stands for, `[1, 14, 14]`.
    decoded: Tensor,
    /// Which looks of the stage show both that learn.
    looks: [usize; 2],
}

/// One of the three ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Principal components.
    Components,
    /// A network: [`LINEAR`] or [`BENT`].
    Network(usize),
}

impl Way {
    /// All, from the oldest on.
    pub const ALL: [Self; 3] = [Self::Components, Self::Network(LINEAR), Self::Network(BENT)];
}

/// Tensors of a way, and where they belong.
pub struct Shown {
    /// Their session.
    pub of: Of,
    /// Codes in standard deviations, `[N, K]`.
    pub codes: Tensor,
    /// Pictures restored, `[N, 14, 14]`.
    pub restored: Tensor,
    /// What the place stands for, `[1, 14, 14]`.
    pub decoded: Tensor,
}

impl Squeezed {
    /// Records components, and that both networks learn.
    ///
    /// # Errors
    /// If a shape rule refuses something.
    pub fn record(on: &mut Recording<'_>, asked: Asked) -> Result<Self, Problem> {
        let data = Clothes::of(asked.kinds);
        let [many, n] = data.samples();
        let plan = &mut on.plan;
        let learned =
            plan.constant("pictures to learn from", &[many, NUMBERS], data.pictures(Set::Training).clone());
        let found = principal(plan, &learned, MOST)?;
        let pictures = plan.constant("pictures", &[n, NUMBERS], data.pictures(Set::Test).clone());
        let input = spoiled(plan, &pictures, asked.noise)?;
        let scores = found.scores(plan, &input)?;
        let [mean, variance, codes] = standardised(plan, &scores)?;
        let none = expand(plan, &found.mean, &[n, NUMBERS])?;
        let mut errors = vec![pointwise_loss(plan, &none, &pictures, Pointwise::Squared, Reduction::Mean)?];
        let mut restored = None;
        for k in 1..=MOST {
            let first = narrow(plan, &scores, 1, 0, k)?;
            let components = narrow(plan, &found.components, 0, 0, k)?;
            let back = found.restored(plan, &first, &components)?;
            errors.push(pointwise_loss(plan, &back, &pictures, Pointwise::Squared, Reduction::Mean)?);
            if k == asked.code {
                restored = Some(back);
            }
        }
        let errors: Vec<Tensor> = errors.iter().map(|e| e.view(&[1])).collect();
        let errors = concat(plan, &errors.iter().collect::<Vec<_>>(), 0)?;
        plan.name(&errors, "errors by the number of components");
        // What has no place in the code counts for nothing.
        let used = |i: usize| if i < asked.code { 1.0 } else { 0.0 };
        let used = plan.constant("used", &[1, MOST], (0..MOST).map(used).collect::<Vec<f32>>());
        let places = plan.constant("place", &[1, MOST], place(asked.place, MOST));
        let places = placed(plan, &places, [&mean, &variance])?;
        let places = binary(plan, &places, &used, Op::Multiply)?;
        let decoded = found.restored(plan, &places, &found.components)?;
        let looks = Self::train(on, data, &asked);
        let small = |x: &Tensor, n| x.view(&[n, SIDE, SIDE]);
        Ok(Self {
            asked,
            kinds: data.kinds(Set::Test),
            pictures: [&pictures, &input].map(|x| small(x, n)),
            errors,
            scores: codes,
            restored: small(restored.as_ref().unwrap_or(&input), n),
            decoded: small(&decoded, 1),
            looks,
        })
    }

    /// Records the networks; gives the numbers of their looks.
    fn train(on: &mut Recording<'_>, data: &Clothes, asked: &Asked) -> [usize; 2] {
        let Asked { code, noise, seed, optimiser, .. } = *asked;
        let setup = Setup { seed, ..Setup::new(BATCH, optimiser) };
        let bent = vec![asked.units; asked.layers];
        let runs = [("A", Vec::new(), Act::IDENTITY), ("B", bent, asked.activation.act())];
        let looks = runs.map(|(name, hidden, act)| {
            let run =
                on.train(name, Rc::new(Bottleneck { data: data.clone(), code, hidden, act, noise }), setup);
            on.look_at(run, place(asked.place, code), &[1, code], false)
        });
        on.plan_steps(STEPS, JUDGED, None);
        looks
    }

    /// What shows a network.
    fn look(&self, view: &View<'_>, run: usize) -> Option<LookId> {
        view.stage.looks().nth(self.looks[run])
    }

    /// A tensor of a network's look by the name of what it is.
    fn seen(&self, view: &View<'_>, run: usize, name: &str) -> Option<Tensor> {
        let looking = view.player()?.looking(self.look(view, run)?)?;
        looking.layers().iter().find(|layer| layer.name == name).map(|layer| layer.output.clone())
    }

    /// What a way shows, once it is there.
    pub fn shown(&self, view: &View<'_>, way: Way) -> Option<Shown> {
        let Way::Network(run) = way else {
            let [codes, restored, decoded] = [&self.scores, &self.restored, &self.decoded].map(Tensor::clone);
            return Some(Shown { of: Of::Plan, codes, restored, decoded });
        };
        let look = self.look(view, run)?;
        let restored = self.seen(view, run, "reconstruction")?;
        let decoded = view.player()?.looking(look)?.output().view(&[1, SIDE, SIDE]);
        Some(Shown {
            of: Of::Looking(look),
            codes: self.seen(view, run, "standardised")?,
            restored: restored.view(&[restored.shape[0], SIDE, SIDE]),
            decoded,
        })
    }

    /// Mean square error of a way on unseen pictures, at the step that is shown.
    pub fn error(&self, view: &mut View<'_>, way: Way) -> Option<f64> {
        let error = match way {
            Way::Components => view.values(&self.errors)?.get(self.asked.code).copied(),
            Way::Network(run) => {
                let (look, error) = (self.look(view, run)?, self.seen(view, run, "error")?);
                view.of(Of::Looking(look)).values(&error)?.first().copied()
            }
        };
        error.map(f64::from)
    }

    /// Share of the variance that components keep.
    pub fn kept(&self, view: &mut View<'_>) -> Option<f64> {
        let errors = view.values(&self.errors)?;
        let [all, left] = [0, self.asked.code].map(|k| errors.get(k).copied());
        Some(1.0 - f64::from(left?) / f64::from(all?))
    }
}

/// A place of a code: its first two numbers, 0 behind them.
fn place(at: [f32; 2], code: usize) -> Vec<f32> {
    (0..code).map(|i| at.get(i).copied().unwrap_or(0.0)).collect()
}
