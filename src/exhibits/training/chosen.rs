//! A grid of small networks, by kind, depth and width, that learn the same data from one seed at once; what each is worth, and
//! which of them nobody beats at its size.

use crate::choices;
use crate::data::toy::Toy;
use crate::exhibits::Recording;
use crate::exhibits::problem::Problem;
use crate::nn::{RunId, Setup};
use crate::recipes::{Fashion, Labelled, PointSets};
use crate::viz::View;

/// Depths of the grid, in hidden layers, and by how much its widths differ.
const DEPTHS: [usize; 2] = [1, 2];
const WIDTHS: [usize; 3] = [16, 4, 1];
/// Networks of the grid: two kinds.
pub const NETWORKS: usize = 2 * DEPTHS.len() * WIDTHS.len();
/// Units of a dense layer for each map of a convolution.
const FOR_EACH_MAP: usize = 4;
/// After how many steps, and on how many batches of unseen samples, all are judged.
const JUDGED: (u64, usize) = (20, 12);
/// Points of the plane that are not learned from, and their noise.
const UNSEEN: usize = 384;
const NOISE: f32 = 0.03;
/// How much less than the best a network may have right to be as good.
pub const AS_GOOD: f64 = 0.02;
/// Share of right answers on the batches less that on unseen samples from which on it learns by heart.
pub const BY_HEART: f64 = 0.15;

choices! {
    /// What is learned.
    pub enum Task {
        /// Pictures of ten kinds of clothes, halved to 14x14.
        Clothes = "clothes",
        /// Three arms of points in the plane.
        Spiral = "spiral",
    }
}

/// A network of the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Kind of its hidden layers: 0 or 1.
    pub kind: usize,
    /// Hidden layers.
    pub depth: usize,
    /// Units or maps of each.
    pub width: usize,
    /// The network as text.
    text: String,
}

impl Task {
    /// Names of both kinds of hidden layers.
    pub fn kinds(self) -> [&'static str; 2] {
        match self {
            Self::Clothes => ["dense", "conv"],
            Self::Spiral => ["tanh", "ReLU"],
        }
    }

    /// What guessing would give.
    pub fn chance(self) -> f32 {
        match self {
            Self::Clothes => 0.1,
            Self::Spiral => 1.0 / 3.0,
        }
    }

    /// The networks of the grid, kind by kind, by depth, the narrow ones first.
    pub fn grid(self, widest: usize) -> Vec<Candidate> {
        let mut all = Vec::with_capacity(NETWORKS);
        for kind in 0..2 {
            for depth in DEPTHS {
                for narrower in WIDTHS {
                    let units = (widest / narrower).max(1);
                    let maps = (units / FOR_EACH_MAP).max(1);
                    let width = if self == Self::Clothes && kind == 1 { maps } else { units };
                    let text = self.text(kind, depth, width);
                    all.push(Candidate { kind, depth, width, text });
                }
            }
        }
        all
    }

    fn text(self, kind: usize, depth: usize, width: usize) -> String {
        let layers = |layer: &str| vec![layer.to_owned(); depth].join(", ");
        match (self, kind) {
            (Self::Clothes, 0) => {
                format!("average pool 2, flatten, {}", layers(&format!("dense {width}, relu")))
            }
            (Self::Clothes, _) => {
                let conv = format!("conv {width} of 3x3 pad 1, relu");
                let more = if depth > 1 { format!(", {conv}") } else { String::new() };
                format!("average pool 2, {conv}, pool 2{more}, flatten")
            }
            (Self::Spiral, _) => {
                let act = ["tanh", "relu"][kind.min(1)];
                layers(&format!("dense {width}, {act}"))
            }
        }
    }

    /// Records that all networks of a grid learn `samples` samples for so many steps.
    ///
    /// # Errors
    /// If one cannot be built.
    pub fn train(
        self,
        on: &mut Recording<'_>,
        widest: usize,
        [samples, steps]: [usize; 2],
        setup: Setup,
    ) -> Result<Vec<Candidate>, Problem> {
        let data: Labelled = match self {
            Self::Clothes => Fashion::carried().first([samples, usize::MAX]).into(),
            Self::Spiral => PointSets::new(Toy::Spiral, [samples, UNSEEN], NOISE, setup.seed).into(),
        };
        let grid = self.grid(widest);
        let names: Vec<String> = grid.iter().map(|own| own.name(self)).collect();
        let networks: Vec<(&str, String)> =
            names.iter().zip(&grid).map(|(name, own)| (name.as_str(), own.text.clone())).collect();
        on.classify(data, &networks, setup)?;
        on.plan_steps(steps as u64, JUDGED.0, Some(JUDGED.1));
        Ok(grid)
    }
}

impl Candidate {
    /// In words: "dense 2 × 64".
    pub fn name(&self, task: Task) -> String {
        format!("{} {} × {}", task.kinds()[self.kind.min(1)], self.depth, self.width)
    }
}

/// What a network has shown so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Numbers that it learns.
    pub parameters: usize,
    /// Share of unseen samples that it has right, once judged.
    pub unseen: Option<f64>,
    /// Share of its last batches that it has right less that.
    pub gap: Option<f64>,
}

/// What all have shown as of the step that is shown.
pub fn worth(view: &View<'_>) -> Option<Vec<Worth>> {
    let player = view.player()?;
    let of = |run: usize| {
        let id = RunId(run);
        Worth {
            parameters: player.run(id).trainer().parameters.count(),
            unseen: player.unseen(id).map(f64::from),
            gap: player.generalisation_gap(id).map(f64::from),
        }
    };
    Some((0..player.runs().len()).map(of).collect())
}

/// Those that no network of as few parameters beats, from the smallest on: the Pareto front.
pub fn front(all: &[Worth]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).filter(|i| all[*i].unseen.is_some()).collect();
    let right = |i: usize| all[i].unseen.unwrap_or(0.0);
    order.sort_by(|a, b| all[*a].parameters.cmp(&all[*b].parameters).then(right(*b).total_cmp(&right(*a))));
    let mut best = f64::NEG_INFINITY;
    order.retain(|i| {
        let better = right(*i) > best;
        best = best.max(right(*i));
        better
    });
    order
}

/// The best network, and the smallest that is as good but for [`AS_GOOD`].
pub fn choice(all: &[Worth]) -> Option<[usize; 2]> {
    let front = front(all);
    let best = *front.last()?;
    let enough = all[best].unseen? - AS_GOOD;
    let small = front.into_iter().find(|i| all[*i].unseen.is_some_and(|right| right >= enough))?;
    Some([best, small])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Stack;

    fn worth(parameters: usize, unseen: f64) -> Worth {
        Worth { parameters, unseen: Some(unseen), gap: None }
    }

    #[test]
    fn every_network_of_the_grid_can_be_built() {
        for (task, shape) in [(Task::Clothes, &[1, 28, 28][..]), (Task::Spiral, &[2])] {
            for widest in [16, 64, 128] {
                let grid = task.grid(widest);
                assert_eq!(grid.len(), NETWORKS);
                for own in grid {
                    let stack: Stack = own.text.parse().unwrap();
                    assert!(stack.with_dense(10).layers(shape).error.is_none(), "{}", own.text);
                }
            }
        }
    }

    #[test]
    fn the_front_holds_what_nobody_beats() {
        let all = [worth(100, 0.6), worth(900, 0.8), worth(300, 0.79), worth(400, 0.7), worth(2000, 0.8)];
        assert_eq!(front(&all), [0, 2, 1]);
        assert_eq!(choice(&all), Some([1, 2]));
        assert_eq!(choice(&[]), None);
        let untold = Worth { unseen: None, ..worth(5, 0.0) };
        assert_eq!(front(&[untold, worth(7, 0.1)]), [1]);
    }
}
