//! Sinusoidal position embedding: `PE[t, 2i] = sin(t/base^{2i/W})`, `PE[t, 2i+1] = cos(t/base^{2i/W})`, and
//! the tables of a rotary one, its cosines and sines apart. Source: Vaswani et al., "Attention is all you
//! need", 2017.

use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::arithmetic::number;
use crate::ops::{OpError, dim, limit_elements};

crate::params! {
    /// Sines and cosines of positions.
    Sinusoids {
        /// Positions.
        rows: u32,
        /// Rates.
        rates: u32,
        /// First position.
        first: u32,
        /// 0: sine and cosine in turn; 1: cosines; 2: sines.
        mode: u32,
    }
}

impl Sinusoids {
    fn width(&self) -> usize {
        self.rates as usize * if self.mode == 0 { 2 } else { 1 }
    }

    /// The rate, its index, and whether it is a cosine, of an element.
    fn place(&self, index: usize) -> (f64, usize, bool) {
        let (row, column) = (index / self.width(), index % self.width());
        let (i, cosine) =
            if self.mode == 0 { (column / 2, column % 2 == 1) } else { (column, self.mode == 1) };
        (f64::from(self.first) + row as f64, i, cosine)
    }
}

/// Sines and cosines of positions.
pub static SINUSOIDS: Kernel<Sinusoids> = Kernel {
    name: "sinusoids",
    about: "y = sin(t·rate) and cos(t·rate), in turn or one of them",
    ins: &[Slot::input("rate", |p| p.rates as usize)],
    outs: &[Slot::output("y", |p| p.rows as usize * p.width())],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (t, i, cosine) = p.place(index);
            let angle = t * ins[0][i];
            *y = if cosine { angle.cos() } else { angle.sin() };
        }
    },
    backward: Backward::None("the rates of positions are fixed"),
    trace: Some(|p, ins, _, index| {
        let (t, i, cosine) = p.place(index);
        let rate = f64::from(ins[0][i]);
        let (name, y) = if cosine { ("cos", (t * rate).cos()) } else { ("sin", (t * rate).sin()) };
        let line = format!("{name}({} · {}) = {}", number(t), number(rate), number(y));
        Trace { reads: vec![(0, i)], lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("position/sinusoids"),
        groups: |p| fold(p.rows as usize * p.width(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [rows, rates, first, mode]: [u32; 4]| {
            let rate = Fill::Values(rates_of(2 * rates as usize, 10_000.0));
            Case::normal(name, Sinusoids { rows, rates, first, mode }, 1).fills(vec![rate])
        };
        vec![
            case("one position", [1, 1, 3, 0]),
            case("67 positions", [67, 9, 0, 0]),
            case("cosines, from 100 on", [20, 16, 100, 1]),
            case("sines to 1000", [1000, 5, 0, 2]),
        ]
    },
    // An angle of 1000 is rounded to 3e-5.
    tolerance: Tolerance { abs: 2e-4, rel: 0.0 },
    flops: |p| 10.0 * f64::from(p.rows) * p.width() as f64,
};

/// `base^{−2i/WIDTH}` for each pair of channels.
fn rates_of(width: usize, base: f64) -> Vec<f32> {
    (0..width.div_ceil(2)).map(|i| base.powf(-2.0 * i as f64 / width as f64) as f32).collect()
}

fn sinusoids(plan: &mut Plan, name: &str, rates: &Tensor, [rows, first, mode]: [usize; 3]) -> Tensor {
    let p = Sinusoids { rows: dim(rows), rates: dim(rates.len()), first: dim(first), mode: dim(mode) };
    let y = plan.temporary(name, &[rows, p.width()], DType::F32);
    plan.push(&SINUSOIDS, p, &[Some(rates)], &[&y]);
    y
}

/// The rates of `width` channels as a tensor, where all sizes are possible.
fn rate_tensor(plan: &mut Plan, rows: usize, width: usize, base: f32) -> Result<Tensor, OpError> {
    if width == 0 || !width.is_multiple_of(2) {
        let want = "pairs of channels: an even number above 0".into();
        return Err(OpError::Shape { op: "sinusoids", what: "the width", have: vec![width], want });
    }
    if !(base > 0.0 && base.is_finite()) {
        return Err(OpError::NotPositive { what: "the base of the wavelengths", value: base });
    }
    if rows == 0 {
        return Err(OpError::Zero { what: "the number of positions" });
    }
    limit_elements("sinusoids", &[rows, width])?;
    Ok(plan.constant("rates", &[width / 2], rates_of(width, base.into())))
}

/// Records the sinusoidal embedding of positions `first..first + rows`, `[ROWS, WIDTH]`; WIDTH is even,
/// the base usually 10,000.
pub fn sinusoidal(
    plan: &mut Plan,
    [first, rows]: [usize; 2],
    width: usize,
    base: f32,
) -> Result<Tensor, OpError> {
    let rates = rate_tensor(plan, rows, width, base)?;
    Ok(sinusoids(plan, "position embedding", &rates, [rows, first, 0]))
}

/// Records the tables of a rotary embedding of `turned` channels: cosines and sines of `rows` positions from `first`
/// on, `[ROWS, TURNED/2]`.
pub fn rotary_tables(
    plan: &mut Plan,
    [first, rows]: [usize; 2],
    turned: usize,
    base: f32,
) -> Result<[Tensor; 2], OpError> {
    let rates = rate_tensor(plan, rows, turned, base)?;
    Ok([("cosines", 1), ("sines", 2)].map(|(name, mode)| sinusoids(plan, name, &rates, [rows, first, mode])))
}
