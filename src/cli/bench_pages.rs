//! The part of `glassbox bench` that measures pages: from a knob moved to its picture finished, from home to a page's
//! first frame, frames while something moves or learns, from a step that is sought to the page showing it, and from a photo
//! dropped to its classes on screen.

use std::time::{Duration, Instant};

use super::failure::Failure;
use crate::app::Headless;
use crate::data::gallery::GALLERY;
use crate::exhibits::Topic;
use crate::gpu::Runtime;

/// Size of the page.
const SIZE: [u32; 2] = [1280, 800];

/// Milliseconds of one move of each knob to each of its ends.
#[derive(Default)]
pub struct Moves {
    /// Until settings are drawn, the plan is recorded and everything is submitted.
    pub submitted: Vec<f64>,
    /// Until the kernels have run, the page is painted and the adapter is idle again.
    pub finished: Vec<f64>,
}

/// Moves every knob of a page to its ends, each from the settings that the page opens with.
pub fn moves(runtime: &Runtime, topic: &'static Topic) -> Result<Moves, Failure> {
    let mut app = Headless::new(runtime, SIZE, true)?;
    app.shell.open_topic(topic);
    app.settle()?;
    let ends = app.shell.page().ends();
    let mut moves = Moves::default();
    // Twice: the first round compiles what a setting needs for the first time.
    for round in 0..2 {
        for end in &ends {
            // Refused values cannot come from the list of ends; impossible combinations only show
            // a sentence, and cost a frame as well.
            if app.shell.page().set(end).is_err() {
                continue;
            }
            let start = Instant::now();
            app.frame();
            let submitted = start.elapsed();
            if let Some(gpu) = runtime.gpu() {
                gpu.wait()?;
            }
            if round == 1 {
                moves.submitted.push(submitted.as_secs_f64() * 1e3);
                moves.finished.push(start.elapsed().as_secs_f64() * 1e3);
            }
            app.settle()?;
            app.shell.page().reset();
            app.settle()?;
        }
    }
    Ok(moves)
}

/// Milliseconds from the bytes of a photo to its classes on the page of a real network, the adapter idle
/// again: decoding, cutting, the network, the painted page.
pub fn photos(runtime: &Runtime, page: &'static Topic) -> Result<Vec<f64>, Failure> {
    let mut app = Headless::new(runtime, SIZE, true)?;
    app.shell.open_topic(page);
    app.settle()?;
    let mut times = Vec::new();
    for sample in GALLERY.iter().skip(1) {
        let start = Instant::now();
        app.shell.set_picture(sample.picture());
        app.settle()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

/// Frames of a window that slides.
const SLID: usize = 40;
/// Frames in which a page is on its way to a preset, at sixty a second.
const GLIDED: usize = 18;

/// A frame, until the adapter is idle again, in milliseconds.
fn frame(app: &mut Headless, runtime: &Runtime) -> Result<f64, Failure> {
    let start = Instant::now();
    app.frame();
    if let Some(gpu) = runtime.gpu() {
        gpu.wait()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds of the first frame of a page that is opened from home, shaders compiled included.
pub fn opened(runtime: &Runtime, topic: &'static Topic) -> Result<f64, Failure> {
    let mut app = Headless::new(runtime, SIZE, true)?;
    app.shell.open_home();
    app.settle()?;
    app.shell.open_topic(topic);
    frame(&mut app, runtime)
}

/// Milliseconds of a frame of a page.
pub struct Frames {
    /// Nothing changes: what drawing the interface costs.
    pub still: Vec<f64>,
    /// The window slides from cell to cell.
    pub sliding: Vec<f64>,
    /// The numbers of the first preset that moves any glide to theirs.
    pub gliding: Vec<f64>,
}

/// Frames while nothing moves, while the window slides and while numbers glide to a preset.
pub fn frames(runtime: &Runtime, topic: &'static Topic) -> Result<Frames, Failure> {
    let mut app = Headless::new(runtime, SIZE, true)?;
    app.shell.glides = true;
    app.shell.open_topic(topic);
    app.settle()?;
    let still = (0..SLID).map(|_| frame(&mut app, runtime)).collect::<Result<_, _>>()?;
    let mut sliding = Vec::new();
    while sliding.len() < SLID
        && let Some(walk) = app.shell.page().window()
    {
        walk.next();
        sliding.push(frame(&mut app, runtime)?);
    }
    app.settle()?;
    let mut gliding = Vec::new();
    for preset in 1..topic.lesson().presets.len() {
        app.shell.page().reset();
        app.settle()?;
        app.shell.choose_preset(preset);
        while app.shell.page().is_gliding() && gliding.len() < GLIDED {
            gliding.push(frame(&mut app, runtime)?);
        }
        if !gliding.is_empty() {
            break;
        }
    }
    Ok(Frames { still, sliding, gliding })
}

/// Longest training that is watched.
const WATCHED: Duration = Duration::from_secs(60);
/// Places of a training that are looked back at, as shares of it.
const SOUGHT: [f64; 4] = [0.93, 0.21, 0.67, 0.48];

/// What a page costs while its networks learn.
pub struct Trained {
    /// Milliseconds of each frame as a window paces them.
    pub frames: Vec<f64>,
    /// Seconds until the planned steps are done, each frame shown.
    pub seconds: f64,
    /// Milliseconds from a step that is sought to all panels showing it.
    pub scrubbed: Vec<f64>,
}

/// Trains a page's networks to the end of their plan, and looks back; `None` of a page that does not train.
pub fn trained(runtime: &Runtime, topic: &'static Topic) -> Result<Option<Trained>, Failure> {
    let mut app = Headless::new(runtime, SIZE, true)?;
    app.shell.open_topic(topic);
    app.settle()?;
    app.shell.pace = None;
    let Some(player) = app.shell.page().stage.player_mut() else { return Ok(None) };
    player.play();
    let (start, mut frames) = (Instant::now(), Vec::new());
    while app.shell.page().stage.busy() && start.elapsed() < WATCHED {
        frames.push(frame(&mut app, runtime)?);
    }
    let seconds = start.elapsed().as_secs_f64();
    let mut scrubbed = Vec::new();
    for share in SOUGHT {
        let start = Instant::now();
        if let Some(player) = app.shell.page().stage.player_mut() {
            player.show((player.step() as f64 * share) as u64);
        }
        app.settle()?;
        scrubbed.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Some(Trained { frames, seconds, scrubbed }))
}
