//! What is taken for granted of a network's input, since its file does not tell it, in words.

use super::described::Network;
use super::input::InputSettings;
use super::role::{Role, is_grey};

impl Network {
    /// What is guessed of the picture's way in, a clause each.
    pub(super) fn guesses(&self) -> Vec<String> {
        let Some(input) = self.picture_input() else { return Vec::new() };
        let settings = &self.input;
        let mut clauses = Vec::new();
        if self.guessed.scale {
            let role = self.role(input);
            let axes = if role == Role::Picture { "N x C x H x W" } else { "N x H x W x C" };
            let colours = match (is_grey(&self.model, input, role), settings.bgr) {
                (true, _) => "brightness",
                (false, false) => "red, green, blue",
                (false, true) => "blue, green, red",
            };
            clauses.push(format!("the picture goes in as {axes}, {colours}, {}", scale(settings)));
        }
        if self.guessed.size {
            let (width, height) = (settings.width, settings.height);
            clauses
                .push(format!("the picture is {width} x {height} pixels, a size that the file leaves open"));
        }
        clauses
    }
}

/// What pixels of 0 to 255 become, in words.
fn scale(settings: &InputSettings) -> String {
    let three = |values: [f32; 3]| {
        let [r, g, b] = values.map(|v| v.to_string());
        if r == g && g == b { r } else { format!("({r}, {g}, {b})") }
    };
    let (mean, std) = (settings.mean, settings.std);
    if mean == [0.0; 3] && std == [1.0; 3] {
        "pixels from 0 to 255".to_owned()
    } else if mean == [0.0; 3] && std == [255.0; 3] {
        "pixels from 0 to 1".to_owned()
    } else {
        format!("(pixel − {}) / {}, pixels being 0 to 255", three(mean), three(std))
    }
}
