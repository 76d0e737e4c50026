//! The one description of an operation, and its parts.

mod case;
mod described;
mod erased;
mod params;
mod slot;
mod trace;
mod variant;

pub use case::{Case, CaseInfo, Fill, Tolerance};
pub use described::{Backward, Kernel};
pub use params::{Field, ParamField, Params};
pub use slot::{Access, Slot, SlotInfo};
pub use trace::{Trace, TraceFn};
pub use variant::{Variant, VariantInfo, always, anywhere, fold};
