//! The ONNX project's own test cases under `tests/data/onnx/`, on the reference and on the GPU alike.

use std::collections::BTreeMap;
use std::path::Path;

use glassbox::gpu::Runtime;
use glassbox::models::onnx::oracle::{Status, cases, run};

/// Cases that do not pass, and why. Everything else must; one of these that does is struck off.
const NOT_PASSED: &[(&str, Status, &str)] = &[];

/// Runs all cases in `folder`, of which there are `count`.
pub fn check(runtime: &Runtime, folder: &str, count: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx").join(folder);
    let cases = cases(&folder).unwrap();
    assert_eq!(cases.len(), count, "cases are missing or new in {}", folder.display());
    let known: BTreeMap<&str, Status> = NOT_PASSED.iter().map(|(name, status, _)| (*name, *status)).collect();
    let mut complaints = Vec::new();
    for case in &cases {
        let verdict = run(runtime, case).unwrap();
        let expected = known.get(verdict.name.as_str()).copied().unwrap_or(Status::Passed);
        if verdict.status != expected {
            let (name, status, detail) = (verdict.name, verdict.status, verdict.detail);
            complaints.push(format!("{name} is {status:?} instead of {expected:?}: {detail}"));
        }
    }
    assert!(complaints.is_empty(), "{} of {count}:\n{}", complaints.len(), complaints.join("\n"));
}
