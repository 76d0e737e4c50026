//! A node as the function that records it sees it: inputs, attributes, operator-set version.

use std::cell::RefCell;
use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, NodeProto};

use super::error::{Refusal, invalid, unsupported};
use super::limits::{MAX_BOUND, MAX_SETTING};
use super::resolve::Resolve;
use super::value::{Array, Elem, MAX_AXES, Numbers, Value, count};
use crate::gpu::{DType, Data, Plan, Tensor};
use crate::ops::MAX_ELEMENTS;

/// A node being recorded.
pub struct Node<'a> {
    /// Where to.
    pub plan: &'a mut Plan,
    /// Version of the operator set of the node's domain.
    pub opset: i64,
    proto: &'a NodeProto,
    values: &'a mut HashMap<String, Value>,
    resolve: Option<Resolve<'a>>,
    /// Which attributes were asked for.
    asked: RefCell<Vec<bool>>,
}

/// Attributes that change nothing where they are not asked for: the precision of what is computed in
/// 32 bits anyway, settings of training while it is not, of outputs that nobody wants, or of old
/// versions.
const WITHOUT_EFFECT: &[&str] = &[
    "consumed_inputs",
    "cubic_coeff_a",
    "extrapolation_value",
    "is_test",
    "momentum",
    "nearest_mode",
    "noop_with_empty_axes",
    "num_outputs",
    "ratio",
    "round_mode",
    "saturate",
    "seed",
    "softmax_precision",
    "stash_type",
    "storage_order",
];

/// What a recording function returns: values for the outputs in order. Trailing ones may be left out
/// if the node does not [want](Node::wants) them.
pub type Outputs = Result<Vec<Value>, Refusal>;

impl<'a> Node<'a> {
    /// A node of a graph whose earlier values are known.
    pub fn new(
        plan: &'a mut Plan,
        proto: &'a NodeProto,
        values: &'a mut HashMap<String, Value>,
        opset: i64,
        resolve: Option<Resolve<'a>>,
    ) -> Self {
        let asked = RefCell::new(vec![false; proto.attribute.len()]);
        Self { plan, opset, proto, values, resolve, asked }
    }

    /// Number of inputs, absent ones in between included.
    pub fn count(&self) -> usize {
        self.proto.input.len()
    }

    /// Name of the operator.
    pub fn operator(&self) -> &'a str {
        self.proto.op_type.as_deref().unwrap_or_default()
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.proto.output.len()
    }

    /// Whether someone may read output `i`.
    pub fn wants(&self, i: usize) -> bool {
        self.proto.output.get(i).is_some_and(|name| !name.is_empty())
    }

    fn input_name(&self, i: usize) -> Option<&'a str> {
        self.proto.input.get(i).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Input `i`, if the node has it.
    pub fn optional(&self, i: usize) -> Option<Value> {
        self.input_name(i).and_then(|name| self.values.get(name)).cloned()
    }

    /// Input `i`.
    pub fn value(&self, i: usize) -> Result<Value, Refusal> {
        let Some(value) = self.optional(i) else { return invalid(format!("input {i} is missing")) };
        Ok(value)
    }

    /// Floats of input `i` on the plan.
    pub fn tensor(&mut self, i: usize) -> Result<Tensor, Refusal> {
        let value = self.value(i)?;
        if !value.elem.is_float() {
            let elem = value.elem.name();
            return unsupported(format!("input {i} holds {elem}, and only floats are computed here"));
        }
        self.upload(i, &value)
    }

    /// Input `i` on the plan, integers and booleans as floats.
    pub fn number(&mut self, i: usize) -> Result<Tensor, Refusal> {
        let value = self.value(i)?;
        self.upload(i, &value)
    }

    fn upload(&mut self, i: usize, value: &Value) -> Result<Tensor, Refusal> {
        if let Some(tensor) = &value.tensor {
            if value.elem.is_narrow() && value.known.is_none() {
                let elem = value.elem.name();
                return unsupported(format!("input {i} holds {elem} that the network computes, unrounded"));
            }
            if tensor.dtype != DType::F32 {
                return unsupported(format!(
                    "input {i} holds positions that the network computes, and only MaxUnpool reads those"
                ));
            }
            return Ok(tensor.clone());
        }
        let (Some(known), Some(name)) = (&value.known, self.input_name(i)) else {
            return invalid(format!("input {i} is missing"));
        };
        let tensor = self.plan.constant(name, &value.shape, Data::F32(known.numbers.to_f32()));
        // Once: later readers find it on the plan, and a known value stays known.
        if value.elem.is_float()
            && let Some(kept) = self.values.get_mut(name)
        {
            kept.tensor = Some(tensor.clone());
        }
        Ok(tensor)
    }

    /// Floats of input `i` on the plan as blocks of rows, if it is known and larger than every adapter
    /// can bind: the weights of a wide layer.
    pub fn blocks(&mut self, i: usize) -> Result<Option<Vec<Tensor>>, Refusal> {
        let value = self.value(i)?;
        let (Some(known), None, Some(name), true) = (
            &value.known,
            &value.tensor,
            self.input_name(i),
            value.len() > MAX_BOUND && value.elem.is_float(),
        ) else {
            return Ok(None);
        };
        let row = value.len() / value.shape[0];
        if row > MAX_BOUND {
            return unsupported(format!("a row of {row} elements is beyond the limit of {MAX_BOUND}"));
        }
        let numbers = known.numbers.to_f32();
        let blocks = numbers.chunks(MAX_BOUND / row * row).enumerate().map(|(block, part)| {
            let shape = [&[part.len() / row], &value.shape[1..]].concat();
            self.plan.constant(&format!("{name} · part {}", block + 1), &shape, part.to_vec())
        });
        Ok(Some(blocks.collect()))
    }

    /// Floats of input `i` on the plan, if the node has it.
    pub fn optional_tensor(&mut self, i: usize) -> Result<Option<Tensor>, Refusal> {
        self.optional(i).is_some().then(|| self.tensor(i)).transpose()
    }

    /// Input `i` on the plan, integers and booleans as floats, if the node has it.
    pub fn optional_number(&mut self, i: usize) -> Result<Option<Tensor>, Refusal> {
        self.optional(i).is_some().then(|| self.number(i)).transpose()
    }

    /// Input `i` as it is known while recording, or once what computes it has run.
    pub fn known(&self, i: usize) -> Result<Array, Refusal> {
        let value = self.value(i)?;
        if let Some(array) = value.known {
            return Ok(array);
        }
        match self.resolve {
            Some(resolve) => resolve(self.plan, &value),
            None => unsupported(format!(
                "input {i} is computed by the network, and it must be known before the network runs"
            )),
        }
    }

    /// Integers of input `i`.
    pub fn ints(&self, i: usize) -> Result<Vec<i64>, Refusal> {
        match self.known(i)?.numbers {
            Numbers::Ints(v) => Ok(v.to_vec()),
            Numbers::Floats(_) => invalid(format!("input {i} holds floats instead of integers")),
        }
    }

    /// Integers of input `i`, if the node has it.
    pub fn optional_ints(&self, i: usize) -> Result<Option<Vec<i64>>, Refusal> {
        self.optional(i).is_some().then(|| self.ints(i)).transpose()
    }

    /// The single number of input `i`, or a default if the node does not have it.
    pub fn scalar(&self, i: usize, default: f64) -> Result<f64, Refusal> {
        if self.optional(i).is_none() {
            return Ok(default);
        }
        match *self.known(i)?.numbers.to_f64() {
            [v] => Ok(v),
            ref more => invalid(format!("input {i} holds {} numbers instead of one", more.len())),
        }
    }

    fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        let at = self.proto.attribute.iter().position(|a| a.name.as_deref() == Some(name))?;
        self.asked.borrow_mut()[at] = true;
        Some(&self.proto.attribute[at])
    }

    /// An attribute that nobody asked for: it means something that is not run.
    pub fn unread(&self) -> Option<&'a str> {
        let names = self.proto.attribute.iter().map(|a| a.name.as_deref().unwrap_or_default());
        let asked = self.asked.borrow();
        names
            .zip(&*asked)
            .find(|(name, asked)| !**asked && !WITHOUT_EFFECT.contains(name))
            .map(|(name, _)| name)
    }

    /// Whether the node has an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// An integer attribute.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|a| a.i).unwrap_or(default)
    }

    /// A float attribute.
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).and_then(|a| a.f).unwrap_or(default)
    }

    /// A text attribute.
    pub fn text(&self, name: &str, default: &'a str) -> &'a str {
        self.attribute(name).and_then(|a| a.s.as_deref()).unwrap_or(default)
    }

    /// A list of texts, if the node has it.
    pub fn texts(&self, name: &str) -> Option<&'a [String]> {
        self.attribute(name).map(|a| a.strings.as_slice())
    }

    /// A list of integers, if the node has it.
    pub fn list(&self, name: &str) -> Option<Vec<i64>> {
        self.attribute(name).map(|a| a.ints.clone())
    }

    /// A list of floats, if the node has it.
    pub fn floats(&self, name: &str) -> Option<Vec<f32>> {
        self.attribute(name).map(|a| a.floats.clone())
    }

    /// A tensor attribute, if the node has it.
    pub fn array(&self, name: &str) -> Result<Option<Array>, Refusal> {
        let proto = self.attribute(name).and_then(|a| a.t.as_ref());
        proto.map(|t| Array::decode(t).map_err(|e| Refusal::Invalid(e.to_string()))).transpose()
    }

    /// A list of `rank` sizes in an attribute; all `default` where it is absent.
    pub fn sizes(&self, name: &str, rank: usize, default: usize) -> Result<Vec<usize>, Refusal> {
        let Some(list) = self.list(name) else { return Ok(vec![default; rank]) };
        if list.len() != rank {
            return invalid(format!("{name} has {} numbers instead of {rank}", list.len()));
        }
        list.iter().map(|&v| size(name, v)).collect()
    }

    /// An attribute that is a size.
    pub fn size(&self, name: &str, default: i64) -> Result<usize, Refusal> {
        size(name, self.int(name, default))
    }

    /// An axis attribute.
    pub fn axis(&self, name: &str, default: i64, rank: usize) -> Result<usize, Refusal> {
        axis(self.int(name, default), rank)
    }

    /// Axes: an input since some version of the operator set, an attribute before. `None` if there
    /// are none of them.
    pub fn axes(&self, input: usize, rank: usize) -> Result<Option<Vec<usize>>, Refusal> {
        let list = match self.optional_ints(input)? {
            Some(list) => Some(list),
            None => self.list("axes"),
        };
        list.map(|list| axes(&list, rank)).transpose()
    }
}

/// A setting that is a size.
pub fn size(name: &str, v: i64) -> Result<usize, Refusal> {
    match usize::try_from(v) {
        Ok(n) if v <= MAX_SETTING => Ok(n),
        Ok(_) => unsupported(format!("{name} is {v}, and the limit is {MAX_SETTING}")),
        Err(_) => unsupported(format!("{name} is {v}, and must not be negative")),
    }
}

/// An axis, counted from the first, or from the last if negative.
pub fn axis(v: i64, rank: usize) -> Result<usize, Refusal> {
    let from_first = if v < 0 { v.saturating_add(rank as i64) } else { v };
    match usize::try_from(from_first) {
        Ok(n) if n < rank => Ok(n),
        _ => invalid(format!("axis {v} does not exist among {rank} axes")),
    }
}

/// Axes, each once.
pub fn axes(list: &[i64], rank: usize) -> Result<Vec<usize>, Refusal> {
    if list.len() > rank {
        return invalid(format!("{} axes are named, and there are {rank}", list.len()));
    }
    let found: Vec<usize> = list.iter().map(|&v| axis(v, rank)).collect::<Result<_, _>>()?;
    if let Some((i, twice)) = found.iter().enumerate().find(|(i, a)| found[..*i].contains(a)) {
        return invalid(format!("axis {twice} stands twice, the second time as number {i} of {list:?}"));
    }
    Ok(found)
}

/// A shape from integers, within the limits.
pub fn shape(list: &[i64]) -> Result<Vec<usize>, Refusal> {
    let found: Option<Vec<usize>> = list.iter().map(|&d| usize::try_from(d).ok()).collect();
    match found.filter(|shape| count(shape).is_some()) {
        Some(shape) => Ok(shape),
        None => invalid(format!(
            "the shape {:?} is impossible or beyond the limits of {MAX_ELEMENTS} elements and {MAX_AXES} axes",
            &list[..list.len().min(MAX_AXES + 1)]
        )),
    }
}

/// The element type of an attribute such as `to`.
pub fn elem(code: i64) -> Result<Elem, Refusal> {
    let code = rten_onnx::onnx::DataType(i32::try_from(code).unwrap_or(0));
    Elem::of(code).or_else(|name| unsupported(format!("the type {name} is not read")))
}
