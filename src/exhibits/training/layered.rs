//! A small dense network by its layers: how many units each has, and where each parameter stands.

/// Inputs of the network, and units of each hidden layer.
pub const INPUTS: usize = 2;
pub const UNITS: usize = 2;
/// Most hidden layers, and parameters of the network that has them.
pub const DEEPEST: usize = 2;
pub const MOST: usize = 15;

/// A parameter by its place: layer, unit that has it, and which input it multiplies; the bias multiplies none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Layer, from 0.
    pub layer: usize,
    /// Unit of the layer, from 0.
    pub unit: usize,
    /// Input of the unit, from 0.
    pub input: Option<usize>,
}

/// How many units each layer has, the inputs first. Parameters stand layer by layer: the weights unit by unit, then the
/// biases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes(Vec<usize>);

impl Sizes {
    /// With so many hidden layers.
    pub fn hidden(layers: usize) -> Self {
        let mut sizes = vec![INPUTS];
        sizes.extend(std::iter::repeat_n(UNITS, layers));
        sizes.push(1);
        Self(sizes)
    }

    /// Layers with parameters.
    pub fn layers(&self) -> usize {
        self.0.len() - 1
    }

    /// Parameters in their order from rows of a unit each, its weights and then its bias: first hidden layer, output, second
    /// hidden layer. Weights of hidden units are multiplied by `scale`.
    pub fn ordered(&self, rows: &[f32], scale: f32) -> Vec<f32> {
        let units = |layer: usize| match layer {
            _ if layer + 1 == self.layers() => UNITS..UNITS + 1,
            0 => 0..UNITS,
            _ => UNITS + 1..2 * UNITS + 1,
        };
        let row = |unit: usize| &rows[unit * (INPUTS + 1)..][..=INPUTS];
        let of = |layer: usize| {
            let scale = if layer + 1 == self.layers() { 1.0 } else { scale };
            let weights = units(layer).flat_map(|unit| row(unit)[..INPUTS].iter().map(move |w| w * scale));
            weights.chain(units(layer).map(|unit| row(unit)[INPUTS])).collect::<Vec<_>>()
        };
        (0..self.layers()).flat_map(of).collect()
    }

    /// Inputs and units of a layer.
    pub fn of(&self, layer: usize) -> [usize; 2] {
        [self.0[layer], self.0[layer + 1]]
    }

    /// Number of the first parameter of a layer; of the layer behind the last, how many parameters there are.
    pub fn first(&self, layer: usize) -> usize {
        (0..layer).map(|l| self.of(l)).map(|[inputs, units]| (inputs + 1) * units).sum()
    }

    /// How many parameters there are.
    pub fn parameters(&self) -> usize {
        self.first(self.layers())
    }

    /// Number of a parameter.
    pub fn number(&self, place: Place) -> usize {
        let [inputs, units] = self.of(place.layer);
        let own = place.input.map_or(inputs * units + place.unit, |input| place.unit * inputs + input);
        self.first(place.layer) + own
    }

    /// Place of a parameter; beyond the last the last one.
    pub fn place(&self, number: usize) -> Place {
        let number = number.min(self.parameters() - 1);
        let layer = (0..self.layers()).rev().find(|l| self.first(*l) <= number).unwrap_or(0);
        let [inputs, units] = self.of(layer);
        let own = number - self.first(layer);
        if own < inputs * units {
            Place { layer, unit: own / inputs, input: Some(own % inputs) }
        } else {
            Place { layer, unit: own - inputs * units, input: None }
        }
    }

    /// Name of a parameter: weights are counted through the layers, and so are biases.
    pub fn name(&self, number: usize) -> String {
        let place = self.place(number);
        let before =
            |of: &dyn Fn([usize; 2]) -> usize| (0..place.layer).map(|l| of(self.of(l))).sum::<usize>();
        let (letter, at) = match place.input {
            Some(input) => (
                'w',
                before(&|[inputs, units]| inputs * units) + place.unit * self.of(place.layer)[0] + input,
            ),
            None => ('b', before(&|[_, units]| units) + place.unit),
        };
        format!("{letter}{}", subscript(at + 1))
    }
}

/// A number, lowered.
pub fn subscript(n: usize) -> String {
    let lowered =
        |digit: char| digit.to_digit(10).and_then(|d| char::from_u32('₀' as u32 + d)).unwrap_or(digit);
    n.to_string().chars().map(lowered).collect()
}
