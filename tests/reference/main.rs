//! What holds without a graphics adapter: registries, shaders, layers, cases, hand-known facts.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod cases;
mod corrupt;
mod facts;
mod gradients;
mod imports;
mod layers;
#[path = "../onnx/mod.rs"]
mod onnx;
mod onnx_cases;
mod packages;
mod plans;
mod practice;
mod registry;
mod shaders;
mod tokens;
#[path = "../facts/mod.rs"]
mod topics;

use std::path::{Path, PathBuf};

/// Files with an extension below a folder of the project, sorted; none if the folder is missing.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extension, &mut found);
    found.sort();
    found
}

/// Paths below `shaders/` without `.wgsl`, as the registry names them.
fn shader_paths() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    files("shaders", "wgsl")
        .iter()
        .map(|file| {
            let below = file.strip_prefix(&root).unwrap().with_extension("");
            below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
        })
        .collect()
}

/// Fails with everything that is wrong, not with the first thing.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
