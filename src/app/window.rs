//! The window: winit's events into egui, frames when one is due and none otherwise, and a new
//! device when the old one is lost.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_winit::accesskit_winit;
use winit::application::ApplicationHandler;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Window, WindowId};

use super::dialog::{self, Answer};
use super::export::{self, Served};
use super::opening::Opened;
use super::paint::Painter;
use super::shell::{Shell, Wish};
use super::{practised, settings, state};
use crate::exhibits::Topic;
use crate::gpu::{AdapterChoice, Gpu, GpuError, Runtime};
use crate::settings::Address;
use crate::viz::{theme, use_system_fonts};

/// Devices opened in a row without a frame drawn on one, before giving up.
const MAX_LOSSES: u32 = 3;
/// How often it is looked whether the adapter is done with a slice of what takes longer than a frame.
const SLICE_DONE: Duration = Duration::from_millis(2);
/// Debug builds look for changed shaders this often.
const RELOAD_SECS: f32 = 1.0;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// No display server, or one that cannot be reached.
    #[error("there is no display to open a window on ({0})")]
    NoDisplay(String),
    /// The window system refused.
    #[error("the window system refused: {0}")]
    Refused(String),
    /// The adapter.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

/// What the window shows first.
#[derive(Clone, Default)]
pub struct Start {
    /// Which page, with which settings.
    pub place: Option<(Address, &'static Topic)>,
    /// What was read from files, to be shown in this order.
    pub opened: Vec<(PathBuf, Opened)>,
    /// Home, whatever was shown last.
    pub home: bool,
}

/// What wakes the loop from outside.
#[derive(Debug)]
enum Wake {
    /// egui wants a frame.
    Repaint,
    /// A screen reader speaks.
    Access(accesskit_winit::Event),
    /// A dialog was answered.
    Answered(Answer),
}

impl From<accesskit_winit::Event> for Wake {
    fn from(event: accesskit_winit::Event) -> Self {
        Self::Access(event)
    }
}

/// Opens the window and runs until it is closed.
pub fn run(choice: &AdapterChoice, start: Start) -> Result<(), WindowError> {
    let event_loop =
        EventLoop::<Wake>::with_user_event().build().map_err(|e| WindowError::NoDisplay(reason(&e)))?;
    let ctx = egui::Context::default();
    theme::install(&ctx);
    use_system_fonts(&ctx);
    let proxy = event_loop.create_proxy();
    let waker = proxy.clone();
    ctx.set_request_repaint_callback(move |request| {
        // A delay of zero from another thread; delays of this one are read from each frame's output.
        if request.delay.is_zero() {
            let _ = waker.send_event(Wake::Repaint);
        }
    });
    let mut app = App {
        choice: choice.clone(),
        start,
        ctx,
        proxy,
        live: None,
        next_frame: Some(Instant::now()),
        runs: false,
        sliced: false,
        outcome: Ok(()),
        losses: 0,
    };
    event_loop.run_app(&mut app).map_err(|e| WindowError::Refused(e.to_string()))?;
    app.outcome
}

/// Sides of the window as the system scales it.
fn points(window: &Window) -> [f32; 2] {
    let size = window.inner_size().to_logical::<f32>(window.scale_factor());
    [size.width, size.height]
}

/// The last part of the message: before it stands the place in winit's source.
fn reason(error: &winit::error::EventLoopError) -> String {
    let text = error.to_string();
    text.rsplit(": ").next().unwrap_or(&text).trim_end_matches('.').to_owned()
}

struct App {
    choice: AdapterChoice,
    start: Start,
    ctx: egui::Context,
    proxy: EventLoopProxy<Wake>,
    live: Option<Live>,
    /// When the next frame is due; `None` while nothing moves.
    next_frame: Option<Instant>,
    /// Something takes longer than a frame and runs between frames.
    runs: bool,
    /// A slice of it has run since the last frame: whoever moves the mouse all the time does not hold it up.
    sliced: bool,
    outcome: Result<(), WindowError>,
    losses: u32,
}

/// Everything that hangs on the window.
struct Live {
    window: Arc<Window>,
    input: egui_winit::State,
    graphics: Graphics,
    shell: Shell,
    reloaded: Instant,
    frames: u64,
}

/// Everything that hangs on the device.
struct Graphics {
    gpu: Gpu,
    surface: wgpu::Surface<'static>,
    format: wgpu::TextureFormat,
    painter: Painter,
    configured: [u32; 2],
}

impl Graphics {
    fn open(
        choice: &AdapterChoice,
        window: &Arc<Window>,
        event_loop: &ActiveEventLoop,
        before: Option<&Painter>,
    ) -> Result<Self, WindowError> {
        let (gpu, surface) = choice.search(|choice| {
            let instance = choice.instance(Some(Box::new(event_loop.owned_display_handle())));
            let surface =
                instance.create_surface(window.clone()).map_err(|e| GpuError::Validation(e.to_string()))?;
            Ok((Gpu::open_for(choice, instance, Some(&surface))?, surface))
        })?;
        let formats = surface.get_capabilities(&gpu.adapter).formats;
        let format = egui_wgpu::preferred_framebuffer_format(&formats)
            .map_err(|e| WindowError::Refused(e.to_string()))?;
        let painter = Painter::new(&gpu, format, before);
        Ok(Self { gpu, surface, format, painter, configured: [0, 0] })
    }

    /// Fits the surface to the window.
    fn configure(&mut self, [width, height]: [u32; 2]) {
        let Some(mut config) = self.surface.get_default_config(&self.gpu.adapter, width, height) else {
            return;
        };
        config.format = self.format;
        config.present_mode = wgpu::PresentMode::AutoVsync;
        config.desired_maximum_frame_latency = 1;
        self.surface.configure(&self.gpu.device, &config);
        self.configured = [width, height];
    }
}

impl App {
    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<Live, WindowError> {
        let attributes = Window::default_attributes()
            .with_title("Glassbox")
            .with_inner_size(winit::dpi::LogicalSize::new(1280.0, 800.0))
            .with_min_inner_size(winit::dpi::LogicalSize::new(900.0, 600.0))
            // AccessKit must be there before a screen reader can see the window.
            .with_visible(false);
        let window = event_loop.create_window(attributes).map_err(|e| WindowError::Refused(e.to_string()))?;
        let window = Arc::new(window);
        let mut input = egui_winit::State::new(
            self.ctx.clone(),
            egui::ViewportId::ROOT,
            &event_loop.owned_display_handle(),
            Some(window.scale_factor() as f32),
            window.theme(),
            None,
        );
        input.init_accesskit(event_loop, &window, self.proxy.clone());
        let graphics = Graphics::open(&self.choice, &window, event_loop, None)?;
        input.set_max_texture_side(graphics.gpu.device.limits().max_texture_dimension_2d as usize);
        let mut shell = Shell::new(&Runtime::Gpu(graphics.gpu.clone()), &graphics.painter.screen());
        shell.fit_interface(&self.ctx, points(&window));
        if let Some(file) = settings::user_file() {
            shell.keep_settings_in(file);
        }
        let asked = self.start.place.is_some() || !self.start.opened.is_empty();
        if let Some(file) = state::user_file() {
            shell.keep_state_in(file, &self.ctx, !asked);
        }
        if let Some(file) = practised::user_file() {
            shell.keep_practised_in(file);
        }
        if self.start.home || (self.start.place.is_none() && asked) {
            // From there, what is opened leads to where it can be seen.
            shell.open_home();
        }
        for (path, opened) in self.start.opened.drain(..) {
            shell.show_from(&path, opened);
        }
        if let Some((address, topic)) = &self.start.place
            && let Err(refused) = shell.go(address, topic)
        {
            refused.iter().for_each(|e| shell.notify(e.to_string()));
        }
        window.set_visible(true);
        Ok(Live { window, input, graphics, shell, reloaded: Instant::now(), frames: 0 })
    }

    fn give_up(&mut self, event_loop: &ActiveEventLoop, error: WindowError) {
        self.outcome = Err(error);
        event_loop.exit();
    }

    fn frame(&mut self, event_loop: &ActiveEventLoop) {
        let Some(live) = &mut self.live else { return };
        let size: [u32; 2] = live.window.inner_size().into();
        // Minimised: nothing to draw on until the next resize.
        if size.contains(&0) || live.window.is_minimized() == Some(true) {
            self.next_frame = None;
            return;
        }
        if live.graphics.gpu.is_lost() {
            self.losses += 1;
            let reason = live.graphics.gpu.loss().unwrap_or_default();
            tracing::warn!("the device was lost ({reason}); opening it again");
            if self.losses > MAX_LOSSES {
                self.give_up(event_loop, GpuError::Lost(reason).into());
                return;
            }
            match Graphics::open(&self.choice, &live.window, event_loop, Some(&live.graphics.painter)) {
                Ok(graphics) => {
                    live.shell.move_to(&Runtime::Gpu(graphics.gpu.clone()), &graphics.painter.screen());
                    live.graphics = graphics;
                }
                Err(e) => {
                    self.give_up(event_loop, e);
                    return;
                }
            }
        }
        if live.graphics.configured != size {
            live.graphics.configure(size);
        }
        use wgpu::CurrentSurfaceTexture as Current;
        let texture = match live.graphics.surface.get_current_texture() {
            Current::Success(texture) => texture,
            Current::Suboptimal(texture) => {
                live.graphics.configured = [0, 0];
                texture
            }
            Current::Outdated | Current::Lost => {
                live.graphics.configured = [0, 0];
                self.next_frame = Some(Instant::now());
                return;
            }
            // Try again when something happens, or soon.
            _ => {
                self.next_frame = Some(Instant::now() + Duration::from_millis(100));
                return;
            }
        };
        let began = Instant::now();
        live.shell.fit_interface(&self.ctx, points(&live.window));
        let raw = live.input.take_egui_input(&live.window);
        let shell = &mut live.shell;
        let output = self.ctx.run_ui(raw, |ui| shell.ui(ui));
        live.input.handle_platform_output(&live.window, output.platform_output.clone());
        let delay = output
            .viewport_output
            .get(&egui::ViewportId::ROOT)
            .map_or(Duration::MAX, |viewport| viewport.repaint_delay);
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
        live.graphics.painter.paint(&mut live.shell, &self.ctx, output, Some((&view, size)));
        live.window.pre_present_notify();
        live.graphics.gpu.queue.present(texture);
        live.frames += 1;
        self.losses = 0;
        tracing::trace!(frame = live.frames, ms = began.elapsed().as_secs_f64() * 1e3, "drawn");
        self.next_frame = Instant::now().checked_add(delay);
        if let Some(wish) = live.shell.take_wish() {
            self.fulfil(&wish);
        }
    }

    /// Does what the shell wishes; answers of dialogs come back as events.
    fn fulfil(&mut self, wish: &Wish) {
        let Some(live) = &mut self.live else { return };
        let proxy = self.proxy.clone();
        let answer = move |answer| {
            let _ = proxy.send_event(Wake::Answered(answer));
        };
        if *wish == Wish::OpenFile {
            return dialog::open(answer);
        }
        match export::serve(&mut live.shell, &self.ctx, &mut live.graphics.painter, wish) {
            Served::Save(made) => dialog::save(made, answer),
            Served::Copy(text) => {
                live.input.set_clipboard_text(text);
                live.shell.saved("Copied".to_owned());
            }
            Served::Done => {}
        }
    }

    /// Debug builds: compiles shaders that changed on disk and says what is wrong with them.
    fn reload_shaders(&mut self) {
        let Some(live) = &mut self.live else { return };
        if !cfg!(debug_assertions) || live.reloaded.elapsed().as_secs_f32() < RELOAD_SECS {
            return;
        }
        live.reloaded = Instant::now();
        let (replaced, complaints) = live.graphics.gpu.reload_shaders();
        for complaint in complaints {
            live.shell.notify(complaint);
            self.next_frame = Some(Instant::now());
        }
        if !replaced.is_empty() {
            tracing::info!("reloaded {}", replaced.join(", "));
            live.shell.move_to(&Runtime::Gpu(live.graphics.gpu.clone()), &live.graphics.painter.screen());
            self.next_frame = Some(Instant::now());
        }
    }
}

impl ApplicationHandler<Wake> for App {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.live.is_none() {
            match self.open(event_loop) {
                Ok(live) => self.live = Some(live),
                Err(e) => self.give_up(event_loop, e),
            }
        }
        self.next_frame = Some(Instant::now());
    }

    fn suspended(&mut self, _: &ActiveEventLoop) {
        // The surface dies with the suspension; it is made anew on resume.
        if let Some(live) = &mut self.live {
            live.graphics.configured = [0, 0];
        }
        self.next_frame = None;
    }

    fn new_events(&mut self, _: &ActiveEventLoop, cause: StartCause) {
        if matches!(cause, StartCause::ResumeTimeReached { .. }) {
            self.reload_shaders();
        }
    }

    fn user_event(&mut self, _: &ActiveEventLoop, event: Wake) {
        match event {
            Wake::Repaint => {}
            Wake::Access(event) => {
                let Some(live) = &mut self.live else { return };
                match event.window_event {
                    accesskit_winit::WindowEvent::InitialTreeRequested => self.ctx.enable_accesskit(),
                    accesskit_winit::WindowEvent::ActionRequested(request) => {
                        live.input.on_accesskit_action_request(request);
                    }
                    accesskit_winit::WindowEvent::AccessibilityDeactivated => self.ctx.disable_accesskit(),
                }
            }
            Wake::Answered(answer) => {
                let Some(live) = &mut self.live else { return };
                match answer {
                    Answer::Open(path) => live.shell.open(&path),
                    Answer::Saved(text) => live.shell.saved(text),
                    Answer::Notice(text) => live.shell.notify(text),
                }
            }
        }
        self.next_frame = Some(Instant::now());
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(live) = &mut self.live else { return };
        match event {
            WindowEvent::RedrawRequested => {
                self.next_frame = None;
                self.frame(event_loop);
                return;
            }
            WindowEvent::CloseRequested | WindowEvent::Destroyed => {
                event_loop.exit();
                return;
            }
            _ => {}
        }
        if live.input.on_window_event(&live.window, &event).repaint {
            self.next_frame = Some(Instant::now());
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let Some(live) = &mut self.live else { return };
        let now = Instant::now();
        let due = self.next_frame.is_some_and(|due| due <= now);
        if due && (self.sliced || !self.runs || live.graphics.gpu.is_lost()) {
            self.next_frame = None;
            self.sliced = false;
            live.window.request_redraw();
        } else {
            let idle = live.graphics.gpu.is_idle();
            let ran = std::mem::replace(&mut self.runs, live.shell.advance());
            self.sliced |= idle && ran;
            if ran && !self.runs {
                // Its end is to be seen.
                self.next_frame = Some(now);
            }
        }
        let reload = cfg!(debug_assertions).then(|| now + Duration::from_secs_f32(RELOAD_SECS));
        let slice = self.runs.then(|| now + SLICE_DONE);
        let wake = self.next_frame.into_iter().chain(reload).chain(slice).min();
        event_loop.set_control_flow(wake.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}
