//! Dependencies point one way: between the rooms of the library, and among all its files.

use std::collections::BTreeSet;
use std::path::Path;

use super::imports::{House, circles};
use super::{files, none};

/// May be named by all.
const FOR_ALL: &[&str] = &["assets", "files", "suggest", "untrusted"];

/// Modules of the library and which of the others each may name, beside those [`FOR_ALL`].
const LAYERS: &[(&str, &[&str])] = &[
    ("assets", &[]),
    ("files", &[]),
    ("suggest", &[]),
    ("untrusted", &[]),
    ("settings", &[]),
    ("lessons", &["settings"]),
    ("gpu", &[]),
    ("ops", &["gpu"]),
    ("nn", &["gpu", "ops"]),
    ("data", &["gpu", "ops"]),
    ("models", &["gpu", "ops", "nn", "data"]),
    ("recipes", &["gpu", "ops", "nn", "data", "models"]),
    ("viz", &["settings", "gpu", "ops", "nn", "data"]),
    ("exhibits", &["settings", "lessons", "gpu", "ops", "nn", "data", "recipes", "models", "viz"]),
    ("app", &["settings", "lessons", "gpu", "ops", "nn", "data", "recipes", "models", "viz", "exhibits"]),
    (
        "cli",
        &["settings", "lessons", "gpu", "ops", "nn", "data", "recipes", "models", "viz", "exhibits", "app"],
    ),
];

/// Modules that compute and never draw a widget.
const WITHOUT_EGUI: &[&str] = &[
    "assets",
    "files",
    "gpu",
    "ops",
    "nn",
    "recipes",
    "models",
    "data",
    "lessons",
    "settings",
    "suggest",
    "untrusted",
];

/// Most lines of a file: what is longer is two things.
const MAX_LINES: usize = 450;

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
            let allowed = other == module || FOR_ALL.contains(&other) || below.contains(&other);
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

/// The files of the library and what ties them.
fn house() -> House {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let below = |file: &Path| file.strip_prefix(&root).unwrap().display().to_string().replace('\\', "/");
    let sources: Vec<(String, String)> = files("src", "rs")
        .iter()
        .filter(|file| !file.ends_with("main.rs"))
        .map(|file| (below(file), std::fs::read_to_string(file).unwrap()))
        .collect();
    House::new(sources.iter().map(|(file, text)| (file.as_str(), text.as_str())))
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut complaints = Vec::new();
    for circle in circles(&house().ties()) {
        complaints.push("a circle:".to_owned());
        for ((from, to), names) in circle {
            complaints.push(format!("  {from} takes {} from {to}", Vec::from_iter(names).join(", ")));
        }
    }
    none(&complaints);
}

#[test]
fn no_file_imports_what_a_mod_file_above_it_defines() {
    let complaints: Vec<_> = house()
        .ties()
        .into_iter()
        .filter(|((from, to), _)| to.strip_suffix("mod.rs").is_some_and(|folder| from.starts_with(folder)))
        .map(|((from, to), names)| {
            let names = Vec::from_iter(names).join(", ");
            format!("{from} takes {names} from {to}: give it a file of its own, which {to} may re-export")
        })
        .collect();
    none(&complaints);
}

#[test]
fn the_house_is_read() {
    let ties = house().ties();
    let has = |from: &str, to: &str, name: &str| {
        ties.get(&(from.to_owned(), to.to_owned())).is_some_and(|names| names.contains(name))
    };
    assert!(has("gpu/session.rs", "gpu/plan.rs", "Plan"));
    assert!(has("ops/registry.rs", "ops/conv/kernels.rs", "CONV2D"), "through the mod.rs of a family");
    assert!(has("ops/unary.rs", "gpu/kernel/params.rs", "params"), "a macro");
    assert!(has("models/minilm.rs", "assets.rs", "asset"), "a macro of which there are two");
}

#[test]
fn no_file_is_longer_than_it_may_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let complaints: Vec<_> = [files("src", "rs"), files("tests", "rs")]
        .concat()
        .iter()
        .map(|file| file.strip_prefix(root).unwrap().display().to_string().replace('\\', "/"))
        .map(|file| (std::fs::read_to_string(root.join(&file)).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, file)| format!("{file} has {lines} lines, and {MAX_LINES} are the most"))
        .collect();
    none(&complaints);
}

/// What a new page costs, shown by those that the others are modelled on: 150 lines, and 200 where networks train.
#[test]
fn the_pages_to_start_from_are_short() {
    for (page, most) in [
        ("convolution/twelve_by_twelve", 150),
        ("networks/three_conv_layers", 150),
        ("regularisation/dropout", 200),
    ] {
        let path = format!("{}/src/exhibits/{page}.rs", env!("CARGO_MANIFEST_DIR"));
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        assert!(lines <= most, "{page} has {lines} lines, and {most} are the most");
    }
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

#[test]
fn no_sentence_of_an_error_is_a_debug_print() {
    let mut complaints = Vec::new();
    let mut sentences = 0;
    for (_, file, source) in sources() {
        for rest in source.split("#[error(").skip(1) {
            // Up to the name of the variant that it is said of.
            let sentence = rest.split(")]").next().unwrap_or(rest);
            sentences += 1;
            if sentence.contains(":?}") || sentence.contains(":#?}") {
                complaints.push(format!("{file}: {sentence}"));
            }
        }
    }
    assert!(sentences > 100, "only {sentences} sentences were found");
    none(&complaints);
}
