//! The shell around the exhibits and what draws it: into a window, into a file, on the CPU.

mod canvas;
pub mod command;
mod dialog;
mod exam;
pub mod export;
mod headless;
mod history;
mod measure;
pub mod opening;
mod page;
mod paint;
mod palette;
mod practice;
pub mod practised;
mod raster;
mod recording;
pub mod settings;
mod shell;
pub mod state;
mod still;
mod svg;
mod textures;
mod user_file;
pub mod window;

pub use headless::Headless;
pub use measure::Measured;
pub use opening::{OpenError, Opened, open};
pub use page::Page;
pub use paint::Painter;
pub use shell::{HOME, Place, Shell, Tab, Wish};
