//! Every page at two sizes and in both themes, and its other tabs.

use glassbox::app::Tab;
use glassbox::exhibits::TOPICS;
use glassbox::gpu::Runtime;

use super::adapter::shared;
use super::scene::{Scene, difference, report, vivid_colours};

/// The smallest window that the program allows, and one whose points are no whole pixels.
const SIZES: [[u32; 2]; 2] = [[760, 480], [1440, 900]];
/// Fewer vivid colours than this in the centre, and no map was drawn.
const LEAST_COLOURS: usize = 150;

#[test]
fn every_page_draws_in_every_size_and_theme() {
    let Some(gpu) = shared() else { return };
    let runtime = Runtime::Gpu(gpu.clone());
    let mut complaints = Vec::new();
    for size in SIZES {
        let mut dark = Scene::of(&runtime, size, true);
        let mut light = Scene::of(&runtime, size, false);
        for topic in TOPICS {
            let at = format!("{} at {}x{}", topic.slug, size[0], size[1]);
            let pictures = [&mut dark, &mut light].map(|scene| {
                scene.open(topic);
                let picture = scene.centre();
                let colours = vivid_colours(&picture);
                if colours < LEAST_COLOURS {
                    complaints.push(format!("{at} is blank: {colours} vivid colours"));
                }
                let problem = scene.app.shell.page().problem();
                complaints.extend(problem.map(|problem| format!("{at}: {problem}")));
                picture
            });
            let apart = difference(&pictures[0], &pictures[1]);
            if apart < 20.0 {
                complaints.push(format!("{at}: light and dark differ by {apart:.1} of 255 only"));
            }
            complaints.extend(gpu.take_errors().into_iter().map(|e| format!("{at}: {e}")));
        }
    }
    report(&complaints);
}

#[test]
fn every_page_has_an_answer_and_shaders() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    let mut complaints = Vec::new();
    for topic in TOPICS {
        scene.open(topic);
        let explore = scene.last_centre();
        let mut before = explore;
        for tab in [Tab::Answer, Tab::Shader, Tab::Explore] {
            scene.app.shell.tab = tab;
            let picture = scene.centre();
            if difference(&before, &picture) < 2.0 {
                complaints.push(format!("{}: {tab:?} looks like the tab before", topic.slug));
            }
            before = picture;
        }
        complaints.extend(gpu.take_errors().into_iter().map(|e| format!("{}: {e}", topic.slug)));
    }
    report(&complaints);
}
