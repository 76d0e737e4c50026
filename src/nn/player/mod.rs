//! Training while somebody watches: any number of runs in step with each other, as many steps a frame as
//! its time allows; play, pause, one step, back to the start, a look back at any step, another way from
//! there. Nothing here waits for the GPU, but [`Pace::Fixed`], which has to give the same picture each time.

mod contender;
mod flight;
mod frame;
mod pace;
mod playing;
mod run;
mod scores;
mod track;

pub use contender::Contender;
pub use pace::Pace;
pub use playing::{Kept, LookId, Player, RunId};
pub use run::{Run, Watched};
pub use track::Branch;
