//! Where one element came from: its value, what was read for it, the arithmetic with the numbers.

use super::lens::Of;
use crate::gpu::BufId;

/// An element of a tensor on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// The session that its buffer belongs to.
    pub of: Of,
    /// Its buffer.
    pub buf: BufId,
    /// Flat index.
    pub index: usize,
}

/// An element and where the page draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The element.
    pub element: Element,
    /// Map, row and column, counted from 0.
    pub place: [usize; 3],
}

/// The element under the pointer, or pinned by a click.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Hovered in the frame before this one.
    hovered: Option<Spot>,
    /// Hovered in this frame, so far.
    next: Option<Spot>,
    /// Pinned by a click; Escape releases it.
    pub pinned: Option<Spot>,
    pub(super) explained: Option<(Element, u64)>,
    /// What is known of it.
    pub explanation: Option<Explanation>,
}

/// What is known of an element.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// Its value, once it has arrived.
    pub value: Option<f32>,
    /// Buffer and flat index of every element read for it.
    pub reads: Vec<Element>,
    /// Kernel that wrote it; empty for an input.
    pub kernel: &'static str,
    /// The arithmetic, one line an entry.
    pub lines: Vec<String>,
}

impl Inspection {
    /// What is explained.
    pub fn spot(&self) -> Option<Spot> {
        self.pinned.or(self.hovered)
    }

    /// The element that is explained.
    pub fn element(&self) -> Option<Element> {
        self.spot().map(|spot| spot.element)
    }

    /// Says that the pointer is over an element in this frame.
    pub fn hover(&mut self, spot: Spot) {
        self.next = Some(spot);
    }

    /// Pins an element, or releases it if it is the pinned one.
    pub fn toggle_pin(&mut self, spot: Spot) {
        self.pinned = if self.pinned == Some(spot) { None } else { Some(spot) };
    }

    /// Lets go of pins and explanations in sessions that are gone.
    pub fn release(&mut self, gone: impl Fn(Of) -> bool) {
        let stays = |spot: &Spot| !gone(spot.element.of);
        self.pinned = self.pinned.filter(stays);
        self.hovered = self.hovered.filter(stays);
        self.explained = None;
        self.explanation = None;
    }

    /// Whether the pointer went to another element in this frame.
    pub fn end_frame(&mut self) -> bool {
        let next = self.next.take();
        let moved = self.hovered != next;
        self.hovered = next;
        moved
    }
}
