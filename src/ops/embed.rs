//! Embedding: rows of a table picked by number, `y[i] = table[ids[i]]`.
//!
//! `table [VOCAB, WIDTH]`, `ids` of any shape (`u32`), `y [..ids, WIDTH]`. Every id must be below
//! VOCAB; shapes cannot tell, so an id beyond gives a row of zeros, on the GPU as in the reference.

use super::arithmetic::number;
use super::layout::fill;
use super::{OpError, dim, limit_elements, only_floats};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

/// Most ids that one step of the backward pass adds up.
const IDS_A_STEP: usize = 32_768;

crate::params! {
    /// Gradient of the rows of a table.
    EmbedBackward {
        /// Ids.
        n: u32,
        /// Length of a row.
        width: u32,
        /// Rows of the table.
        vocab: u32,
        /// First id of this step.
        first: u32,
        /// One past the last id of this step.
        past: u32,
    }
}

crate::params! {
    /// Rows of a table.
    Embed {
        /// Ids.
        n: u32,
        /// Length of a row.
        width: u32,
        /// Rows of the table.
        vocab: u32,
    }
}

impl Embed {
    /// Shape rule.
    pub fn new(table: &[usize], ids: &[usize]) -> Result<Self, OpError> {
        let op = "embed";
        let &[vocab, width] = table else {
            let (have, want) = (table.to_vec(), "two axes: [VOCAB, WIDTH]".into());
            return Err(OpError::Shape { op, what: "table", have, want });
        };
        limit_elements(op, table)?;
        limit_elements(op, &[ids, &[width]].concat())?;
        Ok(Self { n: dim(ids.iter().product()), width: dim(width), vocab: dim(vocab) })
    }

    /// Index into the table of output element `index`; `None` if the id is beyond.
    fn at(&self, index: usize, id: usize) -> Option<usize> {
        (id < self.vocab as usize).then(|| id * self.width as usize + index % self.width as usize)
    }
}

/// Embedding.
pub static EMBED: Kernel<Embed> = Kernel {
    name: "embed",
    about: "y[i] = table[ids[i]], a row for each id",
    ins: &[Slot::input("table", |p| (p.vocab * p.width) as usize), Slot::input_u32("ids", |p| p.n as usize)],
    outs: &[Slot::output("y", |p| (p.n * p.width) as usize)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let id = ins[1][index / p.width as usize] as usize;
            *y = p.at(index, id).map_or(0.0, |at| ins[0][at]);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the one output has a gradient");
        let d = d_table(plan, step.input(1), dy, [p.vocab, p.width].map(|v| v as usize));
        vec![Some(d), None]
    }),
    trace: Some(|p, ins, _, index| {
        let (row, column) = (index / p.width as usize, index % p.width as usize);
        let id = ins[1][row] as usize;
        let mut reads = vec![(1, row)];
        let line = match p.at(index, id) {
            Some(at) => {
                reads.push((0, at));
                format!("id {id}: row {id}, column {column} of the table = {}", number(ins[0][at].into()))
            }
            None => format!("id {id} is past the table's {} rows: 0", p.vocab),
        };
        Trace { reads, lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("embed/embed"),
        groups: |p| fold((p.n * p.width) as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, vocab: usize, width, n, ids| {
            let params = Embed::new(&[vocab, width], &[n]).expect("the cases have valid shapes");
            Case::normal(name, params, 2).fills(vec![Fill::Normal(1.0), Fill::Ids(ids)])
        };
        vec![
            case("one element", 1, 1, 1, 1),
            case("67 ids", 33, 5, 67, 33),
            case("ids past the table", 10, 9, 40, 15),
            case("128 tokens of 384", 30_522, 384, 128, 30_522).timed(),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// Gradient of an embedding's table.
pub static EMBED_BACKWARD: Kernel<EmbedBackward> = Kernel {
    name: "embed_backward",
    about: "dtable[ids[i]] += dy[i], in the order of the ids",
    ins: &[Slot::input_u32("ids", |p| p.n as usize), Slot::input("dy", |p| (p.n * p.width) as usize)],
    outs: &[Slot::update("dtable", |p| (p.vocab * p.width) as usize)],
    reference: |p, ins, outs| {
        let width = p.width as usize;
        let rows = ins[0].iter().zip(ins[1].chunks(width));
        for (&id, dy) in rows.take(p.past as usize).skip(p.first as usize) {
            if id < f64::from(p.vocab) {
                let row = &mut outs[0][id as usize * width..][..width];
                row.iter_mut().zip(dy).for_each(|(d, dy)| *d += dy);
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("embed/embed_backward"),
        groups: |p| fold(p.width as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [vocab, width, n, first, past]: [u32; 5], ids| {
            let fills = vec![Fill::Ids(ids), Fill::Normal(1.0)];
            Case::normal(name, EmbedBackward { n, width, vocab, first, past }, 2).fills(fills)
        };
        vec![
            case("one element", [1, 1, 1, 0, 1], 1),
            case("67 ids, some past the table", [13, 5, 67, 0, 67], 15),
            case("the second stretch", [13, 70, 67, 30, 67], 13),
            case("128 tokens of 384", [30_522, 384, 128, 0, 128], 30_522).timed(),
        ]
    },
    tolerance: Tolerance { abs: 1e-5, rel: 1e-5 },
    flops: |p| f64::from((p.past - p.first) * p.width),
};

/// Records the gradient of a table `[VOCAB, WIDTH]` of which `ids` named the rows, `[VOCAB·WIDTH]`.
pub(crate) fn d_table(plan: &mut Plan, ids: &Tensor, dy: &Tensor, [vocab, width]: [usize; 2]) -> Tensor {
    let d = fill(plan, "d table", &[vocab * width], 0.0);
    let [n, vocab, width] = [ids.len(), vocab, width].map(dim);
    for first in (0..n).step_by(IDS_A_STEP) {
        let past = n.min(first + dim(IDS_A_STEP));
        let params = EmbedBackward { n, width, vocab, first, past };
        plan.push(&EMBED_BACKWARD, params, &[Some(ids), Some(dy)], &[&d]);
    }
    d
}

/// Records the rows of `table [VOCAB, WIDTH]` that `ids` (`u32`) names, `[..ids, WIDTH]`.
pub fn embed(plan: &mut Plan, table: &Tensor, ids: &Tensor) -> Result<Tensor, OpError> {
    only_floats("embed", "the table", table)?;
    if ids.dtype != DType::U32 {
        return Err(OpError::ElementType { op: "embed", what: "ids", have: ids.dtype, want: DType::U32 });
    }
    let p = Embed::new(&table.shape, &ids.shape)?;
    let shape = [&ids.shape[..], &[p.width as usize]].concat();
    let y = plan.temporary("embeddings", &shape, DType::F32);
    plan.push(&EMBED, p, &[Some(table), Some(ids)], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    #[test]
    fn rows_are_picked_and_ids_past_the_table_give_zeros() {
        let p = Embed::new(&[2, 3], &[3]).unwrap();
        let table = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let y = run_kernel(&EMBED, bytemuck::bytes_of(&p), &[&table, &[1.0, 2.0, 0.0]]);
        assert_eq!(y, [[4.0, 5.0, 6.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]]);
        assert!(Embed::new(&[6], &[3]).is_err());
    }

    #[test]
    fn gradients_of_many_ids_come_in_stretches() {
        let n = IDS_A_STEP + 5;
        let mut plan = Plan::new();
        let ids = plan.constant("ids", &[n], (0..n).map(|i| (i % 4) as u32).collect::<Vec<_>>());
        let dy = plan.constant("dy", &[n], vec![1.0_f32; n]);
        // The last id is past the table.
        let d = d_table(&mut plan, &ids, &dy, [3, 1]);
        let steps = plan.steps.iter().filter(|step| step.kernel.name() == "embed_backward").count();
        assert_eq!(steps, 2);
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        let want: Vec<f64> = (0..3).map(|row| (0..n).filter(|i| i % 4 == row).count() as f64).collect();
        assert_eq!(values[d.buf.0], want);
    }
}
