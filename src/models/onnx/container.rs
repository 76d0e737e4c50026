//! Sequences and optional values in files of their own, as test cases hold them. The decoder knows neither.
//! Source: `onnx-data.proto`, SequenceProto and OptionalProto, which agree in the fields that are read.

use std::path::Path;

use rten_onnx::onnx::TensorProto;
use rten_onnx::protobuf::{DecodeMessage, Fields, OwnedValues, ProtobufError, ReadValue, ValueReader};

use super::error::{Fault, FileError};
use super::file::{decode_tensor, read_bytes};
use super::value::{Array, Value};
use super::wire::{self, Message};

/// Reads a value from a file: a tensor, a sequence or an optional value of either.
pub fn read_value(path: impl AsRef<Path>) -> Result<Value, FileError> {
    let path = path.as_ref();
    read_bytes(path).and_then(|bytes| decode(&bytes)).map_err(|fault| fault.of(path))
}

fn decode(bytes: &[u8]) -> Result<Value, Fault> {
    let tensor = decode_tensor(bytes);
    let Err(Fault::Format(_)) = &tensor else { return tensor.map(Value::known) };
    // A message of the other kind does not decode as a tensor.
    wire::check(bytes, Message::Container)?;
    let held = Container::decode(ValueReader::from_buf(bytes))
        .map_err(|_| Fault::Format("it holds no values".into()))?;
    held.value()
}

#[derive(Default)]
struct Container {
    /// 0 in an optional value that is absent.
    kind: i32,
    tensors: Vec<TensorProto>,
    lists: Vec<Self>,
}

impl Container {
    fn value(self) -> Result<Value, Fault> {
        if let Some(inner) = self.lists.into_iter().next() {
            return inner.value();
        }
        if self.kind == 0 {
            return Ok(Value::nothing());
        }
        let all = self
            .tensors
            .iter()
            .map(|proto| Array::decode(proto).map(Value::known))
            .collect::<Result<_, _>>()?;
        Ok(Value::sequence(all))
    }
}

impl DecodeMessage for Container {
    type Types = OwnedValues;

    fn decode_fields<R: ReadValue<Types = Self::Types>>(
        mut fields: Fields<R>,
    ) -> Result<Self, ProtobufError> {
        let mut held = Self::default();
        while let Some(mut field) = fields.next()? {
            match field.number() {
                2 => held.kind = field.get_int32()?,
                3 => held.tensors.push(TensorProto::decode_field(&mut field)?),
                5 => held.lists.push(Self::decode_field(&mut field)?),
                _ => field.skip()?,
            }
        }
        Ok(held)
    }
}
