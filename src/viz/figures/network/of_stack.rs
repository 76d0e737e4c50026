//! A network as data, as nodes of a drawing.

use super::place::Node;
use crate::nn::stack::PoolKind;
use crate::nn::stack::{Block, Number, Stack, StackLayer};
use crate::viz::words;

/// The input, the layers that can be built for it, and, without shapes, the blocks that cannot. `named`: the
/// input's name and note.
pub fn stack_nodes(stack: &Stack, input: &[usize], named: [&str; 2]) -> Vec<Node> {
    let sized = stack.layers(input);
    let [name, note] = named.map(str::to_owned);
    let mut nodes = vec![Node { name, family: 6, shape: input.to_vec(), note, inputs: vec![] }];
    for ((_, block), layer) in stack.first(sized.built).in_order().into_iter().zip(&sized.layers) {
        let before = nodes.len() - 1;
        let mut inputs = vec![before];
        if let Block::Residual(inside) = block {
            inputs.push(before - Stack(inside.clone()).in_order().len());
        }
        let (name, shape) = (short_name(block), layer.to.clone());
        nodes.push(Node { name, family: family(block), shape, note: note_of(block, layer), inputs });
    }
    for block in &stack.0[sized.built..] {
        let (name, inputs) = (short_name(block), vec![nodes.len() - 1]);
        nodes.push(Node { name, family: family(block), shape: vec![], note: String::new(), inputs });
    }
    nodes
}

/// A block in few words; stride and padding stand in its arithmetic.
fn short_name(block: &Block) -> String {
    match block {
        Block::Conv { filters, size: [r, s], .. } => format!("conv {filters} of {r}×{s}"),
        Block::Pool { kind, window, .. } => {
            let kind = if *kind == PoolKind::Average { "average " } else { "" };
            format!("{kind}pool {window}×{window}")
        }
        Block::Residual(_) => "add".into(),
        _ => block.to_string(),
    }
}

fn family(block: &Block) -> usize {
    match block {
        Block::Conv { .. } => 0,
        Block::Dense { .. } => 1,
        Block::BatchNorm => 2,
        Block::Act(_) => 3,
        Block::Pool { .. } | Block::GlobalAverage => 4,
        Block::Residual(_) => 5,
        Block::Dropout(_) | Block::Flatten => 6,
    }
}

/// The arithmetic of a layer's side, for the height: `(37 − 5)/2 + 1 = 17`; of a dense layer what it reads.
fn note_of(block: &Block, layer: &StackLayer) -> String {
    match (&layer.from[..], &layer.to[..], block.span()) {
        ([_, h, _], [_, to, _], Some([span, _])) => {
            let of = |which| block.number(which);
            side(*h, span, of(Number::Stride).unwrap_or(1), of(Number::Pad).unwrap_or(0), *to)
        }
        (from, _, _) if matches!(block, Block::Dense { .. }) => {
            format!("reads {}", words::count(from.iter().product::<usize>() as f64))
        }
        _ => String::new(),
    }
}

/// How many windows fit along a side, as arithmetic. What the division leaves over is seen in it.
pub fn side(side: usize, span: usize, stride: usize, pad: usize, to: usize) -> String {
    let padded = if pad > 0 { format!(" + 2·{pad}") } else { String::new() };
    let over = (side + 2 * pad).saturating_sub(span);
    match (stride, over % stride.max(1)) {
        // A window beside the other: as often as it goes in.
        (_, 0) if stride == span && pad == 0 => format!("{side}/{stride} = {to}"),
        _ if stride == span && pad == 0 => {
            format!("{side}/{stride} = {} → {to}", decimal(side as f64 / stride as f64))
        }
        (1, _) => format!("{side} − {span}{padded} + 1 = {to}"),
        (_, 0) => format!("({side} − {span}{padded})/{stride} + 1 = {to}"),
        _ => {
            let exact = decimal(over as f64 / stride as f64 + 1.0);
            format!("({side} − {span}{padded})/{stride} + 1 = {exact} → {to}")
        }
    }
}

/// A number that is not whole, without zeros at its end.
fn decimal(x: f64) -> String {
    words::short(x).trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_say_their_arithmetic_and_what_cannot_be_built_has_no_shape() {
        let text = "conv 10 of 3x3 pad 1, residual (conv 10 of 3x3 pad 1, relu), conv 20 of 5x5 stride 2, \
                    max pool 2, conv 4 of 64x64, relu";
        let nodes = stack_nodes(&text.parse().unwrap(), &[3, 40, 40], ["input", "photo"]);
        let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "input",
                "conv 10 of 3×3",
                "conv 10 of 3×3",
                "relu",
                "add",
                "conv 20 of 5×5",
                "pool 2×2",
                "conv 4 of 64×64",
                "relu"
            ]
        );
        assert_eq!(nodes[1].note, "40 − 3 + 2·1 + 1 = 40");
        assert_eq!(nodes[5].note, "(40 − 5)/2 + 1 = 18.5 → 18");
        assert_eq!(nodes[6].note, "18/2 = 9");
        assert_eq!(side(20, 5, 2, 1, 9), "(20 − 5 + 2·1)/2 + 1 = 9.5 → 9");
        assert_eq!(nodes[4].inputs, [3, 1]);
        assert!(nodes[7].shape.is_empty() && nodes[8].shape.is_empty());
        let dense = stack_nodes(&"dense 10".parse().unwrap(), &[40, 7, 7], ["maps", ""]);
        assert_eq!((dense[1].note.as_str(), dense[1].family), ("reads 1,960", 1));
    }
}
