//! Formulas for a terminal: TeX as one line of plain characters.

use std::iter::Peekable;
use std::str::Chars;

/// Commands that stand for a sign.
const SIGNS: &[(&str, &str)] = &[
    ("lfloor", "⌊"),
    ("rfloor", "⌋"),
    ("lceil", "⌈"),
    ("rceil", "⌉"),
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("theta", "θ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("pi", "π"),
    ("infty", "∞"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("ell", "ℓ"),
    ("top", "T"),
    ("dots", "…"),
    ("cdots", "…"),
    ("ldots", "…"),
    ("lVert", "‖"),
    ("rVert", "‖"),
    ("lvert", "|"),
    ("rvert", "|"),
    ("%", "%"),
];
/// Commands that stand between two terms, with space around.
const BETWEEN: &[(&str, &str)] = &[
    ("times", "×"),
    ("le", "≤"),
    ("ge", "≥"),
    ("ne", "≠"),
    ("approx", "≈"),
    ("to", "→"),
    ("sim", "~"),
    ("in", "∈"),
    ("odot", "⊙"),
    ("propto", "∝"),
    ("pm", "±"),
    ("ll", "≪"),
    ("gg", "≫"),
];
/// Commands with limits below and above.
const SUMS: &[(&str, &str)] = &[("sum", "Σ"), ("prod", "Π")];
/// Commands whose name is the text.
const NAMES: &[&str] = &["max", "min", "exp", "log", "ln", "tanh", "sin", "cos"];
/// Commands that only change how letters look.
const STYLES: &[&str] = &["text", "mathrm", "operatorname", "mathbf", "mathcal", "mathbb"];

/// A formula in plain characters: `\frac{W - F}{S} + 1` as `(W − F)/S + 1`.
pub fn readable(tex: &str) -> String {
    let text = Reader { rest: tex.chars().peekable() }.run();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
}

impl Reader<'_> {
    /// Reads up to a closing brace or the end. As in TeX, spaces count for nothing; what stands between
    /// terms brings its own.
    fn run(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.rest.next() {
            match c {
                '}' => break,
                '{' => {
                    let group = self.run();
                    // A comma alone in braces groups digits.
                    out.push_str(if group.trim() == "," { "," } else { &group });
                }
                '\\' => self.command(&mut out),
                '^' => out.push_str(&raise(&self.argument())),
                '_' => out.push_str(&lower(&self.argument())),
                '=' | '<' | '>' => out.push_str(&format!(" {c} ")),
                '+' | '-' => {
                    let sign = if c == '-' { '−' } else { c };
                    let last = out.trim_end().chars().next_back();
                    let term = last.is_some_and(|c| !"([,·/=<>×≤≥≠≈→~∈⊙∝±≪≫".contains(c));
                    out.push_str(&if term { format!(" {sign} ") } else { sign.to_string() });
                }
                ',' => out.push_str(", "),
                '~' => out.push(' '),
                c if c.is_whitespace() => {}
                c => out.push(c),
            }
        }
        out
    }

    fn command(&mut self, out: &mut String) {
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(c);
        }
        if name.is_empty() {
            name.extend(self.rest.next());
        }
        let find =
            |table: &[(&str, &'static str)]| table.iter().find(|(n, _)| *n == name).map(|(_, sign)| *sign);
        if let Some(sign) = find(SIGNS) {
            out.push_str(sign);
        } else if let Some(sign) = find(BETWEEN) {
            out.push_str(&format!(" {sign} "));
        } else if let Some(sign) = find(SUMS) {
            out.push_str(sign);
            out.push_str(&self.limits());
        } else if NAMES.contains(&name.as_str()) {
            if out.ends_with(char::is_alphanumeric) {
                out.push(' ');
            }
            out.push_str(&name);
            let next: String = self.rest.clone().filter(|c| !c.is_whitespace()).take(2).collect();
            if next.starts_with(char::is_alphanumeric) || (next.starts_with('\\') && next != "\\l") {
                out.push(' ');
            }
        } else if STYLES.contains(&name.as_str()) {
            let words = self.words();
            out.push_str(&words);
        } else {
            self.structure(&name, out);
        }
    }

    fn structure(&mut self, name: &str, out: &mut String) {
        match name {
            "cdot" => out.push('·'),
            "frac" | "tfrac" | "dfrac" => {
                let [above, below] = [self.argument(), self.argument()];
                let plain = |c: char| c.is_alphanumeric() || "_.√∂|".contains(c);
                let above = if above.chars().all(plain) { above } else { format!("({above})") };
                out.push_str(&format!("{above}/{}", factor(&below)));
            }
            "sqrt" => out.push_str(&format!("√{}", factor(&self.argument()))),
            "hat" | "bar" => {
                let under = self.argument();
                out.push_str(&under);
                out.push(if name == "hat" { '\u{302}' } else { '\u{304}' });
            }
            "left" | "right" | "bigl" | "bigr" | "big" => {
                self.rest.next_if_eq(&'.');
            }
            "," | ";" | ":" | " " | "quad" | "qquad" => out.push(' '),
            "!" => {}
            other => out.push_str(other),
        }
    }

    /// What a command applies to: a group, a command or one character.
    fn argument(&mut self) -> String {
        self.skip_space();
        let text = match self.rest.next() {
            Some('{') => self.run(),
            Some('\\') => {
                let mut out = String::new();
                self.command(&mut out);
                out
            }
            Some(c) => c.to_string(),
            None => String::new(),
        };
        text.trim().to_owned()
    }

    /// The words of a group as they are, with their spaces.
    fn words(&mut self) -> String {
        self.skip_space();
        if self.rest.next_if_eq(&'{').is_none() {
            return self.argument();
        }
        self.rest.by_ref().take_while(|c| *c != '}').collect()
    }

    /// The limits of a sum: `_(i=1…n)`.
    fn limits(&mut self) -> String {
        let [mut from, mut to] = [String::new(), String::new()];
        loop {
            self.skip_space();
            if self.rest.next_if_eq(&'_').is_some() {
                from = self.argument().replace(' ', "");
            } else if self.rest.next_if_eq(&'^').is_some() {
                to = format!("…{}", self.argument());
            } else {
                break;
            }
        }
        let limits = format!("{from}{to}");
        if limits.is_empty() { " ".into() } else { format!("{} ", lower(&limits)) }
    }

    fn skip_space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }
}

/// In parentheses unless it is one factor: a number, a letter with or without an index, a word.
fn factor(text: &str) -> String {
    let bare = text.trim_start_matches(['√', '∂']);
    let (head, index) = bare.split_once('_').unwrap_or((bare, ""));
    let letters = head.chars().filter(|c| !('₀'..='₉').contains(c));
    let number = head.chars().all(|c| c.is_ascii_digit() || c == '.');
    let word = head.chars().all(char::is_alphabetic) && head.chars().count() > 2;
    let one = (number || word || letters.count() == 1) && index.chars().all(char::is_alphanumeric);
    if one { text.to_owned() } else { format!("({text})") }
}

/// An exponent.
fn raise(text: &str) -> String {
    const RAISED: [(&str, &str); 4] = [("2", "²"), ("3", "³"), ("1", "¹"), ("T", "ᵀ")];
    match RAISED.iter().find(|(from, _)| *from == text) {
        Some((_, raised)) => (*raised).to_owned(),
        None => format!("^{}", factor(text)),
    }
}

/// An index.
fn lower(text: &str) -> String {
    match text.parse::<u8>() {
        Ok(digit @ 0..=9) => char::from_u32(0x2080 + u32::from(digit)).map(String::from).unwrap_or_default(),
        _ if text.chars().all(char::is_alphanumeric) => format!("_{text}"),
        _ => format!("_({text})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_read_as_they_are_spoken() {
        for (tex, want) in [
            ("\\left\\lfloor \\frac{W + 2P - F}{S} \\right\\rfloor + 1", "⌊(W + 2P − F)/S⌋ + 1"),
            ("\\operatorname{softmax}\\left(\\frac{QK^\\top}{\\sqrt{d_k}}\\right)V", "softmax(QKᵀ/√d_k)V"),
            ("k^2 \\cdot C_{\\text{in}} \\cdot C_{\\text{out}}", "k²·C_in·C_out"),
            ("v^\\top \\tanh(W_1 q + W_2 k)", "vᵀ tanh(W₁q + W₂k)"),
            ("\\frac{1}{2S} \\text{ cycles}", "1/(2S) cycles"),
            ("y_{ij} = \\sum_{a=0}^{2} w_{a}\\, x_{i+a,\\,j}", "y_ij = Σ_(a=0…2) w_a x_(i + a, j)"),
            ("13{,}690 \\to -\\max(-x)", "13,690 → −max(−x)"),
            ("N^{1/p}", "N^(1/p)"),
            ("m \\sim \\text{Bernoulli}(1 - p)", "m ~ Bernoulli(1 − p)"),
            ("\\operatorname{Var}[y] = x^2\\,\\frac{p}{1-p}", "Var[y] = x² p/(1 − p)"),
            ("r = 1 + \\sum_l (F_l - 1)\\, j_l", "r = 1 + Σ_l (F_l − 1) j_l"),
            ("x_1 \\times x_{10}", "x₁ × x_10"),
            ("\\max(0, a)", "max(0, a)"),
            ("O(n^2)", "O(n²)"),
            ("10^{-4}", "10^(−4)"),
        ] {
            assert_eq!(readable(tex), want, "{tex}");
        }
    }

    #[test]
    fn unfinished_formulas_do_no_harm() {
        for tex in ["\\frac{1", "x^", "\\", "{{{", "}", "\\sqrt"] {
            readable(tex);
        }
    }
}
