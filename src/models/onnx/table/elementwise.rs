//! Operators that work element by element.

use super::super::error::{Refusal, invalid, unsupported};
use super::super::known;
use super::super::node::{Node, Outputs};
use super::super::value::{Array, Elem, Numbers, Value};
use super::row::Row;
use super::whole::{quotient, wrapped};
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::{affine, clip, held_affine};
use crate::ops::binary::{Op, TABLE, binary};
use crate::ops::elementary::{Elementary, elementary};
use crate::ops::select::where_;
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] = &[
    ("Abs", |n| act(n, Act::ABS)),
    ("Acos", |n| plain(n, Elementary::Acos)),
    ("Acosh", |n| plain(n, Elementary::Acosh)),
    ("Add", |n| pair(n, &ADD)),
    ("And", |n| pair(n, &AND)),
    ("Asin", |n| plain(n, Elementary::Asin)),
    ("Asinh", |n| plain(n, Elementary::Asinh)),
    ("Atan", |n| plain(n, Elementary::Atan)),
    ("Atanh", |n| plain(n, Elementary::Atanh)),
    ("BitShift", bit_shift),
    ("BitwiseAnd", |n| pair(n, &BITWISE_AND)),
    ("BitwiseNot", bitwise_not),
    ("BitwiseOr", |n| pair(n, &BITWISE_OR)),
    ("BitwiseXor", |n| pair(n, &BITWISE_XOR)),
    ("Ceil", |n| each(n, f64::ceil, |p, x| affine_of(p, x, Act::FLOOR, -1.0))),
    ("Celu", |n| act(n, Act::celu(n.float("alpha", 1.0)))),
    ("Clip", clipped),
    ("Cos", |n| act(n, Act::COS)),
    ("Cosh", |n| plain(n, Elementary::Cosh)),
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
    ("IsInf", is_infinite),
    ("IsNaN", is_nan),
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
    ("Round", |n| plain(n, Elementary::Round)),
    ("Selu", selu),
    ("Shrink", shrunk),
    ("Sigmoid", |n| act(n, Act::SIGMOID)),
    ("Sign", |n| act(n, Act::SIGN)),
    ("Sin", |n| act(n, Act::SIN)),
    ("Sinh", |n| plain(n, Elementary::Sinh)),
    ("Softplus", |n| act(n, Act::SOFTPLUS)),
    ("Softsign", |n| act(n, Act::SOFTSIGN)),
    ("Sqrt", |n| act(n, Act::SQRT)),
    ("Sub", |n| pair(n, &SUB)),
    ("Sum", |n| all(n, &ADD)),
    ("Swish", swish),
    ("Tan", |n| plain(n, Elementary::Tan)),
    ("Tanh", |n| act(n, Act::TANH)),
    ("ThresholdedRelu", |n| act(n, Act::thresholded_relu(n.float("alpha", 1.0)))),
    ("Where", choose),
    ("Xor", exclusive_or),
];

/// A function of one number: on the CPU where it is known, else recorded.
fn each(n: &mut Node<'_>, f: fn(f64) -> f64, record: fn(&mut Plan, &Tensor) -> Tensor) -> Outputs {
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        return Ok(vec![Value::known(known::each(array, f))]);
    }
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, record(n.plan, &tensor))])
}

fn plain(n: &mut Node<'_>, f: Elementary) -> Outputs {
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        return Ok(vec![Value::known(known::each(array, |v| f.apply(v)))]);
    }
    let tensor = n.number(0)?;
    Ok(vec![Value::computed(x.elem, elementary(n.plan, &tensor, f))])
}

/// A test of each float.
fn test(n: &mut Node<'_>, tests: &[Elementary]) -> Outputs {
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        let is = |v: f64| i64::from(tests.iter().any(|f| f.apply(v) != 0.0));
        let all: Vec<i64> = array.numbers.to_f64().into_iter().map(is).collect();
        return Ok(vec![Value::known(Array::ints(Elem::Bool, &x.shape, all))]);
    }
    let tensor = n.number(0)?;
    let Some((&first, others)) = tests.split_first() else {
        return Ok(vec![Value::computed(Elem::Bool, affine(n.plan, &tensor, 0.0, 0.0))]);
    };
    let mut y = elementary(n.plan, &tensor, first);
    for &other in others {
        let other = elementary(n.plan, &tensor, other);
        y = binary(n.plan, &y, &other, Op::Maximum)?;
    }
    Ok(vec![Value::computed(Elem::Bool, y)])
}

fn is_nan(n: &mut Node<'_>) -> Outputs {
    test(n, &[Elementary::IsNan])
}

fn is_infinite(n: &mut Node<'_>) -> Outputs {
    let (positive, negative) = (n.int("detect_positive", 1) != 0, n.int("detect_negative", 1) != 0);
    let tests = [(positive, Elementary::IsPositiveInfinity), (negative, Elementary::IsNegativeInfinity)];
    test(n, &tests.into_iter().filter(|t| t.0).map(|t| t.1).collect::<Vec<_>>())
}

/// `x ± bias` beyond `lambd`, 0 between.
fn shrunk(n: &mut Node<'_>) -> Outputs {
    let (lambd, bias) = (f64::from(n.float("lambd", 0.5)), f64::from(n.float("bias", 0.0)));
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        let shrink = |v: f64| {
            if v > lambd {
                v - bias
            } else if v < -lambd {
                v + bias
            } else {
                0.0
            }
        };
        return Ok(vec![Value::known(known::each(array, shrink))]);
    }
    let tensor = n.number(0)?;
    let size = activation(n.plan, &tensor, Act::ABS);
    let limit = n.plan.constant("lambd", &[1], vec![lambd as f32]);
    let beyond = binary(n.plan, &size, &limit, Op::Greater)?;
    let sign = activation(n.plan, &tensor, Act::SIGN);
    let moved = affine(n.plan, &sign, -bias as f32, 0.0);
    let moved = binary(n.plan, &tensor, &moved, Op::Add)?;
    Ok(vec![Value::computed(x.elem, binary(n.plan, &moved, &beyond, Op::Multiply)?)])
}

/// All bits of an integer turned over: `−1 − x`, in its type.
fn bitwise_not(n: &mut Node<'_>) -> Outputs {
    let x = n.known(0)?;
    let Numbers::Ints(list) = &x.numbers else {
        return invalid("only integers have bits that are turned over");
    };
    let all: Vec<i64> = list.iter().map(|&v| x.elem.wrap(!v)).collect();
    Ok(vec![Value::known(Array::ints(x.elem, &x.shape, all))])
}

fn act(n: &mut Node<'_>, act: Act) -> Outputs {
    let x = n.value(0)?;
    if let (true, Some(array)) = (known::folds(std::slice::from_ref(&x)), &x.known) {
        return Ok(vec![Value::known(known::each(array, |v| act.apply(v)))]);
    }
    let tensor = n.number(0)?;
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
    let tensor = n.number(0)?;
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
// Of what the network computes none of these is made: floats that hold whole numbers have no such bits.
static BITWISE_AND: Pair = integer(|a, b| Some(a & b));
static BITWISE_OR: Pair = integer(|a, b| Some(a | b));
static BITWISE_XOR: Pair = integer(|a, b| Some(a ^ b));
// By as many bits as there are, or more, or fewer than none, nothing but the sign is left.
static SHIFT_LEFT: Pair = integer(|a, b| Some(bits(b).map_or(0, |bits| a << bits)));
static SHIFT_RIGHT: Pair = integer(|a, b| Some(bits(b).map_or(if a < 0 { -1 } else { 0 }, |bits| a >> bits)));

/// Bits that a 64-bit integer can be shifted by.
fn bits(by: i64) -> Option<u32> {
    u32::try_from(by).ok().filter(|&bits| bits < i64::BITS)
}

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
    let Some(op) = pair.op else {
        return unsupported("only integers that are known are combined bit by bit");
    };
    let (a, b) = (n.number(i)?, n.number(j)?);
    let b = if n.opset < 7 { old_broadcast(n, &a, &b)? } else { b };
    let tensor = match op {
        _ if elem.is_float() || pair.truth => binary(n.plan, &a, &b, op)?,
        Op::Divide => quotient(n.plan, &a, &b)?,
        _ => {
            let y = binary(n.plan, &a, &b, op)?;
            wrapped(n.plan, &y, elem)?
        }
    };
    Ok(Value::computed(elem, tensor))
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

/// One of two booleans, not both: they differ.
fn exclusive_or(n: &mut Node<'_>) -> Outputs {
    let same = joined(n, &EQUAL, 0, 1)?;
    if let (Some(array), None) = (&same.known, &same.tensor) {
        return Ok(vec![Value::known(known::each(array, |v| 1.0 - v))]);
    }
    let Some(tensor) = &same.tensor else { return invalid("there is nothing to compare") };
    Ok(vec![Value::computed(Elem::Bool, affine(n.plan, tensor, -1.0, 1.0))])
}

fn bit_shift(n: &mut Node<'_>) -> Outputs {
    let left = n.text("direction", "") == "LEFT";
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
                let b = n.number(i)?;
                let Some(op) = pair.op else { return unsupported("these are not combined here") };
                let Some(a) = sum.on_plan(n.plan, "joined") else {
                    return invalid("there is nothing to combine");
                };
                Value::computed(sum.elem, binary(n.plan, &a, &b, op)?)
            }
        };
    }
    Ok(vec![sum])
}

fn mean(n: &mut Node<'_>) -> Outputs {
    let count = n.count();
    let sum = all(n, &ADD)?.swap_remove(0);
    if let (Some(array), None) = (&sum.known, &sum.tensor) {
        return Ok(vec![Value::known(known::each(array, |v| v / count as f64))]);
    }
    let Some(tensor) = &sum.tensor else { return invalid("there is nothing to average") };
    Ok(vec![Value::computed(sum.elem, affine(n.plan, tensor, 1.0 / count as f32, 0.0))])
}

/// The remainder: with the sign of the divisor, or with `fmod` of the dividend.
fn modulo(n: &mut Node<'_>) -> Outputs {
    pair(n, if n.int("fmod", 0) != 0 { &REMAINDER } else { &MODULO })
}

static REMAINDER: Pair = number(Op::Remainder, i64::checked_rem);
static MODULO: Pair = number(Op::Modulo, |a, b| {
    let rest = a.checked_rem(b)?;
    Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
});

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
    if let ([Some(mask), Some(x), Some(y)], false) =
        ([&all[0].known, &all[1].known, &all[2].known], all[1].elem.is_float())
    {
        return Ok(vec![Value::known(known::choose(mask, x, y)?)]);
    }
    let (mask, x, y) = (n.number(0)?, n.number(1)?, n.number(2)?);
    Ok(vec![Value::computed(all[1].elem, where_(n.plan, &mask, &x, &y)?)])
}
