//! Sums of sections of a vector, all in one dispatch: what the norm of each layer's gradient is made of, where all gradients
//! lie behind one another.

use std::ops::Range;

use super::arithmetic::{number, row};
use super::reduce::{Reduce, reduce};
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, PART_ALIGN, Plan, Slot, Tensor, Tolerance, Trace, Variant, always,
    anywhere, fold,
};

crate::params! {
    /// Sums of sections.
    Sections {
        /// Elements of the vector.
        len: u32,
        /// Sections.
        count: u32,
    }
}

impl Sections {
    /// Elements of a section; what lies past the vector is none of it.
    fn cells<T: Copy + Into<f64>>(&self, bounds: &[T], section: usize) -> Range<usize> {
        let [from, to] = [0, 1].map(|i| bounds[2 * section + i].into() as usize);
        from..to.min(self.len as usize)
    }
}

/// Sums of sections.
pub static SECTIONS: Kernel<Sections> = Kernel {
    name: "sections",
    about: "y[s] = Σ x[i], i from bounds[s, 0] up to bounds[s, 1]",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input_u32("bounds", |p| 2 * p.count as usize)],
    outs: &[Slot::output("y", |p| p.count as usize)],
    reference: |p, ins, outs| {
        for (s, y) in outs[0].iter_mut().enumerate() {
            *y = p.cells(ins[1], s).map(|i| ins[0][i]).sum();
        }
    },
    backward: Backward::None("it takes notes"),
    trace: Some(|p, ins, _, index| {
        let cells = p.cells(ins[1], index);
        let values: Vec<f64> = cells.clone().map(|i| f64::from(ins[0][i])).collect();
        let sum = values.iter().sum();
        let line = format!("Sum({}) = {}", row(&values, 6), number(sum));
        Trace { reads: cells.map(|i| (0, i)).collect(), lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("sections/sections"),
        groups: |p| fold(p.count as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, len: usize, bounds: &[[f32; 2]]| {
            let p = Sections { len: dim(len), count: dim(bounds.len()) };
            Case::normal(name, p, 2).fills(vec![Fill::Normal(1.0), Fill::Values(bounds.concat())])
        };
        vec![
            case("one element", 1, &[[0.0, 1.0]]),
            case("with gaps", 200, &[[0.0, 61.0], [64.0, 130.0], [192.0, 200.0]]),
            case("empty, and past the end", 20, &[[3.0, 3.0], [15.0, 40.0]]),
        ]
    },
    tolerance: Tolerance { abs: 2e-5, rel: 2e-5 },
    flops: |p| f64::from(p.len),
};

/// Records the sum of the squares of each section of `x`, `[SECTIONS]`. A section begins at a multiple of [`PART_ALIGN`], and
/// is followed by zeros up to the next one.
///
/// # Errors
/// If `x` has more elements than a buffer may hold.
pub fn squares(plan: &mut Plan, x: &Tensor, sections: &[Range<usize>]) -> Result<Tensor, OpError> {
    limit_elements("sections", &x.shape)?;
    debug_assert!(sections.iter().all(|own| own.start.is_multiple_of(PART_ALIGN)));
    // Stretches as long as the alignment are squared and summed side by side; a section is some of them.
    let stretches = x.len() / PART_ALIGN;
    let sums =
        reduce(plan, &x.view(&[stretches, PART_ALIGN]), &[1], Reduce::SumSquare, false)?.view(&[stretches]);
    let bound = |at: usize| dim(at.div_ceil(PART_ALIGN));
    let bounds: Vec<u32> = sections.iter().flat_map(|own| [bound(own.start), bound(own.end)]).collect();
    let bounds = plan.constant("sections", &[sections.len(), 2], bounds);
    let y = plan.temporary("squares", &[sections.len()], DType::F32);
    let p = Sections { len: dim(stretches), count: dim(sections.len()) };
    plan.push(&SECTIONS, p, &[Some(&sums), Some(&bounds)], &[&y]);
    Ok(y)
}
