//! The kernel, its gradients and its recording.

use super::sizes::{Gemm, Matmul};
use crate::gpu::{
    Backward, Case, DType, Fill, Forward, Kernel, Plan, Slot, Summands, Tensor, Tolerance, Trace, Variant,
    always, anywhere, fold,
};
use crate::ops::arithmetic::{number, sum_of_products};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::narrow;
use crate::ops::reduce::sum_to;
use crate::ops::unary::{Act, activation, d_activation};
use crate::ops::{OpError, dim};

fn trace(p: &Matmul, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let pairs: Vec<_> = (0..p.k as usize).map(|k| p.pair(index, k)).collect();
    let terms: Vec<_> = pairs.iter().map(|&(a, b)| (f64::from(ins[0][a]), f64::from(ins[1][b]))).collect();
    let mut lines = sum_of_products(&terms, 4, None);
    let mut value: f64 = terms.iter().map(|(a, b)| a * b).sum();
    let mut reads: Vec<_> = pairs.iter().map(|&(a, _)| (0, a)).collect();
    reads.extend(pairs.iter().map(|&(_, b)| (1, b)));
    if p.alpha != 1.0 {
        let alpha = f64::from(p.alpha);
        lines.push(format!("times {} = {}", number(alpha), number(alpha * value)));
        value *= alpha;
    }
    if p.bias != 0 {
        let column = index % p.n as usize;
        let bias = f64::from(ins[2][column]);
        lines.push(format!("plus the bias {} = {}", number(bias), number(value + bias)));
        value += bias;
        reads.push((2, column));
    }
    if p.act != 0 {
        let act = Act { kind: p.act, a: p.slope };
        lines.push(format!("activation: {}", number(act.apply(value))));
    }
    Trace { reads, lines }
}

/// What an element of y is the sum of, where no activation follows.
fn summed(p: &Matmul, ins: &[&[f64]], index: usize) -> Option<Summands> {
    let product = |k: usize| {
        let (a, b) = p.pair(index, k);
        f64::from(p.alpha) * ins[0][a] * ins[1][b]
    };
    let bias = (p.bias != 0).then(|| ins[2][index % p.n as usize]);
    (p.act == 0).then(|| (0..p.k as usize).map(product).chain(bias).collect())
}

/// Batched matrix product.
pub static MATMUL: Kernel<Matmul> = Kernel {
    name: "matmul",
    about: "y = act(α·A·B + bias), batched, either operand transposed",
    ins: &[
        Slot::input("a", |p| operand(p, p.a_stride, p.m)),
        Slot::input("b", |p| operand(p, p.b_stride, p.n)),
        Slot::input("bias", |p| (p.bias * p.n) as usize),
    ],
    outs: &[Slot::output("y", Matmul::outputs).sums(summed)],
    reference: |p, ins, outs| {
        let act = Act { kind: p.act, a: p.slope };
        for (index, y) in outs[0].iter_mut().enumerate() {
            let products = (0..p.k as usize).map(|k| p.pair(index, k));
            let sum: f64 = products.map(|(a, b)| ins[0][a] * ins[1][b]).sum();
            let bias = if p.bias != 0 { ins[2][index % p.n as usize] } else { 0.0 };
            *y = act.apply(f64::from(p.alpha) * sum + bias);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the one output has a gradient");
        let dz = &d_sum(plan, p, step, dy);
        let d_bias = step.wanted[2].then(|| sum_of_matrices(plan, dz, p.batch * p.m, p.n));
        vec![
            step.wanted[0].then(|| d_operand(plan, p, step, dz, 0)),
            step.wanted[1].then(|| d_operand(plan, p, step, dz, 1)),
            d_bias,
        ]
    }),
    trace: Some(trace),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("matmul/matmul"),
            groups: |p| fold(p.outputs(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "tile",
            shader: crate::shader!("matmul/matmul_tile"),
            groups: |p| fold(p.tiles(64, 64), 1),
            // Below that most of a tile is past the edges, or there are too few products to fill it.
            fits: |p, profile| !profile.software && p.m.min(p.n) >= 32 && p.k >= 16,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("matmul/matmul_rows"),
            groups: |p| fold(p.tiles(8, 8), 8),
            fits: |p, profile| profile.software && p.outputs() >= 64,
            // Mesa's software adapters end all loops of an invocation after 65,535 turns.
            can: |p| p.k <= 65_000,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("matmul/matmul_rows4"),
            groups: |p| fold(p.tiles(16, 8), 8),
            fits: |_, profile| profile.software,
            can: Matmul::by_fours,
        },
    ],
    cases,
    tolerance: Tolerance { abs: 2e-4, rel: 1e-4 },
    flops: |p| 2.0 * p.outputs() as f64 * f64::from(p.k),
};

/// Gradient of the sum with bias from that of `y`, which the activation has passed through.
fn d_sum(plan: &mut Plan, p: &Matmul, step: &Forward<'_>, dy: &Tensor) -> Tensor {
    let act = Act { kind: p.act, a: p.slope };
    if act.kind == Act::IDENTITY.kind {
        return dy.clone();
    }
    // Of a ReLU, the output tells as much as the sum; the others' sums are computed once more.
    if act.slope_from_output() {
        return d_activation(plan, &step.outs[0], dy, act);
    }
    let z = plan.temporary("sum before the activation", &[p.outputs()], DType::F32);
    let ins: Vec<_> = step.ins.iter().map(Option::as_ref).collect();
    plan.push(&MATMUL, Matmul { act: 0, ..*p }, &ins, &[&z]);
    d_activation(plan, &z, dy, act)
}

/// Gradient of operand 0, `α·dz·Bᵀ`, or 1, `α·Aᵀ·dz`; transposed as a whole if the operand lies so. If
/// the batch shares the operand, summed over the batch.
fn d_operand(plan: &mut Plan, p: &Matmul, step: &Forward<'_>, dz: &Tensor, which: usize) -> Tensor {
    let [batch, m, n, k] = [p.batch, p.m, p.n, p.k].map(|v| v as usize);
    let transposed = [p.ta != 0, p.tb != 0];
    let shape = |[rows, columns]: [usize; 2], turned, shared| {
        let matrix = if turned { [columns, rows] } else { [rows, columns] };
        if shared { matrix.to_vec() } else { [&[batch][..], &matrix].concat() }
    };
    let shapes = [
        shape([m, k], transposed[0], p.a_stride == 0 && batch > 1),
        shape([k, n], transposed[1], p.b_stride == 0 && batch > 1),
    ];
    let other = step.input(1 - which).view(&shapes[1 - which]);
    let dz = dz.view(&[batch, m, n]);
    // dA = dz·Bᵀ and dB = Aᵀ·dz; dAᵀ = B·dzᵀ and dBᵀ = dzᵀ·A.
    let dz_first = (which == 0) != transposed[which];
    let (dz_turned, other_turned) = (transposed[which], transposed[0] == transposed[1]);
    let d = if dz_first {
        matmul(plan, &dz, &other, None, &Gemm { ta: dz_turned, tb: other_turned, alpha: p.alpha, ..Gemm::NN })
    } else {
        matmul(plan, &other, &dz, None, &Gemm { ta: other_turned, tb: dz_turned, alpha: p.alpha, ..Gemm::NN })
    };
    let d = d.expect("shapes of a product fit those of its gradients");
    let len: usize = shapes[which].iter().product();
    sum_of_matrices(plan, &d, dim(d.len() / len), dim(len))
}

/// Sum of `count` neighbouring stretches of `len` elements, `[LEN]`.
fn sum_of_matrices(plan: &mut Plan, x: &Tensor, count: u32, len: u32) -> Tensor {
    let [count, len] = [count, len].map(|v| v as usize);
    sum_to(plan, &x.view(&[count, len]), &[1, len]).view(&[len])
}

/// Elements of an operand with `other` rows or columns beside K.
fn operand(p: &Matmul, stride: u32, other: u32) -> usize {
    if stride == 0 { other as usize * p.k as usize } else { p.batch as usize * stride as usize }
}

fn cases() -> Vec<Case<Matmul>> {
    let make = |name, a: &[usize], b: &[usize], bias: bool, gemm: Gemm| {
        let n = if gemm.tb { b[b.len() - 2] } else { b[b.len() - 1] };
        let params = Matmul::new(a, b, bias.then_some(&[n]), &gemm).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let (nn, nt, tn) = (Gemm::NN, Gemm::NT, Gemm::TN);
    let tt = Gemm { ta: true, ..nt };
    let leaky = Act::leaky_relu(0.1);
    vec![
        make("one element", &[1, 1], &[1, 1], false, nn),
        make("one element with bias", &[1, 1], &[1, 1], true, nn),
        make("row by column", &[1, 37], &[37, 1], false, nn),
        make("column by row", &[37, 1], &[1, 37], true, nn),
        make("odd sizes", &[13, 29], &[29, 19], true, nn),
        make("odd sizes, b transposed", &[13, 29], &[19, 29], false, nt),
        make("odd sizes, a transposed", &[29, 13], &[29, 19], false, tn),
        make("odd sizes, both transposed", &[29, 13], &[19, 29], true, tt),
        make("multiples of four", &[20, 36], &[36, 28], true, nn),
        make("multiples of four, b transposed", &[20, 36], &[28, 36], false, nt),
        make("multiples of four, a transposed", &[36, 20], &[36, 28], false, tn),
        make("multiples of four, both transposed", &[36, 20], &[28, 36], true, tt),
        make("past one tile", &[70, 40], &[40, 132], false, nn),
        make("past one tile, b transposed", &[67, 33], &[130, 33], false, nt),
        make("batch", &[3, 9, 20], &[3, 20, 12], true, nn),
        make("batch, b transposed", &[5, 16, 8], &[5, 24, 8], false, Gemm { alpha: 0.125, ..nt }),
        make("batch with one b", &[3, 2, 5, 8], &[8, 12], true, nn),
        make("batch with one a", &[7, 8], &[4, 8, 12], false, nn),
        make("batch with one b, a transposed", &[3, 8, 12], &[8, 16], false, tn),
        make("batch with one a, a transposed", &[8, 7], &[4, 8, 12], false, Gemm { alpha: 0.5, ..tn }),
        make("batch with one a, both transposed", &[8, 7], &[4, 12, 8], true, tt),
        make("batch with one b, both transposed", &[3, 8, 12], &[16, 8], false, Gemm { alpha: 0.5, ..tt }),
        make("batch, a transposed", &[3, 8, 5], &[3, 8, 6], true, tn),
        make("batch, both transposed", &[3, 8, 5], &[3, 6, 8], true, tt),
        make("ReLU epilogue", &[5, 6], &[6, 7], true, Gemm { act: Act::RELU, ..nn }),
        make("leaky ReLU epilogue, b transposed", &[5, 6], &[7, 6], true, Gemm { act: leaky, ..nt }),
        make("tanh epilogue, batch", &[2, 5, 6], &[2, 6, 7], true, Gemm { act: Act::TANH, ..nn }),
        make("GELU epilogue", &[24, 16], &[32, 16], true, Gemm { act: Act::GELU, ..nt }),
        make("long sum", &[1, 70_000], &[70_000, 1], false, Gemm { alpha: 0.01, ..nn }),
        make("longest sum of one step", &[2, MAX_K], &[MAX_K, 1], false, Gemm { alpha: 0.01, ..nn }),
        make("extreme values", &[12, 16], &[16, 20], true, nn).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Const(0.0),
        ]),
        make("64x192 by 768x192, a layer of a small transformer", &[64, 192], &[768, 192], true, nt),
        make("256³", &[256, 256], &[256, 256], false, nn).timed(),
        make("256³, b transposed", &[256, 256], &[256, 256], false, nt).timed(),
        make("512³", &[512, 512], &[512, 512], false, nn).timed(),
    ]
}

/// Longest sum of one step: Mesa's software adapters end all loops of an invocation after 65,535 turns,
/// of four products each.
const MAX_K: usize = 1 << 17;

/// Records a matrix product.
///
/// `a [.., M, K]` and `b [.., K, N]` (transposed: `[.., K, M]`, `[.., N, K]`), `bias [N]`; the batch
/// axes are equal or absent in one operand. Returns `y [.., M, N]`.
pub fn matmul(
    plan: &mut Plan,
    a: &Tensor,
    b: &Tensor,
    bias: Option<&Tensor>,
    gemm: &Gemm,
) -> Result<Tensor, OpError> {
    let p = Matmul::new(&a.shape, &b.shape, bias.map(|t| t.shape.as_slice()), gemm)?;
    if p.k as usize > MAX_K {
        return matmul_in_parts(plan, a, b, bias, gemm, p.k as usize);
    }
    let batch = if a.shape.len() > 2 { &a.shape } else { &b.shape };
    let mut shape = batch[..batch.len() - 2].to_vec();
    let rows = a.shape[a.shape.len() - if gemm.ta { 1 } else { 2 }];
    shape.extend([rows, p.n as usize]);
    let y = plan.temporary("product", &shape, DType::F32);
    plan.push(&MATMUL, p, &[Some(a), Some(b), bias], &[&y]);
    Ok(y)
}

/// The sum of the products of stretches of K, short enough each; then bias and activation.
fn matmul_in_parts(
    plan: &mut Plan,
    a: &Tensor,
    b: &Tensor,
    bias: Option<&Tensor>,
    gemm: &Gemm,
    k: usize,
) -> Result<Tensor, OpError> {
    let axis = |x: &Tensor, second_last: bool| x.shape.len() - if second_last { 2 } else { 1 };
    let linear = Gemm { act: Act::IDENTITY, ..*gemm };
    let mut sum: Option<Tensor> = None;
    for first in (0..k).step_by(MAX_K) {
        let len = MAX_K.min(k - first);
        let part_a = narrow(plan, a, axis(a, gemm.ta), first, len)?;
        let part_b = narrow(plan, b, axis(b, !gemm.tb), first, len)?;
        let part = matmul(plan, &part_a, &part_b, None, &linear)?;
        sum = Some(match sum {
            Some(before) => binary(plan, &before, &part, Op::Add)?,
            None => part,
        });
    }
    let mut y = sum.expect("the shape rule refused an inner size of 0");
    if let Some(bias) = bias {
        y = binary(plan, &y, bias, Op::Add)?;
    }
    Ok(if gemm.act == Act::IDENTITY { y } else { activation(plan, &y, gemm.act) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;

    fn product(a: (&[usize], &[f64]), b: (&[usize], &[f64]), gemm: &Gemm) -> Vec<f64> {
        let p = Matmul::new(a.0, b.0, None, gemm).unwrap();
        reference::run_kernel(&MATMUL, bytemuck::bytes_of(&p), &[a.1, b.1, &[]]).remove(0)
    }

    #[test]
    fn the_identity_returns_the_other_operand() {
        let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let b = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        for gemm in [Gemm::NN, Gemm::TN] {
            assert_eq!(product((&[3, 3], &identity), (&[3, 2], &b), &gemm), b);
        }
        let transposed = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0];
        assert_eq!(product((&[3, 3], &identity), (&[2, 3], &transposed), &Gemm::NT), b);
    }

    #[test]
    fn one_matrix_serves_a_batch() {
        let a = [1.0, 2.0, 3.0, 4.0];
        let turn = [0.0, 1.0, 1.0, 0.0];
        let both = [a, a].concat();
        let want = [2.0, 1.0, 4.0, 3.0, 2.0, 1.0, 4.0, 3.0];
        assert_eq!(product((&[2, 2, 2], &both), (&[2, 2], &turn), &Gemm::NN), want);
        let turned = [3.0, 4.0, 1.0, 2.0];
        assert_eq!(product((&[2, 2], &turn), (&[2, 2, 2], &both), &Gemm::NN), [turned, turned].concat());
    }

    #[test]
    fn long_sums_and_gradients_of_many_rows_come_in_parts() {
        let rows = MAX_K + 3;
        let mut plan = Plan::new();
        let x = plan.constant("x", &[rows, 2], (0..2 * rows).map(|i| (i % 3) as f32).collect::<Vec<_>>());
        let w = plan.constant("w", &[2, 1], vec![1.0_f32, 2.0]);
        let bias = plan.constant("bias", &[2], vec![0.5_f32, -0.5]);
        let y = matmul(&mut plan, &x, &w, None, &Gemm::NN).unwrap();
        let dw = crate::ops::gradient::backward(&mut plan, &y, None, &[&w]).unwrap().of(&w).unwrap();
        let gemm = Gemm { act: Act::RELU, ..Gemm::TN };
        let squares = matmul(&mut plan, &x, &x, Some(&bias), &gemm).unwrap();
        assert!(plan.steps.iter().all(|step| match step.kernel.name() {
            "matmul" => bytemuck::pod_read_unaligned::<Matmul>(&step.params).k as usize <= MAX_K,
            _ => true,
        }));
        let values = reference::run(&plan, &std::collections::BTreeMap::new());
        let column = |c: usize| (0..rows).map(move |r| ((2 * r + c) % 3) as f64);
        assert_eq!(values[dw.buf.0], [column(0).sum::<f64>(), column(1).sum()]);
        let dot = |i: usize, j: usize| column(i).zip(column(j)).map(|(a, b)| a * b).sum::<f64>();
        let want = [dot(0, 0) + 0.5, dot(0, 1) - 0.5, dot(1, 0) + 0.5, dot(1, 1) - 0.5];
        assert_eq!(values[squares.buf.0], want);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let refused = |a: &[usize], b: &[usize], gemm| Matmul::new(a, b, None, &gemm).is_err();
        assert!(refused(&[2, 3], &[2, 3], Gemm::NN));
        assert!(!refused(&[2, 3], &[2, 3], Gemm::NT));
        assert!(refused(&[2, 2, 3], &[3, 3, 2], Gemm::NN));
        assert!(refused(&[3], &[3, 2], Gemm::NN));
        assert!(refused(&[0, 3], &[3, 2], Gemm::NN));
    }
}
