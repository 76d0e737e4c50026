//! Reading an ONNX file with care: it may be cut short, damaged or made to harm.
//!
//! Nothing here trusts a number in the file: sizes have limits, lengths are checked before memory is
//! reserved, weights outside the file must lie in its folder, and nodes are put in an order in which
//! each comes after what it reads. Source: the ONNX IR specification, "External tensor data".

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use rten_onnx::onnx::{DataLocation, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use rten_onnx::protobuf::{DecodeMessage, ValueReader};

use super::error::{Fault, FileError, tame};
use super::functions::{Function, functions};
use super::limits::MAX_HELD;
use super::value::{Array, Elem, header};
use super::wire::{self, Message};
use crate::untrusted::stands_for_another;

/// Most bytes of a model file: what a protocol buffer can hold.
pub const MAX_FILE: u64 = 1 << 31;
/// Most nodes in a graph.
pub const MAX_NODES: usize = 100_000;
/// Most inputs of a node, and most outputs: some are put together in time that grows with both.
pub const MAX_ENDS: usize = 1 << 14;
/// Most bytes in a name.
pub const MAX_NAME: usize = 4096;

/// An input of the graph, as the file declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type; `None` where the file does not say, and for what is not read.
    pub elem: Option<Elem>,
    /// Whether it is no tensor of a type that is read: a sequence, text.
    pub foreign: bool,
    /// Length of each axis, `None` where it is open; `None` where the file does not say.
    pub shape: Option<Vec<Option<usize>>>,
}

impl Input {
    /// Its shape in words: "1 x 3 x 48 x 64", `any` where a length is open.
    pub fn shape_in_words(&self) -> String {
        let Some(shape) = &self.shape else { return "a shape that the file does not tell".to_owned() };
        in_words(shape.iter().map(|axis| axis.map_or_else(|| "any".to_owned(), |n| n.to_string())))
    }
}

/// Lengths of axes in words: "1 x 3 x 48 x 64".
pub fn in_words(axes: impl Iterator<Item = String>) -> String {
    let axes: Vec<String> = axes.collect();
    if axes.is_empty() { "no axes".to_owned() } else { axes.join(" x ") }
}

/// A model file, read and put in order. Cloning it shares the weights.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Inputs that must be given: those without a weight of their name.
    pub inputs: Vec<Input>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// Version of each operator set, by domain.
    pub opsets: BTreeMap<String, i64>,
    /// Nodes, each after those whose outputs it reads.
    pub nodes: Vec<NodeProto>,
    /// Weights.
    pub weights: HashMap<String, Array>,
    /// What whoever exported it has noted, by name.
    pub metadata: BTreeMap<String, String>,
    /// Operators that the file brings along, by domain and name.
    pub functions: HashMap<(String, String), Function>,
}

impl Model {
    /// Reads the file at `path`, with the weights beside it if it keeps them there.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        read_bytes(path).and_then(|bytes| Self::from_bytes(&bytes, folder)).map_err(|fault| fault.of(path))
    }

    /// Decodes a file in memory; weights outside it lie in `folder`.
    pub fn from_bytes(bytes: &[u8], folder: &Path) -> Result<Self, Fault> {
        wire::check(bytes, Message::Model)?;
        let proto = ModelProto::parse_buf(bytes).map_err(|e| Fault::Format(e.to_string()))?;
        let opsets: BTreeMap<String, i64> = proto
            .opset_import
            .iter()
            .map(|set| (domain(set.domain.as_deref()).to_owned(), set.version.unwrap_or(1)))
            .collect();
        let noted = proto.metadata_props.into_iter().filter_map(|entry| Some((entry.key?, entry.value?)));
        let metadata = noted.collect();
        let Some(graph) = proto.graph else { return Err(Fault::Format("it has no graph".into())) };
        check_names(&graph)?;
        let weights = weights(&graph, folder)?;
        let declared = graph.input.iter().map(declaration);
        let inputs: Vec<Input> = declared.filter(|input| !weights.contains_key(&input.name)).collect();
        let given: HashSet<&str> =
            inputs.iter().map(|i| i.name.as_str()).chain(weights.keys().map(String::as_str)).collect();
        let nodes = ordered(&graph.node, &given)?;
        let made: HashSet<&str> = nodes.iter().flat_map(|n| &n.output).map(String::as_str).collect();
        let outputs: Vec<String> = graph.output.iter().map(|o| o.name.clone().unwrap_or_default()).collect();
        let makes = |name: &str| !name.is_empty() && (given.contains(name) || made.contains(name));
        if let Some(value) = outputs.iter().find(|name| !makes(name)) {
            return Err(Fault::Unmade { value: tame(value) });
        }
        let functions = functions(bytes)?;
        Ok(Self { inputs, outputs, opsets, nodes, weights, metadata, functions })
    }

    /// The version of the operator set of a domain.
    pub fn opset(&self, of: &str) -> i64 {
        self.opsets.get(domain(Some(of))).copied().unwrap_or(1)
    }
}

/// Reads a tensor file, such as `input_0.pb`.
pub fn read_tensor(path: impl AsRef<Path>) -> Result<Array, FileError> {
    let path = path.as_ref();
    read_bytes(path).and_then(|bytes| decode_tensor(&bytes)).map_err(|fault| fault.of(path))
}

/// Decodes a tensor message in memory.
pub fn decode_tensor(bytes: &[u8]) -> Result<Array, Fault> {
    wire::check(bytes, Message::Tensor)?;
    let proto =
        TensorProto::decode(ValueReader::from_buf(bytes)).map_err(|e| Fault::Format(e.to_string()))?;
    if proto.data_location == Some(DataLocation::EXTERNAL) {
        return Err(super::value::fault(
            &proto,
            "keeps its numbers in another file, which only models may do",
        ));
    }
    Array::decode(&proto)
}

/// The default domain has two names.
fn domain(name: Option<&str>) -> &str {
    match name {
        None | Some("ai.onnx") => "",
        Some(name) => name,
    }
}

/// The bytes of a file that stands for itself.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    let meta = fs::metadata(path).map_err(Fault::Io)?;
    if !meta.is_file() {
        return Err(Fault::Format("it is no file but a folder or a device".into()));
    }
    if meta.len() > MAX_FILE {
        return Err(Fault::Limit {
            what: "the size of the file in bytes",
            value: meta.len(),
            limit: MAX_FILE,
        });
    }
    let mut bytes = Vec::new();
    // The limit holds even if the file grows meanwhile.
    File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes)).map_err(Fault::Io)?;
    match stands_for_another(&bytes) {
        Some(what) => Err(Fault::Format(what.to_owned())),
        None => Ok(bytes),
    }
}

/// Limits on what has no other limit.
fn check_names(graph: &GraphProto) -> Result<(), Fault> {
    let over = |what, value: usize, limit: usize| {
        if value > limit {
            return Err(Fault::Limit { what, value: value as u64, limit: limit as u64 });
        }
        Ok(())
    };
    over("the number of nodes", graph.node.len(), MAX_NODES)?;
    for node in &graph.node {
        over("the number of inputs of a node", node.input.len(), MAX_ENDS)?;
        over("the number of outputs of a node", node.output.len(), MAX_ENDS)?;
    }
    let of_nodes = graph.node.iter().flat_map(|node| {
        let own = [&node.name, &node.op_type, &node.domain].into_iter().flatten();
        own.chain(&node.input).chain(&node.output)
    });
    let of_weights = graph.initializer.iter().filter_map(|t| t.name.as_ref());
    let of_ends = graph.input.iter().chain(&graph.output).filter_map(|v| v.name.as_ref());
    for name in of_nodes.chain(of_weights).chain(of_ends) {
        over("the length of a name in bytes", name.len(), MAX_NAME)?;
    }
    Ok(())
}

fn declaration(info: &ValueInfoProto) -> Input {
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let length = |d: Option<i64>| d.and_then(|d| usize::try_from(d).ok()).filter(|&d| d > 0);
    let elem = tensor.and_then(|t| t.elem_type).and_then(|code| Elem::of(code).ok());
    Input {
        name: info.name.clone().unwrap_or_default(),
        elem,
        foreign: info.r#type.is_some() && elem.is_none(),
        shape: tensor
            .and_then(|t| t.shape.as_ref())
            .map(|s| s.dim.iter().map(|d| length(d.dim_value)).collect()),
    }
}

fn weights(graph: &GraphProto, folder: &Path) -> Result<HashMap<String, Array>, Fault> {
    // Before any is read: many that lie in one stretch of another file take more memory than that file.
    let mut held = 0_usize;
    for proto in &graph.initializer {
        held = held.saturating_add(header(proto)?.2);
        if held > MAX_HELD {
            let (value, limit) = (held as u64, MAX_HELD as u64);
            return Err(Fault::Limit { what: "the number of weights", value, limit });
        }
    }
    let decode = |proto: &TensorProto| {
        let array = match proto.data_location {
            Some(DataLocation::EXTERNAL) => external(proto, folder)?,
            _ => Array::decode(proto)?,
        };
        Ok((proto.name.clone().unwrap_or_default(), array))
    };
    graph.initializer.iter().map(decode).collect()
}

/// Reads a weight from a file in the model's folder.
fn external(proto: &TensorProto, folder: &Path) -> Result<Array, Fault> {
    let refuse = |reason: String| {
        let tensor = tame(proto.name.as_deref().unwrap_or_default());
        Err(Fault::External { tensor, reason: tame(&reason) })
    };
    let entry = |key: &str| {
        let found = proto.external_data.iter().find(|e| e.key.as_deref() == Some(key));
        found.and_then(|e| e.value.as_deref())
    };
    let number = |key: &str| entry(key).map(|v| v.parse::<u64>().map_err(|_| v.to_owned())).transpose();
    let (elem, shape, count) = header(proto)?;
    let need = elem.bytes(count) as u64;

    let Some(location) = entry("location") else {
        return refuse("keeps its numbers in another file that it does not name: export it again".into());
    };
    let inside = Path::new(location).components().all(|c| matches!(c, Component::Normal(_)));
    if !inside || location.is_empty() {
        return refuse(format!(
            "keeps its numbers in {location}, but only files in the model's folder are read: move it there"
        ));
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let path = folder.join(location);
    // A link in the folder may still point out of it.
    let (Ok(whole), Ok(real)) = (folder.canonicalize(), path.canonicalize()) else {
        return refuse(format!(
            "keeps its numbers in {location}, which is not in the model's folder: put it there"
        ));
    };
    if !real.starts_with(&whole) {
        return refuse(format!(
            "keeps its numbers in {location}, a link that leads out of the model's folder: copy the file itself"
        ));
    }
    let (offset, length) = match (number("offset"), number("length")) {
        (Ok(offset), Ok(length)) => (offset.unwrap_or(0), length.unwrap_or(need)),
        (Err(text), _) | (_, Err(text)) => {
            return refuse(format!("has the offset or length {text}, which is no number: export it again"));
        }
    };
    if length != need {
        return refuse(format!(
            "has {length} bytes in {location} and its shape {shape:?} needs {need}: export it again"
        ));
    }
    let meta = fs::metadata(&real).map_err(Fault::Io)?;
    if !meta.is_file() || offset.checked_add(length).is_none_or(|end| end > meta.len()) {
        let have = meta.len();
        return refuse(format!(
            "needs {length} bytes from byte {offset} of {location}, which has {have}: copy it again"
        ));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    let mut file = File::open(&real).map_err(Fault::Io)?;
    file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut bytes)).map_err(Fault::Io)?;
    Array::from_bytes(proto, elem, shape, &bytes)
}

/// What messages call a node.
pub fn label(node: &NodeProto) -> String {
    let named = node.name.as_deref().filter(|n| !n.is_empty());
    let name = named.or_else(|| node.output.iter().map(String::as_str).find(|o| !o.is_empty()));
    tame(name.unwrap_or("without a name"))
}

/// The nodes in an order in which each comes after those it reads from: the file's own order where
/// that is one (Kahn's algorithm, the earliest in the file first).
fn ordered(nodes: &[NodeProto], given: &HashSet<&str>) -> Result<Vec<NodeProto>, Fault> {
    let mut maker: HashMap<&str, usize> = HashMap::new();
    for (i, node) in nodes.iter().enumerate() {
        for value in node.output.iter().filter(|o| !o.is_empty()) {
            if given.contains(value.as_str()) || maker.insert(value, i).is_some() {
                return Err(Fault::Twice { node: label(node), value: tame(value) });
            }
        }
    }
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut waits = vec![0_usize; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        for value in node.input.iter().filter(|v| !v.is_empty() && !given.contains(v.as_str())) {
            let Some(&from) = maker.get(value.as_str()) else {
                return Err(Fault::Dangling { node: label(node), value: tame(value) });
            };
            readers[from].push(i);
            waits[i] += 1;
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|&i| waits[i] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(i) = ready.pop_first() {
        order.push(nodes[i].clone());
        for &reader in &readers[i] {
            waits[reader] -= 1;
            if waits[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    match waits.iter().position(|&w| w > 0) {
        Some(i) => Err(Fault::Cycle { node: label(&nodes[i]) }),
        None => Ok(order),
    }
}
