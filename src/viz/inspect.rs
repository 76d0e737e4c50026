//! Where one element came from: its value, what was read for it, the arithmetic with the numbers.

use super::stage::Stage;
use crate::gpu::{BufId, Trace};

/// An element of a tensor on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
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
    explained: Option<(Element, u64)>,
    /// What is known of it.
    pub finding: Option<Finding>,
}

/// What is known of an element.
#[derive(Clone, Debug, Default)]
pub struct Finding {
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

    /// Whether the pointer went to another element in this frame.
    pub fn end_frame(&mut self) -> bool {
        let next = self.next.take();
        let moved = self.hovered != next;
        self.hovered = next;
        moved
    }
}

impl Stage {
    /// Explains the inspected element, as far as its numbers have arrived.
    pub fn explain(&mut self) {
        let Some(element) = self.inspection.element() else {
            self.inspection.explained = None;
            self.inspection.finding = None;
            return;
        };
        let key = (element, self.version());
        if self.inspection.explained == Some(key) {
            return;
        }
        let complete = self.find(element);
        match complete {
            Some(finding) => {
                self.inspection.explained = finding.value.is_some().then_some(key);
                self.inspection.finding = Some(finding);
            }
            None => {
                self.inspection.pinned = None;
                self.inspection.finding = None;
            }
        }
    }

    /// `None` if the element is not there any more.
    fn find(&mut self, element: Element) -> Option<Finding> {
        let plan = self.plan()?;
        if plan.buffers.get(element.buf.0)?.len <= element.index {
            return None;
        }
        let step = plan.producer(element.buf).map(|(id, slot)| (plan.steps[id.0].clone(), slot));
        let value = self.fresh_values(element.buf).and_then(|v| v.get(element.index).copied());
        let Some((step, slot)) = step else { return Some(Finding { value, ..Finding::default() }) };
        let kernel = step.kernel.name();
        let waiting = Finding { kernel, ..Finding::default() };
        let ins: Option<Vec<_>> = step
            .ins
            .iter()
            .map(|id| id.map_or_else(|| Some(std::rc::Rc::default()), |id| self.fresh_values(id)))
            .collect();
        let (Some(ins), Some(value)) = (ins, value) else { return Some(waiting) };
        let slices: Vec<&[f32]> = ins.iter().map(|v| v.as_slice()).collect();
        let trace = step.kernel.trace(&step.params, &slices, slot, element.index);
        let Trace { reads, lines } = trace.unwrap_or_default();
        let reads = reads
            .into_iter()
            .filter_map(|(slot, index)| Some(Element { buf: (*step.ins.get(slot)?)?, index }))
            .collect();
        Some(Finding { value: Some(value), reads, kernel, lines })
    }
}
