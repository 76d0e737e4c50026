//! The WGSL of the kernels on the page: the variant that ran before all others.

use egui::Ui;

use super::Shell;
use crate::app::variants::{Chosen, Ran, offered};
use crate::gpu::{AnyKernel, StepId};
use crate::viz::{Language, listing, words};

impl Shell {
    pub(super) fn shader(&mut self, ui: &mut Ui) {
        let kernels = self.page().stage.kernels();
        if !kernels.contains(&self.shader.kernel) {
            self.shader = Chosen { kernel: kernels.first().copied().unwrap_or_default(), variant: None };
        }
        let Some(kernel) = crate::ops::kernel(self.shader.kernel) else {
            ui.label("This page runs no kernel under its present settings.");
            return;
        };
        ui.horizontal_wrapped(|ui| {
            for name in kernels {
                if ui.selectable_label(self.shader.kernel == name, name).clicked() {
                    self.shader = Chosen { kernel: name, variant: None };
                }
            }
        });
        ui.add(egui::Label::new(kernel.about()).wrap());
        let variants = kernel.variants();
        let offered = offered(&self.page().stage, kernel);
        let shown = self.shader.variant.unwrap_or(offered[0].variant);
        ui.horizontal_wrapped(|ui| {
            words::remark(ui, "Variants:");
            for ran in &offered {
                let name = variants[ran.variant].name;
                let text = if ran.steps > 0 { format!("{name} (ran)") } else { name.to_owned() };
                if ui.selectable_label(shown == ran.variant, text).clicked() {
                    self.shader.variant = Some(ran.variant);
                }
            }
        });
        let heading = self.heading(kernel, &offered, shown);
        words::remark(ui, &heading);
        ui.separator();
        listing(ui, &variants[shown].shader.text(), Language::Wgsl);
    }

    /// What the variant that is shown has done for the page.
    fn heading(&mut self, kernel: &dyn AnyKernel, offered: &[Ran], shown: usize) -> String {
        let name = kernel.variants()[shown].name;
        let steps = offered.iter().find(|ran| ran.variant == shown).map_or(0, |ran| ran.steps);
        let millis = self.millis();
        let stage = &self.page().stage;
        if stage.runtime().gpu().is_none() {
            return format!("{name}: not run, the CPU reference computes this page");
        }
        if steps == 0 {
            return format!(
                "{name}: not run here, another variant suits this adapter and these sizes better"
            );
        }
        // Only the steps of the plan are timed.
        let total: f64 = stage.session().map_or(0.0, |session| {
            let steps = session.plan().steps.iter().zip(&millis).enumerate();
            let own = steps.filter(|(_, (step, _))| step.kernel.name() == kernel.name());
            own.filter(|(i, _)| session.variant(StepId(*i)) == Some(shown)).map(|(_, (_, ms))| ms).sum()
        });
        let time = if millis.is_empty() { String::new() } else { format!(", {total:.2} ms") };
        format!("{name}: ran here, {}{time}", words::plural(steps, "dispatch", "dispatches"))
    }
}
