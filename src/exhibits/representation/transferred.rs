//! Three networks of one shape on a new task with few examples: from scratch, with learned filters that are all frozen, and
//! with learned filters that go on learning but for some; what each has right and how far its filters have moved.

use std::rc::Rc;

use crate::data::cluttered::cluttered;
use crate::data::fashion::{CLASSES, Images, PIXELS, SIDE};
use crate::exhibits::Recording;
use crate::gpu::Tensor;
use crate::nn::parameters::Parameter;
use crate::nn::{Player, RunId, Setup};
use crate::recipes::Fashion;
use crate::recipes::transfer::{self, FILTERS, KINDS, MOVED, Start, Transfer, directions, new_clothes};
use crate::viz::{View, words};

/// Steps of training, and after how many the networks are judged.
pub const STEPS: u64 = 160;
const JUDGED: u64 = 20;
/// Examples of a class at most.
pub const EXAMPLES: u32 = transfer::EXAMPLES as u32;
/// Number of networks, and which is which.
pub const NETWORKS: usize = 3;
/// From first weights that are chance.
pub const SCRATCH: usize = 0;
/// With all convolutions frozen.
pub const FROZEN: usize = 1;
/// With some of them learning on.
pub const TUNED: usize = 2;
/// What each is called.
pub const NAMES: [&str; NETWORKS] = ["scratch", "frozen", "fine-tuned"];

/// What is to be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Kinds of clothes that were not learned before.
    Clothes,
    /// Directions of stripes.
    Stripes,
}

/// What is raced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    /// What is to be learned.
    pub task: Task,
    /// Classes of it.
    pub classes: usize,
    /// Pictures of each to learn from.
    pub examples: usize,
    /// Convolutions of the fine-tuned network that are frozen.
    pub frozen: usize,
}

/// What was recorded.
pub struct Transferred {
    /// What is raced.
    pub race: Race,
    /// A picture of each class that was learned before, and of each that is new, `[C, 28, 28]`.
    pub pictures: [Tensor; 2],
}

impl Race {
    fn data(&self) -> Fashion {
        match self.task {
            Task::Clothes => new_clothes(self.classes, self.examples),
            Task::Stripes => directions(self.classes, self.examples),
        }
    }

    /// How each network begins.
    fn starts(&self) -> [Start; NETWORKS] {
        let frozen = FILTERS.len();
        [Start::Random, Start::Learned { frozen }, Start::Learned { frozen: self.frozen }]
    }

    /// How many convolutions of a network are frozen.
    pub fn frozen_of(&self, network: usize) -> usize {
        match self.starts()[network] {
            Start::Random => 0,
            Start::Learned { frozen } => frozen,
        }
    }

    /// Names of the classes, those before and those that are new.
    pub fn names(&self) -> [Vec<String>; 2] {
        let clothes = |kinds: &[usize]| kinds.iter().map(|kind| CLASSES[*kind].to_owned()).collect();
        let [before, new] = &KINDS;
        let new = match self.task {
            Task::Clothes => clothes(&new[..self.classes]),
            Task::Stripes => (0..self.classes).map(|i| format!("{}°", 180 * i / self.classes)).collect(),
        };
        [clothes(before), new]
    }

    /// Records that all three learn, the fine-tuned one as the second setup says.
    pub fn record(self, on: &mut Recording<'_>, setups: [Setup; 2]) -> Transferred {
        let data = self.data();
        for (network, start) in self.starts().into_iter().enumerate() {
            let setup = setups[usize::from(network == TUNED)];
            let setup = Setup { batch: setup.batch.min(data.samples()[0]), ..setup };
            on.train(NAMES[network], Rc::new(Transfer { data: data.clone(), start }), setup);
        }
        on.plan_steps(STEPS, JUDGED, None);
        let before = cluttered(&Images::carried()[0], &KINDS[0], 1);
        let pictures =
            [(&before, KINDS[0].len(), "learned before"), (data.learned(), self.classes, "to learn")];
        let pictures = pictures.map(|(images, classes, name)| {
            // The first of each class, in their order.
            let labels = images.classes();
            let of = |class: usize| labels.iter().position(|label| *label as usize == class).unwrap_or(0);
            let one = |class| &images.pixels.bytes()[of(class) * PIXELS..][..PIXELS];
            let all = (0..classes).flat_map(one).map(|v| f32::from(*v) / 255.0);
            on.plan.constant(name, &[classes, SIDE, SIDE], all.collect::<Vec<f32>>())
        });
        Transferred { race: self, pictures }
    }
}

/// Numbers that a network learns, and those that it has.
pub fn parameters(player: &Player, network: usize) -> [usize; 2] {
    let all = &player.run(RunId(network)).trainer().parameters;
    [all.count(), all.list().iter().map(Parameter::len).sum()]
}

/// Share of unseen pictures that each network has right, as of the step that is shown.
pub fn unseen(player: &Player) -> [f64; NETWORKS] {
    std::array::from_fn(|network| unseen_of(player, network))
}

/// Share of unseen pictures that a network has right, as of the step that is shown; NaN before it is judged.
pub fn unseen_of(player: &Player, network: usize) -> f64 {
    player.unseen(RunId(network)).map_or(f64::NAN, f64::from)
}

/// A share in words, a dash where it is not known yet.
pub fn share_or_dash(share: f64) -> String {
    if share.is_finite() { words::percent(share) } else { "–".into() }
}

/// How far the filters of each convolution of a network have moved from where they began, as shares of their lengths there,
/// with the tensors of the squares of that.
pub fn moved(view: &View<'_>, network: usize) -> Option<[(Vec<f32>, Tensor); FILTERS.len()]> {
    let player = view.player()?;
    let run = player.runs().get(network)?;
    let step = player.target() as usize;
    let noted = if step == 0 { None } else { Some(run.layer_norms().get(step - 1)?) };
    let mut from = 0;
    let mut of = |convolution: usize| {
        let filters = FILTERS[convolution];
        // Before the first step nothing has moved.
        let squares = noted.map_or(vec![0.0; filters], |row| row[from..from + filters].to_vec());
        from += filters;
        Some((squares.into_iter().map(f32::sqrt).collect(), run.view(MOVED[convolution])?.clone()))
    };
    Some([of(0)?, of(1)?, of(2)?])
}
