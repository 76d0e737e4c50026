//! What commands write: results on stdout, progress and logs on stderr, colours where wanted.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::Failure;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn on(self, terminal: bool) -> bool {
        match self {
            Self::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// Whether stdout is coloured.
    pub fn on_stdout(self) -> bool {
        self.on(io::stdout().is_terminal())
    }

    /// Whether stderr is coloured.
    pub fn on_stderr(self) -> bool {
        self.on(io::stderr().is_terminal())
    }
}

/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What is wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// The text in a style, or as it is.
pub fn styled(text: &str, style: Style, color: bool) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Writes a result. A reader that has gone, such as `head`, is no error: it has what it wanted.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Writes a result as one compact JSON document on a line. NaN and infinities become `null`.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print(&(serde_json::to_string(value)? + "\n"))
}

/// Writes a line to stderr, whether or not someone still reads it.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A progress bar on stderr; draws nothing where that is no terminal.
pub fn bar(len: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(len as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A name from elsewhere as the stem of a file: it may hold what file names may not.
pub fn file_name(name: &str) -> String {
    let tame = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let stem: String = name.chars().map(tame).take(100).collect();
    stem.trim_start_matches('.').to_owned()
}

/// Rows of text in aligned columns.
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<(Vec<String>, Option<Style>)>,
}

/// To which side a column leans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

impl Table {
    /// A table with these headings.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, in a style if wanted.
    pub fn row(&mut self, cells: Vec<String>, style: Option<Style>) {
        self.rows.push((cells, style));
    }

    /// The lines of the table, each ended by a newline.
    pub fn render(&self, color: bool) -> String {
        let width = |text: &str| text.chars().count();
        let headings: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let lines = std::iter::once((&headings, Some(HEADING)))
            .chain(self.rows.iter().map(|(cells, style)| (cells, *style)));
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| lines.clone().filter_map(|(cells, _)| cells.get(i)).map(|c| width(c)).max().unwrap_or(0))
            .collect();
        let mut out = String::new();
        for (cells, style) in lines {
            let mut line = String::new();
            for ((cell, &wide), &(_, align)) in cells.iter().zip(&widths).zip(&self.columns) {
                let space = " ".repeat(wide - width(cell));
                match align {
                    Align::Left => line.extend([cell, space.as_str(), "  "]),
                    Align::Right => line.extend([space.as_str(), cell, "  "]),
                }
            }
            let line = line.trim_end();
            match style {
                Some(style) => out.push_str(&styled(line, style, color)),
                None => out.push_str(line),
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_without_trailing_spaces() {
        let mut table = Table::new(&[("kernel", Align::Left), ("ms", Align::Right), ("note", Align::Left)]);
        table.row(vec!["conv2d".into(), "1.5".into(), "ok".into()], None);
        table.row(vec!["maps 112²".into(), "10.25".into(), String::new()], None);
        let want = "kernel        ms  note\nconv2d       1.5  ok\nmaps 112²  10.25\n";
        assert_eq!(table.render(false), want);
    }

    #[test]
    fn a_number_that_is_none_is_null_in_json() {
        let text = serde_json::to_string(&[f64::NAN, f64::INFINITY, 1.5]).unwrap();
        assert_eq!(text, "[null,null,1.5]");
    }

    #[test]
    fn color_follows_the_flag() {
        assert!(Color::Always.on(false));
        assert!(!Color::Never.on(true));
        assert!(!Color::Auto.on(false));
    }
}
