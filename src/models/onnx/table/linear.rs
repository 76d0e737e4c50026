//! Matrix products and softmax.

use super::super::error::{Refusal, invalid};
use super::super::known;
use super::super::node::{Node, Outputs};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, expand, narrow};
use crate::ops::matmul::{self, Gemm};
use crate::ops::softmax::{SoftmaxOptions, softmax};

pub(super) static ROWS: &[Row] = &[
    ("Gemm", gemm),
    ("LogSoftmax", |n| normalised(n, true)),
    ("MatMul", product),
    ("Softmax", |n| normalised(n, false)),
];

/// `A` (its one matrix, or a batch of them) times the matrix of input 1, which may be too large to be
/// bound: then block by block, side by side where its rows are columns of the product, else summed.
fn by_blocks(n: &mut Node<'_>, a: &Tensor, settings: &Gemm) -> Result<Option<Tensor>, Refusal> {
    let Some(blocks) = n.blocks(1)?.filter(|blocks| blocks[0].shape.len() == 2) else { return Ok(None) };
    let last = a.shape.len() - 1;
    let inner = if settings.ta { last - 1 } else { last };
    let rows: usize = blocks.iter().map(|b| b.shape[0]).sum();
    if !settings.tb && a.shape[inner] != rows {
        return invalid(format!("{:?} does not fit {rows} rows", a.shape));
    }
    let (mut parts, mut start) = (Vec::new(), 0);
    for block in &blocks {
        let a = if settings.tb { a.clone() } else { narrow(n.plan, a, inner, start, block.shape[0])? };
        parts.push(matmul::matmul(n.plan, &a, block, None, settings)?);
        start += block.shape[0];
    }
    if settings.tb {
        let all: Vec<&Tensor> = parts.iter().collect();
        return Ok(Some(concat(n.plan, &all, last)?));
    }
    let first = parts.remove(0);
    let sum = parts.iter().try_fold(first, |sum, part| binary(n.plan, &sum, part, Op::Add))?;
    Ok(Some(sum))
}

/// NumPy's `matmul`: a vector stands for a row on the left and for a column on the right, and the axes
/// before the last two broadcast.
fn product(n: &mut Node<'_>) -> Outputs {
    let a = n.tensor(0)?;
    if a.shape.len() >= 2
        && let Some(y) = by_blocks(n, &a, &Gemm::NN)?
    {
        return Ok(vec![Value::float(y)]);
    }
    let b = n.tensor(1)?;
    Ok(vec![Value::float(multiplied(n.plan, a, b)?)])
}

/// NumPy's `matmul` of two tensors.
pub(super) fn multiplied(plan: &mut Plan, mut a: Tensor, mut b: Tensor) -> Result<Tensor, Refusal> {
    let (row, column) = (a.shape.len() == 1, b.shape.len() == 1);
    if a.shape.is_empty() || b.shape.is_empty() {
        return invalid("a single number is no matrix");
    }
    if row {
        a = a.view(&[1, a.len()]);
    }
    if column {
        b = b.view(&[b.len(), 1]);
    }
    let (batch_a, batch_b) = (a.shape[..a.shape.len() - 2].to_vec(), b.shape[..b.shape.len() - 2].to_vec());
    if !batch_a.is_empty() && !batch_b.is_empty() && batch_a != batch_b {
        let batch = known::broadcast(&batch_a, &batch_b)?;
        let mut whole = |t: &Tensor| {
            let shape = [&batch, &t.shape[t.shape.len() - 2..]].concat();
            expand(plan, t, &shape)
        };
        (a, b) = (whole(&a)?, whole(&b)?);
    }
    let y = matmul::matmul(plan, &a, &b, None, &Gemm::NN)?;
    let mut shape = y.shape.clone();
    if column {
        shape.pop();
    }
    if row {
        shape.remove(shape.len() - 1 - usize::from(!column));
    }
    Ok(y.view(&shape))
}

/// `alpha·A'·B' + beta·C`, C broadcast.
fn gemm(n: &mut Node<'_>) -> Outputs {
    let (a, b_shape, c) = (n.tensor(0)?, n.value(1)?.shape, n.optional_tensor(2)?);
    if a.shape.len() != 2 || b_shape.len() != 2 {
        return invalid(format!("{:?} and {b_shape:?} are not both matrices", a.shape));
    }
    let settings = Gemm {
        ta: n.int("transA", 0) != 0,
        tb: n.int("transB", 0) != 0,
        alpha: n.float("alpha", 1.0),
        ..Gemm::NN
    };
    let columns = b_shape[usize::from(!settings.tb)];
    let beta = n.float("beta", 1.0);
    let c = c.filter(|_| beta != 0.0);
    let (y, c) = match by_blocks(n, &a, &settings)? {
        Some(y) => (y, c),
        None => {
            // A bias of one value a column is added by the product's own kernel.
            let own = |c: &&Tensor| beta == 1.0 && c.len() == columns && c.shape.last() == Some(&columns);
            let bias = c.as_ref().filter(own).map(|c| c.view(&[columns]));
            let b = n.tensor(1)?;
            let y = matmul::matmul(n.plan, &a, &b, bias.as_ref(), &settings)?;
            (y, c.filter(|_| bias.is_none()))
        }
    };
    let Some(c) = c else { return Ok(vec![Value::float(y)]) };
    if known::broadcast(&y.shape, &c.shape)? != y.shape {
        return invalid(format!("C of shape {:?} does not broadcast to {:?}", c.shape, y.shape));
    }
    let c = if beta == 1.0 { c } else { affine(n.plan, &c, beta, 0.0) };
    Ok(vec![Value::float(binary(n.plan, &y, &c, Op::Add)?)])
}

fn normalised(n: &mut Node<'_>, log: bool) -> Outputs {
    let x = n.tensor(0)?;
    let setting = SoftmaxOptions { log, ..SoftmaxOptions::default() };
    // Before version 13 the axis split the tensor into a matrix whose rows were normalised.
    let old = n.opset < 13;
    let axis = n.axis("axis", if old { 1 } else { -1 }, x.shape.len())?;
    let (rows, cols) = x.shape.split_at(axis);
    let matrix = [rows.iter().product(), cols.iter().product()];
    let y = if old {
        softmax(n.plan, &x.view(&matrix), 1, &setting)?.view(&x.shape)
    } else {
        softmax(n.plan, &x, axis, &setting)?
    };
    Ok(vec![Value::float(y)])
}
