//! Back and forward: the pages that were visited, each with its settings.

use crate::settings::Address;

/// Most places that are remembered.
const MOST: usize = 100;

/// The way so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    places: Vec<Address>,
    /// Where it stands; the places behind it are ahead.
    at: usize,
}

impl History {
    /// Goes to a place: what was ahead is forgotten. `from`: the place that is left, as it is now.
    pub fn go(&mut self, from: Address, to: Address) {
        self.note(from);
        if self.places.get(self.at) == Some(&to) {
            return;
        }
        self.places.truncate(self.at + 1);
        self.push(to);
    }

    /// The settings of the place are about to be replaced: it stays behind as it is now.
    pub fn fork(&mut self, now: Address) {
        self.note(now.clone());
        self.places.truncate(self.at + 1);
        self.push(now);
    }

    fn push(&mut self, place: Address) {
        self.places.push(place);
        let beyond = self.places.len().saturating_sub(MOST);
        self.places.drain(..beyond);
        self.at = self.places.len() - 1;
    }

    /// Notes what became of the place where it stands.
    fn note(&mut self, now: Address) {
        match self.places.get_mut(self.at) {
            Some(place) => *place = now,
            None => self.places.push(now),
        }
    }

    /// The place before; `now`: the place that is left, as it is.
    pub fn back(&mut self, now: Address) -> Option<Address> {
        let to = self.at.checked_sub(1)?;
        self.note(now);
        self.at = to;
        self.places.get(to).cloned()
    }

    /// The place ahead.
    pub fn forward(&mut self, now: Address) -> Option<Address> {
        let to = self.places.get(self.at + 1).cloned()?;
        self.note(now);
        self.at += 1;
        Some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn back_finds_a_page_as_it_was_left() {
        let mut history = History::default();
        history.go(place("a?x=1"), place("b"));
        history.go(place("b?y=2"), place("c"));
        assert_eq!(history.back(place("c?z=3")), Some(place("b?y=2")));
        assert_eq!(history.back(place("b?y=4")), Some(place("a?x=1")));
        assert_eq!(history.back(place("a")), None);
        assert_eq!(history.forward(place("a")), Some(place("b?y=4")));
        assert_eq!(history.forward(place("b")), Some(place("c?z=3")));
        assert_eq!(history.forward(place("c")), None);
        history.back(place("c"));
        history.go(place("b"), place("d"));
        assert_eq!(history.forward(place("d")), None, "what was ahead is forgotten");
        assert_eq!(history.back(place("d")), Some(place("b")));
    }
}
