//! The same shell without a window: for `render`, the tour and the tests.

use std::time::{Duration, Instant};

use image::RgbaImage;

use super::canvas;
use super::export::{self, ExportError, Made, Motion, Served, Wanted};
use super::measure::{Measured, measure};
use super::paint::Painter;
use super::raster::Raster;
use super::shell::Shell;
use super::still::Paints;
use crate::gpu::{GpuError, Runtime};
use crate::viz::figures::page;
use crate::viz::offer::{self, Offer};
use crate::viz::{Audit, Screen, Stage, theme, use_system_fonts};

/// Most frames until everything has arrived; far more than any page needs.
const MAX_FRAMES: usize = 400;

/// Steps of training in a frame.
const STEPS_A_FRAME: usize = 10;

/// The shell, drawing into memory.
pub struct Headless {
    /// What is drawn.
    pub shell: Shell,
    /// Milliseconds from the start of the last frame to its submission.
    pub frame_ms: f64,
    /// When egui wants the next frame if nothing happens; [`Duration::MAX`] for never.
    pub repaint_delay: Duration,
    ctx: egui::Context,
    target: Target,
    size: [u32; 2],
    scale: f32,
    frames: u64,
    /// What the next frame is to be measured into.
    measured: Option<Measured>,
    events: Vec<egui::Event>,
    dropped: Vec<egui::DroppedFileHandle>,
}

enum Target {
    Gpu { runtime: Runtime, painter: Painter, texture: wgpu::Texture },
    Cpu(Raster),
}

impl Target {
    /// What is painted on and where stages put their textures. `before`: the painter on a lost
    /// device.
    fn new(
        runtime: &Runtime,
        size: [u32; 2],
        ctx: &egui::Context,
        before: Option<&Painter>,
    ) -> Result<(Self, Screen), GpuError> {
        let Runtime::Gpu(gpu) = runtime else {
            return Ok((Self::Cpu(Raster::new(size)), Screen::Cpu(ctx.clone())));
        };
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let painter = Painter::new(gpu, format, before);
        let texture = canvas::canvas(gpu, format, size)?;
        let screen = painter.screen();
        Ok((Self::Gpu { runtime: runtime.clone(), painter, texture }, screen))
    }

    /// What paints.
    fn paints(&mut self) -> &mut dyn Paints {
        match self {
            Self::Gpu { painter, .. } => painter,
            Self::Cpu(raster) => raster,
        }
    }
}

impl Headless {
    /// The same, in which letters that the shipped fonts lack come from the system's.
    pub fn with_system_fonts(self) -> Self {
        use_system_fonts(&self.ctx);
        self
    }

    /// A shell of `size` pixels.
    pub fn new(runtime: &Runtime, size: [u32; 2], dark: bool) -> Result<Self, GpuError> {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        ctx.set_theme(theme_of(dark));
        // Nothing moves by itself in a picture: no fading in, no blinking cursor.
        ctx.all_styles_mut(|style| {
            style.animation_time = 0.0;
            style.visuals.text_cursor.blink = false;
        });
        let (target, screen) = Target::new(runtime, size, &ctx, None)?;
        let scale = theme::interface_scale(size.map(|side| side as f32));
        let mut shell = Shell::new(runtime, &screen);
        // Only when asked: pictures must not depend on how long their frames took.
        shell.auto_audit = false;
        shell.shows_times = false;
        shell.glides = false;
        // Nor on how many steps of training fitted into them.
        shell.pace = Some(STEPS_A_FRAME);
        Ok(Self {
            shell,
            frame_ms: 0.0,
            repaint_delay: Duration::ZERO,
            ctx,
            target,
            size,
            scale,
            frames: 0,
            measured: None,
            events: Vec::new(),
            dropped: Vec::new(),
        })
    }

    /// Goes on, settings kept, on another device: after the loss of the old one.
    pub fn reopen(&mut self, runtime: &Runtime) -> Result<(), GpuError> {
        let before = match &self.target {
            Target::Gpu { painter, .. } => Some(painter),
            Target::Cpu(_) => None,
        };
        let (target, screen) = Target::new(runtime, self.size, &self.ctx, before)?;
        self.shell.move_to(runtime, &screen);
        self.target = target;
        Ok(())
    }

    /// Draws in the dark theme or in the light one from the next frame on.
    pub fn set_dark(&mut self, dark: bool) {
        self.ctx.set_theme(theme_of(dark));
    }

    /// Width and height of the window in points.
    pub fn points(&self) -> [f32; 2] {
        self.size.map(|side| side as f32 / self.scale)
    }

    /// Adds an input event to the next frame.
    pub fn event(&mut self, event: egui::Event) {
        self.events.push(event);
    }

    /// Drops a file on the next frame.
    pub fn drop_file(&mut self, file: egui::DroppedFileHandle) {
        self.dropped.push(file);
    }

    /// Draws one frame and submits it. Of what takes longer than a frame, one slice runs.
    pub fn frame(&mut self) {
        if self.shell.advance() && self.wait().is_ok() {
            self.shell.advance();
        }
        self.draw(true);
    }

    /// Runs to its end what takes longer than a frame.
    ///
    /// # Errors
    /// If the device is lost.
    pub fn run_on(&mut self) -> Result<(), GpuError> {
        while self.shell.advance() {
            self.wait()?;
        }
        Ok(())
    }

    /// Runs one frame and submits its kernels; `painted`: its picture too.
    fn draw(&mut self, painted: bool) {
        let began = Instant::now();
        let size = egui::Vec2::from(self.points());
        let mut input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            // Sixty frames a second, however long they take.
            time: Some(self.frames as f64 / 60.0),
            events: std::mem::take(&mut self.events),
            dropped_files: std::mem::take(&mut self.dropped),
            focused: true,
            ..Default::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&egui::ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(self.scale);
        }
        let shell = &mut self.shell;
        let mut output = self.ctx.run_ui(input, |ui| shell.ui(ui));
        self.frames += 1;
        if self.measured.is_some() {
            self.measured = Some(measure(&output.shapes, self.shell.stage_rect()));
        }
        let viewport = output.viewport_output.get(&egui::ViewportId::ROOT);
        self.repaint_delay = viewport.map_or(Duration::MAX, |viewport| viewport.repaint_delay);
        match &mut self.target {
            Target::Gpu { painter, texture, .. } => {
                let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
                let target = painted.then_some((&view, self.size));
                painter.paint(&mut self.shell, &self.ctx, output, target);
            }
            Target::Cpu(raster) => {
                self.shell.encode(None);
                let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
                let ground = theme::ground(&self.ctx.global_style().visuals);
                raster.paint(&triangles, &output.textures_delta, output.pixels_per_point, ground);
                output.textures_delta.clear();
            }
        }
        self.frame_ms = began.elapsed().as_secs_f64() * 1e3;
    }

    /// Waits until the adapter is idle, if there is one.
    fn wait(&self) -> Result<(), GpuError> {
        match &self.target {
            Target::Gpu { runtime: Runtime::Gpu(gpu), .. } => gpu.wait(),
            _ => Ok(()),
        }
    }

    /// Draws a frame and measures its page.
    pub fn measure(&mut self) -> Measured {
        self.measured = Some(Measured::default());
        self.frame();
        self.measured.take().unwrap_or_default()
    }

    /// Measures the page as it is in a window of `size` pixels, in either theme, and paints nothing.
    pub fn measure_at(&mut self, size: [u32; 2], dark: bool) -> Measured {
        let before = (self.size, self.scale, self.ctx.theme());
        self.size = size;
        self.scale = theme::interface_scale(size.map(|side| side as f32));
        self.set_dark(dark);
        // Until what is drawn at this size alone has arrived.
        for _ in 0..MAX_FRAMES {
            self.draw(false);
            if self.wait().is_err() || self.run_on().is_err() {
                break;
            }
            let stage = &self.shell.page().stage;
            if !stage.pending() && !on_the_way(stage) {
                break;
            }
        }
        self.measured = Some(Measured::default());
        self.draw(false);
        (self.size, self.scale) = (before.0, before.1);
        self.ctx.set_theme(before.2);
        self.measured.take().unwrap_or_default()
    }

    /// Draws frames until every file is opened, however long that takes; they are read on a thread of their own.
    pub fn open_files(&mut self) {
        while self.shell.opening_name().is_some() {
            self.frame();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Draws frames until every number has arrived; waits for the GPU between them.
    pub fn settle(&mut self) -> Result<(), GpuError> {
        self.open_files();
        let mut frame = 0;
        while frame < MAX_FRAMES {
            let stage = &self.shell.page().stage;
            let (work, came) = (stage.work(), on_the_way(stage));
            self.frame();
            self.wait()?;
            self.run_on()?;
            let opening = self.shell.page().is_opening();
            let stage = &self.shell.page().stage;
            if opening {
                // However long programs take to be compiled.
                std::thread::sleep(Duration::from_millis(2));
                continue;
            }
            frame += 1;
            if came || on_the_way(stage) {
                // What came last is drawn in the frame after it.
                continue;
            }
            if stage.audit.running() {
                std::thread::sleep(Duration::from_millis(5));
            } else if !stage.pending() && stage.work() == work && frame > 1 {
                // A frame that asked for nothing has drawn all there is; widgets take two to find their places.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Trains until exactly `steps` steps are done, and shows the last.
    ///
    /// # Errors
    /// If the device is lost.
    pub fn train(&mut self, steps: u64) -> Result<(), GpuError> {
        self.settle()?;
        let done = |app: &mut Self| app.shell.page().player().map_or(steps, |player| player.step());
        while done(self) < steps {
            let left = usize::try_from(steps - done(self)).unwrap_or(usize::MAX);
            self.shell.pace = Some(left.min(STEPS_A_FRAME));
            if let Some(player) = self.shell.page().player() {
                player.play();
            }
            self.frame();
            self.wait()?;
        }
        self.shell.pace = Some(STEPS_A_FRAME);
        if let Some(player) = self.shell.page().player() {
            player.pause();
            player.show(steps);
        }
        self.settle()
    }

    /// Audits what is on screen and waits for the result: the largest difference from the
    /// reference, and whether all is within tolerance.
    pub fn audit(&mut self) -> Result<Option<(f64, bool)>, GpuError> {
        if matches!(self.target, Target::Cpu(_)) {
            return Ok(None);
        }
        self.shell.page().stage.request_audit();
        let deadline = Instant::now() + Duration::from_secs(120);
        while !matches!(self.shell.page().stage.audit, Audit::Done(_) | Audit::Failed)
            && Instant::now() < deadline
        {
            self.settle()?;
        }
        let report = self.shell.page().stage.audit.report();
        Ok(report.map(|r| (r.worst.max_abs, r.worst.ok)))
    }

    /// Titles of the figures of the last frame, as they can be exported.
    pub fn figures(&self) -> Vec<String> {
        offer::all(&self.ctx).into_iter().map(|offer| offer.title).collect()
    }

    /// The figures of the last frame.
    pub fn offers(&self) -> Vec<Offer> {
        offer::all(&self.ctx)
    }

    /// What is wanted of the page as it is on screen.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn export(&mut self, wanted: &Wanted) -> Result<Made, ExportError> {
        export::make(&mut self.shell, &self.ctx, self.target.paints(), wanted)
    }

    /// The page or a figure of it, with `scale` times as many pixels.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn picture(&mut self, figure: Option<&str>, scale: u32) -> Result<RgbaImage, ExportError> {
        export::picture(&mut self.shell, &self.ctx, self.target.paints(), figure, scale)
    }

    /// Does what the shell wishes, as a window would.
    pub fn serve(&mut self) -> Served {
        let Some(wish) = self.shell.take_wish() else { return Served::Done };
        export::serve(&mut self.shell, &self.ctx, self.target.paints(), &wish)
    }

    /// The training of the page as a film; see [`Shell::film`]. `told` is told how many pictures there are, and
    /// how many there will be.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    pub fn film(
        &mut self,
        motion: Motion,
        figure: Option<String>,
        every: Option<u64>,
        mut told: impl FnMut([usize; 2]),
    ) -> Result<Made, String> {
        let notices = self.shell.notices().len();
        self.shell.film(motion, figure, every);
        while let Some(filmed) = self.shell.filmed() {
            told(filmed);
            self.frame();
            self.wait().map_err(|e| e.to_string())?;
            if let Served::Save(made) = self.serve() {
                self.settle().map_err(|e| e.to_string())?;
                return Ok(made);
            }
        }
        let said = self.shell.notices().get(notices..).and_then(|new| new.last());
        Err(said.cloned().unwrap_or_else(|| "nothing was filmed".to_owned()))
    }

    /// The command that draws this page anew; see [`Shell::command_line`].
    pub fn command_line(&mut self) -> String {
        self.shell.command_line(&self.ctx)
    }

    /// Where the first row of the page was drawn, in points; the whole stage for a page without rows.
    pub fn first_row(&self) -> egui::Rect {
        page::hero(&self.ctx).unwrap_or(self.shell.stage_rect())
    }

    /// Where the panels of the page were drawn, in points, row by row.
    pub fn panels(&self) -> Vec<egui::Rect> {
        page::panels(&self.ctx).to_vec()
    }

    /// The last frame as a picture.
    pub fn image(&mut self) -> Result<RgbaImage, GpuError> {
        let [width, height] = self.size;
        match &self.target {
            Target::Cpu(raster) => {
                let pixels = raster.pixels().to_vec();
                Ok(RgbaImage::from_raw(width, height, pixels).expect("the raster has as many pixels"))
            }
            Target::Gpu { runtime, texture, .. } => {
                canvas::read(runtime.gpu().expect("this target was made from a GPU"), texture)
            }
        }
    }
}

/// Whether networks that nobody plays are on their way to the step that is looked at.
fn on_the_way(stage: &Stage) -> bool {
    stage.busy() && stage.player().is_some_and(|player| !player.is_playing())
}

fn theme_of(dark: bool) -> egui::Theme {
    if dark { egui::Theme::Dark } else { egui::Theme::Light }
}
