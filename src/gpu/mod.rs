//! wgpu and nothing above it: adapters, shaders, the description of an operation, recorded plans,
//! and what runs them.

mod device;
mod kernel;
mod pipeline;
mod plan;
mod pool;
mod probe;
mod profile;
pub mod reference;
mod session;
mod shader;
mod timing;

pub use device::{Choice, Gpu, GpuError, Inner};
pub use kernel::{
    Access, AnyKernel, Backward, Case, CaseInfo, DType, Field, Fill, Forward, Kernel, ParamField, Params,
    Slot, SlotInfo, Tolerance, Trace, TraceFn, Variant, VariantInfo, always, anywhere, fold,
};
pub use pipeline::Pipeline;
pub use plan::{BufId, Buffer, Data, PART_ALIGN, Plan, Source, Step, StepId, Tensor};
pub use pool::{Pool, SharedBuffer};
pub use probe::Probe;
pub use profile::Profile;
pub use reference::{Comparison, compare};
pub use session::{Externals, GUARD, Options, Region, Runtime, Session, Shared, read_words};
pub use shader::{Binding, Reflection, SHARED, Shader, ShaderError};
pub use timing::Timing;
