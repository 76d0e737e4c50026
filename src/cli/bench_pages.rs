//! The part of `glassbox bench` that measures pages: from a knob moved to its picture finished.

use std::time::Instant;

use super::failure::Failure;
use crate::app::Headless;
use crate::exhibits::Topic;
use crate::gpu::Runtime;

/// Size of the page.
const SIZE: [u32; 2] = [1280, 800];

/// Milliseconds of one move of each knob to each of its ends: settings drawn, plan recorded,
/// kernels run, page painted, GPU idle again.
pub fn moves(runtime: &Runtime, topic: &'static Topic) -> Result<Vec<f64>, Failure> {
    let mut app = Headless::new(runtime, SIZE, true)?;
    app.shell.open_topic(topic);
    app.settle()?;
    let ends = app.shell.page().ends();
    let mut samples = Vec::new();
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
            if let Some(gpu) = runtime.gpu() {
                gpu.wait()?;
            }
            if round == 1 {
                samples.push(start.elapsed().as_secs_f64() * 1e3);
            }
            app.settle()?;
        }
        app.shell.page().reset();
        app.settle()?;
    }
    Ok(samples)
}
