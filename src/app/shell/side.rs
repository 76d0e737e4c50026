//! The right side: settings, kernels with their times, inspector.

use egui::{Align, Layout, Panel, RichText, ScrollArea, Ui};

use super::{Shell, Wish};
use crate::app::command::Command;
use crate::ops::arithmetic::number;
use crate::viz::theme;

/// Height of the inspector while nothing is pointed at: its name and three lines.
const AT_REST: f32 = 92.0;

impl Shell {
    pub(super) fn settings(&mut self, ui: &mut Ui) {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Settings").strong());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let hover = "All settings of this page back to their defaults";
                if ui.button("Reset").on_hover_text(hover).clicked() {
                    self.run(ui, Command::Reset);
                }
            });
        });
        ui.horizontal(|ui| {
            let hover = "A picture or a model: Ctrl+O, drop it on the window, or paste it";
            if ui.button("Open…").on_hover_text(hover).clicked() {
                self.wish = Some(Wish::OpenFile);
            }
            let hover = "An address of this page with its settings, for the command line";
            if ui.button("Copy link").on_hover_text(hover).clicked() {
                self.run(ui, Command::CopyLink);
            }
            ui.menu_button("Export…", |ui| self.page_menu_ui(ui));
        });
        self.gallery(ui);
        ui.separator();
        // With nothing to tell, it leaves its room to the settings.
        let inspector = match self.page().stage.inspection.spot() {
            Some(_) => {
                Panel::bottom("inspector").resizable(true).default_size(240.0).size_range(120.0..=520.0)
            }
            None => Panel::bottom("inspector at rest").resizable(false).exact_size(AT_REST),
        };
        inspector.show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.inspector(ui));
        });
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            self.page().settings_ui(ui);
            ui.add_space(8.0);
            self.kernels(ui);
            ui.add_space(8.0);
        });
    }

    /// The kernels on the page with their time on the GPU.
    fn kernels(&mut self, ui: &mut Ui) {
        let millis = self.millis();
        let Some(plan) = self.page().stage.plan() else { return };
        let faint = theme::faint(ui.visuals());
        ui.label(RichText::new("Kernels").small().strong().color(faint));
        egui::Grid::new("kernels").num_columns(3).spacing([14.0, 2.0]).show(ui, |ui| {
            for name in plan.kernels() {
                let own = plan.steps.iter().enumerate().filter(|(_, s)| s.kernel.name() == name);
                let (mut count, mut total) = (0, 0.0);
                for (step, _) in own {
                    count += 1;
                    total += millis.get(step).copied().unwrap_or(0.0);
                }
                ui.label(RichText::new(name).small().monospace());
                ui.label(RichText::new(format!("{count} ×")).small().color(faint));
                let time = if millis.is_empty() { "–".into() } else { format!("{total:.2} ms") };
                ui.label(RichText::new(time).small());
                ui.end_row();
            }
        });
    }

    fn inspector(&mut self, ui: &mut Ui) {
        ui.add_space(6.0);
        let page = self.page();
        let inspection = &page.stage.inspection;
        let Some(spot) = inspection.spot() else {
            ui.label(RichText::new("Inspector").strong());
            let color = theme::faint(ui.visuals());
            let text = "Point at a cell for its value, the window it came from and the arithmetic. \
                        Click to pin it, Esc to let go.";
            ui.label(RichText::new(text).small().color(color));
            return;
        };
        let session = page.stage.session_of(spot.element.of);
        let name = session.and_then(|s| s.plan().buffers.get(spot.element.buf.0)).map(|b| b.name.clone());
        let pinned = inspection.pinned.is_some();
        let explanation = inspection.explanation.clone().unwrap_or_default();
        ui.horizontal(|ui| {
            ui.label(RichText::new(name.unwrap_or_default()).strong());
            if pinned {
                ui.label(RichText::new("pinned").small().color(theme::accent_text(ui.visuals())));
            }
        });
        let [map, row, column] = spot.place;
        let [map, row, column] = [map + 1, row + 1, column + 1];
        let place = format!("map {map}, row {row}, column {column}");
        ui.label(RichText::new(place).small().color(theme::faint(ui.visuals())));
        let value = explanation.value.map_or_else(|| "…".to_owned(), |v| number(v.into()));
        ui.label(RichText::new(format!("= {value}")).monospace().size(15.0));
        if explanation.kernel.is_empty() {
            ui.label(RichText::new("an input").small().color(theme::faint(ui.visuals())));
            return;
        }
        let source = format!("computed by {}", explanation.kernel);
        ui.label(RichText::new(source).small().color(theme::faint(ui.visuals())));
        for line in &explanation.lines {
            ui.add(egui::Label::new(RichText::new(line).monospace().size(11.5)).wrap().selectable(true));
        }
    }
}
