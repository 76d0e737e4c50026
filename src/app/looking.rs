//! The network that Glassbox carries looks at groups of the user's own pictures, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use egui::Context;

use super::background::{Background, Progress};
use crate::data::groups::Groups;
use crate::gpu::Runtime;
use crate::models::Network;
use crate::models::network::Features;
use crate::recipes::own::OwnPictures;

/// What came of it.
pub struct Seen {
    /// The pictures with their features.
    pub pictures: OwnPictures,
    /// Files that are no pictures or cannot be opened, a sentence each.
    pub skipped: Vec<String>,
}

/// How far it is.
#[derive(Default)]
pub enum Looking {
    /// Nothing is to be looked at.
    #[default]
    Idle,
    /// These wait for the next frame.
    Waiting(Groups),
    /// The network looks at them.
    Running {
        /// What comes of it.
        work: Background<Result<Seen, String>>,
        /// Pictures that were looked at, and how many there are.
        done: Arc<AtomicUsize>,
        /// How many there are.
        all: usize,
    },
}

impl Looking {
    /// Which picture it is at; `None` if there is none.
    pub fn at(&self) -> Option<String> {
        match self {
            Self::Idle => None,
            Self::Waiting(groups) => Some(format!("picture 1 of {}", groups.pictures())),
            Self::Running { done, all, .. } => {
                let at = (done.load(Ordering::Relaxed) + 1).min(*all);
                Some(format!("picture {at} of {all}"))
            }
        }
    }

    /// Begins with what waits, and gives what has come of it.
    pub fn advance(&mut self, ctx: &Context, runtime: &Runtime) -> Option<Result<Seen, String>> {
        match std::mem::take(self) {
            Self::Idle => None,
            Self::Waiting(groups) => {
                *self = Self::begin(groups, ctx, runtime);
                None
            }
            Self::Running { work, done, all } => match work.take() {
                Progress::Done(seen) => Some(seen),
                Progress::Gone => {
                    Some(Err("the network did not come to an end, give the folders again".to_owned()))
                }
                Progress::Running => {
                    *self = Self::Running { work, done, all };
                    None
                }
            },
        }
    }

    fn begin(mut groups: Groups, ctx: &Context, runtime: &Runtime) -> Self {
        let (all, done) = (groups.pictures(), Arc::new(AtomicUsize::new(0)));
        let (runtime, counted, wake) = (runtime.clone(), done.clone(), ctx.clone());
        let work = Background::new(ctx, move || {
            let network = Network::embedded();
            let mut features = Features::new(&network, &runtime);
            let tell = || {
                counted.fetch_add(1, Ordering::Relaxed);
                wake.request_repaint();
            };
            let pictures = OwnPictures::look(&mut groups, &mut features, tell).map_err(|e| e.to_string())?;
            Ok(Seen { pictures, skipped: groups.skipped })
        });
        Self::Running { work, done, all }
    }
}
