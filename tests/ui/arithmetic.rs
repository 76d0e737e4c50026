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
        let rounded: Vec<Vec<f32>> = values.iter().map(|v| v.iter().map(|&v| v as f32).collect()).collect();
        let written: BTreeSet<_> = plan.steps.iter().map(|step| step.outs[0]).collect();
        for buf in written {
            let out = &values[buf.0];
            for _ in 0..ELEMENTS {
                let index = rng.below(out.len() as u32) as usize;
                // Of the steps that write parts of one tensor, the last that has arithmetic for this element.
                let traces = plan.writers(buf).filter_map(|(id, slot)| {
                    let step = &plan.steps[id.0];
                    let ins: Vec<&[f32]> =
                        step.ins.iter().map(|id| id.map_or(&[][..], |id| &rounded[id.0][..])).collect();
                    let trace = step.kernel.trace(&step.params, &ins, slot, index)?;
                    Some((step.kernel.name(), trace))
                });
                let traces: Vec<_> = traces.collect();
                let found = traces.iter().find(|(_, trace)| !trace.reads.is_empty());
                let Some((kernel, trace)) = found.or(traces.first()) else { continue };
                traced.insert(*kernel);
                texts.extend(trace.lines.clone());
                let last = trace.lines.last().cloned().unwrap_or_default();
                let masked = last.ends_with("masked");
                // What no step places is what the buffer began with, or what a fill left.
                let left = last == "stays as it was" && found.is_none() && out[index] == 0.0;
                let shown = last_number(&last);
                let want = out[index];
                // Three decimals, or three digits.
                let near = |x: f64| x == want || (x - want).abs() <= 6e-4 + 6e-3 * want.abs();
                if !masked && !left && !shown.is_some_and(near) {
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
