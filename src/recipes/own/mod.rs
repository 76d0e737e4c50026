//! A real network's features with a new head, learned from a few pictures of the user's own: [`OwnPictures`] are what the
//! network makes of them, [`OwnHead`] is the task, and a [`Head`] is what was learned, which can be saved and loaded.

mod example;
mod head;
mod pictures;
mod saved;
mod task;

pub use example::{example, example_file, example_pictures};
pub use head::{Head, HeadError};
pub use pictures::{OwnError, OwnGroup, OwnPicture, OwnPictures, PIXELS, SIDE};
pub use saved::HeadFileError;
pub use task::{OwnHead, STEPS, setup};
