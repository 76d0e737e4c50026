//! The packages that Glassbox is built of: their licences, and which of them come in two versions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::none;

/// Licences under which a package may be part of Glassbox.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Further licences for single packages, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("epaint_default_fonts", "OFL-1.1", "a licence of fonts, which are passed on as they are"),
    ("epaint_default_fonts", "Ubuntu-font-1.0", "a licence of fonts, which are passed on as they are"),
    ("option-ext", "MPL-2.0", "binds its own files alone, which are used as they are"),
];

/// Packages that come in several versions which cannot stand for each other, and why.
const TWICE: &[(&str, &[&str])] = &[
    (
        "winit 0.30 and accesskit name older bindings of the desktops than wgpu and egui",
        &[
            "bitflags",
            "block2",
            "calloop",
            "calloop-wayland-source",
            "linux-raw-sys",
            "objc2",
            "objc2-app-kit",
            "objc2-foundation",
            "objc2-metal",
            "objc2-quartz-core",
            "objc2-ui-kit",
            "redox_syscall",
            "rustix",
            "smithay-client-toolkit",
            "windows-sys",
        ],
    ),
    ("android bindings within one tree", &["jni-sys"]),
    (
        "ratex names older versions than tokenizers, accesskit and we do",
        &["fancy-regex", "phf", "phf_generator", "phf_macros", "phf_shared", "rand", "rand_core"],
    ),
    ("an error type of winit's and ratex' trees", &["thiserror", "thiserror-impl"]),
    ("naga and wgpu are ahead of fancy-regex, and behind others", &["bit-set", "bit-vec", "rustc-hash"]),
    ("safetensors, petgraph and wgpu go their own pace", &["foldhash", "hashbrown"]),
    ("tokenizers is behind tempfile and egui", &["getrandom", "itertools", "r-efi"]),
    ("png is behind flate2", &["miniz_oxide"]),
    ("only while building: macros go over to syn 3 one by one", &["syn"]),
    ("tokenizers' and the clipboard's parsers of small files", &["nom"]),
];

/// Part of a version that must be equal for two to stand for each other.
fn major(version: &str) -> String {
    let parts: Vec<&str> = version.split(['.', '-', '+']).collect();
    let first = parts.iter().position(|&part| part != "0").unwrap_or(2);
    parts[..=first.min(2).min(parts.len() - 1)].join(".")
}

/// Versions of each package in a lock file.
fn locked(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let value = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.trim_start_matches(" = ").trim_matches('"').to_owned())
    };
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let of = |key: &str| package.lines().find_map(|line| value(line, key)).unwrap();
        found.entry(of("name")).or_default().insert(major(&of("version")));
    }
    found
}

#[test]
fn packages_come_once_but_for_those_known() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let twice: BTreeMap<_, _> = locked(&std::fs::read_to_string(lock).unwrap())
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .collect();
    let known: BTreeSet<&str> = TWICE.iter().flat_map(|(_, names)| *names).copied().collect();
    let news = twice.iter().filter(|(name, _)| !known.contains(name.as_str()));
    let mut complaints: Vec<String> = news
        .map(|(name, versions)| {
            format!("{name} comes as {versions:?}: bring them together, or say in TWICE why not")
        })
        .collect();
    let gone = known.iter().filter(|name| !twice.contains_key(**name));
    complaints.extend(gone.map(|name| format!("{name} comes once: take it out of TWICE")));
    none(&complaints);
}

/// Whether an SPDX expression can be met by licences that `allowed` accepts.
fn is_met(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    // The old spelling of `OR`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, allowed);
    met && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let Some(&word) = words.get(*at) else { return false };
    *at += 1;
    if word == "(" {
        let met = any(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return met && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
        return words.get(*at - 1).is_some_and(|exception| allowed(&format!("{word} WITH {exception}")));
    }
    allowed(word)
}

/// What cargo says of the packages that are there: those for all systems, or else those for this one.
fn packages() -> serde_json::Value {
    let cargo = |more: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .args(more)
            .output()
            .unwrap();
        output.status.success().then_some(output.stdout)
    };
    let host = || {
        let output = Command::new("rustc").arg("-vV").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
    };
    let answer = cargo(&[]).or_else(|| cargo(&["--filter-platform", &host()]));
    serde_json::from_slice(&answer.expect("cargo knows the packages that it has built")).unwrap()
}

#[test]
fn every_package_has_a_licence_that_is_allowed() {
    let packages = packages();
    let packages = packages["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{}", packages.len());
    let mut complaints = Vec::new();
    for package in packages {
        let [name, licence] = ["name", "license"].map(|key| package[key].as_str().unwrap_or_default());
        let allowed = |licence: &str| {
            let exception = |e: &&(&str, &str, &str)| e.0 == name && e.1 == licence;
            LICENCES.contains(&licence) || EXCEPTIONS.iter().any(|e| exception(&e))
        };
        if !is_met(licence, &allowed) {
            complaints.push(format!("{name} is under \"{licence}\", which is not allowed"));
        }
    }
    none(&complaints);
}

#[test]
fn expressions_of_licences_are_understood() {
    let met = |expression| is_met(expression, &|licence| ["A", "B", "A WITH X"].contains(&licence));
    for yes in ["A", "A OR C", "C/A", "A AND B", "(C OR A) AND B", "A WITH X OR C", "C OR (A AND B)"] {
        assert!(met(yes), "{yes}");
    }
    for no in ["", "C", "A AND C", "(A OR C) AND C", "A WITH Y", "(A", "A B", "A AND"] {
        assert!(!met(no), "{no}");
    }
}

#[test]
fn versions_that_stand_for_each_other_are_one() {
    let versions = ["1.2.3", "1.9.0", "0.3.4", "0.3.9", "0.4.0", "0.0.1", "0.0.2+build"].map(major);
    assert_eq!(versions, ["1", "1", "0.3", "0.3", "0.4", "0.0.1", "0.0.2"]);
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\n\
                version = \"2.0.0\"\ndependencies = [\n \"b\",\n]\n";
    assert_eq!(locked(lock), BTreeMap::from([("a".into(), BTreeSet::from(["1".into(), "2".into()]))]));
}
