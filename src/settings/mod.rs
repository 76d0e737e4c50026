//! Settings: declared once as [`Knob`]s, visited by whoever needs them, written and read as one line of
//! text. `--set`, presets of lessons, links, undo, what is kept between starts and reports of bugs all
//! stand on that text.

mod address;
mod between;
mod choices;
mod knobs;
mod line;
mod value;
mod visitors;

pub use address::{Address, AddressError};
pub use between::between;
pub use choices::{Choice, Chosen};
pub use knobs::{Absent, Effect, Knob, Knobs};
pub use line::{Settings, SettingsError};
pub use value::Value;
pub use visitors::{KnobError, Listed, affecting, apply, dump, ends, label, list, read, set};
