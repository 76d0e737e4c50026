//! What each layer of a network makes: shapes, weights, work, and what a unit sees of the input.

use std::collections::BTreeMap;

use super::block::{Block, Stack};
use super::error::{Fault, StackError};
use super::text::act_name;

/// Most weights of a layer, and most numbers that one makes of a sample.
const LIMIT: usize = 1 << 24;
/// Most multiplications with a weight in a whole network, for one sample: seconds on a software adapter.
const WORK: u64 = 1 << 31;

/// A layer of a network, sized for an input.
#[derive(Clone, Debug, PartialEq)]
pub struct StackLayer {
    /// Its name in the network: `conv2`.
    pub name: String,
    /// Its text: `conv 20 of 5x5 stride 2`; for the sum of a residual block `add`.
    pub text: String,
    /// Residual blocks around it.
    pub depth: usize,
    /// Shape of a sample that goes in: `[C, H, W]` or `[N]`.
    pub from: Vec<usize>,
    /// Shape that comes out.
    pub to: Vec<usize>,
    /// Weights and biases that are learned.
    pub parameters: usize,
    /// Multiplications with a weight, for one sample, those with padding included.
    pub multiply_adds: u64,
    /// Height and width of what a unit sees of the input, padding included.
    pub receptive: [usize; 2],
    /// Cells of the input from one unit to its neighbour.
    pub jump: usize,
    /// Bytes of what comes out of one sample.
    pub bytes: usize,
}

/// The layers of a network as far as they can be built.
#[derive(Clone, Debug, PartialEq)]
pub struct StackLayers {
    /// The layers, those of a residual block before its sum.
    pub layers: Vec<StackLayer>,
    /// Why it goes no further.
    pub error: Option<StackError>,
    /// Blocks that can be built: see [`Stack::first`].
    pub built: usize,
}

impl Stack {
    /// The layers for an input of this shape, `[C, H, W]` or `[N]`.
    pub fn layers(&self, input: &[usize]) -> StackLayers {
        let mut walk = Walk::new(input);
        if !matches!(input.len(), 1 | 3) || input.contains(&0) {
            let error = StackError { layer: vec![], fault: Fault::Input(input.to_vec()) };
            return StackLayers { layers: vec![], error: Some(error), built: 0 };
        }
        for (built, block) in self.0.iter().enumerate() {
            let before = walk.layers.len();
            if let Err(error) = walk.block(block, &[built + 1]) {
                // Those inside a residual block that has no sum stand for nothing.
                walk.layers.truncate(before);
                return StackLayers { layers: walk.layers, error: Some(error), built };
            }
        }
        StackLayers { layers: walk.layers, error: None, built: self.0.len() }
    }
}

struct Walk {
    layers: Vec<StackLayer>,
    counts: BTreeMap<String, usize>,
    input: [usize; 2],
    shape: Vec<usize>,
    receptive: [usize; 2],
    jump: usize,
    depth: usize,
    work: u64,
}

/// What a block does to the numbers of one sample.
#[derive(Default)]
struct Does {
    to: Vec<usize>,
    parameters: usize,
    multiply_adds: u64,
}

impl Walk {
    fn new(input: &[usize]) -> Self {
        let sides = match *input {
            [_, h, w] => [h, w],
            _ => [1, input.first().copied().unwrap_or(1)],
        };
        let (layers, counts, shape) = (Vec::new(), BTreeMap::new(), input.to_vec());
        Self { layers, counts, input: sides, shape, receptive: [1; 2], jump: 1, depth: 0, work: 0 }
    }

    fn block(&mut self, block: &Block, place: &[usize]) -> Result<(), StackError> {
        let at = |fault| StackError { layer: place.to_vec(), fault };
        let from = self.shape.clone();
        let does = match block {
            Block::Residual(inside) => {
                let receptive = self.receptive;
                self.depth += 1;
                for (i, inner) in inside.iter().enumerate() {
                    self.block(inner, &[place, &[i + 1]].concat())?;
                }
                self.depth -= 1;
                if self.shape != from {
                    return Err(at(Fault::Sum { from, to: self.shape.clone() }));
                }
                // What goes past sees less: the branch decides.
                self.receptive = [0, 1].map(|axis| self.receptive[axis].max(receptive[axis]));
                Does { to: from.clone(), ..Does::default() }
            }
            _ => self.simple(block).map_err(at)?,
        };
        let elements: usize = does.to.iter().fold(1, |n, d| n.saturating_mul(*d));
        for (what, have) in [("weights", does.parameters), ("numbers", elements)] {
            if have > LIMIT {
                return Err(at(Fault::TooLarge { what, have, limit: LIMIT }));
            }
        }
        self.work = self.work.saturating_add(does.multiply_adds);
        if self.work > WORK {
            let [have, limit] = [self.work, WORK].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
            return Err(at(Fault::TooLarge { what: "multiply-adds", have, limit }));
        }
        self.shape.clone_from(&does.to);
        let kind = kind(block);
        let count = self.counts.entry(kind.clone()).or_default();
        *count += 1;
        self.layers.push(StackLayer {
            name: format!("{kind}{count}"),
            text: if matches!(block, Block::Residual(_)) { "add".into() } else { block.to_string() },
            depth: self.depth,
            from,
            to: does.to,
            parameters: does.parameters,
            multiply_adds: does.multiply_adds,
            receptive: self.receptive,
            jump: self.jump,
            bytes: 4 * elements,
        });
        Ok(())
    }

    /// The shape rule of a block without blocks in it.
    fn simple(&mut self, block: &Block) -> Result<Does, Fault> {
        let same = || self.shape.clone();
        Ok(match *block {
            Block::Dense { units } => {
                let inputs = self.shape.iter().product::<usize>();
                self.receptive = self.input;
                let multiply_adds = inputs as u64 * units as u64;
                let parameters = (inputs.saturating_add(1)).saturating_mul(units);
                Does { to: vec![units], parameters, multiply_adds }
            }
            Block::Conv { filters, size, stride, pad, dilation, groups } => {
                let [c, h, w] = self.maps(block)?;
                for (maps, which) in [(c, "go in"), (filters, "come out")] {
                    if groups == 0 || maps % groups != 0 {
                        return Err(Fault::Groups { groups, maps, which });
                    }
                }
                let span = size.map(|side| dilation.saturating_mul(side.saturating_sub(1)) + 1);
                let [oh, ow] = self.slide(span, stride, pad, [h, w])?;
                let per_output = (c / groups).saturating_mul(size[0] * size[1]);
                let outputs = (filters as u64) * (oh as u64) * (ow as u64);
                let parameters = per_output.saturating_add(1).saturating_mul(filters);
                let multiply_adds = outputs.saturating_mul(per_output as u64);
                Does { to: vec![filters, oh, ow], parameters, multiply_adds }
            }
            Block::Pool { window, stride, .. } => {
                let [c, h, w] = self.maps(block)?;
                let [oh, ow] = self.slide([window; 2], stride, 0, [h, w])?;
                Does { to: vec![c, oh, ow], ..Does::default() }
            }
            Block::GlobalAverage => {
                let [c, h, w] = self.maps(block)?;
                self.slide([h, w], 1, 0, [h, w])?;
                Does { to: vec![c], ..Does::default() }
            }
            Block::BatchNorm => Does { to: same(), parameters: 2 * self.shape[0], multiply_adds: 0 },
            Block::Flatten => Does { to: vec![self.shape.iter().product()], ..Does::default() },
            Block::Dropout(rate) if !(0.0..=1.0).contains(&rate) => {
                let (what, value) = ("the share that is dropped", f64::from(rate));
                return Err(Fault::Range { what, value, lo: 0.0, hi: 1.0 });
            }
            Block::Dropout(_) | Block::Act(_) | Block::Residual(_) => Does { to: same(), ..Does::default() },
        })
    }

    fn maps(&self, block: &Block) -> Result<[usize; 3], Fault> {
        let maps: Result<[usize; 3], _> = self.shape.clone().try_into();
        let numbers = self.shape.iter().product();
        maps.map_err(|_| Fault::NoMaps { layer: block.to_string(), numbers })
    }

    /// Slides a window over maps; returns their new height and width.
    fn slide(
        &mut self,
        span: [usize; 2],
        stride: usize,
        pad: usize,
        map: [usize; 2],
    ) -> Result<[usize; 2], Fault> {
        for (what, value) in [("the window", span[0].min(span[1])), ("the stride", stride)] {
            if value == 0 {
                return Err(Fault::Range { what, value: 0.0, lo: 1.0, hi: 64.0 });
            }
        }
        let padded = map.map(|side| side + 2 * pad);
        if padded.iter().zip(span).any(|(side, span)| span > *side) {
            return Err(Fault::Window { window: span, map, pad });
        }
        for axis in [0, 1] {
            self.receptive[axis] += (span[axis] - 1) * self.jump;
        }
        self.jump = self.jump.saturating_mul(stride);
        Ok([0, 1].map(|axis| (padded[axis] - span[axis]) / stride + 1))
    }
}

/// What a layer is called in a network, but for its number.
fn kind(block: &Block) -> String {
    match block {
        Block::Dense { .. } => "dense".into(),
        Block::Conv { .. } => "conv".into(),
        Block::Pool { .. } => "pool".into(),
        Block::Act(act) => act_name(*act).replace(' ', "_"),
        Block::Dropout(_) => "dropout".into(),
        Block::BatchNorm => "norm".into(),
        Block::Residual(_) => "sum".into(),
        Block::Flatten => "flatten".into(),
        Block::GlobalAverage => "average".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(text: &str, input: &[usize]) -> StackLayers {
        text.parse::<Stack>().unwrap().layers(input)
    }

    #[test]
    fn the_book_case_of_three_convolutions_ends_in_1960_numbers() {
        let text = "conv 10 of 3x3, conv 20 of 5x5 stride 2, conv 40 of 5x5 stride 2, flatten, dense 10";
        let StackLayers { layers, error, built } = layers(text, &[3, 39, 39]);
        assert_eq!((error, built), (None, 5));
        let to: Vec<&[usize]> = layers.iter().map(|l| l.to.as_slice()).collect();
        assert_eq!(to, [&[10, 37, 37][..], &[20, 17, 17], &[40, 7, 7], &[1960], &[10]]);
        let parameters: Vec<usize> = layers.iter().map(|l| l.parameters).collect();
        assert_eq!(parameters, [280, 5_020, 20_040, 0, 19_610]);
        assert_eq!(layers[0].multiply_adds, 10 * 37 * 37 * 27);
        let sees: Vec<_> = layers.iter().map(|l| (l.receptive[0], l.jump)).collect();
        assert_eq!(sees, [(3, 1), (7, 2), (15, 4), (15, 4), (39, 4)]);
        assert_eq!((layers[2].name.as_str(), layers[2].bytes), ("conv3", 7840));
        assert_eq!(layers[1].text, "conv 20 of 5x5 stride 2");
    }

    #[test]
    fn layers_before_an_error_are_there() {
        let StackLayers { layers: good, error, built } =
            layers("conv 4 of 3x3, residual (conv 4 of 5x5 pad 2, relu), conv 4 of 9x9", &[1, 8, 8]);
        let names: Vec<&str> = good.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["conv1", "conv2", "relu1", "sum1"]);
        assert_eq!((good[1].depth, good[3].depth, built), (1, 0, 2));
        let error = error.unwrap().to_string();
        assert!(error.starts_with("layer 3: a 9x9 window does not fit a 6x6 map"), "{error}");
    }

    #[test]
    fn what_cannot_be_built_is_said_in_a_sentence() {
        let says = |text: &str, input: &[usize], want: &str| {
            let error = layers(text, input).error.unwrap().to_string();
            assert!(error.starts_with(want), "{text}: {error}");
        };
        says("pool 2, pool 2, conv 1 of 5x5", &[1, 16, 16], "layer 3: a 5x5 window does not fit a 4x4 map");
        says("conv 1 of 9x9 pad 1", &[1, 4, 4], "layer 1: a 9x9 window does not fit a 4x4 map with 1 zeros");
        says("dense 8, pool 2", &[1, 4, 4], "layer 2: pool 2 reads maps, but 8 single numbers come in");
        says("conv 4 of 1x1 groups 3", &[3, 4, 4], "layer 1: 3 groups do not divide 4 maps that come out");
        says("residual (conv 4 of 3x3)", &[4, 9, 9], "layer 1: 4x7x7 cannot be added to the 4x9x9");
        says("relu, residual (relu, pool 9)", &[1, 8, 8], "layer 2, in it layer 2: a 9x9 window");
        says("dense 10000, dense 10000", &[1, 8, 8], "layer 2: 100010000 weights are more than the limit");
        says("conv 64 of 9x9 pad 4, conv 64 of 9x9 pad 4", &[3, 99, 99], "layer 2: 3404");
        says("relu", &[0, 3, 3], "an input of the shape 0 x 3 x 3");
        let wrong = Stack(vec![Block::Dropout(f32::NAN)]).layers(&[4]).error.unwrap();
        assert_eq!(
            wrong.to_string(),
            "layer 1: the share that is dropped is NaN, but must lie between 0 and 1"
        );
    }
}
