//! The ONNX project's test cases: a model, inputs and expected outputs in a folder each.
//!
//! `CASE/model.onnx`, `CASE/test_data_set_N/input_I.pb` and `output_I.pb`, serialized TensorProto. Their
//! runner compares with a relative tolerance of 1e-3 and an absolute one of 1e-7, types and shapes
//! exactly. What is drawn at random is compared where both drew alike.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::container::read_value;
use super::error::{Fault, FileError};
use super::file::Model;
use super::import::record_running;
use super::reading::read;
use super::value::{Array, Chance, Elem, Numbers, Value};
use crate::gpu::{Externals, GpuError, Runtime, Session};

/// Relative tolerance of ONNX's own runner.
pub const RTOL: f64 = 1e-3;
/// Absolute tolerance of ONNX's own runner.
pub const ATOL: f64 = 1e-7;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All outputs are as expected.
    Passed,
    /// An output differs, or the case cannot be read.
    Failed,
    /// The case uses something that Glassbox does not run.
    Unsupported,
}

/// Relative tolerance of bfloat16, two steps of its 8 bits: the expected values are rounded after each
/// operation, these once at the end. Of ONNX's own cases 8 differ by one or two.
pub const BF16_STEPS: f64 = 1.0 / 64.0;

/// What came of a case.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Verdict {
    /// Name of its folder.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Why, or what was compared: one sentence.
    pub detail: String,
}

/// What came of all cases.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Report {
    /// Cases as expected.
    pub passed: usize,
    /// Cases that differ.
    pub failed: usize,
    /// Cases that are not supported.
    pub unsupported: usize,
    /// Each case.
    pub cases: Vec<Verdict>,
}

impl Report {
    /// Adds a case.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict.status {
            Status::Passed => self.passed += 1,
            Status::Failed => self.failed += 1,
            Status::Unsupported => self.unsupported += 1,
        }
        self.cases.push(verdict);
    }
}

/// The folders of the cases in `folder`, sorted: itself if it holds a model, or those in it that do.
pub fn cases(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let holds = |path: &Path| path.join("model.onnx").is_file();
    if holds(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| holds(p)).collect();
    found.sort();
    Ok(found)
}

/// What a file that cannot be used makes of its case.
fn status(error: &FileError) -> Status {
    if error.fault.is_unsupported() { Status::Unsupported } else { Status::Failed }
}

/// Runs a case.
///
/// # Errors
/// If the GPU is lost, which ends all cases; whatever else is wrong is the verdict of this one.
pub fn run(runtime: &Runtime, case: &Path) -> Result<Verdict, GpuError> {
    let name =
        case.file_name().map_or_else(|| case.display().to_string(), |n| n.to_string_lossy().into_owned());
    let verdict = |status, detail| Verdict { name: name.clone(), status, detail };
    let model = match Model::open(case.join("model.onnx")) {
        Ok(model) => model,
        Err(error) => return Ok(verdict(status(&error), error.to_string())),
    };
    let mut sets: Vec<PathBuf> = fs::read_dir(case)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|p| {
            p.is_dir() && p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("test_data_set_"))
        })
        .collect();
    sets.sort();
    if sets.is_empty() {
        return Ok(verdict(
            Status::Failed,
            "there is no folder test_data_set_0 with inputs and outputs".into(),
        ));
    }
    let mut compared = String::new();
    for set in sets {
        match of_the_case(run_set(runtime, &model, &set))? {
            Ok(detail) => compared = detail,
            Err((status, detail)) => return Ok(verdict(status, detail)),
        }
    }
    Ok(verdict(Status::Passed, compared))
}

/// Files `stem_0.pb`, `stem_1.pb` and so on of a set, by number.
fn values(set: &Path, stem: &str) -> Result<BTreeMap<usize, Value>, FileError> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(set).map_err(|e| Fault::Io(e).of(set))? {
        let path = entry.map_err(|e| Fault::Io(e).of(set))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let number =
            name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(".pb")).and_then(|n| n.parse().ok());
        if let Some(number) = number {
            found.insert(number, read_value(&path)?);
        }
    }
    Ok(found)
}

/// What an adapter cannot do, such as bind a large buffer, says something of this case alone.
fn of_the_case(ended: Result<Comparison, GpuError>) -> Result<Comparison, GpuError> {
    match ended {
        Err(error) if !matches!(error, GpuError::Lost(_)) => Ok(Err((Status::Failed, error.to_string()))),
        ended => ended,
    }
}

/// The tensors of a value: itself, or those of a sequence.
fn parts(value: &Value) -> Vec<&Value> {
    match &value.list {
        Some(list) => list.iter().flat_map(parts).collect(),
        None if value.is_nothing() => Vec::new(),
        None => vec![value],
    }
}

type Comparison = Result<String, (Status, String)>;

fn run_set(runtime: &Runtime, model: &Model, set: &Path) -> Result<Comparison, GpuError> {
    let read_both = values(set, "input_").and_then(|ins| Ok((ins, values(set, "output_")?)));
    let (mut ins, outs) = match read_both {
        Ok(both) => both,
        Err(error) => return Ok(Err((status(&error), error.to_string()))),
    };
    let given =
        model.inputs.iter().enumerate().filter_map(|(i, input)| Some((input.name.clone(), ins.remove(&i)?)));
    let recorded = record_running(runtime, model, given.collect());
    if let Some(stop) = &recorded.stop {
        let status = if stop.is_unsupported() { Status::Unsupported } else { Status::Failed };
        return Ok(Err((status, stop.to_string())));
    }
    let session = Session::new(runtime, recorded.plan, &Externals::new())?;
    session.run();
    let (mut details, mut dropped) = (Vec::new(), Vec::new());
    for (i, want) in &outs {
        let Some((name, value)) = recorded.outputs.get(*i) else {
            return Ok(Err((Status::Failed, format!("the model has no output number {i}"))));
        };
        let (parts, wanted) = (parts(value), parts(want));
        if parts.len() != wanted.len() {
            let (have, want) = (parts.len(), wanted.len());
            return Ok(Err((Status::Failed, format!("{name} holds {have} values instead of {want}"))));
        }
        for (value, want) in parts.into_iter().zip(wanted) {
            let (got, want) = (read(&session, value)?, read(&session, want)?);
            match compare(value.chance, &got, &want) {
                Ok(detail) => details.push(format!("{name} {detail}")),
                Err(detail) => return Ok(Err((Status::Failed, format!("{name} {detail}")))),
            }
            if matches!(value.chance, Chance::Dropped(_)) {
                dropped.push(got);
            }
        }
    }
    if let [y, mask] = &dropped[..]
        && mask.elem == Elem::Bool
        && let Err(detail) = agree(y, mask)
    {
        return Ok(Err((Status::Failed, detail)));
    }
    if details.is_empty() {
        return Ok(Err((Status::Failed, "there is no output to compare with".into())));
    }
    Ok(Ok(details.join("; ")))
}

/// How an output differs, or how near it is.
fn compare(chance: Chance, got: &Array, want: &Array) -> Result<String, String> {
    if got.elem != want.elem {
        return Err(format!("is {} instead of {}", got.elem.name(), want.elem.name()));
    }
    if got.shape != want.shape || got.numbers.len() != want.numbers.len() {
        return Err(format!("has the shape {:?} instead of {:?}", got.shape, want.shape));
    }
    let (g, w) = (got.numbers.to_f64(), want.numbers.to_f64());
    if chance != Chance::None {
        if let Chance::Dropped(rate) = chance {
            share(&g, rate)?;
        }
        return compare_random(&got.numbers, &g, &w);
    }
    let mut worst = 0.0_f64;
    // The expected values hold the roundings of the program that made them: an inverse Fourier transform
    // has 1.9e-7 where 0 is exact, beside values of 50.
    let noise =
        f64::from(f32::EPSILON) * w.iter().filter(|w| w.is_finite()).fold(0.0, |m: f64, w| m.max(w.abs()));
    let noise = if got.elem.is_float() { noise } else { 0.0 };
    let steps = if got.elem == Elem::Bf16 { BF16_STEPS } else { 0.0 };
    for (i, (&g, &w)) in g.iter().zip(&w).enumerate() {
        if !close(g, w) && !((g - w).abs() <= noise.max(steps * w.abs())) {
            return Err(format!("[{i}] is {g} instead of {w}"));
        }
        if g.is_finite() && w.is_finite() {
            worst = worst.max((g - w).abs());
        }
    }
    Ok(format!("within {worst:.1e} of {} values", w.len()))
}

/// Equal, both no number, or within the tolerances, which are infinite for what is.
fn close(got: f64, want: f64) -> bool {
    let near = want.is_finite() && (got - want).abs() <= ATOL + RTOL * want.abs();
    near || got == want || (got.is_nan() && want.is_nan())
}

/// Most standard deviations that the number of dropped elements may lie from what is expected: beyond
/// in 1 of 16,000 cases.
const DEVIATIONS: f64 = 4.0;

/// Whether about as many elements as should be are 0.
fn share(got: &[f64], rate: f64) -> Result<(), String> {
    let (n, zeros) = (got.len() as f64, got.iter().filter(|v| **v == 0.0).count() as f64);
    let (expected, deviation) = (n * rate, (n * rate * (1.0 - rate)).sqrt());
    if (zeros - expected).abs() > DEVIATIONS * deviation {
        return Err(format!("has {zeros} zeros of {n} values, and about {expected:.1} are expected"));
    }
    Ok(())
}

/// Whether an output of dropout is 0 exactly where its mask is.
fn agree(y: &Array, mask: &Array) -> Result<(), String> {
    let (y, mask) = (y.numbers.to_f64(), mask.numbers.to_f64());
    match y.iter().zip(&mask).position(|(y, m)| (*y == 0.0) != (*m == 0.0)) {
        Some(i) => Err(format!("[{i}] is {}, and the mask is {} there", y[i], mask[i])),
        None => Ok(()),
    }
}

/// What was dropped by chance is 0. Where both kept an element it must be the same, and both must have
/// kept one.
fn compare_random(kind: &Numbers, got: &[f64], want: &[f64]) -> Result<String, String> {
    if let Some(bad) = got.iter().find(|v| matches!(kind, Numbers::Ints(_)) && **v != 0.0 && **v != 1.0) {
        return Err(format!("has {bad} in a mask"));
    }
    let kept = || got.iter().zip(want).enumerate().filter(|(_, (g, w))| **g != 0.0 && **w != 0.0);
    if let Some((i, (g, w))) = kept().find(|(_, (g, w))| !close(**g, **w)) {
        return Err(format!("[{i}] was kept as {g} instead of {w}"));
    }
    match kept().count() {
        0 if want.iter().any(|&w| w != 0.0) => Err("kept nothing that was kept there".into()),
        both => Ok(format!("is random: {both} of {} values were kept by both, and are the same", want.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(got: &[f32], want: &[f32]) -> Result<String, String> {
        let value = |v: &[f32]| Array::floats(&[v.len()], v.to_vec());
        compare(Chance::None, &value(got), &value(want))
    }

    #[test]
    fn the_comparison_can_fail() {
        assert!(compared(&[1.0, 2.0], &[1.0, 2.001]).is_ok());
        assert!(compared(&[f32::NAN, f32::INFINITY], &[f32::NAN, f32::INFINITY]).is_ok());
        assert!(compared(&[1.0, 2.0], &[1.0, 2.01]).is_err());
        assert!(compared(&[f32::NAN, 2.0], &[1.0, 2.0]).is_err());
        assert!(compared(&[1.0, 2.0], &[f32::NAN, 2.0]).is_err());
        assert!(compared(&[0.0, 0.0], &[1.0, 2.0]).is_err());
        assert!(compared(&[1.0], &[1.0, 2.0]).is_err());
        assert!(compared(&[f32::MAX], &[f32::INFINITY]).is_err());
    }

    #[test]
    fn only_a_lost_gpu_ends_the_other_cases() {
        let refused = of_the_case(Err(GpuError::Validation("too many workgroups".into())));
        assert!(matches!(refused, Ok(Err((Status::Failed, says))) if says == "too many workgroups"));
        assert!(of_the_case(Err(GpuError::Lost("gone".into()))).is_err());
        assert!(matches!(of_the_case(Ok(Ok("fine".into()))), Ok(Ok(_))));
    }

    #[test]
    fn about_as_many_are_dropped_as_should_be() {
        let zeros = |n: usize| [vec![0.0; n], vec![2.0; 100 - n]].concat();
        assert!(share(&zeros(50), 0.5).is_ok() && share(&zeros(31), 0.5).is_ok());
        assert!(share(&zeros(29), 0.5).is_err() && share(&zeros(71), 0.5).is_err());
        assert!(share(&zeros(0), 0.75).is_err() && share(&zeros(100), 0.75).is_err());
        let array = |v: &[f32]| Array::floats(&[v.len()], v.to_vec());
        let mask = |v: &[i64]| Array::ints(Elem::Bool, &[v.len()], v);
        assert!(agree(&array(&[0.0, 3.0]), &mask(&[0, 1])).is_ok());
        assert!(agree(&array(&[2.0, 3.0]), &mask(&[0, 1])).is_err());
        assert!(agree(&array(&[0.0, 0.0]), &mask(&[0, 1])).is_err());
    }

    #[test]
    fn a_random_mask_is_compared_where_both_kept() {
        let floats = Numbers::Floats([].into());
        assert!(compare_random(&floats, &[0.0, 4.0, 6.0], &[2.0, 4.0, 0.0]).is_ok());
        assert!(compare_random(&floats, &[0.0, 5.0, 6.0], &[2.0, 4.0, 0.0]).is_err());
        assert!(compare_random(&floats, &[0.0, 0.0, 0.0], &[2.0, 4.0, 0.0]).is_err());
        assert!(compare_random(&Numbers::Ints([].into()), &[2.0], &[1.0]).is_err());
    }
}
