//! The parameters of a network: names, shapes, first values, and where each lies in one long buffer.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::init::Init;
use crate::gpu::{PART_ALIGN, Plan, Tensor};

/// A declared parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub(super) usize);

/// What is known of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `conv1.weight`; unique in its network.
    pub name: String,
    /// Axis lengths.
    pub shape: Vec<usize>,
    /// First element among those of its kind, learned or not.
    place: usize,
    /// Whether the optimiser changes it. What is only kept, such as running statistics and what is frozen, lies
    /// behind all that is learned.
    pub learned: bool,
    /// How it begins.
    pub init: Init,
    /// What it begins with instead: what another network has learned.
    pub values: Option<Arc<[f32]>>,
}

/// What a parameter takes over from another network.
#[derive(Clone, Debug)]
struct Reused {
    values: Arc<[f32]>,
    frozen: bool,
}

impl Parameter {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The parameters of a network, in the order of their declaration.
#[derive(Clone, Debug)]
pub struct Parameters {
    list: Vec<Parameter>,
    /// Elements that are learned, and that are only kept.
    lens: [usize; 2],
    seed: u64,
    scale: f32,
    /// For those of these names, once they are declared.
    reused: BTreeMap<String, Reused>,
}

impl Parameters {
    /// None yet; their first values come from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { list: Vec::new(), lens: [0, 0], seed, scale: 1.0, reused: BTreeMap::new() }
    }

    /// The seed of the first values.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The parameter of this name, to be declared yet, begins with `values` that another network has learned; a
    /// frozen one keeps them: nothing learns it, and no gradient is computed for it.
    pub fn reuse(&mut self, name: &str, values: Arc<[f32]>, frozen: bool) {
        self.reused.insert(name.to_owned(), Reused { values, frozen });
    }

    /// Declares a parameter.
    ///
    /// # Panics
    /// If the name is taken, or if what it is to begin with has another number of elements.
    pub fn add(&mut self, name: &str, shape: &[usize], init: Init) -> ParamId {
        self.declare(name, shape, init, true)
    }

    /// Declares numbers that are kept with the parameters but not learned: running statistics.
    ///
    /// # Panics
    /// If the name is taken.
    pub fn add_statistic(&mut self, name: &str, shape: &[usize], init: Init) -> ParamId {
        self.declare(name, shape, init, false)
    }

    fn declare(&mut self, name: &str, shape: &[usize], init: Init, learned: bool) -> ParamId {
        assert!(self.list.iter().all(|p| p.name != name), "two parameters are named {name}");
        let reused = self.reused.remove(name);
        let learned = learned && reused.as_ref().is_none_or(|own| !own.frozen);
        let values = reused.map(|own| own.values);
        let len = &mut self.lens[usize::from(!learned)];
        let parameter =
            Parameter { name: name.to_owned(), shape: shape.to_vec(), place: *len, learned, init, values };
        let given = parameter.values.as_ref().map_or(parameter.len(), |values| values.len());
        assert_eq!(given, parameter.len(), "{name} begins with another number of elements");
        *len = (*len + parameter.len()).next_multiple_of(PART_ALIGN);
        self.list.push(parameter);
        ParamId(self.list.len() - 1)
    }

    /// First element of a parameter in the buffer of all.
    pub fn offset(&self, p: &Parameter) -> usize {
        if p.learned { p.place } else { self.lens[0] + p.place }
    }

    /// All, in order.
    pub fn list(&self) -> &[Parameter] {
        &self.list
    }

    /// What is known of one.
    pub fn get(&self, id: ParamId) -> &Parameter {
        &self.list[id.0]
    }

    /// Elements of the buffer of all, gaps between them included.
    pub fn buffer_len(&self) -> usize {
        self.lens.iter().sum()
    }

    /// Elements at its beginning that are learned.
    pub fn learned_len(&self) -> usize {
        self.lens[0]
    }

    /// Number of parameters that are learned, without the gaps.
    pub fn count(&self) -> usize {
        self.list.iter().filter(|p| p.learned).map(Parameter::len).sum()
    }

    /// All first values times this: a start that is badly scaled on purpose.
    pub fn set_scale(&mut self, scale: f32) {
        self.scale = scale;
    }

    /// Content of the buffer before the first step. The values of a parameter depend on the seed and on
    /// its name alone, so that networks which share names share their start.
    pub fn initial(&self) -> Vec<f32> {
        let mut all = vec![0.0; self.buffer_len()];
        for p in &self.list {
            if let Some(values) = &p.values {
                all[self.offset(p)..][..values.len()].copy_from_slice(values);
                continue;
            }
            let values = p.init.first_values(&p.shape, self.seed ^ hash(&p.name));
            let scale = if p.learned { self.scale } else { 1.0 };
            for (at, value) in all[self.offset(p)..].iter_mut().zip(values) {
                *at = value * scale;
            }
        }
        all
    }

    /// Each parameter as a part of a buffer: of `learned`, or of `all` if it is only kept.
    pub fn parts(&self, plan: &mut Plan, [learned, all]: [&Tensor; 2]) -> Vec<Tensor> {
        let mut part = |p: &Parameter| {
            plan.part(&p.name, if p.learned { learned } else { all }, self.offset(p), &p.shape)
        };
        self.list.iter().map(&mut part).collect()
    }
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_lie_apart_and_depend_on_seed_and_name_alone() {
        let mut a = Parameters::new(1);
        a.add("w", &[3, 5], Init::HeNormal);
        a.add("b", &[70], Init::HeNormal);
        let mut b = Parameters::new(1);
        b.add("b", &[70], Init::HeNormal);
        a.add_statistic("mean", &[2], Init::Constant(3.0));
        assert_eq!((a.offset(&a.list()[1]), a.learned_len(), a.count()), (64, 192, 85));
        assert_eq!((a.offset(&a.list()[2]), a.buffer_len(), a.initial()[192]), (192, 256, 3.0));
        assert_eq!(a.initial()[64..134], b.initial()[..70]);
        assert_eq!(a.initial()[15..64], [0.0; 49]);
        let mut c = Parameters::new(2);
        c.add("b", &[70], Init::HeNormal);
        assert_ne!(b.initial(), c.initial());
    }

    #[test]
    fn what_is_reused_begins_as_it_was_learned_and_is_frozen_where_asked() {
        let mut p = Parameters::new(1);
        p.reuse("a", vec![1.0, 2.0].into(), true);
        p.reuse("b", vec![3.0].into(), false);
        p.set_scale(5.0);
        for (name, len) in [("a", 2), ("b", 1), ("c", 4)] {
            p.add(name, &[len], Init::Constant(0.5));
        }
        let [a, b, c] = [0, 1, 2].map(|i| &p.list()[i]);
        assert_eq!([a, b, c].map(|p| p.learned), [false, true, true]);
        assert_eq!(p.count(), 5);
        let all = p.initial();
        assert_eq!(
            [a, b, c].map(|own| &all[p.offset(own)..][..own.len()]),
            [&[1.0, 2.0][..], &[3.0], &[2.5; 4]]
        );
        assert!(p.offset(a) >= p.learned_len());
    }
}
