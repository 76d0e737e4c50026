//! The tour: a few pages in an order, and what to look at on each.

use std::sync::LazyLock;

/// A stop of the tour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What it shows.
    pub title: String,
    /// The page.
    pub slug: String,
    /// The preset of the page that it begins with; empty to leave the page as it is.
    pub preset: String,
    /// What to look at and what to do.
    pub text: String,
}

static TOUR: LazyLock<Vec<Stop>> =
    LazyLock::new(|| parse(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tour.md"))));

/// All stops in order.
pub fn tour() -> &'static [Stop] {
    &TOUR
}

/// Below each heading stands `page: preset`, or the page alone, then the text.
fn parse(text: &str) -> Vec<Stop> {
    let stop = |section: &str| {
        let (title, rest) = section.split_once('\n')?;
        let (place, text) = rest.split_once("\n\n")?;
        let (slug, preset) = place.split_once(':').unwrap_or((place, ""));
        let [title, slug, preset, text] = [title, slug, preset, text].map(|part| part.trim().to_owned());
        Some(Stop { title, slug, preset, text })
    };
    text.split("\n## ").skip(1).filter_map(stop).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::lesson;

    #[test]
    fn every_stop_is_a_page_and_one_of_its_presets() {
        assert_eq!(tour().len(), 8);
        for stop in tour() {
            let lesson = lesson(&stop.slug).unwrap_or_else(|| panic!("{stop:?}"));
            assert!(stop.preset.is_empty() || lesson.preset(&stop.preset).is_some(), "{stop:?}");
            assert!((60..=240).contains(&stop.text.chars().count()), "{stop:?}");
        }
    }
}
