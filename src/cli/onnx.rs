//! `glassbox onnx`: runs a model file on inputs from files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{Align, Table, file_name, print, print_json};
use crate::data::Picture;
use crate::data::npy::{NpyNumbers, read_npy_numbers, write_npy};
use crate::gpu::{Externals, Session};
use crate::models::onnx::{Array, Elem, Input, Model, Value, cast, read, read_tensor, record_running};

/// Run an ONNX model file
#[derive(Clone, Debug, clap::Args)]
pub struct Onnx {
    /// The model
    model: PathBuf,

    /// An input: a .npy file, a .pb file, or a picture where the model takes [1, 3, H, W]
    #[arg(long, value_name = "NAME=FILE", value_parser = name_and_file)]
    input: Vec<(String, PathBuf)>,

    /// Folder for the outputs, a .npy file each
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

fn name_and_file(text: &str) -> Result<(String, PathBuf), String> {
    // Files may have a = in their names.
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.into(), file.into())),
        _ => Err("write it as NAME=FILE, such as data=photo.png".into()),
    }
}

#[derive(serde::Serialize)]
struct Ran {
    model: String,
    steps: usize,
    kernels: Vec<&'static str>,
    outputs: Vec<Output>,
}

#[derive(serde::Serialize)]
struct Output {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    /// The first values.
    values: Vec<f64>,
    /// Where they all are, if asked for.
    file: Option<PathBuf>,
}

/// Most values that are printed.
const SHOWN: usize = 8;

impl Onnx {
    /// Runs the model.
    pub fn run(&self, context: &Context) -> Outcome {
        let model = Model::open(&self.model).map_err(anyhow::Error::from)?;
        let mut given = BTreeMap::new();
        for (name, file) in &self.input {
            let Some(input) = model.inputs.iter().find(|i| i.name == *name) else {
                let names: Vec<&str> = model.inputs.iter().map(|i| i.name.as_str()).collect();
                return Err(Failure::Usage(format!(
                    "the model has no input {name}, it has {}: {}",
                    names.join(", "),
                    self.model.display()
                )));
            };
            given.insert(name.clone(), Value::known(load(input, file)?));
        }
        let runtime = context.runtime()?;
        let recorded = record_running(&runtime, &model, given);
        tracing::debug!("\n{}", recorded.plan);
        if let Some(stop) = recorded.stop {
            return Err(anyhow!("{stop}: {}", self.model.display()).into());
        }
        let (steps, kernels) = (recorded.plan.steps.len(), recorded.plan.kernels());
        let session = Session::new(&runtime, recorded.plan, &Externals::new())?;
        session.run();
        let mut outputs = Vec::new();
        for (name, value) in &recorded.outputs {
            let array = read(&session, value)?;
            let file = self.output.as_ref().map(|folder| save(folder, name, &array)).transpose()?;
            let values = array.numbers.to_f64().into_iter().take(SHOWN).collect();
            outputs.push(Output {
                name: name.clone(),
                dtype: array.elem.name(),
                shape: array.shape,
                values,
                file,
            });
        }
        if self.json {
            return print_json(&Ran { model: self.model.display().to_string(), steps, kernels, outputs });
        }
        print(&summary(&outputs, context.color.on_stdout()))
    }
}

/// Reads an input from a file.
fn load(input: &Input, file: &Path) -> Result<Array, Failure> {
    let kind = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match kind.as_str() {
        "pb" => Ok(read_tensor(file).map_err(anyhow::Error::from)?),
        "npy" => {
            let array = match read_npy_numbers(file).map_err(anyhow::Error::from)? {
                (shape, NpyNumbers::Floats(values)) => Array::floats(&shape, values),
                (shape, NpyNumbers::Ints(values)) => Array::ints(Elem::I64, &shape, values),
            };
            Ok(input.elem.map_or_else(|| array.clone(), |elem| cast(&array, elem)))
        }
        _ => photo(input, file),
    }
}

/// A picture as `[1, 3, H, W]`, 0 to 1, cut to a square and scaled.
fn photo(input: &Input, file: &Path) -> Result<Array, Failure> {
    let side = match input.shape.as_deref() {
        Some([Some(1) | None, Some(3), Some(h), Some(w)]) if h == w => *h,
        Some([Some(1) | None, Some(3), None, None]) => 224,
        _ => {
            return Err(Failure::Usage(format!(
                "a picture fits an input of 1 x 3 x N x N, and {} has {}, give a .npy or .pb file: {}",
                input.name,
                input.shape_in_words(),
                file.display()
            )));
        }
    };
    if input.elem.is_some_and(|e| e != Elem::F32) {
        return Err(Failure::Usage(format!(
            "{} takes no float32, give a .pb file: {}",
            input.name,
            file.display()
        )));
    }
    let picture = Picture::open(file).map_err(anyhow::Error::from)?;
    let square = picture.square(u32::try_from(side).unwrap_or(u32::MAX));
    let [c, h, w] = square.shape();
    Ok(Array::floats(&[1, c, h, w], square.values))
}

/// Writes an output; its name may hold what file names may not.
fn save(folder: &Path, name: &str, array: &Array) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder: {}", folder.display()))?;
    let file = folder.join(format!("{}.npy", file_name(name)));
    write_npy(&file, &array.shape, &array.numbers.to_f32()).map_err(anyhow::Error::from)?;
    Ok(file)
}

fn summary(outputs: &[Output], color: bool) -> String {
    let mut table = Table::new(&[
        ("output", Align::Left),
        ("type", Align::Left),
        ("shape", Align::Left),
        ("first values", Align::Left),
    ]);
    for output in outputs {
        let values: Vec<String> = output.values.iter().map(|v| format!("{v:.4}")).collect();
        let row = [output.name.clone(), output.dtype.into(), format!("{:?}", output.shape), values.join(" ")];
        table.row(row.to_vec(), None);
    }
    table.render(color)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_an_equals_sign_in_its_name() {
        assert_eq!(name_and_file("x=a=b.npy"), Ok(("x".into(), "a=b.npy".into())));
        assert!(name_and_file("=a.npy").is_err() && name_and_file("x=").is_err());
    }

    #[test]
    fn numbers_take_the_declared_type() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.npy");
        write_npy(&file, &[2], &[3.0, 0.1]).unwrap();
        let loaded =
            |elem| load(&Input { name: "x".into(), elem, foreign: false, shape: None }, &file).unwrap();
        assert_eq!(loaded(None), Array::floats(&[2], vec![3.0, 0.1]));
        assert_eq!(loaded(Some(Elem::I64)), Array::ints(Elem::I64, &[2], vec![3, 0]));
        assert_eq!(loaded(Some(Elem::Bool)), Array::ints(Elem::Bool, &[2], vec![1, 1]));
        let half = loaded(Some(Elem::F16));
        assert_eq!((half.elem, half.numbers.to_f64()[1]), (Elem::F16, f64::from(Elem::F16.round(0.1))));
    }
}
