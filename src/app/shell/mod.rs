//! The frame around the pages: navigation, header, picture and tabs, settings, inspector, status. Knows
//! nothing of windows; the same code draws on screen, into a file and in tests.

mod answer;
mod contents;
mod doors;
mod examined;
mod exported;
mod files;
mod filmed;
mod found;
mod frame;
mod gallery;
mod header;
mod home;
mod keys;
mod navigation;
mod notices;
mod places;
mod shader;
mod side;
mod status;
mod touring;

pub use frame::{Place, Shell, Tab, Wish};
pub use places::HOME;
