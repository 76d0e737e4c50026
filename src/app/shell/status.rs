//! The status line: what the reference says of what is on screen, and what runs it.

use egui::{Align, Layout, RichText, Ui};

use super::{Place, Shell};
use crate::exhibits::pages;
use crate::viz::{Audit, theme, words};

/// Lines of the audit's steps that are shown, the worst first.
const MOST_STEPS: usize = 24;

impl Shell {
    pub(super) fn status(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            if self.place == Place::Page {
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

    /// The audit badge: what the reference says of what is on screen.
    fn badge(&mut self, ui: &mut Ui) {
        let on_reference = self.runtime.gpu().is_none();
        let stage = &mut self.page().stage;
        let faint = theme::faint(ui.visuals());
        let busy = stage.busy();
        let (text, color, hover) = match &stage.audit {
            _ if on_reference => {
                ("CPU reference".to_owned(), faint, "Drawn from the f64 reference itself".to_owned())
            }
            Audit::Idle if busy => ("Audit".to_owned(), faint, "Pause the training to audit it".to_owned()),
            Audit::Idle => ("Audit".to_owned(), faint, "Compare with the CPU reference".to_owned()),
            Audit::Asked | Audit::Reading(_) | Audit::Computing(_) => {
                ("Auditing…".to_owned(), faint, "The f64 reference is running".to_owned())
            }
            Audit::Failed => (
                "Audit failed".to_owned(),
                theme::BAD,
                "The reference could not be run; the log says more".to_owned(),
            ),
            Audit::Done(report) => {
                let mut steps: Vec<_> = report.steps.iter().collect();
                steps.sort_by_key(|(_, c)| c.ok);
                let mut hover = String::from(
                    "max |GPU − reference| of each step, as a share of its largest number if that is above 1:\n",
                );
                for (kernel, c) in steps.iter().take(MOST_STEPS) {
                    let worst = if c.ok { "" } else { &c.worst };
                    hover.push_str(&format!("{kernel}  {:.1e}  {worst}\n", c.max_abs));
                }
                if steps.len() > MOST_STEPS {
                    hover.push_str(&format!("and {} more steps", steps.len() - MOST_STEPS));
                }
                let most = report.worst.max_abs;
                match report.worst.ok {
                    true => {
                        (format!("Equals the reference (largest difference {most:.1e})"), theme::GOOD, hover)
                    }
                    false => (format!("Differs from the reference by {most:.1e}"), theme::BAD, hover),
                }
            }
        };
        let badge = egui::Button::new(RichText::new(text).small().color(color)).frame(false);
        let response = ui.add(badge).on_hover_text(hover);
        if response.clicked() && !stage.audit.running() && !on_reference {
            stage.audit.reset();
            stage.request_audit();
        }
    }
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
