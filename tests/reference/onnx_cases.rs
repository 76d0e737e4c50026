//! ONNX's own test cases on the reference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use glassbox::gpu::Runtime;
use glassbox::models::onnx::{Model, read_tensor, record};

use crate::{files, onnx};

#[test]
fn nodes_are_as_onnx_expects() {
    onnx::check(&Runtime::Reference, "node", 566);
}

/// ResNet-50 takes more than half a minute on the reference; the GPU's test runs all three.
#[test]
fn networks_are_as_onnx_expects() {
    for name in ["light/squeezenet", "light/bvlc_alexnet"] {
        onnx::check(&Runtime::Reference, name, 1);
    }
}

/// Every case with a bit of its model flipped, at other places in each: it is refused, recorded or
/// stopped, with a sentence where something is wrong.
#[test]
fn flipped_bits_in_any_operator_are_survived() {
    let mut tried = 0_usize;
    for path in files("tests/data/onnx/node", "onnx") {
        let good = fs::read(&path).unwrap();
        let sets = path.parent().unwrap().join("test_data_set_0");
        let inputs: Vec<_> =
            (0..).map_while(|i| read_tensor(sets.join(format!("input_{i}.pb"))).ok()).collect();
        for at in (tried % STRIDE..good.len() * 8).step_by(STRIDE) {
            let mut bad = good.clone();
            bad[at / 8] ^= 1 << (at % 8);
            tried += 1;
            let Ok(model) = Model::from_bytes(&bad, Path::new("")) else { continue };
            let names = model.inputs.iter().map(|i| i.name.clone());
            let given: BTreeMap<_, _> = names.zip(inputs.iter().cloned()).collect();
            if let Some(stop) = record(&model, given).stop {
                assert!(!stop.to_string().contains('\n'), "{stop}");
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// Bits from one flip to the next; with 1 it takes minutes.
const STRIDE: usize = 37;

#[test]
fn files_of_users_are_as_onnx_runtime_has_them() {
    onnx::check(&Runtime::Reference, "field", 12);
}
