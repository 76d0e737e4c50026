//! A formula with the numbers of a page put in: `\frac{W - F}{S} + 1` as `\frac{224 - 3}{4} + 1 = 56.25`.

use std::iter::Peekable;
use std::str::Chars;

/// Values of symbols, each as a formula writes it without braces around its index: `W`, `C_in`.
pub type Symbols = [(&'static str, f64)];

/// Commands that take room or say how large a bracket is, and have no value.
const SPACES: [&str; 9] = ["left", "right", "quad", "qquad", ",", ";", " ", "!", "displaystyle"];

/// The formula with numbers for its symbols and what comes of it, as TeX. Several that stand side by side, `\qquad`
/// between them, are taken one by one; of an equation, the right side. `None` where a symbol has no value, or where
/// there is something that is no arithmetic.
pub fn substituted(tex: &str, symbols: &Symbols) -> Option<String> {
    let parts: Option<Vec<_>> = tex.split("\\qquad").map(|part| one(part, symbols)).collect();
    Some(parts?.join(", \\qquad "))
}

fn one(tex: &str, symbols: &Symbols) -> Option<String> {
    let tex = tex.trim().trim_end_matches(',');
    let (left, right) = match tex.split_once('=') {
        Some((left, right)) => (format!("{} = ", left.trim()), right),
        None => (String::new(), tex),
    };
    let (right, unit) = unit_of(right.trim());
    let mut reader = Reader { rest: right.chars().peekable(), symbols, used: false };
    let made = reader.sum(0)?;
    let whole = reader.peek().is_none() && reader.used && made.value.is_finite();
    whole.then(|| format!("{left}{} = {}{unit}", made.tex, written(made.value)))
}

/// Splits the words at the end off, `\text{ weights}`. Words between terms speak of those alone, and so do the last
/// ones then.
fn unit_of(tex: &str) -> (&str, &str) {
    match tex.rfind(" \\text{") {
        Some(at) if tex.ends_with('}') && tex[at..].matches('}').count() == 1 => {
            let (right, unit) = tex.split_at(at);
            (right, if right.contains(" \\text{") { "" } else { unit })
        }
        _ => (tex, ""),
    }
}

/// A number as TeX, digits in groups of three, at most four behind the point.
fn written(value: f64) -> String {
    let rounded = format!("{value:.4}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    let (sign, digits) = short.strip_prefix('-').map_or(("", short), |digits| ("-", digits));
    let (whole, part) = digits.split_once('.').map_or((digits, ""), |(whole, part)| (whole, part));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 && whole.len() > 4 {
            out.push_str("{,}");
        }
        out.push(digit);
    }
    if part.is_empty() { out } else { out + "." + part }
}

/// What was read: the TeX with numbers, and its value.
struct Made {
    tex: String,
    value: f64,
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    symbols: &'t Symbols,
    /// Whether a symbol was found.
    used: bool,
}

/// Deepest bracket.
const DEEPEST: usize = 40;

impl Reader<'_> {
    /// The next letter that means something: spaces and words in between do not.
    fn peek(&mut self) -> Option<char> {
        loop {
            match *self.rest.peek()? {
                c if c.is_whitespace() => {
                    self.rest.next();
                }
                '\\' => {
                    let name = self.command();
                    if name == "text" {
                        // Words between terms say what they are.
                        self.rest.by_ref().take_while(|c| *c != '}').for_each(drop);
                    } else if SPACES.contains(&name.as_str()) {
                        self.skip(&name);
                    } else {
                        return Some('\\');
                    }
                }
                c => return Some(c),
            }
        }
    }

    /// The command that comes next, which stays unread unless it is words.
    fn command(&mut self) -> String {
        let mut ahead = self.rest.clone();
        ahead.next();
        let name: String = match ahead.peek() {
            Some(c) if c.is_ascii_alphabetic() => {
                std::iter::from_fn(|| ahead.next_if(char::is_ascii_alphabetic)).collect()
            }
            _ => ahead.next().into_iter().collect(),
        };
        if name == "text" {
            self.skip("text");
            self.rest.next();
        }
        name
    }

    fn skip(&mut self, name: &str) {
        for _ in 0..=name.chars().count() {
            self.rest.next();
        }
    }

    /// Reads a command of this name, if it comes next.
    fn takes(&mut self, name: &str) -> bool {
        let is = self.peek() == Some('\\') && self.command() == name;
        if is {
            self.skip(name);
        }
        is
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        self.peek();
        self.rest.next_if_eq(&wanted).map(|_| ())
    }

    fn sum(&mut self, depth: usize) -> Option<Made> {
        let mut made = if self.take('-').is_some() {
            let term = self.product(depth)?;
            Made { tex: format!("-{}", term.tex), value: -term.value }
        } else {
            self.product(depth)?
        };
        while let Some(sign @ ('+' | '-')) = self.peek() {
            self.rest.next();
            let term = self.product(depth)?;
            let value = if sign == '+' { made.value + term.value } else { made.value - term.value };
            made = Made { tex: format!("{} {sign} {}", made.tex, term.tex), value };
        }
        Some(made)
    }

    fn product(&mut self, depth: usize) -> Option<Made> {
        let mut made = self.power(depth)?;
        loop {
            let next = self.peek();
            if self.take('/').is_some() {
                let by = self.power(depth)?;
                made = Made { tex: format!("{} / {}", made.tex, by.tex), value: made.value / by.value };
                continue;
            }
            let dot = self.takes("cdot") || self.takes("times");
            let begins = |c: char| c.is_ascii_alphanumeric() || c == '(';
            let follows = next.is_some_and(begins)
                || (next == Some('\\')
                    && matches!(self.command().as_str(), "frac" | "sqrt" | "lfloor" | "lceil"));
            if !dot && !follows {
                return Some(made);
            }
            let by = self.power(depth)?;
            made = Made { tex: format!("{} \\cdot {}", made.tex, by.tex), value: made.value * by.value };
        }
    }

    fn power(&mut self, depth: usize) -> Option<Made> {
        let base = self.base(depth)?;
        if self.take('^').is_none() {
            return Some(base);
        }
        let by = self.argument(depth)?;
        Some(Made { tex: format!("{}^{{{}}}", base.tex, by.tex), value: base.value.powf(by.value) })
    }

    fn base(&mut self, depth: usize) -> Option<Made> {
        if depth >= DEEPEST {
            return None;
        }
        match self.peek()? {
            '(' => {
                self.take('(')?;
                let made = self.sum(depth + 1)?;
                self.peek();
                self.take(')')?;
                Some(Made { tex: format!("\\left( {} \\right)", made.tex), value: made.value })
            }
            c if c.is_ascii_digit() => {
                let digits: String =
                    std::iter::from_fn(|| self.rest.next_if(|c| c.is_ascii_digit() || *c == '.')).collect();
                Some(Made { value: digits.parse().ok()?, tex: digits })
            }
            c if c.is_ascii_alphabetic() => self.symbol(),
            '\\' if self.takes("frac") => {
                let (over, under) = (self.argument(depth)?, self.argument(depth)?);
                let tex = format!("\\frac{{{}}}{{{}}}", over.tex, under.tex);
                Some(Made { tex, value: over.value / under.value })
            }
            '\\' if self.takes("sqrt") => {
                let inner = self.argument(depth)?;
                Some(Made { tex: format!("\\sqrt{{{}}}", inner.tex), value: inner.value.sqrt() })
            }
            '\\' if self.takes("lfloor") => self.rounded("floor", f64::floor, depth),
            '\\' if self.takes("lceil") => self.rounded("ceil", f64::ceil, depth),
            _ => None,
        }
    }

    /// What stands up to `\rfloor` or `\rceil`.
    fn rounded(&mut self, name: &str, round: fn(f64) -> f64, depth: usize) -> Option<Made> {
        let inner = self.sum(depth + 1)?;
        self.takes(&format!("r{name}")).then(|| Made {
            tex: format!("\\left\\l{name} {} \\right\\r{name}", inner.tex),
            value: round(inner.value),
        })
    }

    /// A group in braces, or one letter or digit.
    fn argument(&mut self, depth: usize) -> Option<Made> {
        if self.take('{').is_some() {
            let made = self.sum(depth + 1)?;
            self.take('}')?;
            return Some(made);
        }
        let one = self.peek()?;
        if one.is_ascii_digit() {
            self.rest.next();
            return Some(Made { tex: one.to_string(), value: f64::from(one.to_digit(10)?) });
        }
        self.base(depth)
    }

    /// A letter with its index.
    fn symbol(&mut self) -> Option<Made> {
        let mut name = self.rest.next()?.to_string();
        if self.rest.next_if_eq(&'_').is_some() {
            let braced = self.rest.next_if_eq(&'{').is_some();
            let index: String = if braced {
                let inner: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
                // The words of `\text{in}` end with a brace of their own.
                match inner.strip_prefix("\\text{") {
                    Some(words) => {
                        self.rest.next();
                        words.to_owned()
                    }
                    None => inner,
                }
            } else {
                self.rest.next()?.to_string()
            };
            name = format!("{name}_{index}");
        }
        let (_, value) = *self.symbols.iter().find(|(known, _)| *known == name)?;
        self.used = true;
        Some(Made { tex: written(value), value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOLS: &Symbols =
        &[("W", 224.0), ("F", 3.0), ("P", 1.0), ("S", 4.0), ("D", 1.0), ("C_in", 6.0), ("n", 12.0)];

    fn of(tex: &str) -> Option<String> {
        substituted(tex, SYMBOLS)
    }

    #[test]
    fn numbers_take_the_place_of_symbols() {
        assert_eq!(
            of(r"\left\lfloor \frac{W + 2P - D(F - 1) - 1}{S} \right\rfloor + 1").unwrap(),
            r"\left\lfloor \frac{224 + 2 \cdot 1 - 1 \cdot \left( 3 - 1 \right) - 1}{4} \right\rfloor + 1 = 56"
        );
        assert_eq!(
            of(r"f_{\max} = \frac{1}{2S} \text{ cycles per cell}").unwrap(),
            r"f_{\max} = \frac{1}{2 \cdot 4} = 0.125 \text{ cycles per cell}"
        );
        assert_eq!(
            of(r"F^2 \cdot C_{\text{in}} \text{ weights}, \qquad S^2").unwrap(),
            r"3^{2} \cdot 6 = 54 \text{ weights}, \qquad 4^{2} = 16"
        );
        assert_eq!(
            of(r"4 n W^2 \text{ (projections)} + 2 n^2 \text{ (scores)}").unwrap(),
            r"4 \cdot 12 \cdot 224^{2} + 2 \cdot 12^{2} = 2{,}408{,}736"
        );
        assert_eq!(of(r"\sqrt{S} / -1"), None);
        assert_eq!(of(r"(W - 1) S").unwrap(), r"\left( 224 - 1 \right) \cdot 4 = 892");
    }

    #[test]
    fn what_is_no_arithmetic_of_known_symbols_is_left_alone() {
        let odd = [
            r"\sum_i x_i",
            "y = x",
            "1 + 2",
            r"\frac{W}{D - 1}",
            r"W + Q",
            r"W \to F",
            "",
            "=",
            r"\",
            r"\frac{W",
            "^",
            r"W_",
            "W_{",
            r"\text{",
            r"W = F = 3",
            r"m \sim \text{Bernoulli}(1 - p)",
        ];
        for tex in odd {
            assert_eq!(of(tex), None, "{tex}");
        }
        assert_eq!(of(&"(".repeat(5000)), None);
    }
}
