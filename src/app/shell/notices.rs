//! What the user should read: files on their way, notices, and a hint on the first visit.

use egui::{Align, Frame, Layout, Rect, Ui, vec2};

use super::Shell;
use crate::viz::figures::page;
use crate::viz::theme;
use crate::viz::words::{self, Voice};

impl Shell {
    /// Files that are being opened, and what the user should read.
    pub(super) fn notices_ui(&mut self, ui: &mut Ui) {
        if let Some(name) = self.opening_name() {
            let text = format!("Opening {name}…");
            Frame::group(ui.style()).show(ui, |ui| ui.add(egui::Label::new(text).wrap()));
        }
        let mut close = None;
        for (i, notice) in self.notices.iter().enumerate() {
            Frame::group(ui.style()).stroke((1.0, theme::WARN)).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if ui.button("Close").clicked() {
                            close = Some(i);
                        }
                        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                            ui.add(egui::Label::new(notice).wrap().selectable(true));
                        });
                    });
                });
            });
        }
        if let Some(i) = close {
            self.notices.remove(i);
        }
    }

    /// What can be done with a figure, said once, until somebody has done it.
    pub(super) fn hint(&mut self, ui: &Ui, room: Rect) {
        if self.still || self.state_file.is_none() || self.state.hinted || self.current.is_explorer() {
            return;
        }
        if self.page().stage.inspection.explanation.is_some() {
            self.hinted = true;
        }
        // On the figure, where it covers no name.
        let figure = page::hero(ui.ctx()).unwrap_or(room);
        let at = figure.center_bottom() - vec2(0.0, 16.0);
        words::tag(ui, room, at, "Hover any cell. Click keeps it.", Voice::A);
    }
}
