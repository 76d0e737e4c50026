//! The families in one table.

use super::row::{Recorder, Row};
use super::{
    attention, cumulative, einsum, elementwise, geometry, index, layout, linear, loss, microsoft, norm,
    order, quantised, recurrent, reduce, sequence, shape, signal, spatial, training,
};

const MICROSOFT: &str = "com.microsoft";
const TRAINING: &str = "ai.onnx.preview.training";

static FAMILIES: &[(&str, &[Row])] = &[
    ("", attention::ROWS),
    ("", cumulative::ROWS),
    ("", einsum::ROWS),
    ("", elementwise::ROWS),
    ("", geometry::ROWS),
    ("", index::ROWS),
    ("", layout::ROWS),
    ("", linear::ROWS),
    ("", loss::ROWS),
    ("", norm::ROWS),
    ("", order::ROWS),
    ("", quantised::ROWS),
    ("", recurrent::ROWS),
    ("", reduce::ROWS),
    ("", sequence::ROWS),
    ("", shape::ROWS),
    ("", signal::ROWS),
    ("", spatial::ROWS),
    ("", training::ROWS),
    (MICROSOFT, microsoft::ROWS),
    (TRAINING, training::OPTIMISERS),
];

/// Whether a domain has operators here.
pub fn is_known_domain(domain: &str) -> bool {
    FAMILIES.iter().any(|family| family.0 == domain)
}

/// What records an operator.
pub fn find(domain: &str, name: &str) -> Option<Recorder> {
    let domain = if domain == "ai.onnx" { "" } else { domain };
    let rows = FAMILIES.iter().filter(|family| family.0 == domain).flat_map(|family| family.1);
    rows.into_iter().find(|row| row.0 == name).map(|row| row.1)
}

/// Domains and names of all operators, sorted.
pub fn names() -> Vec<(&'static str, &'static str)> {
    let of = |family: &(&'static str, &'static [Row])| {
        let domain = family.0;
        family.1.iter().map(move |row| (domain, row.0))
    };
    let mut names: Vec<_> = FAMILIES.iter().flat_map(of).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_stands_once() {
        let names = names();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(find("", "Conv").is_some() && find("ai.onnx", "Conv").is_some());
        assert!(find("com.microsoft", "Gelu").is_some());
        assert!(find("com.example", "Conv").is_none() && find("", "Adam").is_none());
    }

    /// Operators that only some form of is not run stand there with words behind them.
    #[test]
    fn what_is_said_not_to_run_does_not() {
        let page = include_str!("../../../../docs/onnx.md");
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|line| line.split('|').nth(1));
        let whole = cells.flat_map(|cell| cell.split(", ")).map(str::trim);
        let names: Vec<&str> = whole.filter_map(|name| name.strip_prefix('`')?.strip_suffix('`')).collect();
        assert!(names.len() > 15, "{names:?}");
        assert!(names.iter().all(|name| find("", name).is_none()), "{names:?}");
    }
}
