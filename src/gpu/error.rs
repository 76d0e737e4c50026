//! Why the GPU refuses.

/// Why there is no GPU to work with.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// No adapter at all, or none on the backends asked for.
    #[error(
        "no graphics adapter found for {backends}; install a driver (on Debian or Ubuntu the \
         software one: `apt-get install libvulkan1 mesa-vulkan-drivers`), or use `--backend reference` \
         for what needs no window"
    )]
    NoAdapter {
        /// Backends that were searched.
        backends: String,
    },
    /// Adapters exist, but none has this name.
    #[error("no adapter's name contains \"{name}\"; there is: {found}")]
    NoSuchAdapter {
        /// What was asked for.
        name: String,
        /// What there is.
        found: String,
    },
    /// The driver refused.
    #[error("{adapter} refused to open: {reason}")]
    Refused {
        /// Adapter name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A buffer is larger than the adapter binds.
    #[error("{name} needs {bytes} bytes, but {adapter} binds at most {limit}: choose a smaller size")]
    TooLarge {
        /// Buffer name.
        name: String,
        /// Bytes wanted.
        bytes: u64,
        /// Most bytes in a binding.
        limit: u64,
        /// Adapter name.
        adapter: String,
    },
    /// Too many workgroups, a failed pipeline, memory exhausted.
    #[error("{0}")]
    Validation(String),
    /// The driver cannot build a program: nothing that needs it can be computed here.
    #[error("{adapter} cannot build the program {program}: {reason}; {instead}")]
    Program {
        /// Adapter name.
        adapter: String,
        /// Kernel and variant.
        program: String,
        /// The driver's words.
        reason: String,
        /// What to choose instead, as a clause.
        instead: String,
    },
    /// The shader does not compile.
    #[error(transparent)]
    Shader(#[from] super::shader::ShaderError),
    /// The device is gone; it is opened again by the app.
    #[error("the graphics device was lost ({0})")]
    Lost(String),
}

/// A complaint of the driver, which comes in several lines, as a clause.
pub(super) fn clause(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
    lines.collect::<Vec<_>>().join(": ")
}

/// Runs `work` inside error scopes; what the driver objects to becomes an error.
pub(super) fn scoped<T>(device: &wgpu::Device, work: impl FnOnce() -> T) -> Result<T, GpuError> {
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let result = work();
    let internal = pollster::block_on(internal.pop());
    let validation = pollster::block_on(validation.pop());
    let memory = pollster::block_on(memory.pop());
    match internal.or(validation).or(memory) {
        Some(error) => Err(GpuError::Validation(error.to_string())),
        None => Ok(result),
    }
}
