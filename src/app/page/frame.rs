//! An exhibit with what stands behind it: settings as text, the stage, the sentence, complaints.

use std::time::Instant;

use egui::Ui;
use egui::util::undoer::Undoer;

use crate::app::background::{Background, Progress};
use crate::app::glide::Glide;
use crate::app::heavy::Opening;
use crate::app::lit::Lit;
use crate::app::practice::Practice;
use crate::exhibits::{AnyExhibit, Inputs, Learned, Topic};
use crate::gpu::{Gpu, Plan, Runtime};
use crate::nn::{Kept, Player};
use crate::ops::philox::Rng;
use crate::settings::{Effect, Knobs, Settings, affecting, between};
use crate::viz::figures::race::Speed;
use crate::viz::figures::window::Walk;
use crate::viz::{Audit, Caption, Colours, Screen, Stage, View, Widgets, theme};

/// Seconds without a change after which the audit runs by itself.
const AUDIT_PAUSE_SECS: f32 = 0.6;
/// Floating-point operations up to which the audit runs by itself; the reference of a whole network
/// takes long enough to wait for a click.
const AUDIT_FLOPS: f64 = 2e8;

/// Seconds from one drawing to the next while a plan runs that takes longer than a frame.
const RUNNING_SECS: f32 = 0.1;

/// An exhibit with what stands behind it.
pub struct Page {
    /// Which topic.
    pub topic: &'static Topic,
    /// What is on screen.
    pub stage: Stage,
    /// The question being asked.
    pub practice: Practice,
    /// How fast networks train.
    pub speed: Speed,
    /// Seed of the session.
    seed: u64,
    pub(super) exhibit: Box<dyn AnyExhibit>,
    pub(super) colours: Colours,
    /// The settings that the page begins with.
    pub(super) first: Settings,
    /// How far a heavy page is, while it is opened.
    pub(super) opening: Option<Opening>,
    /// What the stage's work was recorded with: settings, what was changed by hand, inputs.
    pub(super) recorded: Option<(String, u64)>,
    /// Settings that were handed to the networks in training last.
    pub(super) steered: String,
    /// Where the networks in training were, and what with, while the stage is gone.
    kept: Option<(String, Kept)>,
    /// Why the present settings cannot be shown; the last good picture stays.
    problem: Option<String>,
    /// Whether the last recording asked for the user's picture.
    reads_picture: bool,
    /// The sentence, with the last numbers that have arrived.
    caption: Option<Caption>,
    undoer: Undoer<Settings>,
    pub(super) glide: Option<Glide>,
    lit: Lit,
    /// The time of the last frame, in seconds.
    time: f64,
}

/// All settings of a page, the colours included.
pub(super) fn visit(exhibit: &mut dyn AnyExhibit, colours: &mut Colours, k: &mut dyn Knobs) {
    exhibit.knobs(k);
    colours.knobs(k);
}

impl Page {
    /// The page of a topic with its default settings.
    pub fn new(topic: &'static Topic, runtime: &Runtime, screen: &Screen, seed: u64) -> Self {
        let mut page = Self {
            topic,
            stage: Stage::new(runtime, screen),
            practice: Practice::default(),
            seed,
            speed: Speed::default(),
            exhibit: (topic.new)(),
            colours: Colours::default(),
            first: Settings::new(),
            opening: None,
            recorded: None,
            steered: String::new(),
            kept: None,
            problem: None,
            reads_picture: false,
            caption: None,
            undoer: Undoer::default(),
            glide: None,
            lit: Lit::default(),
            time: 0.0,
        };
        page.first = page.settings();
        page
    }

    /// Forgets what is kept of the settings for the next time.
    pub fn forget(&self, inputs: &Inputs) {
        self.exhibit.forget(inputs);
    }

    /// Why the present settings cannot be shown. What lies on the way to a preset need not be possible.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref().or(self.stage.problem()).filter(|_| self.glide.is_none())
    }

    /// Goes back to the settings `from`, and in the frames that follow to those that it has now. What is no number
    /// is there at once.
    pub fn glide_from(&mut self, from: Settings) {
        let to = self.settings();
        let moves = between(&from, &to, 0.0, |k| self.exhibit.knobs(k));
        self.glide = moves.then(|| Glide::new(from, to, self.settings()));
    }

    /// Its settings, or those that it is on the way to.
    pub(super) fn wanted(&mut self) -> Settings {
        let to = self.glide.as_ref().map(|glide| glide.to.clone());
        to.unwrap_or_else(|| self.settings())
    }

    /// Whether it is on the way to a preset.
    pub fn is_gliding(&self) -> bool {
        self.glide.is_some()
    }

    /// Is where it was on the way to.
    pub fn arrive(&mut self) {
        if let Some(glide) = self.glide.take() {
            // What was refused was said when the preset was chosen.
            let _ = self.apply(&glide.to);
        }
    }

    /// Takes the next step of the way to a preset; before [`update`](Self::update). `time` in seconds.
    pub fn glide(&mut self, time: f64) {
        let Some(mut glide) = self.glide.take() else { return };
        if glide.is_stopped_by(&self.settings()) {
            return;
        }
        let share = glide.share(time);
        if share >= 1.0 {
            self.glide = Some(glide);
            return self.arrive();
        }
        between(&glide.from, &glide.to, share, |k| self.exhibit.knobs(k));
        glide.at = self.settings();
        self.glide = Some(glide);
    }

    /// The sentence that says what is to be seen.
    pub fn caption(&self) -> Option<&Caption> {
        self.caption.as_ref()
    }

    /// What was learned as a file that is of use elsewhere, if it is.
    pub fn learned(&self) -> Option<Learned<'_>> {
        self.exhibit.learned(self.stage.player()?)
    }

    /// PyTorch that computes what the present settings show; empty if there is none.
    pub fn code(&mut self) -> String {
        self.topic.code(&mut *self.exhibit)
    }

    /// Lets the stage go and keeps settings, and of the training the start and where it stands. What it alone had on the
    /// adapter is given back to the driver.
    pub fn rest(&mut self, runtime: &Runtime, screen: &Screen) {
        self.leave_stage(runtime, screen);
        if let Some(gpu) = runtime.gpu() {
            gpu.trim();
        }
        self.kept.iter_mut().for_each(|(_, kept)| kept.thin());
    }

    fn leave_stage(&mut self, runtime: &Runtime, screen: &Screen) {
        if let Some(player) = self.stage.player() {
            self.kept = Some((self.stage.made_with().to_owned(), player.kept()));
        }
        self.stage = Stage::new(runtime, screen);
        self.opening = None;
        self.recorded = None;
        self.steered.clear();
    }

    /// Goes on with the same settings on another device, training where it was.
    pub fn move_to(&mut self, runtime: &Runtime, screen: &Screen) {
        let pinned = self.stage.inspection.pinned;
        self.leave_stage(runtime, screen);
        self.stage.inspection.pinned = pinned;
    }

    /// Records again if a setting or an input (`inputs_version`) has changed.
    pub fn update(&mut self, ctx: &egui::Context, inputs: &Inputs, inputs_version: u64) {
        let now = (self.affecting(Effect::Records, inputs), inputs_version);
        if self.recorded.as_ref() != Some(&now) {
            if self.opening.is_none() {
                inputs.take_picture_read();
            }
            if self.opens_on(ctx, inputs, &now) {
                return;
            }
            self.problem = self.record(inputs).err();
            self.reads_picture = inputs.take_picture_read();
            // After the recording, which may have put settings right: another model brings its own.
            self.recorded = Some((self.affecting(Effect::Records, inputs), inputs_version));
        }
        let steering = self.affecting(Effect::Steers, inputs);
        if steering != self.steered
            && let Some(player) = self.stage.player_mut()
        {
            self.exhibit.steer(player);
            self.steered = steering;
        }
    }

    /// Takes the next step of the opening of a page in sight; false once nothing but the last is left, or where that
    /// takes no time.
    fn opens_on(&mut self, ctx: &egui::Context, inputs: &Inputs, now: &(String, u64)) -> bool {
        if let Some(Opening::Recorded(_, of, compiling)) = &self.opening
            && of == now
        {
            // What is wrong with a program is found again, and said, by the last step.
            return compiling.as_ref().is_some_and(|compiling| compiling.take() == Progress::Running);
        }
        // A page that is there already waits only for a network that it has not needed before.
        let there = self.stage.plan().is_some() && self.opening.is_none() && !self.exhibit.unpacks(inputs);
        if there {
            return false;
        }
        let explores = self.topic.is_explorer();
        if (explores || self.exhibit.unpacks(inputs)) && self.opening.is_none() {
            self.opening = Some(Opening::Reads);
            return true;
        }
        // Why it cannot be recorded is found again, and said, by the last step.
        let began = Instant::now();
        let Ok(work) = self.exhibit.record(inputs) else { return false };
        tracing::trace!(ms = began.elapsed().as_secs_f64() * 1e3, "recorded");
        let heavy = explores || self.stage.takes_long(&work);
        let of = (self.affecting(Effect::Records, inputs), now.1);
        let compiling = self.stage.runtime().gpu().cloned().filter(|_| heavy).and_then(|gpu| {
            let programs = self.stage.programs(&work);
            let any = !programs.is_empty();
            let compile =
                move || programs.into_iter().for_each(|(kernel, of)| drop(gpu.pipeline(kernel, of)));
            any.then(|| Background::new(ctx, compile))
        });
        self.opening = Some(Opening::Recorded(Box::new(work), of, compiling));
        heavy
    }

    /// Whether it is being opened in sight.
    pub fn is_opening(&self) -> bool {
        self.opening.is_some()
    }

    fn record(&mut self, inputs: &Inputs) -> Result<(), String> {
        let work = match self.opening.take() {
            Some(Opening::Recorded(work, ..)) => *work,
            _ => self.exhibit.record(inputs).map_err(|e| e.to_string())?,
        };
        let made_with = format!("{}\0{}", self.affecting(Effect::Restarts, inputs), work.given);
        let kept = self.kept.take().filter(|(key, _)| *key == made_with).map(|(_, kept)| kept);
        let began = Instant::now();
        let loaded = self.stage.load(work, &made_with, kept);
        tracing::trace!(ms = began.elapsed().as_secs_f64() * 1e3, "loaded");
        match &loaded {
            Ok(()) => self.exhibit.adopt(),
            Err(_) => self.exhibit.discard(),
        }
        loaded.map_err(|e| e.to_string())
    }

    /// The settings that have at least this effect. The seed of the session counts as one of them.
    fn affecting(&mut self, least: Effect, inputs: &Inputs) -> String {
        let mut settings = affecting(least, |k| self.exhibit.knobs(k));
        settings.put("\0seed", inputs.seed.to_string());
        settings.to_string()
    }

    /// Whether the page shows the user's picture under its present settings.
    pub fn reads_picture(&self) -> bool {
        self.reads_picture
    }

    /// Takes in what has arrived since the last frame; before anything is drawn.
    pub fn begin_frame(&mut self) {
        self.stage.begin_frame();
        if let Some(complaint) = self.stage.runtime().gpu().and_then(Gpu::complaint) {
            self.problem = Some(format!("the driver objects, so that numbers may be wrong: {complaint}"));
        }
        self.stage.advance_audit();
        self.stage.explain();
    }

    /// Asks egui for another frame if one is due. `auto_audit`: audit after a pause.
    pub fn end_frame(&mut self, ctx: &egui::Context, auto_audit: bool) {
        let moved = self.stage.inspection.end_frame();
        if let Some(left) = self.lit.left(self.time) {
            ctx.request_repaint_after_secs(left);
        }
        let runs = self.stage.advances();
        if runs {
            // It runs between frames: those are for whoever watches.
            ctx.request_repaint_after_secs(RUNNING_SECS);
        }
        let awaits = self.stage.pending() && !runs;
        if moved || awaits || self.stage.busy() || self.glide.is_some() || self.is_opening() {
            ctx.request_repaint();
        }
        if self.stage.audit.running() {
            // The reference runs on its own thread: look in from time to time.
            ctx.request_repaint_after_secs(0.05);
        }
        // The reference need not be compared with itself, and training is judged when asked.
        let due = auto_audit && self.stage.runtime().gpu().is_some() && self.stage.player().is_none();
        let light = |plan: &Plan| plan.flops() <= AUDIT_FLOPS;
        if due && matches!(self.stage.audit, Audit::Idle) && self.stage.plan().is_some_and(light) {
            let calm = self.stage.calm_secs();
            if calm >= AUDIT_PAUSE_SECS {
                self.stage.request_audit();
                ctx.request_repaint();
            } else {
                ctx.request_repaint_after_secs(AUDIT_PAUSE_SECS - calm);
            }
        }
    }

    /// Notes the settings for undo; once a frame. `time` in seconds.
    pub fn remember(&mut self, time: f64) {
        if self.glide.is_none() {
            let now = self.settings();
            self.undoer.feed_state(time, &now);
        }
        self.time = time;
        self.lit.tick(time);
    }

    /// Takes the last change of the settings back; false if there is none.
    pub fn undo(&mut self) -> bool {
        let now = self.settings();
        let before = self.undoer.undo(&now).cloned();
        before.is_some_and(|before| self.apply(&before).is_ok())
    }

    /// Makes a change again that was taken back; false if there is none.
    pub fn redo(&mut self) -> bool {
        let now = self.settings();
        let after = self.undoer.redo(&now).cloned();
        after.is_some_and(|after| self.apply(&after).is_ok())
    }

    /// Lights these knobs up for a moment.
    pub fn light(&mut self, knobs: Vec<String>) {
        self.lit = Lit::of(knobs);
    }

    /// Draws the settings.
    pub fn settings_ui(&mut self, ui: &mut Ui) {
        visit(self.exhibit.as_mut(), &mut self.colours, &mut Widgets { ui, lit: self.lit.knobs() });
    }

    /// Brings the sentence up to date, as far as its numbers have arrived.
    pub fn speak(&mut self) {
        let mut view = View::new(&mut self.stage, &self.colours);
        if let Some(caption) = self.exhibit.caption(&mut view) {
            self.caption = Some(caption);
        }
    }

    /// Values of the symbols in the formulas of the page's lesson.
    pub fn symbols(&self) -> Vec<(&'static str, f64)> {
        self.exhibit.symbols()
    }

    /// The window that slides over the picture, if one does.
    pub fn window(&mut self) -> Option<&mut Walk> {
        self.exhibit.window()
    }

    /// The networks in training.
    pub fn player(&mut self) -> Option<&mut Player> {
        self.stage.player_mut()
    }

    /// Why the picture is not that of the present settings, to be read.
    pub fn complaint(&self) -> Option<String> {
        self.problem().map(|problem| format!("These settings cannot be shown: {problem}."))
    }

    /// Draws the picture. On a page without a sentence, which has no room for it, the complaint stands above.
    pub fn canvas_ui(&mut self, ui: &mut Ui) {
        self.stage.dark = ui.visuals().dark_mode;
        if let Some(complaint) = self.complaint().filter(|_| self.topic.is_explorer()) {
            let frame = egui::Frame::group(ui.style()).stroke((1.0, theme::WARN));
            frame.show(ui, |ui| ui.add(egui::Label::new(complaint).wrap().selectable(true)));
        }
        if let Some(opening) = &self.opening {
            return opening.ui(ui);
        }
        self.exhibit.draw(ui, &mut View::new(&mut self.stage, &self.colours));
    }

    /// Asks the question whose numbers are drawn from `seed`.
    pub fn ask(&mut self, seed: u64) {
        let question = self.exhibit.practice(&mut Rng::new(seed.wrapping_add(self.seed << 32)));
        self.practice.ask(seed, question);
    }
}
