//! Every page at every size, and in both themes: something is drawn, nothing leaves the stage, no text is cut
//! off or covered.

use glassbox::app::Tab;
use glassbox::exhibits::Topic;

use super::lent::lend;
use super::scene::{Scene, difference, report, vivid_colours};
use super::topics;

/// Fewer vivid colours than this on the stage, and no map was drawn.
pub const LEAST_COLOURS: usize = 60;
/// Narrower than this in points, figures stand below each other and scroll.
const NARROW: f32 = 700.0;
/// And lower than this, which the smallest window is, they scroll as well.
const LOW: f32 = 400.0;
/// Points by which a figure may reach past the stage: half a stroke.
const SLACK: f32 = 2.0;

macro_rules! sizes {
    ([] $($topic:ident)*) => {
        $(mod $topic {
            const NAME: &str = stringify!($topic);

            #[test]
            fn smallest() {
                super::draws(NAME, [760, 480], true);
            }
            #[test]
            fn usual() {
                super::draws(NAME, [1280, 800], true);
            }
            #[test]
            fn usual_light() {
                super::draws(NAME, [1280, 800], false);
            }
            /// Its points are no whole pixels.
            #[test]
            fn larger() {
                super::draws(NAME, [1440, 900], true);
            }
            #[test]
            fn largest() {
                super::draws(NAME, [2560, 1440], true);
            }
            #[test]
            fn other_tabs() {
                super::has_tabs(super::topics::of(NAME));
            }
        })*
    };
}
topics!(sizes);

fn draws(name: &str, size: [u32; 2], dark: bool) {
    let Some(gpu) = lend() else { return };
    let topic = topics::of(name);
    let mut scene = Scene::of(&gpu.runtime(), size, dark);
    scene.open(topic);
    let picture = scene.centre();
    let mut complaints = gpu.take_errors();
    let colours = vivid_colours(&picture);
    if colours < LEAST_COLOURS {
        complaints.push(format!("blank: {colours} vivid colours"));
    }
    complaints.extend(scene.app.shell.page().problem().map(str::to_owned));
    let light = brightness(&picture);
    if (light < 128.0) != dark {
        complaints
            .push(format!("a brightness of {light:.0} in the {} theme", if dark { "dark" } else { "light" }));
    }
    report(&complaints);
    let measured = scene.app.measure();
    println!("{} of the stage filled, {} of its longer side", measured.filled, measured.filled_axis);
    let mut layout = measured.complaints.clone();
    assert_eq!(layout.len(), measured.clipped + measured.overlaps);
    let [across, down] = measured.beyond;
    let stage = scene.app.shell.stage_rect();
    let scrolls = stage.width() < NARROW || stage.height() < LOW;
    // A page that scrolls cuts the line that its lower edge runs through.
    let edge = |complaint: &String| {
        measured.texts.iter().zip(&measured.places).any(|(text, place)| {
            *complaint == format!("\"{text}\" is cut off") && place.bottom() > stage.bottom() - 1.0
        })
    };
    layout.retain(|complaint| !scrolls || !edge(complaint));
    if across > SLACK || (down > SLACK && !scrolls) {
        let farthest = &measured.farthest;
        layout.push(format!(
            "{farthest} reaches {across:.0} points past the side of the stage or {down:.0} past its bottom"
        ));
    }
    let over = scene.app.shell.overflow();
    if over > 0.5 && !scrolls {
        layout.push(format!("the page is {over:.0} points higher than its room, and scrolls"));
    }
    report(&layout);
}

/// Mean of all channels.
fn brightness(picture: &image::RgbaImage) -> f64 {
    let sum: u64 = picture.pixels().flat_map(|p| &p.0[..3]).map(|&v| u64::from(v)).sum();
    sum as f64 / (f64::from(picture.width()) * f64::from(picture.height()) * 3.0)
}

/// Whether each tab looks like itself.
fn has_tabs(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic);
    let mut complaints = Vec::new();
    let mut before = scene.tab();
    for tab in Tab::ALL.into_iter().skip(1).chain([Tab::Explore]) {
        scene.app.shell.tab = tab;
        let picture = scene.tab();
        if difference(&before, &picture) < 0.05 {
            complaints.push(format!("{tab:?} looks like the tab before"));
        }
        before = picture;
    }
    complaints.extend(gpu.take_errors());
    report(&complaints);
}

/// Where every page is held to fill its stage.
const SIZES: [[u32; 2]; 4] = [[1024, 700], [1280, 800], [1920, 1080], [2560, 1440]];
/// Least share of the stage inside the bounding box of its figures, in area and on the longer side.
const LEAST_FILLED: f32 = 0.60;
const LEAST_AXIS: f32 = 0.85;

topics!(each fits every_preset_fits_at_every_size);

fn every_preset_fits_at_every_size(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.open(topic);
    let mut complaints = Vec::new();
    let (mut least, mut axis) = (1.0_f32, 1.0_f32);
    for (i, preset) in topic.lesson().presets.iter().enumerate() {
        if i > 0 {
            // The first is the start. What is refused leaves the picture before it, which has to fit too.
            scene.app.shell.page().apply(&preset.settings()).unwrap();
            scene.app.settle().unwrap();
        }
        for size in SIZES {
            for dark in [true, false] {
                let of = scene.app.measure_at(size, dark);
                let at = format!("{} at {size:?}, {}", preset.name, if dark { "dark" } else { "light" });
                (least, axis) = (least.min(of.filled), axis.min(of.filled_axis));
                if !(of.filled >= LEAST_FILLED && of.filled_axis >= LEAST_AXIS) {
                    complaints.push(format!("{at}: {} filled, {} of an axis", of.filled, of.filled_axis));
                }
                complaints.extend(of.complaints.iter().map(|what| format!("{at}: {what}")));
                complaints.extend(of.elided.iter().map(|what| format!("{at}: \"{what}\" ends in …")));
            }
        }
    }
    println!("at least {least:.2} of the stage filled, {axis:.2} of its longer side");
    complaints.extend(gpu.take_errors());
    report(&complaints);
}
