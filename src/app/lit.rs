//! Knobs that light up for a moment, because something else than the hand has moved them.

/// Seconds for which they do.
const SECS: f64 = 1.0;

/// Knobs that light up.
#[derive(Default)]
pub struct Lit {
    knobs: Vec<String>,
    /// Until when in seconds, once a frame has shown them.
    until: Option<f64>,
}

impl Lit {
    /// These, from the next frame on.
    pub fn of(knobs: Vec<String>) -> Self {
        Self { knobs, until: None }
    }

    /// Those that are lit.
    pub fn knobs(&self) -> &[String] {
        &self.knobs
    }

    /// Takes note of a frame at a time in seconds.
    pub fn tick(&mut self, time: f64) {
        if !self.knobs.is_empty() && time >= *self.until.get_or_insert(time + SECS) {
            *self = Self::default();
        }
    }

    /// Seconds until they go out.
    pub fn left(&self, time: f64) -> Option<f32> {
        self.until.map(|until| (until - time).max(0.0) as f32)
    }
}
