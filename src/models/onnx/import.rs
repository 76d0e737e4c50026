//! From a model file and its inputs to a plan: one recording a node, in order.
//!
//! Shapes follow from the recording itself. What cannot be recorded stops it with a sentence; all
//! before it stays, so that a file opens up to there.

use std::collections::BTreeMap;

use super::control;
use super::error::{Stop, tame};
use super::file::{Input, Model, in_words};
use super::recording::{Recorded, Recording};
use super::resolve::{Resolve, by_running};
use super::value::{Array, MAX_AXES, Value, count};
use crate::gpu::{Data, Plan, Runtime};
use crate::ops::MAX_ELEMENTS;

/// Records `model` for these inputs, by name.
pub fn record(model: &Model, given: BTreeMap<String, Array>) -> Recorded {
    record_on(Plan::new(), model, as_known(given))
}

/// The same, where what must be known to go on is found by running the network up to there on `runtime`.
pub fn record_running(runtime: &Runtime, model: &Model, given: BTreeMap<String, Value>) -> Recorded {
    recorded(Plan::new(), model, given, Some(&by_running(runtime)))
}

/// Records `model` behind the steps that a plan has already, which may compute some of its inputs.
pub fn record_on(plan: Plan, model: &Model, given: BTreeMap<String, Value>) -> Recorded {
    recorded(plan, model, given, None)
}

fn as_known(given: BTreeMap<String, Array>) -> BTreeMap<String, Value> {
    given.into_iter().map(|(name, array)| (name, Value::known(array))).collect()
}

fn recorded(
    plan: Plan,
    model: &Model,
    given: BTreeMap<String, Value>,
    resolve: Option<Resolve<'_>>,
) -> Recorded {
    let mut recording = Recording::new(plan, model, resolve, control::find);
    let ended = start(&mut recording.recorded, model, given)
        .and_then(|()| model.nodes.iter().try_for_each(|proto| recording.record(proto)));
    let mut recorded = recording.recorded;
    recorded.stop = ended.err();
    let reached = |name: &String| recorded.values.get(name).map(|v| (name.clone(), v.clone()));
    recorded.outputs = model.outputs.iter().filter_map(reached).collect();
    recorded
}

/// Weights and inputs, each of the declared type and shape.
fn start(recorded: &mut Recorded, model: &Model, mut given: BTreeMap<String, Value>) -> Result<(), Stop> {
    for (name, weight) in &model.weights {
        let weight = given.remove(name).unwrap_or_else(|| Value::known(weight.clone()));
        recorded.values.insert(name.clone(), weight);
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
            value.tensor = Some(recorded.plan.constant(&input.name, &value.shape, data));
        }
        if let Some(tensor) = &value.tensor {
            recorded.inputs.insert(input.name.clone(), tensor.buf);
        }
        recorded.values.insert(input.name.clone(), value);
    }
    if let Some(name) = given.into_keys().next() {
        let names: Vec<&str> = model.inputs.iter().map(|i| i.name.as_str()).collect();
        let reason = format!("does not exist, the model has {}", names.join(", "));
        return Err(Stop::Input { name: tame(&name), reason: tame(&reason) });
    }
    Ok(())
}

/// The input must be of the declared type and fit the declared shape.
fn check_input(input: &Input, array: &Value) -> Result<(), Stop> {
    if array.list.is_some() || array.is_nothing() {
        return if input.foreign { Ok(()) } else { Err(Stop::Type { name: tame(&input.name) }) };
    }
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
