//! One step of a long short-term memory.
//!
//! `i, f, o = σ(z_i), σ(z_f), σ(z_o)`, `g = tanh(z_g)`, `c' = f·c + i·g`, `h' = o·tanh(c')`, with `z = a + u`
//! from the input and from the last hidden state. `a, u, gates [N, 4·H]` in the order i, f, g, o;
//! `c, c', h' [N, H]`. Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the
//! forget gate of Gers, Schmidhuber and Cummins, "Learning to forget", 2000.

use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::arithmetic::number;
use crate::ops::{OpError, dim, limit_elements};

crate::params! {
    /// One step of a long short-term memory.
    LstmCell {
        /// Items.
        n: u32,
        /// Units.
        h: u32,
    }
}

crate::params! {
    /// Gradients of one step of a long short-term memory.
    LstmCellBackward {
        /// Items.
        n: u32,
        /// Units.
        h: u32,
        /// 1 if a gradient of the gates arrives.
        of_gates: u32,
        /// 1 if a gradient of the memory arrives.
        of_cell: u32,
        /// 1 if a gradient of the hidden state arrives.
        of_hidden: u32,
    }
}

impl LstmCell {
    fn len(&self) -> usize {
        self.n as usize * self.h as usize
    }

    /// Where the gates of a unit begin.
    fn at(&self, index: usize) -> usize {
        let h = self.h as usize;
        index / h * 4 * h + index % h
    }

    /// Gates i, f, g, o of a unit.
    fn gates(&self, index: usize, z: impl Fn(usize) -> f64) -> [f64; 4] {
        let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
        let (at, h) = (self.at(index), self.h as usize);
        [sigmoid(z(at)), sigmoid(z(at + h)), z(at + 2 * h).tanh(), sigmoid(z(at + 3 * h))]
    }
}

impl LstmCellBackward {
    fn forward(&self) -> LstmCell {
        LstmCell { n: self.n, h: self.h }
    }
}

/// One step of a long short-term memory.
pub static LSTM_CELL: Kernel<LstmCell> = Kernel {
    name: "lstm_cell",
    about: "c' = f·c + i·g, h' = o·tanh(c'), with the gates i, f, o = σ(a + u) and g = tanh(a + u)",
    ins: &[
        Slot::input("a", |p| 4 * p.len()),
        Slot::input("u", |p| 4 * p.len()),
        Slot::input("c", LstmCell::len),
    ],
    outs: &[
        Slot::output("gates", |p| 4 * p.len()),
        Slot::output("c_next", LstmCell::len),
        Slot::output("h_next", LstmCell::len),
    ],
    reference: |p, ins, outs| {
        for index in 0..p.len() {
            let gates = p.gates(index, |at| ins[0][at] + ins[1][at]);
            for (gate, value) in gates.into_iter().enumerate() {
                outs[0][p.at(index) + gate * p.h as usize] = value;
            }
            let [i, f, g, o] = gates;
            let c = f * ins[2][index] + i * g;
            outs[1][index] = c;
            outs[2][index] = o * c.tanh();
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let [of_gates, of_cell, of_hidden] = [0, 1, 2].map(|i: usize| u32::from(step.d_outs[i].is_some()));
        let params = LstmCellBackward { n: p.n, h: p.h, of_gates, of_cell, of_hidden };
        let dz = plan.temporary("d gates", &[4 * p.len()], DType::F32);
        let dc = plan.temporary("d memory", &[p.len()], DType::F32);
        let [d_gates, d_cell, d_hidden] = [0, 1, 2].map(|i: usize| step.d_outs[i].as_ref());
        let ins = [Some(&step.outs[0]), step.ins[2].as_ref(), Some(&step.outs[1]), d_gates, d_cell, d_hidden];
        plan.push(&LSTM_CELL_BACKWARD, params, &ins, &[&dz, &dc]);
        vec![Some(dz.clone()), Some(dz), Some(dc)]
    }),
    trace: Some(|p, ins, out, index| {
        let unit =
            if out == 0 { index / (4 * p.h as usize) * p.h as usize + index % p.h as usize } else { index };
        let [i, f, g, o] = p.gates(unit, |at| f64::from(ins[0][at]) + f64::from(ins[1][at]));
        let c = f64::from(ins[2][unit]);
        let next = f * c + i * g;
        let [si, sf, sg, so] = [i, f, g, o].map(number);
        let lines = vec![
            format!("gates: input {si}, forget {sf}, candidate {sg}, output {so}"),
            format!("memory: {sf} · ({}) + {si} · ({sg}) = {}", number(c), number(next)),
            format!("hidden: {so} · tanh({}) = {}", number(next), number(o * next.tanh())),
        ];
        let gates = (0..4).map(|gate| p.at(unit) + gate * p.h as usize);
        let mut reads: Vec<_> = gates.flat_map(|at| [(0, at), (1, at)]).collect();
        reads.push((2, unit));
        Trace { reads, lines }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("rnn/lstm_cell"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, n, h| Case::normal(name, LstmCell { n, h }, 3);
        let extreme = vec![Fill::Extreme, Fill::Normal(1.0), Fill::Normal(1.0)];
        vec![
            case("one unit", 1, 1),
            case("3 items of 5 units", 3, 5),
            case("67 units", 2, 67),
            case("extreme values", 3, 20).fills(extreme),
            case("32 items of 256 units", 32, 256),
        ]
    },
    tolerance: Tolerance { abs: 2e-6, rel: 1e-5 },
    flops: |p| 30.0 * p.len() as f64,
};

/// Gradients of one step of a long short-term memory.
pub static LSTM_CELL_BACKWARD: Kernel<LstmCellBackward> = Kernel {
    name: "lstm_cell_backward",
    about: "gradients of the gates' sums and of the memory before the step",
    ins: &[
        Slot::input("gates", |p| 4 * p.forward().len()),
        Slot::input("c", |p| p.forward().len()),
        Slot::input("c_next", |p| p.forward().len()),
        Slot::input("dgates", |p| 4 * p.forward().len() * p.of_gates as usize),
        Slot::input("dc_next", |p| p.forward().len() * p.of_cell as usize),
        Slot::input("dh_next", |p| p.forward().len() * p.of_hidden as usize),
    ],
    outs: &[Slot::output("dz", |p| 4 * p.forward().len()), Slot::output("dc", |p| p.forward().len())],
    reference: |p, ins, outs| {
        let (forward, h) = (p.forward(), p.h as usize);
        let arrived = |slot: usize, at: usize| ins[slot].get(at).copied().unwrap_or(0.0);
        for index in 0..forward.len() {
            let at = forward.at(index);
            let [i, f, g, o] = [0, 1, 2, 3].map(|gate| ins[0][at + gate * h]);
            let (tanh, hidden) = (ins[2][index].tanh(), arrived(5, index));
            let m = arrived(4, index) + hidden * o * (1.0 - tanh * tanh);
            let d = [m * g, m * ins[1][index], m * i, hidden * tanh];
            let slopes = [i * (1.0 - i), f * (1.0 - f), 1.0 - g * g, o * (1.0 - o)];
            for gate in 0..4 {
                outs[0][at + gate * h] = (d[gate] + arrived(3, at + gate * h)) * slopes[gate];
            }
            outs[1][index] = m * f;
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("rnn/lstm_cell_backward"),
        groups: |p| fold(p.forward().len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [n, h, of_gates, of_cell, of_hidden]: [u32; 5]| {
            let mut fills = vec![Fill::Normal(1.0); 6];
            fills[0] = Fill::Uniform(0.0, 1.0);
            Case::normal(name, LstmCellBackward { n, h, of_gates, of_cell, of_hidden }, 6).fills(fills)
        };
        vec![
            case("one unit", [1, 1, 1, 1, 1]),
            case("of the gates", [3, 5, 1, 0, 0]),
            case("of the memory", [2, 67, 0, 1, 0]),
            case("of the hidden state", [2, 67, 0, 0, 1]),
            case("of all", [3, 33, 1, 1, 1]),
        ]
    },
    tolerance: Tolerance { abs: 2e-6, rel: 1e-5 },
    flops: |p| 40.0 * p.forward().len() as f64,
};

/// Records one step of a long short-term memory: `a, u [N, 4·H]`, `c [N, H]`. Returns gates `[N, 4·H]`,
/// memory and hidden state `[N, H]`.
pub fn lstm_cell(plan: &mut Plan, a: &Tensor, u: &Tensor, c: &Tensor) -> Result<[Tensor; 3], OpError> {
    let op = "lstm_cell";
    let &[n, h] = &c.shape[..] else {
        return Err(OpError::Shape { op, what: "c", have: c.shape.clone(), want: "[N, H]".into() });
    };
    for (what, part) in [("a", a), ("u", u)] {
        if part.shape != [n, 4 * h] {
            let (have, want) = (part.shape.clone(), format!("four gates of the memory: [{n}, {}]", 4 * h));
            return Err(OpError::Shape { op, what, have, want });
        }
    }
    limit_elements(op, &a.shape)?;
    let gates = plan.temporary("gates", &a.shape, DType::F32);
    let [memory, hidden] = ["memory", "hidden state"].map(|name| plan.temporary(name, &c.shape, DType::F32));
    let p = LstmCell { n: dim(n), h: dim(h) };
    plan.push(&LSTM_CELL, p, &[Some(a), Some(u), Some(c)], &[&gates, &memory, &hidden]);
    Ok([gates, memory, hidden])
}
