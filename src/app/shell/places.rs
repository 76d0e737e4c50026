//! Where the shell stands: pages and settings as addresses, the way back, and what outlives the window.

use std::path::{Path, PathBuf};

use egui::{Context, ThemePreference};

use super::{Place, Shell};
use crate::app::state::State;
use crate::app::variants::Chosen;
use crate::data::gallery::{SCHEME, Sample};
use crate::exhibits::{Topic, topic};
use crate::settings::{Address, KnobError};
use crate::viz::theme;

/// Addresses of what is no page.
pub const HOME: &str = "home";
const EXAM: &str = "exam";

impl Shell {
    /// Opens a topic's page.
    pub fn open_topic(&mut self, topic: &'static Topic) {
        self.menu = false;
        if self.place == Place::Page && std::ptr::eq(topic, self.current) {
            return;
        }
        self.travel(|shell| shell.show_topic(topic));
    }

    /// Goes somewhere else, so that the way back leads here.
    fn travel(&mut self, show: impl FnOnce(&mut Self)) {
        let from = self.address();
        show(self);
        let to = self.address();
        self.history.go(from, to);
    }

    /// Shows home.
    pub fn open_home(&mut self) {
        self.open_place(Place::Home);
    }

    /// Shows something that is no page.
    pub(super) fn open_place(&mut self, place: Place) {
        self.menu = false;
        if self.place != place {
            self.travel(|shell| shell.show_place(place));
        }
    }

    fn show_place(&mut self, place: Place) {
        // What was under way on the page that is left ends there.
        self.stop_recording();
        self.exports.wanted = None;
        self.page().arrive();
        if let Some(player) = self.page().player() {
            player.pause();
        }
        self.place = place;
        self.foyer.rest();
        self.menu = false;
    }

    fn show_topic(&mut self, topic: &'static Topic) {
        self.show_place(Place::Page);
        self.turn_to(topic);
        self.shader = Chosen::default();
        self.restore();
    }

    /// Makes a topic the current one; its chapter unfolds.
    fn turn_to(&mut self, topic: &'static Topic) {
        self.current = topic;
        self.unfolded.insert(topic.chapter);
    }

    /// Gives a page that is opened for the first time the settings that it had the last time.
    fn restore(&mut self) {
        let slug = self.current.slug;
        let kept = (!self.pages.contains_key(slug)).then(|| self.state.settings.get(slug)).flatten();
        if let Some(settings) = kept.and_then(|text| text.parse().ok()) {
            // What an older version had and this one has not is left out.
            let _ = self.page().apply(&settings);
        }
    }

    /// Where the shell stands.
    pub fn address(&mut self) -> Address {
        match self.place {
            Place::Home => return Address::of(HOME),
            Place::Exam => return Address::of(EXAM),
            Place::Page => {}
        }
        let page = self.page();
        let settings = page.changed_settings();
        let step = page.stage.player().map(crate::nn::Player::target).filter(|step| *step > 0);
        Address { page: page.topic.slug.to_owned(), settings, step }
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// What of it could not be set; the page is shown all the same.
    pub fn go(&mut self, to: &Address, topic: &'static Topic) -> Result<(), Vec<KnobError>> {
        self.open_topic(topic);
        self.set_all(to)
    }

    fn set_all(&mut self, to: &Address) -> Result<(), Vec<KnobError>> {
        let page = self.page();
        let set = page.apply(&to.settings);
        if let (Some(step), Some(player)) = (to.step, page.player()) {
            player.show(step);
        }
        set
    }

    /// Notes that the settings are about to be replaced, so that the way back leads here.
    pub(super) fn note_place(&mut self) {
        let here = self.address();
        self.history.fork(here);
    }

    pub(super) fn back(&mut self) {
        let here = self.address();
        let to = self.history.back(here);
        self.visit(to);
    }

    pub(super) fn forward(&mut self) {
        let here = self.address();
        let to = self.history.forward(here);
        self.visit(to);
    }

    fn visit(&mut self, to: Option<Address>) {
        let Some(to) = to else { return };
        match to.page.as_str() {
            HOME => return self.show_place(Place::Home),
            EXAM => return self.show_place(Place::Exam),
            _ => {}
        }
        let Some(topic) = topic(&to.page) else { return };
        self.show_topic(topic);
        // It was set before, so it can be set again.
        let _ = self.set_all(&to);
    }

    /// All settings of the page back to their defaults.
    pub(super) fn reset(&mut self) {
        if let Some(page) = self.pages.get_mut(self.current.slug) {
            page.forget(&self.inputs);
            page.reset();
        }
    }

    /// Keeps page, settings, theme, zoom and the own picture in a file, and begins with those that it
    /// holds, unless `show` is false: then only what belongs to other pages is taken over.
    pub fn keep_state_in(&mut self, file: PathBuf, ctx: &Context, show: bool) {
        self.state = State::load(&file);
        self.state_file = Some(file);
        ctx.set_theme(match self.state.theme.as_str() {
            "dark" => ThemePreference::Dark,
            "light" => ThemePreference::Light,
            _ => ThemePreference::System,
        });
        if self.state.zoom > 0.0 {
            let zoom = self.state.zoom.clamp(0.5, 3.0);
            self.zoom_wanted = Some(zoom);
            ctx.set_zoom_factor(zoom * self.fitted);
        }
        if !show {
            self.restore();
            return;
        }
        if let Some(from) = self.state.picture.clone() {
            match from.strip_prefix(SCHEME).map(Sample::named) {
                Some(Some(sample)) => self.set_picture(sample.picture()),
                Some(None) => {}
                None => {
                    self.restoring = Some(PathBuf::from(&from));
                    self.open(Path::new(&from));
                }
            }
            self.picture_from = Some(from);
        }
        if self.state.home || self.state.page.is_empty() {
            self.place = Place::Home;
        }
        match topic(&self.state.page) {
            Some(topic) if self.state.home => self.turn_to(topic),
            Some(topic) if !std::ptr::eq(topic, self.current) => self.show_topic(topic),
            _ => {}
        }
        // Pages that are open already have not begun with what was kept.
        for (slug, page) in &mut self.pages {
            if let Some(settings) = self.state.settings.get(*slug).and_then(|text| text.parse().ok()) {
                let _ = page.apply(&settings);
            }
        }
        self.restore();
    }

    /// Draws the interface as large as a window of so many points asks for, times what the user has chosen.
    pub fn fit_interface(&mut self, ctx: &Context, points: [f32; 2]) {
        let fitted = theme::interface_scale(points);
        if fitted != self.fitted {
            ctx.set_zoom_factor(self.zoom(ctx) * fitted);
            self.fitted = fitted;
        }
    }

    /// The zoom that the user has chosen.
    fn zoom(&self, ctx: &Context) -> f32 {
        // What was set takes effect with the next frame. To a thousandth, so that a window that is resized changes
        // nothing.
        self.zoom_wanted.unwrap_or((ctx.zoom_factor() / self.fitted * 1000.0).round() / 1000.0)
    }

    /// Writes what outlives the window once it has changed and no slider is moving.
    pub(super) fn keep_state(&mut self, ctx: &Context) {
        let Some(file) = self.state_file.clone() else { return };
        if ctx.input(|i| i.pointer.any_down()) || self.page().is_gliding() {
            return;
        }
        let mut now = self.state.clone();
        now.home = self.place == Place::Home;
        now.hinted |= self.hinted;
        if self.place == Place::Page {
            now.page = self.current.slug.to_owned();
            let page = self.page();
            now.settings.insert(page.topic.slug.to_owned(), page.changed_settings().to_string());
        }
        now.theme = match ctx.options(|o| o.theme_preference) {
            ThemePreference::System => "system",
            ThemePreference::Dark => "dark",
            ThemePreference::Light => "light",
        }
        .to_owned();
        now.zoom = self.zoom(ctx);
        now.picture.clone_from(&self.picture_from);
        if now == self.state {
            return;
        }
        if let Err(error) = now.save(&file) {
            let text =
                format!("page and settings cannot be kept for the next start ({error}): {}", file.display());
            self.notices.push(text);
            self.state_file = None;
        }
        self.state = now;
    }
}
