//! The shell around the exhibits and what draws it: into a window, into a file, on the CPU.

mod headless;
pub mod opening;
mod page;
mod paint;
mod raster;
pub mod settings;
mod shell;
mod textures;
pub mod window;

pub use headless::Headless;
pub use opening::{OpenError, Opened, open};
pub use page::Page;
pub use paint::Painter;
pub use shell::{Shell, Tab, Wish};
