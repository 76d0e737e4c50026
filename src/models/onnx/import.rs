//! From a model file and its inputs to a plan: one recording a node, in order.
//!
//! Shapes follow from the recording itself. What cannot be recorded stops it with a sentence; all
//! before it stays, so that a file opens up to there.

use std::collections::{BTreeMap, HashMap};

use rten_onnx::onnx::NodeProto;

use super::error::{Refusal, Stop, tame, unsupported};
use super::file::{Input, Model, in_words, label};
use super::known;
use super::node::{MAX_MADE, Node};
use super::table;
use super::value::{Array, Chance, Elem, MAX_AXES, Value, count};
use crate::gpu::{BufId, DType, Data, GpuError, Plan, Session, Source};
use crate::ops::MAX_ELEMENTS;

/// Most elements in all buffers of a plan: eight gigabytes of floats.
const MAX_PLANNED: usize = 1 << 31;
/// Most steps of a plan, and most buffers: each takes memory of the driver's too.
const MAX_STEPS: usize = 1 << 18;

/// A model on a plan, as far as it could be recorded.
#[derive(Debug)]
pub struct Recorded {
    /// The steps; buffers bear the names of the file's values.
    pub plan: Plan,
    /// The graph's inputs by name, where they lie on the plan.
    pub inputs: BTreeMap<String, BufId>,
    /// Every value of the graph that was reached, by name.
    pub values: HashMap<String, Value>,
    /// The graph's outputs in order; those that were reached.
    pub outputs: Vec<(String, Value)>,
    /// What stopped the recording, if something did.
    pub stop: Option<Stop>,
    /// Numbers that nodes have made on the CPU.
    known: usize,
    /// Elements in all buffers.
    planned: usize,
}

/// Records `model` for these inputs, by name.
pub fn record(model: &Model, given: BTreeMap<String, Array>) -> Recorded {
    let known = given.into_iter().map(|(name, array)| (name, Value::known(array)));
    record_on(Plan::new(), model, known.collect())
}

/// Records `model` behind the steps that a plan has already, which may compute some of its inputs.
pub fn record_on(plan: Plan, model: &Model, given: BTreeMap<String, Value>) -> Recorded {
    let mut recorded = Recorded {
        plan,
        inputs: BTreeMap::new(),
        values: HashMap::new(),
        outputs: Vec::new(),
        stop: None,
        known: 0,
        planned: 0,
    };
    recorded.stop = recorded.walk(model, given).err();
    let reached = |name: &String| recorded.values.get(name).map(|v| (name.clone(), v.clone()));
    recorded.outputs = model.outputs.iter().filter_map(reached).collect();
    recorded
}

impl Recorded {
    fn walk(&mut self, model: &Model, mut given: BTreeMap<String, Value>) -> Result<(), Stop> {
        for (name, weight) in &model.weights {
            let weight = given.remove(name).unwrap_or_else(|| Value::known(weight.clone()));
            self.values.insert(name.clone(), weight);
        }
        for input in &model.inputs {
            let Some(mut value) = given.remove(&input.name) else {
                if input.foreign {
                    return Err(Stop::Type { name: tame(&input.name) });
                }
                let reason = "is missing: give it as --input NAME=FILE".to_owned();
                return Err(Stop::Input { name: tame(&input.name), reason });
            };
            check_input(input, &value)?;
            if value.tensor.is_none()
                && value.elem.is_float()
                && let Some(known) = &value.known
            {
                let data = Data::F32(known.numbers.to_f32());
                value.tensor = Some(self.plan.constant(&input.name, &value.shape, data));
            }
            if let Some(tensor) = &value.tensor {
                self.inputs.insert(input.name.clone(), tensor.buf);
            }
            self.values.insert(input.name.clone(), value);
        }
        if let Some(name) = given.into_keys().next() {
            let names: Vec<&str> = model.inputs.iter().map(|i| i.name.as_str()).collect();
            let reason = format!("does not exist, the model has {}", names.join(", "));
            return Err(Stop::Input { name: tame(&name), reason: tame(&reason) });
        }
        model.nodes.iter().try_for_each(|proto| self.node(model, proto))
    }

    fn node(&mut self, model: &Model, proto: &NodeProto) -> Result<(), Stop> {
        let operator = proto.op_type.as_deref().unwrap_or_default();
        let domain = proto.domain.as_deref().unwrap_or_default();
        let (buffers, steps) = (self.plan.buffers.len(), self.plan.steps.len());
        let made = match table::find(domain, operator) {
            Some(record) => {
                let opset = model.opset(domain);
                let mut node = Node::new(&mut self.plan, proto, &mut self.values, opset);
                record(&mut node).and_then(|values| match node.unread() {
                    Some(name) => unsupported(format!("the attribute {name} is not supported")),
                    None => Ok(values),
                })
            }
            None if table::is_standard(domain) => unsupported("this operator is not supported"),
            None => unsupported(format!("operators of the domain {domain} are not supported")),
        };
        let made = made.and_then(|values| self.budget(buffers, values));
        let made =
            made.and_then(|values| match (values.len()..proto.output.len()).find(|&i| wanted(proto, i)) {
                Some(i) => unsupported(format!("output {i}, {}, is not supported", proto.output[i])),
                None => Ok(values),
            });
        let values = made.map_err(|refusal| {
            // A node that was begun leaves steps that lead nowhere.
            self.plan.steps.truncate(steps);
            Stop::Node { operator: tame(operator), node: label(proto), refusal: Box::new(refusal) }
        })?;
        let values = widths(operator, proto, &self.values, values);
        let inherits = self.reads_random(proto);
        for buffer in &mut self.plan.buffers[buffers..] {
            if matches!(buffer.source, Source::Temporary) {
                buffer.name = format!("{} · {}", label(proto), buffer.name);
            }
        }
        for (name, value) in proto.output.iter().zip(values).filter(|(name, _)| !name.is_empty()) {
            if let Some(tensor) = value.tensor.as_ref().filter(|t| t.buf.0 >= buffers) {
                self.plan.name(tensor, name);
            }
            let chance = if inherits { Chance::Inherited } else { value.chance };
            self.values.insert(name.clone(), Value { chance, ..value });
        }
        Ok(())
    }

    /// Refuses what would not fit into memory of a node that adds buffers from number `first` on.
    fn budget(&mut self, first: usize, values: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        let fresh = |value: &Value| {
            value.known.as_ref().filter(|a| a.numbers.is_unshared()).map_or(0, |_| value.len())
        };
        if let Some(odd) = values.iter().find(|v| count(&v.shape).is_none()) {
            let axes = odd.shape.len();
            return unsupported(format!(
                "a result of {axes} axes is beyond the limits of {MAX_ELEMENTS} elements and {MAX_AXES} axes"
            ));
        }
        self.known += values.iter().map(fresh).sum::<usize>();
        self.planned += self.plan.buffers[first..].iter().map(|b| b.len).sum::<usize>();
        for (what, have, limit) in [
            ("numbers on the CPU", self.known, MAX_MADE),
            ("numbers in the plan's buffers", self.planned, MAX_PLANNED),
            ("steps", self.plan.steps.len(), MAX_STEPS),
            ("buffers", self.plan.buffers.len(), MAX_STEPS),
        ] {
            if have > limit {
                return unsupported(format!("{have} {what} are more than the limit of {limit}"));
            }
        }
        Ok(values)
    }

    fn reads_random(&self, proto: &NodeProto) -> bool {
        proto.input.iter().filter_map(|name| self.values.get(name)).any(|v| v.chance != Chance::None)
    }
}

/// Floats that an operator makes have the width of those that it reads, though all are computed in 32
/// bits.
fn widths(operator: &str, proto: &NodeProto, known: &HashMap<String, Value>, made: Vec<Value>) -> Vec<Value> {
    let mut read = proto.input.iter().filter_map(|name| known.get(name)).map(|v| v.elem);
    match read.find(|elem| elem.is_float()) {
        Some(elem) if elem != Elem::F32 && !operator.starts_with("Cast") => made
            .into_iter()
            .map(|v| if v.elem == Elem::F32 && v.tensor.is_some() { Value { elem, ..v } } else { v })
            .collect(),
        _ => made,
    }
}

fn wanted(proto: &NodeProto, i: usize) -> bool {
    proto.output.get(i).is_some_and(|name| !name.is_empty())
}

/// The input must be of the declared type and fit the declared shape.
fn check_input(input: &Input, array: &Value) -> Result<(), Stop> {
    let refuse = |reason: String| Err(Stop::Input { name: tame(&input.name), reason });
    if let Some(elem) = input.elem
        && elem != array.elem
    {
        return refuse(format!("is {}, and the model wants {}", array.elem.name(), elem.name()));
    }
    if count(&array.shape).is_none() {
        let axes = array.shape.len();
        return refuse(format!(
            "has {axes} axes, and the limits are {MAX_ELEMENTS} elements and {MAX_AXES} axes"
        ));
    }
    let fits = input.shape.as_ref().is_none_or(|want| {
        want.len() == array.shape.len()
            && want.iter().zip(&array.shape).all(|(w, h)| w.is_none_or(|w| w == *h))
    });
    if !fits {
        let (have, want) = (in_words(array.shape.iter().map(usize::to_string)), input.shape_in_words());
        return refuse(format!("has the shape {have}, and the model wants {want}"));
    }
    Ok(())
}

/// The content of a value after the session has run, in its ONNX type.
pub fn read(session: &Session, value: &Value) -> Result<Array, GpuError> {
    let (elem, shape) = (value.elem, value.shape.clone());
    if let (Some(known), true) = (&value.known, value.tensor.is_none()) {
        return Ok(known.clone());
    }
    let Some(tensor) = &value.tensor else { return Ok(Array::floats(&[0], Vec::new())) };
    if tensor.dtype == DType::U32 {
        let ints: Vec<i64> = session.words(tensor.buf)?.into_iter().map(|w| elem.wrap(w.into())).collect();
        return Ok(Array::ints(elem, &shape, ints));
    }
    let floats = session.read(tensor.buf)?;
    Ok(if elem.is_float() {
        known::cast(&Array::floats(&shape, floats), elem)
    } else {
        let ints: Vec<i64> = floats.iter().map(|&v| elem.wrap(v.round() as i64)).collect();
        Array::ints(elem, &shape, ints)
    })
}
