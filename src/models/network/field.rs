//! Receptive fields: which rows and columns of the picture a unit of a layer depends on.
//!
//! Along one axis, unit `i` of a layer sees `start + i·jump` to `start + i·jump + size − 1`. A window
//! of `k` with stride `s`, dilation `d` and `p` zeros in front turns (jump, size, start) into
//! (jump·s, size + (k−1)·d·jump, start − p·jump). Source: Araujo, Norris and Sim, "Computing receptive
//! fields of convolutional neural networks", Distill, 2019.

use rten_onnx::onnx::NodeProto;

use super::attributes::{int, list, window};
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

/// What the units of a layer see of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight {
    /// A part, which moves with the unit.
    Part(Field),
    /// All of it.
    All,
    /// It cannot be told.
    Unknown,
}

/// Every unit of a picture `[1, C, H, W]` or `[1, H, W, C]` sees itself.
pub(super) fn of_input(shape: &[usize]) -> Sight {
    let own = Field { start: [0.0; 2], jump: [1.0; 2], size: [1.0; 2] };
    if shape.len() == 4 { Sight::Part(own) } else { Sight::Unknown }
}

/// What the units of a node see, which reads layers that see `reads`.
pub(super) fn of_node(
    node: &NodeProto,
    reads: &[Sight],
    weight: Option<&Value>,
    input: Option<&Value>,
    output: &Value,
) -> Sight {
    let operator = node.op_type.as_deref().unwrap_or_default();
    let (Some(from), to) = (input.map(|v| &v.shape), &output.shape) else { return Sight::Unknown };
    let of_matrix = operator == "MatMul" && from.len() <= 2;
    if MIXING.contains(&operator) || of_matrix || reads.contains(&Sight::All) {
        return Sight::All;
    }
    let mut fields = Vec::new();
    for sight in reads {
        let Sight::Part(field) = *sight else { return Sight::Unknown };
        fields.push(field);
    }
    let Some(&first) = fields.first() else { return Sight::Unknown };
    if from.len() != 4 || to.len() != 4 {
        return Sight::Unknown;
    }
    let together = || fields.iter().fold(first, |all, &next| all.union(next));
    let seen = match operator {
        "Conv" | "MaxPool" | "AveragePool" | "LpPool" => windowed(node, first, weight, [from, to]),
        // Zeros at the edge, and the axis of channels put first or last, move no place.
        "Pad" => list(node, "pads").filter(|pads| pads.len() == 8).map(|pads| {
            let mut field = first;
            for axis in 0..2 {
                field.start[axis] -= pads[axis + 2] as f32 * first.jump[axis];
            }
            field
        }),
        "Transpose" => match list(node, "perm").as_deref() {
            Some([0, 3, 1, 2] | [0, 2, 3, 1]) => Some(first),
            _ => None,
        },
        "Concat" if matches!(int(node, "axis"), Some(1 | -3)) => Some(together()),
        "Softmax" | "LogSoftmax" if matches!(int(node, "axis"), Some(1 | -3)) => Some(first),
        _ if EACH.contains(&operator) && from[2..] == to[2..] => Some(together()),
        _ => None,
    };
    seen.map_or(Sight::Unknown, Sight::Part)
}

/// A convolution or a pooling over what its input sees.
fn windowed(
    node: &NodeProto,
    first: Field,
    weight: Option<&Value>,
    [from, to]: [&[usize]; 2],
) -> Option<Field> {
    let window = window(node, weight)?;
    let at = |name: &str, axis: usize, or: i64| {
        list(node, name).map_or(or, |v| v.get(axis).copied().unwrap_or(or))
    };
    let auto = node.attribute.iter().find(|a| a.name.as_deref() == Some("auto_pad"));
    let auto = auto.and_then(|a| a.s.as_deref()).filter(|s| s.starts_with("SAME"));
    let mut field = first;
    for axis in 0..2 {
        let (k, s, d) = (*window.get(axis)?, at("strides", axis, 1), at("dilations", axis, 1));
        let reach = (k - 1) * d;
        let pad = match auto {
            Some(side) => {
                let need = ((to[axis + 2] as i64 - 1) * s + reach + 1 - from[axis + 2] as i64).max(0);
                if side == "SAME_LOWER" { need - need / 2 } else { need / 2 }
            }
            None => at("pads", axis, 0),
        };
        field.start[axis] -= pad as f32 * first.jump[axis];
        field.size[axis] += reach as f32 * first.jump[axis];
        field.jump[axis] *= s as f32;
    }
    Some(field)
}

/// Operators of which every unit looks at all places.
const MIXING: &[&str] = &[
    "Gemm",
    "GlobalAveragePool",
    "GlobalLpPool",
    "GlobalMaxPool",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "MeanVarianceNormalization",
];

/// Operators of which a unit looks at the units at its own place.
const EACH: &[&str] = &[
    "Abs",
    "Add",
    "BatchNormalization",
    "Cast",
    "Celu",
    "Clip",
    "Div",
    "Dropout",
    "Elu",
    "Erf",
    "Exp",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LRN",
    "LeakyRelu",
    "Log",
    "Max",
    "Mean",
    "Min",
    "Mish",
    "Mul",
    "Neg",
    "PRelu",
    "Pow",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Sub",
    "Sum",
    "Swish",
    "Tanh",
    "ThresholdedRelu",
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
        let field = |name: &&str| traced.layers.iter().find(|l| l.name == **name).unwrap().field().unwrap();
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
