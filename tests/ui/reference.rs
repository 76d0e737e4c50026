//! Without an adapter: every page drawn on the CPU looks like the GPU's picture.

use glassbox::exhibits::TOPICS;
use glassbox::gpu::Runtime;

use super::adapter::shared;
use super::scene::{Scene, difference, report, vivid_colours};

/// Mean difference of 255 allowed between the two pictures. Measured on a software rasterizer: 0.01
/// to 0.44. What is left is the last bit of blended pixels, the row of pixels at a map's edge where
/// that lies on half a pixel, and on the attention page the figure that says how far rounding has
/// driven two kernels apart.
const TOLERANCE: f64 = 1.0;

#[test]
fn every_page_looks_the_same_without_an_adapter() {
    let Some(gpu) = shared() else { return };
    let mut on_gpu = Scene::on(gpu);
    let mut on_cpu = Scene::new(&Runtime::Reference);
    let mut complaints = Vec::new();
    for topic in TOPICS {
        on_gpu.open(topic);
        on_cpu.open(topic);
        let (gpu, cpu) = (on_gpu.centre(), on_cpu.centre());
        if let Some(problem) = on_cpu.app.shell.page().problem() {
            complaints.push(format!("{}: {problem}", topic.slug));
        }
        if vivid_colours(&cpu) < 100 {
            complaints.push(format!("{}: blank", topic.slug));
        }
        let apart = difference(&gpu, &cpu);
        println!("{}: mean difference {apart:.3} of 255", topic.slug);
        if !(apart < TOLERANCE) {
            complaints.push(format!("{}: the pictures differ by {apart:.2} of 255", topic.slug));
        }
    }
    report(&complaints);
}
