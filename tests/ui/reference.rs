//! Without an adapter: every page drawn on the CPU looks like the GPU's picture.

use glassbox::exhibits::Topic;
use glassbox::gpu::Runtime;

use super::lent::lend;
use super::scene::{Scene, difference, vivid_colours};

/// Mean difference of 255 allowed between the two pictures. Measured on a software rasterizer: 0.01
/// to 0.44. What is left is the last bit of blended pixels, the row of pixels at a map's edge where
/// that lies on half a pixel, and on the attention page the figure that says how far rounding has
/// driven two kernels apart.
const TOLERANCE: f64 = 1.0;

topics!(each every_page looks_the_same_without_an_adapter);

fn looks_the_same_without_an_adapter(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut on_gpu = Scene::on(&gpu);
    let mut on_cpu = Scene::new(&Runtime::Reference);
    on_gpu.open(topic);
    on_cpu.open(topic);
    let (gpu, cpu) = (on_gpu.centre(), on_cpu.centre());
    assert_eq!(on_cpu.app.shell.page().problem(), None);
    assert!(vivid_colours(&cpu) >= 100, "blank");
    let apart = difference(&gpu, &cpu);
    println!("mean difference {apart:.3} of 255");
    assert!(apart < TOLERANCE, "the pictures differ by {apart:.2} of 255");
}
