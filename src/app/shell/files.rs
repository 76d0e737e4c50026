//! Files that the user gives: dropped, pasted, chosen or named; and settings that outlive the window.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use egui::{ColorImage, Context, Event, Ui};

use super::{Place, Shell};
use crate::app::looking::{Looking, Seen};
use crate::app::opening::{Opened, pasted_paths};
use crate::app::settings;
use crate::data::Picture;
use crate::exhibits::{Own, topic};
use crate::viz::words;

/// What a pasted picture is called, since it lies in no file.
pub(super) const CLIPBOARD: &str = "the clipboard";

/// The page on which groups of pictures are learned, and the setting with which they are.
pub(super) const OWN_PICTURES: (&str, &str) = ("transfer-learning", "task=your pictures");

impl Shell {
    /// Opens a picture, a model or names of classes, and shows it where it belongs, in the frames that
    /// follow. What is wrong with the file becomes a notice, and what was shown before stays.
    pub fn open(&mut self, path: &Path) {
        self.open_all(&[path.to_owned()]);
    }

    /// Opens what was given at once. Folders of pictures among it are groups, for a network to learn.
    pub fn open_all(&mut self, paths: &[PathBuf]) {
        self.opening.push(paths);
    }

    /// The name of the file that is being opened, or which picture of a group is looked at.
    pub fn opening_name(&self) -> Option<String> {
        let Some(path) = self.opening.current() else { return self.looking.at() };
        Some(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned())
    }

    /// Shows what a file holds.
    pub fn show(&mut self, opened: Opened) {
        let (own, page) = match opened {
            Opened::Picture(picture) => {
                self.set_picture(picture);
                return self.see_picture();
            }
            Opened::Groups(groups) => {
                self.looking = Looking::Waiting(groups);
                return;
            }
            Opened::Labels(names, file) => {
                // Names that are given now count for more than those of the last time.
                if let Some(before) = self.inputs.kept_labels().filter(|before| *before != file) {
                    self.opening.withdraw(&before);
                }
                let (count, name) = (names.len(), file.display().to_string());
                if !self.inputs.set_classes(names, file) {
                    self.notify(format!(
                        "these are {count} names of classes, open their model first: {name}"
                    ));
                }
                self.inputs_changed();
                return;
            }
            Opened::Vocabulary(vocabulary, file) => {
                let (count, name) = (vocabulary.vocabulary(), file.display().to_string());
                if !self.inputs.set_vocabulary(vocabulary) {
                    self.notify(format!(
                        "this is a vocabulary of {count} pieces, open the network that reads it first: {name}"
                    ));
                }
                self.inputs_changed();
                return;
            }
            Opened::Network(network) => (Own::Network(Rc::new(*network)), "model-explorer"),
            Opened::Encoder(encoder) => (Own::Encoder(encoder), "text-explorer"),
        };
        self.inputs.set_own(own);
        if let Some(labels) = self.inputs.kept_labels() {
            self.opening.push_next(labels);
        }
        self.inputs_changed();
        if let Some(page) = topic(page) {
            self.open_topic(page);
        }
    }

    /// Shows what was read from a file, and remembers where that lies.
    pub fn show_from(&mut self, path: &Path, opened: Opened) {
        match opened {
            Opened::Picture(picture) => {
                // The picture of the last time leads nowhere.
                let restored = self.restoring.take_if(|kept| *kept == path).is_some();
                self.set_picture(picture);
                self.picture_from = Some(path.display().to_string());
                if !restored {
                    self.see_picture();
                }
            }
            Opened::Vocabulary(..) => {
                self.exports.opened_from.retain(|file| file != path);
                self.exports.opened_from.push(path.to_owned());
                self.show(opened);
            }
            Opened::Labels(..) => {
                self.exports.opened_from.truncate(1);
                self.exports.opened_from.push(path.to_owned());
                self.show(opened);
            }
            Opened::Groups(ref groups) => {
                self.exports.folders = groups.all.iter().map(|group| group.folder.clone()).collect();
                self.show(opened);
            }
            Opened::Network(_) | Opened::Encoder(_) => {
                self.exports.opened_from = vec![path.to_owned()];
                self.show(opened);
            }
        }
    }

    /// Shows a picture on every page.
    pub fn set_picture(&mut self, picture: Picture) {
        self.notices.extend(picture.notes().iter().cloned());
        // What lies in no file cannot be kept for the next start.
        self.picture_from = None;
        self.inputs.set_picture(picture);
        self.inputs_changed();
    }

    /// Has a head learn groups of pictures that a network has looked at.
    fn show_seen(&mut self, seen: Seen) {
        if let Some(first) = seen.skipped.first() {
            let count = words::plural(seen.skipped.len(), "file is", "files are");
            self.notify(format!("{count} left out: {first}"));
        }
        self.inputs.set_own_pictures(seen.pictures);
        self.inputs_changed();
        if let Some(page) = topic(OWN_PICTURES.0) {
            self.open_topic(page);
            // The page has this setting: a test drops pictures.
            let _ = self.page().set(OWN_PICTURES.1);
        }
    }

    /// What pages have recorded of the inputs is out of date.
    fn inputs_changed(&mut self) {
        self.inputs_version += 1;
        self.foyer.forget();
    }

    /// Goes where a picture can be seen, if no page is shown.
    fn see_picture(&mut self) {
        if let Some(vision) = topic("vision-explorer").filter(|_| self.place != Place::Page) {
            self.open_topic(vision);
        }
    }

    /// Keeps settings for models in a file, and begins with those that it holds.
    pub fn keep_settings_in(&mut self, file: PathBuf) {
        *self.inputs.kept() = settings::load(&file);
        self.settings_file = Some(file);
    }

    /// Takes what was dropped and pasted, and shows what has been opened.
    pub(super) fn files(&mut self, ui: &Ui) {
        let dropped = ui.input(|i| i.raw.dropped_files.clone());
        self.open_all(&dropped.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>());
        // In a text field, pasting is for text.
        if !ui.ctx().text_edit_focused() {
            let events = ui.input(|i| i.events.clone());
            for event in events {
                match event {
                    Event::PasteImage(image) => self.paste(&image),
                    Event::Paste(text) => self.open_all(&pasted_paths(&text)),
                    _ => {}
                }
            }
        }
        while let Some((path, result)) = self.opening.advance(ui.ctx()) {
            match result {
                Ok(opened) => self.show_from(&path, opened),
                Err(error) => self.notify(error),
            }
        }
        match self.looking.advance(ui.ctx(), &self.runtime) {
            Some(Ok(seen)) => self.show_seen(seen),
            Some(Err(error)) => self.notify(error),
            None => {}
        }
    }

    fn paste(&mut self, image: &ColorImage) {
        // Sides beyond u32 are beyond every limit.
        let size = image.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let rgba = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
        match Picture::from_rgba(CLIPBOARD, size, rgba) {
            Ok(picture) => {
                self.set_picture(picture);
                self.see_picture();
            }
            Err(error) => self.notify(error.to_string()),
        }
    }

    /// Writes settings for models once they have changed and nobody is dragging a slider.
    pub(super) fn keep_settings(&mut self, ctx: &Context) {
        let Some(file) = &self.settings_file else { return };
        if ctx.input(|i| i.pointer.any_down()) || !self.inputs.kept().take_changed() {
            return;
        }
        if let Err(error) = settings::save(file, self.inputs.kept()) {
            let text = format!("the settings for this model cannot be kept ({error}): {}", file.display());
            self.notices.push(text);
        }
    }
}
