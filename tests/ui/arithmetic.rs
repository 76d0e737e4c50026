//! The arithmetic behind an element ends in the element's value, whatever the kernel.

use std::collections::{BTreeMap, BTreeSet};

use glassbox::exhibits::{Inputs, TOPICS};
use glassbox::gpu::reference;
use glassbox::ops::philox::Rng;

use super::glyphs::missing_glyphs;
use super::scene::report;

/// Elements tried of each step.
const ELEMENTS: usize = 12;

/// The number at the end of a line, as the inspector writes numbers.
pub fn last_number(line: &str) -> Option<f64> {
    let word = line.split_whitespace().last()?;
    let plain = word.replace('−', "-").replace('∞', "inf");
    plain.parse().ok()
}

#[test]
fn numbers_are_read_as_they_are_written() {
    assert_eq!(last_number("= −2.750"), Some(-2.75));
    assert_eq!(last_number("activation: 1.50e-7"), Some(1.5e-7));
    assert_eq!(last_number("key 3 is padding: masked"), None);
}

#[test]
fn every_element_s_arithmetic_ends_in_its_value() {
    let inputs = Inputs::default();
    let mut rng = Rng::new(3);
    let mut complaints = Vec::new();
    let (mut traced, mut texts) = (BTreeSet::new(), Vec::new());
    for topic in TOPICS {
        let plan = (topic.new)().record(&inputs).unwrap().plan;
        let values = reference::run(&plan, &BTreeMap::new());
        for (i, step) in plan.steps.iter().enumerate() {
            // What a later step goes on writing is that step's to explain.
            if plan.producer(step.outs[0]).is_none_or(|(last, _)| last.0 != i) {
                continue;
            }
            let ins: Vec<Vec<f32>> = step
                .ins
                .iter()
                .map(|id| id.map_or_else(Vec::new, |id| values[id.0].iter().map(|&v| v as f32).collect()))
                .collect();
            let ins: Vec<&[f32]> = ins.iter().map(Vec::as_slice).collect();
            let out = &values[step.outs[0].0];
            for _ in 0..ELEMENTS {
                let index = rng.below(out.len() as u32) as usize;
                let Some(trace) = step.kernel.trace(&step.params, &ins, 0, index) else { continue };
                traced.insert(step.kernel.name());
                texts.extend(trace.lines.clone());
                let last = trace.lines.last().cloned().unwrap_or_default();
                let masked = last.ends_with("masked");
                let shown = last_number(&last);
                let want = out[index];
                // Three decimals, or three digits.
                let near = |x: f64| x == want || (x - want).abs() <= 6e-4 + 6e-3 * want.abs();
                if !masked && !shown.is_some_and(near) {
                    let kernel = step.kernel.name();
                    complaints.push(format!("{} {kernel} [{index}]: {want} ends in \"{last}\"", topic.slug));
                    break;
                }
            }
        }
    }
    let missing = missing_glyphs(&egui::FontFamily::Monospace, texts.iter().map(String::as_str));
    if !missing.is_empty() {
        complaints.push(format!("no glyph for {missing:?}"));
    }
    report(&complaints);
    assert!(traced.len() >= 6, "only {traced:?} explain themselves");
}
