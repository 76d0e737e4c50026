//! What a kernel is checked with.

/// How to fill an input of a case.
#[derive(Clone, Debug)]
pub enum Fill {
    /// Standard normal times the factor, seeded by the case and the slot.
    Normal(f32),
    /// Uniform in `[lo, hi)`.
    Uniform(f32, f32),
    /// Every element the same.
    Const(f32),
    /// Exactly these values.
    Values(Vec<f32>),
    /// Integers below the bound (for `u32` slots).
    Ids(u32),
    /// 0, -0, ±1e-30, ±1e4 and ordinary numbers in turn.
    Extreme,
}

/// Parameters and inputs with which a kernel is checked and, if marked, timed.
pub struct Case<P> {
    /// Names the case in reports: `vgg 3x3`, `one element`.
    pub name: &'static str,
    /// The parameters.
    pub params: P,
    /// One fill for each input slot, then one for each `Update` output where zeros would not do.
    pub fills: Vec<Fill>,
    /// Timed by `bench`.
    pub bench: bool,
    /// Why the reference has no derivative at these inputs, where it has none: ties of a maximum.
    /// Finite differences leave the case out.
    pub kink: Option<&'static str>,
    /// The only input that has no derivative there: the others are differentiated.
    pub kinked_input: Option<usize>,
}

impl<P> Case<P> {
    /// A case whose inputs are all standard normal.
    pub fn normal(name: &'static str, params: P, inputs: usize) -> Self {
        let fills = vec![Fill::Normal(1.0); inputs];
        Self { name, params, fills, bench: false, kink: None, kinked_input: None }
    }
    /// The same case with other fills.
    #[must_use]
    pub fn fills(mut self, fills: Vec<Fill>) -> Self {
        self.fills = fills;
        self
    }
    /// The same case, left out by finite differences for a reason.
    #[must_use]
    pub fn kinked(mut self, why: &'static str) -> Self {
        self.kink = Some(why);
        self
    }
    /// The same case; finite differences leave out one input slot for a reason.
    #[must_use]
    pub fn kinked_in(self, input: usize, why: &'static str) -> Self {
        Self { kinked_input: Some(input), ..self.kinked(why) }
    }
    /// The same case, timed by `bench` as well.
    #[must_use]
    pub fn timed(mut self) -> Self {
        self.bench = true;
        self
    }
}

/// A case without its parameter type.
pub struct CaseInfo {
    /// Name in reports.
    pub name: &'static str,
    /// The parameter struct as bytes.
    pub params: Vec<u8>,
    /// One fill for each input, then for each `Update` output.
    pub fills: Vec<Fill>,
    /// Timed by `bench`.
    pub bench: bool,
    /// Why finite differences leave it out.
    pub kink: Option<&'static str>,
    /// The only input that they leave out.
    pub kinked_input: Option<usize>,
}
