//! A training as a film: step by step is shown, drawn and put away, while the window stays live. Afterwards the
//! networks are where they were.

use egui::{Context, ProgressBar, Ui};
use image::RgbaImage;

use super::{Place, Shell, Wish};
use crate::app::export::{Film, Motion, file_stem, steps};
use crate::nn::Player;

/// Frames without news after which all that is drawn of a step has arrived.
const CALM: u32 = 2;

/// A training that is being filmed.
pub(super) struct Recording {
    motion: Motion,
    figure: Option<String>,
    every: Option<u64>,
    /// The page, and what its networks were made with.
    of: (&'static str, String),
    before: Before,
    /// The steps that are shown, once the last is known, and how many were drawn.
    steps: Vec<u64>,
    drawn: usize,
    calm: u32,
    film: Option<Film>,
}

/// Where the networks were.
#[derive(Clone, Copy)]
struct Before {
    trained: u64,
    shown: u64,
    playing: bool,
}

impl Before {
    fn restore(self, player: &mut Player) {
        if self.trained == 0 {
            return player.reset();
        }
        player.show(self.shown);
        if self.playing {
            player.play();
        }
    }
}

impl Shell {
    /// Films the training of the page, or of one of its figures: each `every` steps, or as often as makes a
    /// film of fair length. What has not been trained yet is trained to its planned end first. The wish to save
    /// it follows.
    pub fn film(&mut self, motion: Motion, figure: Option<String>, every: Option<u64>) {
        let page = self.page();
        let of = (page.topic.slug, page.stage.made_with().to_owned());
        let Some(player) = page.player() else {
            let text = format!("nothing trains on the page {}, so there is no training to save", of.0);
            return self.notify(text);
        };
        let before =
            Before { trained: player.step(), shown: player.target(), playing: player.is_playing() };
        self.stop_recording();
        let recording =
            Recording { motion, figure, every, of, before, steps: Vec::new(), drawn: 0, calm: 0, film: None };
        self.recording = Some(recording);
    }

    /// How many pictures of the film there are, and how many there will be; 0 while it is not known.
    pub fn filmed(&self) -> Option<[usize; 2]> {
        self.recording.as_ref().map(|recording| [recording.drawn, recording.steps.len()])
    }

    /// Gives the film up; the networks go back to where they were.
    pub fn stop_recording(&mut self) {
        if let Some(recording) = self.recording.take()
            && let Some(player) = self.player_of(&recording)
        {
            recording.before.restore(player);
        }
    }

    /// The networks that a film is of, if they are still on screen.
    fn player_of(&mut self, recording: &Recording) -> Option<&mut Player> {
        let (slug, made_with) = &recording.of;
        if self.place != Place::Page || self.current.slug != *slug || self.page().stage.made_with() != made_with {
            return None;
        }
        self.page().player()
    }

    /// Takes in the picture of a step.
    pub fn captured(&mut self, picture: RgbaImage) {
        if let Some(recording) = &mut self.recording
            && let Some(film) = &mut recording.film
        {
            film.add(picture);
            recording.drawn += 1;
        }
    }

    /// Goes on with the film: one thing a frame.
    pub(super) fn advance_film(&mut self, ctx: &Context) {
        if self.still {
            return;
        }
        let Some(mut recording) = self.recording.take() else { return };
        ctx.request_repaint();
        let pending = self.place == Place::Page && self.page().stage.pending();
        let free = self.wish.is_none();
        let Some(player) = self.player_of(&recording) else {
            return self.notify("the networks were changed while their training was saved: save it again".into());
        };
        match recording.advance(player, pending) {
            Next::Wait => {}
            Next::Draw if free => self.wish = Some(Wish::Capture(recording.figure.clone())),
            Next::Draw => {}
            Next::Save(Ok(made)) => {
                self.wish = Some(Wish::Save(made));
                return;
            }
            Next::Save(Err(error)) => return self.notify(format!("the training cannot be saved: {error}")),
        }
        self.recording = Some(recording);
    }

    /// How far the film is.
    pub(super) fn film_ui(&mut self, ui: &mut Ui) {
        let Some(recording) = &self.recording else { return };
        let [drawn, all] = [recording.drawn, recording.steps.len()];
        let text = match all {
            0 => "Training before it is saved".to_owned(),
            _ if drawn < all => format!("Saving the training: {drawn} of {all} pictures"),
            _ => "Saving the training: putting the pictures together".to_owned(),
        };
        let mut stop = false;
        egui::Frame::group(ui.style()).show(ui, |ui| {
            ui.horizontal(|ui| {
                stop = ui.button("Cancel").clicked();
                let share = drawn as f32 / all.max(1) as f32;
                ui.add(ProgressBar::new(share).text(text));
            });
        });
        if stop {
            self.stop_recording();
        }
    }
}

/// What comes next of a film.
enum Next {
    Wait,
    /// A picture of what is on screen.
    Draw,
    /// The end.
    Save(Result<crate::app::export::Made, String>),
}

impl Recording {
    fn advance(&mut self, player: &mut Player, pending: bool) -> Next {
        let Some(film) = &mut self.film else { return self.begin(player) };
        if let Some(step) = self.steps.get(self.drawn).copied() {
            if player.target() != step || player.is_playing() {
                player.show(step);
                self.calm = 0;
            } else if player.showing() != step || player.busy() || pending {
                self.calm = 0;
            } else {
                self.calm += 1;
            }
            if self.calm >= CALM && film.has_room() {
                self.calm = 0;
                return Next::Draw;
            }
            return Next::Wait;
        }
        match film.finish() {
            None => Next::Wait,
            Some(made) => {
                self.before.restore(player);
                Next::Save(made)
            }
        }
    }

    /// Trains to the end, and begins.
    fn begin(&mut self, player: &mut Player) -> Next {
        let end = match (self.before.trained, player.planned()) {
            (0, Some(planned)) => planned,
            (trained, _) => trained,
        };
        if player.step() < end {
            if !player.is_playing() {
                player.play();
            }
            return Next::Wait;
        }
        player.pause();
        self.steps = steps(end, self.every);
        match Film::new(self.motion, file_stem(self.of.0, Some("training")), self.steps.len()) {
            Ok(film) => {
                self.film = Some(film);
                Next::Wait
            }
            Err(error) => Next::Save(Err(error.to_string())),
        }
    }
}
