//! The adapter and what hangs on it: choice, limits, errors, loss.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::pipeline::Pipelines;
use super::pool::Pool;
use super::profile::Profile;

/// Which adapter to take. Flags beat the environment, the environment beats the ranking.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// `--backend`; otherwise `WGPU_BACKEND`.
    pub backends: Option<wgpu::Backends>,
    /// `--adapter`, a part of its name in any case; otherwise `WGPU_ADAPTER_NAME`.
    pub adapter: Option<String>,
}

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
    /// The shader does not compile.
    #[error(transparent)]
    Shader(#[from] super::shader::ShaderError),
    /// The device is gone; it is opened again by the app.
    #[error("the graphics device was lost ({0})")]
    Lost(String),
}

/// Counts devices opened by this process; what holds resources of an older one rebuilds them.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// An open device. Clones share it.
#[derive(Clone)]
pub struct Gpu(Arc<Inner>);

/// What a [`Gpu`] shares.
pub struct Inner {
    /// The instance, for surfaces.
    pub instance: wgpu::Instance,
    /// The adapter, for surface capabilities.
    pub adapter: wgpu::Adapter,
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// Name, backend and type.
    pub info: wgpu::AdapterInfo,
    /// What it is good at.
    pub profile: Profile,
    /// 1 for the first device of the process, then counting up.
    pub generation: u64,
    /// Timestamps can be written at the ends of passes.
    pub timestamps: bool,
    pub(super) pipelines: Pipelines,
    pub(super) pool: Arc<Pool>,
    lost: Arc<Mutex<Option<String>>>,
    is_lost: Arc<AtomicBool>,
    errors: Arc<Mutex<Vec<String>>>,
}

impl std::ops::Deref for Gpu {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?})", self.info.name, self.info.backend)
    }
}

/// Discrete before integrated before software; Vulkan, Metal and DX12 before GL.
fn rank(info: &wgpu::AdapterInfo) -> (u8, u8) {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    (kind, u8::from(info.backend == wgpu::Backend::Gl))
}

/// The words of a person for a set of backends.
fn backend_names(backends: wgpu::Backends) -> String {
    if backends.is_empty() {
        return format!("WGPU_BACKEND={}", std::env::var("WGPU_BACKEND").unwrap_or_default());
    }
    let names: Vec<_> = backends.iter_names().map(|(name, _)| name.to_lowercase()).collect();
    names.join(", ")
}

impl Choice {
    /// Backends to search.
    pub fn backends(&self) -> wgpu::Backends {
        self.backends.or_else(wgpu::Backends::from_env).unwrap_or(
            wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12 | wgpu::Backends::GL,
        )
    }

    /// This choice in the order in which it is searched: GL only where nothing better is found,
    /// because merely looking for it starts up a good part of the desktop's libraries.
    pub fn searches(&self) -> Vec<Self> {
        let all = self.backends();
        let (native, gl) = (all - wgpu::Backends::GL, all & wgpu::Backends::GL);
        let parts = [native, gl].into_iter().filter(|part| !part.is_empty());
        let searches: Vec<_> =
            parts.map(|part| Self { backends: Some(part), adapter: self.adapter.clone() }).collect();
        if searches.is_empty() { vec![self.clone()] } else { searches }
    }

    /// The first search that succeeds; otherwise the error of the first, for all backends.
    pub fn search<T>(&self, open: impl FnMut(&Self) -> Result<T, GpuError>) -> Result<T, GpuError> {
        let mut errors = Vec::new();
        for outcome in self.searches().iter().map(open) {
            match outcome {
                Ok(found) => return Ok(found),
                Err(e) => errors.push(e),
            }
        }
        if errors.iter().all(|e| matches!(e, GpuError::NoAdapter { .. })) {
            return Err(self.nothing_found());
        }
        Err(errors.into_iter().find(|e| !matches!(e, GpuError::NoAdapter { .. })).expect("not all are"))
    }

    /// An instance for this choice; `display` is needed by GL to draw in windows.
    pub fn instance(&self, display: Option<Box<dyn wgpu::wgt::WgpuHasDisplayHandle>>) -> wgpu::Instance {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = self.backends();
        // The driver's own validation is for those who ask for it (WGPU_VALIDATION=1).
        descriptor.flags = wgpu::InstanceFlags::empty().with_env();
        descriptor.display = display;
        wgpu::Instance::new(descriptor)
    }

    /// All adapters of the instance, best first.
    pub fn adapters(&self, instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
        let mut adapters = pollster::block_on(instance.enumerate_adapters(self.backends()));
        adapters
            .retain(|a| a.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS));
        adapters.sort_by_key(|a| rank(&a.get_info()));
        adapters
    }

    /// The part of a name that the adapter must have, if one was asked for.
    pub fn wanted(&self) -> Option<String> {
        let wanted = self.adapter.clone().or_else(|| std::env::var("WGPU_ADAPTER_NAME").ok());
        wanted.filter(|name| !name.is_empty())
    }

    /// Whether an adapter of this name may be taken.
    pub fn accepts(&self, name: &str) -> bool {
        self.wanted().is_none_or(|wanted| name.to_lowercase().contains(&wanted.to_lowercase()))
    }

    /// The error for an empty list of adapters.
    pub fn nothing_found(&self) -> GpuError {
        GpuError::NoAdapter { backends: backend_names(self.backends()) }
    }

    fn pick(
        &self,
        instance: &wgpu::Instance,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<wgpu::Adapter, GpuError> {
        let mut adapters = self.adapters(instance);
        if adapters.is_empty() {
            return Err(self.nothing_found());
        }
        let found: Vec<_> = adapters.iter().map(|a| a.get_info().name).collect();
        adapters.retain(|a| self.accepts(&a.get_info().name));
        if adapters.is_empty() {
            let name = self.wanted().unwrap_or_default();
            return Err(GpuError::NoSuchAdapter { name, found: found.join(", ") });
        }
        if let Some(surface) = surface {
            adapters.retain(|a| a.is_surface_supported(surface));
        }
        adapters.into_iter().next().ok_or_else(|| GpuError::NoAdapter {
            backends: format!("{} that can draw in this window", backend_names(self.backends())),
        })
    }
}

impl Gpu {
    /// Opens the best adapter, without a window.
    pub fn open(choice: &Choice) -> Result<Self, GpuError> {
        choice.search(|choice| Self::open_for(choice, choice.instance(None), None))
    }

    /// Opens the best adapter that can draw on `surface`.
    pub fn open_for(
        choice: &Choice,
        instance: wgpu::Instance,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<Self, GpuError> {
        let adapter = choice.pick(&instance, surface)?;
        let info = adapter.get_info();
        let timestamps = wgpu::Features::TIMESTAMP_QUERY;
        let features = adapter.features() & timestamps;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("glassbox"),
            required_features: features,
            required_limits: adapter.limits(),
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|e| GpuError::Refused { adapter: info.name.clone(), reason: e.to_string() })?;

        let lost = Arc::new(Mutex::new(None));
        let is_lost = Arc::new(AtomicBool::new(false));
        let (lost_text, lost_flag) = (lost.clone(), is_lost.clone());
        device.set_device_lost_callback(move |reason, message| {
            // `Destroyed` comes without a message. Dropping the device does not come here.
            let destroyed = reason == wgpu::DeviceLostReason::Destroyed && message.is_empty();
            *lock(&lost_text) = Some(if destroyed { "it was destroyed".into() } else { message });
            lost_flag.store(true, Ordering::Release);
        });
        let errors = Arc::new(Mutex::new(Vec::new()));
        let sink = errors.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            tracing::error!("{error}");
            lock(&sink).push(error.to_string());
        }));

        let generation = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(adapter = info.name, backend = ?info.backend, generation, "device opened");
        Ok(Self(Arc::new(Inner {
            profile: Profile::of(&adapter),
            timestamps: features.contains(timestamps),
            pipelines: Pipelines::default(),
            pool: Pool::new(&device, &queue),
            instance,
            adapter,
            device,
            queue,
            info,
            generation,
            lost,
            is_lost,
            errors,
        })))
    }

    /// Whether the device was lost; everything made from it is dead then.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    /// Why it was lost.
    pub fn loss(&self) -> Option<String> {
        lock(&self.lost).clone()
    }

    /// Errors that no scope caught, since the last call. Empty in a correct program.
    pub fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.errors))
    }

    /// Blocks until the queue is empty. For tests, the command line and audits, never in a frame.
    pub fn wait(&self) -> Result<(), GpuError> {
        let waited = self.device.poll(wgpu::PollType::wait_indefinitely());
        match (waited, self.loss()) {
            (Ok(_), None) => Ok(()),
            (_, Some(why)) => Err(GpuError::Lost(why)),
            (Err(e), None) => Err(GpuError::Lost(e.to_string())),
        }
    }

    /// Runs callbacks of finished work without blocking.
    pub fn poll(&self) {
        if let Err(e) = self.device.poll(wgpu::PollType::Poll) {
            tracing::warn!("{e}");
        }
    }

    /// Runs `work` inside error scopes; what the driver objects to becomes an error.
    pub fn scoped<T>(&self, work: impl FnOnce() -> T) -> Result<T, GpuError> {
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let result = work();
        let validation = pollster::block_on(validation.pop());
        let memory = pollster::block_on(memory.pop());
        match validation.or(memory) {
            Some(error) => Err(GpuError::Validation(error.to_string())),
            None => Ok(result),
        }
    }
}

/// Locks, going on with the data of a thread that panicked: it is only ever replaced whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
