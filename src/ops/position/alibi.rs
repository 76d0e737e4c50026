//! Attention with linear biases: scores fall with the distance, in each head at another rate.
//!
//! `y[h, i, j] = −2^{−8(h+1)/H}·|i + offset − j|`, added to the scores. Source: Press, Smith and Lewis,
//! "Train short, test long", 2022.

use crate::gpu::{
    Backward, Case, DType, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};
use crate::ops::arithmetic::number;
use crate::ops::{OpError, dim, limit_elements};

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
