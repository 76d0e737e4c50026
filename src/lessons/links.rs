//! Links in a lesson that set the page: `[False rings](<set:image=zone plate&stride=4>)`.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::markdown::OPTIONS;

/// How the address of such a link begins.
const SCHEME: &str = "set:";

/// A link to settings of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its words.
    pub name: String,
    /// What differs from the page's defaults, as `stride=4&image=zone plate`.
    pub settings: String,
}

/// All links to settings in a Markdown text, in order.
pub fn links(markdown: &str) -> Vec<Link> {
    located(markdown).into_iter().map(|(link, _)| link).collect()
}

/// The same, with the byte ranges that they take.
pub(super) fn located(markdown: &str) -> Vec<(Link, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut open: Option<Link> = None;
    for (event, range) in Parser::new_ext(markdown, OPTIONS).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                let settings = dest_url.strip_prefix(SCHEME);
                open = settings.map(|s| Link { name: String::new(), settings: s.trim().to_owned() });
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(link) = &mut open {
                    link.name.push_str(&text);
                }
            }
            Event::End(TagEnd::Link) => found.extend(open.take().map(|link| (link, range))),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_to_settings_and_no_others() {
        let text =
            "See [rings](<set:image=zone plate&stride=4&blur=off>), [start](<set:>) or [x](https://x.org).";
        let found = links(text);
        let seen: Vec<_> = found.iter().map(|l| (l.name.as_str(), l.settings.as_str())).collect();
        assert_eq!(seen, [("rings", "image=zone plate&stride=4&blur=off"), ("start", "")]);
    }
}
