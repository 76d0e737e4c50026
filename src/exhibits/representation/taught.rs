//! A new last layer learned on what a real network makes of the user's own pictures, beside one that has their pixels alone.

use std::rc::Rc;

use crate::data::table::{Cell, Table};
use crate::exhibits::{Learned, Recording};
use crate::gpu::Tensor;
use crate::models::network::top;
use crate::nn::{LookId, Player, RunId};
use crate::ops::optim::Optimiser;
use crate::recipes::own::{Head, OwnHead, OwnPictures, SIDE, STEPS, setup};
use crate::viz::{Of, View};

/// Pictures of a group that are drawn at most, of those that are learned from and of those that are held back.
const DRAWN: usize = 24;
/// After how many steps the heads are judged.
const JUDGED: u64 = 10;
/// Which head is which.
pub const FEATURES: usize = 0;
/// The one that has pixels alone.
pub const PIXELS: usize = 1;
/// What each is called.
pub const NAMES: [&str; 2] = ["on features", "on pixels"];
/// The name of a saved head.
const FILE: &str = "head.safetensors";

/// What each head takes each picture for that is held back.
pub type Taken = [Option<Vec<Option<usize>>>; 2];

/// What was recorded.
pub struct Taught {
    /// The pictures, some of them held back.
    pub pictures: OwnPictures,
    /// Those of each group that are drawn, to learn from and held back, `[1, 3, 40, 40]` each.
    pub small: Vec<[Vec<Tensor>; 2]>,
    /// Numbers of the looks at those held back.
    looks: [usize; 2],
}

impl Taught {
    /// Records that both heads learn.
    pub fn record(on: &mut Recording<'_>, pictures: OwnPictures, rate: f32, seed: u64) -> Self {
        let tasks = [OwnHead::new(&pictures), OwnHead::on_pixels(&pictures)];
        let mut looks = [0; 2];
        for ((task, name), look) in tasks.into_iter().zip(NAMES).zip(&mut looks) {
            let mut setup = setup(&task, seed);
            setup.optimiser.lr = rate;
            let (unseen, shape) = task.unseen();
            let run = on.train(name, Rc::new(task), setup);
            *look = on.look_at(run, unseen, &shape, false);
        }
        on.plan_steps(STEPS as u64, JUDGED, None);
        let mut small = Vec::new();
        for group in &pictures.groups {
            small.push([false, true].map(|held_back| {
                let own = group.pictures.iter().filter(|own| own.held_back == held_back).take(DRAWN);
                let shape = [1, 3, SIDE, SIDE];
                own.map(|own| on.plan.constant(&own.name, &shape, own.pixels.clone())).collect()
            }));
        }
        Self { pictures, small, looks }
    }

    /// Hands a learning rate to both heads.
    pub fn steer(&self, player: &mut Player, rate: f32) {
        for run in [FEATURES, PIXELS].map(RunId) {
            let optimiser = Optimiser { lr: rate, ..player.optimiser(run) };
            player.steer(run, optimiser);
        }
    }

    fn look(&self, view: &View<'_>, head: usize) -> Option<LookId> {
        view.stage.looks().nth(self.looks[head])
    }

    /// What shows the logits of a head, and these, `[N, GROUPS]`: a row for each picture that is held back.
    pub fn logits(&self, view: &View<'_>, head: usize) -> Option<(Of, Tensor)> {
        let look = self.look(view, head)?;
        Some((Of::Looking(look), view.player()?.looking(look)?.output().clone()))
    }

    /// The group that a head takes each picture for that is held back, once that is known; none where all are as likely.
    pub fn taken(&self, view: &mut View<'_>, head: usize) -> Option<Vec<Option<usize>>> {
        let (of, logits) = self.logits(view, head)?;
        let values = view.of(of).values(&logits)?;
        let first = |row: &[f32]| {
            let undecided = row.iter().all(|logit| *logit == row[0]);
            top(row, 1).first().copied().filter(|_| !undecided)
        };
        Some(values.chunks_exact(self.pictures.groups.len()).map(first).collect())
    }

    /// Each picture that is held back, its group, and what each head takes it for.
    pub fn table(&self, taken: &Taken) -> Table {
        let name = |group: usize| Cell::Text(self.pictures.groups[group].name.clone());
        let mut table = Table::new(["picture", "group", NAMES[FEATURES], NAMES[PIXELS]]);
        for (i, (group, own)) in self.pictures.set(true).enumerate() {
            let taken = taken.each_ref().map(|all| all.as_ref()?.get(i).copied()?);
            let taken = taken.map(|group| group.map_or(Cell::Empty, name));
            table.rows.push([Cell::Text(own.name.clone()), name(group)].into_iter().chain(taken).collect());
        }
        table
    }

    /// The head on features as it is now, as a file.
    pub fn learned<'l>(&'l self, player: &'l Player) -> Learned<'l> {
        let make = || Ok(Head::of(&self.pictures, player.run(RunId(FEATURES)).trainer())?.bytes());
        Learned { file: FILE, make: Box::new(make) }
    }
}
