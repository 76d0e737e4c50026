//! Changes to the network: another activation, pooling or padding of a layer, muted channels.

use egui::{ComboBox, RichText, Ui};

use super::shown::Shown;
use crate::models::network::{ACTIVATIONS, Edit, Edits, Padding, TracedLayer, alternatives, is_padded};
use crate::viz::theme;

/// How the padding may be set.
const PADDINGS: [(&str, Option<Padding>); 3] =
    [("as it was", None), ("same", Some(Padding::Same)), ("valid", Some(Padding::Valid))];

/// The changes with a channel of a layer muted, or speaking again.
pub fn toggled_mute(edits: &Edits, layer: &TracedLayer, channel: usize) -> Edits {
    let mut edits = edits.clone();
    let mut edit = edits.get(&layer.value).cloned().unwrap_or_default();
    if !edit.muted.remove(&channel) {
        edit.muted.insert(channel);
    }
    edits.set(layer, edit);
    edits
}

/// The operator that the file has for a layer.
fn original<'s>(shown: &'s Shown, value: &str) -> Option<&'s str> {
    let mut nodes = shown.network.model.nodes.iter();
    nodes.find(|node| node.output.iter().any(|output| output == value))?.op_type.as_deref()
}

/// Draws what can be changed in a layer. Returns the changes if there are others now.
pub fn widgets(ui: &mut Ui, shown: &Shown, edits: &Edits, layer: &TracedLayer) -> Option<Edits> {
    let original = original(shown, &layer.value)?;
    let before = edits.get(&layer.value).cloned().unwrap_or_default();
    let mut edit = before.clone();
    let rows = alternatives(original);
    if rows.is_empty() && !is_padded(original) {
        return None;
    }
    ui.horizontal(|ui| {
        if !rows.is_empty() {
            let activation = ACTIVATIONS.iter().any(|(_, operator)| *operator == original);
            let caption = ui.label(if activation { "Activation" } else { "Pooling" });
            let now = edit.operator.unwrap_or(original);
            let shown_as = rows.iter().find(|(_, operator)| *operator == now).map_or(now, |(name, _)| name);
            let combo = ComboBox::from_id_salt("operator").selected_text(shown_as).width(110.0);
            let response = combo.show_ui(ui, |ui| {
                for &(name, operator) in rows {
                    if ui.selectable_label(operator == now, name).clicked() {
                        edit.operator = (operator != original).then_some(operator);
                    }
                }
            });
            response.response.labelled_by(caption.id);
        }
        if is_padded(original) {
            let caption = ui.label("Padding");
            let now = PADDINGS.iter().find(|(_, p)| *p == edit.padding).map_or("", |(name, _)| name);
            let combo = ComboBox::from_id_salt("padding").selected_text(now).width(90.0);
            let response = combo.show_ui(ui, |ui| {
                for (name, padding) in PADDINGS {
                    ui.selectable_value(&mut edit.padding, padding, name);
                }
            });
            response.response.labelled_by(caption.id);
        }
    });
    (edit != before).then(|| {
        let mut edits = edits.clone();
        edits.set(layer, edit);
        edits
    })
}

/// What is changed in a layer, in words.
fn words(edit: &Edit) -> String {
    let mut parts = Vec::new();
    if let Some(operator) = edit.operator {
        let named = alternatives(operator).iter().find(|(_, name)| *name == operator);
        parts.push(named.map_or(operator, |(name, _)| name).to_owned());
    }
    match edit.padding {
        Some(Padding::Same) => parts.push("same padding".into()),
        Some(Padding::Valid) => parts.push("no padding".into()),
        None => {}
    }
    match edit.muted.len() {
        0 => {}
        1 => parts.extend(edit.muted.first().map(|channel| format!("map {} muted", channel + 1))),
        n => parts.push(format!("{n} maps muted")),
    }
    parts.join(", ")
}

/// Draws all changes with a way back. Returns the changes that are left if one was taken back.
pub fn summary(ui: &mut Ui, shown: &Shown, edits: &Edits) -> Option<Edits> {
    let mut edits = edits.clone();
    if edits.is_empty() {
        return None;
    }
    let mut back = None;
    let mut all = false;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Changed").small().strong().color(theme::accent_text(ui.visuals())));
        for (value, edit) in edits.iter() {
            let layer = shown.layers.iter().find(|layer| layer.value == value);
            let name = layer.map_or(value, |layer| layer.name.as_str());
            let text = RichText::new(format!("{name}: {}  ×", words(edit))).small();
            if ui.button(text).on_hover_text("Take this change back").clicked() {
                back = layer.cloned();
            }
        }
        all = ui.button(RichText::new("Undo all").small()).clicked();
    });
    if all {
        edits.clear();
    }
    if let Some(layer) = &back {
        edits.set(layer, Edit::default());
    }
    (all || back.is_some()).then_some(edits)
}
