//! Where an element came from, for the inspector.

/// Where one output element came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Input elements read: (input slot, flat index). Drawn as outlines.
    pub reads: Vec<(usize, usize)>,
    /// The arithmetic, written out with the numbers, one line an entry.
    pub lines: Vec<String>,
}

/// Explains output element `index` of output slot `out` from the values of the inputs.
pub type TraceFn<P> = fn(params: &P, ins: &[&[f32]], out: usize, index: usize) -> Trace;
