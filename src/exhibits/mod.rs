//! One page for each topic: its settings, the plan they record, the picture that is drawn of it.

pub mod attention;
pub mod convolution;
mod deep;
mod difference;
mod exhibit;
pub mod explore;
mod filters;
mod inputs;
pub mod networks;
pub mod pooling;
mod prelude;
mod problem;
mod recording;
mod registry;
pub mod regularisation;
pub mod representation;
mod symbols;
pub mod training;

pub use exhibit::{AnyExhibit, Exhibit, Learned, mount};
pub use inputs::{Inputs, Own, SENTENCE};
pub use problem::Problem;
pub use recording::Recording;
pub use registry::{EXPLORE, EXPLORERS, TOPICS, Topic, chapters, pages, topic};
