//! Arithmetic on numbers that are known while recording: shapes, axes, indices, masks and small
//! constants. NumPy's rules: broadcasting aligns on the right, integers wrap in their type.

use super::error::{Refusal, invalid};
use super::limits::limit_known;
use super::value::{Array, Elem, Numbers, Value};
use crate::ops::binary;

/// Largest float constant that is folded on the CPU; larger ones are worth a dispatch.
const MAX_FOLDED: usize = 1 << 16;

/// Whether a node of these inputs is computed while recording: all are known, none lies on the plan,
/// and they are integers or few.
pub fn folds(values: &[Value]) -> bool {
    values
        .iter()
        .all(|v| v.tensor.is_none() && v.known.is_some() && (!v.elem.is_float() || v.len() <= MAX_FOLDED))
}

/// The shape that both broadcast to.
pub fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Refusal> {
    let shape = binary::broadcast(a, b);
    shape.map_or_else(|| invalid(format!("the shapes {a:?} and {b:?} do not broadcast")), Ok)
}

/// Flat indices into a source, one for each element of `shape` in order: `at` turns coordinates into
/// one.
pub fn places(shape: &[usize], at: impl Fn(&[usize]) -> usize) -> Vec<usize> {
    let count: usize = shape.iter().product();
    let mut coordinates = vec![0; shape.len()];
    (0..count)
        .map(|_| {
            let place = at(&coordinates);
            for (c, &n) in coordinates.iter_mut().zip(shape).rev() {
                *c += 1;
                if *c < n {
                    break;
                }
                *c = 0;
            }
            place
        })
        .collect()
}

/// Flat index of coordinates.
pub fn flat(coordinates: impl IntoIterator<Item = usize>, shape: &[usize]) -> usize {
    coordinates.into_iter().zip(shape).fold(0, |index, (c, &n)| index * n + c)
}

/// Flat index of coordinates `c` but for one axis, where it is `own`.
pub fn flat_but(c: &[usize], axis: usize, own: usize, shape: &[usize]) -> usize {
    flat(c.iter().enumerate().map(|(i, &c)| if i == axis { own } else { c }), shape)
}

/// The elements at `places` in a new shape.
pub fn moved(x: &Array, shape: &[usize], places: &[usize]) -> Array {
    Array { elem: x.elem, shape: shape.to_vec(), numbers: x.numbers.pick(places.iter().copied()) }
}

/// `x` repeated to a shape that it broadcasts to.
pub fn expand(x: &Array, shape: &[usize]) -> Result<Array, Refusal> {
    limit_known(shape.iter().product())?;
    let missing = shape.len() - x.shape.len();
    let at = |c: &[usize]| {
        flat(c[missing..].iter().zip(&x.shape).map(|(&c, &n)| if n == 1 { 0 } else { c }), &x.shape)
    };
    Ok(moved(x, shape, &places(shape, at)))
}

/// Element by element: with `float` if one side holds floats and `elem` is a float, else with `int`,
/// which has no answer for a division by 0 or an overflow.
pub fn pairwise(
    a: &Array,
    b: &Array,
    elem: Elem,
    float: fn(f64, f64) -> f64,
    int: fn(i64, i64) -> Option<i64>,
) -> Result<Array, Refusal> {
    let shape = broadcast(&a.shape, &b.shape)?;
    let (a, b) = (expand(a, &shape)?, expand(b, &shape)?);
    let numbers = match (&a.numbers, &b.numbers) {
        (Numbers::Ints(x), Numbers::Ints(y)) => {
            let all: Option<Vec<i64>> = x.iter().zip(&**y).map(|(&x, &y)| int(x, y)).collect();
            let Some(all) = all else { return invalid("the integers divide by zero or overflow") };
            Numbers::Ints(all.into_iter().map(|v| elem.wrap(v)).collect())
        }
        (x, y) => {
            let all = x.to_f64().into_iter().zip(y.to_f64()).map(|(x, y)| float(x, y));
            numbers(elem, all)
        }
    };
    Ok(Array { elem, shape, numbers })
}

/// Numbers of a type.
fn numbers(elem: Elem, values: impl Iterator<Item = f64>) -> Numbers {
    if elem.is_float() {
        Numbers::Floats(values.map(|v| elem.round(v as f32)).collect())
    } else if elem == Elem::Bool {
        Numbers::Ints(values.map(|v| i64::from(v != 0.0)).collect())
    } else {
        Numbers::Ints(values.map(|v| elem.wrap(v as i64)).collect())
    }
}

/// An array of a type.
pub fn from_f64(elem: Elem, shape: Vec<usize>, values: Vec<f64>) -> Array {
    Array { elem, shape, numbers: numbers(elem, values.into_iter()) }
}

/// Each element on its own, in its type.
pub fn each(x: &Array, f: impl Fn(f64) -> f64) -> Array {
    let numbers = numbers(x.elem, x.numbers.to_f64().into_iter().map(f));
    Array { elem: x.elem, shape: x.shape.clone(), numbers }
}

/// `x` in another type, what is too large for narrow floats infinite or no number.
pub fn cast_unheld(x: &Array, elem: Elem) -> Array {
    let narrow = |v: f64| elem.round_to(v as f32, false);
    let numbers = Numbers::Floats(x.numbers.to_f64().into_iter().map(narrow).collect());
    Array { elem, shape: x.shape.clone(), numbers }
}

/// `x` in another type; floats are cut to whole numbers.
pub fn cast(x: &Array, elem: Elem) -> Array {
    let numbers = match &x.numbers {
        Numbers::Ints(v) if !elem.is_float() => Numbers::Ints(v.iter().map(|&v| elem.wrap(v)).collect()),
        Numbers::Floats(v) if matches!(elem, Elem::F32 | Elem::F64) => Numbers::Floats(v.clone()),
        other => numbers(elem, other.to_f64().into_iter()),
    };
    Array { elem, shape: x.shape.clone(), numbers }
}

/// `x` or `y`, by a mask.
pub fn choose(mask: &Array, x: &Array, y: &Array) -> Result<Array, Refusal> {
    let shape = broadcast(&broadcast(&mask.shape, &x.shape)?, &y.shape)?;
    let (mask, x, y) = (expand(mask, &shape)?, expand(x, &shape)?, expand(y, &shape)?);
    let take = |i: usize, m: f64| if m == 0.0 { &y } else { &x }.numbers.pick(std::iter::once(i));
    let all: Vec<Numbers> = mask.numbers.to_f64().into_iter().enumerate().map(|(i, m)| take(i, m)).collect();
    Ok(Array { elem: x.elem, shape, numbers: joined(x.elem, &all) })
}

/// Numbers one after the other.
pub fn joined(elem: Elem, parts: &[Numbers]) -> Numbers {
    if elem.is_float() {
        Numbers::Floats(parts.iter().flat_map(|p| p.to_f32().to_vec()).collect())
    } else {
        let ints = parts.iter().flat_map(|p| match p {
            Numbers::Ints(v) => v.to_vec(),
            Numbers::Floats(_) => Vec::new(),
        });
        Numbers::Ints(ints.collect())
    }
}

/// Arrays joined along an axis.
pub fn concat(parts: &[Array], axis: usize) -> Result<Array, Refusal> {
    let Some(first) = parts.first() else { return invalid("there is nothing to join") };
    let outer: usize = first.shape[..axis].iter().product();
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for part in parts {
        let fits = part.shape.len() == shape.len()
            && (0..shape.len()).all(|i| i == axis || part.shape[i] == shape[i])
            && part.elem == first.elem;
        if !fits {
            return invalid(format!(
                "the shapes {:?} and {:?} do not join along axis {axis}",
                first.shape, part.shape
            ));
        }
        shape[axis] += part.shape[axis];
    }
    // Rows of nothing take their time too.
    limit_known(shape.iter().product::<usize>().max(outer * parts.len()))?;
    let rows = (0..outer).flat_map(|o| {
        parts.iter().map(move |part| {
            let row = part.shape[axis..].iter().product::<usize>();
            part.numbers.pick(o * row..(o + 1) * row)
        })
    });
    let numbers = joined(first.elem, &rows.collect::<Vec<_>>());
    Ok(Array { elem: first.elem, shape, numbers })
}

/// Reduces `axes`, each element joining `start` in order; then `end` with how many there were.
pub fn reduce(
    x: &Array,
    axes: &[usize],
    keep: bool,
    start: f64,
    join: impl Fn(f64, f64) -> f64,
    end: impl Fn(f64, f64) -> f64,
) -> Result<Array, Refusal> {
    let kept: Vec<usize> =
        x.shape.iter().enumerate().map(|(i, &n)| if axes.contains(&i) { 1 } else { n }).collect();
    limit_known(kept.iter().product())?;
    // Of nothing, the largest boolean is false.
    let start = if x.elem == Elem::Bool { start.clamp(0.0, 1.0) } else { start };
    let mut sums = vec![start; kept.iter().product()];
    let to =
        places(&x.shape, |c| flat(c.iter().zip(&kept).map(|(&c, &n)| if n == 1 { 0 } else { c }), &kept));
    for (&to, v) in to.iter().zip(x.numbers.to_f64()) {
        sums[to] = join(sums[to], v);
    }
    let count: usize = axes.iter().map(|&a| x.shape[a]).product();
    let numbers = numbers(x.elem, sums.into_iter().map(|s| end(s, count as f64)));
    let shape =
        if keep { kept } else { (0..kept.len()).filter(|i| !axes.contains(i)).map(|i| kept[i]).collect() };
    Ok(Array { elem: x.elem, shape, numbers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(shape: &[usize], v: &[i64]) -> Array {
        Array::ints(Elem::I64, shape, v)
    }

    #[test]
    fn arithmetic_broadcasts_and_wraps() {
        let sum = |a: Array, b: Array| pairwise(&a, &b, Elem::I64, |x, y| x + y, i64::checked_add);
        let table = sum(ints(&[2, 1], &[10, 20]), ints(&[3], &[1, 2, 3])).unwrap();
        assert_eq!(table, ints(&[2, 3], &[11, 12, 13, 21, 22, 23]));
        assert!(sum(ints(&[], &[i64::MAX]), ints(&[], &[1])).is_err());
        assert_eq!(cast(&ints(&[1], &[300]), Elem::U8).numbers, Numbers::Ints([44].into()));
    }

    #[test]
    fn parts_join_along_any_axis() {
        let (a, b) = (ints(&[2, 1], &[1, 2]), ints(&[2, 2], &[3, 4, 5, 6]));
        assert_eq!(concat(&[a, b], 1).unwrap(), ints(&[2, 3], &[1, 3, 4, 2, 5, 6]));
    }

    #[test]
    fn a_reduction_keeps_or_drops_its_axes() {
        let x = ints(&[2, 3], &[1, 2, 3, 4, 5, 6]);
        let sum = |axes: &[usize], keep| reduce(&x, axes, keep, 0.0, |a, b| a + b, |s, _| s).unwrap();
        assert_eq!(sum(&[1], false), ints(&[2], &[6, 15]));
        assert_eq!(sum(&[0], true), ints(&[1, 3], &[5, 7, 9]));
        assert_eq!(sum(&[0, 1], false), ints(&[], &[21]));
    }
}
