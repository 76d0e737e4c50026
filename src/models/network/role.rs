//! What the inputs of a graph are for, as far as names, types, shapes and the first layers tell.

use serde::{Deserialize, Serialize};

use super::attributes::{int, list};
use crate::models::onnx::{Elem, Input, Model};

/// Most nodes between an input and its first convolution: scaling, casts, padding.
const MAX_BEFORE: usize = 16;

/// Where the channels of a picture stand among the axes of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Where the shape, or else the first convolution, tells.
    #[default]
    Told,
    /// `[N, C, H, W]`.
    First,
    /// `[N, H, W, C]`.
    Last,
}

/// What an input of a graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `[N, 3, H, W]`, or `[N, 1, H, W]` in grey.
    Picture,
    /// `[N, H, W, 3]`, or `[N, H, W, 1]` in grey.
    PictureLast,
    /// Token ids `[N, T]`.
    Tokens,
    /// 1 for a token, 0 for padding.
    Mask,
    /// Which sentence a token belongs to.
    Types,
    /// Numbers of the tokens, from 0 on.
    Positions,
    /// Anything else.
    Numbers,
}

impl Role {
    /// The role of an input of `model`.
    pub fn of(model: &Model, input: &Input, layout: Layout) -> Self {
        let name = input.name.to_lowercase();
        let whole = !input.elem.is_none_or(Elem::is_float);
        match input.shape.as_deref() {
            Some([_, _, _, _]) if input.elem == Some(Elem::Bool) => Self::Numbers,
            Some(&[_, a, b, c]) => {
                // Masks of attention are whole numbers in one channel.
                let grey = !whole || input.elem == Some(Elem::U8);
                let one = |channels: Option<usize>, sides: [Option<usize>; 2]| {
                    grey && channels == Some(1) && !sides.contains(&Some(1))
                };
                let seen = if [a, b, c].contains(&None) { first_convolution(model, input) } else { None };
                let (first, last) = (Self::Picture, Self::PictureLast);
                match layout {
                    Layout::First if a.is_none_or(|n| n == 1 || n == 3) => first,
                    Layout::Last if c.is_none_or(|n| n == 1 || n == 3) => last,
                    _ if a == Some(3) => first,
                    _ if c == Some(3) => last,
                    _ if one(a, [b, c]) => first,
                    _ if one(c, [a, b]) => last,
                    _ => match seen {
                        Some((Self::Picture, 1 | 3)) if a.is_none() => first,
                        Some((Self::PictureLast, 1 | 3)) if c.is_none() => last,
                        _ => Self::Numbers,
                    },
                }
            }
            Some([_, _]) if whole && name.contains("mask") => Self::Mask,
            Some([_, _]) if whole && (name.contains("type") || name.contains("segment")) => Self::Types,
            Some([_, _]) if whole && name.contains("position") => Self::Positions,
            Some([_, _]) if whole => Self::Tokens,
            _ => Self::Numbers,
        }
    }

    /// Whether it takes a picture.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Picture | Self::PictureLast)
    }

    /// Height and width of a picture input, where the file tells them.
    pub(super) fn sides(self, input: &Input) -> [Option<usize>; 2] {
        match (self, input.shape.as_deref()) {
            (Self::Picture, Some(&[_, _, h, w])) | (Self::PictureLast, Some(&[_, h, w, _])) => [h, w],
            _ => [None; 2],
        }
    }
}

/// Whether a picture input of this role takes brightness alone.
pub(super) fn is_grey(model: &Model, input: &Input, role: Role) -> bool {
    let channels = match (role, input.shape.as_deref()) {
        (Role::Picture, Some(&[_, channels, _, _])) | (Role::PictureLast, Some(&[_, _, _, channels])) => {
            channels.or_else(|| first_convolution(model, input).map(|(_, channels)| channels))
        }
        _ => None,
    };
    channels == Some(1)
}

/// Where the first convolution behind an input finds its channels, and how many.
fn first_convolution(model: &Model, input: &Input) -> Option<(Role, usize)> {
    let mut value = &input.name;
    let mut role = Role::Picture;
    for _ in 0..MAX_BEFORE {
        let node = model.nodes.iter().find(|node| node.input.first() == Some(value))?;
        match node.op_type.as_deref()? {
            "Conv" => {
                let weights = model.weights.get(node.input.get(1)?)?;
                // A depthwise one at the very beginning has as many groups as channels.
                let groups = int(node, "group").unwrap_or(1);
                let channels = weights.shape.get(1)?.checked_mul(usize::try_from(groups).ok()?)?;
                return Some((role, channels));
            }
            "Transpose" if list(node, "perm").as_deref() == Some(&[0, 3, 1, 2]) => role = Role::PictureLast,
            "Transpose" | "Reshape" => return None,
            _ => {}
        }
        value = node.output.first()?;
    }
    None
}
