//! How a picture becomes a network's input, and what is guessed of that.

use serde::{Deserialize, Serialize};

use super::role::{Layout, Role, is_grey};
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Elem, Model};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, narrow};
use crate::ops::matmul::{Gemm, matmul};

/// Share of red, green and blue in brightness (ITU-R BT.601).
const BRIGHTNESS: [f32; 3] = [0.299, 0.587, 0.114];
/// Longest side of an input picture.
pub const MAX_INPUT_SIDE: u32 = 1024;

/// How a picture becomes a network's input: cut to the middle, scaled, then `(x − mean) / std` for
/// each channel of 0..=255.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputSettings {
    /// Pixels from left to right, 1 to [`MAX_INPUT_SIDE`].
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Share of the picture's shorter side that is kept, 0.1 to 1.
    pub crop: f32,
    /// Subtracted from each channel; red, green, blue.
    pub mean: [f32; 3],
    /// Each channel is divided by it; red, green, blue.
    pub std: [f32; 3],
    /// Blue, green, red instead of red, green, blue.
    pub bgr: bool,
    /// Which axis of the input the channels are.
    pub layout: Layout,
}

impl Default for InputSettings {
    /// What most networks that were trained on ImageNet take.
    fn default() -> Self {
        Self {
            width: 224,
            height: 224,
            crop: 0.875,
            mean: [123.675, 116.28, 103.53],
            std: [58.395, 57.12, 57.375],
            bgr: false,
            layout: Layout::Told,
        }
    }
}

/// What of [`InputSettings`] a file does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guessed {
    /// Width and height.
    pub size: bool,
    /// Mean, std, the order of the colours and of the axes.
    pub scale: bool,
}

impl Guessed {
    /// What is still a guess once somebody has put `set` in place of `guess`.
    #[must_use]
    pub fn left(self, guess: &InputSettings, set: &InputSettings) -> Self {
        let scale = |of: &InputSettings| (of.mean, of.std, of.bgr, of.layout);
        Self {
            size: self.size && (guess.width, guess.height) == (set.width, set.height),
            scale: self.scale && scale(guess) == scale(set),
        }
    }
}

impl InputSettings {
    /// What the first picture input of a graph asks for; the rest as most networks have it.
    pub fn guess(model: &Model) -> Self {
        let mut settings = Self::default();
        let role = |input: &_| Role::of(model, input, Layout::Told);
        let Some(input) = model.inputs.iter().find(|input| role(input).is_picture()) else { return settings };
        let side = |n: Option<usize>, or: u32| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(or);
        let [height, width] = role(input).sides(input);
        (settings.height, settings.width) = (side(height, settings.height), side(width, settings.width));
        match input.elem {
            // Signed bytes go from -128 to 127.
            Some(Elem::I8) => (settings.mean, settings.std) = ([128.0; 3], [1.0; 3]),
            Some(elem) if !elem.is_float() => (settings.mean, settings.std) = ([0.0; 3], [1.0; 3]),
            _ if is_grey(model, input, role(input)) => {
                // Small networks for digits and the like take brightness from 0 to 1.
                (settings.mean, settings.std, settings.crop) = ([0.0; 3], [255.0; 3], 1.0);
            }
            _ => {}
        }
        settings
    }

    /// What is wrong with settings that came from a file.
    pub fn check(&self) -> Result<(), String> {
        let finite = self.mean.iter().chain(&self.std).all(|v| v.is_finite());
        if !(1..=MAX_INPUT_SIDE).contains(&self.width) || !(1..=MAX_INPUT_SIDE).contains(&self.height) {
            return Err(format!(
                "a picture of {} x {} pixels cannot be an input, each side must be 1 to {MAX_INPUT_SIDE}",
                self.width, self.height
            ));
        }
        if !(0.1..=1.0).contains(&self.crop) {
            return Err(format!(
                "the share of the picture that is kept is {}, and must be 0.1 to 1",
                self.crop
            ));
        }
        if !finite || self.std.iter().any(|&s| s.abs() < 1e-6) {
            return Err("mean and std must be finite numbers, and std not 0".into());
        }
        Ok(())
    }

    /// Records the input `[1, 3, H, W]` that is made of a picture `[3, H, W]` in 0..=1, or `[1, 1, H, W]` where it is to
    /// be grey.
    pub(super) fn record(&self, plan: &mut Plan, photo: &Tensor, grey: bool) -> Result<Tensor, OpError> {
        let channels = |plan: &mut Plan, name: &str, values: [f32; 3]| {
            plan.constant(name, &[3, 1, 1], values.map(|v| v / 255.0).to_vec())
        };
        let mean = channels(plan, "mean of the channels", self.mean);
        let std = channels(plan, "spread of the channels", self.std);
        let centred = binary(plan, photo, &mean, Op::Subtract)?;
        plan.name(&centred, "picture − mean");
        let mut scaled = binary(plan, &centred, &std, Op::Divide)?;
        plan.name(&scaled, "normalised picture");
        if self.bgr && !grey {
            let planes: Vec<Tensor> =
                [2, 1, 0].into_iter().map(|c| narrow(plan, &scaled, 0, c, 1)).collect::<Result<_, _>>()?;
            scaled = concat(plan, &planes.iter().collect::<Vec<_>>(), 0)?;
            plan.name(&scaled, "blue, green, red");
        }
        let (h, w) = (photo.shape[1], photo.shape[2]);
        if grey {
            let weights = plan.constant("brightness", &[1, 3], BRIGHTNESS.to_vec());
            let mixed = matmul(plan, &weights, &scaled.view(&[3, h * w]), None, &Gemm::NN)?;
            return Ok(mixed.view(&[1, 1, h, w]));
        }
        Ok(scaled.view(&[1, 3, h, w]))
    }

    /// The same on the CPU for an input of whole numbers, rounded and kept within its type: `[3, H, W]` or `[1, H, W]`.
    pub(super) fn whole_numbers(&self, photo: &[f32], grey: bool, elem: Elem) -> Vec<i64> {
        let plane = photo.len() / 3;
        let scaled = |c: usize, at: usize| (photo[c * plane + at] * 255.0 - self.mean[c]) / self.std[c];
        let [least, most] = match elem {
            Elem::I8 => [-128.0, 127.0],
            Elem::U8 => [0.0, 255.0],
            Elem::U16 | Elem::U32 | Elem::U64 => [0.0, 65_535.0],
            _ => [-32_768.0, 32_767.0],
        };
        let whole = |v: f32| v.round().clamp(least, most) as i64;
        if grey {
            let mixed = |at: usize| (0..3).map(|c| BRIGHTNESS[c] * scaled(c, at)).sum();
            return (0..plane).map(|at| whole(mixed(at))).collect();
        }
        let order = if self.bgr { [2, 1, 0] } else { [0, 1, 2] };
        order
            .into_iter()
            .flat_map(|c| (0..plane).map(move |at| (c, at)))
            .map(|(c, at)| whole(scaled(c, at)))
            .collect()
    }
}
