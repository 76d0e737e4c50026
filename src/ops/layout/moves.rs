//! Elements in another order or place, by [`strided`](super::STRIDED) and its mirror image.

use super::strided::{PLACE, Strided, Walk, row_major, strided};
use crate::gpu::{Plan, Tensor};
use crate::ops::embed::embed;
use crate::ops::{OpError, limit_elements, only_floats};

pub(super) fn wrong(op: &'static str, what: &'static str, have: &[usize], want: String) -> OpError {
    OpError::Shape { op, what, have: have.to_vec(), want }
}

fn axis_in(op: &'static str, x: &Tensor, axis: usize) -> Result<(), OpError> {
    if axis < x.shape.len() {
        return Ok(());
    }
    Err(wrong(op, "x", &x.shape, format!("axis {axis}: it has {} axes", x.shape.len())))
}

/// Records `x` with its axes in the order of `axes`, as NumPy's transpose.
pub fn transpose(plan: &mut Plan, x: &Tensor, axes: &[usize]) -> Result<Tensor, OpError> {
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    if sorted != (0..x.shape.len()).collect::<Vec<_>>() {
        let want = format!("each axis of {:?} once", x.shape);
        return Err(wrong("transpose", "the order of axes", axes, want));
    }
    let strides = row_major(&x.shape);
    let walk = Walk {
        sizes: axes.iter().map(|&a| x.shape[a]).collect(),
        strides: axes.iter().map(|&a| strides[a]).collect(),
        offset: 0,
    };
    strided(plan, "transposed", x, &walk)
}

/// A stretch of an axis: `start, start + step, …`, `len` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// First coordinate.
    pub start: usize,
    /// How many.
    pub len: usize,
    /// From one to the next; negative walks backwards.
    pub step: isize,
}

impl Cut {
    /// The whole of an axis of `n`.
    pub fn all(n: usize) -> Self {
        Self { start: 0, len: n, step: 1 }
    }
}

/// Records a part of `x`: one cut for each axis.
pub fn slice(plan: &mut Plan, x: &Tensor, cuts: &[Cut]) -> Result<Tensor, OpError> {
    let inside = |cut: &Cut, n: usize| {
        let last = cut.start as isize + cut.step * (cut.len as isize - 1);
        cut.len == 0 || (cut.start < n && (0..n as isize).contains(&last))
    };
    if cuts.len() != x.shape.len() || !cuts.iter().zip(&x.shape).all(|(cut, &n)| inside(cut, n)) {
        let shape: Vec<usize> = cuts.iter().map(|c| c.len).collect();
        return Err(wrong("slice", "the part", &shape, format!("a tensor of shape {:?}", x.shape)));
    }
    let strides = row_major(&x.shape);
    let offset: usize = cuts
        .iter()
        .zip(&strides)
        .map(|(cut, &s)| if cut.len == 0 { 0 } else { cut.start * s as usize })
        .sum();
    let walk = Walk {
        sizes: cuts.iter().map(|c| c.len).collect(),
        strides: cuts.iter().zip(&strides).map(|(cut, &s)| cut.step * s).collect(),
        offset,
    };
    strided(plan, "slice", x, &walk)
}

/// Records `len` elements of one axis from `start` on.
pub fn narrow(plan: &mut Plan, x: &Tensor, axis: usize, start: usize, len: usize) -> Result<Tensor, OpError> {
    axis_in("narrow", x, axis)?;
    let mut cuts: Vec<Cut> = x.shape.iter().map(|&n| Cut::all(n)).collect();
    cuts[axis] = Cut { start, len, step: 1 };
    slice(plan, x, &cuts)
}

/// Records `x` repeated to `shape`: axes of length 1 and axes missing on the left, as in NumPy's
/// broadcasting.
pub fn expand(plan: &mut Plan, x: &Tensor, shape: &[usize]) -> Result<Tensor, OpError> {
    if x.shape == shape {
        return Ok(x.clone());
    }
    let missing = shape.len().checked_sub(x.shape.len());
    let fits = |missing: usize| x.shape.iter().zip(&shape[missing..]).all(|(&n, &to)| n == to || n == 1);
    let Some(missing) = missing.filter(|&m| fits(m)) else {
        let want = format!("{shape:?}: each axis equal or 1, aligned on the right");
        return Err(wrong("expand", "x", &x.shape, want));
    };
    let own = row_major(&x.shape);
    let strides = (0..shape.len())
        .map(|axis| if axis < missing || x.shape[axis - missing] == 1 { 0 } else { own[axis - missing] })
        .collect();
    strided(plan, "expanded", x, &Walk { sizes: shape.to_vec(), strides, offset: 0 })
}

/// Records tensors put one behind the other along an axis.
pub fn concat(plan: &mut Plan, parts: &[&Tensor], axis: usize) -> Result<Tensor, OpError> {
    let Some(first) = parts.first() else {
        return Err(OpError::Zero { what: "the number of tensors to concatenate" });
    };
    axis_in("concat", first, axis)?;
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for part in parts {
        only_floats("concat", "one of the tensors", part)?;
        let same = part.shape.len() == shape.len()
            && (0..shape.len()).all(|a| a == axis || part.shape[a] == shape[a]);
        if !same {
            let want = format!("{:?} in all axes but {axis}", first.shape);
            return Err(wrong("concat", "one of the tensors", &part.shape, want));
        }
        shape[axis] += part.shape[axis];
    }
    limit_elements("concat", &shape)?;
    let y = plan.temporary("concatenated", &shape, first.dtype);
    let strides = row_major(&shape);
    let mut start = 0;
    for part in parts.iter().filter(|p| !p.is_empty()) {
        let walk = Walk {
            sizes: part.shape.clone(),
            strides: strides.clone(),
            offset: start * strides[axis] as usize,
        };
        plan.push(&PLACE, Strided::new(&walk, y.len())?, &[Some(part)], &[&y]);
        start += part.shape[axis];
    }
    Ok(y)
}

/// Records `x` cut along an axis into parts of these lengths.
pub fn split(plan: &mut Plan, x: &Tensor, axis: usize, lens: &[usize]) -> Result<Vec<Tensor>, OpError> {
    axis_in("split", x, axis)?;
    if lens.iter().sum::<usize>() != x.shape[axis] {
        let want = format!("{} elements along axis {axis}", x.shape[axis]);
        return Err(wrong("split", "the list of lengths", lens, want));
    }
    let mut start = 0;
    lens.iter()
        .map(|&len| {
            let part = narrow(plan, x, axis, start, len);
            start += len;
            part
        })
        .collect()
}

/// Records `x` repeated `times[axis]` times along each axis.
pub fn tile(plan: &mut Plan, x: &Tensor, times: &[usize]) -> Result<Tensor, OpError> {
    if times.len() != x.shape.len() {
        return Err(wrong("tile", "the list of times", times, format!("one for each axis of {:?}", x.shape)));
    }
    let single: Vec<usize> = x.shape.iter().flat_map(|&n| [1, n]).collect();
    let repeated: Vec<usize> = x.shape.iter().zip(times).flat_map(|(&n, &t)| [t, n]).collect();
    let shape: Vec<usize> = x.shape.iter().zip(times).map(|(&n, &t)| n * t).collect();
    Ok(expand(plan, &x.view(&single), &repeated)?.view(&shape))
}

/// Records the slices of `x` along `axis` that `ids` (of any shape) name: `[..before, ..ids, ..after]`.
/// An id beyond the axis gives zeros.
pub fn gather(plan: &mut Plan, x: &Tensor, ids: &Tensor, axis: usize) -> Result<Tensor, OpError> {
    axis_in("gather", x, axis)?;
    let (before, n, after) = (&x.shape[..axis], x.shape[axis], &x.shape[axis + 1..]);
    let width: usize = after.iter().product();
    let outer: usize = before.iter().product();
    let shape = [before, &ids.shape, after].concat();
    if outer == 1 {
        return Ok(embed(plan, &x.view(&[n, width]), ids)?.view(&shape));
    }
    // Rows of a table: the axis first.
    let table = transpose(plan, &x.view(&[outer, n, width]), &[1, 0, 2])?;
    let rows = embed(plan, &table.view(&[n, outer * width]), ids)?;
    Ok(transpose(plan, &rows.view(&[ids.len(), outer, width]), &[1, 0, 2])?.view(&shape))
}

/// Which channels make up a square of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthOrder {
    /// `[block, block, C]`: the same channel of all pixels lies apart.
    DepthColumnRow,
    /// `[C, block, block]`: pixel shuffle.
    ColumnRowDepth,
}

fn image(op: &'static str, x: &Tensor) -> Result<[usize; 4], OpError> {
    x.shape.clone().try_into().map_err(|_| wrong(op, "x", &x.shape, "[N, C, H, W]".into()))
}

/// Records channels spread into squares of `block`² pixels: `[N, C·B², H, W]` to `[N, C, H·B, W·B]`.
pub fn depth_to_space(
    plan: &mut Plan,
    x: &Tensor,
    block: usize,
    order: DepthOrder,
) -> Result<Tensor, OpError> {
    let [n, c, h, w] = image("depth to space", x)?;
    if block == 0 || !c.is_multiple_of(block * block) {
        let want = format!("channels that are a multiple of the block squared, {block}²");
        return Err(wrong("depth to space", "x", &x.shape, want));
    }
    let out = c / (block * block);
    let split = match order {
        DepthOrder::DepthColumnRow => {
            transpose(plan, &x.view(&[n, block, block, out, h, w]), &[0, 3, 4, 1, 5, 2])
        }
        DepthOrder::ColumnRowDepth => {
            transpose(plan, &x.view(&[n, out, block, block, h, w]), &[0, 1, 4, 2, 5, 3])
        }
    }?;
    Ok(split.view(&[n, out, h * block, w * block]))
}

/// Records squares of `block`² pixels gathered into channels: `[N, C, H·B, W·B]` to `[N, B²·C, H, W]`.
pub fn space_to_depth(plan: &mut Plan, x: &Tensor, block: usize) -> Result<Tensor, OpError> {
    let [n, c, h, w] = image("space to depth", x)?;
    if block == 0 || !h.is_multiple_of(block) || !w.is_multiple_of(block) {
        let want = format!("a height and a width that are multiples of the block, {block}");
        return Err(wrong("space to depth", "x", &x.shape, want));
    }
    let (h, w) = (h / block, w / block);
    let split = transpose(plan, &x.view(&[n, c, h, block, w, block]), &[0, 3, 5, 1, 2, 4])?;
    Ok(split.view(&[n, block * block * c, h, w]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;
    use crate::ops::layout::{PadMode, pad};
    use std::collections::BTreeMap;

    fn run(shape: &[usize], f: impl Fn(&mut Plan, &Tensor) -> Tensor) -> (Vec<usize>, Vec<f64>) {
        let mut plan = Plan::new();
        let n: usize = shape.iter().product();
        let x = plan.constant("x", shape, (0..n).map(|v| v as f32).collect::<Vec<_>>());
        let y = f(&mut plan, &x);
        let values = reference::run(&plan, &BTreeMap::new());
        (y.shape.clone(), values[y.buf.0].clone())
    }

    #[test]
    fn moves_as_in_numpy() {
        let (shape, y) = run(&[2, 3], |p, x| transpose(p, x, &[1, 0]).unwrap());
        assert_eq!((shape, y), (vec![3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        let cuts = [Cut::all(2), Cut { start: 2, len: 2, step: -2 }];
        assert_eq!(run(&[2, 3], |p, x| slice(p, x, &cuts).unwrap()).1, [2.0, 0.0, 5.0, 3.0]);
        assert_eq!(
            run(&[2, 1], |p, x| expand(p, x, &[2, 2, 2]).unwrap()).1,
            [0., 0., 1., 1., 0., 0., 1., 1.]
        );
        assert_eq!(run(&[2, 1], |p, x| concat(p, &[x, x], 1).unwrap()).1, [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(run(&[3], |p, x| split(p, x, 0, &[1, 2]).unwrap().remove(1)).1, [1.0, 2.0]);
        assert_eq!(run(&[2], |p, x| tile(p, x, &[2]).unwrap()).1, [0.0, 1.0, 0.0, 1.0]);
        let (shape, y) = run(&[2, 2], |p, x| {
            let ids = p.constant("ids", &[3], vec![1_u32, 1, 0]);
            gather(p, x, &ids, 1).unwrap()
        });
        assert_eq!((shape, y), (vec![2, 3], vec![1.0, 1.0, 0.0, 3.0, 3.0, 2.0]));
    }

    #[test]
    fn pads_as_in_numpy() {
        let padded = |pads: (isize, isize), mode| run(&[3], |p, x| pad(p, x, &[pads], mode).unwrap()).1;
        assert_eq!(padded((1, 2), PadMode::Constant(9.0)), [9.0, 0.0, 1.0, 2.0, 9.0, 9.0]);
        assert_eq!(padded((2, 2), PadMode::Reflect), [2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0]);
        assert_eq!(padded((1, 1), PadMode::Edge), [0.0, 0.0, 1.0, 2.0, 2.0]);
        assert_eq!(padded((1, 1), PadMode::Wrap), [2.0, 0.0, 1.0, 2.0, 0.0]);
        assert_eq!(padded((-1, 1), PadMode::Constant(0.0)), [1.0, 2.0, 0.0]);
    }

    #[test]
    fn pixels_and_channels_change_places_and_back() {
        for order in [DepthOrder::DepthColumnRow, DepthOrder::ColumnRowDepth] {
            let (shape, _) = run(&[1, 8, 2, 3], |p, x| depth_to_space(p, x, 2, order).unwrap());
            assert_eq!(shape, [1, 2, 4, 6]);
        }
        let (_, y) = run(&[1, 4, 1, 2], |p, x| {
            let y = depth_to_space(p, x, 2, DepthOrder::DepthColumnRow).unwrap();
            space_to_depth(p, &y, 2).unwrap()
        });
        assert_eq!(y, (0..8).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut p = Plan::new();
        let x = p.constant("x", &[2, 3], vec![0.0_f32; 6]);
        assert!(transpose(&mut p, &x, &[0, 0]).is_err());
        assert!(slice(&mut p, &x, &[Cut::all(2), Cut::all(4)]).is_err());
        assert!(expand(&mut p, &x, &[3, 3]).is_err());
        assert!(split(&mut p, &x, 1, &[1, 1]).is_err());
        assert!(pad(&mut p, &x, &[(0, 0), (-2, -2)], PadMode::Edge).is_err());
        assert!(gather(&mut p, &x, &x, 2).is_err());
    }
}
