//! Draws a figure into memory for a test: in either theme, with a pointer, its texts known.

use egui::epaint::{ClippedShape, Shape};
use egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, Ui, Vec2};

use crate::viz::theme;

/// A context in which a figure is drawn frame by frame.
pub struct Trial {
    ctx: Context,
    size: Vec2,
    frames: u32,
    shapes: Vec<ClippedShape>,
    spoken: Vec<String>,
}

impl Trial {
    /// A context of `size` points.
    pub fn new(dark: bool, size: Vec2) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
        ctx.all_styles_mut(|style| style.animation_time = 0.0);
        ctx.enable_accesskit();
        Self { ctx, size, frames: 0, shapes: Vec::new(), spoken: Vec::new() }
    }

    /// Draws one frame with `events`.
    pub fn frame<T>(&mut self, events: Vec<Event>, mut draw: impl FnMut(&mut Ui) -> Option<T>) -> Option<T> {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(f64::from(self.frames) / 60.0),
            events,
            focused: true,
            ..Default::default()
        };
        self.frames += 1;
        let mut event = None;
        let mut output = self.ctx.run_ui(input, |ui| event = draw(ui).or_else(|| event.take()));
        output.textures_delta.clear();
        self.spoken = output
            .platform_output
            .accesskit_update
            .iter()
            .flat_map(|update| &update.nodes)
            .filter_map(|(_, node)| node.label().or_else(|| node.value()).map(ToOwned::to_owned))
            .collect();
        self.shapes = output.shapes;
        event
    }

    /// Presses at `from`, goes to `to`, releases; gives all that happened.
    pub fn drag<T>(&mut self, from: Pos2, to: Pos2, mut draw: impl FnMut(&mut Ui) -> Option<T>) -> Vec<T> {
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let frames = [
            vec![],
            vec![Event::PointerMoved(from)],
            vec![button(from, true)],
            vec![Event::PointerMoved(from.lerp(to, 0.5))],
            vec![Event::PointerMoved(to)],
            vec![button(to, false)],
        ];
        frames.into_iter().filter_map(|events| self.frame(events, &mut draw)).collect()
    }

    /// Clicks at `at`; gives what happened last.
    pub fn click<T>(&mut self, at: Pos2, draw: impl FnMut(&mut Ui) -> Option<T>) -> Option<T> {
        self.drag(at, at, draw).pop()
    }

    /// All texts of the last frame, with where they stand.
    pub fn texts(&self) -> Vec<(String, Rect)> {
        let mut found = Vec::new();
        for ClippedShape { shape, .. } in &self.shapes {
            collect(shape, &mut found);
        }
        found
    }

    /// Panics unless all texts of the last frame stand in `rect`, and there are some.
    pub fn inside(&self, rect: Rect) {
        let texts = self.texts();
        assert!(!texts.is_empty(), "nothing is written");
        for (text, at) in texts {
            assert!(rect.expand(1.5).contains_rect(at), "{text:?} at {at:?} leaves {rect:?}");
        }
    }

    /// Panics unless no two texts of the last frame overlap.
    pub fn apart(&self) {
        let texts = self.texts();
        for (i, (text, at)) in texts.iter().enumerate() {
            for (other, beside) in &texts[i + 1..] {
                let cut = at.shrink2(Vec2::new(0.5, 2.5)).intersect(beside.shrink2(Vec2::new(0.5, 2.5)));
                assert!(!cut.is_positive(), "{text:?} at {at:?} overlaps {other:?} at {beside:?}");
            }
        }
    }

    /// Panics unless a screen reader is told something with `part` in it.
    pub fn says(&self, part: &str) {
        assert!(self.spoken.iter().any(|s| s.contains(part)), "{part:?} is not in {:?}", self.spoken);
    }
}

fn collect(shape: &Shape, found: &mut Vec<(String, Rect)>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            let lines = text.galley.rows.iter().map(|row| row.text()).collect::<String>();
            found.push((lines, text.visual_bounding_rect()));
        }
        _ => {}
    }
}
