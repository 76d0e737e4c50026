//! A page that takes long enough to be opened in sight, a frame for each step.

use egui::{ProgressBar, Ui};

use super::background::Background;
use crate::viz::{Work, words};

/// Width of the bar in points, at most.
const WIDTH: f32 = 420.0;

/// How far the opening is.
pub enum Opening {
    /// It was said that the network is being read.
    Reads,
    /// What it takes was recorded, with these settings and inputs, and has to go onto the adapter. Programs that the
    /// adapter does not have are being compiled.
    Recorded(Box<Work>, (String, u64), Option<Background<()>>),
}

impl Opening {
    /// Says what comes next.
    pub fn ui(&self, ui: &mut Ui) {
        let (done, text) = match self {
            Self::Reads => (0.1, "Reading the network…".to_owned()),
            Self::Recorded(work, ..) => {
                let kernels = words::plural(work.plan.steps.len(), "kernel", "kernels");
                let networks = match work.contenders.len() {
                    0 => String::new(),
                    count => format!(" and {} to train", words::plural(count, "network", "networks")),
                };
                (0.5, format!("Bringing {kernels}{networks} onto the adapter…"))
            }
        };
        ui.add(ProgressBar::new(done).desired_width(ui.available_width().min(WIDTH)));
        words::remark(ui, &text);
    }
}
