//! The status line: what the reference says of what is on screen, and what runs it.

use egui::{Align, Layout, RichText, Sense, Ui, vec2};

use super::{Place, Shell};
use crate::exhibits::pages;
use crate::gpu::Comparison;
use crate::viz::{Audit, Report, Running, theme, words};

/// Width of the bar of a run, in points.
const BAR_WIDTH: f32 = 120.0;
/// Width of the percentage beside it, so that nothing moves while it grows.
const PERCENT_WIDTH: f32 = 36.0;
/// Height of a line of small text.
const LINE_HEIGHT: f32 = 16.0;

/// Height of the list of the audit's steps, in points; a longer one scrolls.
const STEPS_HEIGHT: f32 = 260.0;

/// The steps of an audit as lines, those that differ first: number, kernel, difference, and where it differs.
fn steps(report: &Report) -> Vec<String> {
    let mut steps: Vec<_> = report.steps.iter().enumerate().collect();
    steps.sort_by_key(|(_, (_, compared))| compared.ok);
    let line = |(i, (kernel, compared)): (usize, &(&str, Comparison))| {
        let worst = if compared.ok { "" } else { &compared.worst };
        format!("{}  {kernel}  {:.1e}  {worst}", i + 1, compared.max_abs).trim_end().to_owned()
    };
    steps.into_iter().map(line).collect()
}

impl Shell {
    pub(super) fn status(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            if self.place == Place::Page && !self.running(ui) {
                self.badge(ui);
            }
            if let Some(text) = self.exports.saved.as_ref().filter(|_| !self.still) {
                ui.add(egui::Label::new(RichText::new(text).small()).truncate().selectable(true));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                theme_choice(ui);
                let faint = theme::faint(ui.visuals());
                let text = RichText::new(self.machine()).small().color(faint);
                ui.add(egui::Label::new(text).truncate());
            });
        });
    }

    /// What runs the page: kernels, their time, the adapter.
    fn machine(&mut self) -> String {
        let mut parts = Vec::new();
        if self.place == Place::Page {
            let millis: f64 = self.millis().iter().sum();
            if let Some(plan) = self.page().stage.plan().filter(|plan| !plan.steps.is_empty()) {
                parts.push(words::plural(plan.steps.len(), "kernel", "kernels"));
            }
            if millis > 0.0 {
                parts.push(format!("{millis:.1} ms"));
            }
        } else {
            parts.push(words::plural(pages().count(), "page", "pages"));
        }
        match self.runtime.gpu() {
            Some(gpu) => {
                parts.push(gpu.info.name.clone());
                parts.push(match gpu.info.backend {
                    wgpu::Backend::Gl => "OpenGL".to_owned(),
                    other => format!("{other:?}"),
                });
                if gpu.profile.software {
                    parts.push("software adapter".into());
                }
            }
            None => parts.push("CPU reference, no adapter".into()),
        }
        parts.join(" · ")
    }

    /// How far a run is that takes longer than a frame, in the place of the audit of what it will have computed; whether
    /// there is one.
    fn running(&mut self, ui: &mut Ui) -> bool {
        let stage = &mut self.page().stage;
        let Some(Running { share, step, stopped }) = stage.running() else { return false };
        bar(ui, share);
        let verb = if stopped { "Go on" } else { "Stop" };
        if ui.small_button(verb).clicked() {
            stage.stop(!stopped);
            ui.ctx().request_repaint();
        }
        let plan = stage.plan();
        let next = plan
            .and_then(|plan| Some((plan.steps.len(), &plan.buffers[plan.steps.get(step)?.outs.first()?.0])));
        if let Some((all, buffer)) = next {
            let state = if stopped { "Stopped before" } else { "Running" };
            let text = format!("{state} kernel {} of {all}: {}", step + 1, buffer.name);
            let text = RichText::new(text).small().color(theme::faint(ui.visuals()));
            ui.add(egui::Label::new(text).truncate());
        }
        true
    }

    /// The audit badge: what the reference says of what is on screen.
    fn badge(&mut self, ui: &mut Ui) {
        let on_reference = self.runtime.gpu().is_none();
        let stage = &mut self.page().stage;
        let faint = theme::faint(ui.visuals());
        let busy = stage.busy();
        let (text, color, hover) = match &stage.audit {
            _ if on_reference => ("CPU reference".to_owned(), faint, "Drawn from the f64 reference itself"),
            Audit::Idle if busy => ("Audit".to_owned(), faint, "Pause the training to audit it"),
            Audit::Idle => ("Audit".to_owned(), faint, "Compare with the CPU reference"),
            Audit::Asked | Audit::Reading(_) | Audit::Computing(_) => {
                ("Auditing…".to_owned(), faint, "The f64 reference is running")
            }
            Audit::Failed => {
                ("Audit failed".to_owned(), theme::BAD, "The reference could not be run; the log says more")
            }
            Audit::Done(report) => {
                let most = report.worst.max_abs;
                let hover = "max |GPU − reference| of each step, as a share of its largest number if that is above 1:";
                match report.worst.ok {
                    true => {
                        (format!("Equals the reference (largest difference {most:.1e})"), theme::GOOD, hover)
                    }
                    false => (format!("Differs from the reference by {most:.1e}"), theme::BAD, hover),
                }
            }
        };
        let badge = egui::Button::new(RichText::new(text).small().color(color)).frame(false);
        let response = ui.add(badge).on_hover_ui(|ui| {
            ui.label(hover);
            let Some(report) = stage.audit.report().filter(|_| !on_reference) else { return };
            let lines = steps(report);
            let row = ui.text_style_height(&egui::TextStyle::Body);
            let area = egui::ScrollArea::vertical().max_height(STEPS_HEIGHT).auto_shrink([false, true]);
            area.show_rows(ui, row, lines.len(), |ui, rows| {
                for line in &lines[rows] {
                    ui.add(egui::Label::new(line).truncate());
                }
            });
        });
        if response.clicked() && !stage.audit.running() && !on_reference {
            stage.audit.reset();
            stage.request_audit();
        }
    }
}

/// How much is done, as a bar and in words.
fn bar(ui: &mut Ui, share: f64) {
    let (rect, response) = ui.allocate_exact_size(vec2(BAR_WIDTH, theme::BAR_HEIGHT), Sense::hover());
    let percent = words::percent(share);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, &percent));
    let mut done = rect;
    done.set_width(rect.width() * share as f32);
    let c = theme::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_BAR, c.track);
    ui.painter().rect_filled(done, theme::RADIUS_BAR, c.blue);
    ui.add_sized([PERCENT_WIDTH, LINE_HEIGHT], egui::Label::new(RichText::new(percent).small()));
}

/// Light, dark, or what the system says.
fn theme_choice(ui: &mut Ui) {
    let mut preference = ui.ctx().options(|o| o.theme_preference);
    let before = preference;
    for (choice, name) in [
        (egui::ThemePreference::System, "System"),
        (egui::ThemePreference::Dark, "Dark"),
        (egui::ThemePreference::Light, "Light"),
    ] {
        ui.selectable_value(&mut preference, choice, RichText::new(name).small());
    }
    if preference != before {
        ui.ctx().set_theme(preference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_that_differ_come_first() {
        let compared =
            |ok| Comparison { ok, max_abs: 0.25, max_rel: 0.0, worst: "[7] is 1e0, reference 2e0".into() };
        let mut report = Report::new();
        report.steps.extend((0..337).map(|i| ("conv2d", compared(i != 300))));
        let lines = steps(&report);
        assert_eq!(lines.len(), 337);
        assert_eq!(lines[0], "301  conv2d  2.5e-1  [7] is 1e0, reference 2e0");
        assert_eq!([&lines[1], &lines[336]], ["1  conv2d  2.5e-1", "337  conv2d  2.5e-1"]);
    }
}
