//! Rotary position embedding: channels in pairs are turned by the angle of the position, so that a
//! query's product with a key depends on their distance alone.
//!
//! `y1 = cos·x1 − sin·x2`, `y2 = cos·x2 + sin·x1` for `x, y [B, H, T, D]` or `[B, T, H·D]` and tables
//! `[ROWS, TURNED/2]`. Every id must be below ROWS; shapes cannot tell, so an id beyond turns to zeros, as
//! in an embedding. Sources: Su et al., "RoFormer", 2021; ONNX RotaryEmbedding.

use crate::gpu::{
    Backward, Case, DType, Fill, Forward, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere,
    fold,
};
use crate::ops::embed::d_table;
use crate::ops::reduce::{Reduce, reduce, sum_to};
use crate::ops::{OpError, dim, limit_elements};

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
        if turned == 0 || !turned.is_multiple_of(2) || turned > d {
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

    /// Row of the tables at a position; `None` if the id is beyond.
    fn row(&self, position: usize, ids: &[f64]) -> Option<usize> {
        let rows = self.rows as usize;
        let row = if self.indexed != 0 { ids[position] as usize } else { position % rows };
        (row < rows).then_some(row)
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
            let at = p.row(position, ins[3]).map(|row| row * p.half() + pair);
            let (cosine, sine) =
                at.map_or((0.0, 0.0), |at| (ins[1][at], f64::from(p.direction) * ins[2][at]));
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
        let [of_cosine, of_sine] = outs else { return };
        for (index, (of_cosine, of_sine)) in of_cosine.iter_mut().zip(of_sine).enumerate() {
            let (_, _, [one, two]) = p.pair(index);
            *of_cosine = x[one] * dy[one] + x[two] * dy[two];
            *of_sine = f64::from(p.direction) * (x[one] * dy[two] - x[two] * dy[one]);
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
    let mut past_the_tables = case("ids past the tables", &[2, 5, 6], 3, true, flat(1, some));
    if with_ids {
        past_the_tables.fills[floats] = Fill::Ids(5);
    }
    vec![
        case("one pair", &[1, 1, 1, 2], 1, false, all),
        case("heads first", &[2, 3, 5, 6], 5, false, all),
        case("heads first, interleaved, ids", &[2, 2, 5, 4], 9, true, neighbours),
        case("heads side by side, some channels", &[2, 5, 18], 10, false, flat(3, some)),
        case("heads side by side, ids", &[1, 7, 12], 4, true, flat(2, neighbours)),
        past_the_tables,
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
