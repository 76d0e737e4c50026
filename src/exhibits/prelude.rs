//! What nearly every page names.

pub use egui::Ui;

pub use super::exhibit::Exhibit;
pub use super::problem::Problem;
pub use super::recording::Recording;
pub use crate::choices;
pub use crate::gpu::{Plan, Tensor};
pub use crate::lessons::Question;
pub use crate::ops::philox::Rng;
pub use crate::settings;
pub use crate::settings::{Choice, Knob, Knobs};
pub use crate::viz::facts::grouped;
pub use crate::viz::figures::fit::{Cell, Metrics, Panel, Placement, Row};
pub use crate::viz::figures::page::{self, amount};
pub use crate::viz::words::{self, Voice};
pub use crate::viz::{Caption, Look, MapStyle, Range, View};
