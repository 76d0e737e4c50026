//! Knobs as widgets: a label that a screen reader speaks, a slider, a switch, a choice, a text.

use egui::{Align, Layout, RectAlign, RichText, Shape, Tooltip, Ui, vec2};

use super::{theme, words};
use crate::settings::{Knob, Knobs, Value};

/// Width of the column of labels in points.
const LABEL: f32 = 112.0;
/// Points by which the name of a choice may be wider than its box's inside before it is cut.
const SPILL: f32 = 24.0;
/// Most columns of a table that are drawn as fields; wider ones are a text.
const MAX_FIELDS: usize = 5;
/// Height in points from which a text scrolls.
const MAX_TEXT_HEIGHT: f32 = 112.0;

/// Where else a knob's hover text may stand, in a window too narrow for it.
const ASIDE: [RectAlign; 2] = [RectAlign::TOP_END, RectAlign::BOTTOM_END];

/// Draws knobs one below the other.
pub struct Widgets<'u> {
    /// Where.
    pub ui: &'u mut Ui,
    /// Names of the knobs that light up.
    pub lit: &'u [String],
}

impl Knobs for Widgets<'_> {
    fn visit(&mut self, knob: Knob<'_>) {
        let Knob { name, label, help, unit, enabled, value, .. } = knob;
        let below = self.ui.painter().add(Shape::Noop);
        let row = self.ui.add_enabled_ui(enabled, |ui| {
            if let Value::Text(text, max) = value {
                let caption = ui.label(label);
                let edit = egui::TextEdit::multiline(text)
                    .char_limit(max)
                    .desired_rows(2)
                    .desired_width(f32::INFINITY);
                // A pasted page scrolls instead of pushing the other settings away.
                let scroll = egui::ScrollArea::vertical().id_salt(name).max_height(MAX_TEXT_HEIGHT);
                scroll.show(ui, |ui| hover(ui.add(edit).labelled_by(caption.id), help));
                return;
            }
            if let Value::Line(text, max) = value {
                let caption = ui.label(label);
                let edit = egui::TextEdit::singleline(text)
                    .char_limit(max)
                    .hint_text(unit)
                    .desired_width(f32::INFINITY);
                hover(ui.add(edit).labelled_by(caption.id), help);
                return;
            }
            if let Value::Numbers(numbers, columns) = value {
                // A greyed-out table would take much room to say nothing.
                if enabled && columns <= MAX_FIELDS {
                    ui.label(label);
                    table(ui, name, label, numbers, columns);
                } else if enabled {
                    lines(ui, name, label, numbers, columns);
                }
                return;
            }
            ui.horizontal(|ui| {
                let size = vec2(LABEL, ui.spacing().interact_size.y);
                let layout = Layout::left_to_right(Align::Center);
                let caption = ui.allocate_ui_with_layout(size, layout, |ui| {
                    ui.set_min_width(LABEL);
                    // A long one takes a second line rather than losing its end.
                    let text = RichText::new(label).font(theme::control());
                    hover(ui.add(egui::Label::new(text).wrap()), help)
                });
                control(ui, name, label, unit, help, value, caption.inner.id);
            });
        });
        if self.lit.iter().any(|lit| lit == name) {
            let rect = row.response.rect.expand2(vec2(4.0, 1.0));
            // Of several, the panel cannot follow all.
            if self.lit.len() == 1 && !self.ui.clip_rect().contains_rect(rect) {
                row.response.scroll_to_me(None);
            }
            let fill = theme::of(self.ui).blue_fill;
            self.ui.painter().set(below, Shape::rect_filled(rect, theme::RADIUS, fill));
        }
    }

    fn absent(&mut self, _: Knob<'_>) {}

    fn heading(&mut self, text: &'static str) {
        self.ui.add_space(6.0);
        let color = theme::faint(self.ui.visuals());
        self.ui.label(RichText::new(text).small().strong().color(color));
    }
}

/// What a knob is for, at its left where it is pointed at: below, it would lie over the next one.
fn hover(response: egui::Response, help: &str) -> egui::Response {
    if !help.is_empty() {
        let mut tip = Tooltip::for_enabled(&response);
        tip.popup = tip.popup.align(RectAlign::LEFT_START).align_alternatives(&ASIDE);
        tip.show(|ui| ui.label(help));
    }
    response
}

fn control(
    ui: &mut Ui,
    name: &str,
    label: &str,
    unit: &str,
    help: &str,
    value: Value<'_>,
    caption: egui::Id,
) {
    match value {
        Value::Int(v, range) => {
            narrow(ui, &format!("{}{unit}", range.end()));
            let slider = egui::Slider::new(v, range).suffix(unit).clamping(egui::SliderClamping::Always);
            hover(ui.add(slider).labelled_by(caption), help);
        }
        Value::Float(v, range) => {
            let fine = f64::from((range.end() - range.start()).abs()) / 200.0;
            let step = round_step(fine);
            let decimals = (-step.log10().floor()).max(0.0) as usize;
            narrow(ui, &format!("{:.decimals$}{unit}", range.end()));
            let slider = egui::Slider::new(v, range)
                .suffix(unit)
                .step_by(step)
                .max_decimals(decimals.max(3))
                // What was typed or linked may lie between two steps.
                .clamping(egui::SliderClamping::Edits);
            hover(ui.add(slider).labelled_by(caption), help);
        }
        Value::Switch(v) => {
            let mut response = ui.checkbox(v, "");
            response = response.labelled_by(caption);
            let on = *v;
            response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, on, label));
            hover(response, help);
        }
        Value::Choice(v, count) => {
            let options = &v.options()[..count];
            let mut at = v.at();
            let shown = options.get(at).copied().unwrap_or_default();
            ui.spacing_mut().button_padding.x = 6.0;
            let width = (ui.available_width() - 2.0 * ui.spacing().button_padding.x).max(60.0);
            // A long name is written smaller, so that its box stays in the panel.
            let room = width - ui.spacing().icon_width - ui.spacing().icon_spacing;
            let fits = words::width(ui, shown, theme::control()) <= room;
            let font = if fits { theme::control() } else { theme::small() };
            let combo = egui::ComboBox::from_id_salt(name)
                .selected_text(RichText::new(shown).font(font))
                .width(width);
            // One that has no room even so would push the panel out of the window.
            let spills = words::width(ui, shown, theme::small()) > room + SPILL;
            let combo = if spills { combo.truncate() } else { combo };
            let response = combo.show_ui(ui, |ui| {
                for (i, option) in options.iter().enumerate() {
                    ui.selectable_value(&mut at, i, *option);
                }
            });
            hover(response.response.labelled_by(caption), help);
            v.choose(at);
        }
        Value::Text(..) | Value::Line(..) | Value::Numbers(..) => {}
    }
}

/// Lets a long number take its room from the slider, and not from the window.
fn narrow(ui: &mut Ui, longest: &str) {
    let written = words::width(ui, longest, theme::value());
    let field = (written + 2.0 * ui.spacing().button_padding.x).max(ui.spacing().interact_size.x);
    let left = ui.available_width() - field - ui.spacing().item_spacing.x;
    ui.spacing_mut().slider_width = ui.spacing().slider_width.min(left.max(24.0));
}

/// A step of 1, 2 or 5 times a power of ten.
fn round_step(fine: f64) -> f64 {
    let power = 10_f64.powf(fine.log10().floor());
    let factor = fine / power;
    power
        * if factor < 1.5 {
            1.0
        } else if factor < 3.5 {
            2.0
        } else {
            5.0
        }
}

fn table(ui: &mut Ui, name: &str, label: &str, numbers: &mut [f32], columns: usize) {
    egui::Grid::new(name).spacing([4.0, 4.0]).show(ui, |ui| {
        for (i, number) in numbers.iter_mut().enumerate() {
            let drag = egui::DragValue::new(number).range(-1000.0..=1000.0).speed(0.05).max_decimals(3);
            let response = ui.add_sized([46.0, 22.0], drag);
            let (row, column) = (i / columns + 1, i % columns + 1);
            let value = f64::from(*number);
            response.widget_info(|| {
                let label = format!("{label}, row {row}, column {column}: {value}");
                egui::WidgetInfo::labeled(egui::Role::SpinButton, true, label)
            });
            if column == columns {
                ui.end_row();
            }
        }
    });
}

/// A wide table as lines of numbers; on the page its cells can be dragged.
fn lines(ui: &mut Ui, name: &str, label: &str, numbers: &mut [f32], columns: usize) {
    let id = ui.make_persistent_id(name);
    egui::CollapsingHeader::new(label).id_salt(name).show(ui, |ui| {
        let color = theme::faint(ui.visuals());
        let hint = "Drag a number in the picture up or down, or edit the rows here.";
        ui.label(RichText::new(hint).small().color(color));
        let written = || {
            let row = |r: &[f32]| r.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            numbers.chunks(columns).map(row).collect::<Vec<_>>().join("\n")
        };
        // What is being typed need not be complete; it is kept until it is.
        let draft: Option<String> = ui.data(|d| d.get_temp(id));
        let mut text = draft.unwrap_or_else(written);
        // Not a code editor: that keeps the Tab key to itself, and nobody could leave by keyboard.
        let edit = egui::TextEdit::multiline(&mut text)
            .font(egui::TextStyle::Monospace)
            .desired_width(f32::INFINITY);
        let response = ui.add(edit);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
        if response.changed() {
            let parsed: Option<Vec<f32>> = text.split_whitespace().map(|t| t.parse().ok()).collect();
            let parsed = parsed.filter(|n| n.len() == numbers.len() && n.iter().all(|x| x.abs() <= 1000.0));
            if let Some(parsed) = &parsed {
                numbers.copy_from_slice(parsed);
            }
            ui.data_mut(|d| d.insert_temp(id, text));
        } else if !response.has_focus() {
            ui.data_mut(|d| d.remove::<String>(id));
        }
    });
}
