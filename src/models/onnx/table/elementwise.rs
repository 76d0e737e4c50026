//! Operators that work element by element.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Elem, Value};
use super::row::Row;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::{affine, clip, held_affine};
use crate::ops::binary::{Op, TABLE, binary};
use crate::ops::select::where_;
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] = &[
    ("Abs", |n| act(n, Act::ABS)),
    ("Add", |n| pair(n, &ADD)),
    ("And", |n| pair(n, &AND)),
    ("BitShift", bit_shift),
    ("BitwiseAnd", |n| pair(n, &BITWISE_AND)),
    ("BitwiseOr", |n| pair(n, &BITWISE_OR)),
    ("BitwiseXor", |n| pair(n, &BITWISE_XOR)),
    ("Celu", |n| act(n, Act::celu(n.float("alpha", 1.0)))),
    ("Ceil", |n| each(n, f64::ceil, |p, x| affine_of(p, x, Act::FLOOR, -1.0))),
    ("Clip", clipped),
    ("Cos", |n| act(n, Act::COS)),
    ("Div", |n| pair(n, &DIV)),
    ("Elu", |n| act(n, Act::elu(n.float("alpha", 1.0)))),
    ("Equal", |n| pair(n, &EQUAL)),
    ("Erf", |n| act(n, Act::ERF)),
    ("Exp", |n| act(n, Act::EXP)),
    ("Floor", |n| act(n, Act::FLOOR)),
    ("Gelu", |n| act(n, if n.text("approximate", "none") == "tanh" { Act::GELU_TANH } else { Act::GELU })),
    ("Greater", |n| pair(n, &GREATER)),
    ("GreaterOrEqual", |n| pair(n, &GREATER_OR_EQUAL)),
    ("HardSigmoid", hard_sigmoid),
    ("HardSwish", |n| act(n, Act::HARD_SWISH)),
    ("LeakyRelu", |n| act(n, Act::leaky_relu(n.float("alpha", 0.01)))),
    ("Less", |n| pair(n, &LESS)),
    ("LessOrEqual", |n| pair(n, &LESS_OR_EQUAL)),
    ("Log", |n| act(n, Act::LOG)),
    ("Max", |n| all(n, &MAX)),
    ("Mean", mean),
    ("Min", |n| all(n, &MIN)),
    ("Mish", |n| act(n, Act::MISH)),
    ("Mod", modulo),
    ("Mul", |n| pair(n, &MUL)),
    ("Neg", |n| each(n, |x| -x, |p, x| affine(p, x, -1.0, 0.0))),
    ("Not", |n| each(n, |x| 1.0 - x, |p, x| affine(p, x, -1.0, 1.0))),
    ("Or", |n| pair(n, &OR)),
    ("PRelu", |n| pair(n, &PRELU)),
    ("Pow", |n| pair(n, &POW)),
    ("Reciprocal", |n| act(n, Act::RECIPROCAL)),
    ("Relu", |n| act(n, Act::RELU)),
    ("Selu", selu),
    ("Sigmoid", |n| act(n, Act::SIGMOID)),
    ("Sign", |n| act(n, Act::SIGN)),
    ("Sin", |n| act(n, Act::SIN)),
    ("Softplus", |n| act(n, Act::SOFTPLUS)),
    ("Softsign", |n| act(n, Act::SOFTSIGN)),
    ("Sqrt", |n| act(n, Act::SQRT)),
    ("Sub", |n| pair(n, &SUB)),
    ("Sum", |n| all(n, &ADD)),
    ("Swish", swish),
    ("Tanh", |n| act(n, Act::TANH)),
    ("ThresholdedRelu", |n| act(n, Act::thresholded_relu(n.float("alpha", 1.0)))),
    ("Where", choose),
    ("Xor", |n| pair(n, &XOR)),
];

/// A function of one number: on the CPU where it is known, else recorded.
fn each(n: &mut Node<'_>, f: fn(f64) -> f64, record: fn(&mut Plan, &Tensor) -> Tensor) -> Outputs {
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        return Ok(vec![Value::known(known::each(array, f))]);
    }
    let tensor = if x.elem == Elem::Bool { n.number(0)? } else { n.tensor(0)? };
    Ok(vec![Value::computed(x.elem, record(n.plan, &tensor))])
}

fn act(n: &mut Node<'_>, act: Act) -> Outputs {
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        return Ok(vec![Value::known(known::each(array, |v| act.apply(v)))]);
    }
    let tensor = n.tensor(0)?;
    Ok(vec![Value::computed(x.elem, activation(n.plan, &tensor, act))])
}

/// `scale · act(scale · x)`: the mirror image of a function for a scale of −1.
fn affine_of(plan: &mut Plan, x: &Tensor, act: Act, scale: f32) -> Tensor {
    let inner = affine(plan, x, scale, 0.0);
    let y = activation(plan, &inner, act);
    affine(plan, &y, scale, 0.0)
}

fn hard_sigmoid(n: &mut Node<'_>) -> Outputs {
    let (x, settings) = (n.tensor(0)?, [n.float("alpha", 0.2), n.float("beta", 0.5), 0.0, 1.0]);
    Ok(vec![Value::float(held_affine(n.plan, &x, settings))])
}

fn selu(n: &mut Node<'_>) -> Outputs {
    let (alpha, gamma) = (n.float("alpha", SELU_ALPHA), n.float("gamma", SELU_GAMMA));
    if (alpha, gamma) == (SELU_ALPHA, SELU_GAMMA) {
        return act(n, Act::SELU);
    }
    let x = n.tensor(0)?;
    let y = activation(n.plan, &x, Act::elu(alpha));
    Ok(vec![Value::float(affine(n.plan, &y, gamma, 0.0))])
}

/// The constants of Klambauer et al. 2017, as the operator's schema has them.
const SELU_ALPHA: f32 = 1.673_263_2;
const SELU_GAMMA: f32 = 1.050_701;

/// `x · σ(alpha·x)`.
fn swish(n: &mut Node<'_>) -> Outputs {
    let alpha = n.float("alpha", 1.0);
    if alpha == 1.0 {
        return act(n, Act::SILU);
    }
    let x = n.tensor(0)?;
    let scaled = affine(n.plan, &x, alpha, 0.0);
    let gate = activation(n.plan, &scaled, Act::SIGMOID);
    Ok(vec![Value::float(binary(n.plan, &x, &gate, Op::Multiply)?)])
}

fn clipped(n: &mut Node<'_>) -> Outputs {
    let x = n.value(0)?;
    // Bounds were attributes before version 11.
    let bound = |n: &Node<'_>, i, name: &str, open: f32| match n.opset {
        ..=10 => Ok(f64::from(n.float(name, open))),
        _ => n.scalar(i, open.into()),
    };
    let lo = bound(n, 1, "min", f32::NEG_INFINITY)?;
    let hi = bound(n, 2, "max", f32::INFINITY)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        return Ok(vec![Value::known(known::each(array, |v| v.max(lo).min(hi)))]);
    }
    let tensor = n.tensor(0)?;
    let held = |v: f64| (v as f32).clamp(f32::MIN, f32::MAX);
    Ok(vec![Value::computed(x.elem, clip(n.plan, &tensor, held(lo), held(hi)))])
}

/// A function of two numbers.
struct Pair {
    /// Its kernel, if there is one.
    op: Option<Op>,
    /// On integers; `None` where there is no answer.
    int: fn(i64, i64) -> Option<i64>,
    /// Whether it answers with a boolean.
    truth: bool,
}

const fn number(op: Op, int: fn(i64, i64) -> Option<i64>) -> Pair {
    Pair { op: Some(op), int, truth: false }
}

const fn truth(op: Op, int: fn(i64, i64) -> Option<i64>) -> Pair {
    Pair { op: Some(op), int, truth: true }
}

const fn integer(int: fn(i64, i64) -> Option<i64>) -> Pair {
    Pair { op: None, int, truth: false }
}

impl Pair {
    /// On numbers that are known while recording.
    fn fold(&self, a: &Array, b: &Array, elem: Elem) -> Result<Array, Refusal> {
        let float = self.op.map_or((|_, _| f64::NAN) as fn(f64, f64) -> f64, |op| TABLE[op as usize].f);
        known::pairwise(a, b, elem, float, self.int)
    }
}

static ADD: Pair = number(Op::Add, i64::checked_add);
static SUB: Pair = number(Op::Subtract, i64::checked_sub);
static MUL: Pair = number(Op::Multiply, i64::checked_mul);
static DIV: Pair = number(Op::Divide, i64::checked_div);
static MAX: Pair = number(Op::Maximum, |a, b| Some(a.max(b)));
static MIN: Pair = number(Op::Minimum, |a, b| Some(a.min(b)));
static POW: Pair = number(Op::Power, |a, b| a.checked_pow(u32::try_from(b).ok()?));
static PRELU: Pair = number(Op::PRelu, |a, b| if a >= 0 { Some(a) } else { a.checked_mul(b) });
static LESS: Pair = truth(Op::Less, |a, b| Some((a < b).into()));
static LESS_OR_EQUAL: Pair = truth(Op::LessOrEqual, |a, b| Some((a <= b).into()));
static GREATER: Pair = truth(Op::Greater, |a, b| Some((a > b).into()));
static GREATER_OR_EQUAL: Pair = truth(Op::GreaterOrEqual, |a, b| Some((a >= b).into()));
static EQUAL: Pair = truth(Op::Equal, |a, b| Some((a == b).into()));
static AND: Pair = truth(Op::Minimum, |a, b| Some(a & b));
static OR: Pair = truth(Op::Maximum, |a, b| Some(a | b));
// Of booleans on the plan none of these is made: there is no kernel whose sign they could share.
static XOR: Pair = integer(|a, b| Some(a ^ b));
static BITWISE_AND: Pair = integer(|a, b| Some(a & b));
static BITWISE_OR: Pair = integer(|a, b| Some(a | b));
static BITWISE_XOR: Pair = integer(|a, b| Some(a ^ b));
static SHIFT_LEFT: Pair = integer(|a, b| Some(a.checked_shl(u32::try_from(b).ok()?).unwrap_or(0)));
static SHIFT_RIGHT: Pair = integer(|a, b| Some(a.checked_shr(u32::try_from(b).ok()?).unwrap_or(0)));

fn pair(n: &mut Node<'_>, pair: &Pair) -> Outputs {
    Ok(vec![joined(n, pair, 0, 1)?])
}

/// `pair` of two inputs.
fn joined(n: &mut Node<'_>, pair: &Pair, i: usize, j: usize) -> Result<Value, Refusal> {
    let both = [n.value(i)?, n.value(j)?];
    let elem = if pair.truth { Elem::Bool } else { both[0].elem };
    let empty = known::broadcast(&both[0].shape, &both[1].shape).is_ok_and(|shape| shape.contains(&0));
    // Integers are computed on the CPU, even from floats that also lie on the plan.
    let exact = !elem.is_float() && !both.iter().any(|v| pair.truth && v.tensor.is_some());
    if let ([Some(a), Some(b)], true) =
        ([&both[0].known, &both[1].known], exact || known::folds(&both) || empty)
    {
        return Ok(Value::known(pair.fold(a, b, elem)?));
    }
    if !elem.is_float() && !pair.truth {
        return unsupported(format!("{} computed by the network are not combined", elem.name()));
    }
    let Some(op) = pair.op else {
        return unsupported("only integers that are known are combined bit by bit");
    };
    let (a, b) = (n.number(i)?, n.number(j)?);
    let b = if n.opset < 7 { old_broadcast(n, &a, &b)? } else { b };
    Ok(Value::computed(elem, binary(n.plan, &a, &b, op)?))
}

/// Before version 7 the second operand lay along neighbouring axes of the first from `axis` on, and a
/// slope of PRelu along the channels.
fn old_broadcast(n: &Node<'_>, a: &Tensor, b: &Tensor) -> Result<Tensor, Refusal> {
    let (rank, own) = (a.shape.len(), b.shape.len());
    let asked = n.int("broadcast", 0) != 0 && n.has("axis");
    let channels = n.operator() == "PRelu" && own == 1 && rank > 1 && b.len() == a.shape[1];
    if !asked && !channels {
        return Ok(b.clone());
    }
    let first = if channels { 1 } else { n.axis("axis", 0, rank)? };
    let behind = rank.saturating_sub(first + own);
    Ok(b.view(&[&b.shape[..], &vec![1; behind]].concat()))
}

fn bit_shift(n: &mut Node<'_>) -> Outputs {
    let left = n.text("direction", "") == "LEFT";
    let elem = n.value(0)?.elem;
    if !matches!(elem, Elem::U8 | Elem::U16 | Elem::U32 | Elem::U64) {
        return unsupported(format!("{} have a sign, and only numbers without one are shifted", elem.name()));
    }
    pair(n, if left { &SHIFT_LEFT } else { &SHIFT_RIGHT })
}

/// `pair` of all inputs, from the first on.
fn all(n: &mut Node<'_>, pair: &Pair) -> Outputs {
    if n.count() == 1 {
        return Ok(vec![n.value(0)?]);
    }
    let mut sum = joined(n, pair, 0, 1)?;
    for i in 2..n.count() {
        let next = n.value(i)?;
        sum = match (&sum.known, &next.known) {
            (Some(a), Some(b)) if sum.tensor.is_none() && (next.tensor.is_none() || !sum.elem.is_float()) => {
                Value::known(pair.fold(a, b, sum.elem)?)
            }
            _ => {
                let b = n.tensor(i)?;
                let (Some(a), Some(op)) = (&sum.tensor, pair.op) else {
                    return unsupported("constants and what the network computes are not mixed here");
                };
                Value::computed(sum.elem, binary(n.plan, a, &b, op)?)
            }
        };
    }
    Ok(vec![sum])
}

fn mean(n: &mut Node<'_>) -> Outputs {
    let count = n.count();
    let sum = all(n, &ADD)?.swap_remove(0);
    let Some(tensor) = &sum.tensor else { return unsupported("a mean of constants") };
    Ok(vec![Value::computed(sum.elem, affine(n.plan, tensor, 1.0 / count as f32, 0.0))])
}

/// The remainder: with the sign of the divisor, or with `fmod` of the dividend.
fn modulo(n: &mut Node<'_>) -> Outputs {
    let (a, b) = (n.known(0)?, n.known(1)?);
    let c = n.int("fmod", 0) != 0;
    if a.elem.is_float() && n.value(0)?.tensor.is_some() {
        return unsupported("remainders of what the network computes are not made");
    }
    let float = if c { |a: f64, b: f64| a % b } else { |a: f64, b: f64| a - b * (a / b).floor() };
    let int: fn(i64, i64) -> Option<i64> = if c {
        i64::checked_rem
    } else {
        |a, b| {
            let r = a.checked_rem(b)?;
            Some(if r != 0 && (r < 0) != (b < 0) { r + b } else { r })
        }
    };
    Ok(vec![Value::known(known::pairwise(&a, &b, a.elem, float, int)?)])
}

fn choose(n: &mut Node<'_>) -> Outputs {
    let all = [n.value(0)?, n.value(1)?, n.value(2)?];
    if all[0].elem != Elem::Bool || all[1].elem != all[2].elem {
        return invalid("the condition must be boolean and both sides of one type");
    }
    if let ([Some(mask), Some(x), Some(y)], true) =
        ([&all[0].known, &all[1].known, &all[2].known], known::folds(&all))
    {
        return Ok(vec![Value::known(known::choose(mask, x, y)?)]);
    }
    if !all[1].elem.is_float() {
        return unsupported(format!("{} are chosen only where all is known", all[1].elem.name()));
    }
    let (mask, x, y) = (n.number(0)?, n.tensor(1)?, n.tensor(2)?);
    Ok(vec![Value::computed(all[1].elem, where_(n.plan, &mask, &x, &y)?)])
}
