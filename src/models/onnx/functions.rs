//! Functions that a model file brings along: operators made of operators, with attributes of their own.
//!
//! The decoder has no functions, nor attributes that take the value of the function's (`ref_attr_name`), so
//! both are read here. Source: `onnx.proto`, FunctionProto.

use std::collections::{BTreeMap, HashMap};

use rten_onnx::onnx::{AttributeProto, NodeProto, OperatorSetIdProto};
use rten_onnx::protobuf::{DecodeMessage, Fields, OwnedValues, ProtobufError, ReadValue, ValueReader};

use super::error::Fault;

/// A function of a model file.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// Name of the operator that it is.
    pub name: String,
    /// Domain of that operator.
    pub domain: String,
    /// Names of its inputs.
    pub inputs: Vec<String>,
    /// Names of its outputs.
    pub outputs: Vec<String>,
    /// Version of each operator set, by domain.
    pub opsets: BTreeMap<String, i64>,
    /// Attributes with a value for calls that do not give one.
    defaults: Vec<AttributeProto>,
    nodes: Vec<NodeProto>,
    /// For each node, which of its attributes take the value of which of the function's.
    references: Vec<Vec<Reference>>,
}

/// An attribute that takes the value of another.
#[derive(Clone, Debug, Default)]
struct Reference {
    name: String,
    of: String,
}

impl Function {
    /// The nodes as a call with these attributes has them.
    pub fn body(&self, given: &[AttributeProto]) -> Vec<NodeProto> {
        let mut nodes = self.nodes.clone();
        for (node, references) in nodes.iter_mut().zip(&self.references) {
            for reference in references {
                node.attribute.retain(|a| a.name.as_deref() != Some(&reference.name));
                let value = named(given, &reference.of).or_else(|| named(&self.defaults, &reference.of));
                if let Some(value) = value {
                    node.attribute
                        .push(AttributeProto { name: Some(reference.name.clone()), ..value.clone() });
                }
            }
        }
        nodes
    }
}

fn named<'a>(attributes: &'a [AttributeProto], name: &str) -> Option<&'a AttributeProto> {
    attributes.iter().find(|a| a.name.as_deref() == Some(name))
}

/// The functions of a model file, by domain and name.
pub(super) fn functions(bytes: &[u8]) -> Result<HashMap<(String, String), Function>, Fault> {
    let all = Functions::decode(ValueReader::from_buf(bytes)).map_err(|e| Fault::Format(e.to_string()))?;
    Ok(all.0.into_iter().map(|f| ((f.domain.clone(), f.name.clone()), f)).collect())
}

#[derive(Default)]
struct Functions(Vec<Function>);

impl DecodeMessage for Functions {
    type Types = OwnedValues;

    fn decode_fields<R: ReadValue<Types = Self::Types>>(
        mut fields: Fields<R>,
    ) -> Result<Self, ProtobufError> {
        let mut all = Self::default();
        while let Some(mut field) = fields.next()? {
            match field.number() {
                25 => all.0.push(Function::decode_field(&mut field)?),
                _ => field.skip()?,
            }
        }
        Ok(all)
    }
}

impl DecodeMessage for Function {
    type Types = OwnedValues;

    fn decode_fields<R: ReadValue<Types = Self::Types>>(
        mut fields: Fields<R>,
    ) -> Result<Self, ProtobufError> {
        let mut function = Self::default();
        while let Some(mut field) = fields.next()? {
            match field.number() {
                1 => function.name = field.read_string()?,
                4 => function.inputs.push(field.read_string()?),
                5 => function.outputs.push(field.read_string()?),
                7 => {
                    // Twice, for what the decoder leaves out.
                    let bytes = field.read_bytes()?;
                    let bytes: &[u8] = bytes.as_ref();
                    function.nodes.push(NodeProto::decode(ValueReader::from_buf(bytes))?);
                    function.references.push(References::decode(ValueReader::from_buf(bytes))?.0);
                }
                9 => {
                    let set = OperatorSetIdProto::decode_field(&mut field)?;
                    let domain = set.domain.filter(|d| d != "ai.onnx").unwrap_or_default();
                    function.opsets.insert(domain, set.version.unwrap_or(1));
                }
                10 => function.domain = field.read_string()?,
                11 => function.defaults.push(AttributeProto::decode_field(&mut field)?),
                _ => field.skip()?,
            }
        }
        Ok(function)
    }
}

/// The references among the attributes of a node.
#[derive(Default)]
struct References(Vec<Reference>);

impl DecodeMessage for References {
    type Types = OwnedValues;

    fn decode_fields<R: ReadValue<Types = Self::Types>>(
        mut fields: Fields<R>,
    ) -> Result<Self, ProtobufError> {
        let mut all = Self::default();
        while let Some(mut field) = fields.next()? {
            match field.number() {
                5 => {
                    let reference = Reference::decode_field(&mut field)?;
                    if !reference.of.is_empty() {
                        all.0.push(reference);
                    }
                }
                _ => field.skip()?,
            }
        }
        Ok(all)
    }
}

impl DecodeMessage for Reference {
    type Types = OwnedValues;

    fn decode_fields<R: ReadValue<Types = Self::Types>>(
        mut fields: Fields<R>,
    ) -> Result<Self, ProtobufError> {
        let mut reference = Self::default();
        while let Some(mut field) = fields.next()? {
            match field.number() {
                1 => reference.name = field.read_string()?,
                21 => reference.of = field.read_string()?,
                _ => field.skip()?,
            }
        }
        Ok(reference)
    }
}
