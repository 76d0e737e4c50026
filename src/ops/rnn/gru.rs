//! One step of a gated recurrent unit.
//!
//! `r, z = σ(a_r + u_r), σ(a_z + u_z)`, `g = tanh(a_g + v)` or, where the product is reset, `tanh(a_g + r·v)`,
//! `h' = (1 − z)·g + z·h`. `a [N, 3·H]` comes from the input, in the order r, z, g; `u [N, 2·H]` from the
//! last hidden state; `v [N, H]` from it or from `r∘h`; `gates [N, 3·H]`. Source: Cho et al., "Learning
//! phrase representations", 2014; the other form: Chung et al., 2014, as cuDNN and PyTorch have it.

use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::arithmetic::number;
use crate::ops::layout::narrow;
use crate::ops::{OpError, dim, limit_elements};

crate::params! {
    /// One step of a gated recurrent unit.
    GruCell {
        /// Items.
        n: u32,
        /// Units.
        h: u32,
        /// 1 if the product with the hidden state is reset, 0 if the state was.
        reset_after: u32,
    }
}

crate::params! {
    /// Gradients of one step of a gated recurrent unit.
    GruCellBackward {
        /// Items.
        n: u32,
        /// Units.
        h: u32,
        /// 1 if the product with the hidden state is reset, 0 if the state was.
        reset_after: u32,
        /// 1 if a gradient of the gates arrives.
        of_gates: u32,
        /// 1 if a gradient of the hidden state arrives.
        of_hidden: u32,
    }
}

impl GruCell {
    fn len(&self) -> usize {
        self.n as usize * self.h as usize
    }

    /// Where the gates of a unit begin, in a row of `count` gates.
    fn at(&self, index: usize, count: usize) -> usize {
        let h = self.h as usize;
        index / h * count * h + index % h
    }

    /// Gates r, z, g of a unit.
    fn gates(&self, index: usize, read: impl Fn(usize, usize) -> f64) -> [f64; 3] {
        let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
        let (a, u, h) = (self.at(index, 3), self.at(index, 2), self.h as usize);
        let [r, z] = [0, 1].map(|gate| sigmoid(read(0, a + gate * h) + read(1, u + gate * h)));
        let factor = if self.reset_after != 0 { r } else { 1.0 };
        [r, z, (read(0, a + 2 * h) + factor * read(2, index)).tanh()]
    }
}

impl GruCellBackward {
    fn forward(&self) -> GruCell {
        GruCell { n: self.n, h: self.h, reset_after: self.reset_after }
    }
}

/// One step of a gated recurrent unit.
pub static GRU_CELL: Kernel<GruCell> = Kernel {
    name: "gru_cell",
    about: "h' = (1 − z)·g + z·h, with the gates r, z = σ(a + u) and the candidate g = tanh(a + r·v)",
    ins: &[
        Slot::input("a", |p| 3 * p.len()),
        Slot::input("u", |p| 2 * p.len()),
        Slot::input("v", GruCell::len),
        Slot::input("h", GruCell::len),
    ],
    outs: &[Slot::output("gates", |p| 3 * p.len()), Slot::output("h_next", GruCell::len)],
    reference: |p, ins, outs| {
        for index in 0..p.len() {
            let [r, z, g] = p.gates(index, |slot, at| ins[slot][at]);
            for (gate, value) in [r, z, g].into_iter().enumerate() {
                outs[0][p.at(index, 3) + gate * p.h as usize] = value;
            }
            outs[1][index] = (1.0 - z) * g + z * ins[3][index];
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let [of_gates, of_hidden] = [0, 1].map(|i: usize| u32::from(step.d_outs[i].is_some()));
        let params = GruCellBackward { n: p.n, h: p.h, reset_after: p.reset_after, of_gates, of_hidden };
        let da = plan.temporary("d gates", &[3 * p.len()], DType::F32);
        let [dv, dh] =
            ["d candidate", "d hidden state"].map(|name| plan.temporary(name, &[p.len()], DType::F32));
        let [d_gates, d_hidden] = [0, 1].map(|i: usize| step.d_outs[i].as_ref());
        let ins = [Some(&step.outs[0]), step.ins[2].as_ref(), step.ins[3].as_ref(), d_gates, d_hidden];
        plan.push(&GRU_CELL_BACKWARD, params, &ins, &[&da, &dv, &dh]);
        let [n, h] = [p.n, p.h].map(|v| v as usize);
        let du = narrow(plan, &da.view(&[n, 3 * h]), 1, 0, 2 * h).expect("two of the three gates");
        vec![Some(da), Some(du), Some(dv), Some(dh)]
    }),
    trace: Some(|p, ins, out, index| {
        let h = p.h as usize;
        let unit = if out == 0 { index / (3 * h) * h + index % h } else { index };
        let [r, z, g] = p.gates(unit, |slot, at| f64::from(ins[slot][at]));
        let last = f64::from(ins[3][unit]);
        let lines = vec![
            format!("gates: reset {}, update {}, candidate {}", number(r), number(z), number(g)),
            format!(
                "(1 − {}) · ({}) + {} · ({}) = {}",
                number(z),
                number(g),
                number(z),
                number(last),
                number((1.0 - z) * g + z * last)
            ),
        ];
        let mut reads: Vec<_> = (0..3).map(|gate| (0, p.at(unit, 3) + gate * h)).collect();
        reads.extend((0..2).map(|gate| (1, p.at(unit, 2) + gate * h)));
        reads.extend([(2, unit), (3, unit)]);
        Trace { reads, lines }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("rnn/gru_cell"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, n, h, reset_after| Case::normal(name, GruCell { n, h, reset_after }, 4);
        let extreme = vec![Fill::Extreme, Fill::Normal(1.0), Fill::Normal(1.0), Fill::Normal(1.0)];
        vec![
            case("one unit", 1, 1, 1),
            case("3 items of 5 units, product reset", 3, 5, 1),
            case("3 items of 5 units, state reset", 3, 5, 0),
            case("67 units", 2, 67, 1),
            case("extreme values", 3, 20, 1).fills(extreme),
        ]
    },
    tolerance: Tolerance { abs: 2e-6, rel: 1e-5 },
    flops: |p| 25.0 * p.len() as f64,
};

/// Gradients of one step of a gated recurrent unit.
pub static GRU_CELL_BACKWARD: Kernel<GruCellBackward> = Kernel {
    name: "gru_cell_backward",
    about: "gradients of the gates' sums and of the hidden state before the step",
    ins: &[
        Slot::input("gates", |p| 3 * p.forward().len()),
        Slot::input("v", |p| p.forward().len()),
        Slot::input("h", |p| p.forward().len()),
        Slot::input("dgates", |p| 3 * p.forward().len() * p.of_gates as usize),
        Slot::input("dh_next", |p| p.forward().len() * p.of_hidden as usize),
    ],
    outs: &[
        Slot::output("da", |p| 3 * p.forward().len()),
        Slot::output("dv", |p| p.forward().len()),
        Slot::output("dh", |p| p.forward().len()),
    ],
    reference: |p, ins, outs| {
        let (forward, h) = (p.forward(), p.h as usize);
        let arrived = |slot: usize, at: usize| ins[slot].get(at).copied().unwrap_or(0.0);
        for index in 0..forward.len() {
            let at = forward.at(index, 3);
            let [r, z, g] = [0, 1, 2].map(|gate| ins[0][at + gate * h]);
            let hidden = arrived(4, index);
            let dg = hidden * (1.0 - z) + arrived(3, at + 2 * h);
            let dz = hidden * (ins[2][index] - g) + arrived(3, at + h);
            let candidate = dg * (1.0 - g * g);
            let (through, factor) =
                if p.reset_after != 0 { (candidate * ins[1][index], r) } else { (0.0, 1.0) };
            outs[0][at] = (through + arrived(3, at)) * r * (1.0 - r);
            outs[0][at + h] = dz * z * (1.0 - z);
            outs[0][at + 2 * h] = candidate;
            outs[1][index] = candidate * factor;
            outs[2][index] = hidden * z;
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("rnn/gru_cell_backward"),
        groups: |p| fold(p.forward().len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [n, h, reset_after, of_gates, of_hidden]: [u32; 5]| {
            let mut fills = vec![Fill::Normal(1.0); 5];
            fills[0] = Fill::Uniform(0.0, 1.0);
            Case::normal(name, GruCellBackward { n, h, reset_after, of_gates, of_hidden }, 5).fills(fills)
        };
        vec![
            case("one unit", [1, 1, 1, 1, 1]),
            case("of the gates", [3, 5, 1, 1, 0]),
            case("of the hidden state, state reset", [2, 67, 0, 0, 1]),
            case("of both", [3, 33, 1, 1, 1]),
        ]
    },
    tolerance: Tolerance { abs: 2e-6, rel: 1e-5 },
    flops: |p| 30.0 * p.forward().len() as f64,
};

/// Records one step of a gated recurrent unit: `a [N, 3·H]`, `u [N, 2·H]`, `v, h [N, H]`. Returns gates
/// `[N, 3·H]` and the hidden state `[N, H]`.
pub fn gru_cell(
    plan: &mut Plan,
    a: &Tensor,
    [u, v]: [&Tensor; 2],
    h: &Tensor,
    reset_after: bool,
) -> Result<[Tensor; 2], OpError> {
    let op = "gru_cell";
    let &[n, units] = &h.shape[..] else {
        return Err(OpError::Shape { op, what: "h", have: h.shape.clone(), want: "[N, H]".into() });
    };
    for (what, part, count) in [("a", a, 3), ("u", u, 2), ("v", v, 1)] {
        if part.shape != [n, count * units] {
            let (have, want) = (part.shape.clone(), format!("the hidden state: [{n}, {}]", count * units));
            return Err(OpError::Shape { op, what, have, want });
        }
    }
    limit_elements(op, &a.shape)?;
    let gates = plan.temporary("gates", &a.shape, DType::F32);
    let hidden = plan.temporary("hidden state", &h.shape, DType::F32);
    let p = GruCell { n: dim(n), h: dim(units), reset_after: u32::from(reset_after) };
    plan.push(&GRU_CELL, p, &[Some(a), Some(u), Some(v), Some(h)], &[&gates, &hidden]);
    Ok([gates, hidden])
}
