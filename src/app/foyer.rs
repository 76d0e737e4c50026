//! What home remembers: pictures of pages, which of them runs, what is said of the user's picture.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egui::{Context, TextureHandle};

use super::alive::Alive;
use super::glance::Glance;
use crate::exhibits::{Inputs, Topic};
use crate::gpu::Runtime;
use crate::viz::Screen;

/// Seconds for which a picture is pointed at before its page runs: less is only passing by.
const BEFORE_SECS: f64 = 0.3;
/// Seconds until another look whether the programs of the page before are made.
const BUSY_SECS: f32 = 0.1;

/// A picture that is pointed at: its page, and the settings under which it runs there.
pub struct Pointed {
    /// The page.
    pub topic: &'static Topic,
    /// `knob=value` each.
    pub settings: Vec<String>,
}

/// What home remembers.
#[derive(Default)]
pub struct Foyer {
    /// Whose cards are shown; empty for all.
    pub chapter: &'static str,
    /// Pictures of pages, dark or light.
    pub cards: BTreeMap<(&'static str, bool), TextureHandle>,
    /// The page that runs in its picture's place.
    pub alive: Option<Alive>,
    /// The page whose picture is pointed at, and since when in seconds.
    since: Option<(&'static str, f64)>,
    /// What is pointed at in this frame.
    pub pointed: Option<Pointed>,
    /// The user's picture, and what is said of it.
    pub picture: Option<TextureHandle>,
    /// What the network says of it.
    pub glance: Glance,
    /// Pages whose programs the adapter has, and what is held while those of another are made.
    compiled: BTreeSet<&'static str>,
    working: Arc<()>,
    /// What was written in the door of the sentence.
    pub sentence: String,
}

impl Foyer {
    /// Stops what runs.
    pub fn rest(&mut self) {
        (self.alive, self.since, self.pointed) = (None, None, None);
    }

    /// Everything is on another device: what was asked of the old one is asked again.
    pub fn moved(&mut self) {
        self.rest();
        self.compiled.clear();
        if !matches!(self.glance, Glance::Said(Ok(_))) {
            self.glance = Glance::default();
        }
    }

    /// Another picture or model is open: what was known of the one before holds no more.
    pub fn forget(&mut self) {
        self.rest();
        (self.picture, self.glance) = (None, Glance::default());
    }

    /// Begins and stops what runs, by what was pointed at in this frame; at its end.
    pub fn follow(&mut self, ctx: &Context, runtime: &Runtime, screen: &Screen, inputs: &Inputs) {
        let Some(Pointed { topic, settings }) = self.pointed.take() else { return self.rest() };
        let now = ctx.input(|i| i.time);
        let since = match self.since {
            Some((slug, since)) if slug == topic.slug => since,
            _ => {
                self.rest();
                now
            }
        };
        self.since = Some((topic.slug, since));
        if self.alive.is_some() {
            return;
        }
        let left = since + BEFORE_SECS - now;
        // One at a time, also where the pointer has gone on.
        let busy = Arc::strong_count(&self.working) > 1;
        if left > 0.0 || busy {
            ctx.request_repaint_after_secs(if busy { BUSY_SECS } else { left as f32 });
        } else {
            let work = self.compiled.insert(topic.slug).then(|| self.working.clone());
            self.alive = Some(Alive::new(topic, &settings, runtime, screen, inputs, ctx, work));
            ctx.request_repaint();
        }
    }
}
