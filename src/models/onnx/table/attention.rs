//! Attention, rotary positions and caches of keys, stage by stage, so that scores and probabilities can be looked at.
//!
//! `Y = softmax(cap(scale·Q·Kᵀ) + bias)·V` with `Q [B, H, TQ, D]`, `K [B, HK, TK, D]`,
//! `V [B, HK, TK, DV]`; each head of keys serves H/HK heads of queries. Three axes `[B, T, H·D]` hold the
//! heads one after the other in the last. Source: ONNX operators Attention 23 and RotaryEmbedding 23,
//! TensorScatter 24.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Elem, Numbers, Value};
use super::index::moved;
use super::row::Row;
use crate::gpu::{Data, Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, expand, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::position::{RotarySettings, rotary_embedding};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] =
    &[("Attention", attention), ("RotaryEmbedding", rotary), ("TensorScatter", cached)];

/// `[B, H, T, D]` of an input that has its heads as an axis or within the last one.
fn heads(n: &mut Node<'_>, x: &Tensor, count: &str) -> Result<Tensor, Refusal> {
    match x.shape.len() {
        4 => Ok(x.clone()),
        3 => {
            let h = n.size(count, 0)?;
            split_heads(n.plan, x, count, h)
        }
        _ => invalid(format!("the shape {:?} has neither three nor four axes", x.shape)),
    }
}

/// `[B, H, T, D]` of `[B, T, H·D]`; `name` is what the node calls H.
pub(super) fn split_heads(plan: &mut Plan, x: &Tensor, name: &str, h: usize) -> Result<Tensor, Refusal> {
    let &[b, t, width] = &x.shape[..] else {
        return invalid(format!("{:?} must be batch, length and width", x.shape));
    };
    if h == 0 || !width.is_multiple_of(h) {
        return invalid(format!("{name} is {h}, which does not divide a width of {width}"));
    }
    Ok(transpose(plan, &x.view(&[b, t, h, width / h]), &[0, 2, 1, 3])?)
}

/// `[B, T, H·D]` of `[B, H, T, D]`.
pub(super) fn join_heads(plan: &mut Plan, x: &Tensor) -> Result<Tensor, Refusal> {
    let [b, h, t, d] = [0, 1, 2, 3].map(|axis| x.shape[axis]);
    Ok(transpose(plan, x, &[0, 2, 1, 3])?.view(&[b, t, h * d]))
}

/// Whether element `i` of scores `[.., TQ, TK]` is of a key behind its query, `past` keys being before the first.
fn is_later(i: usize, [tq, tk]: [usize; 2], past: usize) -> bool {
    i % tk > i / tk % tq + past
}

/// What hides later keys from each query: `[TQ, TK]`.
pub(super) fn causal_mask(plan: &mut Plan, sizes: [usize; 2], past: usize) -> Tensor {
    let hidden = |i| if is_later(i, sizes, past) { f32::NEG_INFINITY } else { 0.0 };
    plan.constant("causal mask", &sizes, (0..sizes[0] * sizes[1]).map(hidden).collect::<Vec<_>>())
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
    let later = |i: usize| is_later(i, [tq, tk], past);
    let mask = n.optional(3);
    if let Some(mask) = &mask
        && let (Some(_), true) = (&mask.tensor, mask.elem.is_float())
    {
        let mut sum = n.tensor(3)?;
        if sum.shape.last() != Some(&tk) {
            return unsupported(format!("a mask of shape {:?} is shorter than the {tk} keys", sum.shape));
        }
        if causal {
            let ahead = causal_mask(n.plan, [tq, tk], past);
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
        y = join_heads(n.plan, &y)?;
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

/// New keys or values written into a cache of fixed length from a place on, for each sample.
fn cached(n: &mut Node<'_>) -> Outputs {
    let (x, update) = (n.value(0)?, n.value(1)?);
    let rank = x.shape.len();
    let axis = n.axis("axis", -2, rank)?;
    let starts = n.optional_ints(2)?.unwrap_or_else(|| vec![0; x.shape[0]]);
    let circular = n.text("mode", "linear") == "circular";
    let (len, new) = (x.shape[axis], update.shape.get(axis).copied().unwrap_or(0));
    let alike = update.shape.len() == rank && (0..rank).all(|i| i == axis || x.shape[i] == update.shape[i]);
    if axis == 0 || !alike || starts.len() != x.shape[0] {
        return invalid(format!("{:?} does not fit into a cache of {:?}", update.shape, x.shape));
    }
    let within = |&s: &i64| s >= 0 && (circular || s as usize + new <= len);
    if new > len || !starts.iter().all(within) {
        return invalid(format!("{new} new elements do not fit into the {len} of the cache"));
    }
    limit_known(x.len() + update.len())?;
    let (old, new_tensor) = (n.number(0)?, n.number(1)?);
    let all = concat(n.plan, &[&old.view(&[old.len()]), &new_tensor.view(&[new_tensor.len()])], 0)?;
    let own = std::cell::Cell::new(0);
    let from = known::places(&x.shape, |c| {
        let place = own.replace(own.get() + 1);
        let start = starts[c[0]] as usize % len.max(1);
        let step = (c[axis] + len - start) % len.max(1);
        if step >= new || (!circular && c[axis] < start) {
            return place;
        }
        old.len() + known::flat_but(c, axis, step, &update.shape)
    });
    Ok(vec![Value::computed(x.elem, moved(n, &all, &from)?.view(&x.shape))])
}
