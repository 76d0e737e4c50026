//! An open device and what hangs on it: limits, errors, loss.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::adapter::{AdapterChoice, instead_of};
use super::error::{GpuError, clause, scoped};
use super::lock::lock;
use super::pace::{Load, Pace};
use super::pipeline::{Form, Pipeline, Pipelines};
use super::plan::AnyKernel;
use super::pool::{Pool, SharedBuffer};
use super::profile::Profile;

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
    pace: Arc<Mutex<Pace>>,
    /// Held from the recording of a slice to its submission.
    slicing: Mutex<()>,
    /// Submissions that are not done, as far as anybody has looked.
    in_flight: Arc<AtomicUsize>,
    lost: Arc<Mutex<Option<String>>>,
    is_lost: Arc<AtomicBool>,
    errors: Arc<Mutex<Vec<String>>>,
    /// What to choose where a program cannot be built.
    instead: OnceLock<String>,
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

impl Gpu {
    /// A buffer of at least `bytes` from the pool, to which it returns when it is dropped. Its content is
    /// whatever was there before.
    pub fn scratch(&self, bytes: u64) -> SharedBuffer {
        self.pool.take(bytes)
    }

    /// Gives back to the driver what no session holds. What is made next takes longer.
    pub fn trim(&self) {
        self.pool.trim();
    }

    /// Submits what `work` records; does not wait.
    pub fn submit(&self, work: impl FnOnce(&mut wgpu::CommandEncoder)) {
        self.submit_and(work, |_| {});
    }

    fn submit_and(
        &self,
        work: impl FnOnce(&mut wgpu::CommandEncoder),
        done: impl FnOnce(Duration) + Send + 'static,
    ) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        work(&mut encoder);
        self.send([encoder.finish()], done);
    }

    /// Submits commands; does not wait. Once they are done and somebody [looks](Self::poll), `done` is told how long
    /// that took.
    pub fn send(
        &self,
        commands: impl IntoIterator<Item = wgpu::CommandBuffer>,
        done: impl FnOnce(Duration) + Send + 'static,
    ) {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let (in_flight, began) = (self.in_flight.clone(), Instant::now());
        self.queue.submit(commands);
        self.queue.on_submitted_work_done(move || {
            in_flight.fetch_sub(1, Ordering::AcqRel);
            done(began.elapsed());
        });
    }

    /// Whether all is done that was [sent](Self::send).
    pub fn is_idle(&self) -> bool {
        self.poll();
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// What is believed of the adapter's speed.
    pub fn pace<T>(&self, look: impl FnOnce(&Pace) -> T) -> T {
        look(&lock(&self.pace))
    }

    /// Submits a slice of a plan, and learns from how long it takes where nothing is before it.
    pub(super) fn submit_slice(&self, load: Load, work: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let alone = self.is_idle();
        let pace = self.pace.clone();
        // What is told of a part holds for the next submission: no other thread's slice may come between.
        let _one = lock(&self.slicing);
        self.submit_and(work, move |took| {
            if alone {
                lock(&pace).learn(&load, took);
            }
        });
    }

    /// Opens the best adapter, without a window.
    pub fn open(choice: &AdapterChoice) -> Result<Self, GpuError> {
        choice.search(|choice| Self::open_for(choice, choice.instance(None), None))
    }

    /// Opens the best adapter that can draw on `surface`.
    pub fn open_for(
        choice: &AdapterChoice,
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
            // Small blocks, which are given back once they are empty: pages come and go.
            memory_hints: wgpu::MemoryHints::MemoryUsage,
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

        let profile = Profile::of(&adapter);
        let generation = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(adapter = info.name, backend = ?info.backend, generation, "device opened");
        Ok(Self(Arc::new(Inner {
            timestamps: features.contains(timestamps),
            pipelines: Pipelines::new(&device),
            pool: Pool::new(&device, &queue),
            pace: Arc::new(Mutex::new(Pace::new(profile.software))),
            profile,
            slicing: Mutex::default(),
            in_flight: Arc::default(),
            instance,
            adapter,
            device,
            queue,
            info,
            generation,
            lost,
            is_lost,
            errors,
            instead: OnceLock::new(),
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

    /// How many programs have been compiled on this device: dragging a slider compiles none.
    pub fn compiled(&self) -> usize {
        self.pipelines.count()
    }

    /// Whether a program of this kernel has been compiled on this device: of one variant, or of any.
    pub fn has_compiled(&self, kernel: &str, variant: Option<usize>) -> bool {
        self.pipelines.has(kernel, variant)
    }

    /// Errors that no scope caught, since the last call. Empty in a correct program.
    pub fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.errors))
    }

    /// The first of those errors, as a clause. After one, what was computed may not have been: readbacks fail.
    pub fn complaint(&self) -> Option<String> {
        lock(&self.errors).first().map(|error| clause(error))
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
        scoped(&self.device, work)
    }

    /// The pipeline of a kernel's variant; compiled at first sight.
    pub fn pipeline(
        &self,
        kernel: &'static dyn AnyKernel,
        variant: usize,
    ) -> Result<Arc<Pipeline>, GpuError> {
        self.program(kernel, variant, Form::Whole)
    }

    /// The pipeline of a kernel's variant in a form.
    pub(super) fn program(
        &self,
        kernel: &'static dyn AnyKernel,
        variant: usize,
        form: Form,
    ) -> Result<Arc<Pipeline>, GpuError> {
        self.pipelines.of(&self.device, kernel, variant, form).map_err(|error| match error {
            GpuError::Validation(reason) => GpuError::Program {
                adapter: format!("{} ({:?})", self.info.name, self.info.backend),
                program: format!("{}/{}", kernel.name(), kernel.variants()[variant].name),
                // The last line says why, those before it where.
                reason: reason
                    .lines()
                    .map(str::trim)
                    .rfind(|line| !line.is_empty())
                    .unwrap_or_default()
                    .to_owned(),
                instead: self.instead.get_or_init(|| instead_of(&self.info)).clone(),
            },
            other => other,
        })
    }

    /// Debug builds: compiles shaders that changed on disk. A program that does not compile is
    /// reported and the last good one goes on. Returns the labels replaced and the complaints.
    pub fn reload_shaders(&self) -> (Vec<String>, Vec<String>) {
        self.pipelines.reload(&self.device)
    }
}
