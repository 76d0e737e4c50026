//! The three doors of home: the user's photo, a sentence, a model.

use egui::{
    Align2, ColorImage, Key, Rect, Response, Role, Sense, TextEdit, TextureOptions, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::home::{INSIDE, columns, frame};
use super::{Shell, Wish};
use crate::app::foyer::Pointed;
use crate::app::glance::Glance;
use crate::exhibits::{SENTENCE, topic};
use crate::viz::figures::control::{self, Face};
use crate::viz::{theme, words};

/// Height of a door, of what stands above its picture, of a field or a button.
const DOOR: f32 = 184.0;
const ABOVE: f32 = 56.0;
const FIELD: f32 = 28.0;
/// Longest sentence, which the page has room for.
const MAX_CHARS: usize = 400;
/// Pixels of the user's picture.
const PIXELS: u32 = 224;
/// Height of a class with its bar.
const CLASS: f32 = 26.0;

/// A door: the page behind it, what it takes, what its button says.
const DOORS: [(&str, &str, &str, &str); 3] = [
    ("vision-explorer", "Your photo", "a network names 1,000 things in it", "Open photo…"),
    ("text-explorer", "A sentence", "who looks at whom, in every layer", "Look inside"),
    ("model-explorer", "Your model", "ONNX or PyTorch, layer by layer", "Open model…"),
];

/// Models that are here: the text of the setting, and what the button says.
const SAMPLES: [(&str, &str); 2] =
    [("EfficientNet-Lite0", "EfficientNet-Lite0"), ("clothes", "Trained here")];

impl Shell {
    /// Photo, sentence, model.
    pub(super) fn doors(&mut self, ui: &mut Ui) {
        let rects = columns(ui, DOORS.len(), DOOR);
        for (i, ((slug, title, about, button), rect)) in DOORS.into_iter().zip(rects).enumerate() {
            let c = theme::of(ui);
            let response = frame(ui, rect, ("door", i), &format!("{title}: {about}"));
            let inner = rect.shrink(INSIDE + 2.0);
            let wide = control::button_width(ui, button, false);
            let own = Rect::from_min_size(pos2(inner.right() - wide, inner.top()), vec2(wide, FIELD));
            let line = |from: f32| inner.with_min_y(inner.top() + from).with_max_y(inner.top() + from + 22.0);
            let name = line(3.0).with_max_x(own.left() - 8.0);
            words::write(ui, name, Align2::LEFT_CENTER, title, theme::section(), c.text);
            words::write(ui, line(29.0), Align2::LEFT_CENTER, about, theme::control(), c.faint);
            let face = Face { sign: None, text: button, spoken: button, primary: false, round: false };
            let pressed = control::button(ui, own, button, face).clicked();
            let room = inner.with_min_y(inner.top() + ABOVE);
            // What lies on the door is pointed at with it.
            let pointed = ui.rect_contains_pointer(rect);
            match slug {
                "vision-explorer" => self.photo(ui, room, pointed || response.has_focus()),
                "text-explorer" => self.sentence(ui, room, pointed, pressed || response.clicked()),
                _ => self.samples(ui, room, pointed),
            }
            let opens = (pressed || response.clicked()) && slug != "text-explorer";
            if let Some(topic) = topic(slug).filter(|_| opens) {
                self.open_topic(topic);
                if pressed {
                    self.wish = Some(Wish::OpenFile);
                }
            }
        }
    }

    /// The user's picture, and what the network says of it once somebody has pointed at it.
    fn photo(&mut self, ui: &mut Ui, room: Rect, pointed: bool) {
        let c = theme::of(ui);
        let square = Rect::from_min_size(room.min, vec2(room.height(), room.height()));
        let picture = self.inputs.picture();
        let texture = self.foyer.picture.get_or_insert_with(|| {
            let values = picture.square(PIXELS).values;
            let plane = (PIXELS * PIXELS) as usize;
            let byte = |at: usize| (values[at] * 255.0).round() as u8;
            let rgb: Vec<u8> = (0..plane).flat_map(|i| [0, 1, 2].map(|k| byte(k * plane + i))).collect();
            let image = ColorImage::from_rgb([PIXELS as usize; 2], &rgb);
            ui.ctx().load_texture("the user's picture", image, TextureOptions::LINEAR)
        });
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), square, whole, egui::Color32::WHITE);
        if pointed {
            self.foyer.glance.ask(ui.ctx(), &self.runtime, picture);
        }
        self.foyer.glance.advance();
        let rest = room.with_min_x(square.right() + 12.0);
        let said = match &self.foyer.glance {
            Glance::Unasked => "Point here, and the network looks at it.",
            Glance::Running(_) => "The network looks…",
            Glance::Said(Err(why)) => why.as_str(),
            Glance::Said(Ok(classes)) => {
                let said: Vec<String> = classes
                    .iter()
                    .map(|(name, share)| format!("{name} {}", words::percent_fine(f64::from(*share))))
                    .collect();
                let spoken = ui.interact(rest, ui.scope_id().with("classes"), Sense::hover());
                spoken.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.join(", ")));
                for (i, (name, share)) in classes.iter().enumerate() {
                    let at = rest.min + vec2(0.0, i as f32 * CLASS);
                    class(ui, Rect::from_min_size(at, vec2(rest.width(), CLASS)), name, *share);
                }
                return;
            }
        };
        words::paragraph(ui, rest, said, theme::control(), c.dim);
    }

    /// A sentence to be written, and who looks at whom in it.
    fn sentence(&mut self, ui: &mut Ui, room: Rect, pointed: bool, clicked: bool) {
        let field = room.with_max_y(room.top() + FIELD);
        let edit = TextEdit::singleline(&mut self.foyer.sentence)
            .hint_text("Type one, then Enter")
            .char_limit(MAX_CHARS)
            .desired_width(f32::INFINITY);
        // In room of its own, so that nothing that follows moves.
        let mut own = ui.new_child(UiBuilder::new().id_salt("sentence").max_rect(field));
        let response = own.put(field, edit.margin(vec2(8.0, 5.0)));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Sentence to look inside"));
        let written = self.foyer.sentence.trim();
        let setting = format!("sentence={}", if written.is_empty() { SENTENCE } else { written });
        if response.changed()
            && let Some(alive) =
                self.foyer.alive.as_mut().filter(|alive| alive.topic().slug == "text-explorer")
        {
            alive.set(&setting);
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let Some(text) = topic("text-explorer") else { return };
        let picture = room.with_min_y(field.bottom() + 8.0);
        if pointed {
            self.foyer.pointed = Some(Pointed { topic: text, settings: vec![setting.clone()] });
        }
        self.picture(ui, text, picture);
        if clicked || entered {
            let written = !self.foyer.sentence.trim().is_empty();
            self.open_topic(text);
            if !written {
                return;
            }
            // The longest that the field takes has room on the page.
            let _ = self.page().set(&setting);
        }
    }

    /// Models to look into without a file of one's own.
    fn samples(&mut self, ui: &mut Ui, room: Rect, pointed: bool) {
        let Some(model) = topic("model-explorer") else { return };
        let mut left = room.left();
        for (sample, text) in SAMPLES {
            let wide = control::button_width(ui, text, false).min(room.right() - left);
            let own = Rect::from_min_size(pos2(left, room.bottom() - FIELD), vec2(wide, FIELD));
            left = own.right() + 8.0;
            let spoken = format!("{text}, a sample model");
            let face = Face { sign: None, text, spoken: &spoken, primary: false, round: false };
            let response: Response = control::button(ui, own, sample, face);
            if response.on_hover_text("A network that is here, to look into").clicked() {
                self.open_topic(model);
                // Both are among what the knob takes, which a test holds.
                let _ = self.page().set(&format!("sample={sample}"));
            }
        }
        if pointed {
            self.foyer.pointed = Some(Pointed { topic: model, settings: vec!["sample=clothes".to_owned()] });
        }
        self.picture(ui, model, room.with_max_y(room.bottom() - FIELD - 8.0));
    }
}

/// A class with its probability and a bar.
fn class(ui: &Ui, rect: Rect, name: &str, share: f32) {
    let c = theme::of(ui);
    let line = rect.with_max_y(rect.top() + 18.0);
    let value = words::percent_fine(f64::from(share));
    let end = words::write(ui, line, Align2::RIGHT_CENTER, &value, theme::number(), c.text).left();
    words::write(ui, line.with_max_x(end - 8.0), Align2::LEFT_CENTER, name, theme::control(), c.text);
    let bar = Rect::from_min_size(line.left_bottom() + vec2(0.0, 1.0), vec2(rect.width(), 4.0));
    ui.painter().rect_filled(bar, theme::RADIUS_BAR, c.track);
    let filled = bar.with_max_x(bar.left() + bar.width() * share.clamp(0.0, 1.0));
    ui.painter().rect_filled(filled, theme::RADIUS_BAR, c.blue);
}
