//! The centre: the audit badge in the header, and the tabs beside the live picture.

use egui::{RichText, ScrollArea, Ui};

use super::Shell;
use crate::viz::{Audit, theme};

impl Shell {
    /// The audit badge: what the reference says of what is on screen.
    pub(super) fn badge(&mut self, ui: &mut Ui) {
        let on_reference = self.runtime.gpu().is_none();
        let stage = &mut self.page().stage;
        let (text, color, hover) = match &stage.audit {
            _ if on_reference => (
                "CPU reference".to_owned(),
                theme::faint(ui.visuals()),
                "Drawn from the f64 reference itself".to_owned(),
            ),
            Audit::Idle => {
                ("Audit".to_owned(), theme::faint(ui.visuals()), "Compare with the CPU reference".to_owned())
            }
            Audit::Reading | Audit::Computing(_) => (
                "Auditing…".to_owned(),
                theme::faint(ui.visuals()),
                "The f64 reference is running".to_owned(),
            ),
            Audit::Failed => (
                "Audit failed".to_owned(),
                theme::BAD,
                "The reference could not be run; the log says more".to_owned(),
            ),
            Audit::Done(report) => {
                let mut hover = String::from("max |GPU − reference| of each step:\n");
                for (kernel, c) in &report.steps {
                    hover.push_str(&format!(
                        "{kernel}  {:.1e}  {}\n",
                        c.max_abs,
                        if c.ok { "" } else { &c.worst }
                    ));
                }
                let color = if report.worst.ok { theme::GOOD } else { theme::BAD };
                (format!("max |GPU − reference| {:.1e}", report.worst.max_abs), color, hover)
            }
        };
        let badge = egui::Button::new(RichText::new(text).small().color(color)).stroke((1.0, color));
        let response = ui.add(badge).on_hover_text(hover);
        if response.clicked() && !stage.audit.running() && !on_reference {
            stage.audit.reset();
            stage.request_audit();
        }
    }

    pub(super) fn answer(&mut self, ui: &mut Ui) {
        ui.set_max_width((ui.available_width() - 24.0).min(760.0));
        let note = self.current.note;
        // The title stands in the header already.
        let body = note.split_once('\n').map_or(note, |(_, rest)| rest);
        egui_commonmark::CommonMarkViewer::new().show(ui, &mut self.markdown, body);
        ui.add_space(12.0);
        self.page().practice_ui(ui);
        ui.add_space(16.0);
    }

    pub(super) fn shader(&mut self, ui: &mut Ui) {
        let Some(plan) = self.page().stage.plan().cloned() else { return };
        let kernels = plan.kernels();
        self.shader = self.shader.min(kernels.len().saturating_sub(1));
        ui.horizontal_wrapped(|ui| {
            for (i, name) in kernels.iter().enumerate() {
                if ui.selectable_label(self.shader == i, *name).clicked() {
                    self.shader = i;
                }
            }
        });
        let millis = self.page().stage.step_millis().to_vec();
        let Some(kernel) = kernels.get(self.shader).and_then(|name| crate::ops::kernel(name)) else { return };
        ui.label(kernel.about());
        let steps: Vec<_> =
            plan.steps.iter().enumerate().filter(|(_, s)| s.kernel.name() == kernel.name()).collect();
        let total: f64 = steps.iter().filter_map(|(i, _)| millis.get(*i)).sum();
        let variants = kernel.variants();
        let running = steps
            .first()
            .and_then(|(i, _)| self.page().stage.session()?.variant(crate::gpu::StepId(*i)))
            .map_or("reference", |v| variants[v].name);
        let time =
            if millis.is_empty() { "no timestamps on this adapter".into() } else { format!("{total:.2} ms") };
        let caption =
            format!("{} dispatches, variant {running}, {time}; below: the plain variant", steps.len());
        ui.label(RichText::new(caption).small().color(theme::faint(ui.visuals())));
        ui.separator();
        let text = variants[0].shader.text();
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            ui.add(egui::Label::new(RichText::new(text.as_ref()).monospace()).extend().selectable(true));
        });
    }
}
