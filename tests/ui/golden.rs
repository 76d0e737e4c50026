//! Each page as it begins, beside a picture that somebody has looked at. Drawn by the reference at 1280x800 and
//! halved to 640x400, so that no adapter and no driver has a part in it: what differs has been changed in
//! Glassbox. Renewed, after looking at what changed, by
//!
//! ```text
//! GLASSBOX_RENEW_GOLDEN=1 cargo test --test ui golden
//! ```
//!
//! Channels are kept in coarse steps: all bits of a photograph would make files of several hundred kilobytes.

use std::path::PathBuf;

use glassbox::exhibits::Topic;
use glassbox::gpu::Runtime;
use image::{Rgb, RgbImage};

use super::scene::Scene;

/// Pixels that are drawn; the picture has half of them either way.
const DRAWN: [u32; 2] = [1280, 800];
/// Steps of a channel.
const STEP: u8 = 12;
/// Mean difference of 255 that is allowed. On one machine the pictures are equal, letters included; on another
/// the last bit of the system's `exp` and `sin` may move a value into the next step.
const MEAN: f64 = 0.2;
/// Share of pixels that may differ by more than [`SEEN`] in a channel: fewer than a cell of 12 x 12 has, or two
/// letters.
const SHARE: f64 = 5e-4;
/// So much is two steps, and no last bit.
const SEEN: u8 = 2 * STEP;

/// How far two pictures are apart.
#[derive(Debug)]
struct Apart {
    mean: f64,
    share: f64,
}

impl Apart {
    fn of(a: &RgbImage, b: &RgbImage) -> Self {
        if a.dimensions() != b.dimensions() {
            return Self { mean: f64::INFINITY, share: 1.0 };
        }
        let pixels = f64::from(a.width()) * f64::from(a.height());
        let sum: u64 = a.iter().zip(b.iter()).map(|(&x, &y)| u64::from(x.abs_diff(y))).sum();
        let far = |(p, q): &(&Rgb<u8>, &Rgb<u8>)| p.0.iter().zip(&q.0).any(|(x, y)| x.abs_diff(*y) > SEEN);
        let share = a.pixels().zip(b.pixels()).filter(far).count() as f64 / pixels;
        Self { mean: sum as f64 / (pixels * 3.0), share }
    }

    fn is_near(&self) -> bool {
        self.mean <= MEAN && self.share <= SHARE
    }
}

/// The page as it begins.
fn drawn(topic: &'static Topic) -> RgbImage {
    let mut scene = Scene::of(&Runtime::Reference, DRAWN, true);
    scene.open(topic);
    let page = image::DynamicImage::ImageRgba8(scene.app.image().unwrap()).into_rgb8();
    coarse(&halved(&page))
}

/// Each pixel the mean of four.
fn halved(picture: &RgbImage) -> RgbImage {
    RgbImage::from_fn(picture.width() / 2, picture.height() / 2, |x, y| {
        let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| picture.get_pixel(2 * x + i, 2 * y + j).0);
        Rgb([0, 1, 2].map(|c| (four.iter().map(|p| u32::from(p[c])).sum::<u32>() / 4) as u8))
    })
}

/// Channels in steps, so that the file is small.
fn coarse(picture: &RgbImage) -> RgbImage {
    let mut picture = picture.clone();
    picture.iter_mut().for_each(|v| *v = ((*v / STEP) * STEP).saturating_add(STEP / 2));
    picture
}

/// Whether the pictures are drawn anew.
pub fn renews() -> bool {
    std::env::var_os("GLASSBOX_RENEW_GOLDEN").is_some_and(|v| !v.is_empty() && v != "0")
}

fn file(topic: &Topic) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{}.png", topic.slug))
}

pub fn save(picture: &RgbImage, to: &std::path::Path) {
    use image::ImageEncoder;
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    let writer = std::io::BufWriter::new(std::fs::File::create(to).unwrap());
    let encoder = PngEncoder::new_with_quality(writer, CompressionType::Best, FilterType::NoFilter);
    let (width, height) = picture.dimensions();
    encoder.write_image(picture, width, height, image::ExtendedColorType::Rgb8).unwrap();
}

topics!(each pages looks_as_it_did);

fn looks_as_it_did(topic: &'static Topic) {
    let now = drawn(topic);
    let file = file(topic);
    if renews() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        save(&now, &file);
        return;
    }
    let before = image::open(&file)
        .unwrap_or_else(|e| panic!("{e}; GLASSBOX_RENEW_GOLDEN=1 draws it: {}", file.display()))
        .into_rgb8();
    let apart = Apart::of(&before, &now);
    println!("{apart:?}");
    if !apart.is_near() {
        let beside = std::env::temp_dir().join(format!("glassbox-{}.png", topic.slug));
        save(&now, &beside);
        panic!(
            "{apart:?} from {}: look at {}, and if it is meant so, renew it with \
             GLASSBOX_RENEW_GOLDEN=1 cargo test --test ui golden",
            file.display(),
            beside.display()
        );
    }
}

#[test]
fn golden_pictures_are_those_of_the_topics() {
    if renews() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<String> =
        files.map(|f| f.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let mut wanted: Vec<String> =
        glassbox::exhibits::TOPICS.iter().map(|topic| topic.slug.to_owned()).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn a_golden_comparison_can_fail() {
    let picture = RgbImage::from_fn(640, 400, |x, y| Rgb([(x / 4) as u8, (y / 2) as u8, 90]));
    assert!(Apart::of(&picture, &picture).is_near());
    // One cell of a map of 12 x 12 is another.
    let mut cell = picture.clone();
    (0..144).for_each(|i| cell.put_pixel(200 + i % 12, 200 + i / 12, Rgb([255, 0, 255])));
    assert!(!Apart::of(&picture, &cell).is_near());
    // All of it is a little brighter.
    let mut brighter = picture.clone();
    brighter.iter_mut().for_each(|v| *v = v.saturating_add(2));
    assert!(!Apart::of(&picture, &brighter).is_near());
    // Blank, and another size.
    assert!(!Apart::of(&picture, &RgbImage::new(640, 400)).is_near());
    assert!(!Apart::of(&picture, &RgbImage::new(320, 200)).is_near());
    // The last bit of a few pixels is no change.
    let mut bit = picture.clone();
    (0..100).for_each(|x| bit.get_pixel_mut(x, 7).0[0] ^= 1);
    assert!(Apart::of(&picture, &bit).is_near());
}
