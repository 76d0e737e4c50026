//! A straight line held between two bounds, `y = min(max(scale·x + shift, lo), hi)`: scaling, negation,
//! clipping, hard sigmoids.

use super::arithmetic::number;
use super::dim;
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};

crate::params! {
    /// `y = min(max(scale·x + shift, lo), hi)`.
    Affine {
        /// Elements.
        len: u32,
        /// Factor.
        scale: f32,
        /// Added.
        shift: f32,
        /// Smallest result.
        lo: f32,
        /// Largest result.
        hi: f32,
    }
}

/// A straight line, held between two bounds.
pub static AFFINE: Kernel<Affine> = Kernel {
    name: "affine",
    about: "y = min(max(scale·x + shift, lo), hi)",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let [scale, shift, lo, hi] = [p.scale, p.shift, p.lo, p.hi].map(f64::from);
        for (y, &x) in outs[0].iter_mut().zip(ins[0]) {
            let line = scale * x + shift;
            let raised = if line < lo { lo } else { line };
            *y = if raised > hi { hi } else { raised };
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        if p.lo == f32::NEG_INFINITY && p.hi == f32::INFINITY {
            return vec![Some(affine(plan, dy, p.scale, 0.0))];
        }
        let dx = plan.temporary("d affine", &[p.len as usize], dy.dtype);
        plan.push(&AFFINE_BACKWARD, *p, &[Some(step.input(0)), Some(dy)], &[&dx]);
        vec![Some(dx)]
    }),
    trace: Some(|p, ins, _, index| {
        let x = f64::from(ins[0][index]);
        let [scale, shift] = [p.scale, p.shift].map(f64::from);
        let [lo, hi] = [p.lo, p.hi].map(f64::from);
        let sum = scale * x + shift;
        let mut lines = Vec::new();
        let clips = p.lo > f32::MIN || p.hi < f32::MAX;
        // Where it only clips, there is no sum to show.
        if !clips || (p.scale, p.shift) != (1.0, 0.0) {
            let [scale, x, shift] = [scale, x, shift].map(number);
            lines.push(format!("{scale}·{x} + {shift} = {}", number(sum)));
        }
        if clips {
            let [value, y] = [sum, sum.max(lo).min(hi)].map(number);
            let at_least = if p.lo > f32::MIN { format!("max({value}, {})", number(lo)) } else { value };
            let within = if p.hi < f32::MAX { format!("min({at_least}, {})", number(hi)) } else { at_least };
            lines.push(format!("{within} = {y}"));
        }
        Trace { reads: vec![(0, index)], lines }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("affine/affine"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || affine_cases(1),
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 2.0 * f64::from(p.len),
};

/// Gradient of [`AFFINE`]: nothing passes where a bound holds.
pub static AFFINE_BACKWARD: Kernel<Affine> = Kernel {
    name: "affine_backward",
    about: "dx = scale·dy where lo < scale·x + shift < hi, otherwise 0",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input("dy", |p| p.len as usize)],
    outs: &[Slot::output("dx", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let [scale, shift, lo, hi] = [p.scale, p.shift, p.lo, p.hi].map(f64::from);
        for ((dx, &x), &dy) in outs[0].iter_mut().zip(ins[0]).zip(ins[1]) {
            let line = scale * x + shift;
            *dx = if line > lo && line < hi { scale * dy } else { 0.0 };
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("affine/affine_backward"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || affine_cases(2),
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 2.0 * f64::from(p.len),
};

fn affine_cases(inputs: usize) -> Vec<Case<Affine>> {
    let case = |name, len, [scale, shift, lo, hi]: [f32; 4]| {
        Case::normal(name, Affine { len, scale, shift, lo, hi }, inputs)
    };
    let free = [-0.5, 0.25, f32::NEG_INFINITY, f32::INFINITY];
    let mut extreme = vec![Fill::Normal(1.0); inputs];
    extreme[0] = Fill::Extreme;
    vec![
        case("one element", 1, free),
        case("line", 133, free),
        case("held", 133, [2.0, 0.1, -0.5, 0.75]),
        case("bounds in the wrong order", 70, [1.0, 0.0, 0.5, -0.5]),
        case("held below", 70, [1.0, 0.0, 0.0, f32::INFINITY]),
        case("extreme", 64, free).fills(extreme),
    ]
}

/// Records `scale·x + shift`.
pub fn affine(plan: &mut Plan, x: &Tensor, scale: f32, shift: f32) -> Tensor {
    held_affine(plan, x, [scale, shift, f32::NEG_INFINITY, f32::INFINITY])
}

/// Records `min(max(x, lo), hi)`.
pub fn clip(plan: &mut Plan, x: &Tensor, lo: f32, hi: f32) -> Tensor {
    held_affine(plan, x, [1.0, 0.0, lo, hi])
}

/// Records `min(max(scale·x + shift, lo), hi)`, given as those four.
pub fn held_affine(plan: &mut Plan, x: &Tensor, [scale, shift, lo, hi]: [f32; 4]) -> Tensor {
    let y = plan.temporary("affine", &x.shape, x.dtype);
    if !x.is_empty() {
        plan.push(&AFFINE, Affine { len: dim(x.len()), scale, shift, lo, hi }, &[Some(x)], &[&y]);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arithmetic_says_what_was_clipped() {
        let lines = |scale, shift, lo, hi, x: f32| {
            let p = Affine { len: 1, scale, shift, lo, hi };
            (AFFINE.trace.expect("it explains itself"))(&p, &[&[x]], 0, 0).lines
        };
        let free = [f32::NEG_INFINITY, f32::INFINITY];
        assert_eq!(lines(2.0, 1.0, free[0], free[1], 3.0), ["2·3 + 1 = 7"]);
        assert_eq!(lines(1.0, 0.0, 0.0, 6.0, -1.5), ["min(max(−1.500, 0), 6) = 0"]);
        assert_eq!(lines(1.0, 0.0, 0.0, free[1], 1.5), ["max(1.500, 0) = 1.500"]);
        assert_eq!(lines(2.0, 1.0, free[0], 6.0, 3.0), ["2·3 + 1 = 7", "min(7, 6) = 6"]);
    }
}
