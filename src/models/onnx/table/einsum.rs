//! Einstein's sum: an output for each combination of the letters behind the arrow, summed over all others.
//!
//! Two operands at a time are put in the order batch, own, shared and multiplied as matrices; letters that
//! nothing else needs are summed first, a letter that stands twice in an operand is its diagonal.

use super::super::error::{Refusal, invalid};
use super::super::limits::limit_known;
use super::super::node::{Node, Outputs};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::{Data, Plan, Tensor};
use crate::ops::layout::{expand, gather, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, reduce};

pub(super) static ROWS: &[Row] = &[("Einsum", einsum)];

/// A tensor and the letter of each axis.
struct Lettered {
    tensor: Tensor,
    letters: Vec<char>,
}

/// Letters of an operand of `rank` axes: those that `...` stands for become digits, the last one 9.
fn letters(term: &str, rank: usize) -> Result<Vec<char>, Refusal> {
    let named = term.chars().filter(char::is_ascii_alphabetic).count();
    let rest = term.replace("...", "");
    if !rest.chars().all(|c| c.is_ascii_alphabetic()) || term.len() - rest.len() > 3 {
        return invalid(format!("the term {term} holds more than letters and one ellipsis"));
    }
    let open = if term.len() == rest.len() { 0 } else { rank.saturating_sub(named) };
    if open > 9 || named + open != rank {
        return invalid(format!("the term {term} does not name {rank} axes"));
    }
    let digits: String = ('0'..='9').skip(10 - open).collect();
    Ok(term.replace("...", &digits).chars().collect())
}

fn einsum(n: &mut Node<'_>) -> Outputs {
    let equation: String = n.text("equation", "").chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = match equation.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (equation.as_str(), None),
    };
    let terms: Vec<&str> = inputs.split(',').collect();
    if terms.len() != n.count() {
        return invalid(format!("{} terms of {equation} do not name {} inputs", terms.len(), n.count()));
    }
    let mut operands = Vec::new();
    for (i, term) in terms.iter().enumerate() {
        let tensor = n.number(i)?;
        let letters = letters(term, tensor.shape.len())?;
        operands.push(diagonal(n.plan, Lettered { tensor, letters })?);
    }
    let elem = n.value(0)?.elem;
    let mut all: Vec<char> = operands.iter().flat_map(|o| o.letters.clone()).collect();
    all.sort_unstable();
    let wanted: Vec<char> = match output {
        Some(term) => {
            let open =
                all.iter().filter(|c| c.is_ascii_digit()).min().map_or(0, |&c| '9' as usize - c as usize + 1);
            let named = term.chars().filter(char::is_ascii_alphabetic).count();
            letters(term, named + if term.contains("...") { open } else { 0 })?
        }
        // Without an arrow: the ellipsis, then letters that stand once, in their order.
        None => {
            let once = |c: &char| all.iter().filter(|other| *other == c).count() == 1 || c.is_ascii_digit();
            let mut kept: Vec<char> = all.iter().copied().filter(once).collect();
            kept.dedup();
            kept
        }
    };
    if let Some(missing) = wanted.iter().find(|c| !all.contains(c)) {
        return invalid(format!("the letter {missing} of the result stands in no term of {equation}"));
    }
    let mut operands = operands.into_iter();
    let Some(mut left) = operands.next() else { return invalid("there is nothing to sum") };
    let mut rest: Vec<Lettered> = operands.collect();
    while !rest.is_empty() {
        let right = rest.remove(0);
        let needed = |c: char| wanted.contains(&c) || rest.iter().any(|o| o.letters.contains(&c));
        left = multiplied(n.plan, left, right, needed)?;
    }
    let summed = summed(n.plan, left, |c| wanted.contains(&c))?;
    let order: Vec<usize> =
        wanted.iter().filter_map(|c| summed.letters.iter().position(|l| l == c)).collect();
    let y = if order.is_empty() { summed.tensor } else { transpose(n.plan, &summed.tensor, &order)? };
    Ok(vec![Value::computed(elem, y)])
}

/// Each letter once: where one stands twice, the elements at which both axes agree.
fn diagonal(plan: &mut Plan, x: Lettered) -> Result<Lettered, Refusal> {
    let twice = (0..x.letters.len()).find_map(|i| {
        let j = (i + 1..x.letters.len()).find(|&j| x.letters[i] == x.letters[j])?;
        Some((i, j))
    });
    let Some((i, j)) = twice else { return Ok(x) };
    let rank = x.letters.len();
    let n = x.tensor.shape[i];
    if n != x.tensor.shape[j] {
        return invalid(format!("axes of one letter are {n} and {} long", x.tensor.shape[j]));
    }
    limit_known(n)?;
    // Both axes first, seen as one: every (n + 1)th of it.
    let others: Vec<usize> = (0..rank).filter(|&a| a != i && a != j).collect();
    let order = [&[i, j], &others[..]].concat();
    let first = transpose(plan, &x.tensor, &order)?;
    let behind: Vec<usize> = others.iter().map(|&a| x.tensor.shape[a]).collect();
    let ids: Vec<u32> = (0..n).map(|k| (k * (n + 1)) as u32).collect(); // below MAX_ELEMENTS
    let ids = plan.constant("diagonal", &[n], Data::U32(ids.into()));
    let tensor = gather(plan, &first.view(&[&[n * n], &behind[..]].concat()), &ids, 0)?;
    let mut letters = vec![x.letters[i]];
    letters.extend(others.iter().map(|&a| x.letters[a]));
    diagonal(plan, Lettered { tensor, letters })
}

/// Sums over the letters that nothing needs.
fn summed(plan: &mut Plan, x: Lettered, needed: impl Fn(char) -> bool) -> Result<Lettered, Refusal> {
    let gone: Vec<usize> = (0..x.letters.len()).filter(|&i| !needed(x.letters[i])).collect();
    if gone.is_empty() {
        return Ok(x);
    }
    let tensor = reduce(plan, &x.tensor, &gone, Reduce::Sum, false)?;
    Ok(Lettered { tensor, letters: x.letters.into_iter().filter(|&c| needed(c)).collect() })
}

/// The product of two operands, summed over what both have and nothing needs.
fn multiplied(
    plan: &mut Plan,
    left: Lettered,
    right: Lettered,
    needed: impl Fn(char) -> bool,
) -> Result<Lettered, Refusal> {
    let left = summed(plan, left, |c| needed(c) || right.letters.contains(&c))?;
    let right = summed(plan, right, |c| needed(c) || left.letters.contains(&c))?;
    let length = |x: &Lettered, c: char| x.letters.iter().position(|&l| l == c).map(|i| x.tensor.shape[i]);
    let both: Vec<char> = left.letters.iter().copied().filter(|c| right.letters.contains(c)).collect();
    // An axis of length 1 is repeated, as an ellipsis allows.
    let (left, right) = (repeated(plan, left, &right)?, right);
    let right = repeated(plan, right, &left)?;
    let (batch, inner): (Vec<char>, Vec<char>) = both.iter().partition(|&&c| needed(c));
    let own =
        |x: &Lettered| -> Vec<char> { x.letters.iter().copied().filter(|c| !both.contains(c)).collect() };
    let (rows, columns) = (own(&left), own(&right));
    let size =
        |x: &Lettered, letters: &[char]| -> usize { letters.iter().filter_map(|&c| length(x, c)).product() };
    let sizes = [size(&left, &batch), size(&left, &rows), size(&left, &inner), size(&right, &columns)];
    let lengths: Vec<usize> = batch
        .iter()
        .chain(&rows)
        .filter_map(|&c| length(&left, c))
        .chain(columns.iter().filter_map(|&c| length(&right, c)))
        .collect();
    let a = ordered(plan, &left, &[&batch, &rows, &inner])?.view(&[sizes[0], sizes[1], sizes[2]]);
    let b = ordered(plan, &right, &[&batch, &inner, &columns])?.view(&[sizes[0], sizes[2], sizes[3]]);
    let tensor = matmul(plan, &a, &b, None, &Gemm::NN)?.view(&lengths);
    Ok(Lettered { tensor, letters: [batch, rows, columns].concat() })
}

/// Axes of length 1 as long as the other operand's of the same letter.
fn repeated(plan: &mut Plan, x: Lettered, other: &Lettered) -> Result<Lettered, Refusal> {
    let mut shape = x.tensor.shape.clone();
    for (i, c) in x.letters.iter().enumerate() {
        let Some(j) = other.letters.iter().position(|l| l == c) else { continue };
        let theirs = other.tensor.shape[j];
        if shape[i] != theirs && shape[i] != 1 && theirs != 1 {
            return invalid(format!("axes of the letter {c} are {} and {theirs} long", shape[i]));
        }
        shape[i] = shape[i].max(theirs);
    }
    Ok(Lettered { tensor: expand(plan, &x.tensor, &shape)?, letters: x.letters })
}

fn ordered(plan: &mut Plan, x: &Lettered, groups: &[&[char]]) -> Result<Tensor, Refusal> {
    let order: Vec<usize> =
        groups.iter().flat_map(|g| g.iter()).filter_map(|c| x.letters.iter().position(|l| l == c)).collect();
    Ok(if order.is_empty() { x.tensor.clone() } else { transpose(plan, &x.tensor, &order)? })
}
