//! Values that must be known before a graph can be recorded further: how many boxes stay, which branch is
//! taken. What computes them is run, and they are read.

use std::cell::RefCell;
use std::collections::HashMap;

use super::error::{Refusal, unsupported};
use super::reading::read;
use super::value::{Array, Value};
use crate::gpu::{BufId, Externals, Plan, Runtime, Session};

/// Gives the numbers of a value that a plan computes.
pub type Resolve<'a> = &'a dyn Fn(&Plan, &Value) -> Result<Array, Refusal>;

/// Most values that are run for in one graph: each time all before it runs anew.
const MAX_RUNS: usize = 256;

/// Resolves by running a plan as it stands.
pub fn by_running(runtime: &Runtime) -> impl Fn(&Plan, &Value) -> Result<Array, Refusal> {
    let seen: RefCell<HashMap<BufId, Array>> = RefCell::default();
    move |plan, value| {
        let Some(tensor) = &value.tensor else { return unsupported("a value without numbers is needed") };
        if let Some(array) = seen.borrow().get(&tensor.buf) {
            return Ok(Array { shape: value.shape.clone(), ..array.clone() });
        }
        if seen.borrow().len() == MAX_RUNS {
            return unsupported(format!(
                "more than {MAX_RUNS} values are needed before the network can be recorded further"
            ));
        }
        let ran = || {
            let session = Session::new(runtime, plan.clone(), &Externals::new())?;
            session.run();
            read(&session, value)
        };
        let array = ran().or_else(|error| unsupported(error.to_string()))?;
        seen.borrow_mut().insert(tensor.buf, array.clone());
        Ok(array)
    }
}
