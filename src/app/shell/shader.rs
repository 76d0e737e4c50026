//! The WGSL of the kernels on the page.

use egui::{RichText, ScrollArea, Ui};

use super::Shell;
use crate::viz::theme;

impl Shell {
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
        let millis = self.millis();
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
        let time = if millis.is_empty() { "not timed".into() } else { format!("{total:.2} ms") };
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
