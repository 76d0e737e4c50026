//! A page: its exhibit with the settings as text, the stage, the sentence and complaints.

mod frame;
mod settings;

pub use frame::Page;
