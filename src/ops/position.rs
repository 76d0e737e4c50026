//! Where a token stands: sinusoidal and learned embeddings, rotary embedding, linear biases.
//!
//! Sinusoidal: `PE[t, 2i] = sin(t/base^{2i/W})`, `PE[t, 2i+1] = cos(t/base^{2i/W})`. Learned: rows of a
//! table, `layout::narrow` or `embed`. Rotary: channels in pairs are turned by the angle of the position,
//! so that a query's product with a key depends on their distance alone. ALiBi: scores fall with the
//! distance, in each head at another rate. Sources: Vaswani et al., "Attention is all you need", 2017; Su
//! et al., "RoFormer", 2021, ONNX RotaryEmbedding; Press, Smith and Lewis, "Train short, test long", 2022.

use super::arithmetic::number;
use super::embed::d_table;
use super::reduce::{Reduce, reduce, sum_to};
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Forward, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always,
    anywhere, fold,
};

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
    flops: |p| 10.0 * p.rows as f64 * p.width() as f64,
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

/// Records the tables of a rotary embedding of `turned` channels: cosines and sines, `[ROWS, TURNED/2]`.
pub fn rotary_tables(plan: &mut Plan, rows: usize, turned: usize, base: f32) -> Result<[Tensor; 2], OpError> {
    let rates = rate_tensor(plan, rows, turned, base)?;
    Ok([("cosines", 1), ("sines", 2)].map(|(name, mode)| sinusoids(plan, name, &rates, [rows, 0, mode])))
}

crate::params! {
    /// Rotary position embedding.
    RotaryEmbedding {
        /// Batch.
        batch: u32,
        /// Positions.
        t: u32,
        /// Heads.
        heads: u32,
        /// Channels of a head.
        d: u32,
        /// Channels of a head that are turned: the first ones, an even number.
        turned: u32,
        /// Rows of the tables.
        rows: u32,
        /// 1 for `[BATCH, HEADS, T, D]`.
        heads_first: u32,
        /// 1 if neighbouring channels are pairs.
        interleaved: u32,
        /// 1 if ids name the row of each position.
        indexed: u32,
        /// 1, or −1 to turn back.
        direction: f32,
    }
}

/// Settings of a rotary embedding that are not read from shapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RotarySettings {
    /// Heads that lie side by side, `[B, T, H·D]`; unused for `[B, H, T, D]`.
    pub heads: Option<usize>,
    /// Channels of a head that are turned; `None`: all.
    pub turned: Option<usize>,
    /// Pairs are neighbours, 2i and 2i + 1, instead of i and i + half.
    pub interleaved: bool,
}

impl RotaryEmbedding {
    /// Shape rule; `ids` is the shape of the row numbers.
    pub fn new(
        x: &[usize],
        tables: [&[usize]; 2],
        ids: Option<&[usize]>,
        settings: &RotarySettings,
    ) -> Result<Self, OpError> {
        let wrong = |what, have: &[usize], want: String| {
            Err(OpError::Shape { op: "rotary_embedding", what, have: have.to_vec(), want })
        };
        let (batch, t, heads, d) = match (x, settings.heads) {
            (&[b, h, t, d], _) => (b, t, h, d),
            (&[b, t, width], Some(h)) if h > 0 && width % h == 0 => (b, t, h, width / h),
            (&[_, _, channels], Some(heads)) => {
                return Err(OpError::Heads { heads, channels, which: "query" });
            }
            _ => return wrong("x", x, "[B, H, T, D], or [B, T, H·D] with the heads named".into()),
        };
        let turned = settings.turned.unwrap_or(d);
        if turned == 0 || turned % 2 != 0 || turned > d {
            return wrong("what is turned", &[turned], format!("pairs of the {d} channels of a head"));
        }
        let [cosine, sine] = tables;
        let rows = cosine.iter().product::<usize>() / (turned / 2);
        if cosine != sine || cosine.last() != Some(&(turned / 2)) || rows == 0 {
            let want = format!("both tables: [ROWS, {}]", turned / 2);
            return wrong("the cosines", cosine, format!("{want}, sines {sine:?}"));
        }
        match ids {
            Some(ids) if ids.iter().product::<usize>() != batch * t => {
                return wrong("the ids", ids, format!("the positions: [{batch}, {t}]"));
            }
            None if rows != t && rows != batch * t => {
                return wrong("the cosines", cosine, format!("a row for each of {t} positions, or ids"));
            }
            _ => {}
        }
        limit_elements("rotary_embedding", x)?;
        let [batch, t, heads, d, turned, rows] = [batch, t, heads, d, turned, rows].map(dim);
        Ok(Self {
            batch,
            t,
            heads,
            d,
            turned,
            rows,
            heads_first: u32::from(x.len() == 4),
            interleaved: u32::from(settings.interleaved),
            indexed: u32::from(ids.is_some()),
            direction: 1.0,
        })
    }

    fn positions(&self) -> usize {
        self.batch as usize * self.t as usize
    }

    fn len(&self) -> usize {
        self.positions() * self.heads as usize * self.d as usize
    }

    fn half(&self) -> usize {
        self.turned as usize / 2
    }

    fn table(&self) -> usize {
        self.rows as usize * self.half()
    }

    fn terms(&self) -> usize {
        self.positions() * self.heads as usize * self.half()
    }

    /// Row of the tables at a position.
    fn row(&self, position: usize, ids: &[f64]) -> usize {
        let rows = self.rows as usize;
        if self.indexed != 0 { (ids[position] as usize).min(rows - 1) } else { position % rows }
    }

    /// Position and pair, and the indices of the pair's channels, of a term.
    fn pair(&self, index: usize) -> (usize, usize, [usize; 2]) {
        let [t, heads, d] = [self.t, self.heads, self.d].map(|v| v as usize);
        let (pair, head, position) =
            (index % self.half(), index / self.half() % heads, index / (self.half() * heads));
        let token = if self.heads_first != 0 {
            (position / t * heads + head) * t + position % t
        } else {
            position * heads + head
        };
        let channels =
            if self.interleaved != 0 { [2 * pair, 2 * pair + 1] } else { [pair, pair + self.half()] };
        (position, pair, channels.map(|c| token * d + c))
    }
}

/// Rotary position embedding.
pub static ROTARY_EMBEDDING: Kernel<RotaryEmbedding> = Kernel {
    name: "rotary_embedding",
    about: "pairs of channels turned by the angle of their position",
    ins: &[
        Slot::input("x", RotaryEmbedding::len),
        Slot::input("cosine", RotaryEmbedding::table),
        Slot::input("sine", RotaryEmbedding::table),
        Slot::input_u32("ids", |p| p.positions() * p.indexed as usize),
    ],
    outs: &[Slot::output("y", RotaryEmbedding::len)],
    reference: |p, ins, outs| {
        outs[0].copy_from_slice(ins[0]);
        for index in 0..p.terms() {
            let (position, pair, [one, two]) = p.pair(index);
            let at = p.row(position, ins[3]) * p.half() + pair;
            let (cosine, sine) = (ins[1][at], f64::from(p.direction) * ins[2][at]);
            outs[0][one] = cosine * ins[0][one] - sine * ins[0][two];
            outs[0][two] = cosine * ins[0][two] + sine * ins[0][one];
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the one output has a gradient");
        let dx = plan.temporary("d rotated", &[p.len()], DType::F32);
        let back = RotaryEmbedding { direction: -p.direction, ..*p };
        let ins: Vec<_> = std::iter::once(Some(dy)).chain(step.ins[1..].iter().map(Option::as_ref)).collect();
        plan.push(&ROTARY_EMBEDDING, back, &ins, &[&dx]);
        let [dcosine, dsine] = d_tables(plan, p, step, dy);
        vec![Some(dx), dcosine, dsine, None]
    }),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("position/rotary_embedding"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || rotary_cases(3, true),
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 3.0 * p.len() as f64,
};

/// Records the gradients of the tables, where they are wanted.
fn d_tables(plan: &mut Plan, p: &RotaryEmbedding, step: &Forward<'_>, dy: &Tensor) -> [Option<Tensor>; 2] {
    if !step.wanted[1] && !step.wanted[2] {
        return [None, None];
    }
    let terms = ["d cosine, each head", "d sine, each head"]
        .map(|name| plan.temporary(name, &[p.terms()], DType::F32));
    plan.push(&ROTARY_EMBEDDING_TERMS, *p, &[Some(step.input(0)), Some(dy)], &[&terms[0], &terms[1]]);
    let (positions, rows, half) = (p.positions(), p.rows as usize, p.half());
    terms.map(|terms| {
        let terms = terms.view(&[positions, p.heads as usize, half]);
        let each = reduce(plan, &terms, &[1], Reduce::Sum, false).expect("the axis of the heads is there");
        Some(match &step.ins[3] {
            Some(ids) => d_table(plan, ids, &each.view(&[each.len()]), [rows, half]),
            None => sum_to(plan, &each.view(&[positions / rows, rows * half]), &[1, rows * half])
                .view(&[rows * half]),
        })
    })
}

/// What the gradients of a rotary embedding's tables are made of.
pub static ROTARY_EMBEDDING_TERMS: Kernel<RotaryEmbedding> = Kernel {
    name: "rotary_embedding_terms",
    about: "x1·dy1 + x2·dy2 and x1·dy2 − x2·dy1 of each pair of channels",
    ins: &[Slot::input("x", RotaryEmbedding::len), Slot::input("dy", RotaryEmbedding::len)],
    outs: &[
        Slot::output("of_cosine", RotaryEmbedding::terms),
        Slot::output("of_sine", RotaryEmbedding::terms),
    ],
    reference: |p, ins, outs| {
        let (x, dy) = (ins[0], ins[1]);
        for index in 0..p.terms() {
            let (_, _, [one, two]) = p.pair(index);
            outs[0][index] = x[one] * dy[one] + x[two] * dy[two];
            outs[1][index] = f64::from(p.direction) * (x[one] * dy[two] - x[two] * dy[one]);
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("position/rotary_embedding_terms"),
        groups: |p| fold(p.terms(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || rotary_cases(2, false),
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 6.0 * p.terms() as f64,
};

/// Cases for a kernel with so many inputs of floats, and one for the ids if it has them.
fn rotary_cases(floats: usize, with_ids: bool) -> Vec<Case<RotaryEmbedding>> {
    let case = |name, x: &[usize], rows: usize, ids: bool, settings: RotarySettings| {
        let positions = if x.len() == 4 { [x[0], x[2]] } else { [x[0], x[1]] };
        let d = settings.heads.map_or(x[x.len() - 1], |heads| x[2] / heads);
        let table = [rows, settings.turned.unwrap_or(d) / 2];
        let params = RotaryEmbedding::new(x, [&table[..]; 2], ids.then_some(&positions[..]), &settings);
        let mut fills = vec![Fill::Normal(1.0); floats];
        if with_ids {
            fills.push(Fill::Ids(dim(rows)));
        }
        let inputs = fills.len();
        Case::normal(name, params.expect("the cases have valid shapes"), inputs).fills(fills)
    };
    let all = RotarySettings::default();
    let neighbours = RotarySettings { interleaved: true, ..all };
    let some = RotarySettings { turned: Some(4), ..all };
    let flat = |heads, settings: RotarySettings| RotarySettings { heads: Some(heads), ..settings };
    vec![
        case("one pair", &[1, 1, 1, 2], 1, false, all),
        case("heads first", &[2, 3, 5, 6], 5, false, all),
        case("heads first, interleaved, ids", &[2, 2, 5, 4], 9, true, neighbours),
        case("heads side by side, some channels", &[2, 5, 18], 10, false, flat(3, some)),
        case("heads side by side, ids", &[1, 7, 12], 4, true, flat(2, neighbours)),
        case("8 heads, 67 positions", &[1, 8, 67, 32], 67, false, all),
    ]
}

/// Records a rotary embedding of `x [B, H, T, D]` or `[B, T, H·D]` with tables of cosines and sines,
/// `[ROWS, TURNED/2]`. `ids [B, T]` (`u32`) name the row of each position; without them the rows are the
/// positions, or those of all items, one after the other.
pub fn rotary_embedding(
    plan: &mut Plan,
    x: &Tensor,
    [cosine, sine]: [&Tensor; 2],
    ids: Option<&Tensor>,
    settings: &RotarySettings,
) -> Result<Tensor, OpError> {
    let tables = [&cosine.shape[..], &sine.shape];
    let p = RotaryEmbedding::new(&x.shape, tables, ids.map(|ids| ids.shape.as_slice()), settings)?;
    let y = plan.temporary("rotated", &x.shape, DType::F32);
    plan.push(&ROTARY_EMBEDDING, p, &[Some(x), Some(cosine), Some(sine), ids], &[&y]);
    Ok(y)
}

crate::params! {
    /// Attention with linear biases.
    Alibi {
        /// Heads.
        heads: u32,
        /// Queries.
        tq: u32,
        /// Keys.
        tk: u32,
        /// Key at which query 0 stands.
        offset: i32,
    }
}

impl Alibi {
    fn len(&self) -> usize {
        self.heads as usize * self.tq as usize * self.tk as usize
    }

    /// Slope of the head and distance, for an element.
    fn place(&self, index: usize) -> (f64, i64) {
        let [tq, tk] = [self.tq, self.tk].map(|v| v as usize);
        let (j, i, head) = (index % tk, index / tk % tq, index / (tk * tq));
        let slope = (-8.0 * (head + 1) as f64 / f64::from(self.heads)).exp2();
        (slope, (i as i64 + i64::from(self.offset) - j as i64).abs())
    }
}

/// Attention with linear biases.
pub static ALIBI: Kernel<Alibi> = Kernel {
    name: "alibi",
    about: "y[h,i,j] = −2^(−8(h+1)/H)·|distance|, added to the scores",
    ins: &[],
    outs: &[Slot::output("y", Alibi::len)],
    reference: |p, _, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (slope, distance) = p.place(index);
            *y = -slope * distance as f64;
        }
    },
    backward: Backward::None("it reads nothing"),
    trace: Some(|p, _, _, index| {
        let (slope, distance) = p.place(index);
        let y = number(-slope * distance as f64);
        Trace { reads: vec![], lines: vec![format!("−{} · {distance} keys apart = {y}", number(slope))] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("position/alibi"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case =
            |name, [heads, tq, tk]: [u32; 3], offset| Case::normal(name, Alibi { heads, tq, tk, offset }, 0);
        vec![
            case("two keys", [1, 1, 2], 0),
            case("8 heads", [8, 13, 13], 0),
            case("5 heads, a past", [5, 3, 17], 14),
        ]
    },
    tolerance: Tolerance { abs: 1e-6, rel: 1e-5 },
    flops: |p| 4.0 * p.len() as f64,
};

/// Records ALiBi's biases `[H, TQ, TK]`, to be added to scores `[B, H, TQ, TK]`; the last query stands at
/// the last key.
pub fn alibi(plan: &mut Plan, [heads, tq, tk]: [usize; 3]) -> Result<Tensor, OpError> {
    for (size, what) in
        [(heads, "the number of heads"), (tq, "the number of queries"), (tk, "the number of keys")]
    {
        if size == 0 {
            return Err(OpError::Zero { what });
        }
    }
    limit_elements("alibi", &[heads, tq, tk])?;
    let p = Alibi { heads: dim(heads), tq: dim(tq), tk: dim(tk), offset: tk as i32 - tq as i32 };
    let y = plan.temporary("linear biases", &[heads, tq, tk], DType::F32);
    plan.push(&ALIBI, p, &[], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;

    #[test]
    fn known_values() {
        let mut plan = Plan::new();
        let pe = sinusoidal(&mut plan, [1, 2], 4, 10_000.0).unwrap();
        let bias = alibi(&mut plan, [2, 1, 3]).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let want = [1.0_f64.sin(), 1.0_f64.cos(), 0.01_f64.sin(), 0.01_f64.cos(), 2.0_f64.sin()];
        for (got, want) in values[pe.buf.0].iter().zip(want) {
            assert!((got - want).abs() < 1e-8);
        }
        assert_eq!(values[bias.buf.0], [-0.125, -0.0625, 0.0, -2.0 / 256.0, -1.0 / 256.0, 0.0]);
    }

    #[test]
    fn products_of_rotated_vectors_depend_on_the_distance_alone() {
        let mut plan = Plan::new();
        let one: Vec<f32> = vec![0.3, -1.0, 0.7, 0.2];
        let x = plan.constant("x", &[1, 1, 6, 4], one.repeat(6));
        let [cosine, sine] = rotary_tables(&mut plan, 6, 4, 100.0).unwrap();
        let y = rotary_embedding(&mut plan, &x, [&cosine, &sine], None, &RotarySettings::default()).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let row = |t: usize| &values[y.buf.0][t * 4..][..4];
        let dot = |a: usize, b: usize| row(a).iter().zip(row(b)).map(|(a, b)| a * b).sum::<f64>();
        assert!((dot(0, 2) - dot(3, 5)).abs() < 1e-6 && (dot(0, 2) - dot(0, 3)).abs() > 1e-3);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let mut plan = Plan::new();
        assert!(sinusoidal(&mut plan, [0, 4], 3, 10_000.0).is_err());
        assert!(sinusoidal(&mut plan, [0, 4], 4, 0.0).is_err());
        assert!(alibi(&mut plan, [0, 1, 1]).is_err());
        let rotary = |x: &[usize], table: &[usize], settings| {
            RotaryEmbedding::new(x, [table; 2], None, &settings).is_err()
        };
        let all = RotarySettings::default();
        assert!(!rotary(&[1, 2, 3, 4], &[3, 2], all));
        assert!(rotary(&[1, 2, 3, 4], &[4, 2], all));
        assert!(rotary(&[1, 3, 8], &[3, 2], all));
        assert!(rotary(&[1, 2, 3, 4], &[3, 2], RotarySettings { turned: Some(3), ..all }));
    }
}
