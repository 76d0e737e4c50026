//! Lessons for a terminal: Markdown as lines of a width, formulas in plain characters.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::lesson::{Lesson, SEE_ALSO, Tone};
use super::markdown::OPTIONS;
use super::math::readable;

/// Columns by which formulas on a line of their own and code stand in.
const INDENT: usize = 4;

impl Lesson {
    /// Its parts in reading order, each a heading and Markdown.
    pub fn outline(&self) -> Vec<(&'static str, String)> {
        let follow_ups = self.follow_ups.iter().map(|f| format!("{}\n\n{}", f.ask, indented(&f.answer)));
        let notes =
            self.notes.iter().map(|n| format!("- Often heard: {}\n  What holds: {}", n.heard, n.holds));
        let presets = self.presets.iter().map(|p| {
            let tone = match p.tone {
                Tone::Plain => "",
                Tone::Broken => " (broken)",
                Tone::Mended => " (mended)",
            };
            format!("- {}{tone}: {}", p.name, p.claim)
        });
        let others = self.see_also.iter().map(|other| format!("- {}: {}", other.page, other.why));
        let mut parts = vec![
            ("In half a minute", self.spoken.clone()),
            ("Answer", self.answer.clone()),
            ("In code", self.code.clone()),
            ("Follow-ups", follow_ups.collect::<Vec<_>>().join("\n\n")),
            ("Often heard, what holds", notes.collect::<Vec<_>>().join("\n")),
            ("Presets", presets.collect::<Vec<_>>().join("\n")),
            ("Break it", self.break_it.clone()),
            ("Try this", self.try_this.clone()),
            (SEE_ALSO, others.collect::<Vec<_>>().join("\n")),
        ];
        parts.retain(|(_, text)| !text.is_empty());
        parts
    }
}

/// As a quotation, which stands further in.
fn indented(markdown: &str) -> String {
    markdown.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

/// Markdown as plain text of at most `width` columns, at least 20; each line ended. Code keeps its lines.
pub fn plain(markdown: &str, width: usize) -> String {
    let mut page = Page { width: width.max(20), ..Page::default() };
    for event in Parser::new_ext(markdown, OPTIONS) {
        page.event(event);
    }
    page.flush();
    page.out
}

#[derive(Default)]
struct Page {
    width: usize,
    out: String,
    /// The paragraph that is being read.
    text: String,
    /// Numbers of the lists that are open; `None` where they have marks.
    lists: Vec<Option<u64>>,
    quotes: usize,
    /// Mark in front of the next line of text.
    mark: String,
    /// Whether an empty line comes before the next text.
    apart: bool,
    code: bool,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.code => self.verbatim(&text),
            Event::Text(text) | Event::Code(text) => self.text.push_str(&text),
            Event::InlineMath(tex) => self.text.push_str(&readable(&tex)),
            Event::DisplayMath(tex) => {
                self.flush();
                self.verbatim(&readable(&tex));
                self.apart = true;
            }
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.flush(),
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.flush();
                self.mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".into(),
                };
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.flush();
                self.code = true;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => {
                self.flush();
                self.apart = self.lists.is_empty();
            }
            TagEnd::Item => self.flush(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.apart = self.lists.is_empty();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes -= 1;
                self.apart = true;
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.apart = true;
            }
            _ => {}
        }
    }

    /// Columns in front of text.
    fn margin(&self) -> usize {
        self.quotes * 2 + self.lists.len() * 2
    }

    /// An empty line where one is due.
    fn space(&mut self) {
        if self.apart && !self.out.is_empty() {
            self.out.push('\n');
        }
        self.apart = false;
    }

    /// Lines as they are, further in.
    fn verbatim(&mut self, text: &str) {
        self.space();
        let margin = " ".repeat(self.margin() + INDENT);
        for line in text.lines() {
            self.out.push_str(format!("{margin}{line}").trim_end());
            self.out.push('\n');
        }
    }

    /// Writes the paragraph, broken into lines.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return;
        }
        self.space();
        let margin = " ".repeat(self.margin());
        let mark = std::mem::take(&mut self.mark);
        let first = margin.len().saturating_sub(mark.chars().count());
        let mut line = format!("{}{mark}", " ".repeat(first));
        let mut used = line.chars().count();
        let mut begun = false;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if begun && used + 1 + length > self.width {
                self.out.push_str(&line);
                self.out.push('\n');
                line.clone_from(&margin);
                (used, begun) = (margin.len(), false);
            }
            if begun {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
            begun = true;
        }
        self.out.push_str(&line);
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_formulas_and_code() {
        let markdown = "The map *shrinks* by about $S$ per side, so by about $S^2$ in area.\n\n\
             $$\\frac{W - F}{S} + 1$$\n\n\
             - First: see [rings](<set:stride=4>) and `conv2d` in one line that is long.\n- Second.\n\n\
             ```python\ny = f(x)\n\nz = y\n```\n\nEnd.";
        let want = "The map shrinks by about S per side, so\nby about S² in area.\n\n    (W − F)/S + 1\n\n\
             - First: see rings and conv2d in one\n  line that is long.\n- Second.\n\n    y = f(x)\n\n    z = y\n\nEnd.\n";
        assert_eq!(plain(markdown, 40), want);
    }

    #[test]
    fn numbers_count_and_quotations_stand_in() {
        assert_eq!(plain("1. one\n2. two\n\n> in\n\nout", 40), "1. one\n2. two\n\n  in\n\nout\n");
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        let markdown = "word ".repeat(60) + "\n\n- " + &"item ".repeat(60);
        for width in [20, 37, 80] {
            assert!(plain(&markdown, width).lines().all(|line| line.chars().count() <= width));
        }
    }
}
