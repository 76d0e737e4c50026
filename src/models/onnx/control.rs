//! Graphs within a graph: branches, loops, scans and functions. They are inlined: the branch that is taken,
//! each turn of a loop, the body of a function, one recording after the other. So conditions and numbers of
//! turns must be known, or be found by running what computes them.

use rten_onnx::onnx::{GraphProto, NodeProto};

use super::error::{Refusal, invalid, unsupported};
use super::known;
use super::node::axis;
use super::recording::{Flow, Made, Recording};
use super::value::{Array, Elem, Value};
use crate::gpu::Tensor;
use crate::ops::layout::{concat, narrow};

/// Most turns of a loop, each of which is recorded.
const MAX_TURNS: usize = 1 << 14;

/// What records a node that holds graphs.
pub(super) fn find(domain: &str, operator: &str) -> Option<Flow> {
    match (domain, operator) {
        ("", "If") => Some(branch),
        ("", "Loop") => Some(repeat),
        ("", "Scan") => Some(scan),
        ("", "SequenceMap") => Some(map),
        _ => None,
    }
}

fn graph<'a>(proto: &'a NodeProto, name: &str) -> Result<&'a GraphProto, Refusal> {
    let attribute = proto.attribute.iter().find(|a| a.name.as_deref() == Some(name));
    attribute.and_then(|a| a.g.as_ref()).map_or_else(|| invalid(format!("{name} is missing")), Ok)
}

/// A single truth of input `i`.
fn truth(recording: &mut Recording<'_>, proto: &NodeProto, i: usize) -> Result<bool, Refusal> {
    let node = recording.node(proto);
    match *node.known(i)?.numbers.to_f64() {
        [v] => Ok(v != 0.0),
        ref more => invalid(format!("the condition holds {} numbers instead of one", more.len())),
    }
}

fn branch(recording: &mut Recording<'_>, proto: &NodeProto) -> Made {
    let taken = if truth(recording, proto, 0)? { "then_branch" } else { "else_branch" };
    let graph = graph(proto, taken)?;
    recording.within(graph, Vec::new())
}

fn repeat(recording: &mut Recording<'_>, proto: &NodeProto) -> Made {
    let body = graph(proto, "body")?;
    let node = recording.node(proto);
    let most = match node.optional(0) {
        Some(_) => Some(node.scalar(0, 0.0)?.max(0.0) as usize),
        None => None,
    };
    let mut goes_on = match node.optional(1) {
        Some(_) => node.scalar(1, 1.0)? != 0.0,
        None => true,
    };
    let mut carried = (2..node.count()).map(|i| node.value(i)).collect::<Result<Vec<_>, _>>()?;
    if body.output.len() <= carried.len() || body.input.len() != carried.len() + 2 {
        return invalid(format!("the body of the loop does not carry {} values on", carried.len()));
    }
    let mut scanned: Vec<Vec<Value>> = vec![Vec::new(); body.output.len() - 1 - carried.len()];
    let mut turn = 0;
    while goes_on && most.is_none_or(|most| turn < most) {
        if turn == MAX_TURNS {
            return unsupported(format!("more than {MAX_TURNS} turns of a loop are not run"));
        }
        let count = Value::known(Array::ints(Elem::I64, &[], vec![turn as i64]));
        let condition = Value::known(Array::ints(Elem::Bool, &[], vec![1]));
        let mut made = recording.within(body, [vec![count, condition], carried].concat())?;
        let mut rest = made.split_off(1);
        goes_on = recording.resolved(&made[0])?.numbers.to_f64().first().is_some_and(|&v| v != 0.0);
        let outs = rest.split_off(rest.len() - scanned.len());
        carried = rest;
        scanned.iter_mut().zip(outs).for_each(|(all, out)| all.push(out));
        turn += 1;
    }
    for all in scanned {
        if all.is_empty() {
            return unsupported("a loop without a turn has results of no known shape");
        }
        carried.push(stacked(recording, &all, 0)?);
    }
    Ok(carried)
}

/// The body for each value of a sequence; other sequences go along, tensors are the same for all.
fn map(recording: &mut Recording<'_>, proto: &NodeProto) -> Made {
    let body = graph(proto, "body")?;
    let node = recording.node(proto);
    let inputs = (0..node.count()).map(|i| node.value(i)).collect::<Result<Vec<_>, _>>()?;
    let Some(turns) = inputs.first().and_then(|v| v.list.as_ref()).map(Vec::len) else {
        return invalid("the first input is no sequence");
    };
    let mut made: Vec<Vec<Value>> = vec![Vec::new(); body.output.len()];
    for turn in 0..turns {
        let of_turn = |input: &Value| match &input.list {
            Some(list) => list.get(turn).cloned().map_or_else(|| invalid("a sequence is too short"), Ok),
            None => Ok(input.clone()),
        };
        let inputs = inputs.iter().map(of_turn).collect::<Result<_, Refusal>>()?;
        let outs = recording.within(body, inputs)?;
        made.iter_mut().zip(outs).for_each(|(all, out)| all.push(out));
    }
    Ok(made.into_iter().map(Value::sequence).collect())
}

fn scan(recording: &mut Recording<'_>, proto: &NodeProto) -> Made {
    let body = graph(proto, "body")?;
    let node = recording.node(proto);
    if node.opset < 9 {
        return unsupported("scans of version 8, over a batch, are not run");
    }
    let count = node.size("num_scan_inputs", 0)?;
    let list = |name: &str| node.list(name).unwrap_or_default();
    let [directions, axes, out_directions, out_axes] = [
        list("scan_input_directions"),
        list("scan_input_axes"),
        list("scan_output_directions"),
        list("scan_output_axes"),
    ];
    let all = (0..node.count()).map(|i| node.value(i)).collect::<Result<Vec<_>, _>>()?;
    let Some(states) = all.len().checked_sub(count).filter(|_| count > 0) else {
        return invalid(format!("{} inputs do not hold {count} that are scanned", all.len()));
    };
    let Some(outputs) = body.output.len().checked_sub(states) else {
        return invalid(format!("the body of the scan does not carry {states} values on"));
    };
    let (mut carried, scanned) = (all[..states].to_vec(), &all[states..]);
    let along: Vec<usize> = scanned
        .iter()
        .enumerate()
        .map(|(i, x)| axis(axes.get(i).copied().unwrap_or(0), x.shape.len()))
        .collect::<Result<_, _>>()?;
    let turns = scanned[0].shape[along[0]];
    if scanned.iter().zip(&along).any(|(x, &axis)| x.shape[axis] != turns) {
        return invalid("what is scanned is not of one length");
    }
    if turns == 0 || turns > MAX_TURNS {
        return unsupported(format!("{turns} turns of a scan are not run, only 1 to {MAX_TURNS}"));
    }
    let backwards = |list: &[i64], i: usize| list.get(i) == Some(&1);
    let mut made: Vec<Vec<Value>> = vec![Vec::new(); outputs];
    for turn in 0..turns {
        let mut inputs = carried;
        for (i, (x, &axis)) in scanned.iter().zip(&along).enumerate() {
            let at = if backwards(&directions, i) { turns - 1 - turn } else { turn };
            inputs.push(element(recording, x, axis, at)?);
        }
        let mut values = recording.within(body, inputs)?;
        let outs = values.split_off(states);
        carried = values;
        made.iter_mut().zip(outs).for_each(|(all, out)| all.push(out));
    }
    for (i, mut all) in made.into_iter().enumerate() {
        if backwards(&out_directions, i) {
            all.reverse();
        }
        let axis = axis(out_axes.get(i).copied().unwrap_or(0), all[0].shape.len() + 1)?;
        carried.push(stacked(recording, &all, axis)?);
    }
    Ok(carried)
}

/// One place of an axis, without that axis.
fn element(recording: &mut Recording<'_>, x: &Value, axis: usize, at: usize) -> Result<Value, Refusal> {
    let mut shape = x.shape.clone();
    shape.remove(axis);
    if let (Some(array), None) = (&x.known, &x.tensor) {
        let places =
            known::places(&shape, |c| known::flat([&c[..axis], &[at], &c[axis..]].concat(), &x.shape));
        return Ok(Value::known(known::moved(array, &shape, &places)));
    }
    let tensor = on_plan(recording, x)?;
    let part = narrow(&mut recording.recorded.plan, &tensor, axis, at, 1)?;
    Ok(Value::computed(x.elem, part.view(&shape)))
}

/// Values of one shape along a new axis.
fn stacked(recording: &mut Recording<'_>, all: &[Value], axis: usize) -> Result<Value, Refusal> {
    let first = &all[0];
    if all.iter().any(|v| v.shape != first.shape || v.elem != first.elem) {
        return unsupported("results of turns that differ in shape are not stacked");
    }
    let mut single = first.shape.clone();
    single.insert(axis, 1);
    let arrays: Option<Vec<Array>> = all
        .iter()
        .map(|v| v.known.clone().filter(|_| v.tensor.is_none()).map(|a| Array { shape: single.clone(), ..a }))
        .collect();
    if let Some(arrays) = arrays {
        return Ok(Value::known(known::concat(&arrays, axis)?));
    }
    let tensors: Vec<Tensor> =
        all.iter().map(|v| Ok(on_plan(recording, v)?.view(&single))).collect::<Result<_, Refusal>>()?;
    let parts: Vec<&Tensor> = tensors.iter().collect();
    let y = concat(&mut recording.recorded.plan, &parts, axis)?;
    Ok(Value::computed(first.elem, y))
}

fn on_plan(recording: &mut Recording<'_>, value: &Value) -> Result<Tensor, Refusal> {
    let tensor = value.on_plan(&mut recording.recorded.plan, "constant");
    tensor.map_or_else(|| unsupported("a value without numbers is not scanned"), Ok)
}
