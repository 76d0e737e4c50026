//! A shell that draws into memory, and what its pictures have in common or not.

use std::collections::HashSet;

use egui::{Event, Modifiers, PointerButton, Pos2};
use glassbox::app::Headless;
use glassbox::exhibits::Topic;
use glassbox::gpu::{Gpu, Runtime};
use glassbox::viz::theme;
use image::RgbaImage;

/// Pixels of most tests: enough for every page, few for a software rasterizer.
pub const SIZE: [u32; 2] = [900, 640];

/// Points down to the end of the row of tabs.
const TABS: f32 = 44.0;

/// A shell and the size that it draws at.
pub struct Scene {
    pub app: Headless,
    size: [u32; 2],
}

impl Scene {
    /// A shell in the dark theme at [`SIZE`].
    pub fn new(runtime: &Runtime) -> Self {
        Self::of(runtime, SIZE, true)
    }

    pub fn of(runtime: &Runtime, size: [u32; 2], dark: bool) -> Self {
        Self { app: Headless::new(runtime, size, dark).unwrap(), size }
    }

    /// A shell on the adapter.
    pub fn on(gpu: &Gpu) -> Self {
        Self::new(&Runtime::Gpu(gpu.clone()))
    }

    /// Opens a page and draws until all of it has arrived.
    pub fn open(&mut self, topic: &'static Topic) {
        self.app.shell.open_topic(topic);
        self.app.settle().unwrap();
    }

    /// The stage, where the page draws, once all of it has arrived.
    pub fn centre(&mut self) -> RgbaImage {
        self.app.settle().unwrap();
        self.last_centre()
    }

    /// The same of the last frame.
    pub fn last_centre(&mut self) -> RgbaImage {
        let image = self.app.image().unwrap();
        let [left, top, right, bottom] = self.centre_points().map(|v| (v * self.scale()) as u32);
        image::imageops::crop_imm(&image, left, top, right - left, bottom - top).to_image()
    }

    /// All below the row of tabs, once all of it has arrived: other tabs begin above the stage.
    pub fn tab(&mut self) -> RgbaImage {
        self.app.settle().unwrap();
        let image = self.app.image().unwrap();
        let [left, _, right, bottom] = self.centre_points().map(|v| (v * self.scale()) as u32);
        let top = (TABS * self.scale()) as u32;
        image::imageops::crop_imm(&image, left, top, right - left, bottom - top).to_image()
    }

    /// Left, top, right and bottom of the stage in points.
    pub fn centre_points(&self) -> [f32; 4] {
        let stage = self.app.shell.stage_rect();
        [stage.left(), stage.top(), stage.right(), stage.bottom()]
    }

    /// Pixels a point.
    fn scale(&self) -> f32 {
        theme::interface_scale(self.size.map(|side| side as f32))
    }

    /// Moves the pointer, in points, and draws one frame.
    pub fn point_at(&mut self, pos: Pos2) {
        self.app.event(Event::PointerMoved(pos));
        self.app.frame();
    }

    /// Clicks, in points: one frame for the press, one for the release.
    pub fn click_at(&mut self, pos: Pos2) {
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            self.app.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
            self.app.frame();
        }
    }

    /// Presses and releases a key.
    pub fn press(&mut self, key: egui::Key) {
        for pressed in [true, false] {
            let modifiers = Modifiers::NONE;
            self.app.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
            self.app.frame();
        }
    }
}

/// Colours that are no shade of grey, each counted once: maps have hundreds, text and blank maps few.
pub fn vivid_colours(image: &RgbaImage) -> usize {
    let spread = |p: &[u8; 4]| p[..3].iter().max().unwrap() - p[..3].iter().min().unwrap();
    let vivid: HashSet<[u8; 4]> = image.pixels().map(|p| p.0).filter(|p| spread(p) > 40).collect();
    vivid.len()
}

/// Mean over pixels and channels of the absolute difference, of 255.
pub fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.iter().zip(b.iter()).map(|(&x, &y)| u64::from(x.abs_diff(y))).sum();
    // Alpha is 255 in both.
    sum as f64 / (f64::from(a.width()) * f64::from(a.height()) * 3.0)
}

/// Panics with all complaints, if there are any.
pub fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn a_blank_picture_and_a_changed_pixel_are_told_apart() {
    let blank = RgbaImage::from_pixel(8, 8, image::Rgba([24, 26, 31, 255]));
    assert_eq!(vivid_colours(&blank), 0);
    let mut other = blank.clone();
    other.put_pixel(3, 3, image::Rgba([255, 26, 31, 255]));
    assert_eq!(vivid_colours(&other), 1);
    assert_eq!(difference(&blank, &blank), 0.0);
    assert!(difference(&blank, &other) > 1.0);
}
