//! Buttons that add and remove layers of a network as text.

use egui::{Rect, Ui, pos2, vec2};

use crate::nn::stack::{Block, PoolKind, Stack};
use crate::ops::unary::Act;
use crate::viz::figures::control::{Face, button, button_width};

/// Height of the buttons.
pub const BUTTONS: f32 = 28.0;
/// Most layers of which there are buttons for one more.
const MOST: usize = 24;

/// Draws them into `rect`; a click changes `text` behind layer `chosen`, which is called `name`, and gives the layer
/// that is looked at then. Nothing is added to a text that cannot be read. Also gives the room that is left: beside
/// the buttons, or below them where `rect` is higher than one row.
pub fn edits(
    ui: &mut Ui,
    rect: Rect,
    text: &mut String,
    (chosen, name): (usize, &str),
) -> (Option<usize>, Rect) {
    let conv = Block::Conv { filters: 16, size: [3; 2], stride: 1, pad: 1, dilation: 1, groups: 1 };
    let all = [
        ("Add conv", Some(conv)),
        ("Add pool", Some(Block::Pool { kind: PoolKind::Max, window: 2, stride: 2 })),
        ("Add ReLU", Some(Block::Act(Act::RELU))),
        ("Remove", None),
    ];
    let (mut left, high) = (rect.left(), rect.height().min(BUTTONS));
    let mut looked = None;
    for (label, new) in all {
        let own = Rect::from_min_size(pos2(left, rect.top()), vec2(button_width(ui, label, false), high));
        left = own.right() + 8.0;
        let spoken = if new.is_some() { format!("{label} behind {name}") } else { format!("Remove {name}") };
        let face = Face { sign: None, text: label, spoken: &spoken, primary: false, round: false };
        if !button(ui, own, label, face).clicked() {
            continue;
        }
        let (mut stack, unread) = Stack::leading(text);
        if unread.is_some() || (new.is_some() && stack.0.len() >= MOST) {
            continue;
        }
        looked = Some(match new {
            Some(block) => stack.insert_behind(chosen, block),
            None => stack.remove_layer(chosen),
        });
        *text = stack.to_string();
    }
    let beside = rect.with_min_x((left + 8.0).min(rect.right()));
    (looked, if high < rect.height() { rect.with_min_y(rect.top() + high) } else { beside })
}
