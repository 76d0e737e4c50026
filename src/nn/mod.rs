//! Networks that learn: parameters and how they begin, layers, a graph that records them on a plan,
//! networks as data, a trainer, checkpoints, a player for who watches, and what watches over training.
//!
//! A network declares its [`Parameters`] once. A [`Graph`] records it on a plan, where all parameters
//! lie behind one another in one buffer, so that an optimiser changes them in one dispatch. The
//! gradients come from walking that plan backwards ([`crate::ops::gradient`]).

pub mod checkpoint;
pub mod diagnosis;
mod error;
mod evaluation;
pub mod graph;
pub mod init;
pub mod layers;
mod looking;
pub mod parameters;
pub mod player;
mod record;
pub mod stack;
mod task;
pub mod trainer;
pub mod watch;

pub use checkpoint::{Checkpoint, Ring};
pub use diagnosis::{Diagnosis, Symptom, diagnose, symptoms};
pub use error::TrainError;
pub use evaluation::Evaluator;
pub use graph::{Graph, Layer};
pub use init::Init;
pub use looking::Looking;
pub use parameters::{ParamId, Parameters};
pub use player::{Branch, Contender, Kept, LookId, Pace, Player, Run, RunId, Watched};
pub use record::WatchedLayer;
pub use stack::{Block, Stack, StackError, StackLayer, StackNet};
pub use task::{Evaluation, Net, Outcome, Record, Set, Setup, Shaped, Task};
pub use trainer::Trainer;
pub use watch::{Role, Statistics, Watch};
