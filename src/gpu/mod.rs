//! wgpu and nothing above it: adapters, shaders, the description of an operation, recorded plans,
//! and what runs them.

mod adapter;
mod affected;
mod comparison;
mod device;
mod error;
mod kernel;
mod lock;
mod pace;
mod parts;
mod pipeline;
mod plan;
mod pool;
mod probe;
mod profile;
mod readback;
mod record;
pub mod reference;
mod resident;
mod runtime;
mod session;
mod shader;
mod tensor;
mod timing;
mod waiting;

pub use adapter::AdapterChoice;
pub use affected::Affected;
pub use comparison::{Comparison, compare, compare_output, largest, largest_difference};
pub use device::{Gpu, Inner};
pub use error::GpuError;
pub use kernel::{
    Access, Backward, Case, CaseInfo, Field, Fill, Kernel, ParamField, Params, Slot, SlotInfo, Summands,
    SummandsFn, Tolerance, Trace, TraceFn, Variant, VariantInfo, always, anywhere, fold,
};
pub use pace::Pace;
pub use parts::program as program_in_parts;
pub use pipeline::Pipeline;
pub use plan::{AnyKernel, Forward, Plan, Step, StepId};
pub use pool::{OWN_BYTES, Pool, SharedBuffer};
pub use probe::Probe;
pub use profile::Profile;
pub use readback::read_words;
pub use resident::{GUARD, Options};
pub use runtime::{Externals, Region, Runtime, Shared, Stretch};
pub use session::Session;
pub use shader::{Binding, Reflection, SHARED, Shader, ShaderError};
pub use tensor::{BufId, Buffer, DType, Data, PART_ALIGN, Source, Tensor, shape_in_words};
pub use timing::Timing;
pub use waiting::{Cost, Slice, Waiting};
