//! What is said of a network's input: noise, the length of a sentence, and what was guessed.

use egui::{Label, RichText, Ui};

use super::shown::Shown;
use crate::viz::theme;

/// Says of a sentence how many tokens it has, and where noise or ids without a meaning go in.
pub fn warnings(ui: &mut Ui, shown: &Shown) {
    if let Some(sentence) = &shown.sentence {
        ui.label(RichText::new(&sentence.length).small().color(theme::accent_text(ui.visuals())));
    }
    let Some(text) = meaningless(shown) else { return };
    let frame = egui::Frame::group(ui.style()).stroke((1.0, theme::WARN));
    frame.show(ui, |ui| ui.add(Label::new(text).wrap().selectable(true)));
}

/// Why what the network computes says nothing about a picture or a sentence, if it does not.
fn meaningless(shown: &Shown) -> Option<String> {
    let foreign = shown.sentence.as_ref().filter(|sentence| sentence.is_foreign);
    if let Some(told) = foreign.and_then(|sentence| sentence.told.as_ref()) {
        return Some(format!("No classes are shown: {told}."));
    }
    let names = shown.noise.join(", ");
    (!shown.noise.is_empty()).then(|| {
        format!(
            "Noise goes in at {names}, which takes neither a picture nor a sentence, so no classes are shown. \
             \"Numbers\" puts something else there."
        )
    })
}

/// What was guessed, small, and where it can be changed.
pub fn assumed(ui: &mut Ui, shown: &Shown) {
    let likely = shown.sentence.as_ref().filter(|sentence| !sentence.is_foreign);
    let clauses: Vec<&str> = shown
        .assumed
        .iter()
        .chain(likely.and_then(|sentence| sentence.told.as_ref()))
        .map(String::as_str)
        .collect();
    if clauses.is_empty() {
        return;
    }
    let small = |text: String| RichText::new(text).small();
    ui.label(
        small("The file does not tell all. Assumed:".to_owned()).color(theme::accent_text(ui.visuals())),
    )
    .on_hover_text("What is assumed of the input and the output can be changed among the settings");
    for clause in clauses {
        let text = small(format!("· {clause}")).color(theme::faint(ui.visuals()));
        ui.add(Label::new(text).wrap());
    }
}
