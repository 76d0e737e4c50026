//! The frame around the pages: navigation, header, picture and tabs, settings, inspector, status. Knows
//! nothing of windows; the same code draws on screen, into a file and in tests.

mod answer;
mod files;
mod frame;
mod gallery;
mod header;
mod keys;
mod navigation;
mod places;
mod shader;
mod side;
mod status;

pub use frame::{Shell, Tab, Wish};
