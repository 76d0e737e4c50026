//! A network as text, recorded on an input as far as it can be built.

use crate::exhibits::{Problem, Recording};
use crate::gpu::Tensor;
use crate::nn::stack::PoolKind;
use crate::nn::stack::{Block, Fault, Stack, StackError, StackLayer};
use crate::ops::unary::Act;
use crate::viz::Look;
use crate::viz::facts::grouped;
use crate::viz::figures::network::{Node, stack_nodes};

/// Most letters of the sizes in full: a line of a narrow stage.
const LONG: usize = 41;

/// A network that was recorded.
pub struct Recorded {
    /// All that could be read of the text.
    pub stack: Stack,
    /// As it is drawn: the input, the layers, what cannot be built, and the vector where all ends in maps.
    pub nodes: Vec<Node>,
    /// The input, and what each layer puts out.
    pub tensors: Vec<Tensor>,
    /// The layers that could be built.
    pub layers: Vec<StackLayer>,
    /// How each of the tensors is coloured.
    pub looks: Vec<Look>,
    /// Why it goes no further.
    pub error: Option<StackError>,
    /// Seed of the weights.
    pub seed: u64,
}

impl Recorded {
    /// Records `text` on `x [1, 3, H, W]`, which is called `named`.
    ///
    /// # Errors
    /// If an operation refuses what the shape rule allows.
    pub fn new(on: &mut Recording<'_>, text: &str, x: &Tensor, named: [&str; 2]) -> Result<Self, Problem> {
        let (stack, unread) = Stack::leading(text);
        let sized = stack.layers(&x.shape[1..]);
        let good = stack.first(sized.built);
        let recorded = good.record(&mut on.plan, x, on.inputs.seed);
        let recorded = recorded.map_err(|error| Problem::Input(error.to_string()))?;
        let mut nodes = stack_nodes(&stack, &x.shape[1..], named);
        let error = sized.error.or(unread);
        let last = recorded.last().map_or(x, |(_, tensor)| tensor);
        let node = |name: &str, shape, note: &str| Node {
            name: name.into(),
            family: 6,
            shape,
            note: note.into(),
            inputs: vec![nodes.len() - 1],
        };
        match (&error, last.shape.len()) {
            (Some(_), _) if stack == good => nodes.push(node("?", vec![], "")),
            (None, 4) => nodes.push(node("flattened", vec![last.len()], "into dense")),
            _ => {}
        }
        let mut looks = vec![Look::Rgb];
        for (_, block) in good.in_order() {
            looks.push(match block {
                Block::Act(act) if [Act::RELU, Act::RELU6, Act::SIGMOID].contains(act) => Look::Sequential,
                Block::Pool { .. } | Block::Dropout(_) | Block::Flatten | Block::GlobalAverage => {
                    looks.last().copied().filter(|look| *look != Look::Rgb).unwrap_or(Look::Sequential)
                }
                _ => Look::Diverging,
            });
        }
        let (layers, outputs): (Vec<_>, Vec<_>) = recorded.into_iter().unzip();
        let tensors = [x.clone()].into_iter().chain(outputs).collect();
        Ok(Self { stack, nodes, tensors, layers, looks, error, seed: on.inputs.seed })
    }

    /// Height and width of the maps that a node makes, if it makes maps.
    pub fn map(&self, node: usize) -> Option<[usize; 2]> {
        match self.tensors.get(node)?.shape[..] {
            [_, _, h, w] => Some([h, w]),
            _ => None,
        }
    }

    /// The first layer that cannot be built, as a node.
    pub fn first_missing(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.shape.is_empty())
    }

    /// Numbers that enter the first dense layer, or would enter one behind all layers.
    pub fn vector(&self) -> usize {
        let dense = self.layers.iter().position(|layer| layer.name == "dense1");
        let before = dense.unwrap_or(self.layers.len());
        self.tensors[before].len()
    }

    /// The sizes of the maps one after the other, those that repeat left out; where that is long, only the
    /// heights on the way to the last.
    pub fn sizes(&self) -> String {
        let mut maps: Vec<[usize; 3]> = Vec::new();
        for tensor in &self.tensors {
            if let [_, channels, h, w] = tensor.shape[..] {
                maps.push([h, w, channels]);
            }
        }
        maps.dedup();
        let full = |[h, w, channels]: &[usize; 3]| format!("{h}×{w}×{channels}");
        let mut sizes: Vec<String> = maps.iter().map(full).collect();
        if sizes.join(" → ").chars().count() > LONG {
            maps.dedup_by_key(|map| map[0]);
            let last = sizes.pop();
            maps.pop();
            sizes = maps.iter().map(|[h, ..]| h.to_string()).chain(last).collect();
        }
        if sizes.len() > 9 {
            sizes.splice(4..sizes.len() - 4, ["…".to_owned()]);
        }
        sizes.join(" → ")
    }

    /// Why the network goes no further, in few words, without a full stop; the layer stands before it.
    pub fn reason(&self) -> Option<String> {
        let fault = &self.error.as_ref()?.fault;
        Some(match fault {
            Fault::Window { window: [r, s], map: [h, w], pad } => {
                let padded = if *pad > 0 { format!(" with padding {pad}") } else { String::new() };
                format!("a {r}×{s} window does not fit a {h}×{w} map{padded}")
            }
            // The list of all that is possible stands where the text is written.
            fault => fault.to_string().split(" possible are").next().unwrap_or_default().to_owned(),
        })
    }

    /// What is above the maps of a node of which so many are drawn: its name, and what they are.
    pub fn title(&self, node: usize, drawn: usize) -> (String, String) {
        let untrained = |what: &str| format!("{what}, seed {}", self.seed);
        let kind = match self.tensors[node].shape[..] {
            [_, channels, _, _] if node == 0 => format!("{channels} channels"),
            [_, maps, _, _] => untrained(&format!("{drawn} of {maps} maps, untrained filters")),
            _ => {
                let numbers = grouped(self.tensors[node].len() as u64);
                untrained(&format!("{numbers} numbers, untrained weights"))
            }
        };
        let name = &self.nodes[node].name;
        (if node == 0 { "Input".to_owned() } else { format!("Layer {node}: {name}") }, kind)
    }

    /// How one number of a layer comes about: `5 × 5 × 20 = 500 products and a bias`.
    pub fn how(&self, node: usize) -> Option<String> {
        let order = self.stack.in_order();
        let (_, block) = order.get(node.checked_sub(1)?)?;
        let from = &self.layers.get(node - 1)?.from;
        Some(match block {
            Block::Conv { size: [r, s], groups, .. } => {
                let channels = from[0] / groups;
                format!("{r} × {s} × {channels} = {} products and a bias", grouped((r * s * channels) as u64))
            }
            Block::Dense { .. } => {
                format!("{} products and a bias", grouped(from.iter().product::<usize>() as u64))
            }
            Block::Pool { kind, window, .. } => {
                let of = if *kind == PoolKind::Average { "mean" } else { "largest" };
                format!("the {of} of {} numbers", window * window)
            }
            _ => block.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibits::Inputs;

    fn of(text: &str, look: impl Fn(&Recorded)) {
        let inputs = Inputs::default();
        let mut on = Recording::new(&inputs);
        let x = on.photo(39);
        look(&Recorded::new(&mut on, text, &x, ["input", "photo"]).unwrap());
    }

    #[test]
    fn the_book_case_and_what_its_cells_are_made_of() {
        of("conv 10 of 3x3, conv 20 of 5x5 stride 2, relu, conv 40 of 5x5 stride 2", |net| {
            assert_eq!(net.sizes(), "39×39×3 → 37×37×10 → 17×17×20 → 7×7×40");
            assert_eq!((net.vector(), net.first_missing(), net.reason()), (1960, None, None));
            assert_eq!(net.nodes.last().unwrap().shape, [1960]);
            assert_eq!(net.how(4).as_deref(), Some("5 × 5 × 20 = 500 products and a bias"));
            assert_eq!(net.looks[2..4], [Look::Diverging, Look::Sequential]);
        });
        of("conv 10 of 3x3, relu, pool 2, conv 20 of 5x5, pool 2, conv 40 of 5x5", |net| {
            assert_eq!(net.sizes(), "39 → 37 → 18 → 14 → 7 → 3×3×40");
        });
        of("conv 100 of 3x3, conv 100 of 3x3, conv 100 of 3x3", |net| {
            assert_eq!(net.sizes(), "39 → 37 → 35 → 33×33×100");
        });
        of("conv 4 of 3x3 stride 2, pool 2, global average, dense 10", |net| {
            assert_eq!((net.vector(), net.nodes.len(), net.map(3)), (4, 5, None));
            assert_eq!(net.how(2).as_deref(), Some("the largest of 4 numbers"));
        });
    }

    #[test]
    fn what_does_not_fit_or_cannot_be_read_leaves_the_layers_before() {
        of("conv 10 of 3x3 stride 4, conv 20 of 5x5 stride 4, conv 40 of 5x5 stride 2, relu", |net| {
            assert_eq!(net.reason().as_deref(), Some("a 5×5 window does not fit a 2×2 map"));
            assert_eq!((net.first_missing(), net.nodes.len(), net.tensors.len()), (Some(3), 5, 3));
        });
        of("conv 10 of 3x3, cnov 3 of 3x3", |net| {
            assert_eq!(net.reason().as_deref(), Some("\"cnov 3 of 3x3\" is no layer: did you mean conv?"));
            assert_eq!((net.first_missing(), net.tensors.len()), (Some(2), 2));
        });
        of("", |net| assert_eq!((net.vector(), net.tensors.len()), (4563, 1)));
    }
}
