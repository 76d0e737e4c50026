//! An exhibit with what stands behind it: settings, stage, complaints, practice.

use egui::{RichText, Ui};

use crate::exhibits::{Exhibit, Inputs, Question, Topic};
use crate::gpu::{Plan, Runtime};
use crate::ops::philox::Rng;
use crate::viz::knobs::{self, KnobError, Listed};
use crate::viz::{Audit, Colours, Knobs, Screen, Stage, View, Widgets, theme};

/// Seconds without a change after which the audit runs by itself.
pub const AUDIT_PAUSE_SECS: f32 = 0.6;
/// Floating-point operations up to which the audit runs by itself; the reference of a whole network
/// takes long enough to wait for a click.
pub const AUDIT_FLOPS: f64 = 2e8;

/// An exhibit with what stands behind it.
pub struct Page {
    /// Which topic.
    pub topic: &'static Topic,
    /// What is on screen.
    pub stage: Stage,
    exhibit: Box<dyn Exhibit>,
    colours: Colours,
    /// Settings and inputs that the stage's plan was recorded with.
    recorded: Option<(serde_json::Map<String, serde_json::Value>, u64)>,
    /// Why the present settings cannot be shown; the last good picture stays.
    problem: Option<String>,
    /// Whether the last recording asked for the user's picture.
    reads_picture: bool,
    practice: Practice,
}

/// The question being asked.
struct Practice {
    rng: Rng,
    question: Option<Question>,
    entry: String,
    verdict: Option<bool>,
}

/// All settings of a page, the colours included.
fn visit(exhibit: &mut dyn Exhibit, colours: &mut Colours, k: &mut dyn Knobs) {
    exhibit.knobs(k);
    colours.knobs(k);
}

impl Page {
    /// The page of a topic with its default settings.
    pub fn new(topic: &'static Topic, runtime: &Runtime, screen: &Screen, seed: u64) -> Self {
        Self {
            topic,
            stage: Stage::new(runtime, screen),
            exhibit: (topic.new)(),
            colours: Colours::default(),
            recorded: None,
            problem: None,
            reads_picture: false,
            practice: Practice { rng: Rng::new(seed), question: None, entry: String::new(), verdict: None },
        }
    }

    /// Forgets what is kept of the settings for the next time.
    pub fn forget(&self, inputs: &Inputs) {
        self.exhibit.forget(inputs);
    }

    /// Puts all settings back to their defaults.
    pub fn reset(&mut self) {
        self.exhibit = (self.topic.new)();
        self.colours = Colours::default();
        self.recorded = None;
    }

    /// Goes on with the same settings on another device.
    pub fn move_to(&mut self, runtime: &Runtime, screen: &Screen) {
        self.stage = Stage::new(runtime, screen);
        self.recorded = None;
    }

    /// Sets a knob from `name=value`.
    pub fn set(&mut self, assignment: &str) -> Result<(), KnobError> {
        knobs::set(assignment, |k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// All settings by name.
    pub fn settings(&mut self) -> serde_json::Map<String, serde_json::Value> {
        knobs::dump(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// All knobs in order, and whether they have an effect under the present settings.
    pub fn knobs(&mut self) -> Vec<Listed> {
        knobs::list(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// Assignments that move every knob to its ends.
    pub fn ends(&mut self) -> Vec<String> {
        knobs::ends(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// Why the present settings cannot be shown.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref().or(self.stage.problem())
    }

    /// Records the plan again if a setting or an input (`inputs_version`) has changed.
    pub fn update(&mut self, inputs: &Inputs, inputs_version: u64) {
        let now = (self.recording(inputs), inputs_version);
        if self.recorded.as_ref() == Some(&now) {
            return;
        }
        let mut plan = Plan::new();
        inputs.take_picture_read();
        self.problem = match self.exhibit.record(&mut plan, inputs) {
            Err(e) => Some(e.to_string()),
            Ok(()) => self.stage.load(plan).err().map(|e| {
                // The exhibit draws what it recorded last, which is not what the stage still holds.
                self.stage.clear();
                e.to_string()
            }),
        };
        self.reads_picture = inputs.take_picture_read();
        // After the recording, which may have put settings right: another model brings its own.
        self.recorded = Some((self.recording(inputs), inputs_version));
    }

    /// All that a recording depends on, apart from the inputs.
    fn recording(&mut self, inputs: &Inputs) -> serde_json::Map<String, serde_json::Value> {
        let mut settings = knobs::recorded(|k| self.exhibit.knobs(k));
        // The seed of the session counts as an input, and so does what is changed by hand.
        settings.insert("\0seed".into(), inputs.seed.into());
        settings.insert("\0revision".into(), self.exhibit.revision().into());
        settings
    }

    /// Whether the page shows the user's picture under its present settings.
    pub fn reads_picture(&self) -> bool {
        self.reads_picture
    }

    /// Takes in what has arrived since the last frame; before anything is drawn.
    pub fn begin_frame(&mut self) {
        self.stage.begin_frame();
        self.stage.advance_audit();
        self.stage.explain();
    }

    /// Asks egui for another frame if one is due. `auto_audit`: audit after a pause.
    pub fn end_frame(&mut self, ctx: &egui::Context, auto_audit: bool) {
        let moved = self.stage.inspection.end_frame();
        if moved || self.stage.pending() {
            ctx.request_repaint();
        }
        if self.stage.audit.running() {
            // The reference runs on its own thread: look in from time to time.
            ctx.request_repaint_after_secs(0.05);
        }
        // The reference need not be compared with itself.
        let due = auto_audit && self.stage.runtime().gpu().is_some();
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

    /// Draws the settings.
    pub fn settings_ui(&mut self, ui: &mut Ui) {
        visit(self.exhibit.as_mut(), &mut self.colours, &mut Widgets { ui });
    }

    /// Draws the picture, with the reason above it if it is not that of the present settings.
    pub fn canvas_ui(&mut self, ui: &mut Ui) {
        if let Some(problem) = self.problem() {
            let frame = egui::Frame::group(ui.style()).stroke((1.0, theme::WARN));
            let text = format!("These settings cannot be shown: {problem}.");
            frame.show(ui, |ui| ui.add(egui::Label::new(text).wrap().selectable(true)));
        }
        let mut view = View { stage: &mut self.stage, colours: &self.colours };
        self.exhibit.canvas(ui, &mut view);
    }

    /// Draws a question and judges the number that is typed.
    pub fn practice_ui(&mut self, ui: &mut Ui) {
        let Self { exhibit, practice, .. } = self;
        if practice.question.is_none() {
            practice.question = exhibit.practice(&mut practice.rng);
        }
        let Some(question) = practice.question.clone() else { return };
        ui.heading("Practice");
        ui.label(&question.ask);
        ui.horizontal(|ui| {
            let caption = ui.label("Your answer");
            let edit = egui::TextEdit::singleline(&mut practice.entry).desired_width(120.0);
            let entered = ui.add(edit).labelled_by(caption.id);
            let submitted = entered.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if ui.button("Check").clicked() || submitted {
                let number: Option<f64> = practice.entry.trim().replace('−', "-").parse().ok();
                // Two decimals are enough.
                let near = |n: f64| (n - question.answer).abs() <= 0.006 + 0.005 * question.answer.abs();
                practice.verdict = Some(number.is_some_and(near));
            }
            if ui.button("Another question").clicked() {
                practice.question = None;
                practice.verdict = None;
                practice.entry.clear();
            }
        });
        if let Some(right) = practice.verdict {
            let (word, color) = if right { ("Right.", theme::GOOD) } else { ("Not quite.", theme::BAD) };
            let answer = crate::ops::arithmetic::number(question.answer);
            ui.label(RichText::new(word).strong().color(color));
            ui.label(format!("The engine's answer is {answer}. {}", question.how));
        }
    }
}
