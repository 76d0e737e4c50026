//! The voices of a page: what a title, a lesson, a panel's name, a caption, a remark look like, and how
//! numbers are written in them.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::facts::grouped;
use super::{offer, theme};

/// Space between the name of a panel and its shape in points.
const NAME_SPACE: f32 = 7.0;

/// How a part of a lesson sentence is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Running words.
    Plain,
    /// A measured number, bold.
    Value,
    /// A value of series A, or of what is chosen.
    A,
    /// A value of series B.
    B,
    /// What is looked at.
    Focus,
    /// What is wrong.
    Broken,
    /// What is right again.
    Good,
}

/// A part of a lesson sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The words.
    pub text: String,
    /// How they are said.
    pub voice: Voice,
    /// The panel that they speak of, which lights up while they are pointed at.
    pub panel: Option<usize>,
}

impl Span {
    /// Words without a panel.
    pub fn new(text: impl Into<String>, voice: Voice) -> Self {
        Self { text: text.into(), voice, panel: None }
    }
}

fn ink(ui: &Ui, voice: Voice) -> Color32 {
    let c = theme::of(ui);
    match voice {
        Voice::Plain | Voice::Value => c.text,
        Voice::A => c.blue,
        Voice::B => c.b,
        Voice::Focus => c.focus_text,
        Voice::Broken => c.broken,
        Voice::Good => c.good,
    }
}

/// Draws a lesson into `rect`, at most as many lines as fit, and gives the panel of the span that is
/// pointed at. Spans of the panel `lit` are underlined.
pub fn lesson<'s>(ui: &mut Ui, rect: Rect, spans: &'s [Span], lit: Option<usize>) -> Option<&'s Span> {
    let size = theme::lesson().size;
    let mut job = LayoutJob::default();
    for span in spans {
        let font_id = if span.voice == Voice::Plain { theme::lesson() } else { theme::semibold(size) };
        let color = ink(ui, span.voice);
        let under = span.panel.is_some() && span.panel == lit;
        let underline = egui::Stroke::new(if under { 1.5 } else { 0.0 }, color);
        let line_height = Some(theme::LESSON_LINE);
        // A number stays with its unit, and with what it is multiplied by.
        let kept = span.text.replace(" %", "\u{a0}%").replace(" × ", "\u{a0}×\u{a0}");
        job.append(&kept, 0.0, TextFormat { font_id, color, line_height, underline, ..Default::default() });
    }
    job.wrap = TextWrapping {
        max_width: rect.width(),
        max_rows: ((rect.height() / theme::LESSON_LINE).floor() as usize).max(1),
        ..Default::default()
    };
    let galley = ui.painter().layout_job(job);
    let response = ui.allocate_rect(rect, Sense::hover());
    let spoken: String = spans.iter().map(|span| span.text.as_str()).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    ui.painter_at(rect).galley(rect.min, galley.clone(), theme::of(ui).text);
    let at = response.hover_pos()? - rect.min;
    if !galley.rect.contains(at.to_pos2()) {
        return None;
    }
    let mut left: usize = galley.cursor_from_pos(at).index.into();
    spans.iter().find(|span| {
        let length = span.text.chars().count();
        let hit = left < length;
        left = left.saturating_sub(length);
        hit
    })
}

/// The heading of a section.
pub fn section(ui: &mut Ui, text: &str) -> Response {
    label(ui, text, theme::section(), theme::of(ui).text)
}

/// What holds under these settings, in the second voice.
pub fn caption(ui: &mut Ui, text: &str) -> Response {
    label(ui, text, theme::control(), theme::of(ui).dim)
}

/// A remark in the third voice.
pub fn remark(ui: &mut Ui, text: &str) -> Response {
    label(ui, text, theme::small(), theme::of(ui).faint)
}

/// A remark on something that is wrong.
pub fn warning(ui: &mut Ui, text: &str) -> Response {
    label(ui, text, theme::control(), theme::of(ui).broken)
}

fn label(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    ui.label(RichText::new(text).font(font).color(color))
}

/// The name of a panel with its shape behind it, on one line in `rect`; the shape goes first where both
/// do not fit.
pub fn panel_name(ui: &Ui, rect: Rect, name: &str, shape: &str) {
    let c = theme::of(ui);
    let mut end = write(ui, rect, Align2::LEFT_CENTER, name, theme::panel(), c.text).right();
    let rest = Rect::from_min_max(pos2(end + NAME_SPACE, rect.top()), rect.max);
    if !shape.is_empty() && width(ui, shape, theme::control()) <= rest.width() {
        end = write(ui, rest, Align2::LEFT_CENTER, shape, theme::control(), c.faint).right();
    }
    offer::head(ui, rect, end);
}

/// A line of at most `width` points, ended by … where it does not fit.
pub fn line(ui: &Ui, text: &str, font: FontId, ink: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// Writes one line into `rect`, against the side that `align` says; gives where it stands.
pub fn write(ui: &Ui, rect: Rect, align: Align2, text: &str, font: FontId, ink: Color32) -> Rect {
    let galley = line(ui, text, font, ink, rect.width());
    let at = align.align_size_within_rect(galley.size(), rect);
    ui.painter_at(rect).galley(at.min, galley, ink);
    at
}

/// Writes text into `rect` from its left top corner, on as many lines as have room, ended by … where not all has.
pub fn paragraph(ui: &Ui, rect: Rect, text: &str, font: FontId, ink: Color32) {
    let high = ui.fonts_mut(|fonts| fonts.row_height(&font));
    let mut job = LayoutJob::simple(text.to_owned(), font, ink, rect.width().max(0.0));
    job.wrap.max_rows = ((rect.height() / high) as usize).max(1);
    let galley = ui.painter().layout_job(job);
    ui.painter_at(rect).galley(rect.min, galley, ink);
}

/// Writes one line at `at`, wherever that is; gives where it stands.
pub fn put(ui: &Ui, at: egui::Pos2, align: Align2, text: &str, font: FontId, ink: Color32) -> Rect {
    ui.painter().text(at, align, text, font, ink)
}

/// Width of `text` on one line in points.
pub fn width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x
}

/// A tag on a picture, its middle at `at`, pushed into `within`.
pub fn tag(ui: &Ui, within: Rect, at: egui::Pos2, text: &str, voice: Voice) {
    let c = theme::of(ui);
    let (fill, ink) =
        if voice == Voice::Broken { (c.broken_fill, c.broken) } else { (c.ground, ink(ui, voice)) };
    let galley = line(ui, text, theme::medium(theme::small().size), ink, within.width() - 16.0);
    let size = vec2(galley.size().x + 16.0, 20.0).min(within.size());
    let half = size / 2.0;
    let middle = at.clamp(within.min + half, within.max - half);
    let rect = Rect::from_center_size(middle, size);
    ui.painter().rect_filled(rect, theme::RADIUS_TAG, fill);
    ui.painter_at(rect).galley(rect.center() - galley.size() / 2.0, galley, ink);
}

/// A true minus sign.
fn signed(x: f64, text: &str) -> String {
    let nothing = text.chars().all(|c| matches!(c, '0' | '.'));
    if x < 0.0 && !nothing { format!("−{text}") } else { text.to_owned() }
}

fn odd(x: f64) -> Option<String> {
    match x {
        x if x.is_nan() => Some("NaN".into()),
        x if x.is_infinite() => Some(if x > 0.0 { "∞".into() } else { "−∞".into() }),
        _ => None,
    }
}

/// How much less or more `now` is than `before`: "16× less", "1.5× more", "as much".
pub fn ratio(before: f64, now: f64) -> String {
    if let Some(text) = odd(before).or(odd(now)) {
        return text;
    }
    match (before, now) {
        _ if before == now => "as much".into(),
        (_, 0.0) => "none".into(),
        (b, n) if b <= 0.0 || n < 0.0 => short(n - b),
        (b, n) => {
            let (times, word) = if b > n { (b / n, "less") } else { (n / b, "more") };
            let text = if times >= 9.95 { format!("{times:.0}") } else { format!("{times:.1}") };
            let text = text.strip_suffix(".0").unwrap_or(&text);
            if text == "1" { "as much".into() } else { format!("{text}× {word}") }
        }
    }
}

/// A share of 1 as whole percent: "44 %". Nothing that is there is called 0, nothing that lacks is 100.
pub fn percent(share: f64) -> String {
    percent_to(share, 0)
}

/// A share of 1 as percent with one decimal: "10.7 %".
pub fn percent_fine(share: f64) -> String {
    percent_to(share, 1)
}

fn percent_to(share: f64, decimals: usize) -> String {
    if let Some(text) = odd(share) {
        return text;
    }
    let least = 10_f64.powi(-(decimals as i32));
    let percent = share * 100.0;
    let text = format!("{:.decimals$}", percent.abs());
    match text.parse::<f64>().unwrap_or(percent) {
        0.0 if share > 0.0 => format!("under {least} %"),
        100.0 if percent < 100.0 && percent > 0.0 => format!("over {} %", 100.0 - least),
        _ => format!("{} %", signed(share, &text)),
    }
}

/// A count in words where it is long: "3,136", "28 thousand", "1.2 million".
pub fn count(n: f64) -> String {
    if let Some(text) = odd(n) {
        return text;
    }
    let size = n.abs();
    if size < 9_999.5 {
        return signed(n, &grouped(size.round() as u64));
    }
    let (unit, word) = match size {
        s if s < 999_500.0 => (1e3, "thousand"),
        s if s < 999.5e6 => (1e6, "million"),
        s if s < 999.5e9 => (1e9, "billion"),
        _ => return short(n),
    };
    let scaled = size / unit;
    let text = if scaled >= 9.95 { format!("{scaled:.0}") } else { format!("{scaled:.1}") };
    signed(n, &format!("{} {word}", text.strip_suffix(".0").unwrap_or(&text)))
}

/// An amount of memory: "196 KiB".
pub fn bytes(n: u64) -> String {
    let n = n as f64;
    let (scaled, unit) = match n {
        n if n < 1024.0 => (n, "bytes"),
        n if n < 1_047_552.0 => (n / 1024.0, "KiB"),
        n if n < 1_072_693_248.0 => (n / 1_048_576.0, "MiB"),
        n => (n / 1_073_741_824.0, "GiB"),
    };
    let text = if scaled >= 9.95 { format!("{scaled:.0}") } else { format!("{scaled:.1}") };
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A weight in 0..1: ".05", "1".
pub fn weight(w: f64) -> String {
    if let Some(text) = odd(w) {
        return text;
    }
    let text = format!("{:.2}", w.abs());
    match text.as_str() {
        "0.00" => if w == 0.0 { "0" } else { "<.01" }.into(),
        "1.00" => signed(w, "1"),
        text => signed(w, text.strip_prefix('0').unwrap_or(text)),
    }
}

/// A number in a cell, at most five letters in most cases: ".86", "−7.8", "21", "3 × 10⁵".
pub fn cell(x: f64) -> String {
    if let Some(text) = odd(x) {
        return text;
    }
    let size = x.abs();
    let text = match size {
        0.0 => "0".into(),
        s if !(0.000_5..9_999.5).contains(&s) => return power(x),
        s if s == s.trunc() && s < 1000.0 => format!("{s:.0}"),
        // As wide as the others: by its power of ten it would be cut where cells are narrow.
        s if s < 0.005 => format!("{s:.3}")[1..].to_owned(),
        s if s < 0.995 => format!("{s:.2}")[1..].trim_end_matches('0').to_owned(),
        s if s < 99.95 => format!("{s:.1}"),
        s => format!("{s:.0}"),
    };
    signed(x, &text)
}

/// A number in a larger cell, whose neighbours are added up: a digit more than in [`cell`].
pub fn cell_fine(x: f64) -> String {
    match x.abs() {
        s if s == s.trunc() || !(0.005..99.95).contains(&s) => cell(x),
        s if s < 0.9995 => signed(x, format!("{s:.3}")[1..].trim_end_matches('0')),
        s if s < 9.995 => signed(x, &format!("{s:.2}")),
        s => signed(x, &format!("{s:.1}")),
    }
}

/// A number of three digits: "0.852", "21.4", "2.31", "9 × 10⁻¹²".
pub fn short(x: f64) -> String {
    if let Some(text) = odd(x) {
        return text;
    }
    let size = x.abs();
    let text = match size {
        0.0 => "0".into(),
        s if !(9.995e-4..999_999.5).contains(&s) => return power(x),
        s if s == s.trunc() => grouped(s as u64),
        s if s < 0.9995 => format!("{s:.3}"),
        s if s < 9.995 => format!("{s:.2}"),
        s if s < 99.95 => format!("{s:.1}"),
        s => grouped(s.round() as u64),
    };
    signed(x, &text)
}

/// A number by its power of ten, one digit before it: "9 × 10⁻¹²".
pub fn power(x: f64) -> String {
    if let Some(text) = odd(x) {
        return text;
    }
    let text = format!("{:.0e}", x.abs());
    let (digit, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let raised = superscript(exponent);
    signed(x, &if digit == "1" { format!("10{raised}") } else { format!("{digit} × 10{raised}") })
}

/// Digits and minus, raised.
pub fn superscript(text: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raise = |c: char| match c {
        '-' | '−' => '⁻',
        c => c.to_digit(10).map_or(c, |digit| DIGITS[digit as usize]),
    };
    text.chars().map(raise).collect()
}

/// A count with its noun: "1 layer", "3 layers".
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as u64), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_said_as_one_would() {
        assert_eq!(ratio(452e3, 28e3), "16× less");
        assert_eq!(ratio(2.0, 3.0), "1.5× more");
        assert_eq!(ratio(5.0, 5.0), "as much");
        assert_eq!(ratio(100.0, 100.1), "as much");
        assert_eq!(ratio(5.0, 0.0), "none");
        assert_eq!(ratio(f64::NAN, 1.0), "NaN");
    }

    #[test]
    fn shares_keep_their_promise_at_both_ends() {
        assert_eq!(percent(0.437), "44 %");
        assert_eq!(percent(0.001), "under 1 %");
        assert_eq!(percent(0.999), "over 99 %");
        assert_eq!([percent(0.0), percent(1.0)], ["0 %", "100 %"]);
        assert_eq!(percent_fine(0.107), "10.7 %");
        assert_eq!(percent_fine(0.000_4), "under 0.1 %");
        assert_eq!(percent(-0.2), "−20 %");
    }

    #[test]
    fn long_counts_become_words() {
        assert_eq!(count(3136.0), "3,136");
        assert_eq!(count(28_224.0), "28 thousand");
        assert_eq!(count(1_234_567.0), "1.2 million");
        assert_eq!(count(999_700.0), "1 million");
        assert_eq!(bytes(12_544), "12 KiB");
        assert_eq!(bytes(1_048_576), "1 MiB");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(weight(0.05), ".05");
        assert_eq!(weight(1.0), "1");
        assert_eq!(weight(0.004), "<.01");
        assert_eq!([cell(0.86), cell(-7.8), cell(21.4), cell(0.5)], [".86", "−7.8", "21.4", ".5"]);
        assert_eq!(cell(0.996), "1.0");
        assert_eq!([cell(0.002_4), cell(-0.004_9), cell(2e-4)], [".002", "−.005", "2 × 10⁻⁴"]);
        assert_eq!([short(0.852), short(2.314), short(1234.5)], ["0.852", "2.31", "1,235"]);
        assert_eq!(power(8.6e-12), "9 × 10⁻¹²");
        assert_eq!(power(-1e5), "−10⁵");
        assert_eq!(short(f64::NEG_INFINITY), "−∞");
        assert_eq!(short(-0.000_000_1), "−10⁻⁷");
        assert_eq!(plural(1, "layer", "layers"), "1 layer");
    }
}
