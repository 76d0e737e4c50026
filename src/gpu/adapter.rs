//! The choice of an adapter.

use super::error::GpuError;

/// Which adapter to take. Flags beat the environment, the environment beats the ranking.
#[derive(Clone, Debug, Default)]
pub struct AdapterChoice {
    /// `--backend`; otherwise `WGPU_BACKEND`.
    pub backends: Option<wgpu::Backends>,
    /// `--adapter`, a part of its name in any case; otherwise `WGPU_ADAPTER_NAME`.
    pub adapter: Option<String>,
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

/// What can be chosen on this machine instead of an adapter, as a clause.
pub(super) fn instead_of(info: &wgpu::AdapterInfo) -> String {
    let native = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    // Each search by itself: what looks for GL starts up much, and may find the very same.
    for backends in [native, wgpu::Backends::GL] {
        let choice = AdapterChoice { backends: Some(backends), adapter: None };
        let found = choice.adapters(&choice.instance(None));
        let other = found.iter().map(wgpu::Adapter::get_info).find(|other| other.backend != info.backend);
        if let Some(other) = other {
            let backend = backend_names(other.backend.into());
            return format!("there is {} too: choose it by `--backend {backend}`", other.name);
        }
    }
    "`--backend reference` computes on the processor, for what needs no window".to_owned()
}

impl AdapterChoice {
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

    /// The adapter to open.
    ///
    /// # Errors
    /// If there is none, none of the name that was asked for, or none that draws on `surface`.
    pub(super) fn pick(
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
