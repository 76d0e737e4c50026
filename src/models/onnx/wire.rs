//! A first walk over the bytes of a protocol-buffers message, before they are decoded.
//!
//! The decoder trusts lengths: it reserves memory for a byte string before reading it, adds lengths
//! to positions, and recurses into messages. So this walk makes sure beforehand that every length
//! lies within its message, that messages are not nested too deeply, and that there are not too many.
//! Source: protobuf.dev, "Encoding"; field numbers from `onnx.proto`.

use super::error::Fault;

/// Deepest nesting of messages; a graph within a node's attribute adds three.
const MAX_DEPTH: u32 = 48;
/// Most messages in a file: nodes, attributes, tensors, dimensions.
const MAX_MESSAGES: u64 = 500_000;

/// The kinds of messages that are decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message {
    /// `ModelProto`
    Model,
    /// `GraphProto`
    Graph,
    /// `FunctionProto`
    Function,
    /// `NodeProto`
    Node,
    /// `AttributeProto`
    Attribute,
    /// `SequenceProto` or `OptionalProto`
    Container,
    /// `TensorProto`
    Tensor,
    /// `ValueInfoProto`
    ValueInfo,
    /// `TypeProto`
    Type,
    /// `TypeProto.Tensor`
    TensorType,
    /// `TypeProto.Sequence`
    SequenceType,
    /// `TensorShapeProto`
    Shape,
    /// A message without messages inside.
    Flat,
}

/// What a length-delimited field holds.
enum Inside {
    Message(Message),
    /// Packed integers of variable length.
    Varints,
    /// Text, bytes, numbers of fixed length, or what is skipped.
    Bytes,
}

impl Message {
    fn field(self, number: u64) -> Inside {
        use Message::{
            Attribute, Container, Flat, Function, Graph, Model, Node, SequenceType, Shape, Tensor,
            TensorType, Type, ValueInfo,
        };
        Inside::Message(match (self, number) {
            (Model, 7) | (Attribute, 6) => Graph,
            (Model, 8 | 14) | (Function, 9) | (Tensor, 13) | (Shape, 1) => Flat,
            (Model, 25) => Function,
            (Graph, 1) | (Function, 7) => Node,
            (Graph, 5) | (Attribute, 5) | (Container, 3) => Tensor,
            (Container, 5) => Container,
            (Graph, 11..=13) => ValueInfo,
            (Node, 5) | (Function, 11) => Attribute,
            (ValueInfo, 2) | (SequenceType, 1) => Type,
            (Type, 1) => TensorType,
            (Type, 4) => SequenceType,
            (TensorType, 2) => Shape,
            (Tensor, 5 | 7) => return Inside::Varints,
            _ => return Inside::Bytes,
        })
    }
}

/// Checks that `bytes` are a well-formed message that the decoder can take.
pub fn check(bytes: &[u8], message: Message) -> Result<(), Fault> {
    Walk { messages: 0 }.message(bytes, message, 0)
}

struct Walk {
    messages: u64,
}

fn broken<T>(what: &str) -> Result<T, Fault> {
    Err(Fault::Format(what.to_owned()))
}

impl Walk {
    fn message(&mut self, mut rest: &[u8], message: Message, depth: u32) -> Result<(), Fault> {
        self.messages += 1;
        if self.messages > MAX_MESSAGES {
            let what = "the number of nodes, attributes and dimensions";
            return Err(Fault::Limit { what, value: self.messages, limit: MAX_MESSAGES });
        }
        if depth > MAX_DEPTH {
            let what = "the nesting of graphs within graphs";
            return Err(Fault::Limit { what, value: depth.into(), limit: MAX_DEPTH.into() });
        }
        while !rest.is_empty() {
            let tag = varint(&mut rest)?;
            match tag & 7 {
                0 => drop(varint(&mut rest)?),
                1 => drop(take(&mut rest, 8)?),
                5 => drop(take(&mut rest, 4)?),
                2 => {
                    let len = varint(&mut rest)?;
                    let mut inside = take(&mut rest, len)?;
                    match message.field(tag >> 3) {
                        Inside::Message(kind) => self.message(inside, kind, depth + 1)?,
                        Inside::Varints => {
                            while !inside.is_empty() {
                                varint(&mut inside)?;
                            }
                        }
                        Inside::Bytes => {}
                    }
                }
                _ => return broken("it has a field of a kind that does not exist"),
            }
        }
        Ok(())
    }
}

/// Takes a little-endian base-128 number off the front.
fn varint(rest: &mut &[u8]) -> Result<u64, Fault> {
    let mut value = 0;
    for i in 0..10 {
        let [byte, tail @ ..] = *rest else { return broken("it ends in the middle of a number") };
        *rest = tail;
        value |= u64::from(byte & 0x7f) << (7 * i).min(63);
        if byte & 0x80 == 0 {
            // The tenth byte has room for one bit.
            return if i == 9 && *byte > 1 { broken("it has a number beyond 64 bits") } else { Ok(value) };
        }
    }
    broken("it has a number beyond 64 bits")
}

/// Takes `len` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a [u8], Fault> {
    let split = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len));
    let Some((head, tail)) = split else {
        return broken("a part of it claims to be longer than the whole");
    };
    *rest = tail;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        assert!(check(&[], Message::Model).is_ok());
        assert!(check(&[0x08, 0x96, 0x01], Message::Model).is_ok());
        for bad in [
            &[0x08][..],
            &[0x08, 0x96],
            &[0x3a, 5, 0, 0],
            &[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            &[0x0b],
            &[0x0d, 1, 2, 3],
        ] {
            assert!(matches!(check(bad, Message::Model), Err(Fault::Format(_))), "{bad:?}");
        }
        // Within the file, but longer than the message around it.
        assert!(check(&[0x3a, 2, 0x0a, 3, 0, 0, 0], Message::Model).is_err());
    }

    #[test]
    fn deep_nesting_is_refused() {
        // Graph within attribute within node within graph, from the inside out.
        let mut bytes = Vec::new();
        for tag in [0x0a, 0x32, 0x2a].into_iter().cycle().take(201) {
            let mut outer = vec![tag];
            let mut len = bytes.len();
            while len > 0x7f {
                outer.push((len & 0x7f) as u8 | 0x80);
                len >>= 7;
            }
            outer.push(len as u8);
            outer.append(&mut bytes);
            bytes = outer;
        }
        assert!(matches!(check(&bytes, Message::Node), Err(Fault::Limit { .. })));
    }
}
