//! The arithmetic of the element that a stage inspects.

use super::inspect::{Element, Explanation};
use super::stage::Stage;
use crate::gpu::{Session, Trace};

impl Stage {
    /// Explains the inspected element, as far as its numbers have arrived.
    pub fn explain(&mut self) {
        let Some(element) = self.inspection.element() else {
            self.inspection.explained = None;
            self.inspection.explanation = None;
            return;
        };
        let key = (element, self.version_of(element.of));
        if self.inspection.explained == Some(key) {
            return;
        }
        let complete = self.find(element);
        match complete {
            Some(explanation) => {
                self.inspection.explained = explanation.value.is_some().then_some(key);
                self.inspection.explanation = Some(explanation);
            }
            None => {
                self.inspection.pinned = None;
                self.inspection.explanation = None;
            }
        }
    }

    /// `None` if the element is not there any more.
    fn find(&mut self, element: Element) -> Option<Explanation> {
        let Element { of, .. } = element;
        let plan = self.session_of(of).map(Session::plan)?;
        if plan.buffers.get(element.buf.0)?.len <= element.index {
            return None;
        }
        let writers = plan.writers(element.buf).map(|(id, slot)| (plan.steps[id.0].clone(), slot));
        let writers: Vec<_> = writers.collect();
        let value = self.fresh_values(of, element.buf).and_then(|v| v.get(element.index).copied());
        // Tensors that were put together have a step for each; the one of this element has its arithmetic.
        let mut found = None;
        for (step, slot) in writers {
            let ins: Option<Vec<_>> = step
                .ins
                .iter()
                .map(|id| id.map_or_else(|| Some(std::rc::Rc::default()), |id| self.fresh_values(of, id)))
                .collect();
            let Some(ins) = ins.filter(|_| value.is_some()) else {
                return Some(Explanation { kernel: step.kernel.name(), ..Explanation::default() });
            };
            let slices: Vec<&[f32]> = ins.iter().map(|v| v.as_slice()).collect();
            let trace = step.kernel.trace(&step.params, &slices, slot, element.index).unwrap_or_default();
            let says = !trace.reads.is_empty();
            if says || found.is_none() {
                found = Some((step, trace));
            }
            if says {
                break;
            }
        }
        let Some((step, Trace { reads, lines })) = found else {
            return Some(Explanation { value, ..Explanation::default() });
        };
        let kernel = step.kernel.name();
        let reads = reads
            .into_iter()
            .filter_map(|(slot, index)| Some(Element { of, buf: (*step.ins.get(slot)?)?, index }))
            .collect();
        Some(Explanation { value, reads, kernel, lines })
    }
}
