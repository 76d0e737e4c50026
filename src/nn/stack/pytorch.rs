//! A network as PyTorch.

use super::block::{Block, PoolKind, Stack};
use super::shape::StackLayer;
use super::text::act_name;
use crate::ops::unary::Act;

/// Column at which the shapes stand.
const SHAPES: usize = 45;

const RESIDUAL: &str = "class Residual(nn.Sequential):\n    def forward(self, x):\n        \
                        return x + super().forward(x)\n\n";

impl Stack {
    /// PyTorch that builds the network for an input `[C, H, W]` or `[N]` and runs it on random numbers; as
    /// far as it can be built.
    pub fn pytorch(&self, input: &[usize]) -> String {
        let sized = self.layers(input);
        let stack = self.first(sized.built);
        let mut body = String::new();
        write(&stack.0, &mut sized.layers.iter(), 1, &mut body);
        let class = if body.contains("Residual(") { RESIDUAL } else { "" };
        let sides = shape(input);
        format!(
            "import torch\nfrom torch import nn\n\n{class}net = nn.Sequential(\n{body})\nx = torch.rand(1, {sides})\n\
             print(net(x).shape, sum(p.numel() for p in net.parameters()), \"parameters\")\n"
        )
    }
}

fn shape(sides: &[usize]) -> String {
    sides.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Writes blocks, each on a line of its own with the shape that it makes.
fn write(blocks: &[Block], layers: &mut std::slice::Iter<'_, StackLayer>, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    for block in blocks {
        if let Block::Residual(inside) = block {
            out.push_str(&format!("{indent}Residual(\n"));
            write(inside, layers, depth + 1, out);
            out.push_str(&format!("{indent}),\n"));
            layers.next();
            continue;
        }
        let Some(layer) = layers.next() else { return };
        let line = format!("{indent}{},", module(block, &layer.from));
        out.push_str(&format!("{line:<SHAPES$} # [N, {}]\n", shape(&layer.to)));
    }
}

/// The modules of a block that reads `from`.
fn module(block: &Block, from: &[usize]) -> String {
    let option = |name: &str, value: usize, usual: usize| {
        if value == usual { String::new() } else { format!(", {name}={value}") }
    };
    let inputs = from.first().copied().unwrap_or(1);
    match *block {
        Block::Dense { units } => {
            let flatten = if from.len() > 1 { "nn.Flatten(), " } else { "" };
            format!("{flatten}nn.Linear({}, {units})", from.iter().product::<usize>())
        }
        Block::Conv { filters, size: [r, s], stride, pad, dilation, groups } => {
            let size = if r == s { r.to_string() } else { format!("({r}, {s})") };
            let options = [
                option("stride", stride, 1),
                option("padding", pad, 0),
                option("dilation", dilation, 1),
                option("groups", groups, 1),
            ];
            format!("nn.Conv2d({inputs}, {filters}, {size}{})", options.concat())
        }
        Block::Pool { kind, window, stride } => {
            let kind = if kind == PoolKind::Max { "Max" } else { "Avg" };
            format!("nn.{kind}Pool2d({window}{})", option("stride", stride, window))
        }
        Block::Act(act) => activation(act),
        Block::Dropout(rate) => format!("nn.Dropout({rate})"),
        Block::BatchNorm => format!("nn.BatchNorm{}d({inputs})", if from.len() > 1 { 2 } else { 1 }),
        Block::Flatten | Block::Residual(_) => "nn.Flatten()".into(),
        Block::GlobalAverage => "nn.AdaptiveAvgPool2d(1), nn.Flatten()".into(),
    }
}

fn activation(act: Act) -> String {
    let name = match act_name(act).as_str() {
        "relu" => "ReLU",
        "leaky relu" => return format!("nn.LeakyReLU({})", act.a),
        "relu6" => "ReLU6",
        "elu" => return format!("nn.ELU({})", act.a),
        "selu" => "SELU",
        "celu" => return format!("nn.CELU({})", act.a),
        "gelu" => "GELU",
        "gelu tanh" => return "nn.GELU(approximate=\"tanh\")".into(),
        "silu" => "SiLU",
        "mish" => "Mish",
        "hard swish" => "Hardswish",
        "sigmoid" => "Sigmoid",
        "tanh" => "Tanh",
        "softplus" => "Softplus",
        "softsign" => "Softsign",
        _ => "Identity",
    };
    format!("nn.{name}()")
}

#[cfg(test)]
mod tests {
    use super::super::text::ACTS;
    use super::*;

    #[test]
    fn the_book_case_reads_as_one_would_write_it() {
        let stack: Stack =
            "conv 10 of 3x3, relu, pool 2, conv 20 of 5x3 stride 2 pad 1, dense 10".parse().unwrap();
        let code = stack.pytorch(&[3, 39, 39]);
        let has = |line: &str| {
            assert!(
                code.lines().any(|l| l.split_whitespace().collect::<Vec<_>>().join(" ") == line),
                "{line}\n{code}"
            );
        };
        has("nn.Conv2d(3, 10, 3), # [N, 10, 37, 37]");
        has("nn.ReLU(), # [N, 10, 37, 37]");
        has("nn.MaxPool2d(2), # [N, 10, 18, 18]");
        has("nn.Conv2d(10, 20, (5, 3), stride=2, padding=1), # [N, 20, 8, 9]");
        has("nn.Flatten(), nn.Linear(1440, 10), # [N, 10]");
        has("x = torch.rand(1, 3, 39, 39)");
        assert!(!code.contains("class"));
    }

    #[test]
    fn what_cannot_be_built_is_left_out_and_every_activation_has_a_module() {
        let stack: Stack = "residual (conv 3 of 3x3 pad 1), conv 4 of 9x9, relu".parse().unwrap();
        let code = stack.pytorch(&[3, 8, 8]);
        assert!(
            code.contains("class Residual")
                && code.contains("    Residual(\n        nn.Conv2d(3, 3, 3, padding=1)")
        );
        assert!(!code.contains("9") && !code.contains("ReLU"), "{code}");
        assert!(ACTS.iter().all(|(_, act, _)| activation(*act) != "nn.Identity()"));
    }
}
