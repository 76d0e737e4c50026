//! Tensors to pixels and widgets: textures filled on the GPU, maps with colour bars and numbers,
//! the inspector, knobs, the audit, the theme.

mod audit;
mod colors;
mod derived;
mod display;
pub mod elide;
pub mod facts;
mod inspect;
pub mod knobs;
mod sheet;
mod stage;
pub mod theme;
mod view;
mod widgets;

pub use audit::{Audit, Report};
pub use colors::Look;
pub use derived::Derive;
pub use display::{Display, Range, Request, Screen, Stats};
pub use inspect::{Element, Finding, Inspection, Spot};
pub use knobs::{Knob, Knobs, Value};
pub use sheet::sheets;
pub use stage::Stage;
pub use view::{Colours, MapResponse, MapStyle, Part, View};
pub use widgets::Widgets;
