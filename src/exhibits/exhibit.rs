//! A page: its settings, what they record, the sentence and the picture that are drawn of it.

use super::inputs::Inputs;
use super::problem::Problem;
use super::recording::Recording;
use crate::gpu::GpuError;
use crate::lessons::Question;
use crate::nn::Player;
use crate::ops::philox::Rng;
use crate::settings::Knobs;
use crate::viz::figures::window::Walk;
use crate::viz::{Caption, View, Work};

/// A page. Its fields are its settings.
pub trait Exhibit: Default + 'static {
    /// What sentence and picture need of what was recorded: tensors, labels, the settings it was recorded
    /// with.
    type Shown: 'static;

    /// Every setting, declared once.
    fn knobs(&mut self, k: &mut dyn Knobs);

    /// Records what the settings ask for.
    ///
    /// # Errors
    /// Why they cannot be shown; the last good picture stays.
    fn record(&mut self, on: &mut Recording<'_>) -> Result<Self::Shown, Problem>;

    /// One sentence that says what is to be seen: setting, measured change, why it matters. `None` until its
    /// numbers are there; the one before stays until then.
    fn caption(&self, _shown: &Self::Shown, _view: &mut View<'_>) -> Option<Caption> {
        None
    }

    /// Draws the picture into all the room that `ui` has.
    fn draw(&mut self, shown: &Self::Shown, ui: &mut egui::Ui, view: &mut View<'_>);

    /// Hands knobs that [steer](crate::settings::Effect::Steers) to the networks in training.
    fn steer(&self, _shown: &Self::Shown, _player: &mut Player) {}

    /// The window that slides over the picture, if one does: played from the header.
    fn window(&mut self) -> Option<&mut Walk> {
        None
    }

    /// PyTorch that computes what the present settings show, where more follows from them than values in the
    /// lesson's own code.
    fn code(&self) -> Option<String> {
        None
    }

    /// Values of the symbols in the formulas of its lesson, such as `("W", 224.0)`; those of no page-wide value are
    /// left out.
    fn symbols(&self, _shown: &Self::Shown) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// What was learned as a file that is of use elsewhere, if it is.
    fn learned<'l>(&self, _shown: &'l Self::Shown, _player: &'l Player) -> Option<Learned<'l>> {
        None
    }

    /// Whether a network has to be unpacked before it can be recorded.
    fn unpacks(&self, _inputs: &Inputs) -> bool {
        false
    }

    /// Forgets what is kept of its settings from one time to the next, for a reset.
    fn forget(&self, _inputs: &Inputs) {}

    /// A fresh question, answered by the engine.
    fn practice(_rng: &mut Rng) -> Option<Question> {
        None
    }
}

/// What was learned, as a file that is made when somebody asks for it.
pub struct Learned<'l> {
    /// Its name.
    pub file: &'static str,
    /// Makes it. Waits for the GPU.
    pub make: Box<dyn FnOnce() -> Result<Vec<u8>, GpuError> + 'l>,
}

/// An [`Exhibit`] of any type, with what it has recorded.
pub trait AnyExhibit {
    /// See [`Exhibit::knobs`].
    fn knobs(&mut self, k: &mut dyn Knobs);
    /// Records; what the picture needs waits until [`adopt`](Self::adopt) or [`discard`](Self::discard).
    ///
    /// # Errors
    /// Why the settings cannot be shown.
    fn record(&mut self, inputs: &Inputs) -> Result<Work, Problem>;
    /// The stage holds what was recorded last: it is drawn from now on.
    fn adopt(&mut self);
    /// The stage refused it: what was drawn before goes on being drawn.
    fn discard(&mut self);
    /// See [`Exhibit::caption`].
    fn caption(&self, view: &mut View<'_>) -> Option<Caption>;
    /// See [`Exhibit::draw`]; draws nothing before the first recording was adopted.
    fn draw(&mut self, ui: &mut egui::Ui, view: &mut View<'_>);
    /// See [`Exhibit::steer`].
    fn steer(&self, player: &mut Player);
    /// See [`Exhibit::window`].
    fn window(&mut self) -> Option<&mut Walk>;
    /// See [`Exhibit::code`].
    fn code(&self) -> Option<String>;
    /// See [`Exhibit::symbols`]; none before the first recording was adopted.
    fn symbols(&self) -> Vec<(&'static str, f64)>;
    /// See [`Exhibit::learned`]; nothing before the first recording was adopted.
    fn learned<'l>(&'l self, player: &'l Player) -> Option<Learned<'l>>;
    /// See [`Exhibit::unpacks`].
    fn unpacks(&self, inputs: &Inputs) -> bool;
    /// See [`Exhibit::forget`].
    fn forget(&self, inputs: &Inputs);
    /// See [`Exhibit::practice`].
    fn practice(&self, rng: &mut Rng) -> Option<Question>;
}

/// An exhibit and what its picture needs.
struct Mounted<E: Exhibit> {
    settings: E,
    shown: Option<E::Shown>,
    /// Recorded and not yet on the stage.
    next: Option<E::Shown>,
}

/// An exhibit with its default settings.
pub fn mount<E: Exhibit>() -> Box<dyn AnyExhibit> {
    Box::new(Mounted { settings: E::default(), shown: None, next: None })
}

impl<E: Exhibit> AnyExhibit for Mounted<E> {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        self.settings.knobs(k);
    }

    fn record(&mut self, inputs: &Inputs) -> Result<Work, Problem> {
        let mut recording = Recording::new(inputs);
        self.next = Some(self.settings.record(&mut recording)?);
        Ok(recording.finish())
    }

    fn adopt(&mut self) {
        self.shown = self.next.take().or(self.shown.take());
    }

    fn discard(&mut self) {
        self.next = None;
    }

    fn caption(&self, view: &mut View<'_>) -> Option<Caption> {
        self.settings.caption(self.shown.as_ref()?, view)
    }

    fn draw(&mut self, ui: &mut egui::Ui, view: &mut View<'_>) {
        if let Some(shown) = &self.shown {
            self.settings.draw(shown, ui, view);
        }
    }

    fn steer(&self, player: &mut Player) {
        if let Some(shown) = &self.shown {
            self.settings.steer(shown, player);
        }
    }

    fn window(&mut self) -> Option<&mut Walk> {
        self.settings.window()
    }

    fn code(&self) -> Option<String> {
        self.settings.code()
    }

    fn symbols(&self) -> Vec<(&'static str, f64)> {
        self.shown.as_ref().map_or_else(Vec::new, |shown| self.settings.symbols(shown))
    }

    fn learned<'l>(&'l self, player: &'l Player) -> Option<Learned<'l>> {
        self.settings.learned(self.shown.as_ref()?, player)
    }

    fn unpacks(&self, inputs: &Inputs) -> bool {
        self.settings.unpacks(inputs)
    }

    fn forget(&self, inputs: &Inputs) {
        self.settings.forget(inputs);
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        E::practice(rng)
    }
}
