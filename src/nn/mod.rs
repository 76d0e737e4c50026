//! Networks that learn: parameters and how they begin, layers, a graph that records them on a plan,
//! a trainer, checkpoints, and what watches over training.
//!
//! A network declares its [`Parameters`] once. A [`Graph`] records it on a plan, where all parameters
//! lie behind one another in one buffer, so that an optimiser changes them in one dispatch. The
//! gradients come from walking that plan backwards ([`crate::ops::gradient`]).

pub mod checkpoint;
mod evaluation;
pub mod graph;
pub mod init;
pub mod layers;
pub mod parameters;
pub mod player;
pub mod trainer;
pub mod watch;

pub use checkpoint::{Checkpoint, Ring};
pub use graph::{Graph, Layer};
pub use init::Init;
pub use parameters::{ParamId, Parameters};
pub use player::Player;
pub use trainer::{Evaluation, Outcome, Record, Set, Setup, Task, TrainError, Trainer};
pub use watch::{Finding, Problem, Role, Statistics, Watch};
