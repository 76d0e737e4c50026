//! A page that runs in the place of its picture: what it shows first, live, made smaller.

use std::sync::Arc;

use egui::emath::TSTransform;
use egui::{Context, Id, LayerId, Order, Rect, Ui, UiBuilder, Vec2, vec2};

use super::background::{Background, Progress};
use super::page::Page;
use crate::data::Picture;
use crate::exhibits::{Inputs, Topic};
use crate::gpu::Runtime;
use crate::nn::Pace;
use crate::viz::figures::page;
use crate::viz::{Screen, Stage, TRAINING_BUDGET};

/// Room of a page in points, as in a window of 1280 by 800.
const STAGE: Vec2 = vec2(768.0, 588.0);

/// A page that runs in a picture's place. It has a page of its own, so that what the user has set on the page itself
/// stays as it is; when it is dropped, all of it stops.
pub struct Alive {
    page: Page,
    /// What it needs is compiled on a thread, so that the window does not wait for it.
    compiling: Option<Background<()>>,
    /// Whether all of it has been drawn once, and moves.
    moves: bool,
}

impl Alive {
    /// Begins to run a page under these settings, `knob=value` each.
    pub fn new(
        topic: &'static Topic,
        settings: &[String],
        runtime: &Runtime,
        screen: &Screen,
        inputs: &Inputs,
        ctx: &Context,
        work: Option<Arc<()>>,
    ) -> Self {
        let mut page = Page::new(topic, runtime, screen, inputs.seed);
        // What cannot be set leaves the page as it begins.
        settings.iter().for_each(|setting| drop(page.set(setting)));
        let compiling = work.filter(|_| runtime.gpu().is_some()).map(|work| {
            let (runtime, picture, settings) = (runtime.clone(), inputs.picture().clone(), settings.to_vec());
            let cpu = ctx.clone();
            Background::new(ctx, move || {
                compile(topic, &settings, &runtime, picture, &cpu);
                drop(work);
            })
        });
        Self { page, compiling, moves: false }
    }

    /// The page that runs.
    pub fn topic(&self) -> &'static Topic {
        self.page.topic
    }

    /// Its networks and its window, for tests.
    pub fn page(&mut self) -> &mut Page {
        &mut self.page
    }

    /// Sets a knob, as far as that is possible.
    pub fn set(&mut self, setting: &str) {
        let _ = self.page.set(setting);
    }

    /// Runs it and draws its first row into `rect`; false while there is nothing to be seen yet. `pace`: steps of
    /// training in a frame, by their time if `None`.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect, inputs: &Inputs, pace: Option<usize>) -> bool {
        if let Some(compiling) = &self.compiling {
            if compiling.take() == Progress::Running {
                return false;
            }
            self.compiling = None;
        }
        self.page.begin_frame();
        // The page is dropped before an input can change.
        self.page.update(ui.ctx(), inputs, 0);
        self.page.stage.pace = pace.map_or(Pace::Fill(TRAINING_BUDGET), Pace::Fixed);
        let seen = self.moves;
        self.draw(ui, rect, seen);
        if self.page.is_opening() || self.page.stage.pending() || self.page.problem().is_some() {
            self.page.end_frame(ui.ctx(), false);
            return seen;
        }
        if !std::mem::replace(&mut self.moves, true) {
            if let Some(player) = self.page.player() {
                player.play();
            }
            ui.ctx().request_repaint();
        }
        if let Some(walk) = self.page.window() {
            if !walk.playing() {
                walk.toggle();
            }
            walk.advance(ui.input(|i| i.time));
            if walk.playing() {
                ui.ctx().request_repaint_after_secs(1.0 / *walk.rate());
            }
        }
        self.page.end_frame(ui.ctx(), false);
        seen
    }

    /// Draws the page into a layer of its own, in which nothing can be pointed at, and moves that layer so that its
    /// first row covers `rect` from the left top corner. Unseen, it asks for what it needs all the same.
    fn draw(&mut self, ui: &Ui, rect: Rect, seen: bool) {
        let layer = LayerId::new(Order::Middle, Id::unique("alive"));
        let stage = Rect::from_min_size(egui::Pos2::ZERO, STAGE);
        let before = page::hero(ui.ctx());
        let place = |hero: Rect| {
            let scale = (rect.width() / hero.width()).max(rect.height() / hero.height());
            TSTransform::new(rect.min.to_vec2() - hero.min.to_vec2() * scale, scale)
        };
        let clip = before
            .filter(|_| seen)
            .map_or(Rect::NOTHING, |hero| place(hero).inverse() * rect.intersect(ui.clip_rect()));
        let mut own = Ui::new(
            ui.ctx().clone(),
            Id::unique("alive page"),
            UiBuilder::new().layer_id(layer).max_rect(stage),
        );
        own.set_clip_rect(clip);
        // Nobody can reach what is in it, by pointer or by keyboard, but it looks as if one could.
        own.visuals_mut().disabled_alpha = 1.0;
        own.disable();
        page::forget_hero(ui.ctx());
        self.page.canvas_ui(&mut own);
        let hero = page::hero(ui.ctx()).unwrap_or(stage);
        page::keep_hero(ui.ctx(), hero);
        ui.ctx().set_transform_layer(layer, place(hero));
    }

    /// Records the frame's work on the adapter.
    pub fn encode(&mut self, encoder: Option<&mut wgpu::CommandEncoder>) {
        if self.compiling.is_none() {
            self.page.stage.encode(encoder);
        }
    }
}

/// Makes what the page needs once, and lets it go: programs stay with the adapter.
fn compile(topic: &'static Topic, settings: &[String], runtime: &Runtime, picture: Picture, ctx: &Context) {
    let mut inputs = Inputs::default();
    inputs.set_picture(picture);
    let mut exhibit = (topic.new)();
    settings.iter().for_each(|setting| drop(crate::settings::set(setting, |k| exhibit.knobs(k))));
    if let Ok(work) = exhibit.record(&inputs) {
        // What is refused here is refused on the page, which says so.
        let _ = Stage::new(runtime, &Screen::Cpu(ctx.clone())).load(work, "", None);
    }
}
