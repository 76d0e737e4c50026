//! The parameters of a network: names, shapes, first values, and where each lies in one long buffer.

use super::init::Init;
use crate::gpu::{PART_ALIGN, Plan, Tensor};
use crate::ops::philox::Rng;

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
    /// First element in the buffer of all.
    pub offset: usize,
    /// How it begins.
    pub init: Init,
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
    len: usize,
    seed: u64,
    scale: f32,
}

impl Parameters {
    /// None yet; their first values come from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { list: Vec::new(), len: 0, seed, scale: 1.0 }
    }

    /// Declares a parameter.
    ///
    /// # Panics
    /// If the name is taken.
    pub fn add(&mut self, name: &str, shape: &[usize], init: Init) -> ParamId {
        assert!(self.list.iter().all(|p| p.name != name), "two parameters are named {name}");
        let offset = self.len;
        let parameter = Parameter { name: name.to_owned(), shape: shape.to_vec(), offset, init };
        self.len = (offset + parameter.len()).next_multiple_of(PART_ALIGN);
        self.list.push(parameter);
        ParamId(self.list.len() - 1)
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
        self.len
    }

    /// Number of parameters that are learned, without the gaps.
    pub fn count(&self) -> usize {
        self.list.iter().map(Parameter::len).sum()
    }

    /// All first values times this: a start that is badly scaled on purpose.
    pub fn set_scale(&mut self, scale: f32) {
        self.scale = scale;
    }

    /// Content of the buffer before the first step. The values of a parameter depend on the seed and on
    /// its name alone, so that networks which share names share their start.
    pub fn initial(&self) -> Vec<f32> {
        let mut all = vec![0.0; self.len];
        for p in &self.list {
            let mut rng = Rng::new(self.seed ^ hash(&p.name));
            for (at, value) in all[p.offset..].iter_mut().zip(p.init.values(&p.shape, &mut rng)) {
                *at = value * self.scale;
            }
        }
        all
    }

    /// Each parameter as a part of the buffer of all.
    pub fn parts(&self, plan: &mut Plan, whole: &Tensor) -> Vec<Tensor> {
        self.list.iter().map(|p| plan.part(&p.name, whole, p.offset, &p.shape)).collect()
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
        assert_eq!((a.list()[1].offset, a.buffer_len(), a.count()), (64, 192, 85));
        assert_eq!(a.initial()[64..134], b.initial()[..70]);
        assert_eq!(a.initial()[15..64], [0.0; 49]);
        let mut c = Parameters::new(2);
        c.add("b", &[70], Init::HeNormal);
        assert_ne!(b.initial(), c.initial());
    }
}
