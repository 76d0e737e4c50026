//! A setting that takes one of several names, as an enum of the page's own.

use std::fmt::Debug;

/// One of several names; made by [`choices!`](crate::choices).
pub trait Choice: Copy + PartialEq + Debug + 'static {
    /// All, in order.
    const ALL: &'static [Self];
    /// Their names, in the same order.
    const NAMES: &'static [&'static str];

    /// Its place in the order.
    fn index(self) -> usize {
        Self::ALL.iter().position(|c| *c == self).unwrap_or(0)
    }
    /// Its name, in settings and on the page.
    fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// A choice behind a knob, whatever its type.
pub trait Chosen: Debug {
    /// Names of what can be chosen.
    fn options(&self) -> &'static [&'static str];
    /// Place of what is chosen.
    fn at(&self) -> usize;
    /// Chooses by place; beyond the last, nothing changes.
    fn choose(&mut self, at: usize);
}

impl<C: Choice> Chosen for C {
    fn options(&self) -> &'static [&'static str] {
        C::NAMES
    }
    fn at(&self) -> usize {
        self.index()
    }
    fn choose(&mut self, at: usize) {
        if let Some(choice) = C::ALL.get(at) {
            *self = *choice;
        }
    }
}

/// Declares an enum whose values are the options of a knob; the first is the default.
#[macro_export]
macro_rules! choices {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $(#[$first_meta:meta])* $first:ident = $first_text:literal
        $(, $(#[$other_meta:meta])* $other:ident = $other_text:literal)* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        $vis enum $name { $(#[$first_meta])* #[default] $first $(, $(#[$other_meta])* $other)* }

        impl $crate::settings::Choice for $name {
            const ALL: &'static [Self] = &[Self::$first $(, Self::$other)*];
            const NAMES: &'static [&'static str] = &[$first_text $(, $other_text)*];
        }
    };
}

/// Declares the settings of a page as a struct, each with what the page begins with.
#[macro_export]
macro_rules! settings {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty = $first:expr),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $first),* }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{Choice, Chosen};

    settings! {
        struct Page { stride: u32 = 2, grid: Vec<f32> = vec![1.0] }
    }

    #[test]
    fn a_page_begins_with_what_stands_beside_its_settings() {
        let page = Page::default();
        assert_eq!((page.stride, page.grid), (2, vec![1.0]));
    }

    choices! {
        enum Fruit { Apple = "apple", Pear = "ripe pear" }
    }

    #[test]
    fn names_and_places_belong_together() {
        let mut fruit = Fruit::default();
        assert_eq!((fruit.name(), fruit.options()), ("apple", &["apple", "ripe pear"][..]));
        fruit.choose(1);
        assert_eq!((fruit, fruit.at()), (Fruit::Pear, 1));
        fruit.choose(2);
        assert_eq!(fruit, Fruit::Pear);
    }
}
