//! Dependencies point one way.

use std::collections::BTreeSet;
use std::path::Path;

use super::{files, none};

/// Modules of the library and which of the others each may name. `suggest` and
/// `untrusted` may be named by all.
const LAYERS: &[(&str, &[&str])] = &[
    ("suggest", &[]),
    ("untrusted", &[]),
    ("gpu", &[]),
    ("ops", &["gpu"]),
    ("nn", &["gpu", "ops"]),
    ("data", &["gpu", "ops"]),
    ("recipes", &["gpu", "ops", "nn", "data"]),
    ("models", &["gpu", "ops", "nn", "data"]),
    ("viz", &["gpu", "ops", "data"]),
    ("exhibits", &["gpu", "ops", "nn", "data", "recipes", "models", "viz"]),
    ("app", &["gpu", "ops", "nn", "data", "recipes", "models", "viz", "exhibits"]),
    ("cli", &["gpu", "ops", "nn", "data", "recipes", "models", "viz", "exhibits", "app"]),
];

/// Modules that compute and never draw a widget.
const WITHOUT_EGUI: &[&str] = &["gpu", "ops", "nn", "recipes", "models", "data", "suggest", "untrusted"];

/// The source without comment lines.
fn code(source: &str) -> String {
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// First segments after `crate::` in a source, also those in `crate::{a::b, c}`.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(i, m)| (i, &code[i + m.len()..])) {
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut start = true;
        for (i, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => start = true,
                c if depth == 1 && start && !c.is_whitespace() => {
                    found.insert(word(&list[i..]));
                    start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found.remove("");
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Top-level module of a source file, and its code.
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    for file in files("src", "rs") {
        let below = file.strip_prefix(&root).unwrap().with_extension("");
        let module = below.iter().next().unwrap().to_string_lossy().into_owned();
        if module != "lib" && module != "main" {
            all.push((module, below.display().to_string(), code(&std::fs::read_to_string(&file).unwrap())));
        }
    }
    all
}

#[test]
fn modules_name_only_what_lies_below_them() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources.iter().map(|(module, ..)| module.as_str()).collect();
    let mut complaints = Vec::new();
    for (module, file, code) in &sources {
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| name == module) else {
            complaints.push(format!("src/{file}.rs: give \"{module}\" its place in LAYERS"));
            continue;
        };
        for other in named(code) {
            let other = other.as_str();
            let allowed =
                other == module || ["suggest", "untrusted"].contains(&other) || below.contains(&other);
            if modules.contains(other) && !allowed {
                complaints.push(format!("src/{file}.rs names {other}, which does not lie below {module}"));
            }
        }
    }
    none(&complaints);
}

#[test]
fn what_computes_never_names_egui() {
    let complaints: Vec<_> = sources()
        .iter()
        .filter(|(module, _, code)| WITHOUT_EGUI.contains(&module.as_str()) && code.contains("egui"))
        .map(|(_, file, _)| format!("src/{file}.rs names egui"))
        .collect();
    none(&complaints);
}

#[test]
fn layers_list_modules_bottom_up() {
    for (i, (name, below)) in LAYERS.iter().enumerate() {
        for other in *below {
            assert!(LAYERS[..i].iter().any(|(n, _)| n == other), "{name} stands before {other}");
        }
    }
}

#[test]
fn names_are_found_in_every_spelling() {
    let code = "use crate::{gpu::{Gpu, Plan}, ops}; fn f() { crate::cli::main(); $crate::viz::draw() }";
    let want = ["cli", "gpu", "ops", "viz"].map(str::to_owned);
    assert_eq!(named(code), BTreeSet::from(want));
}
