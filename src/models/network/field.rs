//! Receptive fields: which rows and columns of the picture a unit of a layer depends on.
//!
//! Along one axis, unit `i` of a layer sees `start + i·jump` to `start + i·jump + size − 1`. A window
//! of `k` with stride `s`, dilation `d` and `p` zeros in front turns (jump, size, start) into
//! (jump·s, size + (k−1)·d·jump, start − p·jump). Source: Araujo, Norris and Sim, "Computing receptive
//! fields of convolutional neural networks", Distill, 2019.

use rten_onnx::onnx::NodeProto;

use super::layers::{Layer, LayerId, int, list, window};
use crate::models::onnx::Value;

/// The part of the input that the units of a layer see, for rows and columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// First row and column that unit (0, 0) sees; negative in the padding.
    pub start: [f32; 2],
    /// How far the field moves from a unit to the next.
    pub jump: [f32; 2],
    /// Rows and columns that a unit sees.
    pub size: [f32; 2],
}

impl Field {
    /// Top, left, height and width of what the unit at (row, column) sees, cut to an input of `height`
    /// by `width`.
    pub fn of(&self, [row, column]: [usize; 2], [height, width]: [usize; 2]) -> [f32; 4] {
        let cut = |axis: usize, at: usize, end: usize| {
            let start = self.start[axis] + at as f32 * self.jump[axis];
            let (from, to) = (start.max(0.0), (start + self.size[axis]).min(end as f32));
            (from, (to - from).max(0.0))
        };
        let ((top, tall), (left, wide)) = (cut(0, row, height), cut(1, column, width));
        [top, left, tall, wide]
    }

    fn union(self, other: Self) -> Self {
        let mut both = self;
        for axis in 0..2 {
            let start = self.start[axis].min(other.start[axis]);
            let end = (self.start[axis] + self.size[axis]).max(other.start[axis] + other.size[axis]);
            both.start[axis] = start;
            both.size[axis] = end - start;
        }
        both
    }
}

/// Every unit of a picture sees itself.
pub(super) fn of_input(shape: &[usize]) -> Option<Field> {
    (shape.len() == 4).then_some(Field { start: [0.0; 2], jump: [1.0; 2], size: [1.0; 2] })
}

/// The field of a node's units; `None` where they see all of the picture.
pub(super) fn of_node(
    node: &NodeProto,
    reads: &[LayerId],
    layers: &[Layer],
    weight: Option<&Value>,
    input: Option<&Value>,
    output: &Value,
) -> Option<Field> {
    let mut fields = reads.iter().map(|&id| layers[id].field);
    let first = fields.next()??;
    let (from, to) = (&input?.shape, &output.shape);
    if from.len() != 4 || to.len() != 4 {
        return None;
    }
    match node.op_type.as_deref().unwrap_or_default() {
        "Conv" | "MaxPool" | "AveragePool" | "LpPool" => {
            let window = window(node, weight)?;
            let at = |name: &str, axis: usize, or: i64| {
                list(node, name).map_or(or, |v| v.get(axis).copied().unwrap_or(or))
            };
            let mut field = first;
            for axis in 0..2 {
                let (k, s, d) = (*window.get(axis)?, at("strides", axis, 1), at("dilations", axis, 1));
                let reach = (k - 1) * d;
                let pad = match node.attribute.iter().find(|a| a.name.as_deref() == Some("auto_pad")) {
                    Some(a) if a.s.as_deref().is_some_and(|s| s.starts_with("SAME")) => {
                        let need = ((to[axis + 2] as i64 - 1) * s + reach + 1 - from[axis + 2] as i64).max(0);
                        if a.s.as_deref() == Some("SAME_LOWER") { need - need / 2 } else { need / 2 }
                    }
                    _ => at("pads", axis, 0),
                };
                field.start[axis] -= pad as f32 * first.jump[axis];
                field.size[axis] += reach as f32 * first.jump[axis];
                field.jump[axis] *= s as f32;
            }
            Some(field)
        }
        // Each channel of a local normalisation is made from channels at the same place.
        "LRN" | "BatchNormalization" | "PRelu" => Some(first),
        // The units of one place see what the places that are read see together.
        "Concat" if int(node, "axis") == Some(1) || int(node, "axis") == Some(-3) => {
            fields.try_fold(first, |all, next| Some(all.union(next?)))
        }
        "Concat" => None,
        // Element by element: the shape stays that of the input.
        operator if from[2..] == to[2..] && !GLOBAL.contains(&operator) => {
            fields.try_fold(first, |all, next| Some(all.union(next?)))
        }
        _ => None,
    }
}

/// Operators that keep the shape and yet look at all places.
const GLOBAL: &[&str] = &[
    "InstanceNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "MeanVarianceNormalization",
    "LpNormalization",
    "Softmax",
    "LogSoftmax",
    "MatMul",
    "Transpose",
    "ReverseSequence",
    "CumSum",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Picture;
    use crate::models::Network;
    use crate::models::network::Edits;

    /// The fields of a graph of the ONNX project's tests, by node.
    fn fields(file: &str, nodes: &[&str]) -> Vec<Field> {
        let path = format!("{}/tests/data/onnx/light/{file}/model.onnx", env!("CARGO_MANIFEST_DIR"));
        let network = Network::open(path).unwrap();
        let traced = network.record_picture(&Picture::chelsea(), &Edits::default()).unwrap();
        let field = |name: &&str| traced.layers.iter().find(|l| l.name == **name).unwrap().field.unwrap();
        nodes.iter().map(field).collect()
    }

    fn square(start: f32, jump: f32, size: f32) -> Field {
        Field { start: [start; 2], jump: [jump; 2], size: [size; 2] }
    }

    #[test]
    fn windows_add_up_to_the_fields_found_by_hand() {
        // Convolution 3 stride 2; pooling 3 stride 2; convolutions 1 and 3 with one zero in front, joined.
        let found = fields("squeezenet", &["n0", "n2", "n3", "n5", "n7", "n9"]);
        let want = [
            square(0.0, 2.0, 3.0),
            square(0.0, 4.0, 7.0),
            square(0.0, 4.0, 7.0),
            square(0.0, 4.0, 7.0),
            square(-4.0, 4.0, 15.0),
            square(-4.0, 4.0, 15.0),
        ];
        assert_eq!(found, want);
        // Cut at the picture's edge, and whole within it.
        assert_eq!(want[4].of([0, 1], [224, 224]), [0.0, 0.0, 11.0, 15.0]);
        assert_eq!(want[4].of([10, 10], [224, 224]), [36.0, 36.0, 15.0, 15.0]);
    }

    #[test]
    fn a_first_window_of_seven_begins_in_the_padding() {
        assert_eq!(fields("resnet50", &["n0"]), [square(-3.0, 2.0, 7.0)]);
    }
}
