//! Writes out the arithmetic behind an element, for the inspector.

/// Lines shown before the rest is summed up.
const MAX_LINES: usize = 12;

/// A number as it stands in the arithmetic: short, with a true minus sign.
pub fn number(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "NaN".into()
        } else if x > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let magnitude = x.abs();
    let text = if magnitude != 0.0 && !(1e-3..1e6).contains(&magnitude) {
        format!("{magnitude:.2e}")
    } else if magnitude >= 100.0 || magnitude == magnitude.trunc() {
        format!("{magnitude:.0}")
    } else if magnitude >= 10.0 {
        format!("{magnitude:.2}")
    } else {
        format!("{magnitude:.3}")
    };
    if x < 0.0 { format!("−{text}") } else { text }
}

/// A term of a sum: with its sign in front unless it comes first.
fn signed(first: bool, x: f64) -> String {
    match (first, x < 0.0) {
        (true, _) => number(x),
        (false, true) => format!(" − {}", number(-x)),
        (false, false) => format!(" + {}", number(x)),
    }
}

/// `a·b + c·d + …`, `per_line` products a line, then `+ bias`, then `= total`.
pub fn sum_of_products(terms: &[(f64, f64)], per_line: usize, bias: Option<f64>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (i, chunk) in terms.chunks(per_line.max(1)).enumerate() {
        if i == MAX_LINES {
            let rest: f64 = terms[i * per_line..].iter().map(|(a, b)| a * b).sum();
            let count = terms.len() - i * per_line;
            lines.push(format!("+ {count} more products: {}", number(rest)));
            break;
        }
        let mut line = String::from(if i == 0 { "" } else { "+ " });
        for (j, (a, b)) in chunk.iter().enumerate() {
            if j > 0 {
                line.push_str(" + ");
            }
            let b = if *b < 0.0 { format!("({})", number(*b)) } else { number(*b) };
            line.push_str(&format!("{}·{b}", number(*a)));
        }
        lines.push(line);
    }
    let mut total: f64 = terms.iter().map(|(a, b)| a * b).sum();
    if let Some(bias) = bias {
        lines.push(format!("{} (bias)", signed(false, bias).trim_start()));
        total += bias;
    }
    lines.push(format!("= {}", number(total)));
    lines
}

/// The first `most` numbers on one line, ended by … where there are more.
pub fn row(values: &[f64], most: usize) -> String {
    let shown: Vec<String> = values.iter().take(most).map(|&v| number(v)).collect();
    shown.join(", ") + if values.len() > most { ", …" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_written_out_and_summed() {
        let lines = sum_of_products(&[(2.0, 0.5), (1.0, -1.0), (3.0, 1.0)], 2, Some(-0.25));
        assert_eq!(lines, ["2·0.500 + 1·(−1)", "+ 3·1", "− 0.250 (bias)", "= 2.750"]);
    }

    #[test]
    fn long_rows_are_cut() {
        assert_eq!(row(&[1.0, -2.0], 2), "1, −2");
        assert_eq!(row(&[1.0, -2.0, 3.0], 2), "1, −2, …");
    }

    #[test]
    fn long_sums_are_cut_but_add_up() {
        let lines = sum_of_products(&vec![(1.0, 1.0); 100], 4, None);
        assert_eq!(lines.len(), MAX_LINES + 2);
        assert_eq!(lines.last().map(String::as_str), Some("= 100"));
    }
}
