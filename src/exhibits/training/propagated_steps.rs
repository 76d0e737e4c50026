//! In which order the small network is computed, node by node, and its gradients, edge by edge; and the paths from the loss
//! to a parameter with the local derivatives along them.

use super::layered::{Place, Sizes};
use super::propagated::{Numbers, Propagated};

/// What is computed in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The product of a weight.
    Product(Place),
    /// The sum of a unit, by layer and unit.
    Sum(usize, usize),
    /// Its activation.
    Output(usize, usize),
    /// The loss.
    Loss,
    /// Back from the loss to the output of the network.
    FromLoss,
    /// Back through the activation of a unit, to its sum.
    FromOutput(usize, usize),
    /// Back from the sum of a unit to one of its products, or to its bias.
    FromSum(Place),
    /// Back from a product to its weight and to what it reads.
    FromProduct(Place),
}

/// All steps in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps(Vec<Step>);

impl Steps {
    /// Of a network.
    pub fn of(sizes: &Sizes) -> Self {
        let places = |layer: usize, biases: bool| {
            let [inputs, units] = sizes.of(layer);
            (0..units).flat_map(move |unit| {
                let inputs = (0..inputs).map(Some).chain(biases.then_some(None));
                inputs.map(move |input| Place { layer, unit, input })
            })
        };
        let units = |layer: usize| (0..sizes.of(layer)[1]).map(move |unit| (layer, unit));
        let mut all = Vec::new();
        for layer in 0..sizes.layers() {
            all.extend(places(layer, false).map(Step::Product));
            all.extend(units(layer).map(|(layer, unit)| Step::Sum(layer, unit)));
            all.extend(units(layer).map(|(layer, unit)| Step::Output(layer, unit)));
        }
        all.extend([Step::Loss, Step::FromLoss]);
        for layer in (0..sizes.layers()).rev() {
            all.extend(units(layer).map(|(layer, unit)| Step::FromOutput(layer, unit)));
            all.extend(places(layer, true).map(Step::FromSum));
            all.extend(places(layer, false).map(Step::FromProduct));
        }
        Self(all)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many of them go forward.
    pub fn forward(&self) -> usize {
        self.0.iter().position(|step| *step == Step::FromLoss).unwrap_or(0)
    }

    /// The step that was taken last when `done` of them are.
    pub fn last(&self, done: usize) -> Option<Step> {
        self.0.get(done.checked_sub(1)?).copied()
    }

    /// Whether `step` is among the first `done`.
    pub fn reached(&self, step: Step, done: usize) -> bool {
        self.0.iter().take(done).any(|own| *own == step)
    }

    /// Whether the gradient of a parameter is known after `done` steps.
    pub fn knows(&self, place: Place, done: usize) -> bool {
        let step = if place.input.is_some() { Step::FromProduct(place) } else { Step::FromSum(place) };
        self.reached(step, done)
    }
}

/// A local derivative on the way from the loss to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Its value, as it takes part: 0 where it is cut.
    pub value: f32,
    /// What it is.
    pub name: String,
    /// Whether the link is cut.
    pub cut: bool,
    /// The edge that it belongs to.
    pub step: Step,
}

/// All local derivatives along one way from the loss to a parameter.
pub type Path = Vec<Factor>;

/// The gradient by the chain rule: over all paths the sum of their products.
pub fn summed(paths: &[Path]) -> f64 {
    paths.iter().map(product).sum()
}

/// The product along one path.
pub fn product(path: &Path) -> f64 {
    path.iter().map(|factor| f64::from(factor.value)).product()
}

impl Propagated {
    /// All paths from the loss to a parameter.
    pub fn paths(&self, numbers: &Numbers, number: usize) -> Vec<Path> {
        let to = self.sizes.place(number);
        let last = self.sizes.layers() - 1;
        let (value, name) = (numbers.layers[last].d_a[0], "∂L/∂ŷ".to_owned());
        let mut found = Vec::new();
        let first = vec![Factor { value, name, cut: false, step: Step::FromLoss }];
        self.walk(numbers, to, (last, 0), first, &mut found);
        found
    }

    /// Goes on from the output of a unit.
    fn walk(
        &self,
        numbers: &Numbers,
        to: Place,
        (layer, unit): (usize, usize),
        mut path: Path,
        found: &mut Vec<Path>,
    ) {
        if layer == to.layer && unit != to.unit {
            return;
        }
        let of = &numbers.layers[layer];
        path.push(Factor {
            value: of.slopes[unit],
            name: self.asked.slope_name(layer),
            cut: self.asked.cuts_unit(layer, unit),
            step: Step::FromOutput(layer, unit),
        });
        let inputs = self.sizes.of(layer)[0];
        if layer == to.layer {
            let (value, name) = match to.input {
                Some(input) => (of.read[unit * inputs + input], self.read_name(layer, input)),
                None => (1.0, "bias".to_owned()),
            };
            let step = to.input.map_or(Step::FromSum(to), |_| Step::FromProduct(to));
            path.push(Factor { value, name, cut: false, step });
            found.push(path);
            return;
        }
        for input in 0..inputs {
            let place = Place { layer, unit, input: Some(input) };
            let number = self.sizes.number(place);
            let cut = self.asked.cuts_edge(layer, input);
            let value = if cut { 0.0 } else { self.asked.parameters[number] };
            let mut path = path.clone();
            path.push(Factor { value, name: self.sizes.name(number), cut, step: Step::FromProduct(place) });
            self.walk(numbers, to, (layer - 1, input), path, found);
        }
    }

    /// Name of what a layer reads at a place.
    pub fn read_name(&self, layer: usize, input: usize) -> String {
        let at = super::layered::subscript(input + 1);
        if layer == 0 { format!("x{at}") } else { format!("{}{at}", ["a", "c"][(layer - 1).min(1)]) }
    }

    /// Whether every path to a parameter leads through the cut link: it stops learning.
    pub fn is_behind_cut(&self, numbers: &Numbers, number: usize) -> bool {
        self.paths(numbers, number).iter().all(|path| path.iter().any(|factor| factor.cut))
    }

    /// How many parameters are behind the cut.
    pub fn behind_cut(&self, numbers: &Numbers) -> usize {
        (0..self.sizes.parameters()).filter(|number| self.is_behind_cut(numbers, *number)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_and_every_edge_has_a_step() {
        for layers in 1..=2 {
            let sizes = Sizes::hidden(layers);
            let steps = Steps::of(&sizes);
            let weights = sizes.parameters() - (2 * layers + 1);
            let units = 2 * layers + 1;
            assert_eq!(steps.forward(), weights + 2 * units + 1);
            assert_eq!(steps.count() - steps.forward(), 1 + units + sizes.parameters() + weights);
            for number in 0..sizes.parameters() {
                let place = sizes.place(number);
                assert_eq!(sizes.number(place), number);
                assert!(steps.knows(place, steps.count()) && !steps.knows(place, steps.forward()));
            }
        }
        assert_eq!(Sizes::hidden(1).name(4), "b₁");
        assert_eq!(Sizes::hidden(1).name(6), "w₅");
    }
}
