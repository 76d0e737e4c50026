//! A training as a film: step by step is shown, drawn and put away, while the window stays live. Afterwards the
//! networks are where they were.

use egui::{Context, ProgressBar, Ui};
use image::RgbaImage;

use super::{Place, Shell, Tab, Wish};
use crate::app::export::Motion;
use crate::app::recording::{Next, Recording};
use crate::nn::Player;

impl Shell {
    /// Films the training of the page, or of one of its figures: each `every` steps, or as often as makes a
    /// film of fair length. What has not been trained yet is trained to its planned end first. The wish to save
    /// it follows.
    pub fn film(&mut self, motion: Motion, figure: Option<String>, every: Option<u64>) {
        // The film before it puts the networks back where they were.
        self.stop_recording();
        let page = self.page();
        let of = (page.topic.slug, page.stage.made_with().to_owned());
        let Some(player) = page.player() else {
            let text = format!("nothing trains on the page {}, so there is no training to save", of.0);
            return self.notify(text);
        };
        let recording = Recording::new(motion, figure, every, of, player);
        self.exports.recording = Some(recording);
    }

    /// How many pictures of the film there are, and how many there will be; 0 while it is not known.
    pub fn filmed(&self) -> Option<[usize; 2]> {
        self.exports.recording.as_ref().map(Recording::progress)
    }

    /// Gives the film up; the networks go back to where they were.
    pub fn stop_recording(&mut self) {
        if let Some(recording) = self.exports.recording.take()
            && let Some(player) = self.player_of(&recording)
        {
            recording.restore(player);
        }
    }

    /// The networks that a film is of, if they are still on screen.
    fn player_of(&mut self, recording: &Recording) -> Option<&mut Player> {
        let (slug, made_with) = &recording.of;
        if self.place != Place::Page
            || self.current.slug != *slug
            || self.page().stage.made_with() != made_with
        {
            return None;
        }
        self.page().player()
    }

    /// Takes in the picture of a step.
    pub fn captured(&mut self, picture: RgbaImage) {
        if let Some(recording) = &mut self.exports.recording {
            recording.add(picture);
        }
    }

    /// Goes on with the film: one thing a frame.
    pub(super) fn advance_film(&mut self, ctx: &Context) {
        if self.still {
            return;
        }
        let Some(mut recording) = self.exports.recording.take() else { return };
        ctx.request_repaint();
        // It shows the picture, whatever tab was open.
        self.tab = Tab::Explore;
        let pending = self.place == Place::Page && self.page().stage.pending();
        let free = self.wish.is_none();
        let Some(player) = self.player_of(&recording) else {
            return self
                .notify("the networks were changed while their training was saved: save it again".into());
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
        self.exports.recording = Some(recording);
    }

    /// How far the film is.
    pub(super) fn film_ui(&mut self, ui: &mut Ui) {
        let Some(recording) = &self.exports.recording else { return };
        let [drawn, all] = recording.progress();
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
