//! `glassbox onnx`: runs a model file on inputs from files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{Align, Table, file_name, print, print_json};
use crate::data::Picture;
use crate::data::npy::{NpyNumbers, npy_bytes_of, read_npy_numbers};
use crate::data::npz::read_npz_numbers;
use crate::files::{Unfinished, write_whole};
use crate::gpu::{Externals, Session};
use crate::models::onnx::{
    Array, Elem, Input, Model, Numbers, Value, cast, read, read_tensor, record_running,
};

/// Run an ONNX model file
#[derive(Clone, Debug, clap::Args)]
pub struct Onnx {
    /// The model
    model: PathBuf,

    /// An input: a .npy, .npz or .pb file, or a picture where the model takes [1, 3, H, W]; an array of an archive is chosen as FILE.npz:NAME
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
    values: Vec<Shown>,
    /// Where they all are, if asked for.
    file: Option<PathBuf>,
}

/// A number as it is printed: whole ones exactly, which a float of 64 bits would not hold.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Shown {
    Float(f64),
    Int(i64),
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Float(v) => write!(f, "{v:.4}"),
            Self::Int(v) => write!(f, "{v}"),
        }
    }
}

/// The first numbers of an output.
fn first(numbers: &Numbers) -> Vec<Shown> {
    match numbers {
        Numbers::Floats(values) => values.iter().take(SHOWN).map(|&v| Shown::Float(v.into())).collect(),
        Numbers::Ints(values) => values.iter().take(SHOWN).map(|&v| Shown::Int(v)).collect(),
    }
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
        let (mut outputs, mut taken) = (Vec::new(), HashSet::new());
        let unmade = || {
            let folder = self.output.as_deref().unwrap_or(Path::new("")).display();
            format!("could not write into the folder: {folder}")
        };
        let unfinished = self.output.as_deref().map(Unfinished::begin).transpose().with_context(unmade)?;
        for (name, value) in &recorded.outputs {
            let array = read(&session, value)?;
            let file =
                self.output.as_ref().map(|folder| save(folder, name, &array, &mut taken)).transpose()?;
            let values = first(&array.numbers);
            outputs.push(Output {
                name: name.clone(),
                dtype: array.elem.name(),
                shape: array.shape,
                values,
                file,
            });
        }
        unfinished.map_or(Ok(()), Unfinished::finish).with_context(unmade)?;
        if self.json {
            return print_json(&Ran { model: self.model.display().to_string(), steps, kernels, outputs });
        }
        print(&summary(&outputs, context.color.on_stdout()))
    }
}

/// Reads an input from a file.
fn load(input: &Input, file: &Path) -> Result<Array, Failure> {
    let (file, entry) = entry_of(file);
    let kind = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let numbers = match kind.as_str() {
        "pb" => return Ok(read_tensor(file).map_err(anyhow::Error::from)?),
        "npy" => read_npy_numbers(file),
        "npz" => read_npz_numbers(file, entry, &input.name),
        _ => return photo(input, file),
    };
    let array = match numbers.map_err(anyhow::Error::from)? {
        (shape, NpyNumbers::Floats(values)) => Array::floats(&shape, values),
        (shape, NpyNumbers::Ints(values)) => Array::ints(Elem::I64, &shape, values),
    };
    Ok(input.elem.map_or_else(|| array.clone(), |elem| cast(&array, elem)))
}

/// `archive.npz:name` as the archive and the name; anything else, and a file that is called so, as it is.
fn entry_of(file: &Path) -> (&Path, Option<&str>) {
    let parts = file.to_str().filter(|_| !file.exists()).and_then(|text| text.rsplit_once(':'));
    match parts {
        Some((archive, name)) if archive.to_lowercase().ends_with(".npz") && !name.is_empty() => {
            (Path::new(archive), Some(name))
        }
        _ => (file, None),
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

/// Writes an output in its own type. Its name may hold what file names may not, or differ from another one of `taken` by
/// that alone, or by capitals: then it has a number.
fn save(folder: &Path, name: &str, array: &Array, taken: &mut HashSet<String>) -> Result<PathBuf, Failure> {
    let stem = file_name(name);
    let stem = if stem.is_empty() { "output".to_owned() } else { stem };
    let numbered = |i: usize| if i == 1 { stem.clone() } else { format!("{stem}-{i}") };
    let free = (1..).map(numbered).find(|stem| taken.insert(stem.to_lowercase()));
    let file = folder.join(format!("{}.npy", free.expect("there are more numbers than outputs")));
    let elem = held_by_numpy(array.elem);
    let bytes = array.numbers.to_bytes(elem);
    let bytes = bytes
        .and_then(|bytes| npy_bytes_of(&npy_kind(elem), &array.shape, &bytes))
        .with_context(|| format!("{name} has more axes than NumPy: {}", file.display()))?;
    write_whole(&file, bytes).with_context(|| {
        format!("could not write the file, check the folder and its rights: {}", file.display())
    })?;
    Ok(file)
}

/// The type itself, or the smallest of NumPy's that holds all its numbers.
fn held_by_numpy(elem: Elem) -> Elem {
    match elem {
        Elem::Bf16 => Elem::F32,
        Elem::I2 | Elem::I4 => Elem::I8,
        Elem::U2 | Elem::U4 => Elem::U8,
        _ if elem.is_narrow() => Elem::F32,
        _ => elem,
    }
}

/// NumPy's short name of a type: `i8` for `int64`, by its bytes.
fn npy_kind(elem: Elem) -> String {
    format!("{}{}", &elem.name()[..1], elem.bytes(1))
}

fn summary(outputs: &[Output], color: bool) -> String {
    let mut table = Table::new(&[
        ("output", Align::Left),
        ("type", Align::Left),
        ("shape", Align::Left),
        ("first values", Align::Left),
    ]);
    for output in outputs {
        let values: Vec<String> = output.values.iter().map(Shown::to_string).collect();
        let row = [output.name.clone(), output.dtype.into(), format!("{:?}", output.shape), values.join(" ")];
        table.row(row.to_vec(), None);
    }
    table.render(color)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::npy::write_npy;

    #[test]
    fn an_output_is_written_in_its_type_to_a_file_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let mut taken = HashSet::new();
        let mut written = |name: &str, array: &Array| {
            let file = save(dir.path(), name, array, &mut taken).unwrap();
            (file.file_name().unwrap().to_str().unwrap().to_owned(), read_npy_numbers(&file).unwrap(), file)
        };
        let large = vec![8_589_934_599, 16_777_217, 9_007_199_254_740_993];
        for (elem, kind) in [(Elem::I64, "'<i8'"), (Elem::U64, "'<u8'")] {
            let (_, read, file) = written("large", &Array::ints(elem, &[3], large.clone()));
            assert_eq!(read, (vec![3], NpyNumbers::Ints(large.clone())));
            assert!(String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(kind), "{kind}");
        }
        for (elem, kind) in
            [(Elem::Bool, "'|b1'"), (Elem::I32, "'<i4'"), (Elem::U8, "'|u1'"), (Elem::I8, "'|i1'")]
        {
            let (_, read, file) = written("small", &Array::ints(elem, &[2], vec![0, 1]));
            assert_eq!(read.1, NpyNumbers::Ints(vec![0, 1]), "{kind}");
            assert!(String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(kind), "{kind}");
        }
        let half = cast(&Array::floats(&[1], vec![0.5]), Elem::F16);
        assert_eq!(written("half", &half).1.1, NpyNumbers::Floats(vec![0.5]));
        let number = |v: f32| Array::floats(&[1], vec![v]);
        let names = ["a/b", "a_b", "A:b", "/", "a_b-2"];
        let files: Vec<_> =
            names.iter().zip([1.0, 2.0, 3.0, 4.0, 5.0]).map(|(n, v)| written(n, &number(v))).collect();
        let stems: Vec<_> = files.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(stems, ["a_b.npy", "a_b-2.npy", "A_b-3.npy", "_.npy", "a_b-2-2.npy"]);
        assert_eq!(read_npy_numbers(&files[0].2).unwrap().1, NpyNumbers::Floats(vec![1.0]));
    }

    #[test]
    fn an_array_of_an_archive_is_named_behind_it() {
        assert_eq!(entry_of(Path::new("a/b.NPZ:x:y")), (Path::new("a/b.NPZ:x:y"), None));
        assert_eq!(entry_of(Path::new("a/b.npz:x")), (Path::new("a/b.npz"), Some("x")));
        assert_eq!(entry_of(Path::new("c:/b.npz")), (Path::new("c:/b.npz"), None));
        assert_eq!(entry_of(Path::new("b.npy:x")), (Path::new("b.npy:x"), None));
    }

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
