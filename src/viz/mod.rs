//! Tensors to pixels and widgets: textures filled on the GPU, maps with colour bars and numbers,
//! the inspector, knobs, the audit, the theme.

mod audit;
mod audited;
mod caption;
mod colours;
mod derived;
mod display;
mod due;
mod explained;
pub mod facts;
pub mod figures;
mod fonts;
mod inspect;
mod judge;
mod lens;
mod listing;
mod look;
pub mod offer;
mod scale;
mod sheet;
mod stage;
pub mod theme;
mod times;
mod training;
mod view;
mod widgets;
pub mod words;
mod work;

pub use audit::Audit;
pub use caption::{Caption, Tone};
pub use colours::Colours;
pub use derived::Derive;
pub use display::{Range, Screen, Stats};
pub use fonts::{CssFont, css_font};
pub use inspect::{Element, Explanation, Inspection, Spot};
pub use judge::{Judge, Report, Words};
pub use lens::Of;
pub use listing::{Language, listing};
pub use look::Look;
pub use sheet::sheets;
pub use stage::{Stage, TRAINING_BUDGET};
pub use training::Quantity;
pub use view::{MapResponse, MapStyle, Part, View};
pub use widgets::Widgets;
pub use work::{Looked, StageError, Work};
