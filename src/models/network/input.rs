//! What a network is run on: the user's picture, a sentence, or plain numbers.

use serde::{Deserialize, Serialize};

use crate::data::Picture;
use crate::gpu::{Plan, Tensor};
use crate::models::Tokens;
use crate::models::onnx::{Array, Elem, Input, Model, Value, cast, count};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, narrow, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;

/// Most numbers that are made for the inputs of a network: 128 MiB of floats.
pub(super) const MAX_MADE: usize = 1 << 25;
/// Most tokens that a fixed input is filled up to.
const MAX_LENGTH: usize = 4096;
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
        }
    }
}

/// What an input of a graph is for, as far as name, type and shape tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `[1, 3, H, W]`, or `[1, 1, H, W]` in grey.
    Picture,
    /// `[1, H, W, 3]`, or `[1, H, W, 1]` in grey.
    PictureLast,
    /// Token ids `[1, T]`.
    Tokens,
    /// 1 for a token, 0 for padding.
    Mask,
    /// Which sentence a token belongs to.
    Types,
    /// Anything else.
    Numbers,
}

impl Role {
    /// The role of an input.
    pub fn of(input: &Input) -> Self {
        let name = input.name.to_lowercase();
        let float = input.elem.is_none_or(Elem::is_float);
        match input.shape.as_deref() {
            Some([_, Some(3), _, _]) if float => Self::Picture,
            Some([_, _, _, Some(3)]) if float => Self::PictureLast,
            Some([_, Some(1), h, w]) if float && *h != Some(1) && *w != Some(1) => Self::Picture,
            Some([_, h, w, Some(1)]) if float && *h != Some(1) && *w != Some(1) => Self::PictureLast,
            Some([_, _]) if !float && name.contains("mask") => Self::Mask,
            Some([_, _]) if !float && (name.contains("type") || name.contains("segment")) => Self::Types,
            Some([_, _]) if !float => Self::Tokens,
            _ => Self::Numbers,
        }
    }
}

/// Whether a picture goes in as one channel.
fn is_grey(input: &Input) -> bool {
    match (Role::of(input), input.shape.as_deref()) {
        (Role::Picture, Some([_, channels, ..])) => *channels == Some(1),
        (Role::PictureLast, Some([.., channels])) => *channels == Some(1),
        _ => false,
    }
}

impl InputSettings {
    /// What the first picture input of a graph asks for; the rest as most networks have it.
    pub fn guess(model: &Model) -> Self {
        let mut settings = Self::default();
        let sides = model.inputs.iter().find_map(|input| match (Role::of(input), input.shape.as_deref()) {
            (Role::Picture, Some([_, _, h, w])) | (Role::PictureLast, Some([_, h, w, _])) => Some((*h, *w)),
            _ => None,
        });
        if let Some((height, width)) = sides {
            let side = |n: Option<usize>, or: u32| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(or);
            (settings.height, settings.width) = (side(height, settings.height), side(width, settings.width));
        }
        if model.inputs.iter().any(is_grey) {
            // Small networks for digits and the like take brightness from 0 to 1.
            (settings.mean, settings.std, settings.crop) = ([0.0; 3], [255.0; 3], 1.0);
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

    /// Records the picture `[3, H, W]` in 0..=1 and the input `[1, 3, H, W]` that is made of it, or
    /// `[1, 1, H, W]` where it is to be grey: 0.299 of red, 0.587 of green, 0.114 of blue (ITU-R BT.601).
    pub fn record(
        &self,
        plan: &mut Plan,
        picture: &Picture,
        grey: bool,
    ) -> Result<(Tensor, Tensor), OpError> {
        let planes = picture.centre(self.width, self.height, self.crop);
        let shape = planes.shape();
        let photo = plan.constant("picture", &shape, planes.values);
        let channels = |plan: &mut Plan, name: &str, values: [f32; 3]| {
            plan.constant(name, &[3, 1, 1], values.map(|v| v / 255.0).to_vec())
        };
        let mean = channels(plan, "mean of the channels", self.mean);
        let std = channels(plan, "spread of the channels", self.std);
        let centred = binary(plan, &photo, &mean, Op::Subtract)?;
        plan.name(&centred, "picture − mean");
        let mut scaled = binary(plan, &centred, &std, Op::Divide)?;
        plan.name(&scaled, "normalised picture");
        if self.bgr && !grey {
            let planes: Vec<Tensor> =
                [2, 1, 0].into_iter().map(|c| narrow(plan, &scaled, 0, c, 1)).collect::<Result<_, _>>()?;
            scaled = concat(plan, &planes.iter().collect::<Vec<_>>(), 0)?;
            plan.name(&scaled, "blue, green, red");
        }
        let [c, h, w] = shape;
        if grey {
            let weights = plan.constant("brightness", &[1, 3], vec![0.299_f32, 0.587, 0.114]);
            let mixed = matmul(plan, &weights, &scaled.view(&[3, h * w]), None, &Gemm::NN)?;
            return Ok((photo, mixed.view(&[1, 1, h, w])));
        }
        Ok((photo, scaled.view(&[1, c, h, w])))
    }
}

/// Plain numbers for an input that is neither a picture nor a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// Normally distributed, from a seed.
    #[default]
    Normal,
    /// 0, 1, 2, …, divided by their number.
    Ramp,
    /// All 1.
    Ones,
    /// All 0.
    Zeros,
}

/// What a network is run on.
#[derive(Clone, Debug)]
pub struct Feed<'a> {
    /// For picture inputs.
    pub picture: &'a Picture,
    /// For inputs of token ids, their mask and their types.
    pub tokens: Option<&'a Tokens>,
    /// For all others.
    pub fill: Fill,
    /// Of the random numbers.
    pub seed: u64,
    /// Length of axes that the file leaves open, but for the first, which is 1.
    pub open: usize,
}

impl<'a> Feed<'a> {
    /// A picture, and random numbers where that does not fit.
    pub fn new(picture: &'a Picture) -> Self {
        Self { picture, tokens: None, fill: Fill::Normal, seed: 0, open: 16 }
    }

    /// The value of an input, and the picture as it was cut if it is one.
    pub(super) fn value(
        &self,
        plan: &mut Plan,
        input: &Input,
        settings: &InputSettings,
        room: &mut usize,
    ) -> Result<(Option<Value>, Option<Tensor>), OpError> {
        if input.foreign {
            return Ok((None, None));
        }
        let elem = input.elem.unwrap_or(Elem::F32);
        let role = Role::of(input);
        match role {
            Role::Picture | Role::PictureLast => {
                let (photo, mut tensor) = settings.record(plan, self.picture, is_grey(input))?;
                if role == Role::PictureLast {
                    tensor = transpose(plan, &tensor, &[0, 2, 3, 1])?;
                }
                plan.name(&tensor, &input.name);
                Ok((Some(Value::computed(elem, tensor)), Some(photo)))
            }
            Role::Tokens | Role::Mask | Role::Types if self.tokens.is_some() => {
                let tokens = self.tokens.into_iter().flat_map(|t| t.ids.iter().zip(&t.type_ids));
                let pick = |(id, kind): (&u32, &u32)| match role {
                    Role::Tokens => i64::from(*id),
                    Role::Mask => 1,
                    _ => i64::from(*kind),
                };
                let mut row: Vec<i64> = tokens.map(pick).collect();
                // A longer one is refused with its shape, and nothing is reserved for it here.
                if let Some([_, Some(length)]) = input.shape.as_deref()
                    && *length <= MAX_LENGTH
                {
                    row.resize(*length, 0);
                }
                Ok((Some(Value::known(Array::ints(elem, &[1, row.len()], row))), None))
            }
            _ => Ok((Some(Value::known(self.numbers(input, elem, room))), None)),
        }
    }

    fn numbers(&self, input: &Input, elem: Elem, room: &mut usize) -> Array {
        let axes = input.shape.clone().unwrap_or_else(|| vec![None]);
        let shape: Vec<usize> =
            axes.iter().enumerate().map(|(i, n)| n.unwrap_or(if i == 0 { 1 } else { self.open })).collect();
        // An absurd declaration is refused by the recording; nothing is reserved for it here.
        let len = count(&shape).filter(|len| len <= room).unwrap_or(0);
        *room -= len;
        let shape = if len == 0 { vec![0] } else { shape };
        let mut rng = Rng::new(self.seed);
        let number = |i: usize| match self.fill {
            Fill::Normal => rng.normal(),
            Fill::Ramp => i as f32 / len.max(1) as f32,
            Fill::Ones => 1.0,
            Fill::Zeros => 0.0,
        };
        let values: Vec<f32> = (0..len).map(number).collect();
        if elem.is_float() {
            return cast(&Array::floats(&shape, values), elem);
        }
        // Whole numbers are mostly indices: small and not negative.
        let ints: Vec<i64> = values.iter().map(|v| (v.abs() * 2.0) as i64).collect();
        cast(&Array::ints(Elem::I64, &shape, ints), elem)
    }
}
