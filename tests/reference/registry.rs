//! Kernels and shader files, one to one.

use std::collections::BTreeSet;

use glassbox::gpu::SHARED;
use glassbox::ops::KERNELS;

use super::{none, shader_paths};

#[test]
fn names_of_kernels_are_unique_words() {
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for kernel in KERNELS {
        let name = kernel.name();
        if !seen.insert(name) {
            complaints.push(format!("{name} stands twice in the registry"));
        }
        // `check FILTER` ignores case by comparing with lower-case names.
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            complaints.push(format!("\"{name}\" has more than lower-case letters, digits and _"));
        }
    }
    none(&complaints);
}

#[test]
fn names_of_variants_are_unique_and_plain_comes_first() {
    let mut complaints = Vec::new();
    for kernel in KERNELS {
        let names: Vec<_> = kernel.variants().iter().map(|v| v.name).collect();
        if names.first() != Some(&"plain") {
            complaints.push(format!("{}: the first variant is {:?}", kernel.name(), names.first()));
        }
        if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
            complaints.push(format!("{}: {names:?}", kernel.name()));
        }
    }
    none(&complaints);
}

#[test]
fn each_shader_file_belongs_to_one_variant() {
    let mut complaints = Vec::new();
    let mut used = Vec::new();
    for kernel in KERNELS {
        for variant in kernel.variants() {
            let (name, stem) = (kernel.name(), variant.shader.stem());
            let fits = if variant.name == "plain" { stem == name } else { stem.starts_with(name) };
            if !fits {
                complaints.push(format!("{name}/{} runs {}.wgsl", variant.name, variant.shader.path));
            }
            used.push(variant.shader.path);
        }
    }
    for path in shader_paths() {
        if path.starts_with("shared/") {
            continue;
        }
        let times = used.iter().filter(|u| **u == path).count();
        if times != 1 {
            complaints.push(format!("{path}.wgsl belongs to {times} variants"));
        }
    }
    none(&complaints);
}

#[test]
fn each_shared_file_can_be_imported() {
    let listed: BTreeSet<String> = SHARED.iter().map(|s| s.path.to_owned()).collect();
    let there: BTreeSet<String> = shader_paths().into_iter().filter(|p| p.starts_with("shared/")).collect();
    assert_eq!(listed, there);
}

#[test]
fn a_file_opens_with_what_it_does() {
    let complaints: Vec<_> = KERNELS
        .iter()
        .flat_map(|k| k.variants())
        .filter(|v| !v.shader.source.starts_with("// ") || !v.shader.source.contains("src/ops/"))
        .map(|v| format!("{}.wgsl: no opening comment that names its reference in src/ops/", v.shader.path))
        .collect();
    none(&complaints);
}
