//! Attention and rotary positions, stage by stage, so that scores and probabilities can be looked at.
//!
//! `Y = softmax(cap(scale·Q·Kᵀ) + bias)·V` with `Q [B, H, TQ, D]`, `K [B, HK, TK, D]`,
//! `V [B, HK, TK, DV]`; each head of keys serves H/HK heads of queries. Three axes `[B, T, H·D]` hold the
//! heads one after the other in the last. Source: ONNX operators Attention 23 and RotaryEmbedding 23.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Elem, Numbers, Value};
use super::row::Row;
use crate::gpu::{Data, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, expand, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::position::{RotarySettings, rotary_embedding};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] = &[("Attention", attention), ("RotaryEmbedding", rotary)];

/// `[B, H, T, D]` of an input that has its heads as an axis or within the last one.
fn heads(n: &mut Node<'_>, x: &Tensor, count: &str) -> Result<Tensor, Refusal> {
    match *x.shape.as_slice() {
        [_, _, _, _] => Ok(x.clone()),
        [b, t, width] => {
            let h = n.size(count, 0)?;
            if h == 0 || !width.is_multiple_of(h) {
                return invalid(format!("{count} is {h}, which does not divide a width of {width}"));
            }
            Ok(transpose(n.plan, &x.view(&[b, t, h, width / h]), &[0, 2, 1, 3])?)
        }
        _ => invalid(format!("the shape {:?} has neither three nor four axes", x.shape)),
    }
}

/// Each head of `[B, HK, T, D]` so often that there are `h` of them.
fn shared(n: &mut Node<'_>, x: &Tensor, h: usize) -> Result<Tensor, Refusal> {
    let (b, hk, t, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
    if hk == 0 || !h.is_multiple_of(hk) {
        return invalid(format!("{hk} heads of keys do not divide {h} heads of queries"));
    }
    let groups = expand(n.plan, &x.view(&[b, hk, 1, t, d]), &[b, hk, h / hk, t, d])?;
    Ok(groups.view(&[b, h, t, d]))
}

/// What is added to the scores, and, if some query may look at nothing, which may look at something.
struct Bias {
    bias: Option<Tensor>,
    alive: Option<Tensor>,
}

/// The bias of the mask and of looking at no later key, `[.., TQ, TK]`.
fn bias(n: &mut Node<'_>, past: usize, [tq, tk]: [usize; 2]) -> Result<Bias, Refusal> {
    let none = f64::from(f32::NEG_INFINITY);
    let causal = n.int("is_causal", 0) != 0;
    limit_known(tq * tk)?;
    let later = |i: usize| i % tk > i / tk % tq + past;
    let mask = n.optional(3);
    if let Some(mask) = &mask
        && let (Some(_), true) = (&mask.tensor, mask.elem.is_float())
    {
        let mut sum = n.tensor(3)?;
        if sum.shape.last() != Some(&tk) {
            return unsupported(format!("a mask of shape {:?} is shorter than the {tk} keys", sum.shape));
        }
        if causal {
            let ahead: Vec<f32> =
                (0..tq * tk).map(|i| if later(i) { f32::NEG_INFINITY } else { 0.0 }).collect();
            let ahead = n.plan.constant("causal mask", &[tq, tk], ahead);
            sum = binary(n.plan, &sum, &ahead, Op::Add)?;
        }
        return Ok(Bias { bias: Some(sum), alive: None });
    }
    // Booleans, or no mask: all is known, and queries that may look at nothing as well.
    let mask = match mask {
        Some(value) => n.known(3).map(|array| Array { shape: value.shape, ..array })?,
        None if !causal => return Ok(Bias { bias: None, alive: None }),
        None => Array::ints(Elem::Bool, &[1, 1], vec![1_i64]),
    };
    let shape = known::broadcast(&mask.shape, &[tq, tk])?;
    if !shape.ends_with(&[tq, tk]) {
        return invalid(format!("a mask of shape {:?} does not fit {tq} queries and {tk} keys", mask.shape));
    }
    let allowed = known::expand(&mask, &shape)?;
    let mut values: Vec<f64> = match &allowed.numbers {
        Numbers::Ints(may) => may.iter().map(|&v| if v == 0 { none } else { 0.0 }).collect(),
        Numbers::Floats(bias) => bias.iter().map(|&v| v.into()).collect(),
    };
    if causal {
        values.iter_mut().enumerate().filter(|(i, _)| later(*i)).for_each(|(_, v)| *v = none);
    }
    let rows: Vec<f32> =
        values.chunks(tk.max(1)).map(|row| f32::from(row.iter().any(|&v| v != none))).collect();
    for (row, alive) in values.chunks_mut(tk.max(1)).zip(&rows) {
        // A softmax over nothing is no number; its result is replaced by zeros.
        if *alive == 0.0 {
            row.fill(0.0);
        }
    }
    let alive = rows.contains(&0.0).then(|| {
        let shape = [&shape[..shape.len() - 1], &[1]].concat();
        n.plan.constant("queries that see a key", &shape, rows)
    });
    let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    Ok(Bias { bias: Some(n.plan.constant("mask", &shape, values)), alive })
}

fn attention(n: &mut Node<'_>) -> Outputs {
    let (q_in, k_in, v_in) = (n.tensor(0)?, n.tensor(1)?, n.tensor(2)?);
    if n.optional(6).is_some() {
        return unsupported("nonpad_kv_seqlen is not run: mask the padding instead");
    }
    let q = heads(n, &q_in, "q_num_heads")?;
    let (mut k, mut v) = (heads(n, &k_in, "kv_num_heads")?, heads(n, &v_in, "kv_num_heads")?);
    let mut past = 0;
    if let (Some(key), Some(value)) = (n.optional_tensor(4)?, n.optional_tensor(5)?) {
        past = key.shape.get(2).copied().unwrap_or(0);
        (k, v) = (concat(n.plan, &[&key, &k], 2)?, concat(n.plan, &[&value, &v], 2)?);
    }
    let present = [k.clone(), v.clone()];
    let (h, tq, d, tk) = (q.shape[1], q.shape[2], q.shape[3], k.shape[2]);
    if k.shape[1] != h {
        (k, v) = (shared(n, &k, h)?, shared(n, &v, h)?);
    }
    let alpha = if n.has("scale") { n.float("scale", 1.0) } else { 1.0 / (d as f32).sqrt() };
    let raw = matmul(n.plan, &q, &k, None, &Gemm { alpha, ..Gemm::NT })?;
    n.plan.name(&raw, "scores");
    let cap = n.float("softcap", 0.0);
    let capped = if cap == 0.0 {
        raw.clone()
    } else {
        let inside = affine(n.plan, &raw, 1.0 / cap, 0.0);
        let curved = activation(n.plan, &inside, Act::TANH);
        affine(n.plan, &curved, cap, 0.0)
    };
    let Bias { bias, alive } = bias(n, past, [tq, tk])?;
    let masked = match bias {
        Some(bias) => binary(n.plan, &capped, &bias, Op::Add)?,
        None => capped.clone(),
    };
    let mut weights = softmax(n.plan, &masked, 3, &SoftmaxOptions::default())?;
    if let Some(alive) = alive {
        weights = binary(n.plan, &weights, &alive, Op::Multiply)?;
    }
    n.plan.name(&weights, "probabilities");
    let mut y = matmul(n.plan, &weights, &v, None, &Gemm::NN)?;
    if q_in.shape.len() == 3 {
        let (b, dv) = (y.shape[0], y.shape[3]);
        y = transpose(n.plan, &y, &[0, 2, 1, 3])?.view(&[b, tq, h * dv]);
    }
    let stage = match n.int("qk_matmul_output_mode", 0) {
        0 => raw,
        1 => capped,
        2 => masked,
        3 => weights,
        other => return invalid(format!("qk_matmul_output_mode is {other}, and 0 to 3 exist")),
    };
    let [k, v] = present;
    Ok([y, k, v, stage].map(Value::float).into())
}

/// Turns pairs of channels by an angle that grows with the position.
fn rotary(n: &mut Node<'_>) -> Outputs {
    let (x, cosine, sine) = (n.tensor(0)?, n.tensor(1)?, n.tensor(2)?);
    let rows = cosine.len() / cosine.shape.last().copied().unwrap_or(1).max(1);
    let ids = match n.optional_ints(3)? {
        Some(list) => {
            let row = |&p: &i64| u32::try_from(p).ok().filter(|&p| (p as usize) < rows);
            let Some(ids) = list.iter().map(row).collect::<Option<Vec<u32>>>() else {
                return invalid(format!("a position lies outside of the {rows} in the cache"));
            };
            Some(n.plan.constant("positions", &[ids.len()], Data::U32(ids.into())))
        }
        None => None,
    };
    let some = |size: usize| Some(size).filter(|&size| size > 0);
    let settings = RotarySettings {
        heads: some(n.size("num_heads", 0)?),
        turned: some(n.size("rotary_embedding_dim", 0)?),
        interleaved: n.int("interleaved", 0) != 0,
    };
    let y = rotary_embedding(n.plan, &x, [&cosine, &sine], ids.as_ref(), &settings)?;
    Ok(vec![Value::float(y)])
}
