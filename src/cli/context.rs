//! Options that every command takes, and what follows from them: an adapter, colours, logs.

use super::failure::Failure;
use super::terminal::Color;
use crate::gpu::{AdapterChoice, Gpu, Runtime};

/// Name of the reference where an adapter's name would stand.
pub const REFERENCE: &str = "reference (CPU, f64)";

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// Vulkan
    Vulkan,
    /// OpenGL or OpenGL ES
    Gl,
    /// Metal, on macOS
    Metal,
    /// Direct3D 12, on Windows
    Dx12,
    /// No graphics adapter: the CPU reference in 64-bit floats
    Reference,
}

/// Options that every command takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Context {
    /// What computes; beats WGPU_BACKEND
    #[arg(long, global = true, value_name = "BACKEND")]
    pub backend: Option<Backend>,

    /// Graphics adapter, by a part of its name; beats WGPU_ADAPTER_NAME
    #[arg(long, global = true, value_name = "NAME")]
    pub adapter: Option<String>,

    /// Say more on stderr; up to three times. RUST_LOG beats it
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When to colour; "auto" heeds NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// All commands and options, for what describes them.
    #[arg(skip)]
    pub grammar: clap::Command,
}

/// How an adapter is named in results.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AdapterName {
    /// In the words of its driver.
    pub name: String,
    /// As `--backend` takes it.
    pub backend: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`.
    pub device_type: String,
}

impl AdapterName {
    /// The name of an adapter.
    pub fn of(info: &wgpu::AdapterInfo) -> Self {
        Self {
            name: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            device_type: format!("{:?}", info.device_type),
        }
    }

    /// The name of the reference.
    pub fn reference() -> Self {
        Self { name: REFERENCE.into(), backend: "reference".into(), device_type: "Cpu".into() }
    }

    /// The name of what runs.
    pub fn of_runtime(runtime: &Runtime) -> Self {
        runtime.gpu().map_or_else(Self::reference, |gpu| Self::of(&gpu.info))
    }
}

impl std::fmt::Display for AdapterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.backend == "reference" {
            return f.write_str(&self.name);
        }
        write!(f, "{} ({})", self.name, self.backend)
    }
}

impl Context {
    /// Whether the reference was asked for.
    pub fn on_reference(&self) -> bool {
        self.backend == Some(Backend::Reference)
    }

    /// Which adapter to take.
    pub fn choice(&self) -> AdapterChoice {
        let backends = self.backend.map(|backend| match backend {
            Backend::Vulkan => wgpu::Backends::VULKAN,
            Backend::Gl => wgpu::Backends::GL,
            Backend::Metal => wgpu::Backends::METAL,
            Backend::Dx12 => wgpu::Backends::DX12,
            Backend::Reference => wgpu::Backends::empty(),
        });
        AdapterChoice { backends, adapter: self.adapter.clone() }
    }

    /// Opens what the options ask for, without a window.
    pub fn runtime(&self) -> Result<Runtime, Failure> {
        if self.on_reference() {
            return Ok(Runtime::Reference);
        }
        Ok(Runtime::Gpu(Gpu::open(&self.choice())?))
    }

    /// Sends logs to stderr; once, at the start.
    pub(super) fn start_logs(&self) {
        let default = match self.verbose {
            0 => "error,glassbox=warn",
            1 => "warn,glassbox=info",
            2 => "info,glassbox=debug",
            _ => "debug,glassbox=trace",
        };
        let filter = tracing_subscriber::EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
        // A second start in one process, as in tests, changes nothing.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(self.color.on_stderr())
            .without_time()
            .try_init();
    }
}
