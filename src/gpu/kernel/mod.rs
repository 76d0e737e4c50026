//! The one description of an operation, and its parts.

mod case;
mod described;
mod erased;
mod params;
mod slot;
mod tolerance;
mod trace;
mod variant;

pub use case::{Case, CaseInfo, Fill};
pub use described::{Backward, Kernel};
pub use params::{Field, ParamField, Params};
pub use slot::{Access, Slot, SlotInfo};
pub use tolerance::{Summands, SummandsFn, Tolerance};
pub use trace::{Trace, TraceFn};
pub use variant::{Variant, VariantInfo, always, anywhere, fold};
