//! What can be learned from before anybody has given pictures of their own: grey squares cut out of photos that Glassbox
//! carries, with the carried network's features of them.

use super::{OwnGroup, OwnPicture, OwnPictures};
use crate::data::Picture;
use crate::data::gallery::Sample;
use crate::models::WeightFile;
use crate::models::network::{FeatureError, Features};
use crate::models::weight_writer::WeightWriter;
use crate::ops::philox::Rng;

/// What each group is called, and the photo that its squares are cut out of.
const GROUPS: [(&str, &str); 4] =
    [("camera", "camera"), ("cat", "chelsea"), ("coffee", "coffee"), ("palace", "palace")];
/// Squares of each.
const EACH: usize = 12;
/// Sides of a square in pixels, least and most.
const SIDES: [u32; 2] = [96, 200];

/// Key of the note in the file that says whose features they are.
const MODEL: &str = "glassbox.features";

/// The squares, group by group. Places, sizes and which of them are mirrored are random numbers of one seed; without
/// colours, which would tell them apart too easily.
pub fn example_pictures() -> Vec<(&'static str, Vec<Picture>)> {
    let mut rng = Rng::new(0);
    let of = |(name, photo)| {
        let photo = Sample::named(photo).expect("a test cuts all of them").picture();
        (name, (0..EACH).map(|i| square(&photo, &format!("{name} {}", i + 1), &mut rng)).collect())
    };
    GROUPS.map(of).into()
}

fn square(photo: &Picture, name: &str, rng: &mut Rng) -> Picture {
    let [least, most] = SIDES;
    let (wide, high) = (photo.width(), photo.height());
    let side = least + rng.below(most.min(wide).min(high) - least + 1);
    let (left, top) = (rng.below(wide - side + 1), rng.below(high - side + 1));
    let mirrored = rng.below(2) == 1;
    let grey = |i: u32| {
        let (y, x) = (i / side, i % side);
        let x = if mirrored { side - 1 - x } else { x };
        let at = 3 * ((top + y) * wide + left + x) as usize;
        let sum: u32 = photo.rgb()[at..at + 3].iter().map(|v| u32::from(*v)).sum();
        let mean = u8::try_from(sum / 3).expect("a mean of bytes is a byte");
        [mean, mean, mean, u8::MAX]
    };
    Picture::from_rgba(name, [side; 2], (0..side * side).flat_map(grey).collect())
        .expect("a test cuts all of them")
}

/// The squares with the features of the carried network, which `tests/gpu/recipes.rs` makes and holds them against; none is
/// held back.
pub fn example() -> OwnPictures {
    let file =
        WeightFile::from_bytes("own-example (built in)", crate::asset!("models/own-example.safetensors"));
    let file = file.expect("a test reads it");
    let group = |(name, pictures): (&str, Vec<Picture>)| {
        let width = file.shape(name).expect("a test reads it")[1];
        let features = file.tensor(name, &[EACH, width]).expect("a test reads it");
        let pictures = pictures.iter().zip(features.chunks_exact(width));
        let pictures = pictures.map(|(picture, features)| OwnPicture::new(picture, features.into()));
        OwnGroup { name: name.to_owned(), pictures: pictures.collect() }
    };
    let groups = example_pictures().into_iter().map(group).collect();
    OwnPictures { groups, model: file.note(MODEL).unwrap_or_default().to_owned() }
}

/// The file that [`example`] reads: the features of a network, which are computed now.
///
/// # Errors
/// If the GPU is lost.
pub fn example_file(features: &mut Features<'_>) -> Result<Vec<u8>, FeatureError> {
    let mut writer = WeightWriter::default();
    for (name, pictures) in example_pictures() {
        let of = pictures.iter().map(|picture| features.of(picture));
        let all = of.collect::<Result<Vec<_>, _>>()?.concat();
        writer.add(name, &[EACH, all.len() / EACH], &all);
    }
    let bytes = writer.finish(MODEL, features.network().identity(), "");
    Ok(bytes.expect("each tensor fills its shape"))
}
