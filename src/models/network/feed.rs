//! What a network is run on: the user's picture, a sentence, or plain numbers.

use std::collections::BTreeMap;

use super::described::Network;
use super::input::MAX_INPUT_SIDE;
use super::role::{Role, is_grey};
use super::sentence::{MAX_LENGTH, Sentence};
use crate::data::Picture;
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Array, Elem, Input, Value, cast, count};
use crate::ops::OpError;
use crate::ops::layout::{tile, transpose};
use crate::ops::philox::Rng;

/// Most numbers that are made for the inputs of a network: 128 MiB of floats.
const MAX_MADE: usize = 1 << 25;

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
    /// For inputs of token ids, their mask, their types and their places.
    pub sentence: Option<&'a Sentence>,
    /// For all others.
    pub fill: Fill,
    /// Of the random numbers.
    pub seed: u64,
    /// Length of axes that the file leaves open, but for the first, which is 1.
    pub open: usize,
}

/// The inputs of a network on a plan.
#[derive(Default)]
pub(super) struct Fed {
    /// Values by the inputs' names.
    pub given: BTreeMap<String, Value>,
    /// The picture as it was cut and scaled, `[3, H, W]` in 0..=1, if an input takes one.
    pub photo: Option<Tensor>,
    /// How often the picture or the sentence goes in side by side.
    pub batch: usize,
    /// Whether a picture or a sentence goes in.
    pub is_seen: bool,
    /// Inputs that hold noise, or ids that mean nothing to the network.
    pub noise: Vec<String>,
}

impl<'a> Feed<'a> {
    /// A picture, and random numbers where that does not fit.
    pub fn new(picture: &'a Picture) -> Self {
        Self { picture, sentence: None, fill: Fill::Normal, seed: 0, open: 16 }
    }

    /// Records the inputs of `network`. Those that cannot be made are left out, and what reads them says so.
    pub(super) fn record(&self, plan: &mut Plan, network: &Network) -> Result<Fed, OpError> {
        let mut fed = Fed { batch: 1, ..Fed::default() };
        // Numbers made for all inputs together.
        let mut room = MAX_MADE;
        for input in network.model.inputs.iter().filter(|input| !input.foreign) {
            let role = network.role(input);
            let value = match (role, self.sentence) {
                (Role::Picture | Role::PictureLast, _) => {
                    self.picture(plan, network, input, role, &mut room, &mut fed)?
                }
                (Role::Tokens | Role::Mask | Role::Types | Role::Positions, Some(sentence)) => {
                    fed.is_seen |= !sentence.is_foreign;
                    if sentence.is_foreign && role == Role::Tokens {
                        fed.noise.push(input.name.clone());
                    }
                    tokens(network, input, role, sentence, &mut fed)
                }
                _ => {
                    if self.fill == Fill::Normal {
                        fed.noise.push(input.name.clone());
                    }
                    Value::known(self.numbers(input, &mut room))
                }
            };
            fed.given.insert(input.name.clone(), value);
        }
        Ok(fed)
    }

    fn picture(
        &self,
        plan: &mut Plan,
        network: &Network,
        input: &Input,
        role: Role,
        room: &mut usize,
        fed: &mut Fed,
    ) -> Result<Value, OpError> {
        let (settings, elem) = (&network.input, input.elem.unwrap_or(Elem::F32));
        let grey = is_grey(&network.model, input, role);
        // A larger one is refused with its shape.
        let [width, height] = [settings.width, settings.height].map(|side| side.clamp(1, MAX_INPUT_SIDE));
        let planes = self.picture.centre(width, height, settings.crop);
        let photo = plan.constant("picture", &planes.shape(), planes.values.clone());
        let channels = if grey { 1 } else { 3 };
        let [_, h, w] = planes.shape();
        let copies = copies(input, channels * h * w, *room);
        fed.batch = fed.batch.max(copies);
        fed.is_seen = true;
        let value = if elem.is_float() {
            let mut tensor = settings.record(plan, &photo, grey)?;
            if copies > 1 {
                tensor = tile(plan, &tensor, &[copies, 1, 1, 1])?;
            }
            if role == Role::PictureLast {
                tensor = transpose(plan, &tensor, &[0, 2, 3, 1])?;
            }
            plan.name(&tensor, &input.name);
            Value::computed(elem, tensor)
        } else {
            // Whole numbers are known while recording.
            let planar = settings.whole_numbers(&planes.values, grey, elem);
            let (one, shape) = match role {
                Role::PictureLast => (interleaved(&planar, h * w), [copies, h, w, channels]),
                _ => (planar, [copies, channels, h, w]),
            };
            *room -= one.len() * copies;
            Value::known(Array::ints(elem, &shape, one.repeat(copies)))
        };
        fed.photo.get_or_insert(photo);
        Ok(value)
    }

    fn numbers(&self, input: &Input, room: &mut usize) -> Array {
        let elem = input.elem.unwrap_or(Elem::F32);
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
        let factor = if self.fill == Fill::Normal { 2.0 } else { 1.0 };
        let ints: Vec<i64> = values.iter().map(|v| (v.abs() * factor) as i64).collect();
        cast(&Array::ints(Elem::I64, &shape, ints), elem)
    }
}

/// How often `len` numbers fill the first axis of an input, which the file may have fixed. Once where there is no
/// room for more: the recording refuses it with its shape.
fn copies(input: &Input, len: usize, room: usize) -> usize {
    let fixed = input.shape.as_ref().and_then(|shape| *shape.first()?).unwrap_or(1);
    if fixed.checked_mul(len).is_some_and(|all| all <= room) { fixed } else { 1 }
}

/// `[C, H, W]` as `[H, W, C]`.
fn interleaved(planar: &[i64], plane: usize) -> Vec<i64> {
    (0..plane).flat_map(|at| planar.iter().skip(at).step_by(plane).copied()).collect()
}

/// Ids of tokens, or what goes with them.
fn tokens(network: &Network, input: &Input, role: Role, sentence: &Sentence, fed: &mut Fed) -> Value {
    let tokens = &sentence.tokens;
    let number = |(at, (id, kind)): (usize, (&u32, &u32))| match role {
        Role::Tokens => i64::from(*id),
        Role::Mask => 1,
        Role::Types => i64::from(*kind),
        _ => at as i64,
    };
    let mut row: Vec<i64> = tokens.ids.iter().zip(&tokens.type_ids).enumerate().map(number).collect();
    // A longer one is refused with its shape, and nothing is reserved for it here.
    if let Some([_, Some(length)]) = input.shape.as_deref()
        && *length <= MAX_LENGTH
    {
        row.resize(*length, 0);
    }
    if let Some(rows) = network.rows(input).filter(|_| role == Role::Tokens) {
        row.iter_mut().for_each(|id| *id %= rows as i64);
    }
    let copies = copies(input, row.len(), MAX_MADE);
    fed.batch = fed.batch.max(copies);
    let elem = input.elem.unwrap_or(Elem::I64);
    Value::known(Array::ints(elem, &[copies, row.len()], row.repeat(copies)))
}
