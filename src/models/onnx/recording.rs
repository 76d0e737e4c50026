//! The recording of nodes one after the other, into graphs within graphs.
//!
//! What a node makes is looked for in three places: graphs within it (`flow`), functions of the file, and
//! the table of operators. Values of a graph within another are seen in it alone.

use std::collections::{BTreeMap, HashMap};

use rten_onnx::onnx::{GraphProto, NodeProto, ValueInfoProto};

use super::error::{Refusal, Stop, invalid, tame, unsupported};
use super::file::{Model, label};
use super::functions::Function;
use super::limits::MAX_MADE;
use super::node::Node;
use super::resolve::Resolve;
use super::table;
use super::value::{Array, Chance, Elem, MAX_AXES, Value, count};
use crate::gpu::{BufId, Plan, Source};
use crate::ops::MAX_ELEMENTS;

/// Most elements in all buffers of a plan: eight gigabytes of floats.
const MAX_PLANNED: usize = 1 << 31;
/// Most steps of a plan, and most buffers: each takes memory of the driver's too.
const MAX_STEPS: usize = 1 << 18;
/// Deepest nesting of functions and graphs.
const MAX_DEPTH: usize = 24;

/// Values for the outputs of a node in order.
pub(super) type Made = Result<Vec<Value>, Refusal>;
/// Records a node that holds graphs.
pub(super) type Flow = fn(&mut Recording<'_>, &NodeProto) -> Made;

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
}

/// A recording under way.
pub(super) struct Recording<'r> {
    /// What there is so far.
    pub recorded: Recorded,
    /// Gives the numbers of what the network computes, where they are needed to go on.
    pub resolve: Option<Resolve<'r>>,
    model: &'r Model,
    flow: fn(&str, &str) -> Option<Flow>,
    /// Versions of the operator sets: the model's, or those of the function that is recorded.
    opsets: BTreeMap<String, i64>,
    depth: usize,
    /// Numbers that nodes have made on the CPU.
    known: usize,
    /// Elements in all buffers.
    planned: usize,
}

impl<'r> Recording<'r> {
    /// A recording behind the steps that a plan has already.
    pub fn new(
        plan: Plan,
        model: &'r Model,
        resolve: Option<Resolve<'r>>,
        flow: fn(&str, &str) -> Option<Flow>,
    ) -> Self {
        let recorded = Recorded {
            plan,
            inputs: BTreeMap::new(),
            values: HashMap::new(),
            outputs: Vec::new(),
            stop: None,
        };
        Self { recorded, resolve, model, flow, opsets: model.opsets.clone(), depth: 0, known: 0, planned: 0 }
    }

    /// A node as the function that records it sees it.
    pub fn node<'n>(&'n mut self, proto: &'n NodeProto) -> Node<'n>
    where
        'r: 'n,
    {
        let domain = proto.domain.as_deref().filter(|d| *d != "ai.onnx").unwrap_or_default();
        let opset = self.opsets.get(domain).copied().unwrap_or(1);
        let Recorded { plan, values, .. } = &mut self.recorded;
        Node::new(plan, proto, values, opset, self.resolve)
    }

    /// The numbers of a value, which may have to run first.
    pub fn resolved(&self, value: &Value) -> Result<Array, Refusal> {
        match (&value.known, self.resolve) {
            (Some(known), _) => Ok(known.clone()),
            (None, Some(resolve)) => resolve(&self.recorded.plan, value),
            (None, None) => {
                unsupported("the network computes when its loop ends, which must be known before it runs")
            }
        }
    }

    /// Records a node.
    pub fn record(&mut self, proto: &NodeProto) -> Result<(), Stop> {
        let operator = proto.op_type.as_deref().unwrap_or_default();
        let domain = proto.domain.as_deref().filter(|d| *d != "ai.onnx").unwrap_or_default();
        let (buffers, steps) = (self.recorded.plan.buffers.len(), self.recorded.plan.steps.len());
        let made = self.made(proto, domain, operator);
        let made = made.and_then(|values| self.budget(buffers, values));
        let made =
            made.and_then(|values| match (values.len()..proto.output.len()).find(|&i| wanted(proto, i)) {
                Some(i) => unsupported(format!("output {i}, {}, is not supported", proto.output[i])),
                None => Ok(values),
            });
        let values = made.map_err(|refusal| {
            // A node that was begun leaves steps that lead nowhere.
            self.recorded.plan.steps.truncate(steps);
            Stop::Node { operator: tame(operator), node: label(proto), refusal: Box::new(refusal) }
        })?;
        let values = widths(operator, proto, &self.recorded.values, values);
        let inherits = self.reads_random(proto);
        for buffer in &mut self.recorded.plan.buffers[buffers..] {
            if matches!(buffer.source, Source::Temporary) {
                buffer.name = format!("{} · {}", label(proto), buffer.name);
            }
        }
        for (name, value) in proto.output.iter().zip(values).filter(|(name, _)| !name.is_empty()) {
            if let Some(tensor) = value.tensor.as_ref().filter(|t| t.buf.0 >= buffers) {
                self.recorded.plan.name(tensor, name);
            }
            let chance = if inherits { Chance::Inherited } else { value.chance };
            self.recorded.values.insert(name.clone(), Value { chance, ..value });
        }
        Ok(())
    }

    fn made(&mut self, proto: &NodeProto, domain: &str, operator: &str) -> Made {
        if let Some(flow) = (self.flow)(domain, operator) {
            return flow(self, proto);
        }
        let model = self.model;
        if let Some(function) = model.functions.get(&(domain.to_owned(), operator.to_owned())) {
            return self.call(function, proto);
        }
        let Some(record) = table::find(domain, operator) else {
            return match table::is_known_domain(domain) {
                true => unsupported("this operator is not supported"),
                false => unsupported(format!("operators of the domain {domain} are not supported")),
            };
        };
        let mut node = self.node(proto);
        let values = record(&mut node)?;
        match node.unread() {
            Some(name) => unsupported(format!("the attribute {name} is not supported")),
            None => Ok(values),
        }
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
        self.planned += self.recorded.plan.buffers[first..].iter().map(|b| b.len).sum::<usize>();
        for (what, have, limit) in [
            ("numbers on the CPU", self.known, MAX_MADE),
            ("numbers in the plan's buffers", self.planned, MAX_PLANNED),
            ("steps", self.recorded.plan.steps.len(), MAX_STEPS),
            ("buffers", self.recorded.plan.buffers.len(), MAX_STEPS),
        ] {
            if have > limit {
                return unsupported(format!("{have} {what} are more than the limit of {limit}"));
            }
        }
        Ok(values)
    }

    fn reads_random(&self, proto: &NodeProto) -> bool {
        proto.input.iter().filter_map(|name| self.recorded.values.get(name)).any(|v| v.chance != Chance::None)
    }

    /// Records a graph within the one around, which it sees; its own names end with it.
    pub fn within(&mut self, graph: &GraphProto, inputs: Vec<Value>) -> Made {
        if graph.input.len() != inputs.len() {
            return invalid(format!("a graph of {} inputs is given {}", graph.input.len(), inputs.len()));
        }
        let mut own: BTreeMap<String, Option<Value>> = BTreeMap::new();
        let mut hide = |values: &mut HashMap<String, Value>, name: &str| {
            if !own.contains_key(name) {
                own.insert(name.to_owned(), values.remove(name));
            }
        };
        let names = graph.input.iter().map(|i| i.name.as_deref().unwrap_or_default());
        for (name, value) in names.zip(inputs) {
            hide(&mut self.recorded.values, name);
            self.recorded.values.insert(name.to_owned(), value);
        }
        let mut ended = Ok(());
        for weight in &graph.initializer {
            let name = weight.name.as_deref().unwrap_or_default();
            hide(&mut self.recorded.values, name);
            match Array::decode(weight) {
                Ok(array) => drop(self.recorded.values.insert(name.to_owned(), Value::known(array))),
                Err(fault) => ended = Err(Refusal::Invalid(fault.to_string())),
            }
        }
        for node in &graph.node {
            node.output.iter().for_each(|name| hide(&mut self.recorded.values, name));
        }
        if ended.is_ok() {
            ended = self.deeper(&graph.node);
        }
        let made = ended.and_then(|()| {
            let value = |o: &ValueInfoProto| {
                let name = o.name.as_deref().unwrap_or_default();
                let found = self.recorded.values.get(name).cloned();
                found.map_or_else(
                    || invalid(format!("nothing makes the output {name} of the inner graph")),
                    Ok,
                )
            };
            graph.output.iter().map(value).collect()
        });
        for (name, before) in own {
            match before {
                Some(value) => drop(self.recorded.values.insert(name, value)),
                None => drop(self.recorded.values.remove(&name)),
            }
        }
        made
    }

    /// Records the body of a function, which sees its inputs alone.
    fn call(&mut self, function: &Function, proto: &NodeProto) -> Made {
        let given: Vec<Option<Value>> =
            (0..function.inputs.len()).map(|i| self.node(proto).optional(i)).collect();
        let own =
            function.inputs.iter().zip(given).filter_map(|(name, v)| Some((name.clone(), v?))).collect();
        let outside = std::mem::replace(&mut self.recorded.values, own);
        let opsets = std::mem::replace(&mut self.opsets, function.opsets.clone());
        let nodes = function.body(&proto.attribute);
        let ended = self.deeper(&nodes);
        let inside = std::mem::replace(&mut self.recorded.values, outside);
        self.opsets = opsets;
        ended?;
        let value = |(i, name): (usize, &String)| match inside.get(name) {
            Some(value) => Ok(value.clone()),
            None if proto.output.get(i).is_none_or(String::is_empty) => {
                Ok(Value::known(Array::floats(&[0], Vec::new())))
            }
            None => invalid(format!("the function {} does not make {}", tame(&function.name), tame(name))),
        };
        function.outputs.iter().enumerate().map(value).collect()
    }

    fn deeper(&mut self, nodes: &[NodeProto]) -> Result<(), Refusal> {
        if self.depth == MAX_DEPTH {
            return unsupported(format!("graphs and functions are nested more than {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        let ended = nodes.iter().try_for_each(|node| self.record(node));
        self.depth -= 1;
        ended.map_err(|stop| {
            let says = format!("within it, {stop}");
            if stop.is_unsupported() { Refusal::Unsupported(says) } else { Refusal::Invalid(says) }
        })
    }
}

/// Floats that an operator makes have the width of those that it reads, though all are computed in 32
/// bits.
fn widths(operator: &str, proto: &NodeProto, known: &HashMap<String, Value>, made: Vec<Value>) -> Vec<Value> {
    let mut read = proto.input.iter().filter_map(|name| known.get(name)).map(|v| v.elem);
    match read.find(|elem| elem.is_float()) {
        Some(elem) if elem != Elem::F32 && !elem.is_narrow() && !operator.starts_with("Cast") => made
            .into_iter()
            .map(|v| if v.elem == Elem::F32 && v.tensor.is_some() { Value { elem, ..v } } else { v })
            .collect(),
        _ => made,
    }
}

fn wanted(proto: &NodeProto, i: usize) -> bool {
    proto.output.get(i).is_some_and(|name| !name.is_empty())
}
