//! Operators of the domain com.microsoft that exporters and optimisers write: fused layers, encoders, and
//! layers in few bits. Source: ONNX Runtime, "Contrib operators".

use super::super::error::{Refusal, invalid, unsupported};
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Elem, Value};
use super::attention::{causal_mask, join_heads, split_heads};
use super::index::gather_from;
use super::linear::multiplied;
use super::quantised::{dequantise, dequantised, dynamic_of, few_bits, quantised, real};
use super::row::Row;
use super::spatial::{average_of, conv_options};
use crate::gpu::Tensor;
use crate::ops::affine::{affine, held_affine};
use crate::ops::binary::{Op, binary};
use crate::ops::conv;
use crate::ops::layout::{concat, narrow, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::{layer_norm_from, rms_norm};
use crate::ops::pool::global_avg_pool;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] = &[
    ("Attention", attention),
    ("BiasGelu", |n| curved(n, Act::GELU)),
    ("DequantizeLinear", dequantised),
    ("DynamicQuantizeMatMul", dynamic_product),
    ("EmbedLayerNormalization", embeddings),
    ("FastGelu", |n| curved(n, Act::GELU_TANH)),
    ("FusedConv", convolution),
    ("FusedMatMul", product),
    ("Gelu", |n| curved(n, Act::GELU)),
    ("MatMulIntegerToFloat", real_product),
    ("MultiHeadAttention", multi_head),
    ("QGemm", few_gemm),
    ("QLinearAdd", |n| few_pair(n, Op::Add)),
    ("QLinearAveragePool", few_average),
    ("QLinearConcat", few_concat),
    ("QLinearGlobalAveragePool", few_global),
    ("QLinearLeakyRelu", |n| few_curved(n, Act::leaky_relu(n.float("alpha", 0.01)))),
    ("QLinearMul", |n| few_pair(n, Op::Multiply)),
    ("QLinearSigmoid", |n| few_curved(n, Act::SIGMOID)),
    ("QLinearSoftmax", few_softmax),
    ("QuantizeLinear", quantised),
    ("QuickGelu", quick_gelu),
    ("SkipLayerNormalization", skipped),
    ("SkipSimplifiedLayerNormalization", skipped_simply),
];

/// An activation of the input, a bias added before if there is one.
fn curved(n: &mut Node<'_>, act: Act) -> Outputs {
    let x = with_bias(n, 0, 1)?;
    Ok(vec![Value::float(activation(n.plan, &x, act))])
}

fn with_bias(n: &mut Node<'_>, x: usize, bias: usize) -> Result<Tensor, Refusal> {
    let (x, bias) = (n.tensor(x)?, n.optional_tensor(bias)?);
    bias.map_or_else(|| Ok(x.clone()), |bias| Ok(binary(n.plan, &x, &bias, Op::Add)?))
}

fn quick_gelu(n: &mut Node<'_>) -> Outputs {
    let (x, alpha) = (n.tensor(0)?, n.float("alpha", 1.702));
    let scaled = affine(n.plan, &x, alpha, 0.0);
    let gate = activation(n.plan, &scaled, Act::SIGMOID);
    Ok(vec![Value::float(binary(n.plan, &x, &gate, Op::Multiply)?)])
}

/// A convolution, another tensor added, and an activation.
fn convolution(n: &mut Node<'_>) -> Outputs {
    let (x, w, b) = (n.tensor(0)?, n.tensor(1)?, n.optional_tensor(2)?);
    let options = conv_options(n, &x, &w)?;
    let mut y = conv::conv(n.plan, &x, &w, b.as_ref(), &options)?;
    if let Some(more) = n.optional_tensor(3)? {
        y = binary(n.plan, &y, &more, Op::Add)?;
    }
    let settings = n.floats("activation_params").unwrap_or_default();
    let setting = |i: usize, default: f32| settings.get(i).copied().unwrap_or(default);
    let y = match n.text("activation", "") {
        "" => y,
        "Relu" => activation(n.plan, &y, Act::RELU),
        "Tanh" => activation(n.plan, &y, Act::TANH),
        "Sigmoid" => activation(n.plan, &y, Act::SIGMOID),
        "LeakyRelu" => activation(n.plan, &y, Act::leaky_relu(setting(0, 0.01))),
        "Clip" => held_affine(n.plan, &y, [1.0, 0.0, setting(0, f32::MIN), setting(1, f32::MAX)]),
        "HardSigmoid" => held_affine(n.plan, &y, [setting(0, 0.2), setting(1, 0.5), 0.0, 1.0]),
        other => return unsupported(format!("the activation {other} is not run")),
    };
    Ok(vec![Value::float(y)])
}

fn product(n: &mut Node<'_>) -> Outputs {
    if n.int("transBatchA", 0) != 0 || n.int("transBatchB", 0) != 0 {
        return unsupported("batches that lie behind the rows are not run");
    }
    let (a, b) = (turned(n, 0, "transA")?, turned(n, 1, "transB")?);
    let y = multiplied(n.plan, a, b)?;
    Ok(vec![Value::float(affine(n.plan, &y, n.float("alpha", 1.0), 0.0))])
}

/// Input `i`, its last two axes in the other order if an attribute says so.
fn turned(n: &mut Node<'_>, i: usize, attribute: &str) -> Result<Tensor, Refusal> {
    let x = n.tensor(i)?;
    let rank = x.shape.len();
    if n.int(attribute, 0) == 0 || rank < 2 {
        return Ok(x);
    }
    let mut order: Vec<usize> = (0..rank).collect();
    order.swap(rank - 2, rank - 1);
    Ok(transpose(n.plan, &x, &order)?)
}

/// The sum of the input, what skips it and a bias.
fn sum_of_skip(n: &mut Node<'_>, bias: usize) -> Result<Tensor, Refusal> {
    let (x, skip) = (with_bias(n, 0, bias)?, n.tensor(1)?);
    Ok(binary(n.plan, &x, &skip, Op::Add)?)
}

fn skipped(n: &mut Node<'_>) -> Outputs {
    let sum = sum_of_skip(n, 4)?;
    let (gamma, beta) = (n.tensor(2)?, n.optional_tensor(3)?);
    let y = layer_norm_from(
        n.plan,
        &sum,
        sum.shape.len() - 1,
        Some(&gamma),
        beta.as_ref(),
        n.float("epsilon", 1e-12),
    )?;
    normalised(n, y, sum)
}

fn skipped_simply(n: &mut Node<'_>) -> Outputs {
    let sum = sum_of_skip(n, 3)?;
    let gamma = n.tensor(2)?;
    let y = rms_norm(n.plan, &sum, sum.shape.len() - 1, Some(&gamma), n.float("epsilon", 1e-12))?;
    normalised(n, y, sum)
}

/// The result, and the sum as the fourth output; mean and deviation between are not given.
fn normalised(n: &Node<'_>, y: Tensor, sum: Tensor) -> Outputs {
    if n.wants(1) || n.wants(2) {
        return unsupported("mean and deviation as outputs are not run");
    }
    let sum = Value::float(sum);
    Ok(vec![Value::float(y), sum.clone(), sum.clone(), sum])
}

/// Rows of a table that ids name, on the plan.
fn rows(n: &mut Node<'_>, table: usize, ids: usize) -> Result<Tensor, Refusal> {
    let picked = gather_from(n, table, ids, 0)?;
    picked.on_plan(n.plan, "embeddings").map_or_else(|| invalid("a table holds no numbers"), Ok)
}

/// Words, positions and segments looked up, added and normalised.
fn embeddings(n: &mut Node<'_>) -> Outputs {
    if n.wants(1) && n.optional(7).is_some() {
        return unsupported("the index of a mask is not made");
    }
    let ids = n.value(0)?;
    let &[batch, length] = &ids.shape[..] else {
        return invalid(format!("ids of shape {:?} must have two axes", ids.shape));
    };
    let mut sum = rows(n, 2, 0)?;
    if n.optional(8).is_some() {
        let positions = rows(n, 3, 8)?;
        sum = binary(n.plan, &sum, &positions, Op::Add)?;
    } else {
        let table = n.tensor(3)?;
        if table.shape.len() != 2 || table.shape[0] < length {
            return invalid(format!("positions {:?} are fewer than the {length} of the input", table.shape));
        }
        let positions = narrow(n.plan, &table, 0, 0, length)?;
        sum = binary(n.plan, &sum, &positions, Op::Add)?;
    }
    if n.optional(1).is_some() && n.optional(4).is_some() {
        let segments = rows(n, 4, 1)?;
        sum = binary(n.plan, &sum, &segments, Op::Add)?;
    }
    let (gamma, beta) = (n.tensor(5)?, n.tensor(6)?);
    let eps = n.float("epsilon", 1e-12);
    let y = layer_norm_from(n.plan, &sum, 2, Some(&gamma), Some(&beta), eps)?;
    let none = Array::ints(Elem::I32, &[batch], vec![0; batch]);
    Ok(vec![Value::float(y), Value::known(none), Value::float(sum)])
}

/// What is added to scores `[B, H, TQ, TK]`: a mask of keys, of queries and keys, or lengths.
fn mask(n: &mut Node<'_>, i: usize, [b, tq, tk]: [usize; 3]) -> Result<Option<Tensor>, Refusal> {
    let Some(value) = n.optional(i) else { return Ok(None) };
    let hidden = n.float("mask_filter_value", -10_000.0);
    if value.shape == [b] && tk != b {
        let lens = n.ints(i)?;
        let seen = lens.iter().flat_map(|&l| (0..tk as i64).map(move |t| t < l));
        let bias: Vec<f32> = seen.map(|seen| if seen { 0.0 } else { hidden }).collect();
        return Ok(Some(n.plan.constant("mask", &[b, 1, 1, tk], bias)));
    }
    let shape = match value.shape[..] {
        [rows, keys] if rows == b && keys == tk => [b, 1, 1, tk],
        [rows, queries, keys] if rows == b && queries == tq && keys == tk => [b, 1, tq, tk],
        _ => return unsupported(format!("a mask of shape {:?} is not run", value.shape)),
    };
    // 1 is seen, 0 hidden.
    let seen = n.number(i)?;
    Ok(Some(affine(n.plan, &seen, -hidden, hidden).view(&shape)))
}

/// Attention of heads `[B, H, T, D]` to `[B, T, H·D]`.
fn attend(
    n: &mut Node<'_>,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    biases: &[Tensor],
) -> Result<Tensor, Refusal> {
    let alpha = match n.float("scale", 0.0) {
        0.0 => 1.0 / (q.shape[3] as f32).sqrt(),
        scale => scale,
    };
    let mut scores = matmul(n.plan, q, k, None, &Gemm { alpha, ..Gemm::NT })?;
    for bias in biases {
        scores = binary(n.plan, &scores, bias, Op::Add)?;
    }
    let weights = softmax(n.plan, &scores, 3, &SoftmaxOptions::default())?;
    n.plan.name(&weights, "probabilities");
    let y = matmul(n.plan, &weights, v, None, &Gemm::NN)?;
    join_heads(n.plan, &y)
}

/// Queries, keys and values of one projection, and what they attend to.
fn attention(n: &mut Node<'_>) -> Outputs {
    if n.optional(4).is_some() {
        return unsupported("keys and values of the past are not run");
    }
    let (x, w, bias) = (n.tensor(0)?, n.tensor(1)?, n.optional_tensor(2)?);
    let count = n.size("num_heads", 0)?;
    let all = multiplied(n.plan, x, w)?;
    let all = match bias {
        Some(bias) => binary(n.plan, &all, &bias, Op::Add)?,
        None => all,
    };
    let &[b, t, width] = &all.shape[..] else {
        return invalid(format!("{:?} must be batch, length and width", all.shape));
    };
    let sizes = match n.list("qkv_hidden_sizes") {
        Some(list) => list.iter().map(|&v| usize::try_from(v).unwrap_or(0)).collect(),
        None => vec![width / 3; 3],
    };
    if sizes.len() != 3 || sizes.iter().sum::<usize>() != width || sizes[0] != sizes[1] {
        return invalid(format!("a width of {width} does not hold queries, keys and values"));
    }
    let mut start = 0;
    let mut parts = Vec::new();
    for size in sizes {
        let part = narrow(n.plan, &all, 2, start, size)?;
        parts.push(split_heads(n.plan, &part, "num_heads", count)?);
        start += size;
    }
    let mut biases: Vec<Tensor> = mask(n, 3, [b, t, t])?.into_iter().chain(n.optional_tensor(5)?).collect();
    if n.int("unidirectional", 0) != 0 {
        biases.push(causal_mask(n.plan, [t, t], 0));
    }
    let y = attend(n, &parts[0], &parts[1], &parts[2], &biases)?;
    Ok(vec![Value::float(y)])
}

/// Queries, keys and values that are projected already.
fn multi_head(n: &mut Node<'_>) -> Outputs {
    if n.optional(6).is_some() || n.optional(7).is_some() {
        return unsupported("keys and values of the past are not run");
    }
    let (Some(_), Some(_)) = (n.optional(1), n.optional(2)) else {
        return unsupported("queries, keys and values packed in one input are not run");
    };
    let count = n.size("num_heads", 0)?;
    let bias = n.optional_tensor(3)?;
    let mut parts = Vec::new();
    let mut start = 0;
    for i in 0..3 {
        let mut part = n.tensor(i)?;
        if part.shape.len() == 4 && i > 0 {
            parts.push(part);
            continue;
        }
        if let (Some(bias), Some(&width)) = (&bias, part.shape.last()) {
            let own = narrow(n.plan, bias, 0, start, width)?;
            start += width;
            part = binary(n.plan, &part, &own, Op::Add)?;
        }
        parts.push(split_heads(n.plan, &part, "num_heads", count)?);
    }
    let (b, tq, tk) = (parts[0].shape[0], parts[0].shape[2], parts[1].shape[2]);
    let mut biases: Vec<Tensor> = mask(n, 4, [b, tq, tk])?.into_iter().chain(n.optional_tensor(5)?).collect();
    if n.int("unidirectional", 0) != 0 {
        biases.push(causal_mask(n.plan, [tq, tk], tk.saturating_sub(tq)));
    }
    let y = attend(n, &parts[0], &parts[1], &parts[2], &biases)?;
    Ok(vec![Value::float(y)])
}

/// Two tensors in few bits, combined.
fn few_pair(n: &mut Node<'_>, op: Op) -> Outputs {
    let (a, b) = (real(n, 0)?, real(n, 3)?);
    let y = binary(n.plan, &a, &b, op)?;
    few_bits(n, &y, 6)
}

fn few_curved(n: &mut Node<'_>, act: Act) -> Outputs {
    let x = real(n, 0)?;
    let y = activation(n.plan, &x, act);
    few_bits(n, &y, 3)
}

fn few_softmax(n: &mut Node<'_>) -> Outputs {
    let x = real(n, 0)?;
    let axis = n.axis("axis", -1, x.shape.len())?;
    if n.int("opset", 13) < 13 {
        return unsupported("rows of a matrix, as before version 13, are not run");
    }
    let y = softmax(n.plan, &x, axis, &SoftmaxOptions::default())?;
    few_bits(n, &y, 3)
}

fn few_average(n: &mut Node<'_>) -> Outputs {
    by_channels(n)?;
    let x = real(n, 0)?;
    let y = average_of(n, &x)?;
    few_bits(n, &y, 3)
}

fn few_global(n: &mut Node<'_>) -> Outputs {
    by_channels(n)?;
    let x = real(n, 0)?;
    let y = global_avg_pool(n.plan, &x)?;
    few_bits(n, &y, 3)
}

fn by_channels(n: &Node<'_>) -> Result<(), Refusal> {
    match n.int("channels_last", 0) {
        0 => Ok(()),
        _ => unsupported("channels behind the pixels are not run"),
    }
}

fn few_concat(n: &mut Node<'_>) -> Outputs {
    let count = n.count().saturating_sub(2) / 3;
    let mut parts = Vec::new();
    for i in 0..count {
        parts.push(real(n, 2 + 3 * i)?);
    }
    let Some(first) = parts.first() else { return invalid("there is nothing to join") };
    let axis = n.axis("axis", 0, first.shape.len())?;
    let all: Vec<&Tensor> = parts.iter().collect();
    let y = concat(n.plan, &all, axis)?;
    few_bits(n, &y, 0)
}

/// `alpha·A'·B' + C` in few bits, C in steps of both scales.
fn few_gemm(n: &mut Node<'_>) -> Outputs {
    let (a, b) = (real(n, 0)?, real(n, 3)?);
    let settings = Gemm {
        ta: n.int("transA", 0) != 0,
        tb: n.int("transB", 0) != 0,
        alpha: n.float("alpha", 1.0),
        ..Gemm::NN
    };
    let mut y = matmul(n.plan, &a, &b, None, &settings)?;
    if n.optional(6).is_some() {
        let (bias, scale_a, scale_b) = (n.number(6)?, n.number(1)?.view(&[1]), n.number(4)?);
        let step = binary(n.plan, &scale_a, &scale_b.view(&[scale_b.len()]), Op::Multiply)?;
        let step = affine(n.plan, &step, settings.alpha, 0.0);
        let bias = binary(n.plan, &bias, &step, Op::Multiply)?;
        y = binary(n.plan, &y, &bias, Op::Add)?;
    }
    if n.optional(7).is_none() {
        return Ok(vec![Value::float(y)]);
    }
    few_bits(n, &y, 7)
}

/// A product of floats that are brought to eight bits on the way.
fn dynamic_product(n: &mut Node<'_>) -> Outputs {
    let x = n.tensor(0)?;
    let (q, scale, zero) = dynamic_of(n.plan, &x)?;
    let a = dequantise(n.plan, &q, &scale, Some(&zero))?;
    let (b, scale_b) = (n.number(1)?, n.number(2)?);
    let zero_b = n.optional_number(3)?;
    let b = dequantise(n.plan, &b, &scale_b, zero_b.as_ref())?;
    let y = multiplied(n.plan, a, b)?;
    added(n, y, 4)
}

/// A product of whole numbers, in steps of both scales.
fn real_product(n: &mut Node<'_>) -> Outputs {
    let (a, b, scale_a, scale_b) = (n.number(0)?, n.number(1)?, n.number(2)?, n.number(3)?);
    let (zero_a, zero_b) = (n.optional_number(4)?, n.optional_number(5)?);
    let a = dequantise(n.plan, &a, &scale_a, zero_a.as_ref())?;
    let b = dequantise(n.plan, &b, &scale_b, zero_b.as_ref())?;
    let y = multiplied(n.plan, a, b)?;
    added(n, y, 6)
}

fn added(n: &mut Node<'_>, y: Tensor, bias: usize) -> Outputs {
    let y = match n.optional_tensor(bias)? {
        Some(bias) => binary(n.plan, &y, &bias, Op::Add)?,
        None => y,
    };
    Ok(vec![Value::float(y)])
}
